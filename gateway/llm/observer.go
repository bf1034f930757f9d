package llm

import (
	"context"

	"switchboard"
)

// Observer learns what a chain does, for metrics and traces. Its methods are called on the turn's own goroutine and
// must not block.
type Observer interface {
	// AttemptStarted may return a context of its own, which carries a span, for the attempt to run under.
	AttemptStarted(ctx context.Context, model string) context.Context
	// AttemptEnded gets the context that AttemptStarted returned. Attempts that lost or were cancelled are told too.
	AttemptEnded(ctx context.Context, a switchboard.Attempt)
	// AttemptSkipped says that the model was passed over because its breaker is open.
	AttemptSkipped(ctx context.Context, model string)
	// BreakerChanged says that the model's breaker is now in the state.
	BreakerChanged(model string, s BreakerState)
}

// unobserved is the observer of those who set none.
type unobserved struct{}

func (unobserved) AttemptStarted(ctx context.Context, _ string) context.Context { return ctx }
func (unobserved) AttemptEnded(context.Context, switchboard.Attempt)            {}
func (unobserved) AttemptSkipped(context.Context, string)                       {}
func (unobserved) BreakerChanged(string, BreakerState)                          {}
