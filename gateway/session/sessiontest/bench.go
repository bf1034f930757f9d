package sessiontest

import (
	"testing"
	"time"

	"switchboard/gateway/session"
)

// Bench measures a store: a limit and a lock, as each turn takes them, and a stream of twenty events with its replay.
func Bench(b *testing.B, open func(t testing.TB) session.Store) {
	s := open(b)
	b.Run("allow", func(b *testing.B) {
		key, rate := fresh(), session.Rate{Burst: 1 << 30, Per: time.Second}
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, _, err := s.Allow(b.Context(), key, rate); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("reserve and settle", func(b *testing.B) {
		b.ReportAllocs()
		charges := make([]session.Charge, 5)
		for i := range charges {
			charges[i] = charge(counter(), 1000, 1<<60)
			charges[i].Used = 300
		}
		for b.Loop() {
			h, full, err := s.Reserve(b.Context(), charges, lease)
			if err != nil || full >= 0 {
				b.Fatal(full, err)
			}
			if err := s.Settle(b.Context(), h, charges); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lock", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			key := fresh()
			for pb.Next() {
				unlock, ok, err := s.Lock(b.Context(), key, time.Minute)
				if err != nil || !ok {
					b.Error(ok, err)
					return
				}
				unlock()
			}
		})
	})
	b.Run("stream", func(b *testing.B) {
		event := make([]byte, 100)
		for b.Loop() {
			id := stream()
			for range 20 {
				if _, err := s.Append(b.Context(), id, event); err != nil {
					b.Fatal(err)
				}
			}
			if err := s.CloseStream(b.Context(), id); err != nil {
				b.Fatal(err)
			}
			if events, done, err := s.Read(b.Context(), id, 0, 0); len(events) != 20 || !done || err != nil {
				b.Fatal(len(events), done, err)
			}
		}
	})
}
