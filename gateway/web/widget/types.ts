// The shapes that the gateway speaks, and the only place where foreign JSON becomes one of them.

export type HandoffState = "offered" | "requested" | "acknowledged" | "failed" | "released";

export interface Handoff {
  state: HandoffState;
  reference: string;
}

export interface Citation {
  n: number;
  title: string;
  url: string;
}

export interface Message {
  id: string;
  action: string;
  reason: string;
  text: string;
  citations: Citation[];
  suggestions: string[];
  handoff: Handoff | null;
}

/** What opening a conversation returns. */
export interface Welcome {
  id: string;
  token: string;
  greeting: string;
  disclosure: string;
  suggestions: string[];
}

/** One question with its reply, as a transcript lists them. */
export interface Exchange {
  /** The client's own id of the question; "" where it gave none. */
  id: string;
  question: string;
  message: Message | null;
  /** What a person of the team wrote, alone in its exchange. */
  agent: { id: string; text: string } | null;
}

export const get = (v: unknown, key: string): unknown =>
  typeof v === "object" && v !== null ? (v as Record<string, unknown>)[key] : undefined;

export const text = (v: unknown, key: string): string => {
  const s = get(v, key);
  return typeof s === "string" ? s : "";
};

export const list = (v: unknown, key: string): unknown[] => {
  const l = get(v, key);
  return Array.isArray(l) ? l : [];
};

const strings = (v: unknown, key: string): string[] =>
  list(v, key).filter((s): s is string => typeof s === "string" && s !== "");

export function toHandoff(v: unknown): Handoff | null {
  const state = text(v, "state");
  return state ? { state: state as HandoffState, reference: text(v, "reference") } : null;
}

export function toMessage(v: unknown): Message {
  return {
    id: text(v, "id"),
    action: text(v, "action"),
    reason: text(v, "reason"),
    text: text(v, "text"),
    citations: list(v, "citations").map((c) => ({
      n: Number(get(c, "n")),
      title: text(c, "title"),
      url: text(c, "url"),
    })),
    suggestions: strings(v, "suggestions"),
    handoff: toHandoff(get(v, "handoff")),
  };
}

export function toWelcome(v: unknown): Welcome {
  return {
    id: text(v, "id"),
    token: text(v, "token"),
    greeting: text(v, "greeting"),
    disclosure: text(v, "disclosure"),
    suggestions: strings(v, "suggestions"),
  };
}

/** Reads a transcript: a list of messages, customer's and assistant's in turn, and people's of the team between them. */
export function toExchanges(v: unknown): Exchange[] {
  const out: Exchange[] = [];
  for (const m of list(v, "messages")) {
    const last = out[out.length - 1];
    if (text(m, "role") === "user") out.push({ id: text(m, "client_message_id"), question: text(m, "text"), message: null, agent: null });
    else if (text(m, "role") === "agent") out.push({ id: "", question: "", message: null, agent: { id: text(m, "id"), text: text(m, "text") } });
    else if (last && !last.message && !last.agent) last.message = toMessage(m);
    else out.push({ id: "", question: "", message: toMessage(m), agent: null });
  }
  return out;
}
