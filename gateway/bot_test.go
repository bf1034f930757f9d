package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/guard"
	"switchboard/fallback/privacy"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
	"switchboard/gateway/session"
	"switchboard/gateway/telemetry"
	"switchboard/kb"
	"switchboard/kb/library"
	"switchboard/prompts"
)

// knowledge is the demo knowledge base, built once for all tests.
var knowledge *kb.Snapshot

func TestMain(m *testing.M) {
	code, err := withKnowledge(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withKnowledge(run func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "kb")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	store, err := kb.OpenStore(dir)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	ctx := context.Background()
	done, err := (&library.Library{Store: store, Dir: dir}).Sync(ctx)
	if err != nil {
		return 0, err
	}
	if knowledge, err = store.Open(ctx, done.Snapshot); err != nil {
		return 0, err
	}
	defer knowledge.Close()
	return run(), nil
}

// bot is a gateway with real parts: the demo knowledge base, the built-in prompts and policy, a ledger in memory, and
// a stub upstream over a socket where a test wants a model.
type bot struct {
	*gateway.Gateway
	t        testing.TB
	ledger   *ledger.Ledger
	upstream *llmtest.Server
	courier  *courier
	rt       *gateway.Runtime
}

// courier stands for the support team's side.
type courier struct{ state switchboard.HandoffState }

func (c *courier) DeliverNow(context.Context, string, time.Duration) switchboard.HandoffState {
	return c.state
}

// newBot makes a bot that quotes the knowledge base.
func newBot(t testing.TB) *bot { return start(t, nil, nil) }

// newModelBot makes a bot with one model, which says what the test tells it to.
func newModelBot(t testing.TB, scripts ...llmtest.Script) *bot {
	return newModelBotWith(t, nil, scripts...)
}

// newModelBotWith is newModelBot with another configuration.
func newModelBotWith(t testing.TB, change func(*gateway.Config), scripts ...llmtest.Script) *bot {
	srv := llmtest.NewServer(llmtest.Options{})
	t.Cleanup(srv.Close)
	srv.Queue(scripts...)
	model, err := llm.NewModel(llm.ModelConfig{
		Name: "stub", BaseURL: srv.URL, Model: "stub", Price: llm.Price{Input: 1, Output: 2},
		FirstTokenTimeout: 2 * time.Second, IdleTimeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, llm.NewChain(llm.InOrder(model), nil, llm.ChainOptions{}), change)
	b.upstream = srv
	return b
}

func start(t testing.TB, models llm.Completer, change func(*gateway.Config)) *bot {
	l, err := ledger.Open(t.Context(), "sqlite://:memory:", ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bot{t: t, ledger: l, courier: &courier{switchboard.HandoffRequested}}
	b.rt = runtimeOf(models)
	c := gateway.Config{
		Journal: l, Courier: b.courier, Streams: session.NewMemory(nil), Log: slog.New(slog.DiscardHandler),
		Meter: telemetry.New(func() float64 { return 0 }),
	}
	if change != nil {
		change(&c)
	}
	b.Gateway = gateway.New(c, b.rt)
	t.Cleanup(func() { b.Close(); _ = l.Close() })
	return b
}

func runtimeOf(models llm.Completer) *gateway.Runtime {
	set, policy := prompts.Default(), fallback.Default()
	return &gateway.Runtime{
		Release: switchboard.NewRelease(set.Versions(), knowledge.ID(), policy.Hash(), "test", time.Time{}),
		Prompts: set, Policy: policy, Masker: privacy.Default(), Knowledge: knowledge, Reading: &guard.Reader{}, Models: models,
		Quotes: &llm.Extractive{}, Operator: "Vireo", Assistant: "Vireo Assistant",
	}
}

// open starts a conversation.
func (b *bot) open() string {
	w, err := b.Open(b.t.Context(), gateway.Opening{Locale: "en"})
	if err != nil {
		b.t.Fatal(err)
	}
	return w.Conversation.ID
}

// ask asks in a conversation and returns the answer with the turn as it is recorded. What was emitted must be what is
// returned, and what is returned what is recorded.
func (b *bot) ask(conversation, text string) (switchboard.Answer, switchboard.Turn) {
	b.t.Helper()
	var said strings.Builder
	var events []switchboard.EventKind
	a, err := b.Respond(b.t.Context(), switchboard.Turn{ConversationID: conversation, Text: text}, func(e switchboard.Event) error {
		events = append(events, e.Kind)
		said.WriteString(e.Text)
		return nil
	})
	if err != nil {
		b.t.Fatalf("Respond(%q): %v", text, err)
	}
	if got := strings.TrimSpace(said.String()); got != a.Text {
		b.t.Errorf("emitted %q, answered %q", got, a.Text)
	}
	if events[0] != switchboard.EventStart || events[len(events)-1] != switchboard.EventDone {
		b.t.Errorf("events are %v", events)
	}
	turn, err := b.ledger.Turn(b.t.Context(), conversation, a.ID)
	if err != nil {
		b.t.Fatalf("the turn is not recorded: %v", err)
	}
	if turn.Answer.Action != a.Action || turn.Answer.Reason != a.Reason || turn.Answer.Release != b.rt.Release.ID {
		b.t.Errorf("recorded %+v, answered %+v", turn.Answer, a)
	}
	return a, turn
}

func openingIn(locale string) gateway.Opening { return gateway.Opening{Locale: locale} }
