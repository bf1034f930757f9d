package llm_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

// equals is a chain of one step.
func equals(t *testing.T, o llm.ChainOptions, members ...llm.Member) *llm.Chain {
	t.Helper()
	c := llm.NewChain([]llm.Step{members}, llm.Extractive{}, o)
	t.Cleanup(c.Close)
	return c
}

// TestWeights: traffic is spread over equals by their weights.
func TestWeights(t *testing.T) {
	heavy, light := newStub(t), newStub(t)
	c := equals(t, llm.ChainOptions{},
		llm.Member{Link: newModel(t, "heavy", heavy.URL), Weight: 3}, llm.Member{Link: newModel(t, "light", light.URL)})
	const turns = 400
	for range turns {
		if _, err := c.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Fatal(err)
		}
	}
	h, l := len(heavy.Calls()), len(light.Calls())
	if h+l != turns || h < turns*65/100 || h > turns*85/100 { // 75 % expected; five standard deviations either way
		t.Errorf("heavy %d, light %d", h, l)
	}
}

// TestLeastLatency: who begins sooner gets most of the traffic.
func TestLeastLatency(t *testing.T) {
	fast, slow := newStub(t), newStub(t)
	slow.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Say("It is five.").After(60 * time.Millisecond) })
	c := equals(t, llm.ChainOptions{Balance: llm.LeastLatency},
		llm.Member{Link: newModel(t, "slow", slow.URL)}, llm.Member{Link: newModel(t, "fast", fast.URL)})
	const turns = 60
	for range turns {
		if _, err := c.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(slow.Calls()); n > turns/4 {
		t.Errorf("the slow one was asked %d times of %d", n, turns)
	}
}

// TestEqualsStandInForEachOther: one that fails is ejected, costs nobody a reply, and returns when a probe finds it well.
func TestEqualsStandInForEachOther(t *testing.T) {
	a, b := newStub(t), newStub(t)
	var mu sync.Mutex
	sick := true
	a.Reply(func(llmtest.Call) llmtest.Script {
		mu.Lock()
		defer mu.Unlock()
		if sick {
			return llmtest.Fail(500)
		}
		return llmtest.Say("From a.")
	})
	b.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Say("From b.") })
	c := equals(t, llm.ChainOptions{Probe: true, Breaker: llm.BreakerConfig{OpenFor: 20 * time.Millisecond}},
		llm.Member{Link: newModel(t, "a", a.URL)}, llm.Member{Link: newModel(t, "b", b.URL)})
	failures := 0
	for range 60 {
		got, err := c.Complete(within(t, 5*time.Second), ask(), nil)
		if err != nil || got.Text != "From b." {
			t.Fatalf("%q, %v", got.Text, err)
		}
		failures += len(got.Attempts) - 1
	}
	if failures > 4 { // three open the breaker, whichever turns meet them; one more may have been under way
		t.Errorf("%d turns met the sick one", failures)
	}
	mu.Lock()
	sick = false
	mu.Unlock()
	for ctx := within(t, 10*time.Second); ; {
		got, err := c.Complete(ctx, ask(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Text == "From a." {
			return
		}
		if len(got.Attempts) != 1 {
			t.Fatalf("a customer was the probe: %s", outcomes(got))
		}
	}
}

// TestProbes: while a model is down, none of its calls belongs to a turn, and probes grow rarer.
func TestProbes(t *testing.T) {
	p := newPair(t, llm.ChainOptions{Probe: true, Breaker: llm.BreakerConfig{OpenFor: 10 * time.Millisecond}})
	t.Cleanup(p.chain.Close)
	p.primary.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Fail(503) })
	for range 3 {
		if _, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Fatal(err)
		}
	}
	turns := len(p.primary.Calls())
	if _, err := p.primary.Begun(within(t, 5*time.Second), turns+2); err != nil {
		t.Fatalf("no probe: %v", err)
	}
	for range 5 {
		got, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil)
		if err != nil || outcomes(got) != "backup ok" {
			t.Fatalf("%s, %v", outcomes(got), err)
		}
	}
	for _, call := range p.primary.Calls()[turns:] {
		if call.Messages[0].Content == ask().Messages[0].Text {
			t.Error("a turn was the probe")
		}
	}
}

// TestProbeOfAReasoner: a model that has spent a probe's few tokens on thoughts is alive.
func TestProbeOfAReasoner(t *testing.T) {
	p := newPair(t, llm.ChainOptions{Probe: true, Breaker: llm.BreakerConfig{Failures: 1, OpenFor: 10 * time.Millisecond}})
	t.Cleanup(p.chain.Close)
	p.primary.Queue(llmtest.Fail(500), llmtest.Stream(llmtest.Role(), llmtest.Finish("length"), llmtest.Done()))
	for ctx := within(t, 10*time.Second); ; {
		got, err := p.chain.Complete(ctx, ask(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if outcomes(got) == "primary ok" {
			return
		}
	}
}

// TestSlowCallsEject: a model that answers, but late each time, is passed over while another is well, and only then.
func TestSlowCallsEject(t *testing.T) {
	slow := func(llmtest.Call) llmtest.Script { return llmtest.Say("Late.").After(30 * time.Millisecond) }
	primary, backup := newStub(t), newStub(t)
	primary.Reply(slow)
	member := llm.Member{Link: newModel(t, "primary", primary.URL), SlowAfter: 10 * time.Millisecond}
	alone := llm.NewChain([]llm.Step{{member}}, llm.Extractive{}, llm.ChainOptions{})
	both := llm.NewChain([]llm.Step{{member}, {{Link: newModel(t, "backup", backup.URL)}}}, llm.Extractive{}, llm.ChainOptions{})
	for range 12 {
		got, err := alone.Complete(within(t, 5*time.Second), ask(), nil)
		if err != nil || outcomes(got) != "primary ok" {
			t.Fatalf("alone: %s, %v", outcomes(got), err)
		}
	}
	var last llm.Completion
	for range 12 {
		last, _ = both.Complete(within(t, 5*time.Second), ask(), nil)
	}
	if outcomes(last) != "backup ok" {
		t.Errorf("with a backup: %s", outcomes(last))
	}
}

// TestStall: calls that wait for a model that has stopped to begin any go on together, long before each of them would have
// run out of patience, and the model is passed over.
func TestStall(t *testing.T) {
	tests := []struct {
		name  string
		known bool // how long the model takes to begin
		alone bool // no other model
		want  string
	}{
		{"the next answers", true, false, "primary timeout_first_token, backup ok"},
		{"a model that was never heard", false, false, "primary timeout_first_token, backup ok"},
		{"the last model", true, true, "primary timeout_first_token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			patient := func(c *llm.ModelConfig) { c.FirstTokenTimeout, c.Timeout = 50*time.Second, 50*time.Second }
			primary, backup := newStub(t), newStub(t)
			steps := []llm.Step{
				{{Link: newModel(t, "primary", primary.URL, patient), SlowAfter: 2 * time.Second}}, {{Link: newModel(t, "backup", backup.URL)}},
			}
			if tt.alone {
				steps = steps[:1]
			}
			chain := llm.NewChain(steps, llm.Extractive{}, llm.ChainOptions{})
			if tt.known {
				for range 10 {
					if _, err := chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
						t.Fatal(err)
					}
				}
			}
			begun := len(primary.Calls())
			primary.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Hang() })
			stall(t, chain, primary, begun, tt.want)
		})
	}
}

// stall has turns come until those that wait are given up, and looks how the first of them went.
func stall(t *testing.T, chain *llm.Chain, hanging *llmtest.Server, begun int, want string) {
	const turns = 20
	ctx := within(t, 30*time.Second)
	first, later := make(chan string, turns), make(chan string, 4000)
	var wg sync.WaitGroup
	turn := func(to chan string) {
		defer wg.Done()
		c, err := chain.Complete(ctx, ask(), nil)
		if err != nil {
			t.Error(err)
		}
		to <- outcomes(c)
	}
	wg.Add(turns)
	for range turns {
		go turn(first)
	}
	if _, err := hanging.Begun(ctx, begun+turns); err != nil {
		t.Fatal(err)
	}
	for len(first) == 0 && ctx.Err() == nil { // a later turn finds out
		wg.Add(1)
		go turn(later)
		time.Sleep(20 * time.Millisecond)
	}
	wg.Wait()
	for range turns {
		if s := <-first; s != want {
			t.Errorf("a turn went %q", s)
		}
	}
}

// newHedged is a pair of which it is known how soon the primary begins, and that has earned hedges. While it earns them the
// backup's breaker is open, so that a busy machine does not spend them.
func newHedged(t *testing.T) pair {
	t.Helper()
	p := newPair(t, llm.ChainOptions{Hedge: true, Breaker: llm.BreakerConfig{OpenFor: time.Millisecond}})
	turn := func() {
		if _, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Fatal(err)
		}
	}
	p.primary.Queue(llmtest.Fail(400))
	p.backup.Queue(llmtest.Fail(401))
	for range 80 {
		turn()
	}
	p.primary.Queue(llmtest.Fail(400))
	turn() // which the backup answers
	if n := len(p.backup.Calls()); n != 2 {
		t.Fatalf("the backup was called %d times", n)
	}
	return p
}

// TestHedge: a model that is slow to begin is raced by the next. The customer hears one of them, the other is cancelled
// and counted.
func TestHedge(t *testing.T) {
	p := newHedged(t)
	p.backup.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Say("From the backup.") })
	p.primary.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Hang() })
	var text string
	got, err := p.chain.Complete(within(t, 5*time.Second), ask(), func(s string) error { text += s; return nil })
	if err != nil || text != "From the backup." || got.Text != text || got.Model != "backup" || !got.FailedOver {
		t.Fatalf("%q, %+v, %v", text, got, err)
	}
	if outcomes(got) != "primary cancelled, backup ok" || got.Attempts[1].Kind != switchboard.AttemptHedge || got.Attempts[0].Cost <= 0 {
		t.Errorf("%s: %+v", outcomes(got), got.Attempts)
	}
	call, err := p.primary.Ended(within(t, 5*time.Second), len(p.primary.Calls()))
	if err != nil || !call.Left {
		t.Errorf("the loser goes on upstream: %+v, %v", call, err)
	}
}

// TestHedgesAreFew: however slow a model is, at most one turn in twenty calls another beside it.
func TestHedgesAreFew(t *testing.T) {
	p := newPair(t, llm.ChainOptions{Hedge: true})
	n := 0
	p.primary.Reply(func(llmtest.Call) llmtest.Script {
		if n++; n < 10 {
			return llmtest.Say("Soon.")
		}
		return llmtest.Say("Late.").After(15 * time.Millisecond)
	})
	const turns = 100
	for range turns {
		if got, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil || got.Text == "" {
			t.Fatalf("%q, %v", got.Text, err)
		}
	}
	if extra := len(p.backup.Calls()); extra > turns/20 {
		t.Errorf("%d extra calls for %d turns", extra, turns)
	}
}

// TestHedgeFails: whichever of two racing models fails, and in whichever order, the reply is whole and said once.
func TestHedgeFails(t *testing.T) {
	late := func(s llmtest.Script) llmtest.Script { return s.After(150 * time.Millisecond) }
	tests := []struct {
		name            string
		primary, backup llmtest.Script
		text            string
	}{
		{"the slow one fails while the hedge is under way", late(llmtest.Fail(500)), llmtest.Say("From the backup.").After(250 * time.Millisecond), "From the backup."},
		{"the hedge fails", late(llmtest.Say("From the primary.")), llmtest.Fail(500), "From the primary."},
		{"both fail", late(llmtest.Fail(500)), llmtest.Fail(500), quoted},
		{"the hedge breaks off after a sentence", llmtest.Hang(), llmtest.Stream(llmtest.Text("Said so. And th"), llmtest.Cut()), "Said so. " + quoted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newHedged(t)
			p.primary.Reply(func(llmtest.Call) llmtest.Script { return tt.primary })
			p.backup.Reply(func(llmtest.Call) llmtest.Script { return tt.backup })
			r := &reader{}
			req := ask()
			req.Resume = r.resume
			got, err := p.chain.Complete(within(t, 5*time.Second), req, r.emit)
			if err != nil || got.Text != tt.text || r.text() != tt.text {
				t.Errorf("%q, the reader has %q, want %q; %s, %v", got.Text, r.text(), tt.text, outcomes(got), err)
			}
		})
	}
}

// TestPanics: what emit panics with is raised where the caller can recover it, with every call ended that had begun.
func TestPanics(t *testing.T) {
	for name, o := range map[string]llm.ChainOptions{"alone": {}, "with a hedge": {Hedge: true}} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, o)
			for range 10 {
				if _, err := p.chain.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
					t.Fatal(err)
				}
			}
			defer func() {
				if v := recover(); v != "ouch" {
					t.Errorf("recovered %v", v)
				}
				calls := map[string]int{}
				for _, line := range p.log.lines {
					calls[strings.Fields(line)[0]]++
				}
				if calls["started"] != 11 || calls["ended"] != 11 {
					t.Errorf("the observer was told of %v", calls)
				}
			}()
			_, _ = p.chain.Complete(within(t, 5*time.Second), ask(), func(string) error { panic("ouch") })
		})
	}
}

// TestBusy: a model that has no room is passed over; where nobody has any, room is waited for.
func TestBusy(t *testing.T) {
	p := newPair(t, llm.ChainOptions{})
	stubs := []*llmtest.Server{p.primary, p.backup}
	one := func(name string, s *llmtest.Server) llm.Step {
		return llm.Step{{Link: newModel(t, name, s.URL), Concurrency: 1}}
	}
	chain := llm.NewChain([]llm.Step{one("primary", stubs[0]), one("backup", stubs[1])}, llm.Extractive{}, llm.ChainOptions{Observer: p.log})
	for _, s := range stubs {
		s.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Say("It is five.").After(100 * time.Millisecond) })
	}
	var mu sync.Mutex
	byOutcome := map[string]int{}
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := chain.Complete(within(t, 10*time.Second), ask(), nil)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			byOutcome[outcomes(c)]++
		}()
	}
	wg.Wait()
	if byOutcome["primary ok"]+byOutcome["backup ok"] != 3 || byOutcome["backup ok"] == 0 {
		t.Errorf("%v", byOutcome)
	}
}

// purse is a budget that says no to some models.
type purse struct {
	mu      sync.Mutex
	denies  map[string]llm.AtLimit
	asked   []llm.Estimate
	settled []switchboard.Attempt
}

func (b *purse) Reserve(_ context.Context, e llm.Estimate) (func(switchboard.Attempt), *llm.Denied) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, e)
	if then, no := b.denies[e.Model]; no {
		return nil, &llm.Denied{Limit: "test", Then: then}
	}
	return func(a switchboard.Attempt) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.settled = append(b.settled, a)
	}, nil
}

func TestBudget(t *testing.T) {
	tests := []struct {
		name     string
		denies   map[string]llm.AtLimit
		primary  llmtest.Script
		outcomes string
		class    llm.Class // of the error, where nothing is left
		text     string
	}{
		{"within it", nil, llmtest.Say("It is five."), "primary ok", "", "It is five."},
		{"the next", map[string]llm.AtLimit{"primary": llm.ThenNext}, llmtest.Say(""), "backup ok", "", "OK."},
		{"no model", map[string]llm.AtLimit{"primary": llm.ThenExtractive}, llmtest.Say(""), "", llm.LimitReached, ""},
		{"refused", map[string]llm.AtLimit{"primary": llm.ThenRefuse}, llmtest.Say(""), "", llm.LimitReached, ""},
		{"all at their limits", map[string]llm.AtLimit{"primary": llm.ThenNext, "backup": llm.ThenNext}, llmtest.Say(""), "", llm.LimitReached, ""},
		{"a failed attempt is settled", nil, llmtest.Stream(llmtest.Text("It is"), llmtest.Cut()), "primary cut, backup ok", "", "OK."},
		{"no money for a second try", map[string]llm.AtLimit{"backup": llm.ThenRefuse}, llmtest.Fail(500), "primary server_error", llm.LimitReached, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &purse{denies: tt.denies}
			primary, backup := newStub(t), newStub(t)
			primary.Queue(tt.primary)
			backup.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Say("OK.") })
			chain := llm.NewChain(llm.InOrder(newModel(t, "primary", primary.URL), newModel(t, "backup", backup.URL)), nil, llm.ChainOptions{Budget: b})
			req := ask()
			req.MaxTokens, req.Account = 100, llm.Account{Key: "key_1", Conversation: "conv_1"}
			r := &reader{}
			req.Resume = r.resume
			got, err := chain.Complete(within(t, 5*time.Second), req, r.emit)
			if outcomes(got) != tt.outcomes || got.Text != tt.text {
				t.Errorf("%q, %q", outcomes(got), got.Text)
			}
			if tt.class == "" && err != nil || tt.class != "" && classOf(t, err) != tt.class {
				t.Errorf("error %v, want %q", err, tt.class)
			}
			if len(b.settled) != len(got.Attempts) {
				t.Errorf("%d attempts, %d settled", len(got.Attempts), len(b.settled))
			}
			// 5 tokens of text at 1 dollar a million, 100 at 2: 205 millionths.
			if e := b.asked[0]; e.Tokens != 105 || e.Cost != 205_000 || e.Account != req.Account {
				t.Errorf("asked for %+v", e)
			}
		})
	}
}
