package llm

import (
	"context"
	"time"

	"switchboard"
)

// probeTokens is what a probe asks for: little, but enough for upstreams that refuse less.
const probeTokens = 16

// probeWithin bounds a probe, besides its model's own deadlines.
const probeWithin = 2 * time.Minute

// probe has somebody look beside the traffic whether a model whose breaker is open is back, so that no customer need
// find out. It does nothing where that is on its way already.
func (c *Chain) probe(m *member) {
	if !c.probing || !m.breaker.isOpen() || c.ctx.Err() != nil {
		return
	}
	if !m.watched.CompareAndSwap(false, true) {
		return
	}
	c.probes.Add(1)
	go func() {
		defer c.probes.Done()
		c.watch(m)
		m.watched.Store(false)
		c.probe(m) // it may have opened again in between
	}()
}

// watch probes until the breaker is not open any more, or the chain is closed.
func (c *Chain) watch(m *member) {
	for {
		until, open := m.breaker.watch()
		if !open || !sleep(c.ctx, until.Sub(c.now())) {
			return
		}
		alive, rest := c.isAlive(m)
		if alive {
			m.breaker.halfOpen()
			return
		}
		m.breaker.stillDown(rest)
	}
}

// isAlive asks for a word. A model that spends the little it may on reasoning is alive too.
func (c *Chain) isAlive(m *member) (_ bool, rest time.Duration) {
	ctx, cancel := context.WithTimeout(c.ctx, probeWithin)
	defer cancel()
	ctx = c.observer.AttemptStarted(ctx, m.Name(), switchboard.AttemptProbe)
	got, err := m.Complete(ctx, Request{
		Messages: []switchboard.Message{{Role: switchboard.RoleUser, Text: "Say OK."}}, MaxTokens: probeTokens,
	}, nil)
	failure := failureOf(ctx, m.Name(), err)
	c.tell(ctx, m.Name(), switchboard.AttemptProbe, &got, failure)
	if failure == nil {
		return true, 0
	}
	refused := !failure.Class.Policy().Sick && failure.Class != Cancelled // as a turn may be, which is no fault of the model's
	return refused || failure.Class == Empty && got.Finish == "length", failure.RetryAfter
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
