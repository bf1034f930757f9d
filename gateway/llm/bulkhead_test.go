package llm

import (
	"context"
	"testing"
	"time"
)

// TestBulkheadAdapts: signs of overload take room, at most once a second, and calls that go well give it back.
func TestBulkheadAdapts(t *testing.T) {
	now := time.Unix(100, 0)
	b := newBulkhead(10, func() time.Time { return now })
	enter := func(want int) {
		t.Helper()
		n := 0
		for b.enter(context.Background(), 0) {
			n++
		}
		if n != want {
			t.Fatalf("room for %d, want %d", n, want)
		}
	}
	enter(10)
	b.leave(strained)
	b.leave(strained) // in the same second
	for range 8 {
		b.leave(silent)
	}
	enter(8)
	for range 8 {
		b.leave(easy)
	}
	enter(10)
	for range 20 {
		now = now.Add(2 * time.Second)
		b.leave(strained)
		b.inUse++
	}
	if b.limit != leastConcurrency {
		t.Errorf("the bound fell to %v", b.limit)
	}
}

// TestBulkheadWaits: who waits for longest is first, and who gives up takes no place.
func TestBulkheadWaits(t *testing.T) {
	b := newBulkhead(1, time.Now)
	if !b.enter(context.Background(), 0) {
		t.Fatal("no room at all")
	}
	ctx, cancel := context.WithCancel(context.Background())
	got := make(chan string)
	line := func(name string, ctx context.Context) {
		before := b.queue()
		go func() {
			if b.enter(ctx, time.Minute) {
				got <- name
				return
			}
			got <- name + " gave up"
		}()
		for b.queue() == before {
			time.Sleep(time.Millisecond)
		}
	}
	line("first", ctx)
	line("second", context.Background())
	line("third", context.Background())
	cancel()
	for _, want := range []string{"first gave up", "second", "third"} {
		if want != "first gave up" {
			b.leave(easy)
		}
		if name := <-got; name != want {
			t.Errorf("%s, want %s", name, want)
		}
	}
	b.leave(easy)
	if b.underWay() != 0 || b.enter(context.Background(), 0) != true {
		t.Errorf("%d places are lost", b.underWay())
	}
	if b.enter(context.Background(), time.Millisecond) {
		t.Error("a place for two")
	}
}

func (b *bulkhead) queue() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}
