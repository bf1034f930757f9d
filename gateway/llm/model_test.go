package llm_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

func TestWhatIsSent(t *testing.T) {
	zero, warm := 0.0, 0.7
	tests := []struct {
		name        string
		config      func(*llm.ModelConfig)
		req         func(*llm.Request)
		maxTokens   int
		temperature *float64
	}{
		{name: "nothing set"},
		{name: "temperature 0 of the model", config: func(c *llm.ModelConfig) { c.Temperature = &zero }, temperature: &zero},
		{name: "temperature 0 of the request wins", config: func(c *llm.ModelConfig) { c.Temperature = &warm },
			req: func(r *llm.Request) { r.Temperature = &zero }, temperature: &zero},
		{name: "the smaller limit wins", config: func(c *llm.ModelConfig) { c.MaxTokens = 100 },
			req: func(r *llm.Request) { r.MaxTokens = 300 }, maxTokens: 100},
		{name: "the request's limit", req: func(r *llm.Request) { r.MaxTokens = 300 }, maxTokens: 300},
		{name: "a model that reasons takes no temperature", config: func(c *llm.ModelConfig) { c.Model, c.MaxTokens, c.Temperature = "o3-mini", 50, &warm },
			maxTokens: 50},
		{name: "the stand-in for 0 as a customer's words", config: func(c *llm.ModelConfig) { c.Temperature = &zero },
			req: func(r *llm.Request) { r.Messages[0].Text = `"temperature":1e-45` }, temperature: &zero},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newStub(t)
			m := newModel(t, "primary", srv.URL, func(c *llm.ModelConfig) {
				c.APIKey = "key"
				if tt.config != nil {
					tt.config(c)
				}
			})
			req := ask()
			if tt.req != nil {
				tt.req(&req)
			}
			if _, err := m.Complete(within(t, 5*time.Second), req, nil); err != nil {
				t.Fatal(err)
			}
			got := srv.Calls()[0]
			if got.MaxTokens != tt.maxTokens || !cmp.Equal(got.Temperature, tt.temperature) {
				t.Errorf("max_tokens %d, temperature %v in %s", got.MaxTokens, got.Temperature, got.Body)
			}
			if !got.Stream || !got.IncludeUsage || got.Key != "key" || got.Messages[0].Content != req.Messages[0].Text {
				t.Errorf("call %+v", got)
			}
		})
	}
}

func TestReach(t *testing.T) {
	srv := newStub(t)
	for _, api := range apis {
		if err := speaking(t, api, srv).Reach(within(t, 5*time.Second)); err != nil {
			t.Errorf("%s: %v", api, err)
		}
		if api == llm.OpenAI {
			continue
		}
		err := speaking(t, api, srv, func(c *llm.ModelConfig) { c.APIKey = "" }).Reach(within(t, 5*time.Second))
		if got := classOf(t, err); got != llm.Auth {
			t.Errorf("%s without a key: %v", api, err)
		}
	}
	srv.Close()
	if got := classOf(t, speaking(t, llm.OpenAI, srv).Reach(within(t, 5*time.Second))); got != llm.Connect {
		t.Errorf("nobody there: %s", got)
	}
}

// TestNameAndPassword: what stands in the address is used where there is no key, as every HTTP client does, and is told
// nobody.
func TestNameAndPassword(t *testing.T) {
	srv := newStub(t)
	base := strings.Replace(srv.URL, "http://", "http://name:word@", 1)
	if _, err := newModel(t, "primary", base).Complete(within(t, 5*time.Second), ask(), nil); err != nil {
		t.Fatal(err)
	}
	if got := srv.Calls()[0].Key; got != "Basic bmFtZTp3b3Jk" {
		t.Errorf("%q", got)
	}
	srv.Close()
	_, err := newModel(t, "primary", base).Complete(within(t, 5*time.Second), ask(), nil)
	if classOf(t, err) != llm.Connect || strings.Contains(err.Error(), "word") {
		t.Error(err)
	}
}

func TestUsageAndCost(t *testing.T) {
	tests := []struct {
		name          string
		script        llmtest.Script
		input, output int
	}{
		{"reported", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Usage(100, 7), llmtest.Done()), 100, 7},
		{"estimated where none is reported", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Done()), 5, 2},
		{"what had arrived before a cut", llmtest.Stream(llmtest.Text("one two"), llmtest.Cut()), 5, 2},
		{"a refused call costs nothing", llmtest.Fail(429), 0, 0},
		{"a call that never answered may be billed", llmtest.Hang(), 5, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newStub(t)
			srv.Queue(tt.script)
			c, _ := newModel(t, "primary", srv.URL).Complete(within(t, 5*time.Second), ask(), nil)
			a := c.Attempts[0]
			want := switchboard.Money(tt.input*1000 + tt.output*2000)
			if a.InputTokens != tt.input || a.OutputTokens != tt.output || a.Cost != want {
				t.Errorf("attempt %+v, want %d in, %d out, cost %d", a, tt.input, tt.output, want)
			}
		})
	}
}

// TestCustomerLeaves: however the customer leaves, the upstream sees the connection closed. On an idle machine that takes
// less than a millisecond; the bound is for a busy one.
func TestCustomerLeaves(t *testing.T) {
	left := errors.New("the customer left")
	tests := []struct {
		name   string
		script llmtest.Script
		text   string
		emit   bool // leaves by an error of emit, else by the context
	}{
		{name: "before the header", script: llmtest.Hang()},
		{name: "before the first token", script: llmtest.Stream(llmtest.Role(), llmtest.Stall())},
		{name: "between tokens", script: llmtest.Stream(llmtest.Text("one"), llmtest.Stall()), text: "one"},
		{name: "by an error of emit", script: llmtest.Stream(llmtest.Text("one"), llmtest.Stall()), text: "one", emit: true},
	}
	for i := range len(apis) * len(tests) {
		api, tt := apis[i%len(apis)], tests[i/len(apis)]
		t.Run(string(api)+"/"+tt.name, func(t *testing.T) {
			srv := newStub(t)
			srv.Queue(tt.script)
			m := speaking(t, api, srv, patient)
			ctx, leave := context.WithCancelCause(within(t, 10*time.Second))
			defer leave(nil)
			when := make(chan time.Time, 1)
			go func() {
				if _, err := srv.Begun(ctx, 1); err == nil && tt.text == "" {
					when <- time.Now()
					leave(left)
				}
			}()
			c, err := m.Complete(ctx, ask(), func(string) error {
				when <- time.Now()
				if tt.emit {
					return left
				}
				leave(left)
				return nil
			})
			if got := classOf(t, err); got != llm.Cancelled || !errors.Is(err, left) {
				t.Fatalf("class %s (%v), want cancelled by the customer", got, err)
			}
			call, err := srv.Ended(within(t, 5*time.Second), 1)
			if err != nil {
				t.Fatal(err)
			}
			late := call.Ended.Sub(<-when)
			if !call.Left || late > time.Second {
				t.Errorf("the upstream learned it %s later (left %t)", late, call.Left)
			}
			t.Logf("the upstream learned it %s later", late)
			if c.Text != tt.text || c.Attempts[0].Outcome != "cancelled" || c.Attempts[0].InputTokens != 5 {
				t.Errorf("completion %+v", c)
			}
		})
	}
}

// TestSlowReader: the time that emit takes is not the upstream's silence.
func TestSlowReader(t *testing.T) {
	srv := newStub(t)
	srv.Queue(llmtest.Say("one two"))
	m := newModel(t, "primary", srv.URL, func(c *llm.ModelConfig) { c.IdleTimeout = 300 * time.Millisecond })
	block := time.NewTimer(600 * time.Millisecond) // longer than the idle timeout
	defer block.Stop()
	first := true
	c, err := m.Complete(within(t, 5*time.Second), ask(), func(string) error {
		if first {
			first = false
			<-block.C
		}
		return nil
	})
	if err != nil || c.Text != "one two" {
		t.Fatalf("%q, %v", c.Text, err)
	}
}

// TestTheFirstTokensDeadlineIsOver: after it, a pause that is longer is none of its business, however the timer is kept.
func TestTheFirstTokensDeadlineIsOver(t *testing.T) {
	t.Parallel()
	srv := newStub(t)
	srv.Queue(llmtest.Stream(llmtest.Text("one"), llmtest.Pause(1200*time.Millisecond), llmtest.Text(" two"), llmtest.Finish("stop")))
	m := newModel(t, "primary", srv.URL, patient, func(c *llm.ModelConfig) { c.FirstTokenTimeout = time.Second })
	c, err := m.Complete(within(t, 30*time.Second), ask(), nil)
	if err != nil || c.Text != "one two" {
		t.Fatalf("%q, %v", c.Text, err)
	}
}

// TestALongerDeadlineFollows: the timer, which was set for the first token, rings for the silence after it.
func TestALongerDeadlineFollows(t *testing.T) {
	t.Parallel()
	srv := newStub(t)
	srv.Queue(llmtest.Stream(llmtest.Text("one"), llmtest.Stall()))
	m := newModel(t, "primary", srv.URL, patient, func(c *llm.ModelConfig) {
		c.FirstTokenTimeout, c.IdleTimeout = time.Second, 1500*time.Millisecond
	})
	c, err := m.Complete(within(t, 30*time.Second), ask(), nil)
	if got := classOf(t, err); got != llm.TimeoutIdle || c.Text != "one" {
		t.Fatalf("%q, class %s", c.Text, got)
	}
}

func TestCallersDeadline(t *testing.T) {
	srv := newStub(t)
	srv.Queue(llmtest.Hang())
	_, err := newModel(t, "primary", srv.URL).Complete(within(t, 50*time.Millisecond), ask(), nil)
	if got := classOf(t, err); got != llm.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("class %s (%v), want timeout", got, err)
	}
}

func TestRetryAfterIsExposed(t *testing.T) {
	tests := []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "2", 2 * time.Second},
		{"Retry-After", "0.25", 250 * time.Millisecond},
		{"Retry-After-Ms", "120", 120 * time.Millisecond},
		{"Retry-After", "1e300", 24 * time.Hour},
		{"Retry-After", "soon", 0},
		{"Retry-After", "-5", 0},
		{"Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT", 0},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			srv := newStub(t)
			srv.Queue(llmtest.Fail(429).WithHeader(tt.header, tt.value))
			_, err := newModel(t, "primary", srv.URL).Complete(within(t, 5*time.Second), ask(), nil)
			var e *llm.Error
			if !errors.As(err, &e) || e.RetryAfter != tt.want || e.Status != 429 || e.Model != "primary" {
				t.Errorf("%+v, want %s", e, tt.want)
			}
		})
	}
}

// TestConnectionsAreKept: a hundred replies one after the other use one connection, and so do refusals.
func TestConnectionsAreKept(t *testing.T) {
	for _, api := range apis {
		t.Run(string(api), func(t *testing.T) {
			srv := newStub(t)
			m := speaking(t, api, srv, patient)
			for range 100 {
				if _, err := m.Complete(within(t, 30*time.Second), ask(), nil); err != nil {
					t.Fatal(err)
				}
			}
			srv.Queue(llmtest.Fail(429), llmtest.Fail(500))
			for range 3 {
				_, _ = m.Complete(within(t, 30*time.Second), ask(), nil)
			}
			if n := srv.Connections(); n != 1 {
				t.Errorf("%d connections for 103 calls", n)
			}
		})
	}
}

// TestIdleConnectionsAreBounded: a burst leaves a bounded number of connections open, and Close none, whether a call was
// under way or not.
func TestIdleConnectionsAreBounded(t *testing.T) {
	const burst, most = 300, 256
	srv := newStub(t)
	m := speaking(t, llm.OpenAI, srv, patient)
	all := make(chan struct{})
	srv.Reply(func(c llmtest.Call) llmtest.Script {
		if c.N == burst {
			close(all)
		}
		<-all
		return llmtest.Say("one")
	})
	var calls sync.WaitGroup
	for range burst {
		calls.Go(func() {
			if _, err := m.Complete(within(t, 30*time.Second), ask(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	eventually(t, func() bool { return srv.Open() <= most })
	srv.Queue(llmtest.Stream(llmtest.Text("one"), llmtest.Stall()))
	ctx, leave := context.WithCancel(within(t, 30*time.Second))
	_, err := m.Complete(ctx, ask(), func(string) error { m.Close(); leave(); return nil })
	if classOf(t, err) != llm.Cancelled {
		t.Error(err)
	}
	eventually(t, func() bool { return srv.Open() == 0 })
}

func TestConcurrency(t *testing.T) {
	srv := newStub(t)
	srv.Reply(func(c llmtest.Call) llmtest.Script { return llmtest.Say("You said " + c.Messages[0].Content) })
	m := newModel(t, "primary", srv.URL, func(c *llm.ModelConfig) { c.FirstTokenTimeout = 5 * time.Second })
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			words := strings.Repeat("x", i+1)
			req := llm.Request{Messages: []switchboard.Message{{Role: switchboard.RoleUser, Text: words}}}
			c, err := m.Complete(within(t, 10*time.Second), req, nil)
			if err != nil || c.Text != "You said "+words {
				t.Errorf("%q, %v", c.Text, err)
			}
		}()
	}
	wg.Wait()
}

func TestCheck(t *testing.T) {
	good := llm.ModelConfig{Name: "a", BaseURL: "https://api.example/v1", Model: "m"}
	warm, hot := 1.5, 3.0
	tests := []struct {
		name   string
		change func(*llm.ModelConfig)
		want   string
	}{
		{"no name", func(c *llm.ModelConfig) { c.Name = "" }, "name is missing"},
		{"the last link's name", func(c *llm.ModelConfig) { c.Name = "extractive" }, "taken by the last link"},
		{"no model", func(c *llm.ModelConfig) { c.Model = "" }, "model is missing"},
		{"no URL", func(c *llm.ModelConfig) { c.BaseURL = "api.example" }, "base_url"},
		{"another scheme", func(c *llm.ModelConfig) { c.BaseURL = "ftp://api.example" }, "base_url"},
		{"a negative timeout", func(c *llm.ModelConfig) { c.IdleTimeout = -1 }, "timeout is negative"},
		{"a negative price", func(c *llm.ModelConfig) { c.Price.Input = -1 }, "price"},
		{"too hot", func(c *llm.ModelConfig) { c.Temperature = &hot }, "within 0..2"},
		{"too hot for Anthropic", func(c *llm.ModelConfig) { c.API, c.Temperature = llm.Anthropic, &warm }, "within 0..1"},
		{"no such API", func(c *llm.ModelConfig) { c.API = "bard" }, "api"},
		{"a version of what has none", func(c *llm.ModelConfig) { c.APIVersion = "2024-10-21" }, "api_version"},
	}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			if _, err := llm.NewModel(c); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestFingerprint(t *testing.T) {
	a := llm.ModelConfig{Name: "a", BaseURL: "https://api.example/v1", Model: "m", APIKey: "one"}
	of := func(change func(*llm.ModelConfig)) string {
		c := a
		change(&c)
		return llm.Fingerprint([]llm.ModelConfig{c})
	}
	plain := llm.Fingerprint([]llm.ModelConfig{a})
	if plain != "3700d698c9fc5695716a52a44bd91c9db63cf3173881374654f482f45b4d455c" {
		t.Errorf("%s: the releases of those who changed nothing change", plain)
	}
	azure := of(func(c *llm.ModelConfig) { c.API = llm.Azure })
	for name, same := range map[string]bool{
		of(func(c *llm.ModelConfig) { c.APIKey, c.Timeout, c.Price.Input = "two", time.Second, 3 }): true,
		of(func(c *llm.ModelConfig) { c.API = llm.OpenAI }):                                         true,
		of(func(c *llm.ModelConfig) { c.Model = "n" }):                                              false,
		of(func(c *llm.ModelConfig) { c.API = llm.Anthropic }):                                      false,
		azure: false,
	} {
		if (name == plain) != same {
			t.Errorf("%s: same %t", name, !same)
		}
	}
	if of(func(c *llm.ModelConfig) { c.API, c.APIVersion = llm.Azure, llm.DefaultAzureVersion }) != azure {
		t.Error("the default version, named, is another")
	}
	other := a
	other.Model = "n"
	if llm.Fingerprint([]llm.ModelConfig{a, other}) == llm.Fingerprint([]llm.ModelConfig{other, a}) {
		t.Error("the order does not count")
	}
}
