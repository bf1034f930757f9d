package llm

import (
	"slices"
	"sync"
	"time"
)

const (
	paceCalls  = 64 // first tokens that are remembered
	paceEnough = 8  // without as many, nothing is said
	// Calls that wait for a first token are given up together where so many wait and none has come for four times as long as
	// is usual, at least for a second. Where no other model is well, more must wait, and for longer.
	stallFactor      = 4
	stallLeast       = time.Second
	stallWaiting     = 8
	stallWaitingLast = 16
)

// pace knows how long a model takes to begin, and which calls wait for that.
type pace struct {
	now func() time.Time

	mu      sync.Mutex
	recent  [paceCalls]time.Duration // a ring
	n, next int
	p95     time.Duration // of recent, as of the last time that it was asked for
	fresh   bool
	mean    float64   // exponentially weighted, nanoseconds
	last    time.Time // when a first token last came, or another answer
	waiting map[*waiter]struct{}
	oldest  time.Time // no waiter began before
}

// waiter is a call that has no first token yet.
type waiter struct {
	since time.Time
	give  func() // gives it up
}

// begin says that a call waits for its first token; give is called, from another goroutine, where it is to be given up.
func (p *pace) begin(give func()) *waiter {
	w := &waiter{since: p.now(), give: give}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		p.waiting = map[*waiter]struct{}{}
	}
	if len(p.waiting) == 0 {
		p.oldest = w.since
	}
	p.waiting[w] = struct{}{}
	return w
}

// began says that the call's first token has come.
func (p *pace) began(w *waiter) {
	now := p.now()
	took := now.Sub(w.since)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, w)
	p.last = now
	p.recent[p.next] = took
	p.next, p.n, p.fresh = (p.next+1)%paceCalls, min(p.n+1, paceCalls), false
	if p.mean == 0 {
		p.mean = float64(took)
	}
	p.mean += .1 * (float64(took) - p.mean)
}

// ended says that the call has ended without a first token. Answered says that the model ended it: it does not hang.
func (p *pace) ended(w *waiter, answered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, w)
	if answered {
		p.last = p.now()
	}
}

// usual is the 95th percentile of the time to a first token; ok is false while too little is known.
func (p *pace) usual() (_ time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.percentile(), p.n >= paceEnough
}

func (p *pace) percentile() time.Duration {
	if !p.fresh && p.n > 0 {
		sorted := p.recent
		slices.Sort(sorted[:p.n])
		p.p95, p.fresh = sorted[(p.n*95-1)/100], true
	}
	return p.p95
}

// average is the mean time to a first token, 0 while nothing is known.
func (p *pace) average() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.mean)
}

// stalled returns the calls that wait, where the model has stopped to begin any. Slow is how late a first token makes a
// slow call, 0 if none does: half of it is what is waited for where too little is known, and where the model is the last
// one that is well.
func (p *pace) stalled(isLast func() bool, slow time.Duration) []*waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) < stallWaiting { // as nearly always
		return nil
	}
	known, last := p.n >= paceEnough, isLast()
	if last && len(p.waiting) < stallWaitingLast || slow == 0 && (last || !known) {
		return nil
	}
	limit := stallLeast
	if known {
		limit = max(limit, stallFactor*p.percentile())
	}
	if last || !known {
		limit = max(limit, slow/2)
	}
	since := p.last
	if p.oldest.After(since) {
		since = p.oldest
	}
	if p.now().Sub(since) < limit {
		return nil
	}
	all := make([]*waiter, 0, len(p.waiting))
	for w := range p.waiting {
		all = append(all, w)
	}
	return all
}
