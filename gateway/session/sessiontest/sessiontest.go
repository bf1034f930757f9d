// Package sessiontest is what every session.Store must do. Read [Run] first; [Bench] measures one.
package sessiontest

import (
	"crypto/rand"
	"testing"
	"time"

	"switchboard/gateway/session"
)

// long bounds every wait for something that must happen; a test that waits for so long has failed.
const long = 20 * time.Second

// Run runs the suite on stores that open makes. It may return the same store, or stores on one server: the suite takes
// new names for everything.
func Run(t *testing.T, open func(t testing.TB) session.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, session.Store)
	}{
		{"a burst is allowed and then refused until a token is back", limitRefusesAndRefills},
		{"what is refused is not counted", limitDoesNotCountRefusals},
		{"keys are limited each for itself", limitKeysAreSeparate},
		{"a rate of nothing limits nothing", limitZeroRate},
		{"at once, exactly the burst is allowed", limitIsExactUnderConcurrency},
		{"charges are set aside all or none", countAllOrNothing},
		{"what was used takes the place of what was set aside", countSettles},
		{"without a lease a charge counts at once", countAtOnce},
		{"what is never settled is free after its lease", countLeaseEnds},
		{"a counter that must be begun is begun by raising it", countMustBegin},
		{"what was used without a hold is counted", countSettlesWithoutHold},
		{"at once, no limit is passed and nothing is lost", func(t *testing.T, s session.Store) {
			countIsExactUnderConcurrency(t, shared(t, s, open(t)))
		}},
		{"a lock has one holder", lockIsExclusive},
		{"a lock outlives its ttl while it is held", lockIsExtended},
		{"unlocking twice does not free the next holder's lock", unlockIsIdempotent},
		{"a lock keeps goroutines apart", lockUnderConcurrency},
		{"events are numbered and read back", streamOrder},
		{"a reader goes on where it was", streamResume},
		{"a reader waits for the next event", streamWaits},
		{"a wait without event ends empty", streamWaitEnds},
		{"a wait ends with its context", streamWaitIsCancelled},
		{"closing a stream wakes its readers", streamClose},
		{"an unknown stream cannot be read", streamUnknown},
		{"a stream keeps its latest events only", streamBoundEvents},
		{"a stream keeps so many bytes only", streamBoundBytes},
		{"a reader beside a writer misses nothing", streamConcurrent},
		{"a forgotten conversation's streams are gone", forget},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// fresh is a name that nothing else uses.
func fresh() string { return "conv_" + rand.Text() }

func stream() session.Stream { return session.Stream{Conversation: fresh(), Message: "msg_1"} }
