package session

import (
	"context"
	"time"

	"switchboard"
)

// Store is what may be lost. Implementations are safe for concurrent use.
//
// Where a store cannot be reached: Allow, Reserve, Settle and Raise go on by counting in this process alone and return no
// error; Lock and the streams return switchboard.Unavailable, within a second.
type Store interface {
	// Allow counts one event under key and reports whether it is within the rate; if not, it also says after how long
	// one would be. What is refused is not counted.
	Allow(ctx context.Context, key string, r Rate) (ok bool, retryAfter time.Duration, err error)

	// Reserve sets every charge aside, or none of them: full is then the place of the first that does not fit into its
	// limit, else -1. What is not settled within the lease is free again, at most a quarter of the lease later. Without a
	// lease the charges count at once, and there is nothing to settle. A charge's amount must not be negative.
	Reserve(ctx context.Context, charges []Charge, lease time.Duration) (h Hold, full int, err error)
	// Settle puts what was used in the place of what was set aside: call it once for each hold, with the charges that it
	// was made of and their Used. It also counts where ctx or the lease has ended meanwhile, or more was used than set
	// aside. It fills in each charge's Total.
	Settle(ctx context.Context, h Hold, charges []Charge) error
	// Raise begins a counter, or brings one that has fallen behind up to at least so much.
	Raise(ctx context.Context, c Counter, atLeast int64, until time.Time) error
	// Used is what a counter has come to, without what is set aside; 0 where there is none.
	Used(ctx context.Context, c Counter) (int64, error)

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
