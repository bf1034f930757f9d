package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
	"switchboard/gateway/quota"
	"switchboard/gateway/testserver"
)

const spends = `
models:
  - {name: large, base_url: %s, model: stub, price: {input: 10, output: 100}, max_tokens: 100, month_usd: %g}
  - {name: small, base_url: %s, model: stub, price: {input: 1, output: 1}, max_tokens: 100}
%s`

// TestABudgetIsKept spends the budget of one model, restarts the program, and looks who answers.
func TestABudgetIsKept(t *testing.T) {
	upstream := func() *llmtest.Server {
		u := llmtest.NewServer(llmtest.Options{Reply: func(llmtest.Call) llmtest.Script {
			return llmtest.Stream(llmtest.Role(), llmtest.Text("A daily pass for Switzerland costs €4.99 a day [1]."),
				llmtest.Finish("stop"), llmtest.Usage(1000, 50), llmtest.Done())
		}})
		t.Cleanup(u.Close)
		return u
	}
	large, small := upstream(), upstream()
	config := func(month float64, more string) string {
		return fmt.Sprintf(spends, large.URL, month, small.URL, more)
	}
	url, _ := testserver.OwnRedis(t) // whose counters no other run has
	for _, redis := range []string{"", "redis: {url: " + url + "}\n"} {
		dir := t.TempDir()
		database := "database: {url: 'sqlite://" + dir + "/ledger.db'}\n"
		t.Run(map[bool]string{true: "memory", false: "redis"}[redis == ""], func(t *testing.T) {
			t.Run("within", func(t *testing.T) { // 1,000 × $10 + 50 × $100 a million = $0.015
				s := serve(t, config(0.04, database+redis), nil)
				if a := s.ask(s.open(), "How much is roaming in Switzerland?"); a.Model != "large" || a.Usage.CostUSD != 0.015 {
					t.Fatalf("%s answered, for $%v", a.Model, a.Usage.CostUSD)
				}
			})
			t.Run("over", func(t *testing.T) { // another process, to which too little is left
				s := serve(t, config(0.02, database+redis), nil)
				for range 2 {
					if a := s.ask(s.open(), "How much is roaming in Switzerland?"); a.Model != "small" {
						t.Fatalf("%s answered, though its budget is spent", a.Model)
					}
				}
				checkStatement(t, s)
				s.write("switchboard.yaml", config(1, database+redis)) // the limit is raised while it serves
				for end := time.Now().Add(20 * time.Second); s.ask(s.open(), "How much is roaming in Switzerland?").Model != "large"; {
					if time.Now().After(end) {
						t.Fatal("the raised limit is not used")
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		})
	}
}

// checkStatement compares what the command line and the HTTP face say of this month.
func checkStatement(t *testing.T, s *server) {
	t.Helper()
	var served, printed quota.Statement
	if status := s.call(http.MethodGet, "/v1/admin/budget", "", "", &served); status != http.StatusOK {
		t.Fatal(status)
	}
	if err := json.Unmarshal([]byte(s.cli("budget", "-o", "json")), &printed); err != nil {
		t.Fatal(err)
	}
	if a, b := fmt.Sprintf("%+v", pointed(served)), fmt.Sprintf("%+v", pointed(printed)); a != b {
		t.Errorf("served %s, printed %s", a, b)
	}
	if served.Month != switchboard.Month(time.Now()) || len(served.Models) != 2 || served.Models[0].Calls != 1 ||
		served.Models[0].SpentUSD != 0.015 || *served.Models[0].LimitUSD != 0.02 || served.Models[1].Calls != 2 ||
		served.Models[1].SpentUSD != 0.0021 || served.Models[1].LimitUSD != nil || served.SpentUSD != 0.0171 {
		t.Errorf("the statement is %+v", pointed(served))
	}
	if words := s.cli("budget"); !strings.Contains(words, "75.0 %") || !strings.Contains(words, "all") {
		t.Errorf("the table is\n%s", words)
	}
	if words := s.cli("budget", "--month", "2020-01"); strings.Contains(words, "0.015") {
		t.Errorf("another month's table is\n%s", words)
	}
}

// pointed is a statement that can be compared as text.
func pointed(s quota.Statement) []any {
	out := []any{s.Month, s.SpentUSD, s.AtLimit, s.LimitUSD == nil}
	for _, l := range s.Models {
		limit := -1.0
		if l.LimitUSD != nil {
			limit = *l.LimitUSD
		}
		l.LimitUSD = nil
		out = append(out, l, limit)
	}
	return out
}

// TestOverALimitPassagesAreQuoted: whoever has used up a day is still answered, and told no model's words.
func TestOverALimitPassagesAreQuoted(t *testing.T) {
	upstream := llmtest.NewServer(llmtest.Options{})
	defer upstream.Close()
	upstream.Queue(llmtest.Say("A daily pass for Switzerland costs €4.99 a day [1]."))
	s := serve(t, fmt.Sprintf(`
models: [{name: m, base_url: %s, model: stub, max_tokens: 50}]
limits: {conversation: {messages_per_day: 1}}
`, upstream.URL), nil)
	c := s.open()
	if a := s.ask(c, "How much is roaming in Switzerland?"); a.Model != "m" {
		t.Fatalf("the first message: %+v", a)
	}
	a := s.ask(c, "How much is roaming in Switzerland?")
	if a.Model == "m" || a.Action != switchboard.ActionDegraded || a.Reason != switchboard.ReasonLimitReached || len(a.Citations) == 0 {
		t.Errorf("the second message: %+v", a)
	}
	if n := len(upstream.Calls()); n != 1 {
		t.Errorf("%d calls of the model, want 1", n)
	}
	res, err := http.Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	metrics, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(metrics), `budget_denied_total{limit="conversation_day_messages"} 1`) {
		t.Error("no denial was counted")
	}
}
