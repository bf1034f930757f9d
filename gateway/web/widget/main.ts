// The widget's entry: reads its script tag, puts the chat on the page, and offers window.SupportChat.

import { Chat } from "./chat";
import { readConfig, type Config } from "./config";
import type { ChatEvents, EventName } from "./events";
import { h } from "./dom";
import css from "./widget.css";
import { Texts } from "./texts";

export interface SupportChat {
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  /** Listens to an event and returns the function that stops listening. */
  on<E extends EventName>(event: E, fn: (detail: ChatEvents[E]) => void): () => void;
  reset(): void;
}

declare global {
  interface Window {
    SupportChat?: SupportChat;
  }
}

/** Follows the wish for light or dark: the page's, or with "auto" the system's. */
function follow(theme: Config["theme"], host: HTMLElement): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const set = () => (host.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
  dark.addEventListener("change", set);
  set();
}

function mount(config: Config): SupportChat {
  const texts = new Texts(config.locale);
  const chat = new Chat(config, texts);
  const host = document.createElement("support-chat");
  host.lang = texts.lang;
  host.dir = texts.dir;
  host.dataset.side = config.side || (texts.dir === "rtl" ? "left" : "right");
  follow(config.theme, host);
  const root = host.attachShadow({ mode: "open" });
  // A constructed style sheet needs no permission from the page's content security policy.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  // A region of its own, so that the chat is found among the page's landmarks.
  root.append(h("section", { "aria-label": config.title || texts.t("title") }, chat.launcher.el, chat.panel.el));
  document.body.append(host);
  chat.resume();
  return {
    open: () => chat.open(),
    close: () => chat.close(),
    toggle: () => chat.toggle(),
    send: (text) => {
      chat.open(false);
      chat.send(text);
    },
    on: (event, fn) => chat.events.on(event, fn),
    reset: () => chat.reset(),
  };
}

const tag = document.currentScript ?? document.querySelector("script[src*='widget.js']");

if (tag instanceof HTMLScriptElement && !window.SupportChat) {
  const config = readConfig(tag);
  const ready = () => {
    window.SupportChat = mount(config);
    window.dispatchEvent(new Event("supportchat"));
  };
  if (document.body) ready();
  else document.addEventListener("DOMContentLoaded", ready);
}
