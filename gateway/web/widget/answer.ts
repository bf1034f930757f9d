// One reply of the assistant: its text, its sources, and what the customer thinks of it.

import { button, h, icon } from "./dom";
import { format, safeURL, sourceLink } from "./format";
import type { Key, T } from "./texts";
import type { Citation, Message } from "./types";

export type Rating = "up" | "down";

const label = (t: T) => (c: Citation) => `${t("source", { n: c.n, title: c.title })}, ${t("newTab")}`;

/** The reply while it is written: text alone. It is not announced; the finished reply is. */
export function draft(t: T, text: string): HTMLElement {
  return h(
    "div",
    { class: "bubble bot" },
    ...(text ? format(text, [], label(t)) : [h("span", { class: "dots" }, h("i"), h("i"), h("i"))]),
  );
}

function sources(t: T, citations: Citation[]): HTMLElement | null {
  if (!citations.length) return null;
  const list = h("ol", { class: "sources", "aria-label": t("sources") });
  const numbers = new Map<string, HTMLElement>(); // by source: passages of one document stand in one line
  for (const c of citations) {
    const key = c.url + " " + c.title;
    const known = numbers.get(key);
    if (known) {
      known.append(", " + c.n);
      continue;
    }
    const b = h("b", {}, String(c.n));
    const newTab = safeURL(c.url) && h("span", { class: "sr" }, t("newTab"));
    numbers.set(key, b);
    list.append(h("li", {}, sourceLink(c, "source", undefined, b, h("span", {}, c.title || c.url), newTab)));
  }
  return list;
}

function thumbs(t: T, rated: Rating | undefined, rate: (r: Rating) => void): HTMLElement {
  const all = (["up", "down"] as const).map((r) =>
    button(
      "thumb",
      icon(r),
      () => {
        if (pressed(r)) return;
        mark(r);
        rate(r);
      },
      { "aria-label": t(r) },
    ),
  );
  const [up, down] = all as [HTMLButtonElement, HTMLButtonElement];
  const pressed = (r: Rating) => (r === "up" ? up : down).getAttribute("aria-pressed") === "true";
  const mark = (r?: Rating) => {
    up.setAttribute("aria-pressed", String(r === "up"));
    down.setAttribute("aria-pressed", String(r === "down"));
  };
  mark(rated);
  return h("div", { class: "thumbs" }, up, down);
}

/** What stands for a reply without text: a person has the chat, or nothing came through. */
const silence = (m: Message): Key => (m.action === "handoff" ? "withHuman" : "failed");

/** The finished reply. What stands below its text is not read out with it. */
export function answer(t: T, m: Message, rated: Rating | undefined, rate: (r: Rating) => void): HTMLElement {
  return h(
    "article",
    { class: "turn", "data-action": m.action },
    h("span", { class: "sr" }, t("bot") + ": "),
    h("div", { class: "bubble bot", dir: "auto" }, ...format(m.text || t(silence(m)), m.citations, label(t))),
    h(
      "div",
      { class: "below", "aria-live": "off" },
      sources(t, m.citations),
      m.id && m.action !== "smalltalk" ? thumbs(t, rated, rate) : null,
    ),
  );
}
