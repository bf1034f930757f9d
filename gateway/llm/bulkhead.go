package llm

import (
	"context"
	"sync"
	"time"
)

// bulkhead bounds the calls of one model that are under way, so that a model that hangs cannot take every turn with it.
// The bound adapts: a sign of overload takes a fifth of it, at most once a second, and each call that goes well while
// half of it is in use gives a call back (additive increase, multiplicative decrease, as TCP's congestion control).
type bulkhead struct {
	most int
	now  func() time.Time

	mu      sync.Mutex
	limit   float64
	inUse   int
	cut     time.Time       // the last time that the bound was lowered
	waiting []chan struct{} // first come, first served; a closed channel is a place
}

const (
	defaultConcurrency = 512
	leastConcurrency   = 4
)

func newBulkhead(most int, now func() time.Time) *bulkhead {
	if most <= 0 {
		most = defaultConcurrency
	}
	return &bulkhead{most: most, now: now, limit: float64(most)}
}

// enter takes a place, as soon as one is free, for at most patience. Where it returns true, leave must follow.
func (b *bulkhead) enter(ctx context.Context, patience time.Duration) bool {
	b.mu.Lock()
	if b.inUse < int(b.limit) {
		b.inUse++
		b.mu.Unlock()
		return true
	}
	if patience <= 0 {
		b.mu.Unlock()
		return false
	}
	place := make(chan struct{})
	b.waiting = append(b.waiting, place)
	b.mu.Unlock()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-place:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.waiting {
		if w == place {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			return false
		}
	}
	return true // it was given while this gave up
}

// leave gives a place back, to the one that has waited for longest.
func (b *bulkhead) leave(how bearing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case how == strained && b.now().Sub(b.cut) > time.Second:
		b.cut = b.now()
		b.limit = max(b.limit*.8, min(leastConcurrency, float64(b.most)))
	case how == easy && b.inUse*2 >= int(b.limit):
		b.limit = min(b.limit+1, float64(b.most))
	}
	b.inUse--
	for len(b.waiting) > 0 && b.inUse < int(b.limit) {
		b.inUse++
		close(b.waiting[0])
		b.waiting = b.waiting[1:]
	}
}

// underWay is the number of calls.
func (b *bulkhead) underWay() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.inUse
}

// bearing is what a call says of how much a model can bear.
type bearing int

const (
	silent   bearing = iota // nothing
	easy                    // it went well
	strained                // the model said, or showed, that it was too much
)

// bearingOf reads a class.
func bearingOf(c Class) bearing {
	switch c {
	case OK:
		return easy
	case RateLimited, Overloaded, TimeoutFirstToken:
		return strained
	}
	return silent
}
