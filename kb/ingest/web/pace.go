package web

import (
	"context"
	"sync"
	"time"
)

// pace spaces the requests to each host.
type pace struct {
	interval time.Duration
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error

	mu   sync.Mutex
	next map[string]time.Time // by host: when the next request may start
}

func newPace(interval time.Duration, now func() time.Time) *pace {
	return &pace{interval: interval, now: now, sleep: sleep, next: map[string]time.Time{}}
}

// wait takes the host's next turn and returns when it has come, at least apart from the one before.
func (p *pace) wait(ctx context.Context, host string, apart time.Duration) error {
	p.mu.Lock()
	now := p.now()
	turn := p.next[host]
	if turn.Before(now) {
		turn = now
	}
	p.next[host] = turn.Add(max(apart, p.interval))
	p.mu.Unlock()
	if d := turn.Sub(now); d > 0 {
		return p.sleep(ctx, d)
	}
	return ctx.Err()
}

// pause lets nothing new go to the host for a while.
func (p *pace) pause(host string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.now().Add(d); until.After(p.next[host]) {
		p.next[host] = until
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
