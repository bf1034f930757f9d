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
	Failures int           // consecutive ones that open it; 0 is 3
	OpenFor  time.Duration // until a request may probe the model; 0 is 10 s
}

// breaker passes over a model that keeps failing. An attempt that ended for the customer's sake gives its permit back
// without a verdict, which is why this is not a library's: theirs would keep a half-open breaker shut.
type breaker struct {
	cfg     BreakerConfig
	now     func() time.Time
	changed func(BreakerState)

	mu       sync.Mutex
	state    BreakerState
	failures int // in a row
	until    time.Time
	probing  bool
}

// maxOpen bounds how long an upstream's Retry-After can keep its model out.
const maxOpen = time.Minute

func newBreaker(c BreakerConfig, now func() time.Time, changed func(BreakerState)) *breaker {
	if c.Failures <= 0 {
		c.Failures = 3
	}
	if c.OpenFor <= 0 {
		c.OpenFor = 10 * time.Second
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
	case b.state == BreakerOpen && b.now().Before(b.until), b.probing:
		return false
	}
	b.to(BreakerHalfOpen)
	b.probing = true
	return true
}

// success closes the breaker.
func (b *breaker) success() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.probing = 0, false
	b.to(BreakerClosed)
}

// failure counts one. Dead opens at once; rest is how long the upstream asked to be left alone, which does too.
func (b *breaker) failure(dead bool, rest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	probed := b.probing
	b.probing = false
	if !dead && !probed && rest < b.cfg.OpenFor && b.failures < b.cfg.Failures {
		return
	}
	b.until = b.now().Add(min(max(rest, b.cfg.OpenFor), maxOpen))
	b.to(BreakerOpen)
}

// release gives the permit back without a verdict.
func (b *breaker) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// to changes the state and tells. The mutex is held, so that states are told in their order.
func (b *breaker) to(s BreakerState) {
	if b.state != s {
		b.state = s
		b.changed(s)
	}
}
