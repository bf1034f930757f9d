package sessiontest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/gateway/session"
)

// lease is one that no test waits for.
const lease = time.Minute

func counter() session.Counter {
	return session.Counter{What: "tokens", Whose: fresh(), When: "2026-11-03"}
}

// charge is an amount on a counter with a limit.
func charge(c session.Counter, most, limit int64) session.Charge {
	return session.Charge{Counter: c, Most: most, Limit: limit, Until: time.Now().Add(time.Hour)}
}

// reserve returns the hold, nil where the charge at place full did not fit.
func reserve(t *testing.T, s session.Store, lease time.Duration, charges ...session.Charge) (h *session.Hold, full int) {
	t.Helper()
	held, full, err := s.Reserve(t.Context(), charges, lease)
	if err != nil {
		t.Fatal(err)
	}
	if full >= 0 {
		return nil, full
	}
	return &held, full
}

func settle(t *testing.T, s session.Store, h session.Hold, charges ...session.Charge) {
	t.Helper()
	if err := s.Settle(t.Context(), h, charges); err != nil {
		t.Fatal(err)
	}
}

func wantUsed(t *testing.T, s session.Store, c session.Counter, want int64) {
	t.Helper()
	if got, err := s.Used(t.Context(), c); err != nil || got != want {
		t.Errorf("the counter has come to %d, error %v; want %d", got, err, want)
	}
}

func countAllOrNothing(t *testing.T, s session.Store) {
	roomy, narrow := counter(), counter()
	if h, full := reserve(t, s, lease, charge(roomy, 5, 100), charge(narrow, 6, 5)); h != nil || full != 1 {
		t.Fatalf("6 were set aside of 5, full %d", full)
	}
	if h, _ := reserve(t, s, lease, charge(roomy, 100, 100), charge(narrow, 5, 5)); h == nil {
		t.Fatal("a refused charge was set aside in part")
	}
	if h, full := reserve(t, s, lease, charge(roomy, 1, 100), charge(narrow, 0, 5)); h != nil || full != 0 {
		t.Errorf("101 were set aside of 100, full %d", full)
	}
}

func countSettles(t *testing.T, s session.Store) {
	c := counter()
	for _, test := range []struct {
		name             string
		most, used, want int64
	}{
		{"less than was set aside", 60, 10, 10},
		{"all of it", 60, 60, 70},
		{"more than was set aside", 20, 40, 110},
	} {
		asked := charge(c, test.most, 100)
		h, _ := reserve(t, s, lease, asked)
		if h == nil {
			t.Fatalf("%s: %d do not fit", test.name, test.most)
		}
		asked.Used = test.used
		charges := []session.Charge{asked}
		if err := s.Settle(t.Context(), *h, charges); err != nil {
			t.Fatal(err)
		}
		if charges[0].Total != test.want {
			t.Errorf("%s: settled to %d, want %d", test.name, charges[0].Total, test.want)
		}
	}
	if h, _ := reserve(t, s, lease, charge(c, 0, 109)); h != nil {
		t.Error("a counter at 110 is within 109")
	}
	if h, _ := reserve(t, s, lease, charge(c, 0, 110)); h == nil {
		t.Error("a counter at 110 is not within 110")
	}
}

func countAtOnce(t *testing.T, s session.Store) {
	c := counter()
	for i := range 3 {
		if h, _ := reserve(t, s, 0, charge(c, 1, 3)); h == nil {
			t.Fatalf("use %d of 3 was refused", i+1)
		}
	}
	if h, _ := reserve(t, s, 0, charge(c, 1, 3)); h != nil {
		t.Error("a fourth use of 3 was allowed")
	}
	wantUsed(t, s, c, 3)
}

func countLeaseEnds(t *testing.T, s session.Store) {
	c, short := counter(), 100*time.Millisecond
	asked := charge(c, 8, 10)
	lost, _ := reserve(t, s, short, asked)
	if h, _ := reserve(t, s, lease, charge(c, 3, 10)); lost == nil || h != nil {
		t.Fatal("8 and 3 were set aside of 10, or not even 8")
	}
	var next *session.Hold
	for end := time.Now().Add(long); next == nil; time.Sleep(short / 10) { // until the lease ends
		if time.Now().After(end) {
			t.Fatal("what was never settled is still set aside")
		}
		next, _ = reserve(t, s, lease, charge(c, 3, 10))
	}
	asked.Used = 4 // after all
	settle(t, s, *lost, asked)
	wantUsed(t, s, c, 4)
	if h, _ := reserve(t, s, lease, charge(c, 4, 10)); h != nil {
		t.Error("4 used, 3 set aside, and 4 more fit into 10: the late settlement gave back what it did not hold")
	}
	if h, _ := reserve(t, s, lease, charge(c, 3, 10)); h == nil {
		t.Error("4 used, 3 set aside, and 3 more do not fit into 10")
	}
}

func countMustBegin(t *testing.T, s session.Store) {
	c := counter()
	month := charge(c, 5, 100)
	month.Begun = true
	other := counter()
	if _, _, err := s.Reserve(t.Context(), []session.Charge{charge(other, 1, 1), month}, lease); !errors.Is(err, session.ErrNotBegun) {
		t.Fatalf("error %v, want that the counter has not been begun", err)
	}
	if h, _ := reserve(t, s, lease, charge(other, 1, 1)); h == nil {
		t.Error("a refused charge was set aside in part")
	}
	month.Used = 7
	settle(t, s, session.Hold{}, month) // of a counter that was lost
	if _, _, err := s.Reserve(t.Context(), []session.Charge{month}, lease); !errors.Is(err, session.ErrNotBegun) {
		t.Errorf("a settlement began the counter, error %v", err)
	}
	for _, step := range []struct{ atLeast, want int64 }{{0, 0}, {90, 90}, {80, 90}, {95, 95}} {
		if err := s.Raise(t.Context(), c, step.atLeast, month.Until); err != nil {
			t.Fatal(err)
		}
		wantUsed(t, s, c, step.want)
	}
	if h, _ := reserve(t, s, lease, month); h == nil {
		t.Error("5 do not fit between 95 and 100")
	}
	if h, _ := reserve(t, s, lease, month); h != nil {
		t.Error("10 fit between 95 and 100")
	}
}

func countSettlesWithoutHold(t *testing.T, s session.Store) {
	c := counter()
	asked := charge(c, 50, 100)
	asked.Used = 5
	settle(t, s, session.Hold{}, asked)
	wantUsed(t, s, c, 5)
	left, leave := context.WithCancel(t.Context())
	leave()
	if err := s.Settle(left, session.Hold{}, []session.Charge{asked}); err != nil {
		t.Errorf("settle for a caller who has left: %v", err)
	}
	wantUsed(t, s, c, 10)
}

// shared returns both stores where they count together, as two processes do on one server, and else the first alone.
func shared(t *testing.T, s, other session.Store) []session.Store {
	c := counter()
	if err := s.Raise(t.Context(), c, 1, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n, err := other.Used(t.Context(), c); err == nil && n == 1 {
		return []session.Store{s, other}
	}
	return []session.Store{s}
}

// countIsExactUnderConcurrency has many reserve and settle. What is used and set aside, as far as its holders know it,
// never passes the limit; in the end the counters have exactly what was used.
func countIsExactUnderConcurrency(t *testing.T, stores []session.Store) {
	const limit, goroutines, rounds = 1000, 64, 25
	mine, all := counter(), counter()
	var known, used, granted, refused atomic.Int64 // known is set aside or used for certain
	var group sync.WaitGroup
	for g := range goroutines {
		s := stores[g%len(stores)]
		group.Go(func() {
			for range rounds {
				charges := []session.Charge{charge(mine, 1+rand.Int64N(40), limit), charge(all, 1+rand.Int64N(40), limit)}
				h, full, err := s.Reserve(t.Context(), charges, lease)
				if err != nil {
					t.Error(err)
					return
				}
				if full >= 0 {
					refused.Add(1)
					continue
				}
				granted.Add(1)
				if now := known.Add(charges[0].Most); now > limit {
					t.Errorf("%d of %d are set aside or used", now, limit)
				}
				charges[0].Used, charges[1].Used = rand.Int64N(charges[0].Most+1), rand.Int64N(charges[1].Most+1)
				used.Add(charges[0].Used)
				known.Add(charges[0].Used - charges[0].Most) // before it is given back, so that it is never too much
				if err := s.Settle(t.Context(), h, charges); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if granted.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d granted and %d refused: the test says nothing", granted.Load(), refused.Load())
	}
	wantUsed(t, stores[0], mine, used.Load())
	left := limit - used.Load()
	if h, _ := reserve(t, stores[0], lease, charge(mine, left+1, limit)); h != nil {
		t.Errorf("%d are left, and one more was set aside", left)
	}
	if h, _ := reserve(t, stores[0], lease, charge(mine, left, limit)); h == nil {
		t.Errorf("all is settled, and the %d that are left cannot be had", left)
	}
}
