package ledgertest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/ledger"
)

// Bench measures recording, one at a time and fifty at once, and reading a conversation as each turn does.
func Bench(b *testing.B, fresh func(t testing.TB) string) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := (&suite{url: fresh(b), now: now}).open(b)
	conversation(l, b, "conv_1", now)
	var n atomic.Int64
	next := func() switchboard.Turn {
		t := wholeTurn(now)
		t.ID = fmt.Sprintf("msg_%d", n.Add(1))
		t.ClientMessageID = t.ID
		for range 3 {
			t.Passages = append(t.Passages, t.Passages[0])
		}
		return t
	}
	b.Run("record", func(b *testing.B) {
		for b.Loop() {
			ok(b, l.Record(b.Context(), next()))
		}
	})
	b.Run("record-50", func(b *testing.B) {
		b.SetParallelism(25) // times GOMAXPROCS, which is 2 where this was written
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := l.Record(b.Context(), next()); err != nil {
					b.Error(err)
				}
			}
		})
	})
	for _, turns := range []int{4, 50} {
		id := fmt.Sprintf("conv_%d_turns", turns)
		conversation(l, b, id, now)
		for range turns {
			t := next()
			t.ConversationID = id
			record(l, b, t)
		}
		b.Run(fmt.Sprintf("conversation-%d-turns", turns), func(b *testing.B) { read(b, l, id) })
	}
}

func read(b *testing.B, l *ledger.Ledger, id string) {
	for b.Loop() {
		_, err := l.Conversation(b.Context(), id)
		ok(b, err)
	}
}
