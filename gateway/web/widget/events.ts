// What the host page may listen to with SupportChat.on.

import type { Handoff, Message } from "./types";

export interface ChatEvents {
  open: Record<string, never>;
  close: Record<string, never>;
  message: Message | { role: "user"; text: string };
  action: { action: string; reason: string; id: string };
  handoff: Handoff;
  error: { code: string; status: number };
  csat: { score: number };
}

export type EventName = keyof ChatEvents;
type Listener = (detail: ChatEvents[EventName]) => void;

export class Emitter {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Listens, and returns the function that stops listening. */
  on<E extends EventName>(event: E, fn: (detail: ChatEvents[E]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set<Listener>();
    this.#listeners.set(event, set.add(fn as Listener));
    return () => void set.delete(fn as Listener);
  }

  /** Tells every listener; what one throws is the page's to see and stops nothing here. */
  emit<E extends EventName>(event: E, detail: ChatEvents[E]): void {
    this.#listeners.get(event)?.forEach((fn) => {
      try {
        fn(detail);
      } catch (e) {
        reportError(e);
      }
    });
  }
}
