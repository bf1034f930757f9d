package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"switchboard"
	"switchboard/evals"
)

// The shape of promptfoo's results file, version 3: what its viewers and the scripts around it read. What it has no
// field for stands under "switchboard".
type file struct {
	EvalID       string   `json:"evalId"`
	Results      results  `json:"results"`
	Config       settings `json:"config"`
	ShareableURL *string  `json:"shareableUrl"`
	Switchboard  ours     `json:"switchboard"`
}

type results struct {
	Version   int      `json:"version"`
	Timestamp string   `json:"timestamp"`
	Prompts   []prompt `json:"prompts"`
	Results   []result `json:"results"`
	Stats     stats    `json:"stats"`
}

type settings struct {
	Description string `json:"description"`
}

type ours struct {
	Suite       string                  `json:"suite"`
	Target      string                  `json:"target"`
	Releases    []switchboard.ReleaseID `json:"releases"`
	Passed      bool                    `json:"passed"`
	PassRate    float64                 `json:"pass_rate"`
	Score       float64                 `json:"score"`
	Unsupported int                     `json:"unsupported"`
	Checks      []evals.Check           `json:"checks"`
	Groups      []group                 `json:"groups"`
	Actions     []confusion             `json:"actions"`
	LatencyMS   latency                 `json:"latency_ms"`
	CostUSD     float64                 `json:"cost_usd"`
}

type group struct {
	Key         string  `json:"key"`
	Value       string  `json:"value"`
	Total       int     `json:"total"`
	Passed      int     `json:"passed"`
	Failed      int     `json:"failed"`
	Errors      int     `json:"errors"`
	Unsupported int     `json:"unsupported"`
	PassRate    float64 `json:"pass_rate"`
}

type confusion struct {
	Expected string             `json:"expected"`
	Got      switchboard.Action `json:"got"`
	Count    int                `json:"count"`
}

type latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

type tokens struct {
	Total      int `json:"total"`
	Prompt     int `json:"prompt"`
	Completion int `json:"completion"`
	Cached     int `json:"cached"`
}

type stats struct {
	Successes  int    `json:"successes"`
	Failures   int    `json:"failures"`
	Errors     int    `json:"errors"`
	TokenUsage tokens `json:"tokenUsage"`
	DurationMS int64  `json:"durationMs"`
}

type prompt struct {
	Raw      string  `json:"raw"`
	Label    string  `json:"label"`
	ID       string  `json:"id"`
	Provider string  `json:"provider"`
	Metrics  metrics `json:"metrics"`
}

type metrics struct {
	Score            float64            `json:"score"`
	TestPassCount    int                `json:"testPassCount"`
	TestFailCount    int                `json:"testFailCount"`
	TestErrorCount   int                `json:"testErrorCount"`
	AssertPassCount  int                `json:"assertPassCount"`
	AssertFailCount  int                `json:"assertFailCount"`
	TotalLatencyMS   float64            `json:"totalLatencyMs"`
	TokenUsage       tokens             `json:"tokenUsage"`
	NamedScores      map[string]float64 `json:"namedScores"`
	NamedScoresCount map[string]int     `json:"namedScoresCount"`
	Cost             float64            `json:"cost"`
}

type result struct {
	ID            string             `json:"id"`
	PromptIdx     int                `json:"promptIdx"`
	TestIdx       int                `json:"testIdx"`
	TestCase      test               `json:"testCase"`
	PromptID      string             `json:"promptId"`
	Provider      provider           `json:"provider"`
	Prompt        promptText         `json:"prompt"`
	Vars          map[string]any     `json:"vars"`
	Response      *response          `json:"response,omitempty"`
	Error         string             `json:"error,omitempty"`
	FailureReason int                `json:"failureReason"` // 0 none, 1 an assertion, 2 an error
	Success       bool               `json:"success"`
	Score         float64            `json:"score"`
	LatencyMS     float64            `json:"latencyMs"`
	Cost          float64            `json:"cost"`
	GradingResult *grading           `json:"gradingResult"`
	NamedScores   map[string]float64 `json:"namedScores"`
	Metadata      map[string]any     `json:"metadata"`
}

type provider struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

type promptText struct {
	Raw   string `json:"raw"`
	Label string `json:"label"`
}

type response struct {
	Output     string              `json:"output"`
	TokenUsage tokens              `json:"tokenUsage"`
	Cost       float64             `json:"cost"`
	Metadata   *switchboard.Answer `json:"metadata"` // the whole reply
}

type test struct {
	Description string              `json:"description,omitempty"`
	Vars        map[string]any      `json:"vars"`
	Assert      []assertion         `json:"assert"`
	Threshold   float64             `json:"threshold,omitempty"`
	Metadata    map[string][]string `json:"metadata,omitempty"`
}

type assertion struct {
	Type      string       `json:"type"`
	Value     *evals.Value `json:"value,omitempty"`
	Threshold *float64     `json:"threshold,omitempty"`
	Weight    float64      `json:"weight"`
	Metric    string       `json:"metric,omitempty"`
	Assert    []assertion  `json:"assert,omitempty"`
}

type grading struct {
	Pass             bool               `json:"pass"`
	Score            float64            `json:"score"`
	Reason           string             `json:"reason"`
	Status           evals.Status       `json:"status"` // ours: tells an unsupported check from a failed one
	NamedScores      map[string]float64 `json:"namedScores,omitempty"`
	ComponentResults []grading          `json:"componentResults,omitempty"`
	Assertion        *assertion         `json:"assertion"`
}

// promptLabel stands where promptfoo has a prompt: here it is the gateway's business.
const promptLabel = "switchboard"

// JSON writes the report in the shape of promptfoo's results file.
func JSON(w io.Writer, r evals.Report) error {
	started := r.StartedAt.UTC()
	f := file{EvalID: "eval-" + started.Format("20060102T150405"), Config: settings{r.Description}}
	f.Results = results{Version: 3, Timestamp: started.Format(time.RFC3339Nano), Results: []result{}}
	f.Results.Stats = stats{
		Successes: r.Counts.Passed, Failures: r.Failed + r.Unsupported, Errors: r.Errors,
		TokenUsage: usage(r.Tokens.Input, r.Tokens.Output), DurationMS: r.Took.Milliseconds(),
	}
	m := metrics{
		TestPassCount: r.Counts.Passed, TestFailCount: r.Failed + r.Unsupported, TestErrorCount: r.Errors, Cost: r.CostUSD,
		TokenUsage: f.Results.Stats.TokenUsage, NamedScores: map[string]float64{}, NamedScoresCount: map[string]int{},
	}
	for _, named := range r.Metrics {
		m.NamedScores[named.Name], m.NamedScoresCount[named.Name] = named.Sum, named.Count
	}
	for i, x := range r.Results {
		one := resultOf(r, x, i)
		m.Score += one.Score
		m.TotalLatencyMS += one.LatencyMS
		for _, o := range x.Outcomes {
			switch o.Status {
			case evals.Passed:
				m.AssertPassCount++
			default:
				m.AssertFailCount++
			}
		}
		f.Results.Results = append(f.Results.Results, one)
	}
	f.Results.Prompts = []prompt{{Raw: "{{question}}", Label: promptLabel, ID: promptLabel, Provider: r.Target, Metrics: m}}
	f.Switchboard = oursOf(r)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(f)
}

func usage(in, out int) tokens { return tokens{Total: in + out, Prompt: in, Completion: out} }

func oursOf(r evals.Report) ours {
	o := ours{
		Suite: r.Suite, Target: r.Target, Releases: r.Releases, Passed: r.Passed, PassRate: r.PassRate, Score: r.Score,
		Unsupported: r.Unsupported, Checks: r.Checks, CostUSD: r.CostUSD, LatencyMS: latency(r.Latency),
		Groups: []group{}, Actions: []confusion{},
	}
	if o.Releases == nil {
		o.Releases = []switchboard.ReleaseID{}
	}
	for _, g := range r.Groups {
		o.Groups = append(o.Groups, group{
			g.Key, g.Value, g.Total, g.Passed, g.Failed, g.Errors, g.Unsupported, g.PassRate,
		})
	}
	for _, c := range r.Actions {
		o.Actions = append(o.Actions, confusion(c))
	}
	return o
}

func resultOf(r evals.Report, x evals.Result, i int) result {
	c, a := x.Case, x.Reply.Answer
	vars := map[string]any{"question": c.Question}
	for k, v := range c.Vars {
		vars[k] = v
	}
	if len(c.History) > 0 {
		vars["history"] = c.History
	}
	if c.Locale != "" {
		vars["locale"] = c.Locale
	}
	if len(c.Audiences) > 0 {
		vars["audience"] = c.Audiences
	}
	if !c.AsOf.IsZero() {
		vars["as_of"] = c.AsOf.Format(time.RFC3339)
	}
	out := result{
		ID: fmt.Sprintf("%s#%d", c.Name, x.Repeat), TestIdx: i, PromptID: promptLabel, Vars: vars,
		Provider: provider{ID: "switchboard:" + r.Target}, Prompt: promptText{Raw: c.Question, Label: promptLabel},
		TestCase: test{c.Description, vars, assertions(c.Assert), c.Threshold, c.Metadata},
		Success:  x.Status == evals.Passed, Score: x.Score, LatencyMS: switchboard.Milliseconds(x.Reply.Elapsed),
		Cost: a.Usage.CostUSD, NamedScores: map[string]float64{}, Metadata: map[string]any{"where": c.Where},
	}
	for k, v := range c.Metadata {
		out.Metadata[k] = strings.Join(v, ", ")
	}
	named(out.NamedScores, x.Outcomes)
	switch x.Status {
	case evals.Failed, evals.Undecided:
		out.FailureReason = 1
	case evals.Errored:
		out.FailureReason = 2
		out.Error = x.Reason
	}
	if a.Action != "" {
		out.Response = &response{a.Text, usage(a.Usage.InputTokens, a.Usage.OutputTokens), a.Usage.CostUSD, &a}
	}
	out.GradingResult = &grading{
		Pass: out.Success, Score: x.Score, Reason: reason(x.Status, x.Reason), Status: x.Status,
		NamedScores: out.NamedScores, ComponentResults: gradings(x.Outcomes),
	}
	return out
}

func reason(s evals.Status, why string) string {
	switch {
	case s == evals.Passed && why == "":
		return "All assertions passed"
	case s == evals.Undecided:
		return "Unsupported: " + why
	default:
		return why
	}
}

func named(into map[string]float64, outcomes []evals.Outcome) {
	for _, o := range outcomes {
		if o.Assertion.Metric != "" && o.Status != evals.Undecided {
			into[o.Assertion.Metric] += o.Score
		}
		named(into, o.Parts)
	}
}

func gradings(outcomes []evals.Outcome) []grading {
	out := make([]grading, 0, len(outcomes))
	for _, o := range outcomes {
		a := assertionOf(o.Assertion)
		out = append(out, grading{
			Pass: o.Status == evals.Passed, Score: o.Score, Reason: reason(o.Status, o.Reason), Status: o.Status,
			ComponentResults: gradings(o.Parts), Assertion: &a,
		})
	}
	return out
}

func assertions(in []evals.Assertion) []assertion {
	out := make([]assertion, 0, len(in))
	for _, a := range in {
		out = append(out, assertionOf(a))
	}
	return out
}

func assertionOf(a evals.Assertion) assertion {
	out := assertion{Type: a.Name(), Threshold: a.Threshold, Weight: a.Weight, Metric: a.Metric}
	if !a.Value.Missing() {
		out.Value = &a.Value
	}
	if len(a.Assert) > 0 {
		out.Assert = assertions(a.Assert)
	}
	return out
}
