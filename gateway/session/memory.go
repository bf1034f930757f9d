package session

import (
	"context"
	"sync"
	"time"

	"switchboard"
)

// What a Memory holds at most. An attacker who sends from many addresses makes many buckets, and a bucket that is
// dropped early lets a few more requests through: the better of the two failures.
const (
	maxBuckets     = 100_000
	maxStreamBytes = 16 << 20
)

// Memory is a Store in this process alone.
type Memory struct {
	now func() time.Time

	limits  sync.Mutex
	buckets map[string]int64 // key to theoretical arrival time, microseconds
	sweepAt int              // number of buckets at which the next sweep is worth its time

	counts counts

	locks sync.Mutex
	held  map[string]struct{}

	streams streams
}

// NewMemory returns an empty store. A nil now is the wall clock.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{
		now: now, buckets: map[string]int64{}, sweepAt: 1024, held: map[string]struct{}{},
		counts:  counts{by: map[Counter]*count{}, sweepAt: 1024},
		streams: streams{byConversation: map[string]map[string]*stream{}, closed: make(chan struct{})},
	}
}

// Allow is the generic cell rate algorithm; redis_limit.lua is the same one.
func (m *Memory) Allow(ctx context.Context, key string, r Rate) (bool, time.Duration, error) {
	interval, window, limited := r.gcra()
	if !limited {
		return true, 0, nil
	}
	if err := ctx.Err(); err != nil {
		return false, 0, err
	}
	now := m.now().UnixMicro()
	m.limits.Lock()
	defer m.limits.Unlock()
	arrival := min(max(m.buckets[key], now), now+window) + interval
	if early := arrival - window - now; early > 0 {
		return false, time.Duration(early) * time.Microsecond, nil
	}
	m.buckets[key] = arrival
	if len(m.buckets) >= m.sweepAt {
		m.sweep(now)
	}
	return true, 0, nil
}

// sweep drops buckets that are full again, which is the same as none, and any at all beyond maxBuckets. It runs when
// the map has doubled since the last time, so that its cost stays constant for each event.
func (m *Memory) sweep(now int64) {
	for key, arrival := range m.buckets {
		if arrival <= now {
			delete(m.buckets, key)
		}
	}
	for key := range m.buckets {
		if len(m.buckets) <= maxBuckets/2 {
			break
		}
		delete(m.buckets, key)
	}
	m.sweepAt = min(max(1024, 2*len(m.buckets)), maxBuckets)
}

// Reserve sets aside in this process.
func (m *Memory) Reserve(ctx context.Context, charges []Charge, lease time.Duration) (h Hold, full int, err error) {
	if err := ctx.Err(); err != nil {
		return h, fits, err
	}
	return m.counts.reserve(charges, lease, m.now())
}

// Settle counts what was used. It never fails.
func (m *Memory) Settle(_ context.Context, h Hold, charges []Charge) error {
	m.counts.settle(h, charges, m.now())
	return nil
}

// Raise begins a counter. It never fails.
func (m *Memory) Raise(_ context.Context, c Counter, atLeast int64, until time.Time) error {
	m.counts.raise(c, atLeast, until, m.now())
	return nil
}

// Used is what a counter has come to.
func (m *Memory) Used(_ context.Context, c Counter) (int64, error) { return m.counts.used(c), nil }

// Lock takes the lock. Its holder cannot die without the process, so ttl is not needed.
func (m *Memory) Lock(ctx context.Context, key string, _ time.Duration) (func(), bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.locks.Lock()
	defer m.locks.Unlock()
	if _, taken := m.held[key]; taken {
		return nil, false, nil
	}
	m.held[key] = struct{}{}
	var once sync.Once
	return func() {
		once.Do(func() {
			m.locks.Lock()
			defer m.locks.Unlock()
			delete(m.held, key)
		})
	}, true, nil
}

// Append adds an event to a stream.
func (m *Memory) Append(ctx context.Context, s Stream, event []byte) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return m.streams.append(s, event, m.now())
}

// CloseStream says that no event follows.
func (m *Memory) CloseStream(_ context.Context, s Stream) error {
	m.streams.close(s)
	return nil
}

// Read returns what came after.
func (m *Memory) Read(
	ctx context.Context, s Stream, after int64, wait time.Duration,
) (events []Event, done bool, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		events, done, changed, err := m.streams.read(s, after, m.now())
		if err != nil || done || len(events) > 0 || wait <= 0 {
			return events, done, err
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, false, nil
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-m.streams.closed:
			return nil, false, switchboard.Errorf(switchboard.Unavailable, "the server is stopping")
		}
	}
}

// Forget removes a conversation's streams.
func (m *Memory) Forget(_ context.Context, conversation string) (int, error) {
	return m.streams.forget(conversation), nil
}

// Ping always succeeds.
func (m *Memory) Ping(ctx context.Context) error { return ctx.Err() }

// Close ends every wait.
func (m *Memory) Close() error {
	m.streams.closeOnce.Do(func() { close(m.streams.closed) })
	return nil
}
