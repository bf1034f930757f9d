package evals

import (
	"context"

	"switchboard"
)

// scoreLatency checks the milliseconds of the last turn, as the asking side measured them, against the threshold.
func scoreLatency(_ context.Context, a Assertion, r Reply) (Score, error) {
	ms := switchboard.Milliseconds(r.Elapsed)
	return verdict(ms <= *a.Threshold, "it took %.0f ms, the threshold is %g ms", ms, *a.Threshold)
}

// scoreCost checks the dollars of the last turn's model calls against the threshold.
func scoreCost(_ context.Context, a Assertion, r Reply) (Score, error) {
	cost := r.Answer.Usage.CostUSD
	return verdict(cost <= *a.Threshold, "it cost %.6f USD, the threshold is %g", cost, *a.Threshold)
}
