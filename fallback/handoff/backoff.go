package handoff

import (
	"log/slog"
	"math/rand/v2"
	"time"
)

// Waits between tries, unless they are configured: 2 s, 4 s, 8 s, … to a quarter of an hour, each shortened by up to half
// so that requests that failed together do not come back together. A day of that is about a hundred tries.
const (
	firstWait = 2 * time.Second
	lastWait  = 15 * time.Minute
)

// Backoff is how long a try that failed is waited after: twice as long each time.
type Backoff struct {
	First time.Duration // 0 is 2 s
	Most  time.Duration // 0 is 15 minutes; where it is shorter than First, every wait is Most
}

func (b *Backoff) defaults() {
	if b.First <= 0 {
		b.First = firstWait
	}
	if b.Most <= 0 {
		b.Most = lastWait
	}
}

// after is the wait after a failed attempt, counted from 1. Jitter is 0 <= x < 1.
func (b Backoff) after(attempt int, jitter float64) time.Duration {
	wait := b.First
	for n := 1; n < attempt && wait < b.Most; n++ {
		wait *= 2
	}
	wait = min(wait, b.Most)
	return wait - time.Duration(jitter*float64(wait)/2)
}

func (d *Dispatcher) defaults() {
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.jitter == nil {
		d.jitter = rand.Float64
	}
	d.retry.defaults()
	if d.every <= 0 {
		d.every = time.Second
	}
}
