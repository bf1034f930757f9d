package telemetry_test

import (
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/telemetry"
)

// aTurn is one that a model answered at the first attempt.
func aTurn() switchboard.Turn {
	return switchboard.Turn{
		Evidence: "enough",
		Attempts: []switchboard.Attempt{{
			Model: "primary", Outcome: "ok", FirstToken: 400 * time.Millisecond, Total: time.Second,
			InputTokens: 900, OutputTokens: 80, Cost: 300_000,
		}},
		Answer: switchboard.Answer{
			Action: switchboard.ActionAnswer, Release: "rel_0011223344556677", Model: "primary",
			Latency: switchboard.Latency{Total: 1200, FirstSentence: 700, Retrieve: 2, Model: 1100, Verify: 1},
		},
	}
}

// What the metrics of a turn cost, its request and its attempt included.
func BenchmarkMetricsOfATurn(b *testing.B) {
	m, t := telemetry.New(func() float64 { return 0 }), aTurn()
	b.ReportAllocs()
	for range b.N {
		ctx := m.AttemptStarted(b.Context(), "primary", switchboard.AttemptFirst)
		m.AttemptEnded(ctx, t.Attempts[0])
		m.Turn(t)
		m.HTTP("/v1/conversations/:id/messages", "POST", 200, time.Second)
	}
}
