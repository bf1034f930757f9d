package httpapi

import (
	"context"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/quota"
	"switchboard/gateway/session"
)

// scriptedStatement is a month in which one of two models was used.
func scriptedStatement(_ context.Context, month string) (quota.Statement, error) {
	return quota.StatementOf(month,
		[]switchboard.Spend{{Model: "small", Calls: 3, InputTokens: 900, OutputTokens: 60, Cost: 1_500_000_000}},
		quota.Budget{Month: 20_000_000_000, Models: map[string]switchboard.Money{"large": 5_000_000_000}},
	), nil
}

// limited has quotas of a day that begins an hour and a half before it ends.
func limited(l quota.Limits) func(*Config) {
	return func(c *Config) {
		now := func() time.Time { return time.Date(2026, 11, 3, 22, 30, 0, 0, time.UTC) }
		c.Quotas = quota.New(quota.Config{Limits: l, Counters: session.NewMemory(now), Now: now})
	}
}

func TestMessagesADay(t *testing.T) {
	g := start(t, limited(quota.Limits{Conversation: quota.Allowance{Messages: 2}, AtLimit: llm.ThenRefuse}))
	path, bearer := g.open(nil)
	const body = `{"text":"How much is roaming?","client_message_id":"m1"}`
	for i, want := range []int{200, 200, 429} { // a repeated message is one more
		for _, accept := range []string{"application/json", "text/event-stream"} {
			if want == 200 && accept != "application/json" {
				continue
			}
			r := g.do("POST", path+"/messages", body, with(bearer, "Accept", accept))
			if r.status != want {
				t.Fatalf("message %d: %d %s, want %d", i+1, r.status, r.body, want)
			}
			if want == 429 && (r.field("code") != "rate_limited" || r.header.Get("Retry-After") != "3600") {
				t.Errorf("refused with %s, Retry-After %q; want an hour", r.body, r.header.Get("Retry-After"))
			}
		}
	}
	if n := len(g.bot.turns); n != 2 {
		t.Errorf("%d turns began, want 2", n)
	}
	other, otherBearer := g.open(nil)
	if r := g.do("POST", other+"/messages", body, otherBearer); r.status != 200 {
		t.Errorf("another conversation: %d %s", r.status, r.body)
	}
}

func TestMessagesADayOfAKey(t *testing.T) {
	g := start(t, limited(quota.Limits{Key: quota.Allowance{Messages: 2}, AtLimit: llm.ThenRefuse}))
	g.keys.set(testKeys()...)
	const chat = `{"model":"switchboard","messages":[{"role":"user","content":"How much is roaming?"}]}`
	admin := header{"Authorization": "Bearer sk_admin"}
	path, bearer := g.open(admin)
	if r := g.do("POST", path+"/messages", `{"text":"Hello"}`, bearer); r.status != 200 { // counts for the key that opened it
		t.Fatal(r.status, string(r.body))
	}
	for i, want := range []int{200, 429} {
		if r := g.do("POST", "/v1/chat/completions", chat, admin); r.status != want ||
			want == 429 && (r.field("error", "code") != "rate_limited" || r.header.Get("Retry-After") == "") {
			t.Errorf("completion %d: %d %s, want %d", i+1, r.status, r.body, want)
		}
	}
	if r := g.do("POST", "/v1/chat/completions", chat, header{"Authorization": "Bearer sk_reader"}); r.status != 200 {
		t.Errorf("another key: %d %s", r.status, r.body)
	}
}

// TestOverAQuotaPassagesAreQuoted: the turn goes on, in a context in which no model may be asked.
func TestOverAQuotaPassagesAreQuoted(t *testing.T) {
	var quotas *quota.Quotas
	g := start(t, limited(quota.Limits{All: quota.Allowance{Messages: 1}}), func(c *Config) { quotas = c.Quotas.(*quota.Quotas) })
	var mayAsk []bool
	g.bot.respond = func(ctx context.Context, turn switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		_, denied := quotas.Reserve(ctx, llm.Estimate{Model: "m"})
		mayAsk = append(mayAsk, denied == nil)
		return g.bot.say(turn, emit, "It is free [1].", "Yes.")
	}
	path, bearer := g.open(nil)
	for range 2 {
		if r := g.do("POST", path+"/messages", `{"text":"Hello"}`, bearer); r.status != 200 {
			t.Fatal(r.status, string(r.body))
		}
	}
	if len(mayAsk) != 2 || !mayAsk[0] || mayAsk[1] {
		t.Errorf("models might be asked: %v, want the first message only", mayAsk)
	}
}

func TestBudget(t *testing.T) {
	g := start(t, func(c *Config) { c.Statement = scriptedStatement })
	r := g.do("GET", "/v1/admin/budget?month=2026-11", "", nil)
	const want = `{"month":"2026-11","spent_usd":1.5,"limit_usd":20,"at_limit":"next","models":[` +
		`{"model":"large","calls":0,"input_tokens":0,"output_tokens":0,"spent_usd":0,"limit_usd":5},` +
		`{"model":"small","calls":3,"input_tokens":900,"output_tokens":60,"spent_usd":1.5,"limit_usd":null}]}`
	if r.status != 200 || string(r.body) != want {
		t.Errorf("got %d %s, want %s", r.status, r.body, want)
	}
	if r := g.do("GET", "/v1/admin/budget", "", nil); r.field("month") != switchboard.Month(g.clock.Now()) {
		t.Errorf("by default: %s", r.body)
	}
}
