package llm

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"switchboard"
)

// Member is a model of a chain.
type Member struct {
	Link
	Weight      float64       // its share of the traffic among equals; 0 is 1
	Concurrency int           // most calls at once; 0 is 512. It takes fewer while the model shows that it is overloaded
	SlowAfter   time.Duration // a first token that comes later makes a slow call; 0 is never
}

// Step is one or more models that are equals: traffic is spread over them, and each stands in for the others.
type Step []Member

// InOrder makes each link a step of its own.
func InOrder(links ...Link) []Step {
	steps := make([]Step, len(links))
	for i, l := range links {
		steps[i] = Step{{Link: l}}
	}
	return steps
}

// member is a model with what is known of its health.
type member struct {
	Member
	breaker *breaker
	room    *bulkhead
	pace    pace
	watched atomic.Bool // a probe is on its way
}

func newMember(m Member, o ChainOptions) *member {
	m.Weight = cmp.Or(m.Weight, 1)
	name := m.Name()
	changed := func(s BreakerState) { o.Observer.BreakerChanged(name, s) }
	return &member{
		Member: m, breaker: newBreaker(o.Breaker, o.Now, changed), room: newBulkhead(m.Concurrency, o.Now), pace: pace{now: o.Now},
	}
}

// lease is the right to call a member once. It ends with call, or with release.
type lease struct {
	*member
	settle func(switchboard.Attempt) // of the budget; nil where there is none
}

// release gives the lease back unused.
func (l lease) release() {
	l.breaker.release()
	l.room.leave(silent)
}

// call makes one call and accounts for it, with its budget, its breaker and the observer, whatever happens: emit may
// panic.
func (c *Chain) call(
	ctx context.Context, l lease, kind switchboard.AttemptKind, req Request, emit func(string) error,
) (got Completion, failure *Error) {
	ctx = c.observer.AttemptStarted(ctx, l.Name(), kind)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := l.pace.begin(func() { cancel(errStalled) })
	failure = &Error{Class: Cancelled, Model: l.Name()} // where emit panics
	begun := false
	a := switchboard.Attempt{Model: l.Name(), Outcome: string(Cancelled)}
	defer func() { c.account(ctx, l, w, begun, a, failure) }() // also where the observer panics
	defer func() { a = c.tell(ctx, l.Name(), kind, &got, failure) }()
	var err error
	got, err = l.Complete(ctx, req, func(text string) error {
		if !begun {
			begun = true
			l.pace.began(w)
		}
		return emit(text)
	})
	return got, failureOf(ctx, l.Name(), err)
}

// tell tells the observer of what a call came to, and returns the attempt. A completer that reports none has made one.
func (c *Chain) tell(
	ctx context.Context, model string, kind switchboard.AttemptKind, got *Completion, failure *Error,
) switchboard.Attempt {
	a := &switchboard.Attempt{Model: model, Outcome: string(OK)}
	if n := len(got.Attempts); n > 0 {
		a = &got.Attempts[n-1]
	}
	a.Kind = kind
	if failure != nil {
		a.Outcome = string(failure.Class)
	}
	c.observer.AttemptEnded(ctx, *a)
	return *a
}

// errStalled is the cause of a call's end where its model has stopped to begin any.
var errStalled = &Error{Class: TimeoutFirstToken}

// failureOf makes what a completer returned an *Error.
func failureOf(ctx context.Context, model string, err error) *Error {
	if err == nil {
		return nil
	}
	if context.Cause(ctx) == error(errStalled) {
		return &Error{Class: TimeoutFirstToken, Model: model}
	}
	e := new(Error)
	if !errors.As(err, &e) {
		return &Error{Class: ServerError, Model: model, Err: err}
	}
	return e
}

// account settles a call with everybody who keeps count.
func (c *Chain) account(ctx context.Context, l lease, w *waiter, begun bool, a switchboard.Attempt, failure *Error) {
	if !begun {
		l.pace.ended(w, answered(failure))
	}
	if l.settle != nil {
		l.settle(a)
	}
	c.judge(l.member, failure, a)
	l.room.leave(bearingOf(Class(a.Outcome)))
}

// answered reports whether it was the model that ended a call.
func answered(failure *Error) bool {
	return failure == nil || failure.Class != Cancelled && failure.Class != TimeoutFirstToken && failure.Class != Timeout
}

// judge tells a member's breaker how a call went.
func (c *Chain) judge(m *member, failure *Error, a switchboard.Attempt) {
	switch {
	case failure == nil:
		slow := m.SlowAfter > 0 && a.FirstToken > m.SlowAfter
		m.breaker.success(slow, slow && c.elsewhere(m))
	case failure.Class == Cancelled, hurried(failure, a.Total, cmp.Or(m.SlowAfter, stallLeast)):
		m.breaker.release()
	case failure.Class.Policy().Sick:
		m.breaker.failure(failure.Class.Policy().Dead, failure.RetryAfter)
	default:
		m.breaker.success(false, false) // it answered; the request was to blame
	}
	c.probe(m)
}

// hurried reports whether a call ended because its turn had little time left, which is not the model's fault: it had less
// than fair.
func hurried(failure *Error, took, fair time.Duration) bool {
	return failure.Class == Timeout && errors.Is(failure.Err, context.DeadlineExceeded) && took < fair
}

// elsewhere reports whether another member is asked as usual.
func (c *Chain) elsewhere(but *member) bool {
	for _, m := range c.members {
		if m != but && m.breaker.closed() {
			return true
		}
	}
	return false
}
