// The conversation: what happens when the customer does something, and when the gateway answers.

import { answer, type Rating } from "./answer";
import { Api, Problem, type Question, type Session } from "./api";
import { PersonCard, surveyCard } from "./cards";
import type { Config } from "./config";
import { Emitter } from "./events";
import { Launcher } from "./launcher";
import { Panel } from "./panel";
import { Store } from "./store";
import type { Key, Texts } from "./texts";
import { Turn } from "./turn";
import type { Handoff, Message, Welcome } from "./types";

/** A random UUID. crypto.randomUUID is missing on pages without TLS. */
function uuid(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 15) | 64;
  b[8] = (b[8]! & 63) | 128;
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export class Chat {
  readonly events = new Emitter();
  readonly launcher: Launcher;
  readonly panel: Panel;
  readonly #config: Config;
  readonly #texts: Texts;
  readonly #api: Api;
  readonly #store: Store;
  #starting: Promise<Welcome> | null = null;
  #shown = false;
  #stopper: AbortController | null = null;
  #queue: Promise<void> = Promise.resolve();
  #unread = 0;
  #ended = false;
  /** What had the focus on the page before the panel took it. */
  #opener: Element | null = null;
  #answered = 0;
  #surveyTimer = 0;
  #troubleTimer = 0;
  #personCard: PersonCard | null = null;
  #agentSeen = new Set<string>();
  #watchTimer = 0;

  constructor(config: Config, texts: Texts) {
    this.#config = config;
    this.#texts = texts;
    this.#api = new Api({ ...config, locale: texts.lang });
    // Who has logged in or out since the last page does not go on with the conversation of before.
    this.#store = new Store("supportchat " + config.base + " " + config.key + !!config.identity);
    this.launcher = new Launcher(texts.t, () => this.open());
    this.panel = new Panel(texts, config.title, {
      send: (text) => this.send(text),
      stop: () => this.#stopper?.abort(),
      close: () => this.close(),
      end: () => this.#end(),
      again: () => this.reset(),
      person: () => this.#person(),
    });
  }

  /** Takes up where the last page of this tab left off. It never takes the focus. */
  resume(): void {
    const wide = !window.matchMedia("(max-width: 480px)").matches;
    if (wide && (this.#config.open || this.#store.saved.open)) this.open(false);
    else if (this.#store.saved.pending) void this.#start().catch(() => {});
  }

  open(focus = true): void {
    if (this.#shown) {
      if (focus) this.panel.focus();
      return;
    }
    this.#shown = true;
    this.#store.save({ open: true });
    this.#opener = document.activeElement;
    this.launcher.el.hidden = true;
    this.#unread = 0;
    this.panel.open(focus);
    this.events.emit("open", {});
    this.#begin();
  }

  close(): void {
    if (!this.#shown) return;
    const { launcher, panel } = this;
    const opener = this.#opener;
    const hadFocus = panel.hasFocus;
    this.#shown = false;
    this.#store.save({ open: false });
    launcher.unread(0);
    launcher.el.hidden = false;
    panel.close();
    const back = opener instanceof HTMLElement && opener.matches("body *:not(support-chat)") ? opener : launcher.el;
    if (hadFocus) back.focus();
    this.events.emit("close", {});
  }

  toggle(): void {
    if (this.#shown) this.close();
    else this.open();
  }

  /** Asks a question; one that comes while another is being answered waits for its turn. */
  send(text: string): void {
    const question = { text: text.trim(), id: uuid() };
    if (!question.text) return;
    if (this.#ended) this.reset();
    this.#queue = this.#queue.then(() => this.#ask(question));
  }

  /** Forgets the conversation and begins a new one. */
  reset(): void {
    this.#stopper?.abort();
    this.#ended = false;
    this.#queue = this.#queue.then(() => {
      this.#store.forget();
      this.#starting = null;
      this.#personCard = null;
      this.#agentSeen.clear();
      clearTimeout(this.#watchTimer);
      this.#answered = 0;
      clearTimeout(this.#surveyTimer);
      this.panel.clear();
      if (!this.#shown) return;
      this.#begin();
      this.panel.focus();
    });
  }

  #begin(): void {
    this.#start().catch((e: unknown) => this.#trouble(e, () => this.#begin()));
  }

  /** Opens the conversation, or restores the tab's own. Done once, however many ask; again after a failure. */
  #start(): Promise<Welcome> {
    this.#starting ??= this.#enter().catch((e: unknown) => {
      this.#starting = null;
      throw e;
    });
    return this.#starting;
  }

  async #enter(): Promise<Welcome> {
    const { welcome, pending } = this.#store.saved;
    if (welcome) {
      try {
        await this.#restore(welcome, pending);
        return welcome;
      } catch (e) {
        if (!(e instanceof Problem && e.gone)) throw e;
        this.#store.forget();
      }
    }
    return this.#enterNew();
  }

  async #enterNew(): Promise<Welcome> {
    const fresh = await this.#api.open();
    this.#store.save({ welcome: fresh });
    this.#greet(fresh);
    this.panel.suggest(fresh.suggestions);
    return fresh;
  }

  #greet(w: Welcome): void {
    if (w.disclosure) this.panel.note(w.disclosure);
    if (w.greeting) this.panel.add(this.#answer({ ...blank, text: w.greeting, action: "smalltalk" }));
  }

  async #restore(welcome: Welcome, pending: Question | null): Promise<void> {
    const { exchanges, handoff } = await this.#api.transcript(welcome);
    this.#greet(welcome);
    for (const { id, question, message, agent } of exchanges) {
      if (agent) this.#agent(agent);
      if (id === pending?.id) this.#store.save({ pending: (pending = null) });
      if (question) this.panel.question(question);
      if (message && !silent(message)) this.panel.add(this.#answer(message));
      if (message) this.#answered++;
    }
    if (handoff && handoff.state !== "offered") this.#showPerson(handoff);
    if (!exchanges.length && !pending) this.panel.suggest(welcome.suggestions);
    // The page went away before the answer came: asked again under the same id, it is answered once.
    const left = pending;
    if (left) this.#queue = this.#queue.then(() => this.#ask(left));
  }

  async #ask(question: Question, again = false): Promise<void> {
    clearTimeout(this.#surveyTimer);
    this.#hint();
    this.panel.suggest([]);
    if (!again) {
      // The greeting comes before the first question; where none comes, run says what went wrong.
      await this.#start().catch(() => {});
      this.panel.question(question.text);
      this.panel.suggest([]);
      this.events.emit("message", { role: "user", text: question.text });
    }
    await this.#run(question);
  }

  #retry(question: Question): void {
    this.#queue = this.#queue.then(() => this.#ask(question, true));
  }

  async #run(question: Question, renewed = false): Promise<void> {
    const { panel } = this;
    const store = this.#store;
    const stopper = new AbortController();
    let said = "";
    this.#stopper = stopper;
    store.save({ pending: question });
    panel.composer.setBusy(true);
    panel.draft("");
    try {
      const session = await this.#start();
      const progress = {
        text: (all: string) => panel.draft((said = all)),
        lost: (isLost: boolean) => this.#hint(isLost ? "reconnecting" : undefined),
      };
      const message = await new Turn(this.#api, session, question, progress, stopper.signal).run();
      store.save({ pending: null });
      this.#arrived(message, question);
    } catch (e) {
      panel.draft(null);
      store.save({ pending: null });
      if (stopper.signal.aborted) return this.#stopped(said);
      if (e instanceof Problem && e.gone && !renewed) return await this.#renew(question);
      this.#trouble(e, () => this.#retry(question));
    } finally {
      panel.composer.setBusy(false);
    }
  }

  /** The conversation is gone on the other side: a new one takes the question. */
  async #renew(question: Question): Promise<void> {
    this.#store.forget();
    this.#starting = this.#api.open().then((w) => {
      this.#store.save({ welcome: w });
      this.panel.note(this.#texts.t("expired"));
      return w;
    });
    this.#starting.catch(() => (this.#starting = null));
    await this.#run(question, true);
  }

  #stopped(said: string): void {
    if (said) this.panel.add(this.#answer({ ...blank, text: said, action: "degraded" }));
    this.panel.note(this.#texts.t("stopped"));
    this.#hint();
  }

  #arrived(m: Message, question: Question): void {
    const { panel } = this;
    panel.draft(null);
    this.#hint();
    if (!silent(m)) panel.add(this.#answer(m));
    panel.suggest(m.suggestions);
    if (m.handoff && silent(m)) this.#watch();
    else if (m.handoff) this.#showPerson(m.handoff);
    // The connection broke, and the gateway took it for a customer who left: the reply is not all that it would be.
    if (m.reason === "customer_left") this.#hint("offline", () => this.send(question.text));
    this.#answered++;
    if (!this.#shown) this.launcher.unread(++this.#unread);
    this.events.emit("message", m);
    this.events.emit("action", { action: m.action, reason: m.reason, id: m.id });
    if (m.handoff) this.events.emit("handoff", m.handoff);
    this.#surveyTimer = window.setTimeout(() => this.#survey(), this.#config.surveyAfter * 1000);
  }

  #answer(m: Message): HTMLElement {
    const { rated, welcome } = this.#store.saved;
    return answer(this.#texts.t, m, rated[m.id], (r) => welcome && void this.#rate(welcome, m.id, r));
  }

  async #rate(s: Session, id: string, rating: Rating): Promise<void> {
    this.#store.save({ rated: { ...this.#store.saved.rated, [id]: rating } });
    try {
      await this.#api.rate(s, id, rating);
      this.panel.announce(this.#texts.t("thanks"));
    } catch (e) {
      this.#trouble(e, () => void this.#rate(s, id, rating));
    }
  }

  #person(): void {
    if (!this.#personCard) this.#showPerson({ state: "offered", reference: "" });
    const card = this.#personCard?.el;
    (card?.querySelector("input") ?? card)?.focus();
  }

  #showPerson(handoff: Handoff): void {
    const session = this.#store.saved.welcome;
    this.#personCard ??= new PersonCard(this.#texts.t, (contact) => this.#askPerson(session, contact));
    this.#personCard.show(handoff);
    this.panel.addCard(this.#personCard.el);
    if (handoff.state === "requested" || handoff.state === "acknowledged") this.#watch();
  }

  /** Looks for the team's answer and messages, more rarely while nothing comes, until the handoff is over or the chat is. */
  #watch(wait = quick): void {
    const session = this.#store.saved.welcome;
    clearTimeout(this.#watchTimer);
    const look = async () => {
      if (!session || this.#store.saved.welcome !== session) return;
      let news = false;
      try {
        const { exchanges, handoff } = await this.#api.transcript(session);
        if (this.#store.saved.welcome !== session) return;
        for (const { agent } of exchanges) if (agent && this.#agent(agent)) news = true;
        if (news && !this.#shown) this.launcher.unread(++this.#unread);
        if (!handoff || (handoff.state !== "requested" && handoff.state !== "acknowledged")) {
          if (handoff) this.#personCard?.show(handoff);
          return;
        }
        if (handoff.state === "acknowledged") this.#personCard?.show(handoff);
      } catch (e) {
        if (e instanceof Problem && e.gone) return;
      }
      this.#watch(news ? quick : Math.min(wait * 1.5, slow));
    };
    this.#watchTimer = window.setTimeout(() => void look(), wait);
  }

  /** Shows what a person of the team wrote, once, and reports whether it was new. */
  #agent(line: { id: string; text: string }): boolean {
    if (this.#agentSeen.has(line.id)) return false;
    this.#agentSeen.add(line.id);
    this.panel.agent(line.text);
    return true;
  }

  async #askPerson(session: Session | null, contact: string): Promise<Handoff | null> {
    try {
      const handoff = await this.#api.person(session ?? (await this.#start()), contact);
      this.#hint();
      if (handoff) this.events.emit("handoff", handoff);
      if (handoff) this.#watch();
      return handoff;
    } catch (e) {
      this.#trouble(e);
      return null;
    }
  }

  #survey(): void {
    if (this.#store.saved.scored || !this.#answered) return;
    this.#store.save({ scored: true });
    const session = this.#store.saved.welcome;
    const score = async (n: number) => {
      try {
        if (session) await this.#api.score(session, n);
        this.events.emit("csat", { score: n });
      } catch (e) {
        this.#trouble(e);
      }
    };
    this.panel.addCard(surveyCard(this.#texts.t, (n) => void score(n)));
  }

  #end(): void {
    if (!this.#answered || this.#ended) return this.reset();
    this.#stopper?.abort();
    clearTimeout(this.#surveyTimer);
    this.panel.suggest([]);
    this.#hint();
    this.panel.note(this.#texts.t("ended"));
    this.#survey();
    this.#store.forget();
    this.#starting = null;
    this.#personCard = null;
    this.#ended = true;
    this.panel.setEnded(true);
    this.panel.focus();
  }

  #trouble(e: unknown, retry?: () => void): void {
    const p = e instanceof Problem ? e : new Problem(0, "offline", 0);
    this.events.emit("error", { code: p.code, status: p.status });
    if (p.status === 429 || p.retryAfter) {
      const n = Math.min(Math.max(p.retryAfter, 1), 3600);
      this.#hint("busy", undefined, { n });
      this.#troubleTimer = window.setTimeout(() => this.#hint("failed", retry), n * 1000);
    } else {
      this.#hint(p.status === 0 ? "offline" : p.gone ? "unavailable" : "failed", retry);
    }
  }

  /** Says what is wrong, in place of what was said before; nothing where there is no key. */
  #hint(key?: Key, retry?: () => void, values?: Record<string, number>): void {
    clearTimeout(this.#troubleTimer);
    this.panel.trouble(key ? this.#texts.t(key, values) : "", retry);
  }
}

/** Milliseconds between looks for what the team wrote: after news, and after a long time without. */
const quick = 3000;
const slow = 30_000;

/** The bot leaves the chat to a person, and has said so: its silence needs no bubble. */
const silent = (m: Message): boolean => m.reason === "with_human" && !m.text;

const blank: Message = { id: "", action: "", reason: "", text: "", citations: [], suggestions: [], handoff: null };
