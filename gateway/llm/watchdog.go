package llm

import (
	"context"
	"sync/atomic"
	"time"
)

// watchdog ends an attempt that does not get on. It owns the attempt's context: whatever runs out cancels it with an
// *Error as its cause, and with it the request to the upstream.
type watchdog struct {
	cancel  context.CancelCauseFunc
	whole   *time.Timer
	step    *time.Timer
	waiting atomic.Pointer[Error] // what it means when the step runs out
}

// watch starts a watchdog that waits for the first token.
func watch(ctx context.Context, c ModelConfig) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watchdog{cancel: cancel}
	w.waiting.Store(&Error{Class: TimeoutFirstToken})
	w.whole = time.AfterFunc(c.Timeout, func() { cancel(&Error{Class: Timeout}) })
	w.step = time.AfterFunc(c.FirstTokenTimeout, func() { cancel(w.waiting.Load()) })
	return ctx, w
}

var (
	idle     = &Error{Class: TimeoutIdle}
	finished = &Error{Class: OK} // the model has said why it stopped; only the rest of the response is still awaited
)

// pause stops the step while somebody else is at work.
func (w *watchdog) pause() { w.step.Stop() }

// expect starts the step anew.
func (w *watchdog) expect(what *Error, within time.Duration) {
	w.waiting.Store(what)
	w.step.Reset(within)
}

// stop ends the watch and the attempt's context.
func (w *watchdog) stop() {
	w.whole.Stop()
	w.step.Stop()
	w.cancel(context.Canceled)
}
