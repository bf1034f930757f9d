package llm

import (
	"sync"
	"time"
)

// BreakerState says whether a model is being asked.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed   BreakerState = "closed"    // asked
	BreakerOpen     BreakerState = "open"      // passed over
	BreakerHalfOpen BreakerState = "half_open" // one request at a time finds out whether it is back
)

// BreakerConfig says when a model is passed over. The zero value is the defaults.
type BreakerConfig struct {
	// Failures in a row open it, where they are also half of the calls looked at; 0 is 3, below 0 it never opens.
	Failures int
	// FailureRate of the latest 20 calls opens it too, and SlowRate of slow ones among them; 0 is a half, and 0.8.
	FailureRate, SlowRate float64
	// OpenFor is how long it stays open at first; 0 is 5 s. Each time that the model is found to be still down, it
	// doubles, up to ten seconds.
	OpenFor time.Duration
}

const (
	breakerCalls  = 20               // calls that a breaker looks back on
	breakerMemory = 30 * time.Second // and for how long
	// maxOpen bounds how long a model stays out without being looked at.
	maxOpen = 10 * time.Second
	maxRest = time.Minute // and how long it is left alone because it asked for that
)

// breaker passes over a model that keeps failing. An attempt that ended for the customer's sake gives its permit back
// without a verdict, which is why this is not a library's: theirs would keep a half-open breaker shut.
type breaker struct {
	cfg     BreakerConfig
	now     func() time.Time
	changed func(BreakerState)

	mu      sync.Mutex
	state   BreakerState
	calls   [breakerCalls]verdict // the latest ones, a ring
	next    int
	inARow  int // failures
	opened  int // how often in a row, without having been closed
	until   time.Time
	trying  bool // a request has the permit of a half-open breaker
	watched bool // somebody else finds out when an open one can be half opened
}

// verdict is how one call went.
type verdict struct {
	at           time.Time // zero: none
	failed, slow bool
}

func newBreaker(c BreakerConfig, now func() time.Time, changed func(BreakerState)) *breaker {
	if c.Failures == 0 {
		c.Failures = 3
	}
	if c.FailureRate <= 0 {
		c.FailureRate = .5
	}
	if c.SlowRate <= 0 {
		c.SlowRate = .8
	}
	if c.OpenFor <= 0 {
		c.OpenFor = 5 * time.Second
	}
	return &breaker{cfg: c, now: now, changed: changed, state: BreakerClosed}
}

// allow reports whether the model may be asked. Each true is followed by exactly one call of success, failure or
// release.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.state == BreakerClosed:
		return true
	case b.trying, b.state == BreakerOpen && (b.watched || b.now().Before(b.until)):
		return false
	}
	b.to(BreakerHalfOpen)
	b.trying = true
	return true
}

// closed reports whether the model is asked as usual.
func (b *breaker) closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state == BreakerClosed
}

func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state == BreakerOpen
}

// success counts a call that went well, and closes the breaker where that was open to question. Slow calls open a
// closed one in the end, where mayEject says that there is somebody else to ask.
func (b *breaker) success(slow, mayEject bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == BreakerOpen { // a call that began before says nothing new
		return
	}
	if b.state != BreakerClosed {
		b.calls, b.opened = [breakerCalls]verdict{}, 0
	}
	b.inARow, b.trying = 0, false
	b.note(verdict{at: b.now(), slow: slow})
	b.to(BreakerClosed)
	if !slow || !mayEject || b.cfg.Failures < 0 {
		return
	}
	if _, slowRate, n := b.rates(); n >= breakerCalls/2 && slowRate >= b.cfg.SlowRate {
		b.open(0)
	}
}

// failure counts one. Dead opens at once; rest is how long the upstream asked to be left alone, which does too.
func (b *breaker) failure(dead bool, rest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == BreakerOpen { // a call that began before says nothing new, but for how long to rest
		if later := b.now().Add(min(rest, maxRest)); rest > 0 && later.After(b.until) {
			b.until = later
		}
		return
	}
	b.inARow++
	tried := b.trying
	b.trying = false
	b.note(verdict{at: b.now(), failed: true})
	failed, _, n := b.rates()
	many := n == breakerCalls || b.inARow >= b.cfg.Failures
	if dead || tried || rest >= b.cfg.OpenFor || many && failed >= b.cfg.FailureRate {
		if b.cfg.Failures > 0 || dead {
			b.open(rest)
		}
	}
}

// release gives the permit back without a verdict.
func (b *breaker) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}

// trip opens a closed breaker; ok is false where it was not closed.
func (b *breaker) trip() (ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != BreakerClosed || b.cfg.Failures < 0 {
		return false
	}
	b.open(0)
	return true
}

// halfOpen lets one request try, after a probe went well.
func (b *breaker) halfOpen() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == BreakerOpen {
		b.watched, b.trying = false, false
		b.to(BreakerHalfOpen)
	}
}

// stillDown keeps an open breaker open for longer, after a probe went badly.
func (b *breaker) stillDown(rest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == BreakerOpen {
		b.open(rest)
	}
}

// watch says that allow need not let a request try an open breaker: somebody else looks at the model, when the time
// that watch returns has come. ok is false where the breaker is not open.
func (b *breaker) watch() (until time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watched = b.state == BreakerOpen
	return b.until, b.watched
}

func (b *breaker) open(rest time.Duration) {
	wait := min(b.cfg.OpenFor<<min(b.opened, 10), max(maxOpen, b.cfg.OpenFor))
	b.opened++
	b.until = b.now().Add(max(wait, min(rest, maxRest)))
	b.to(BreakerOpen)
}

func (b *breaker) note(v verdict) {
	b.calls[b.next] = v
	b.next = (b.next + 1) % breakerCalls
}

// rates are shares of the calls that are remembered, n of them.
func (b *breaker) rates() (failed, slow float64, n int) {
	since := b.now().Add(-breakerMemory)
	var failures, slows int
	for _, v := range b.calls {
		if v.at.IsZero() || v.at.Before(since) {
			continue
		}
		n++
		if v.failed {
			failures++
		}
		if v.slow {
			slows++
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	return float64(failures) / float64(n), float64(slows) / float64(n), n
}

// to changes the state and tells. The mutex is held, so that states are told in their order.
func (b *breaker) to(s BreakerState) {
	if b.state != s {
		b.state = s
		b.changed(s)
	}
}
