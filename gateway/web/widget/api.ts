// The gateway's HTTP interface, and what can go wrong with it.

import type { Config } from "./config";
import { get, text, toHandoff, toWelcome, toExchanges, type Exchange, type Handoff, type Welcome } from "./types";

/** An answer of the gateway that is not the one asked for. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** Seconds to wait before trying again; 0 where none were named. */
    readonly retryAfter: number,
  ) {
    super(code);
  }

  /** Whether the conversation is over for this token: expired, erased, or of another installation. */
  get gone(): boolean {
    return this.status === 401 || this.status === 403 || this.status === 404;
  }
}

export interface Question {
  text: string;
  /** Sent with every try, so that the gateway answers a question once however often it arrives. */
  id: string;
}

export interface Session {
  id: string;
  token: string;
}

async function problem(r: Response): Promise<Problem> {
  const body: unknown = await r.json().catch(() => null);
  return new Problem(r.status, text(body, "code") || "http_" + r.status, Number(r.headers.get("Retry-After")) || 0);
}

export class Api {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  async #call(path: string, token: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set("Authorization", "Bearer " + token);
    if (init.body) headers.set("Content-Type", "application/json");
    const url = new URL("v1/conversations" + path, this.#config.base);
    const r = await fetch(url, { ...init, headers, credentials: "omit", cache: "no-store" });
    if (!r.ok) throw await problem(r);
    return r;
  }

  #post(path: string, token: string, body: object, init: RequestInit = {}): Promise<Response> {
    return this.#call(path, token, { method: "POST", body: JSON.stringify(body), ...init });
  }

  async open(): Promise<Welcome> {
    const context = { page: (location.origin + location.pathname).slice(0, 500) };
    const body = { locale: this.#config.locale, identity: this.#config.identity, context };
    return toWelcome(await (await this.#post("", this.#config.key, body)).json());
  }

  async transcript(s: Session): Promise<{ exchanges: Exchange[]; handoff: Handoff | null }> {
    const body: unknown = await (await this.#call("/" + s.id, s.token, {})).json();
    return { exchanges: toExchanges(body), handoff: toHandoff(get(body, "handoff")) };
  }

  ask(s: Session, q: Question, signal: AbortSignal): Promise<Response> {
    return this.#post(`/${s.id}/messages`, s.token, { text: q.text, client_message_id: q.id }, {
      headers: { Accept: "text/event-stream" },
      signal,
    });
  }

  resume(s: Session, messageID: string, lastEventID: string, signal: AbortSignal): Promise<Response> {
    return this.#call(`/${s.id}/messages/${messageID}/stream`, s.token, {
      headers: { Accept: "text/event-stream", "Last-Event-ID": lastEventID },
      signal,
    });
  }

  async rate(s: Session, messageID: string, rating: "up" | "down"): Promise<void> {
    await this.#post(`/${s.id}/messages/${messageID}/feedback`, s.token, { rating });
  }

  async score(s: Session, score: number): Promise<void> {
    await this.#post(`/${s.id}/csat`, s.token, { score });
  }

  async person(s: Session, contact: string): Promise<Handoff | null> {
    return toHandoff(await (await this.#post(`/${s.id}/handoff`, s.token, contact ? { contact } : {})).json());
  }
}
