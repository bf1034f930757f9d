// The round button in the page's corner, with the number of answers not yet seen.

import { button, h, icon } from "./dom";
import type { T } from "./texts";

export class Launcher {
  readonly el: HTMLButtonElement;
  readonly #badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });

  readonly #t: T;

  constructor(
    t: T,
    press: () => void,
  ) {
    this.#t = t;
    this.el = button("launcher", icon("chat"), press, { "aria-haspopup": "dialog", "aria-label": t("launch") });
    this.el.append(this.#badge);
  }

  unread(n: number): void {
    this.#badge.hidden = n === 0;
    this.#badge.textContent = n > 9 ? "9+" : String(n);
    this.el.setAttribute("aria-label", n ? this.#t("unread", { n }) : this.#t("launch"));
  }
}
