package llm_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

// pair is a chain of two models with a stub behind each.
type pair struct {
	primary, backup *llmtest.Server
	chain           *llm.Chain
	log             *logbook
}

func newPair(t *testing.T, o llm.ChainOptions, change ...func(*llm.ModelConfig)) pair {
	t.Helper()
	p := pair{primary: newStub(t), backup: newStub(t), log: &logbook{}}
	o.Observer = p.log
	links := []llm.Link{newModel(t, "primary", p.primary.URL, change...), newModel(t, "backup", p.backup.URL, change...)}
	p.chain = llm.NewChain(llm.InOrder(links...), llm.Extractive{}, o)
	return p
}

// logbook keeps what an observer is told.
type logbook struct {
	mu    sync.Mutex
	lines []string
}

func (l *logbook) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, s)
}

func (l *logbook) AttemptStarted(ctx context.Context, model string, _ switchboard.AttemptKind) context.Context {
	l.add("started " + model)
	return ctx
}
func (l *logbook) AttemptEnded(_ context.Context, a switchboard.Attempt) {
	l.add("ended " + a.Model + " " + a.Outcome)
}
func (l *logbook) AttemptSkipped(_ context.Context, model string, _ llm.Skip) {
	l.add("skipped " + model)
}
func (l *logbook) BreakerChanged(model string, s llm.BreakerState) { l.add(model + " " + string(s)) }

// reader is a customer's side: it shows whole sentences only, as the gateway does.
type reader struct {
	pending string
	shown   strings.Builder
}

func (r *reader) emit(s string) error {
	r.pending += s
	for {
		end := strings.Index(r.pending, ". ")
		if end < 0 {
			return nil
		}
		r.shown.WriteString(r.pending[:end+2])
		r.pending = r.pending[end+2:]
	}
}

func (r *reader) resume() string { r.pending = ""; return r.shown.String() }
func (r *reader) text() string   { return r.shown.String() + r.pending }

func outcomes(c llm.Completion) string {
	var out []string
	for _, a := range c.Attempts {
		out = append(out, a.Model+" "+a.Outcome)
	}
	return strings.Join(out, ", ")
}

// quoted is what the last link says to ask().
const quoted = "A day pass costs €4.99. [1]"

func TestFailover(t *testing.T) {
	good := llmtest.Say("It is five. That is all.")
	tests := []struct {
		name            string
		primary, backup []llmtest.Script
		outcomes, text  string
	}{
		{"the first answers", []llmtest.Script{good}, nil, "primary ok", "It is five. That is all."},
		{"before the stream", []llmtest.Script{llmtest.Fail(500)}, []llmtest.Script{good},
			"primary server_error, backup ok", "It is five. That is all."},
		{"the second is retried where nobody is left", []llmtest.Script{llmtest.Fail(500)}, []llmtest.Script{llmtest.Fail(500), good},
			"primary server_error, backup server_error, backup ok", "It is five. That is all."},
		{"a short Retry-After is waited for", []llmtest.Script{llmtest.Fail(429).WithRetryAfter("0.02"), good}, nil,
			"primary rate_limited, primary ok", "It is five. That is all."},
		{"a long one is not", []llmtest.Script{llmtest.Fail(429).WithRetryAfter("30")}, []llmtest.Script{good},
			"primary rate_limited, backup ok", "It is five. That is all."},
		{"a request that is to blame is not sent again", []llmtest.Script{llmtest.Fail(400)}, []llmtest.Script{llmtest.Fail(400)},
			"primary bad_request, backup bad_request", quoted},
		{"empty", []llmtest.Script{llmtest.Stream(llmtest.Done())}, []llmtest.Script{good},
			"primary empty, backup ok", "It is five. That is all."},
		{"in mid-sentence", []llmtest.Script{llmtest.Stream(llmtest.Text("It is fi"), llmtest.Cut())}, []llmtest.Script{good},
			"primary cut, backup ok", "It is five. That is all."},
		{"after a sentence", []llmtest.Script{llmtest.Stream(llmtest.Text("It is five. And th"), llmtest.Cut())},
			[]llmtest.Script{llmtest.Say("That is all.")}, "primary cut, backup ok", "It is five. That is all."},
		{"after a sentence that the next one repeats",
			[]llmtest.Script{llmtest.Stream(llmtest.Text("It is five. And th"), llmtest.Cut())},
			[]llmtest.Script{llmtest.Say(" It is FIVE! [1] That is all.")}, "primary cut, backup ok", "It is five. That is all."},
		{"all fail", []llmtest.Script{llmtest.Fail(401)}, []llmtest.Script{llmtest.Fail(404)},
			"primary auth, backup model_not_found", quoted},
		{"all fail after a sentence", []llmtest.Script{llmtest.Stream(llmtest.Text("Hello. Then"), llmtest.Cut())},
			[]llmtest.Script{llmtest.Fail(404)}, "primary cut, backup model_not_found", "Hello. " + quoted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t, llm.ChainOptions{})
			p.primary.Queue(tt.primary...)
			p.backup.Queue(tt.backup...)
			r := &reader{}
			req := ask()
			req.Resume = r.resume
			c, err := p.chain.Complete(within(t, 5*time.Second), req, r.emit)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(c); got != tt.outcomes {
				t.Errorf("attempts %q, want %q", got, tt.outcomes)
			}
			if c.Text != tt.text || r.text() != tt.text {
				t.Errorf("text %q, reader has %q, want %q", c.Text, r.text(), tt.text)
			}
			wantExtractive := strings.HasSuffix(tt.text, quoted)
			wantFailedOver := strings.Contains(tt.outcomes, "backup") || wantExtractive
			if c.Extractive != wantExtractive || c.FailedOver != wantFailedOver {
				t.Errorf("extractive %t, failed over %t", c.Extractive, c.FailedOver)
			}
		})
	}
}

// TestNextModelIsToldWhatWasSaid: after a broken stream the next model gets what the reader has seen, and no more.
func TestNextModelIsToldWhatWasSaid(t *testing.T) {
	p := newPair(t, llm.ChainOptions{})
	p.primary.Queue(llmtest.Stream(llmtest.Text("It is five. And th"), llmtest.Cut()))
	p.backup.Queue(llmtest.Say("That is all."))
	r := &reader{}
	req := ask()
	req.Resume = r.resume
	if _, err := p.chain.Complete(within(t, 5*time.Second), req, r.emit); err != nil {
		t.Fatal(err)
	}
	got := p.backup.Calls()[0].Messages
	if len(got) != 3 || got[0].Content != req.Messages[0].Text || got[1].Role != "assistant" || got[1].Content != "It is five." ||
		got[2].Role != "user" || !strings.Contains(got[2].Content, "Continue") {
		t.Errorf("messages %+v", got)
	}
	if len(req.Messages) != 1 {
		t.Error("the caller's messages were changed")
	}
}

func TestObserver(t *testing.T) {
	p := newPair(t, llm.ChainOptions{Breaker: llm.BreakerConfig{Failures: 1}})
	p.primary.Queue(llmtest.Fail(500))
	for range 2 {
		if _, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"started primary", "ended primary server_error", "primary open", "started backup", "ended backup ok",
		"skipped primary", "started backup", "ended backup ok",
	}
	if !slices.Equal(p.log.lines, want) {
		t.Errorf("%q", p.log.lines)
	}
}

// TestOutage: with every model known to be down, nobody waits for one.
func TestOutage(t *testing.T) {
	p := newPair(t, llm.ChainOptions{}, quick)
	for _, srv := range []*llmtest.Server{p.primary, p.backup} {
		srv.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Hang() })
	}
	for range 3 {
		_, _ = p.chain.Complete(within(t, 5*time.Second), ask(), nil)
	}
	c, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil)
	if err != nil || !c.Extractive || c.Text != quoted || c.Model != llm.ExtractiveName || len(c.Attempts) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if n := len(p.primary.Calls()); n != 3 {
		t.Errorf("%d calls of a dead model", n)
	}
}

func TestRecovery(t *testing.T) {
	now := time.Unix(0, 0)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	p := newPair(t, llm.ChainOptions{Now: clock, Breaker: llm.BreakerConfig{Failures: 1, OpenFor: time.Minute}})
	p.primary.Queue(llmtest.Fail(500), llmtest.Fail(500))
	turn := func(advance time.Duration) string {
		mu.Lock()
		now = now.Add(advance)
		mu.Unlock()
		c, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return outcomes(c)
	}
	for i, step := range []struct {
		advance time.Duration
		want    string
	}{
		{0, "primary server_error, backup ok"},
		{59 * time.Second, "backup ok"},
		{time.Second, "primary server_error, backup ok"}, // the probe failed
		{59 * time.Second, "backup ok"},
		{time.Second, "primary ok"},
		{0, "primary ok"},
	} {
		if got := turn(step.advance); got != step.want {
			t.Errorf("turn %d: %q, want %q", i, got, step.want)
		}
	}
}

func TestNothingLeft(t *testing.T) {
	srv := newStub(t)
	srv.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Fail(401) })
	links := func() []llm.Link { return []llm.Link{newModel(t, "primary", srv.URL)} }
	tests := []struct {
		name string
		last llm.Completer
		req  llm.Request
	}{
		{"nothing to quote", llm.Extractive{}, llm.Request{Messages: ask().Messages}},
		{"no last link", nil, ask()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chain := llm.NewChain(llm.InOrder(links()...), tt.last, llm.ChainOptions{})
			for range 2 { // the breaker is open the second time
				c, err := chain.Complete(within(t, 5*time.Second), tt.req, nil)
				if err == nil || c.Text != "" {
					t.Fatalf("%+v, %v", c, err)
				}
			}
		})
	}
	_, err := llm.NewChain(nil, llm.Extractive{}, llm.ChainOptions{}).Complete(within(t, time.Second), llm.Request{}, nil)
	if !errors.Is(err, llm.ErrNothingToQuote) {
		t.Errorf("%v", err)
	}
}

// TestOneDeadline: a turn's deadline is for all attempts together, and when it has passed the passages are still quoted.
func TestOneDeadline(t *testing.T) {
	p := newPair(t, llm.ChainOptions{}, quick)
	p.primary.Queue(llmtest.Hang())
	p.backup.Queue(llmtest.Hang())
	began := time.Now()
	c, err := p.chain.Complete(within(t, 200*time.Millisecond), ask(), nil)
	if err != nil || c.Text != quoted || outcomes(c) != "primary timeout_first_token, backup timeout" {
		t.Errorf("%q, %q, %v", c.Text, outcomes(c), err)
	}
	if took := time.Since(began); took > 300*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func TestChainCancelled(t *testing.T) {
	p := newPair(t, llm.ChainOptions{})
	p.primary.Queue(llmtest.Stream(llmtest.Text("one"), llmtest.Stall()))
	left := errors.New("left")
	c, err := p.chain.Complete(within(t, 5*time.Second), ask(), func(string) error { return left })
	if classOf(t, err) != llm.Cancelled || !errors.Is(err, left) || outcomes(c) != "primary cancelled" {
		t.Errorf("%q, %v", outcomes(c), err)
	}
	if len(p.backup.Calls()) != 0 {
		t.Error("the backup was asked")
	}
}

// TestRetryBudget: in an outage, retries stay a small share of the calls.
func TestRetryBudget(t *testing.T) {
	srv := newStub(t)
	srv.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Fail(500).WithRetryAfter("0.001") })
	m := newModel(t, "primary", srv.URL)
	chain := llm.NewChain(llm.InOrder(m), llm.Extractive{}, llm.ChainOptions{Breaker: llm.BreakerConfig{Failures: -1}})
	const turns = 200
	for range turns {
		if _, err := chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(srv.Calls()); n > turns+turns/10+10 {
		t.Errorf("%d calls for %d turns", n, turns)
	}
}

func TestPolicies(t *testing.T) {
	seen := map[llm.Class]bool{}
	for _, p := range llm.Policies() {
		if seen[p.Class] || p.Class == llm.OK {
			t.Errorf("%s twice, or no failure", p.Class)
		}
		seen[p.Class] = true
		if p.Dead && (!p.Sick || !p.Operator) {
			t.Errorf("%s: dead without being sick, or without anybody being told", p.Class)
		}
	}
	if len(seen) != 18 {
		t.Errorf("%d classes", len(seen))
	}
}
