// Where the customer writes: a text field that grows, a counter near the limit, and one button that sends or stops.

import { button, h, icon } from "./dom";
import type { T } from "./texts";

/** The gateway's limit for one message, in characters. */
const limit = 4000;
/** From how many characters left the counter shows. */
const near = 400;

export class Composer {
  readonly el: HTMLFormElement;
  readonly #field: HTMLTextAreaElement;
  readonly #counter = h("p", { id: "counter", class: "counter", hidden: true });
  readonly #action: HTMLButtonElement;
  #busy = false;

  readonly #t: T;
  readonly #on: { send(text: string): void; stop(): void; announce(text: string): void; person(): void };

  constructor(
    t: T,
    on: { send(text: string): void; stop(): void; announce(text: string): void; person(): void },
  ) {
    this.#t = t;
    this.#on = on;
    this.#field = h("textarea", {
      rows: "1",
      "aria-label": t("input"),
      "aria-describedby": "counter",
      placeholder: t("placeholder"),
      enterkeyhint: "send",
      input: () => this.#changed(),
      keydown: (e) => this.#key(e as KeyboardEvent),
    });
    this.#action = button("send", icon("send"), () => (this.#busy ? this.#on.stop() : this.#submit()));
    this.el = h(
      "form",
      { class: "composer", submit: (e) => e.preventDefault() },
      this.#counter,
      h("div", { class: "field" }, this.#field, this.#action),
      button("person", t("person"), () => on.person()),
    );
    this.setBusy(false);
  }

  focus(): void {
    this.#field.focus();
  }

  /** While an answer is under way the button stops it; the customer may go on writing. */
  setBusy(busy: boolean): void {
    this.#busy = busy;
    this.#action.replaceChildren(icon(busy ? "stop" : "send"));
    this.#action.setAttribute("aria-label", this.#t(busy ? "stop" : "send"));
  }

  #key(e: KeyboardEvent): void {
    // While an input method composes, Enter belongs to it (229 is what Safari sends for its last key).
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return;
    e.preventDefault();
    if (!this.#busy) this.#submit();
  }

  get #left(): number {
    return limit - [...this.#field.value].length;
  }

  #submit(): void {
    const text = this.#field.value.trim();
    if (this.#left < 0) this.#on.announce(this.#counter.textContent ?? "");
    if (!text || this.#left < 0) return;
    this.#field.value = "";
    this.#changed();
    this.#on.send(text);
  }

  #changed(): void {
    const field = this.#field;
    const counter = this.#counter;
    const left = this.#left;
    field.style.height = "auto";
    field.style.height = field.scrollHeight + "px";
    const over = left < 0;
    counter.hidden = left > near;
    counter.textContent = counter.hidden ? "" : over ? this.#t("over", { n: -left }) : this.#t("left", { n: left });
    field.setAttribute("aria-invalid", String(over));
  }
}
