// The conversation: what happens when the customer does something, and when the gateway answers.

import { answer, type Rating } from "./answer";
import { Api, Problem } from "./api";
import { PersonCard, surveyCard } from "./cards";
import type { Config } from "./config";
import { Emitter } from "./events";
import { Launcher } from "./launcher";
import { Panel } from "./panel";
import { Store } from "./store";
import type { Texts } from "./texts";
import { Turn, type Question } from "./turn";
import type { Handoff, Message, Welcome } from "./types";

/** A random UUID. crypto.randomUUID is missing on pages without TLS. */
function uuid(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 15) | 64;
  b[8] = ((b[8] ?? 0) & 63) | 128;
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export class Chat {
  readonly events = new Emitter();
  readonly launcher: Launcher;
  readonly panel: Panel;
  private readonly api: Api;
  private readonly store: Store;
  private starting: Promise<Welcome> | null = null;
  private shown = false;
  private stopper: AbortController | null = null;
  private queue: Promise<void> = Promise.resolve();
  private unread = 0;
  private answered = 0;
  private surveyTimer = 0;
  private personCard: PersonCard | null = null;

  constructor(
    private readonly config: Config,
    private readonly texts: Texts,
  ) {
    this.api = new Api({ ...config, locale: texts.lang });
    this.store = new Store("supportchat " + config.base + " " + config.key);
    this.launcher = new Launcher(texts.t, () => this.open());
    this.panel = new Panel(texts, config.title, {
      send: (text) => this.send(text),
      stop: () => this.stopper?.abort(),
      close: () => this.close(),
      end: () => this.end(),
      again: () => this.reset(),
      person: () => this.person(),
    });
  }

  /** Takes up where the last page of this tab left off. It never takes the focus. */
  resume(): void {
    const wide = !window.matchMedia("(max-width: 480px)").matches;
    if (wide && (this.config.open || this.store.saved.open)) this.open(false);
    else if (this.store.saved.pending) void this.start().catch(() => {});
  }

  open(focus = true): void {
    if (this.shown) {
      if (focus) this.panel.focus();
      return;
    }
    this.shown = true;
    this.store.save({ open: true });
    this.launcher.el.hidden = true;
    this.unread = 0;
    this.panel.open(focus);
    this.events.emit("open", {});
    this.begin();
  }

  close(): void {
    if (!this.shown) return;
    this.shown = false;
    this.store.save({ open: false });
    this.panel.close();
    this.launcher.unread(0);
    this.launcher.el.hidden = false;
    this.launcher.el.focus();
    this.events.emit("close", {});
  }

  toggle(): void {
    if (this.shown) this.close();
    else this.open();
  }

  /** Asks a question; one that comes while another is being answered waits for its turn. */
  send(text: string): void {
    const question = { text: text.trim(), id: uuid() };
    if (!question.text) return;
    this.queue = this.queue.then(() => this.ask(question));
  }

  /** Forgets the conversation and begins a new one. */
  reset(): void {
    this.stopper?.abort();
    this.queue = this.queue.then(() => {
      this.store.forget();
      this.starting = null;
      this.personCard = null;
      this.answered = 0;
      clearTimeout(this.surveyTimer);
      this.panel.clear();
      if (!this.shown) return;
      this.begin();
      this.panel.focus();
    });
  }

  private begin(): void {
    this.start().catch((e: unknown) => this.trouble(e, () => this.begin()));
  }

  /** Opens the conversation, or restores the tab's own. Done once, however many ask; again after a failure. */
  private start(): Promise<Welcome> {
    this.starting ??= this.enter().catch((e: unknown) => {
      this.starting = null;
      throw e;
    });
    return this.starting;
  }

  private async enter(): Promise<Welcome> {
    const { welcome, pending } = this.store.saved;
    if (welcome) {
      try {
        await this.restore(welcome, pending);
        return welcome;
      } catch (e) {
        if (!(e instanceof Problem && e.gone)) throw e;
        this.store.forget();
      }
    }
    return this.enterNew();
  }

  private async enterNew(): Promise<Welcome> {
    const fresh = await this.api.open();
    this.store.save({ welcome: fresh });
    this.greet(fresh);
    this.panel.suggest(fresh.suggestions);
    return fresh;
  }

  private greet(w: Welcome): void {
    if (w.disclosure) this.panel.note(w.disclosure);
    if (w.greeting) this.panel.add(this.answer({ ...blank, text: w.greeting, action: "smalltalk" }));
  }

  private async restore(welcome: Welcome, pending: Question | null): Promise<void> {
    const { exchanges, handoff } = await this.api.transcript(welcome);
    this.greet(welcome);
    for (const { question, message } of exchanges) {
      if (question) this.panel.question(question);
      if (message) this.panel.add(this.answer(message));
      if (message) this.answered++;
    }
    if (handoff && handoff.state !== "offered") this.showPerson(handoff);
    if (!exchanges.length && !pending) this.panel.suggest(welcome.suggestions);
    // The page went away before the answer came: asked again under the same id, it is answered once.
    if (pending) this.queue = this.queue.then(() => this.ask(pending));
  }

  private async ask(question: Question, again = false): Promise<void> {
    clearTimeout(this.surveyTimer);
    this.panel.trouble("");
    this.panel.suggest([]);
    if (!again) {
      // The greeting comes before the first question; where none comes, run says what went wrong.
      await this.start().catch(() => {});
      this.panel.question(question.text);
      this.panel.suggest([]);
      this.events.emit("message", { role: "user", text: question.text });
    }
    await this.run(question);
  }

  private retry(question: Question): void {
    this.queue = this.queue.then(() => this.ask(question, true));
  }

  private async run(question: Question, renewed = false): Promise<void> {
    const { panel, store, texts } = this;
    const stopper = new AbortController();
    let said = "";
    this.stopper = stopper;
    store.save({ pending: question });
    panel.composer.setBusy(true);
    panel.draft("");
    try {
      const session = await this.start();
      const progress = {
        text: (all: string) => panel.draft((said = all)),
        lost: (isLost: boolean) => panel.trouble(isLost ? texts.t("reconnecting") : ""),
      };
      const message = await new Turn(this.api, session, question, progress, stopper.signal).run();
      store.save({ pending: null });
      this.arrived(message);
    } catch (e) {
      panel.draft(null);
      store.save({ pending: null });
      if (stopper.signal.aborted) return this.stopped(said);
      if (e instanceof Problem && e.gone && !renewed) return await this.renew(question);
      this.trouble(e, () => this.retry(question));
    } finally {
      panel.composer.setBusy(false);
    }
  }

  /** The conversation is gone on the other side: a new one takes the question. */
  private async renew(question: Question): Promise<void> {
    this.store.forget();
    this.starting = this.api.open().then((w) => {
      this.store.save({ welcome: w });
      this.panel.note(this.texts.t("expired"));
      return w;
    });
    this.starting.catch(() => (this.starting = null));
    await this.run(question, true);
  }

  private stopped(said: string): void {
    if (said) this.panel.add(this.answer({ ...blank, text: said, action: "degraded" }));
    this.panel.note(this.texts.t("stopped"));
    this.panel.trouble("");
  }

  private arrived(m: Message): void {
    const { panel } = this;
    panel.draft(null);
    panel.trouble("");
    panel.add(this.answer(m));
    panel.suggest(m.suggestions);
    if (m.handoff) this.showPerson(m.handoff);
    this.answered++;
    if (!this.shown) this.launcher.unread(++this.unread);
    this.events.emit("message", m);
    this.events.emit("action", { action: m.action, reason: m.reason, id: m.id });
    if (m.handoff) this.events.emit("handoff", m.handoff);
    this.surveyTimer = window.setTimeout(() => this.survey(), this.config.surveyAfter * 1000);
  }

  private answer(m: Message): HTMLElement {
    const { rated } = this.store.saved;
    return answer(this.texts.t, m, rated[m.id], (r) => void this.rate(m.id, r));
  }

  private async rate(id: string, rating: Rating): Promise<void> {
    this.store.save({ rated: { ...this.store.saved.rated, [id]: rating } });
    try {
      await this.api.rate(await this.start(), id, rating);
      this.panel.announce(this.texts.t("thanks"));
    } catch (e) {
      this.trouble(e, () => void this.rate(id, rating));
    }
  }

  private person(): void {
    if (!this.personCard) this.showPerson({ state: "offered", reference: "" });
    const card = this.personCard?.el;
    (card?.querySelector("input") ?? card)?.focus();
  }

  private showPerson(handoff: Handoff): void {
    this.personCard ??= new PersonCard(this.texts.t, (contact) => this.askPerson(contact));
    this.personCard.show(handoff);
    this.panel.add(this.personCard.el);
  }

  private async askPerson(contact: string): Promise<Handoff | null> {
    try {
      const handoff = await this.api.person(await this.start(), contact);
      this.panel.trouble("");
      if (handoff) this.events.emit("handoff", handoff);
      return handoff;
    } catch (e) {
      this.trouble(e);
      return null;
    }
  }

  private survey(): void {
    if (this.store.saved.scored || !this.answered) return;
    this.store.save({ scored: true });
    const session = this.store.saved.welcome;
    const score = async (n: number) => {
      try {
        if (session) await this.api.score(session, n);
        this.events.emit("csat", { score: n });
      } catch (e) {
        this.trouble(e);
      }
    };
    this.panel.add(surveyCard(this.texts.t, (n) => void score(n)));
  }

  private end(): void {
    if (!this.answered) return this.reset();
    this.stopper?.abort();
    clearTimeout(this.surveyTimer);
    this.panel.suggest([]);
    this.panel.trouble("");
    this.panel.note(this.texts.t("ended"));
    this.survey();
    this.store.forget();
    this.starting = null;
    this.panel.setEnded(true);
    this.panel.focus();
  }

  private trouble(e: unknown, retry?: () => void): void {
    const { panel, texts } = this;
    const p = e instanceof Problem ? e : new Problem(0, "offline", 0);
    this.events.emit("error", { code: p.code, status: p.status });
    if (p.status === 429 || p.retryAfter) {
      const n = Math.min(Math.max(p.retryAfter, 1), 3600);
      panel.trouble(texts.t("busy", { n }));
      window.setTimeout(() => panel.trouble(texts.t("failed"), retry), n * 1000);
    } else {
      panel.trouble(texts.t(p.status === 0 ? "offline" : p.gone ? "unavailable" : "failed"), retry);
    }
  }
}

const blank: Message = { id: "", action: "", reason: "", text: "", citations: [], suggestions: [], handoff: null };
