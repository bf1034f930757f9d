package llm

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"switchboard"
)

const (
	// shortPause is the longest Retry-After that is waited for. Another model answers sooner than a longer one.
	shortPause = 300 * time.Millisecond
	// maxJitter bounds the random pause before a retry that the upstream named no pause for.
	maxJitter = 100 * time.Millisecond
	// roomWithin is how long a turn waits for a model where all that are well have their hands full.
	roomWithin = 2 * time.Second
)

// ChainOptions tunes a chain. The zero value is the defaults.
type ChainOptions struct {
	Breaker  BreakerConfig
	Balance  Balance          // among equals; "" is Weighted
	Hedge    bool             // a model that is slow to begin is raced by the next, for at most one turn in twenty
	Probe    bool             // whether a model is back is found out beside the traffic; otherwise a turn finds out
	Budget   Budget           // nil is without limits
	Observer Observer         // nil observes nothing
	Now      func() time.Time // of breakers and paces; nil is time.Now
}

// Chain is an ordered list of steps, each of one or more equal models, and a last link. It is a Completer, and safe for
// concurrent use. Close it in the end.
type Chain struct {
	steps    [][]*member
	members  []*member // of all steps
	equals   bool      // a step has several
	last     Completer
	balance  Balance
	hedging  bool
	probing  bool
	budget   Budget
	observer Observer
	now      func() time.Time
	retries  share
	hedges   share

	ctx    context.Context // ends with Close; of probes
	cancel context.CancelFunc
	probes sync.WaitGroup
}

// NewChain returns the chain of steps, asked in their order, and last, which answers when no model does: usually an
// [Extractive]. A nil last leaves that to the caller: the failure of the last attempt is then the chain's.
func NewChain(steps []Step, last Completer, o ChainOptions) *Chain {
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Chain{
		last: last, balance: o.Balance, hedging: o.Hedge, probing: o.Probe, budget: o.Budget, observer: o.Observer, now: o.Now,
		retries: share{rate: retryShare, burst: retryBurst, saved: retryBurst}, hedges: share{rate: hedgeShare, burst: hedgeBurst},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	for _, step := range steps {
		var equals []*member
		for _, m := range step {
			equals = append(equals, newMember(m, o))
		}
		c.steps, c.members = append(c.steps, equals), append(c.members, equals...)
		c.equals = c.equals || len(equals) > 1
	}
	return c
}

// Close ends the probes and waits for them. Calls under way go on.
func (c *Chain) Close() {
	c.cancel()
	c.probes.Wait()
}

// reply is one request on its way through the chain.
type reply struct {
	*Chain
	req     Request
	emit    func(string) error
	out     Completion
	plan    []*member       // in which order members are asked
	asked   []*member       // so far
	shown   string          // what the reader has been shown, as of the last Resume
	current strings.Builder // emitted since then
	broken  bool            // an attempt has failed
	busy    bool            // somebody was passed over because of having no room
	denied  *Denied         // the latest limit that stood in the way
	failure error           // of the last attempt
}

// Complete asks one model after the other until one gives a whole reply, and the last link if none does. The deadline of
// ctx is for all of them together; when it has passed, the last link is still asked, because it costs nothing and an
// honest reply is better than none. When ctx is cancelled, or emit fails, the upstream is cancelled and the error returned
// at once. Otherwise an error means that the last link had nothing to say either, or that a limit refuses the turn.
func (c *Chain) Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
	r := &reply{Chain: c, req: req, emit: emit, plan: c.order()}
	c.retries.earn()
	c.hedges.earn()
	done, err := r.askAll(ctx)
	if !done && r.busy && r.denied == nil && ctx.Err() == nil {
		done, err = r.askWhoHasRoom(ctx)
	}
	switch {
	case done:
		return r.out, err
	case errors.Is(ctx.Err(), context.Canceled):
		return r.out, r.give(&Error{Class: Cancelled, Err: context.Cause(ctx)})
	case r.denied != nil && r.denied.Then == ThenRefuse:
		return r.out, r.give(&Error{Class: LimitReached, Err: errRefused})
	}
	return r.askLast(ctx)
}

// askAll asks the models in their order. done is true where the chain ends here.
func (r *reply) askAll(ctx context.Context) (done bool, err error) {
	for i, m := range r.plan {
		if ctx.Err() != nil || r.denied != nil && r.denied.Then != ThenNext {
			return false, nil
		}
		if r.wasAsked(m) { // beside another, as a hedge
			continue
		}
		if done, err := r.ask(ctx, i, 0); done {
			return true, err
		}
	}
	return false, nil
}

// ask asks one model, and once more where that is the remedy. Room at the model is waited for no longer than patience.
func (r *reply) ask(ctx context.Context, i int, patience time.Duration) (done bool, err error) {
	m := r.plan[i]
	for retried := false; ; retried = true {
		l, ok := r.enter(ctx, m, patience)
		if !ok {
			return false, nil
		}
		failure := r.attempt(ctx, l, i, r.kind(i, retried))
		if failure == nil {
			r.out.FailedOver = r.out.Model != r.plan[0].Name()
			return true, nil
		}
		r.failure = failure
		policy := failure.Class.Policy()
		if policy.Remedy == Fail {
			return true, failure
		}
		if retried || policy.Remedy != Retry || !r.worthRetrying(m, failure) || !r.retries.spend() {
			return false, nil
		}
		if !wait(ctx, pause(failure)) {
			return false, nil
		}
	}
}

// askWhoHasRoom waits for room at the first model that is well: a reply a little later is better than none of a model.
func (r *reply) askWhoHasRoom(ctx context.Context) (done bool, err error) {
	for i, m := range r.plan {
		if !r.wasAsked(m) && m.breaker.closed() {
			return r.ask(ctx, i, roomWithin)
		}
	}
	return false, nil
}

// enter gets the right to call m once, or tells the observer why not.
func (r *reply) enter(ctx context.Context, m *member, patience time.Duration) (l lease, ok bool) {
	l = lease{member: m}
	r.giveUpStalled(m)
	if !m.breaker.allow() {
		r.observer.AttemptSkipped(ctx, m.Name(), SkipOpen)
		return l, false
	}
	if !m.room.enter(ctx, patience) {
		m.breaker.release()
		r.busy = true
		r.observer.AttemptSkipped(ctx, m.Name(), SkipBusy)
		return l, false
	}
	if r.budget == nil {
		return l, true
	}
	settle, denied := r.budget.Reserve(ctx, r.estimate(m))
	if denied != nil {
		r.denied = denied
		l.release()
		r.observer.AttemptSkipped(ctx, m.Name(), SkipBudget)
		return l, false
	}
	l.settle = settle
	return l, true
}

// giveUpStalled has the calls that wait for a model that has stopped to begin any go on, at once and together: each on its
// own would wait for as long as a first token may take, and more would join it.
func (r *reply) giveUpStalled(m *member) {
	stalled := m.pace.stalled(func() bool { return !r.elsewhere(m) }, m.SlowAfter)
	if len(stalled) == 0 || !m.breaker.trip() {
		return
	}
	for _, w := range stalled {
		w.give()
	}
	r.probe(m)
}

// kind says why member i is called.
func (r *reply) kind(i int, retried bool) switchboard.AttemptKind {
	switch {
	case retried:
		return switchboard.AttemptRetry
	case i > 0:
		return switchboard.AttemptFailover
	}
	return switchboard.AttemptFirst
}

func (r *reply) wasAsked(m *member) bool {
	for _, a := range r.asked {
		if a == m {
			return true
		}
	}
	return false
}

// worthRetrying: the upstream named a short pause, or there is nobody else to ask.
func (r *reply) worthRetrying(m *member, e *Error) bool {
	if e.RetryAfter > 0 {
		return e.RetryAfter <= shortPause
	}
	for _, other := range r.plan {
		if other != m && !r.wasAsked(other) && other.breaker.closed() {
			return false
		}
	}
	return true
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
	return sleep(ctx, d)
}

// attempt has the leased member go on from what has been shown, beside another where it is slow to begin.
func (r *reply) attempt(ctx context.Context, l lease, i int, kind switchboard.AttemptKind) *Error {
	r.asked = append(r.asked, l.member)
	req := r.resumed()
	join := r.join()
	var got Completion
	var failure *Error
	if after, ok := r.hedgeAfter(l.member, i); ok {
		got, failure = r.race(ctx, l, i, kind, req, join.add, after)
	} else {
		got, failure = r.call(ctx, l, kind, req, join.add)
		r.out.Attempts = append(r.out.Attempts, got.Attempts...)
	}
	if failure == nil {
		failure = flushed(join, got.Model)
	}
	r.broken = r.broken || failure != nil
	r.keep(got)
	return failure
}

// join makes the seam between what has been shown and what comes now.
func (r *reply) join() *seam {
	return &seam{shown: r.shown, emit: func(text string) error {
		r.current.WriteString(text)
		if r.emit == nil {
			return nil
		}
		return r.emit(text)
	}}
}

func flushed(s *seam, model string) *Error {
	if err := s.flush(); err != nil {
		return &Error{Class: Cancelled, Model: model, Err: err}
	}
	return nil
}

// keep takes over what an attempt came to.
func (r *reply) keep(got Completion) {
	r.out.Model, r.out.Finish, r.out.ToolCalls, r.out.Extractive = got.Model, got.Finish, got.ToolCalls, got.Extractive
	r.out.Text = r.shown + r.current.String()
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
	req := r.resumed()
	join := r.join()
	got, err := r.last.Complete(context.WithoutCancel(ctx), req, join.add)
	if err == nil {
		if failure := flushed(join, got.Model); failure != nil {
			err = failure
		}
	}
	r.keep(got)
	r.out.Attempts = append(r.out.Attempts, got.Attempts...)
	r.out.FailedOver = len(r.members) > 0
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
	case r.denied != nil:
		return &Error{Class: LimitReached}
	}
	return &Error{Class: Overloaded, Err: errAllOpen}
}

var (
	errAllOpen = errors.New("every model is passed over")
	errRefused = errors.New("the limit's policy is to refuse")
)

// give returns the failure that there was already, else e.
func (r *reply) give(e *Error) error {
	if r.failure != nil {
		return errors.Join(e, r.failure)
	}
	return e
}
