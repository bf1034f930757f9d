package llm

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"switchboard"
)

const (
	// shortPause is the longest Retry-After that is waited for. Another model answers sooner than a longer one.
	shortPause = 300 * time.Millisecond
	// maxJitter bounds the random pause before a retry that the upstream named no pause for.
	maxJitter = 100 * time.Millisecond
)

// ChainOptions tunes a chain. The zero value is the defaults.
type ChainOptions struct {
	Breaker  BreakerConfig
	Observer Observer         // nil observes nothing
	Now      func() time.Time // of the breakers; nil is time.Now
}

// Chain is an ordered list of models and a last link. It is a Completer, and safe for concurrent use.
type Chain struct {
	links    []link
	last     Completer
	observer Observer
	budget   retryBudget
}

type link struct {
	Link
	breaker *breaker
}

// NewChain returns the chain of models, asked in their order, and last, which answers when none of them does: usually
// an [Extractive]. A nil last leaves that to the caller: the failure of the last attempt is then the chain's.
func NewChain(models []Link, last Completer, o ChainOptions) *Chain {
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Chain{last: last, observer: o.Observer}
	for _, m := range models {
		name := m.Name()
		changed := func(s BreakerState) { o.Observer.BreakerChanged(name, s) }
		c.links = append(c.links, link{m, newBreaker(o.Breaker, o.Now, changed)})
	}
	return c
}

// reply is one request on its way through the chain.
type reply struct {
	*Chain
	req     Request
	emit    func(string) error
	out     Completion
	shown   string          // what the reader has been shown, as of the last Resume
	current strings.Builder // emitted since then
	broken  bool            // an attempt has failed
	failure error           // of the last attempt
}

// Complete asks one model after the other until one gives a whole reply, and the last link if none does. The deadline of
// ctx is for all of them together; when it has passed, the last link is still asked, because it costs nothing and an
// honest reply is better than none. When ctx is cancelled, or emit fails, the upstream is cancelled and the error returned
// at once. Otherwise an error means that the last link had nothing to say either.
func (c *Chain) Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
	r := &reply{Chain: c, req: req, emit: emit}
	for i := range c.links {
		if ctx.Err() != nil {
			break
		}
		if done, err := r.ask(ctx, i); done {
			return r.out, err
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return r.out, r.give(&Error{Class: Cancelled, Err: context.Cause(ctx)})
	}
	return r.askLast(ctx)
}

// ask asks link i, and once more where that is the remedy. done is true where the chain ends here.
func (r *reply) ask(ctx context.Context, i int) (done bool, err error) {
	for retried := false; ; retried = true {
		l := r.links[i]
		if !l.breaker.allow() {
			r.observer.AttemptSkipped(ctx, l.Name(), SkipOpen)
			return false, nil
		}
		if !retried {
			r.budget.earn()
		}
		failure := r.attempt(ctx, l)
		if failure == nil {
			r.out.FailedOver = i > 0
			return true, nil
		}
		r.failure = failure
		policy := failure.Class.Policy()
		if policy.Remedy == Fail {
			return true, failure
		}
		if retried || policy.Remedy != Retry || !r.worthRetrying(i, failure) || !r.budget.spend() {
			return false, nil
		}
		if !wait(ctx, pause(failure)) {
			return false, nil
		}
	}
}

// worthRetrying: the upstream named a short pause, or there is nobody else to ask.
func (r *reply) worthRetrying(i int, e *Error) bool {
	if e.RetryAfter > 0 {
		return e.RetryAfter <= shortPause
	}
	return i == len(r.links)-1
}

func pause(e *Error) time.Duration {
	if e.RetryAfter > 0 {
		return e.RetryAfter
	}
	return rand.N(maxJitter)
}

// wait waits, unless ctx ends, or would end, before d is over.
func wait(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt asks one model once, and tells its breaker how it went.
func (r *reply) attempt(ctx context.Context, l link) *Error {
	ctx = r.observer.AttemptStarted(ctx, l.Name(), switchboard.AttemptFirst)
	verdict := l.breaker.release // also where the completer panics
	defer func() { verdict() }()
	got, err := r.complete(ctx, l)
	for _, a := range got.Attempts {
		r.observer.AttemptEnded(ctx, a)
	}
	if err == nil {
		verdict = l.breaker.success
		return nil
	}
	r.broken = true
	e := new(Error)
	if !errors.As(err, &e) {
		e = &Error{Class: ServerError, Model: l.Name(), Err: err}
	}
	policy := e.Class.Policy()
	switch {
	case policy.Sick:
		verdict = func() { l.breaker.failure(policy.Dead, e.RetryAfter) }
	case e.Class != Cancelled:
		verdict = l.breaker.success // it answered; the request was to blame
	}
	return e
}

// complete lets one completer go on from what has been shown.
func (r *reply) complete(ctx context.Context, by Completer) (Completion, error) {
	req := r.resumed()
	s := &seam{shown: r.shown, emit: func(text string) error {
		r.current.WriteString(text)
		if r.emit == nil {
			return nil
		}
		return r.emit(text)
	}}
	got, err := by.Complete(ctx, req, s.add)
	if err == nil {
		if err = s.flush(); err != nil {
			err = &Error{Class: Cancelled, Model: got.Model, Err: err}
		}
	}
	r.out.Model, r.out.Finish, r.out.Extractive = got.Model, got.Finish, got.Extractive
	r.out.Attempts = append(r.out.Attempts, got.Attempts...)
	r.out.Text = r.shown + r.current.String()
	return got, err
}

// resumed is the request for the next attempt: the first one as it came, a later one with what the reader has seen.
func (r *reply) resumed() Request {
	req := r.req
	r.current.Reset()
	if !r.broken {
		return req
	}
	r.shown = ""
	if req.Resume != nil {
		r.shown = req.Resume()
	}
	if strings.TrimSpace(r.shown) == "" {
		return req
	}
	req.Messages = append(req.Messages[:len(req.Messages):len(req.Messages)],
		switchboard.Message{Role: switchboard.RoleAssistant, Text: strings.TrimSpace(r.shown)},
		switchboard.Message{Role: switchboard.RoleUser, Text: continueInstruction},
	)
	return req
}

// continueInstruction follows the shown text. It is English for every language: the reply's language is set before it.
const continueInstruction = "Your reply was interrupted after the text above. Continue it from exactly there, in the same " +
	"language and by the same rules. Do not repeat, rephrase or comment on what was already said."

// askLast lets the last link answer.
func (r *reply) askLast(ctx context.Context) (Completion, error) {
	if r.last == nil {
		return r.out, r.exhausted(ctx)
	}
	_, err := r.complete(context.WithoutCancel(ctx), r.last)
	r.out.FailedOver = len(r.links) > 0
	if err == nil {
		return r.out, nil
	}
	var e *Error
	if errors.As(err, &e) && e.Class == Cancelled {
		return r.out, err
	}
	return r.out, errors.Join(r.failure, err)
}

// exhausted is the error where nobody is left to ask.
func (r *reply) exhausted(ctx context.Context) error {
	switch {
	case r.failure != nil:
		return r.failure
	case ctx.Err() != nil:
		return &Error{Class: Timeout, Err: ctx.Err()}
	}
	return &Error{Class: Overloaded, Err: errAllOpen}
}

var errAllOpen = errors.New("the breaker of every model is open")

// give returns the failure that there was already, else e.
func (r *reply) give(e *Error) error {
	if r.failure != nil {
		return errors.Join(e, r.failure)
	}
	return e
}
