package ledgertest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/ledger"
)

func attempt(model string, input, output int, cost switchboard.Money) switchboard.Attempt {
	return switchboard.Attempt{Model: model, Outcome: "ok", InputTokens: input, OutputTokens: output, Cost: cost}
}

func spendIs(t *testing.T, l *ledger.Ledger, month string, want ...switchboard.Spend) {
	t.Helper()
	got := must(l.Spend(t.Context(), month))(t)
	if diff := cmp.Diff(append([]switchboard.Spend{}, want...), got); diff != "" {
		t.Errorf("spend of %s: %s", month, diff)
	}
}

func spendOfTurns(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	first := turn("conv_1", 1, s.now)
	first.ClientMessageID = "c-1"
	first.Attempts = []switchboard.Attempt{
		attempt("small", 100, 0, 25), {Model: "small", Outcome: "connect"}, attempt("large", 100, 20, 700), attempt("free", 5, 5, 0),
	}
	record(l, t, first)
	want := []switchboard.Spend{
		{Model: "large", Calls: 1, InputTokens: 100, OutputTokens: 20, Cost: 700},
		{Model: "small", Calls: 1, InputTokens: 100, Cost: 25},
	}
	spendIs(t, l, "2026-03", want...)

	again := turn("conv_1", 2, s.now)
	again.ClientMessageID, again.Attempts = "c-1", first.Attempts
	isKind(t, l.Record(t.Context(), first), switchboard.Conflict)
	isKind(t, l.Record(t.Context(), again), switchboard.Conflict)
	unknown := turn("conv_2", 3, s.now)
	unknown.Attempts = first.Attempts
	isKind(t, l.Record(t.Context(), unknown), switchboard.NotFound)
	spendIs(t, l, "2026-03", want...)

	lastOfMarch := time.Date(2026, 3, 31, 23, 59, 58, 0, time.UTC)
	for n := range 2 { // a second before midnight, and midnight
		next := turn("conv_1", n+1, lastOfMarch)
		next.ID, next.Attempts = fmt.Sprint("msg_midnight_", n), []switchboard.Attempt{attempt("small", 1, 1, 3)}
		record(l, t, next)
	}
	want[1].Calls, want[1].InputTokens, want[1].OutputTokens, want[1].Cost = 2, 101, 1, 28
	spendIs(t, l, "2026-03", want...)
	spendIs(t, l, "2026-04", switchboard.Spend{Model: "small", Calls: 1, InputTokens: 1, OutputTokens: 1, Cost: 3})
	spendIs(t, l, "2026-05")

	if _, err := l.Erase(t.Context(), "conv_1"); err != nil {
		t.Fatal(err)
	}
	spendIs(t, l, "2026-03", want...)
}

func spendOfProbes(t *testing.T, s *suite) {
	l := s.open(t)
	probe := attempt("small", 3, 1, 2)
	probe.Kind = switchboard.AttemptProbe
	ok(t, l.RecordAttempts(t.Context(), s.now, probe, probe))
	ok(t, l.RecordAttempts(t.Context(), time.Time{}, probe))
	ok(t, l.RecordAttempts(t.Context(), s.now))
	spendIs(t, l, "2026-03", switchboard.Spend{Model: "small", Calls: 3, InputTokens: 9, OutputTokens: 3, Cost: 6})
}

// spendConcurrently has several processes record turns of the same models, each turn twice.
func spendConcurrently(t *testing.T, s *suite) {
	ledgers := s.several(t, 2)
	const conversations, turns = 8, 20
	var group sync.WaitGroup
	for c := range conversations {
		id := fmt.Sprintf("conv_%d", c)
		conversation(ledgers[0], t, id, s.now)
		for n := range turns {
			next := turn(id, n, s.now)
			next.Attempts = []switchboard.Attempt{attempt("large", 10, 1, 7), attempt("small", 1, 1, 2)}
			if n%2 == 0 {
				slices.Reverse(next.Attempts)
			}
			for i := range 2 {
				group.Go(func() {
					if err := ledgers[(n+i)%len(ledgers)].Record(t.Context(), next); err != nil {
						isKind(t, err, switchboard.Conflict)
					}
				})
			}
		}
	}
	group.Wait()
	const n = conversations * turns
	spendIs(t, ledgers[0], "2026-03",
		switchboard.Spend{Model: "large", Calls: n, InputTokens: 10 * n, OutputTokens: n, Cost: 7 * n},
		switchboard.Spend{Model: "small", Calls: n, InputTokens: n, OutputTokens: n, Cost: 2 * n})
}
