// The two things that the assistant asks of the customer: how to be reached by a person, and how the chat was.

import { button, h } from "./dom";
import type { Key, T } from "./texts";
import type { Handoff } from "./types";

const words: Record<string, Key> = { requested: "requested", acknowledged: "acknowledged", failed: "refused" };

/** Shows how far a handoff has come. While it is only offered, it can be asked for here. */
export class PersonCard {
  readonly el: HTMLElement;

  readonly #t: T;
  readonly #ask: (contact: string) => Promise<Handoff | null>;

  constructor(
    t: T,
    ask: (contact: string) => Promise<Handoff | null>,
  ) {
    this.#t = t;
    this.#ask = ask;
    this.el = h("section", { class: "card", "aria-label": t("person"), tabindex: "-1" });
  }

  show(handoff: Handoff): void {
    const word = words[handoff.state];
    if (!word) return this.#offer();
    const hadFocus = this.el.matches(":focus-within");
    this.el.replaceChildren(
      h("p", { role: "status" }, this.#t(word), " ", h("strong", { class: "ref", dir: "ltr" }, handoff.reference)),
    );
    if (hadFocus) this.el.focus();
  }

  #offer(): void {
    const contact = h("input", { id: "contact", type: "text", autocomplete: "email", maxlength: "200" });
    const submit = async (e: Event) => {
      e.preventDefault();
      send.setAttribute("aria-disabled", "true");
      const handoff = await this.#ask(contact.value.trim());
      send.removeAttribute("aria-disabled");
      if (handoff) this.show(handoff);
    };
    const send = h("button", { type: "submit", class: "primary" }, this.#t("person"));
    this.el.replaceChildren(
      h("p", {}, this.#t("offer")),
      h(
        "form",
        { submit: (e) => void (send.hasAttribute("aria-disabled") ? e.preventDefault() : submit(e)) },
        h("label", { for: "contact" }, this.#t("contact")),
        contact,
        send,
      ),
    );
  }
}

/** Asks for a score from 1 to 5. */
export function surveyCard(t: T, score: (n: number) => void): HTMLElement {
  const card = h("section", { class: "card survey", "aria-label": t("survey"), tabindex: "-1" });
  const choose = (n: number) => {
    card.focus();
    card.replaceChildren(h("p", { role: "status" }, t("scored")));
    score(n);
  };
  const scores = [1, 2, 3, 4, 5].map((n) =>
    button("score", String(n), () => choose(n), { "aria-label": t("score", { n }) }),
  );
  card.append(
    h("p", {}, t("survey")),
    h("div", { class: "scores" }, ...scores),
    h("p", { class: "scale", "aria-hidden": "true" }, h("span", {}, t("worst")), h("span", {}, t("best"))),
  );
  return card;
}
