package admission

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// visitor is one turn at a gate.
type visitor struct {
	mu   sync.Mutex
	pass Pass
	err  error
	took time.Duration // until it was in, or refused
	over bool
}

// visit comes to the gate in a goroutine of its own.
func visit(ctx context.Context, g *Gate, a Ask) *visitor {
	v := &visitor{}
	began := time.Now()
	go func() {
		pass, err := g.Enter(ctx, a)
		v.mu.Lock()
		defer v.mu.Unlock()
		v.pass, v.err, v.took, v.over = pass, err, time.Since(began), true
	}()
	synctest.Wait()
	return v
}

func (v *visitor) why() Why {
	var r *Refusal
	if errors.As(v.err, &r) {
		return r.Why
	}
	return ""
}

func (v *visitor) leave() { v.pass.Leave(); synctest.Wait() }

func (v *visitor) check(t *testing.T, name string, over bool, why Why) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over != over || v.why() != why {
		t.Errorf("%s: over %v, %q (%v); want %v, %q", name, v.over, v.why(), v.err, over, why)
	}
}

func TestWhoComesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := New(Options{Turns: 2, Queue: 2, Wait: 5 * time.Second}), t.Context()
		first, second := visit(ctx, g, Ask{Key: "a"}), visit(ctx, g, Ask{Key: "a"})
		first.check(t, "first", true, "")
		second.check(t, "second", true, "")
		third, fourth, fifth := visit(ctx, g, Ask{Key: "a"}), visit(ctx, g, Ask{Key: "a"}), visit(ctx, g, Ask{Key: "a"})
		third.check(t, "third", false, "")
		fourth.check(t, "fourth", false, "")
		fifth.check(t, "fifth", true, Full)
		time.Sleep(time.Second)
		first.leave()
		first.leave() // once is enough
		third.check(t, "third, after one left", true, "")
		fourth.check(t, "fourth, after one left", false, "")
		if third.pass.Waited != time.Second || second.pass.Waited != 0 {
			t.Errorf("waited %v and %v", third.pass.Waited, second.pass.Waited)
		}
		time.Sleep(4*time.Second + time.Millisecond)
		synctest.Wait()
		fourth.check(t, "fourth, after five seconds", true, Late)
		if fourth.took != 5*time.Second {
			t.Errorf("it waited %v", fourth.took)
		}
		second.leave()
		third.leave()
		if g.busy != 0 || g.line.n != 0 {
			t.Errorf("%d under way, %d wait", g.busy, g.line.n)
		}
	})
}

func TestNoQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Turns: 1, Wait: time.Second})
		first := visit(t.Context(), g, Ask{})
		visit(t.Context(), g, Ask{}).check(t, "second", true, Full)
		first.leave()
		visit(t.Context(), g, Ask{}).check(t, "third", true, "")
	})
}

// A conversation stands in the queue once; a client that leaves stands there no more.
func TestOnceForAConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Turns: 1, Queue: 9, Wait: time.Minute})
		first := visit(t.Context(), g, Ask{Key: "a", Conversation: "one"})
		ctx, leave := context.WithCancel(t.Context())
		waiting := visit(ctx, g, Ask{Key: "a", Conversation: "two"})
		waiting.check(t, "the first message", false, "")
		visit(t.Context(), g, Ask{Key: "a", Conversation: "two"}).check(t, "the second message", true, Twice)
		leave()
		synctest.Wait()
		if !errors.Is(waiting.err, context.Canceled) {
			t.Errorf("who left got %v", waiting.err)
		}
		again := visit(t.Context(), g, Ask{Key: "a", Conversation: "two"})
		again.check(t, "the third message", false, "")
		first.leave()
		again.check(t, "the third message, later", true, "")
		again.leave()
	})
}

// A key that fills the queue makes room for others, by its own newest.
func TestRoomIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := New(Options{Turns: 1, Queue: 4, Wait: time.Minute}), t.Context()
		first := visit(ctx, g, Ask{Key: "a", Conversation: "a0"})
		var a []*visitor
		for i := range 4 {
			a = append(a, visit(ctx, g, Ask{Key: "a", Conversation: fmt.Sprint("a", i+1)}))
		}
		b := visit(ctx, g, Ask{Key: "b"})
		b.check(t, "another key", false, "")
		a[3].check(t, "the newest", true, Displaced)
		a[2].check(t, "the one before", false, "")
		b2, b3 := visit(ctx, g, Ask{Key: "b"}), visit(ctx, g, Ask{Key: "b"})
		b2.check(t, "up to its share", false, "")
		a[2].check(t, "the next newest", true, Displaced)
		b3.check(t, "beyond its share", true, Full)
		first.leave() // a0 has had a turn: it goes before a's new ones, and takes the place of the newest
		again := visit(ctx, g, Ask{Key: "c"})
		a[0].check(t, "in turn", true, "")
		again.check(t, "a third key", false, "")
		old := visit(ctx, g, Ask{Key: "a", Conversation: "a0"})
		old.check(t, "under way", false, "")
		a[1].check(t, "new, of the same key", true, Displaced)
		a[0].leave()
		for _, v := range []*visitor{b, old, again, b2} {
			v.leave()
		}
		if g.busy != 0 || g.line.n != 0 {
			t.Errorf("%d under way, %d wait", g.busy, g.line.n)
		}
	})
}

// Where turns end too slowly for one more, it is refused when it comes, with an honest word on when.
func TestSheddingEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := New(Options{Turns: 4, Queue: 100, Wait: 5 * time.Second}), t.Context()
		serve(ctx, t, g, 4, 64, 4*time.Second) // 4 at once, 4 s each: one a second
		for range 4 {
			visit(ctx, g, Ask{Key: "a"}).check(t, "a place", true, "")
		}
		for i := range 5 {
			visit(ctx, g, Ask{Key: "a"}).check(t, fmt.Sprint("waiter ", i), false, "")
		}
		sixth := visit(ctx, g, Ask{Key: "a"})
		sixth.check(t, "the sixth", true, Slow)
		var r *Refusal
		if errors.As(sixth.err, &r); r.RetryAfter < 5*time.Second || r.RetryAfter > 7*time.Second {
			t.Errorf("retry after %v", r.RetryAfter)
		}
		// Another key would be served second, whatever the first has waiting.
		visit(ctx, g, Ask{Key: "b", Deadline: time.Now().Add(time.Second)}).check(t, "a deadline too near", true, Slow)
		visit(ctx, g, Ask{Key: "b", Deadline: time.Now().Add(-time.Second)}).check(t, "a deadline that has passed", true, Slow)
		visit(ctx, g, Ask{Key: "b", Deadline: time.Now().Add(3 * time.Second)}).check(t, "a deadline far enough", false, "")
		time.Sleep(10 * time.Second)
	})
}

// serve has so many turns pass through the gate, some at once.
func serve(ctx context.Context, t *testing.T, g *Gate, atOnce, each int, length time.Duration) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range atOnce {
		wg.Go(func() {
			time.Sleep(length * time.Duration(i) / time.Duration(atOnce)) // spread
			for range each / atOnce {
				p, err := g.Enter(ctx, Ask{})
				if err != nil {
					t.Error(err)
				}
				time.Sleep(length)
				p.Leave()
			}
		})
	}
	wg.Wait()
}

// Turns that were fast and end no more do not look fast for long.
func TestAStandstillIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := New(Options{Turns: 10, Queue: 100, Wait: 5 * time.Second}), t.Context()
		serve(ctx, t, g, 8, 80, 100*time.Millisecond)
		for range 10 {
			visit(ctx, g, Ask{})
		}
		for range 50 { // 100 places a second
			visit(ctx, g, Ask{}).check(t, "while it is fast", false, "")
		}
		time.Sleep(3 * time.Second)
		v := visit(ctx, g, Ask{})
		v.check(t, "after three seconds of silence", true, Slow)
		time.Sleep(10 * time.Second)
	})
}

// Waiting is bounded in time whatever happens, and the expectation follows what is seen.
func TestTheExpectationIsHonest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := New(Options{Turns: 8, Queue: 64, Wait: 5 * time.Second}), t.Context()
		rng := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		var mu sync.Mutex
		var in, refused int
		var told, stayed time.Duration
		for range 3000 { // 10 % more than can be served
			time.Sleep(time.Duration(rng.ExpFloat64() * float64(57*time.Millisecond)))
			length := time.Duration(rng.ExpFloat64() * float64(500*time.Millisecond))
			wg.Go(func() {
				began := time.Now()
				g.mu.Lock()
				var expected time.Duration
				if g.busy == g.turns {
					expected = g.expected("", fresh, time.Since(g.epoch))
				}
				g.mu.Unlock()
				p, err := g.Enter(ctx, Ask{})
				took := time.Since(began)
				mu.Lock()
				if err != nil {
					refused++
				} else {
					in, told, stayed = in+1, told+expected, stayed+took
				}
				mu.Unlock()
				if err != nil {
					return
				}
				time.Sleep(length)
				p.Leave()
			})
			synctest.Wait()
		}
		wg.Wait()
		if in < 2500 || refused < 100 {
			t.Errorf("%d came in, %d were refused", in, refused)
		}
		if ratio := told.Seconds() / stayed.Seconds(); ratio < 0.8 || ratio > 1.25 {
			t.Errorf("told to wait %v, waited %v, of %d", told, stayed, in)
		}
	})
}

// Whatever comes and goes at once: never more than may, nobody lost, nothing left.
func TestStorm(t *testing.T) {
	const turns, visitors = 8, 4000
	g := New(Options{Turns: turns, Queue: 32, Wait: 20 * time.Millisecond})
	var under, most, in, refused, left atomic.Int64
	var wg sync.WaitGroup
	room := make(chan struct{}, 100)
	for i := range visitors {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%7 == 0 {
				time.AfterFunc(time.Duration(i%5)*time.Millisecond, cancel)
			}
			p, err := g.Enter(ctx, Ask{Key: fmt.Sprint(i % 5), Conversation: fmt.Sprint(i % 200), UnderWay: i%3 == 0})
			var r *Refusal
			switch {
			case errors.As(err, &r):
				refused.Add(1)
				return
			case errors.Is(err, context.Canceled):
				left.Add(1)
				return
			case err != nil:
				t.Error(err)
				return
			}
			in.Add(1)
			n := under.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Duration(i%3) * time.Millisecond)
			under.Add(-1)
			p.Leave()
		})
	}
	wg.Wait()
	if most.Load() > turns || in.Load()+refused.Load()+left.Load() != visitors || in.Load() == 0 {
		t.Errorf("%d at once; %d in, %d refused, %d left", most.Load(), in.Load(), refused.Load(), left.Load())
	}
	if g.busy != 0 || g.line.n != 0 || len(g.line.lanes) != 0 {
		t.Errorf("left: %d under way, %d wait", g.busy, g.line.n)
	}
	t.Logf("%d in, %d refused, %d left", in.Load(), refused.Load(), left.Load())
}

func BenchmarkEnter(b *testing.B) {
	ctx := context.Background()
	b.Run("free", func(b *testing.B) {
		g := New(Options{Turns: 4, Queue: 8, Wait: time.Second})
		b.ReportAllocs()
		for b.Loop() {
			p, err := g.Enter(ctx, Ask{Key: "key_1", Conversation: "conv_0123456789abcdef"})
			if err != nil {
				b.Fatal(err)
			}
			p.Leave()
		}
	})
	b.Run("refused", func(b *testing.B) {
		g := New(Options{Turns: 1, Wait: time.Second})
		_, _ = g.Enter(ctx, Ask{})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := g.Enter(ctx, Ask{Key: "key_1", Conversation: "conv_0123456789abcdef"}); err == nil {
				b.Fatal("let in")
			}
		}
	})
}
