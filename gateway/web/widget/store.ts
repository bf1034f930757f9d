// What outlives a page load: the tab's own session storage, or memory where the browser refuses it.

import type { Welcome } from "./types";
import type { Question } from "./api";

export interface Saved {
  welcome: Welcome | null;
  open: boolean;
  /** A question whose answer had not arrived when the page went away. */
  pending: Question | null;
  /** Ratings by message id. */
  rated: Record<string, "up" | "down">;
  scored: boolean;
}

const empty = (): Saved => ({ welcome: null, open: false, pending: null, rated: {}, scored: false });

export class Store {
  #state = empty();

  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    try {
      const saved: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
      // The widget wrote it itself, under a key of its own; a page that forges it harms only its own customer.
      if (saved) Object.assign(this.#state, saved);
    } catch {
      // Storage is blocked or holds something foreign: begin anew.
    }
  }

  get saved(): Readonly<Saved> {
    return this.#state;
  }

  save(change: Partial<Saved>): void {
    Object.assign(this.#state, change);
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#state));
    } catch {
      // Memory will have to do.
    }
  }

  /** Forgets the conversation, not whether the panel is open. */
  forget(): void {
    this.save({ ...empty(), open: this.#state.open });
  }
}
