package llm

import (
	"context"
	"sync"
	"time"
)

// watchdog ends an attempt that does not get on. It owns the attempt's context: whatever runs out cancels it with an
// *Error as its cause, and with it the request to the upstream. Its methods may be called while its timer rings.
//
// A token moves the deadline only. The timer is set anew where it would ring too late; where it rings too early, it
// looks at the deadline and is set again.
type watchdog struct {
	cancel context.CancelCauseFunc
	begun  time.Time
	whole  time.Duration // for the whole attempt

	mu    sync.Mutex
	timer *time.Timer
	rings time.Duration // when the timer will, since begun
	step  time.Duration // when the step runs out, since begun; 0 while somebody else is at work
	means *Error        // what it means when the step runs out
}

// What it means when something runs out. They are never changed: the error of an attempt is a copy.
var (
	late     = &Error{Class: TimeoutFirstToken}
	idle     = &Error{Class: TimeoutIdle}
	tooLong  = &Error{Class: Timeout}
	finished = &Error{Class: OK} // the verdict is known; only the rest of the response is still awaited
)

// watch starts the watchdog: it waits for the first token.
func (w *watchdog) watch(ctx context.Context, c *ModelConfig) context.Context {
	ctx, w.cancel = context.WithCancelCause(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun, w.whole, w.step, w.means = time.Now(), c.Timeout, c.FirstTokenTimeout, late
	w.rings = min(w.whole, w.step)
	w.timer = time.AfterFunc(w.rings, w.ring)
	return ctx
}

// ring is what the timer does.
func (w *watchdog) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Since(w.begun)
	switch {
	case w.step > 0 && now >= w.step:
		w.cancel(w.means)
	case now >= w.whole:
		w.cancel(tooLong)
	default:
		w.set(now)
	}
}

// set makes the timer ring at the next deadline.
func (w *watchdog) set(now time.Duration) {
	w.rings = w.whole
	if w.step > 0 {
		w.rings = min(w.whole, w.step)
	}
	w.timer.Reset(w.rings - now)
}

// pause stops the step while somebody else is at work.
func (w *watchdog) pause() {
	w.mu.Lock()
	w.step = 0
	w.mu.Unlock()
}

// expect starts the step anew.
func (w *watchdog) expect(what *Error, within time.Duration) {
	now := time.Since(w.begun)
	w.mu.Lock()
	w.step, w.means = now+within, what
	if w.step < w.rings {
		w.set(now)
	}
	w.mu.Unlock()
}

// stop ends the watch and the attempt's context.
func (w *watchdog) stop() {
	w.mu.Lock()
	w.timer.Stop()
	w.mu.Unlock()
	w.cancel(context.Canceled)
}
