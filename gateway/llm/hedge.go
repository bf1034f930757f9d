package llm

import (
	"context"
	"errors"
	"time"

	"switchboard"
)

// hedgeAfter is how long member i may take to begin until another is asked beside it: as long as 95 % of its calls
// take. ok is false where none is asked: hedging is off, too little is known, or there is nobody.
func (r *reply) hedgeAfter(m *member, i int) (_ time.Duration, ok bool) {
	if !r.hedging || i+1 >= len(r.plan) {
		return 0, false
	}
	return m.pace.usual()
}

// hedge gets the right to call the next member that can be called beside the one at i, if an extra call has been earned.
func (r *reply) hedge(ctx context.Context, i int) (l lease, ok bool) {
	for _, m := range r.plan[i+1:] {
		if r.wasAsked(m) || !m.breaker.closed() {
			continue
		}
		if !r.hedges.spend() {
			return l, false
		}
		denied, busy := r.denied, r.busy
		if l, ok = r.enter(ctx, m, 0); !ok { // an extra call that cannot be made is no verdict on the turn
			r.denied, r.busy = denied, busy
			r.hedges.giveBack()
		}
		return l, ok
	}
	return l, false
}

// errLost is why a call is cancelled when another has begun.
var errLost = errors.New("another model was quicker")

// racer is one of two calls that race for the first token.
type racer struct {
	cancel context.CancelCauseFunc
	pieces chan string // to the turn's own goroutine, which alone emits
	taken  chan error  // what became of a piece
	ended  chan struct{}
	got    Completion
	err    *Error
	panics any // what the call panicked with
}

// start calls a member on a goroutine of its own.
func (r *reply) start(ctx context.Context, l lease, kind switchboard.AttemptKind, req Request) *racer {
	x := &racer{pieces: make(chan string), taken: make(chan error), ended: make(chan struct{})}
	ctx, x.cancel = context.WithCancelCause(ctx)
	go func() {
		defer close(x.ended)
		defer func() { x.panics = recover() }() // to be raised again where somebody recovers
		x.got, x.err = r.call(ctx, l, kind, req, func(text string) error {
			select {
			case x.pieces <- text:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			select {
			case err := <-x.taken:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}()
	return x
}

// race calls the leased member, and beside it another where it has not begun after a while. Who begins first goes on
// alone; the other is cancelled, and its cost counted. Both have ended when race returns.
func (r *reply) race(
	ctx context.Context, l lease, i int, kind switchboard.AttemptKind, req Request, emit func(string) error, after time.Duration,
) (Completion, *Error) {
	first := r.start(ctx, l, kind, req)
	second := &racer{} // of nil channels, on which nothing comes
	defer func() {
		for _, x := range []*racer{first, second} {
			if x.cancel != nil {
				x.cancel(errLost)
				<-x.ended
				r.out.Attempts = append(r.out.Attempts, x.got.Attempts...)
			}
			if x.panics != nil {
				panic(x.panics)
			}
		}
	}()
	timer := time.NewTimer(after)
	defer timer.Stop()
	firstEnded, secondEnded := first.ended, second.ended
	for {
		select {
		case text := <-first.pieces:
			return first.goOn(text, emit, second)
		case text := <-second.pieces:
			return second.goOn(text, emit, first)
		case <-firstEnded:
			if first.err == nil || second.cancel == nil || secondEnded == nil && second.ended != nil {
				return first.got, first.err
			}
			firstEnded = nil
		case <-secondEnded:
			if second.err == nil || firstEnded == nil {
				return second.got, second.err
			}
			secondEnded = nil
		case <-timer.C:
			if other, ok := r.hedge(ctx, i); ok {
				r.asked = append(r.asked, other.member)
				second = r.start(ctx, other, switchboard.AttemptHedge, req)
				secondEnded = second.ended
			}
		}
	}
}

// goOn has one racer go on alone from its first piece.
func (x *racer) goOn(text string, emit func(string) error, loser *racer) (Completion, *Error) {
	if loser.cancel != nil {
		loser.cancel(errLost)
	}
	for {
		select {
		case x.taken <- emit(text):
		case <-x.ended:
			return x.got, x.err
		}
		select {
		case text = <-x.pieces:
		case <-x.ended:
			return x.got, x.err
		}
	}
}
