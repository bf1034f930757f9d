// One turn: the question goes out, the reply comes in, whatever the network does between.

import { Problem, type Api, type Question, type Session } from "./api";
import { frames } from "./sse";
import { get, text, toMessage, type Message } from "./types";

/** What a turn tells while it runs. */
export interface Progress {
  /** All of the reply's text so far. It may start again from the beginning after a lost connection. */
  text(all: string): void;
  /** The connection is lost and is being looked for again, or is back. */
  lost(isLost: boolean): void;
}

/** Waits between tries: about 10 s in all, then the customer decides. */
const waits = [300, 700, 1500, 3000, 5000];

/** Resolves after ms, or at once when the browser is online again; rejects when the customer stops. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const done = () => {
      clearTimeout(timer);
      end.abort();
      resolve();
    };
    const timer = window.setTimeout(done, ms);
    window.addEventListener("online", done, { signal: end.signal });
    signal.addEventListener(
      "abort",
      () => {
        done();
        reject(signal.reason);
      },
      { signal: end.signal },
    );
  });
}

export class Turn {
  #messageID = "";
  #lastEventID = "";
  #said = "";
  #failure = "";
  #message: Message | null = null;

  readonly #api: Api;
  readonly #session: Session;
  readonly #question: Question;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  constructor(
    api: Api,
    session: Session,
    question: Question,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#api = api;
    this.#session = session;
    this.#question = question;
    this.#progress = progress;
    this.#signal = signal;
}

  /** Runs until the whole message is there. Rejects with a Problem, with a network error, or when stopped. */
  async run(): Promise<Message> {
    for (let tries = 0; ; tries++) {
      try {
        const message = await this.#attempt();
        if (message) return message;
      } catch (e) {
        this.#signal.throwIfAborted();
        if (e instanceof Problem && !this.#mayTryAgain(e)) throw e;
        if (tries >= waits.length) throw e;
      }
      if (tries >= waits.length) throw new Problem(0, "cut", 0);
      this.#progress.lost(true);
      await pause(waits[tries] ?? 0, this.#signal);
    }
  }

  #mayTryAgain(p: Problem): boolean {
    if (this.#messageID && (p.status === 404 || p.status === 410)) {
      this.#messageID = ""; // too late to resume: ask again, which replays what was recorded
      return true;
    }
    return p.code === "turn_in_progress";
  }

  /** One connection. Returns null where it ended before the message was whole. */
  async #attempt(): Promise<Message | null> {
    const response =
      this.#messageID && this.#lastEventID
        ? await this.#api.resume(this.#session, this.#messageID, this.#lastEventID, this.#signal)
        : await this.#api.ask(this.#session, this.#question, this.#signal);
    this.#progress.lost(false);
    if (!response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      return toMessage(await response.json());
    }
    for await (const frame of frames(response.body)) {
      if (frame.data === "[DONE]") break;
      this.#take(JSON.parse(frame.data));
      if (frame.id) this.#lastEventID = frame.id;
    }
    if (!this.#message && this.#failure) throw new Problem(0, "internal", 0);
    return this.#message;
  }

  #take(part: unknown): void {
    switch (text(part, "type")) {
      case "start":
        this.#messageID = text(part, "messageId");
        this.#said = "";
        break;
      case "text-delta":
        this.#said += text(part, "delta");
        this.#progress.text(this.#said);
        break;
      case "data-message":
        this.#message = toMessage(get(part, "data"));
        break;
      case "error":
        this.#failure = text(part, "errorText") || "error";
        break;
    }
  }
}
