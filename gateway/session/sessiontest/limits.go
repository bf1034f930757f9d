package sessiontest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/gateway/session"
)

func allow(t *testing.T, s session.Store, key string, r session.Rate) (bool, time.Duration) {
	t.Helper()
	ok, retry, err := s.Allow(t.Context(), key, r)
	if err != nil {
		t.Fatal(err)
	}
	return ok, retry
}

func limitRefusesAndRefills(t *testing.T, s session.Store) {
	key, rate := fresh(), session.Rate{Burst: 3, Per: 6 * time.Second}
	for i := range 3 {
		if ok, _ := allow(t, s, key, rate); !ok {
			t.Fatalf("event %d of a burst of 3 was refused", i+1)
		}
	}
	ok, retry := allow(t, s, key, rate)
	if ok || retry <= 0 || retry > 2*time.Second {
		t.Fatalf("the fourth event: allowed %v, retry after %v; want refused, for at most 2s", ok, retry)
	}
	time.Sleep(retry + time.Millisecond) // the promise under test
	if ok, _ := allow(t, s, key, rate); !ok {
		t.Errorf("an event was refused although %v had passed", retry)
	}
}

func limitDoesNotCountRefusals(t *testing.T, s session.Store) {
	key, rate := fresh(), session.Rate{Burst: 1, Per: time.Hour}
	allow(t, s, key, rate)
	_, first := allow(t, s, key, rate)
	for range 20 {
		allow(t, s, key, rate)
	}
	if _, last := allow(t, s, key, rate); last > first {
		t.Errorf("after refusals the wait grew from %v to %v", first, last)
	}
}

func limitKeysAreSeparate(t *testing.T, s session.Store) {
	rate := session.Rate{Burst: 1, Per: time.Hour}
	for range 3 {
		if ok, _ := allow(t, s, fresh(), rate); !ok {
			t.Error("a new key's first event was refused")
		}
	}
}

func limitZeroRate(t *testing.T, s session.Store) {
	key := fresh()
	for _, rate := range []session.Rate{{}, {Burst: 5}, {Per: time.Second}, {Burst: -1, Per: time.Second}} {
		for range 3 {
			if ok, _ := allow(t, s, key, rate); !ok {
				t.Errorf("%+v refused", rate)
			}
		}
	}
}

func limitIsExactUnderConcurrency(t *testing.T, s session.Store) {
	key, rate := fresh(), session.Rate{Burst: 20, Per: time.Hour}
	var allowed atomic.Int64
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for range 20 {
				if ok, _, err := s.Allow(t.Context(), key, rate); err != nil {
					t.Error(err)
				} else if ok {
					allowed.Add(1)
				}
			}
		})
	}
	group.Wait()
	if allowed.Load() != 20 {
		t.Errorf("200 at once, %d allowed, want the burst of 20", allowed.Load())
	}
}
