package httpapi

import (
	"context"
	"net/http"
	"time"

	"switchboard"
	"switchboard/gateway"
	"switchboard/gateway/session"
	"switchboard/kb"
)

// Bot is what the face needs of the gateway. [gateway.Gateway] is one; evals and tests may script another.
type Bot interface {
	Open(ctx context.Context, o gateway.Opening) (gateway.Welcome, error)
	// NewConversation makes a conversation without recording it, for a turn that opens its own.
	NewConversation(o gateway.Opening) switchboard.Conversation
	Respond(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error)
	Conversation(ctx context.Context, id string) (switchboard.Conversation, error)
	// Why explains a reply from its record, with all of it where full is set.
	Why(ctx context.Context, conversation, message string, full bool) (gateway.Why, error)
	Rate(ctx context.Context, conversation, message, rating, reason, comment string) error
	Score(ctx context.Context, conversation string, score int, comment string) error
	RequestHuman(ctx context.Context, conversation, contact, note string) (switchboard.Handoff, error)
	HandoffEvent(ctx context.Context, e switchboard.HandoffEvent) (bool, error)
	Export(ctx context.Context, conversation string) (switchboard.Export, error)
	Erase(ctx context.Context, conversation string) (switchboard.Receipt, error)
	Search(ctx context.Context, q kb.Query) (snapshot string, found []switchboard.Passage, err error)
}

var _ Bot = (*gateway.Gateway)(nil)

// Sessions is what may be lost: limits, locks and the replay of streams; see [session.Store] for what each promises.
type Sessions interface {
	Allow(ctx context.Context, key string, r session.Rate) (ok bool, retryAfter time.Duration, err error)
	Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), ok bool, err error)
	Append(ctx context.Context, s session.Stream, event []byte) (seq int64, err error)
	CloseStream(ctx context.Context, s session.Stream) error
	Read(ctx context.Context, s session.Stream, after int64, wait time.Duration) (events []session.Event, done bool, err error)
	Forget(ctx context.Context, conversation string) (int, error)
}

// Observer counts what the face does.
type Observer interface {
	// HTTP counts a request that has ended. route is the pattern, never the path.
	HTTP(route, method string, status int, took time.Duration)
	// QueueWait counts how long a turn waited for its place; 0 where it did not have to.
	QueueWait(d time.Duration)
	// Shed counts a turn that was refused because there was no room; why is one of admission's words.
	Shed(why string)
}

// Tracer begins the span of a request. route is the pattern, "" where there is none; over is called once the request
// has ended.
type Tracer interface {
	Request(r *http.Request, route, method string) (ctx context.Context, over func(status int))
}

// Keys lists every key on record, revoked ones included.
type Keys interface {
	Keys(ctx context.Context) ([]Key, error)
}

// Part is something that must be ready before the gateway is. Err says why it is not; its text is logged, not shown.
type Part struct {
	Name string
	Err  error
}
