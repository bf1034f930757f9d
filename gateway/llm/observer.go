package llm

import (
	"context"

	"switchboard"
)

// Observer learns what a chain does, for metrics and traces. Its methods are called on the turn's own
// goroutine, where they must not block, and of probes on the probe's.
type Observer interface {
	// AttemptStarted may return a context of its own, which carries a span, for the attempt to run under.
	AttemptStarted(ctx context.Context, model string, kind switchboard.AttemptKind) context.Context
	// AttemptEnded gets the context that AttemptStarted returned. Attempts that lost or were cancelled are told too, and
	// so are probes, which belong to no turn.
	AttemptEnded(ctx context.Context, a switchboard.Attempt)
	// AttemptSkipped says that the model was passed over.
	AttemptSkipped(ctx context.Context, model string, why Skip)
	// BreakerChanged says that the model's breaker is now in the state.
	BreakerChanged(model string, s BreakerState)
}

// Skip is why a model was passed over.
type Skip string

// Why models are passed over.
const (
	SkipOpen   Skip = "open"   // its breaker is open
	SkipBusy   Skip = "busy"   // it has as many calls under way as it can take
	SkipBudget Skip = "budget" // a limit of what may be spent is reached
)

// unobserved is the observer of those who set none.
type unobserved struct{}

func (unobserved) AttemptStarted(ctx context.Context, _ string, _ switchboard.AttemptKind) context.Context {
	return ctx
}
func (unobserved) AttemptEnded(context.Context, switchboard.Attempt) {}
func (unobserved) AttemptSkipped(context.Context, string, Skip)      {}
func (unobserved) BreakerChanged(string, BreakerState)               {}
