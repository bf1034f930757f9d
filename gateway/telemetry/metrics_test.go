package telemetry_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/telemetry"
)

var _ llm.Observer = (*telemetry.Metrics)(nil)

// scrape returns the lines of a scrape that tell of the product, without comments.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var b strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func has(t *testing.T, m *telemetry.Metrics, lines ...string) {
	t.Helper()
	all := scrape(t, m)
	for _, line := range lines {
		if !strings.Contains("\n"+all, "\nswitchboard_"+line+"\n") {
			t.Errorf("not there: %s", line)
		}
	}
}

// attempt tells the observer of a call from its start to its end.
func attempt(t *testing.T, m llm.Observer, a switchboard.Attempt) {
	m.AttemptEnded(m.AttemptStarted(t.Context(), a.Model, a.Kind), a)
}

// Each call of a model counts where it ends, those that belong to no recorded turn too.
func TestAttemptsAreCountedWhereTheyEnd(t *testing.T) {
	m := telemetry.New(func() float64 { return 3 })
	m.Models([]string{"a", "b"})
	attempt(t, m, switchboard.Attempt{Model: "a", Outcome: "server_error"})
	attempt(t, m, switchboard.Attempt{
		Model: "b", Kind: switchboard.AttemptFailover, Outcome: "ok", FirstToken: 20 * time.Millisecond, InputTokens: 10, OutputTokens: 5, Cost: 2e9,
	})
	attempt(t, m, switchboard.Attempt{Model: "b", Kind: switchboard.AttemptHedge, Outcome: "cancelled", Cost: 1e9})
	attempt(t, m, switchboard.Attempt{Model: "b", Kind: switchboard.AttemptHedge, Outcome: "ok"})
	attempt(t, m, switchboard.Attempt{Model: "b", Kind: switchboard.AttemptHedge, Outcome: "timeout"})
	attempt(t, m, switchboard.Attempt{Model: "a", Kind: switchboard.AttemptProbe, Outcome: "ok"})
	m.AttemptStarted(t.Context(), "b", switchboard.AttemptFirst)
	m.AttemptSkipped(t.Context(), "a", llm.SkipOpen)
	m.BreakerChanged("a", llm.BreakerOpen)
	m.Turn(switchboard.Turn{Attempts: []switchboard.Attempt{{Model: "b", Outcome: "ok"}}, Answer: switchboard.Answer{
		Action: switchboard.ActionAnswer, Release: "rel_1", Model: "b", Latency: switchboard.Latency{Total: 90, FirstSentence: 40},
	}})
	has(t, m,
		`model_requests_total{model="a",outcome="server_error"} 1`, `model_requests_total{model="a",outcome="ok"} 1`,
		`model_requests_total{model="b",outcome="ok"} 2`,
		`model_attempts_total{kind="first",model="a"} 1`, `model_attempts_total{kind="failover",model="b"} 1`,
		`model_attempts_total{kind="hedge",model="b"} 3`, `model_attempts_total{kind="probe",model="a"} 1`,
		`model_hedges_total{model="b",result="lost"} 1`, `model_hedges_total{model="b",result="won"} 1`,
		`model_hedges_total{model="b",result="failed"} 1`,
		`model_tokens_total{direction="input",model="b"} 10`, `model_tokens_total{direction="output",model="b"} 5`,
		`model_cost_usd_total{model="b"} 3`, `model_first_token_seconds_count{model="b"} 1`,
		`model_first_sentence_seconds_count{model="b"} 1`, `first_sentence_seconds_count 1`,
		`model_in_flight{model="a"} 0`, `model_in_flight{model="b"} 1`,
		`model_skips_total{model="a",why="open"} 1`, `breaker_state{model="a"} 2`, `breaker_state{model="b"} 0`,
		`turns_total{action="answer",release="rel_1"} 1`, `outbox_pending 3`,
	)
}

// A model that is not configured any more must not look broken for ever.
func TestAModelThatIsGoneHasNoBreaker(t *testing.T) {
	m := telemetry.New(func() float64 { return 0 })
	m.Models([]string{"old", "kept"})
	m.BreakerChanged("old", llm.BreakerOpen)
	m.BreakerChanged("kept", llm.BreakerHalfOpen)
	has(t, m, `breaker_state{model="old"} 2`, `breaker_state{model="kept"} 1`)
	m.Models([]string{"kept"})
	has(t, m, `breaker_state{model="kept"} 0`)
	if strings.Contains(scrape(t, m), `breaker_state{model="old"}`) {
		t.Error("the breaker of a model that is gone is still shown")
	}
}

func TestWhatIsTurnedAwayIsCounted(t *testing.T) {
	m := telemetry.New(func() float64 { return 0 })
	m.Shed("queue_full")
	m.Shed("queue_full")
	m.QueueWait(30 * time.Millisecond)
	m.BudgetDenied("key_day_tokens")
	m.AnswerCache("hit")
	m.HTTP("/healthz", "GET", 200, time.Millisecond)
	m.HTTP("/healthz", "GET", 200, time.Millisecond)
	m.Feedback("up")
	m.Handoff(switchboard.HandoffFailed)
	m.CSAT(4)
	m.Documents(7)
	has(t, m,
		`sheds_total{why="queue_full"} 2`, `queue_wait_seconds_count 1`, `queue_wait_seconds_bucket{le="0.025"} 0`,
		`queue_wait_seconds_bucket{le="0.05"} 1`, `budget_denied_total{limit="key_day_tokens"} 1`,
		`answer_cache_total{result="hit"} 1`, `http_request_duration_seconds_count{method="GET",route="/healthz",status="200"} 2`,
		`feedback_total{rating="up"} 1`, `feedback_total{rating="down"} 0`, `handoffs_total{state="failed"} 1`,
		`csat_score_sum 4`, `kb_documents 7`,
	)
}
