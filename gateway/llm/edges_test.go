package llm

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
)

type fake struct {
	name string
	f    func(ctx context.Context, req Request, emit func(string) error) (Completion, error)
}

func (f fake) Name() string { return f.name }
func (f fake) Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
	return f.f(ctx, req, emit)
}

func say(emit func(string) error, name string) (Completion, error) {
	if emit != nil {
		if err := emit("Hello."); err != nil {
			return Completion{Model: name}, &Error{Class: Cancelled, Err: err}
		}
	}
	return Completion{Model: name, Text: "Hello.", Finish: "stop"}, nil
}

// A slow call that ends after the breaker has opened for slowness does not close it.
func TestSlowStaleCloses(t *testing.T) {
	b := newBreaker(BreakerConfig{}, time.Now, func(BreakerState) {})
	for range 12 {
		b.allow()
	}
	for range 10 {
		b.success(true, true)
	}
	if b.state != BreakerOpen {
		t.Fatal("not open")
	}
	b.success(true, true) // the eleventh of the same calls, as slow
	if b.state != BreakerOpen {
		t.Errorf("a call as slow as the ten others closed the breaker: %s", b.state)
	}
}

// A stream that began before does not undo a Retry-After.
func TestRetryAfterStaleCloses(t *testing.T) {
	b := newBreaker(BreakerConfig{}, time.Now, func(BreakerState) {})
	b.allow()
	b.allow()
	b.failure(false, 20*time.Second) // 429, Retry-After: 20
	if b.allow() {
		t.Fatal("open?")
	}
	b.success(false, false) // a stream that began before ends
	if b.allow() {
		t.Errorf("Retry-After: 20 is forgotten as soon as a stream that began before has ended")
	}
}

// A turn's own deadline is no fault of a model that had little of it.
func TestDeadlineBlamed(t *testing.T) {
	m := fake{"m", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		select {
		case <-time.After(200 * time.Millisecond):
			return say(emit, "m")
		case <-ctx.Done():
			return Completion{}, &Error{Class: Timeout, Err: ctx.Err()} // as classify says
		}
	}}
	c := NewChain(InOrder(m), nil, ChainOptions{})
	defer c.Close()
	for range 3 { // turns that have waited, or spent their time on another model
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		c.Complete(ctx, Request{}, nil)
		cancel()
	}
	if _, err := c.Complete(context.Background(), Request{}, nil); err != nil {
		t.Errorf("a model that answers within 200 ms is passed over: %v", err)
	}
}

// A probe that is refused, as a turn may be without blame, finds the model alive.
func TestProbeRefused(t *testing.T) {
	var up atomic.Bool
	m := fake{"m", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		if !up.Load() {
			return Completion{}, &Error{Class: Overloaded}
		}
		if req.MaxTokens == 16 {
			return Completion{}, &Error{Class: BadRequest, Status: 400} // "max_tokens must be at least 32"
		}
		return say(emit, "m")
	}}
	c := NewChain(InOrder(m), nil, ChainOptions{Probe: true, Breaker: BreakerConfig{OpenFor: time.Millisecond}})
	defer c.Close()
	for range 4 {
		c.Complete(context.Background(), Request{}, nil)
	}
	up.Store(true)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := c.Complete(context.Background(), Request{}, nil); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatalf("well for 10 s, and still out: %v", err)
		}
	}
}

// Where one model has failed and the other has no room, room is waited for.
func TestBusyAfterFailure(t *testing.T) {
	hold, begun := make(chan struct{}), make(chan struct{}, 1)
	a := fake{"a", func(context.Context, Request, func(string) error) (Completion, error) {
		return Completion{}, &Error{Class: ServerError}
	}}
	var n atomic.Int32
	b := fake{"b", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		if n.Add(1) == 1 {
			begun <- struct{}{}
			<-hold
		}
		return say(emit, "b")
	}}
	c := NewChain([]Step{{{Link: a}}, {{Link: b, Concurrency: 1}}}, nil, ChainOptions{})
	defer c.Close()
	done := make(chan struct{})
	go func() { defer close(done); c.Complete(context.Background(), Request{}, nil) }()
	<-begun
	time.AfterFunc(300*time.Millisecond, func() { close(hold) })
	at := time.Now()
	_, err := c.Complete(context.Background(), Request{}, nil)
	if err != nil {
		t.Errorf("gave up after %v, room came at 300 ms: %v", time.Since(at).Round(time.Millisecond), err)
	}
	<-done
}

// Calls that are answered at once, but without a token, are no sign of a model that hangs.
func TestFilteredIsStalled(t *testing.T) {
	var gaveUp atomic.Int32
	a := fake{"a", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		select {
		case <-time.After(50 * time.Millisecond):
			return Completion{}, &Error{Class: ContentFilter}
		case <-ctx.Done():
			gaveUp.Add(1)
			return Completion{}, &Error{Class: Cancelled, Err: ctx.Err()}
		}
	}}
	b := fake{"b", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		return say(emit, "b")
	}}
	c := NewChain([]Step{{{Link: a, SlowAfter: time.Second}}, {{Link: b}}}, nil, ChainOptions{})
	defer c.Close()
	end := time.Now().Add(1500 * time.Millisecond)
	ended := make(chan struct{})
	for i := range 12 {
		go func() {
			time.Sleep(time.Duration(i) * 4 * time.Millisecond)
			for time.Now().Before(end) {
				c.Complete(context.Background(), Request{}, nil)
				if !c.members[0].breaker.closed() {
					break
				}
			}
			ended <- struct{}{}
		}()
	}
	for range 12 {
		<-ended
	}
	if gaveUp.Load() > 0 || !c.members[0].breaker.closed() {
		t.Errorf("each call was answered within 50 ms: %d given up, breaker closed: %v", gaveUp.Load(), c.members[0].breaker.closed())
	}
}

// oneAtATime is a budget that has room for one call.
type oneAtATime struct{ held atomic.Int32 }

func (o *oneAtATime) Reserve(_ context.Context, e Estimate) (func(switchboard.Attempt), *Denied) {
	if o.held.Add(1) > 1 {
		o.held.Add(-1)
		return nil, &Denied{Limit: "key_day_tokens", Then: ThenExtractive}
	}
	return func(switchboard.Attempt) { o.held.Add(-1) }, nil
}

// A hedge that is denied ends nothing: the model that it was for is asked when its turn comes.
func TestHedgeDenied(t *testing.T) {
	var sick atomic.Bool
	a := fake{"a", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		if sick.Load() {
			time.Sleep(300 * time.Millisecond)
			return Completion{}, &Error{Class: ServerError}
		}
		return say(emit, "a")
	}}
	b := fake{"b", func(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
		return say(emit, "b")
	}}
	for _, hedge := range []bool{false, true} {
		sick.Store(false)
		c := NewChain(InOrder(a, b), nil, ChainOptions{Hedge: hedge, Budget: &oneAtATime{}})
		for range 40 {
			c.Complete(context.Background(), Request{}, func(string) error { return nil })
		}
		sick.Store(true)
		got, err := c.Complete(context.Background(), Request{}, func(string) error { return nil })
		t.Logf("hedge %v: %q %v", hedge, got.Model, err)
		if err != nil {
			t.Errorf("hedge %v: b would have answered: %v", hedge, err)
		}
		c.Close()
	}
}

// An upstream that claims absurd usage is not believed.
func TestAbsurdUsage(t *testing.T) {
	m, err := NewModel(ModelConfig{Name: "m", BaseURL: "http://127.0.0.1:1/v1", Model: "m", Price: Price{Input: MaxPrice, Output: MaxPrice}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []delta{{input: 9e18, output: 1, counted: true}, {input: -5, counted: true}, {output: 1e15, counted: true}} {
		a := &attempt{}
		if failure := m.take(a, &d, nil); failure != nil || a.counted || a.input != 0 || a.output != 0 {
			t.Errorf("%+v came to %+v, %v", d, a, failure)
		}
	}
	if cost := m.cfg.Price.cost(mostTokens, mostTokens); cost <= 0 {
		t.Errorf("the most that a call can cost is %d", cost)
	}
}
