package session

import (
	"context"
	"time"

	"switchboard"
)

// Store is what may be lost. Implementations are safe for concurrent use.
//
// Where a store cannot be reached: Allow goes on by counting in this process alone and returns no error; Lock and the
// streams return switchboard.Unavailable, within a second.
type Store interface {
	// Allow counts one event under key and reports whether it is within the rate; if not, it also says after how long
	// one would be. What is refused is not counted.
	Allow(ctx context.Context, key string, r Rate) (ok bool, retryAfter time.Duration, err error)

	// Lock takes the lock of that name, or reports at once that another holds it. It is held until unlock, which may
	// be called more than once and never blocks for longer than a second. A holder that dies without unlocking keeps
	// it for at most ttl (30 s if it is not positive). A lock keeps turns apart as a courtesy; what must never happen
	// twice is the ledger's business.
	Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), ok bool, err error)

	// Append adds an event to a stream, which it opens where there is none, and returns its number: 1, 2, 3, … The
	// store keeps no reference to event. A closed stream is switchboard.Conflict.
	Append(ctx context.Context, s Stream, event []byte) (seq int64, err error)
	// CloseStream says that no event follows. Closing it again, or one that there is not, does nothing.
	CloseStream(ctx context.Context, s Stream) error
	// Read returns the events after number after, oldest first. Where there is none yet it waits for one for at most
	// wait, and returns none if none came. Done says that the stream is closed and these are its last events.
	// A stream that is unknown or expired, or whose next event is not kept any more, is switchboard.NotFound: it
	// cannot be resumed, and the recorded message is to be read instead.
	Read(ctx context.Context, s Stream, after int64, wait time.Duration) (events []Event, done bool, err error)

	// Forget removes every stream of a conversation and returns how many there were. Limits and locks hold no more
	// than a name and expire by themselves.
	Forget(ctx context.Context, conversation string) (int, error)

	// Ping reports whether the store can be reached.
	Ping(ctx context.Context) error
	// Close gives up connections and ends every wait.
	Close() error
}

// Stream names the stream of one reply.
type Stream struct {
	Conversation string // "conv_…"
	Message      string // "msg_…"
}

// Event is one event of a stream.
type Event struct {
	Seq  int64
	Data []byte
}

// The bounds of a stream. Beyond them its oldest events are dropped.
const (
	MaxEvents = 2048
	MaxBytes  = 512 << 10
	StreamTTL = 10 * time.Minute // after the latest event
)

// Rate allows Burst events at once and refills evenly, Burst in each Per. A Burst or Per that is not positive allows
// everything.
type Rate struct {
	Burst int
	Per   time.Duration
}

// gcra is the generic cell rate algorithm's view of a rate, in microseconds: the time between two events when they
// come evenly, and how far ahead of now the theoretical arrival time may run.
func (r Rate) gcra() (interval, window int64, limited bool) {
	if r.Burst <= 0 || r.Per <= 0 {
		return 0, 0, false
	}
	interval = max(1, r.Per.Microseconds()/int64(r.Burst))
	return interval, interval * int64(r.Burst), true
}

// defaultLockTTL stands in for a ttl that is not positive.
const defaultLockTTL = 30 * time.Second

func lockTTL(ttl time.Duration) time.Duration {
	if ttl <= 0 {
		return defaultLockTTL
	}
	return ttl
}

func errNoStream() error {
	return switchboard.Errorf(switchboard.NotFound, "this stream cannot be resumed")
}

func errStreamClosed() error {
	return switchboard.Errorf(switchboard.Conflict, "this stream is closed")
}
