package handoff

import (
	"log/slog"
	"math/rand/v2"
	"time"
)

// Waits between tries: 2 s, 4 s, 8 s, … to a quarter of an hour, each shortened by up to half so that requests that
// failed together do not come back together. A day of that is about a hundred tries.
const (
	firstWait = 2 * time.Second
	lastWait  = 15 * time.Minute
)

// backoff is the wait after a failed attempt, counted from 1. Jitter is 0 <= x < 1.
func backoff(attempt int, jitter float64) time.Duration {
	wait := lastWait
	if shift := attempt - 1; shift < 20 {
		wait = min(firstWait<<max(shift, 0), lastWait)
	}
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
	if d.every <= 0 {
		d.every = time.Second
	}
}
