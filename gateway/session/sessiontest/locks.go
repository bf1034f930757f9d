package sessiontest

import (
	"sync"
	"testing"
	"time"

	"switchboard/gateway/session"
)

func lock(t *testing.T, s session.Store, key string, ttl time.Duration) (func(), bool) {
	t.Helper()
	unlock, ok, err := s.Lock(t.Context(), key, ttl)
	if err != nil {
		t.Fatal(err)
	}
	return unlock, ok
}

func lockIsExclusive(t *testing.T, s session.Store) {
	key := fresh()
	unlock, ok := lock(t, s, key, time.Minute)
	if !ok {
		t.Fatal("a free lock was refused")
	}
	if _, ok := lock(t, s, key, time.Minute); ok {
		t.Error("a held lock was given again")
	}
	if other, ok := lock(t, s, fresh(), time.Minute); ok {
		other()
	} else {
		t.Error("another lock was refused")
	}
	unlock()
	if again, ok := lock(t, s, key, 0); ok {
		again()
	} else {
		t.Error("a lock that was given back was refused")
	}
}

func lockIsExtended(t *testing.T, s session.Store) {
	key, ttl := fresh(), 300*time.Millisecond
	unlock, _ := lock(t, s, key, ttl)
	defer unlock()
	for end := time.Now().Add(3 * ttl); time.Now().Before(end); time.Sleep(ttl / 6) {
		if _, ok := lock(t, s, key, ttl); ok {
			t.Fatal("a lock was lost while it was held")
		}
	}
}

func unlockIsIdempotent(t *testing.T, s session.Store) {
	key := fresh()
	first, _ := lock(t, s, key, time.Minute)
	first()
	second, ok := lock(t, s, key, time.Minute)
	if !ok {
		t.Fatal("a free lock was refused")
	}
	defer second()
	first()
	if _, ok := lock(t, s, key, time.Minute); ok {
		t.Error("the first holder gave the second one's lock away")
	}
}

func lockUnderConcurrency(t *testing.T, s session.Store) {
	key := fresh()
	var group sync.WaitGroup
	var inside sync.Mutex // never waited for where the lock works
	taken := 0            // guarded by the lock under test, as the race detector sees
	for range 8 {
		group.Go(func() {
			for got := 0; got < 5; {
				unlock, ok, err := s.Lock(t.Context(), key, time.Minute)
				if err != nil {
					t.Error(err)
					return
				}
				if !ok {
					continue
				}
				if !inside.TryLock() {
					t.Error("two hold the lock at once")
				} else {
					taken++
					inside.Unlock()
				}
				got++
				unlock()
			}
		})
	}
	group.Wait()
	if taken != 40 {
		t.Errorf("taken %d times, want 40", taken)
	}
}
