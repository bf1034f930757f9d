package gateway

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/kb"
)

// Retriever searches one immutable state of the knowledge base.
type Retriever interface {
	Search(ctx context.Context, q kb.Query) ([]switchboard.Passage, error)
	// Rarity says how telling words are in it: of a text's rarest word the idf, as a share of most.
	Rarity(ctx context.Context, lang string) (of func(text string) float64, most float64)
}

// Journal keeps what must not be lost. Each method is durable when it returns nil.
type Journal interface {
	OpenConversation(ctx context.Context, c switchboard.Conversation, disclosure string) error
	// Transcript returns a conversation with all of its turns, or switchboard.NotFound.
	Transcript(ctx context.Context, id string) (switchboard.Conversation, error)
	// TurnByClientID returns the turn that carried the client's own message id, or switchboard.NotFound.
	TurnByClientID(ctx context.Context, conversation, clientMessageID string) (switchboard.Turn, error)
	Record(ctx context.Context, t switchboard.Turn) error
	Feedback(ctx context.Context, conversation, message string, f switchboard.Feedback) error
	CSAT(ctx context.Context, conversation string, c switchboard.CSAT) error
	// RequestHandoff records a request and queues its delivery as one; where one is open already it returns that one.
	RequestHandoff(ctx context.Context, r switchboard.HandoffRequest) (switchboard.HandoffRequest, error)
	WhyJournal
	// HandoffEvent takes in what the support team's side tells. It reports false where that has been taken in before.
	HandoffEvent(ctx context.Context, e switchboard.HandoffEvent) (bool, error)
	// Export returns all that is kept of a conversation.
	Export(ctx context.Context, conversation string) (switchboard.Export, error)
	Erase(ctx context.Context, conversation string) (switchboard.Receipt, error)
	// ErasedSince returns what was erased at a time or later, by any process, oldest first.
	ErasedSince(ctx context.Context, since time.Time) ([]switchboard.Erasure, error)
}

// Courier delivers recorded handoff requests to the support team.
type Courier interface {
	// DeliverNow tries one delivery at once, for at most the given time, and says how far the request has come. The
	// queue goes on where it does not succeed.
	DeliverNow(ctx context.Context, reference string, atMost time.Duration) switchboard.HandoffState
}

// Forgetter drops what is only kept for a while of a conversation, and says how much that was.
type Forgetter interface {
	Forget(ctx context.Context, conversation string) (int, error)
}

// Meter counts what turns do. Labels never carry a customer's text or id.
type Meter interface {
	Turn(t switchboard.Turn)
	Feedback(rating string)
	CSAT(score int)
	Handoff(state switchboard.HandoffState)
	AnswerCache(result string)
}

// Tracer shows where the time of each turn goes. Its methods must not block.
type Tracer interface {
	// Turn begins a turn. over is called once, with the answer or why there is none.
	Turn(ctx context.Context) (_ context.Context, over func(switchboard.Answer, error))
	// Stage begins a stage of the turn: "retrieve", "generate" or "record".
	Stage(ctx context.Context, name string) (_ context.Context, over func())
}

type untraced struct{}

func (untraced) Turn(ctx context.Context) (context.Context, func(switchboard.Answer, error)) {
	return ctx, func(switchboard.Answer, error) {}
}

func (untraced) Stage(ctx context.Context, _ string) (context.Context, func()) { return ctx, func() {} }

// Config is what a Gateway is made of. Now and NewID default to the wall clock and switchboard.NewID.
type Config struct {
	Journal Journal
	Courier Courier
	Streams Forgetter
	Meter   Meter
	Tracer  Tracer // nil traces nothing
	Log     *slog.Logger
	Answers AnswerCache
	Now     func() time.Time
	NewID   func(prefix string, now time.Time) string
}

// Gateway serves turns under the release in use. It is safe for concurrent use.
type Gateway struct {
	journal Journal
	courier Courier
	streams Forgetter
	meter   Meter
	tracer  Tracer
	log     *slog.Logger
	now     func() time.Time
	newID   func(prefix string, now time.Time) string
	answers AnswerCache
	current *atomic.Pointer[pinned] // shared with those aside
	aside   bool
}

// New returns a gateway with rt in use.
func New(c Config, rt *Runtime) *Gateway {
	g := &Gateway{
		journal: c.Journal, courier: c.Courier, streams: c.Streams, meter: c.Meter, tracer: c.Tracer, log: c.Log,
		now: c.Now, newID: c.NewID, answers: c.Answers, current: &atomic.Pointer[pinned]{},
	}
	if g.tracer == nil {
		g.tracer = untraced{}
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.newID == nil {
		g.newID = switchboard.NewID
	}
	g.current.Store(newPinned(rt, c.Answers))
	return g
}

// Aside returns a gateway that answers under the same release at any time and records elsewhere: what it is asked is a
// trial, of which customers and counters notice nothing. It keeps no answers for others and takes none of theirs. It is not
// to be closed.
func (g *Gateway) Aside(journal Journal, courier Courier) *Gateway {
	out := *g
	out.journal, out.courier, out.streams, out.meter, out.tracer, out.aside = journal, courier, nothing{}, nothing{}, untraced{}, true
	return &out
}

// nothing counts nothing and keeps nothing.
type nothing struct{}

func (nothing) Turn(switchboard.Turn)                       {}
func (nothing) Feedback(string)                             {}
func (nothing) CSAT(int)                                    {}
func (nothing) Handoff(switchboard.HandoffState)            {}
func (nothing) AnswerCache(string)                          {}
func (nothing) Forget(context.Context, string) (int, error) { return 0, nil }
