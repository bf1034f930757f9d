package session

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"switchboard"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestAllowByTheClock(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m := NewMemory(c.now)
	rate := Rate{Burst: 4, Per: 8 * time.Second}
	for i, step := range []struct {
		passes time.Duration
		ok     bool
		retry  time.Duration
	}{
		{0, true, 0},
		{0, true, 0},
		{0, true, 0},
		{0, true, 0},
		{0, false, 2 * time.Second},
		{time.Second, false, time.Second},
		{time.Second, true, 0},
		{0, false, 2 * time.Second},
		{5 * time.Second, true, 0},
		{0, true, 0},
		{0, false, time.Second},
		{time.Hour, true, 0},
		{0, true, 0},
		{0, true, 0},
		{0, true, 0},
		{0, false, 2 * time.Second},
		{-time.Hour, true, 0}, // the clock was set back: nobody is shut out for an hour
	} {
		c.at = c.at.Add(step.passes)
		ok, retry, err := m.Allow(t.Context(), "k", rate)
		if step.passes == -time.Hour {
			if retry > rate.Per {
				t.Errorf("after the clock was set back the wait is %v, more than the rate's %v", retry, rate.Per)
			}
			continue
		}
		if ok != step.ok || retry != step.retry || err != nil {
			t.Errorf("step %d: allowed %v, retry after %v, error %v; want %v, %v", i, ok, retry, err, step.ok, step.retry)
		}
	}
}

func TestBucketsAreBounded(t *testing.T) {
	c := &clock{time.Unix(1, 0)}
	m := NewMemory(c.now)
	for i := range 3 * maxBuckets {
		if ok, _, err := m.Allow(t.Context(), fmt.Sprint(i), Rate{1, time.Hour}); !ok || err != nil {
			t.Fatal("a new key's first event was refused")
		}
	}
	if len(m.buckets) > maxBuckets {
		t.Errorf("%d buckets, want at most %d", len(m.buckets), maxBuckets)
	}
	c.at = c.at.Add(2 * time.Hour)
	for i := range maxBuckets {
		_, _, _ = m.Allow(t.Context(), fmt.Sprint(i%10), Rate{1e6, time.Second})
	}
	m.sweep(c.at.Add(time.Hour).UnixMicro())
	if len(m.buckets) != 0 {
		t.Errorf("%d buckets are left although all are full again", len(m.buckets))
	}
}

func TestStreamsExpire(t *testing.T) {
	c := &clock{time.Unix(1, 0)}
	m := NewMemory(c.now)
	old, young := Stream{"conv_1", "msg_1"}, Stream{"conv_2", "msg_2"}
	if _, err := m.Append(t.Context(), old, []byte("a")); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(StreamTTL + time.Second)
	if _, _, err := m.Read(t.Context(), old, 0, 0); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("an expired stream can be read: error %v", err)
	}
	if _, err := m.Append(t.Context(), young, []byte("b")); err != nil {
		t.Fatal(err)
	}
	if n, want := m.streams.cost, streamCost+eventCost+1; len(m.streams.byConversation) != 1 || n != want {
		t.Errorf("%d conversations are kept at a cost of %d, want 1 at %d", len(m.streams.byConversation), n, want)
	}
	if _, err := m.Forget(t.Context(), young.Conversation); err != nil || m.streams.cost != 0 || m.streams.byAge.Len() != 0 {
		t.Errorf("after all is forgotten the cost is %d, error %v", m.streams.cost, err)
	}
}

func TestStreamsAreBoundedTogether(t *testing.T) {
	c := &clock{time.Unix(1, 0)}
	m := NewMemory(c.now)
	event := make([]byte, MaxBytes)
	const streams = maxStreamBytes/MaxBytes + 10
	for i := range streams {
		c.at = c.at.Add(time.Millisecond)
		if _, err := m.Append(t.Context(), Stream{fmt.Sprint(i), "msg"}, event); err != nil {
			t.Fatal(err)
		}
	}
	if m.streams.cost > maxStreamBytes {
		t.Errorf("%d bytes are kept, want at most %d", m.streams.cost, maxStreamBytes)
	}
	if _, _, err := m.Read(t.Context(), Stream{"0", "msg"}, 0, 0); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("the oldest stream is still there: error %v", err)
	}
	if _, _, err := m.Read(t.Context(), Stream{fmt.Sprint(streams - 1), "msg"}, 0, 0); err != nil {
		t.Errorf("the latest stream is gone: %v", err)
	}
}

func TestCloseEndsWaits(t *testing.T) {
	m := NewMemory(nil)
	id := Stream{"conv_1", "msg_1"}
	if _, err := m.Append(t.Context(), id, []byte("a")); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, _, err := m.Read(t.Context(), id, 1, time.Hour)
		result <- err
	}()
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, switchboard.Unavailable) {
		t.Errorf("the wait ended with %v, want unavailable", err)
	}
}

func TestCountsAreBounded(t *testing.T) {
	c := &clock{time.Unix(1, 0)}
	m := NewMemory(c.now)
	charge := func(who string, minor bool) []Charge {
		return []Charge{{Counter: Counter{What: "tokens", Whose: who}, Most: 1, Limit: 1, Until: c.at.Add(time.Hour), Minor: minor}}
	}
	for i := range 3 * maxCounts {
		if _, full, err := m.Reserve(t.Context(), charge(fmt.Sprint("minor ", i), true), 0); full != fits || err != nil {
			t.Fatal("a new counter's first use was refused")
		}
		if i < 100 {
			_, _, _ = m.Reserve(t.Context(), charge(fmt.Sprint("major ", i), false), 0)
		}
	}
	if n := len(m.counts.by); n > maxCounts {
		t.Errorf("%d counters, want at most %d", n, maxCounts)
	}
	for i := range 100 {
		if _, full, _ := m.Reserve(t.Context(), charge(fmt.Sprint("major ", i), false), 0); full != 0 {
			t.Fatal("a counter that is not minor was forgotten")
		}
	}
	c.at = c.at.Add(2 * time.Hour)
	m.counts.sweep(c.at.UnixMilli())
	if n := len(m.counts.by); n != 0 {
		t.Errorf("%d counters are left although all are over", n)
	}
}
