package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/guard"
	"switchboard/fallback/handoff"
	"switchboard/fallback/privacy"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm"
	"switchboard/gateway/session"
	"switchboard/gateway/telemetry"
	"switchboard/kb"
	"switchboard/kb/library"
	"switchboard/prompts"
)

// parts are what a configuration is made into. Close them in the end.
type parts struct {
	config   *config
	log      *slog.Logger
	ledger   *ledger.Ledger
	sessions session.Store
	store    *kb.Store
	metrics  *telemetry.Metrics
	traces   *telemetry.Traces // nil makes none
	courier  *handoff.Dispatcher
	serving  *gateway.Runtime // the release that the gateway began with
	gateway  *gateway.Gateway
	library  atomic.Pointer[library.Library]  // as it is configured now
	models   *models                          // in use; nil where none is configured
	quotas   quotas                           // as they are configured now
	retain   atomic.Pointer[ledger.Retention] // how long records are kept, as configured now
	promoted chan struct{}                    // has an entry once what is served may have changed

	// byWordsAlone says that embeddings are configured and could not be had; they are tried again.
	byWordsAlone bool
	embedAgain   time.Time
}

// wire puts a gateway together and brings its knowledge base up to date.
func (p *program) wire(ctx context.Context, c *config, log *slog.Logger, traces *telemetry.Traces) (_ *parts, err error) {
	w := &parts{config: c, log: log, traces: traces, promoted: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if w.ledger, err = ledger.Open(ctx, c.Database.URL, ledger.Options{}); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	if w.sessions, err = openSessions(ctx, c, log); err != nil {
		return nil, err
	}
	if w.store, err = p.openStore(c); err != nil {
		return nil, err
	}
	w.metrics = telemetry.New(w.outboxPending)
	if w.courier, err = p.courier(c, w); err != nil {
		return nil, err
	}
	if err := w.syncKnowledge(ctx); err != nil {
		return nil, err
	}
	if w.serving, err = w.runtime(ctx, p.getenv); err != nil {
		return nil, err
	}
	w.useQuotas(ctx)
	keep := c.Retain.of()
	w.retain.Store(&keep)
	w.gateway = gateway.New(gateway.Config{
		Journal: w.ledger, Courier: w.courier, Streams: w.sessions, Meter: w.metrics, Tracer: traces, Log: log,
		Answers: gateway.AnswerCache{Size: c.Answers.Size, For: c.Answers.For},
	}, w.serving)
	return w, nil
}

// Close frees the parts, the gateway's first.
func (w *parts) Close() {
	if w.gateway != nil {
		w.gateway.Close()
	}
	w.models.release()
	if w.store != nil {
		_ = w.store.Close()
	}
	if w.sessions != nil {
		_ = w.sessions.Close()
	}
	if w.ledger != nil {
		if err := w.ledger.Close(); err != nil {
			w.log.Error("close the ledger", "error", err)
		}
	}
}

func (w *parts) outboxPending() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, err := w.ledger.Pending(ctx)
	if err != nil {
		return -1
	}
	return float64(n)
}

func openSessions(ctx context.Context, c *config, log *slog.Logger) (session.Store, error) {
	if c.Redis.URL == "" {
		return session.NewMemory(time.Now), nil
	}
	s, err := session.NewRedis(c.Redis.URL, log)
	if err != nil {
		return nil, fmt.Errorf("open Redis: %w", err)
	}
	if err := s.Ping(ctx); err != nil {
		_ = s.Close()
		return nil, unreachable{fmt.Errorf("reach Redis: %w", err)}
	}
	return s, nil
}

// kbDir is where snapshots are kept.
func kbDir(c *config) string { return filepath.Join(c.DataDir, "kb") }

func (p *program) openStore(c *config) (*kb.Store, error) {
	s, err := kb.OpenStore(kbDir(c))
	if err != nil {
		return nil, fmt.Errorf("open the knowledge base: %w", err)
	}
	return s, nil
}

func libraryOf(c *config, s *kb.Store) (*library.Library, error) {
	l := &library.Library{Store: s, Dir: kbDir(c), Sources: c.KB.Sources, Demo: c.KB.Demo}
	if c.KB.Synonyms != "" {
		b, err := os.ReadFile(c.KB.Synonyms)
		if err != nil {
			return nil, fmt.Errorf("read synonyms: %w", err)
		}
		l.Synonyms = string(b)
	}
	return l, nil
}

// syncKnowledge brings the knowledge base up to what the configuration names.
func (w *parts) syncKnowledge(ctx context.Context) error {
	l, err := libraryOf(w.config, w.store)
	if err != nil {
		return err
	}
	done, err := l.Sync(ctx)
	if err != nil {
		return fmt.Errorf("prepare the knowledge base: %w", err)
	}
	for _, note := range done.Notes {
		w.log.Warn("knowledge base", "note", note)
	}
	for _, r := range done.Rejected {
		w.log.Warn("not taken into the knowledge base", "where", r.Where(), "reason", r.Reason)
	}
	w.log.Info("knowledge base ready", "snapshot", done.Snapshot)
	w.library.Store(l)
	return nil
}

// runtime opens the current release.
func (w *parts) runtime(ctx context.Context, getenv func(string) string) (*gateway.Runtime, error) {
	set, policy, err := loadTexts(w.config)
	if err != nil {
		return nil, err
	}
	masker, err := privacy.New(policy.PersonalData()...)
	if err != nil {
		return nil, fmt.Errorf("policy: personal data: %w", err)
	}
	id, err := w.store.Current()
	if err != nil {
		return nil, fmt.Errorf("open the knowledge base: %w", err)
	}
	snapshot, err := w.store.Open(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open the knowledge base: %w", err)
	}
	models, err := w.useModels(getenv)
	if err != nil {
		_ = snapshot.Close()
		return nil, err
	}
	meaning, closeMeaning, err := w.understand(ctx, snapshot, getenv)
	if err != nil {
		models.release()
		_ = snapshot.Close()
		return nil, err
	}
	scopeMeaning, closeScope, err := w.understandScope(ctx, policy, getenv)
	closeMeaning = both(closeMeaning, closeScope)
	if err != nil {
		closeMeaning()
		models.release()
		_ = snapshot.Close()
		return nil, err
	}
	release := switchboard.NewRelease(set.Versions(), id, policy.Hash(), models.fingerprint()+meaning, time.Now().UTC())
	if err := w.ledger.RecordRelease(ctx, release); err != nil {
		closeMeaning()
		models.release()
		_ = snapshot.Close()
		return nil, err
	}
	snapshot.Warm()
	w.metrics.Documents(snapshot.Stats().Documents)
	return &gateway.Runtime{
		Release: release, Prompts: set, Policy: policy, Masker: masker, Knowledge: snapshot, Meaning: scopeMeaning,
		Reading: &guard.Reader{}, Models: models.completer(), Judge: models.judging(),
		Quotes: &llm.Extractive{}, Operator: w.config.Operator.Name, Assistant: w.config.Operator.Assistant,
		Close: func() {
			closeMeaning()
			models.release()
			if err := snapshot.Close(); err != nil {
				w.log.Error("close a snapshot", "snapshot", id, "error", err)
			}
		},
	}, nil
}

// loadTexts loads the prompts, the configured ones over the built-in ones, and the policy.
func loadTexts(c *config) (*prompts.Set, *fallback.Policy, error) {
	set, err := loadPrompts(c)
	if err != nil {
		return nil, nil, err
	}
	policy, err := loadPolicy(c)
	return set, policy, err
}

func loadPrompts(c *config) (*prompts.Set, error) {
	set := prompts.Default()
	if c.Prompts == "" {
		return set, nil
	}
	set, err := set.With(os.DirFS(c.Prompts))
	if err != nil {
		return nil, fmt.Errorf("load prompts: %w", err)
	}
	return set, set.Require(prompts.Names()...)
}

func (p *program) courier(c *config, w *parts) (*handoff.Dispatcher, error) {
	h, err := c.handoff(p.getenv)
	if err != nil {
		return nil, err
	}
	h.Outbox, h.Log = w.ledger, w.log
	return handoff.New(h)
}

// withLedger runs f with the configured ledger open.
func (p *program) withLedger(ctx context.Context, f func(*ledger.Ledger) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, c.Database.URL, ledger.Options{})
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	return errors.Join(f(l), l.Close())
}

// withParts runs f with a whole gateway, for commands that answer by themselves.
func (p *program) withParts(ctx context.Context, f func(*parts) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	w, err := p.wire(ctx, c, p.logger("warn"), nil)
	if err != nil {
		return err
	}
	defer w.Close()
	return f(w)
}
