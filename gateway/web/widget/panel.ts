// The dialog: header, messages, composer. It shows what it is told and decides nothing.

import { button, h, icon, type Child } from "./dom";
import { draft } from "./answer";
import { Composer } from "./composer";
import type { Texts } from "./texts";

export interface PanelEvents {
  send(text: string): void;
  stop(): void;
  close(): void;
  end(): void;
  again(): void;
  person(): void;
}

/** Below this width the panel fills the screen and the page behind it is out of reach. */
const narrow = window.matchMedia("(max-width: 480px)");

export class Panel {
  readonly el: HTMLDialogElement;
  readonly composer: Composer;
  readonly #messages: HTMLElement;
  readonly #live = h("div", { class: "draft", "aria-hidden": "true" });
  readonly #chips: HTMLElement;
  readonly #notice = h("div", { class: "notice", role: "alert" });
  readonly #scroll: HTMLElement;
  readonly #status = h("p", { class: "sr", role: "status" });
  readonly #over: HTMLElement;
  /** The question being answered: scrolling follows the answer until it would leave the top. */
  #anchor: HTMLElement | null = null;

  readonly #texts: Texts;
  readonly #on: PanelEvents;

  constructor(
    texts: Texts,
    title: string,
    on: PanelEvents,
  ) {
    this.#texts = texts;
    this.#on = on;
    const { t } = texts;
    this.#messages = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("log"), tabindex: "0" });
    this.#chips = h("div", { class: "chips", role: "group", "aria-label": t("suggestions") });
    this.#scroll = h("div", { class: "scroll" }, this.#messages, this.#live, this.#chips, this.#notice);
    this.composer = new Composer(t, { ...on, announce: (s) => this.announce(s) });
    this.#over = h("div", { class: "over", hidden: true }, button("primary", t("again"), on.again));
    this.el = h(
      "dialog",
      { class: "panel", "aria-labelledby": "title", tabindex: "-1", keydown: (e) => this.#key(e as KeyboardEvent), cancel: (e) => e.preventDefault() },
      h(
        "header",
        {},
        h("span", { class: "mark" }, icon("chat")),
        h("div", { class: "name" }, h("h2", { id: "title" }, title || t("title")), h("p", {}, t("subtitle"))),
        button("tool", icon("restart"), on.end, { "aria-label": t("restart"), title: t("restart") }),
        button("tool", icon("close"), on.close, { "aria-label": t("close"), title: t("close") }),
      ),
      this.#scroll,
      this.composer.el,
      this.#over,
      this.#status,
    );
    narrow.addEventListener("change", () => this.el.open && this.open(this.hasFocus));
  }

  get hasFocus(): boolean {
    return this.el.contains((this.el.getRootNode() as ShadowRoot).activeElement);
  }

  /** Shows the dialog, over everything on a narrow screen. Without focus it appears and disturbs nobody. */
  open(focus: boolean): void {
    this.el.close();
    if (!focus) this.el.setAttribute("open", "");
    else if (narrow.matches) this.el.showModal();
    else this.el.show();
    this.#follow();
    // A touch screen's keyboard would cover the greeting.
    if (focus && window.matchMedia("(pointer: coarse)").matches) this.el.focus();
    else if (focus) this.focus();
  }

  focus(): void {
    if (this.#over.hidden) this.composer.focus();
    else this.#over.querySelector("button")?.focus();
  }

  close(): void {
    this.el.close();
  }

  #key(e: KeyboardEvent): void {
    if (e.key !== "Escape" || e.isComposing) return;
    e.preventDefault();
    e.stopPropagation();
    this.#on.close();
  }

  announce(text: string): void {
    this.#status.textContent = text;
  }

  /** Adds to the log, which assistive technology reads out. */
  add(...items: Child[]): void {
    for (const i of items) if (i) this.#messages.append(i);
    this.#follow();
  }

  /** Adds something that asks for an answer, and brings all of it into view. */
  addCard(card: HTMLElement): void {
    this.add(card);
    card.scrollIntoView({ block: "nearest" });
  }

  question(text: string): void {
    this.#anchor = h(
      "article",
      { class: "turn mine" },
      h("span", { class: "sr" }, this.#texts.t("you") + ": "),
      h("div", { class: "bubble", dir: "auto" }, text),
    );
    this.add(this.#anchor);
  }

  /** What a person of the team wrote, under their team's name. */
  agent(text: string): void {
    const who = h("span", { class: "who" }, this.#texts.t("team"));
    this.add(h("article", { class: "turn", "data-role": "agent" }, who, h("div", { class: "bubble bot", dir: "auto" }, text)));
  }

  note(text: string): void {
    this.add(h("p", { class: "note" }, text));
  }

  /** Shows the reply's text so far; null when nothing is being written. */
  draft(text: string | null): void {
    const { t } = this.#texts;
    this.#live.replaceChildren(...(text === null ? [] : [draft(t, text)]));
    if (text === "") this.announce(t("writing"));
    if (text === null) this.announce("");
    this.#follow();
  }

  suggest(questions: string[]): void {
    const press = (q: string) => {
      this.composer.focus();
      this.#on.send(q);
    };
    this.#chips.replaceChildren(...questions.map((q) => button("chip", q, () => press(q), { dir: "auto" })));
    this.#follow();
  }

  /** Says that something went wrong, and offers another try where there is one. */
  trouble(text: string, retry?: () => void): void {
    const again = () => {
      this.focus();
      this.trouble("");
      retry?.();
    };
    this.#notice.replaceChildren(
      ...(text ? [h("p", {}, text)] : []),
      ...(text && retry ? [button("retry", this.#texts.t("retry"), again)] : []),
    );
    this.#follow();
  }

  /** Ends or begins: an ended chat can be read but not written to. */
  setEnded(ended: boolean): void {
    this.composer.el.hidden = ended;
    this.#over.hidden = !ended;
  }

  clear(): void {
    for (const el of [this.#messages, this.#live, this.#chips, this.#notice]) el.replaceChildren();
    this.#anchor = null;
    this.setEnded(false);
  }

  #follow(): void {
    const top = this.#anchor ? this.#anchor.offsetTop - 12 : Infinity;
    this.#scroll.scrollTop = Math.min(this.#scroll.scrollHeight, top);
  }
}
