package evals

import (
	"strings"
	"testing"
	"time"

	"switchboard"
)

// reply is an answer as a good bot gives it, with its record.
func reply() Reply {
	a := switchboard.Answer{
		ID: "msg_1", Action: switchboard.ActionAnswer, Reason: switchboard.ReasonGrounded, Release: "rel_1",
		Text:      "Plus costs €17.99 a month. [1]",
		Citations: []switchboard.Citation{{N: 1, DocumentID: "prices", PassageID: "prices#1"}},
		Usage:     switchboard.Usage{CostUSD: 0.002},
	}
	t := switchboard.Turn{
		ID: "msg_1", Question: "My mail is [EMAIL_1]. How much is Plus?", Grounded: 0.8, Answer: a,
		Passages: []switchboard.Passage{
			{ID: "fees#2", DocumentID: "fees"}, {ID: "prices#1", DocumentID: "prices"}, {ID: "prices#2", DocumentID: "prices"},
		},
	}
	return Reply{Answer: a, Elapsed: 250 * time.Millisecond, Record: &t}
}

func with(change func(*Reply)) Reply {
	r := reply()
	change(&r)
	return r
}

func saying(text string) Reply { return with(func(r *Reply) { r.Answer.Text = text }) }

func acting(action switchboard.Action, suggestions ...string) Reply {
	return with(func(r *Reply) {
		r.Answer.Action, r.Answer.Citations, r.Answer.Suggestions = action, nil, suggestions
	})
}

func threshold(f float64) *float64 { return &f }

func TestAssertions(t *testing.T) {
	tests := []struct {
		kind  string
		value Value
		least *float64
		reply Reply
		want  Status
	}{
		{"equals", Text("Plus costs €17.99 a month. [1]"), nil, reply(), Passed},
		{"equals", Text("Plus costs €17.99 a month."), nil, reply(), Failed},
		{"equals", Value{Object: []byte(`{"a": [1, 2.0]}`)}, nil, saying(`{"a":[1,2.0]}`), Passed},
		{"equals", Value{Object: []byte(`{"a": 1}`)}, nil, saying(`{"a":1} and more`), Failed},
		{"equals", List("a", "b"), nil, saying(`["a","b"]`), Passed},
		{"contains", Text("€17.99"), nil, reply(), Passed},
		{"contains", Text("plus"), nil, reply(), Failed},
		{"icontains", Text("pLUS"), nil, reply(), Passed},
		{"contains-any", Text("free, €17.99"), nil, reply(), Passed},
		{"contains-any", Text(`"free, €17.99"`), nil, reply(), Failed},
		{"icontains-any", List("FREE", "PLUS"), nil, reply(), Passed},
		{"contains-all", List("Plus", "month"), nil, reply(), Passed},
		{"contains-all", List("Plus", "year"), nil, reply(), Failed},
		{"icontains-all", List("PLUS", "MONTH"), nil, reply(), Passed},
		{"starts-with", Text("Plus costs"), nil, reply(), Passed},
		{"starts-with", Text("costs"), nil, reply(), Failed},
		{"regex", Text(`€\d+\.\d{2}`), nil, reply(), Passed},
		{"regex", Text(`^€`), nil, reply(), Failed},
		{"is-json", Value{}, nil, saying(`{"a": 1}`), Passed},
		{"is-json", Value{}, nil, reply(), Failed},
		{"latency", Value{}, threshold(250), reply(), Passed},
		{"latency", Value{}, threshold(249), reply(), Failed},
		{"cost", Value{}, threshold(0.002), reply(), Passed},
		{"cost", Value{}, threshold(0.001), reply(), Failed},
		{"action", Text("answer"), nil, reply(), Passed},
		{"action", List("handoff", "decline"), nil, reply(), Failed},
		{"action", Text("handoff, answer"), nil, reply(), Passed},
		{"reason", List("quoted", "grounded"), nil, reply(), Passed},
		{"reason", Text("quoted"), nil, reply(), Failed},
		{"cites", Text("prices"), nil, reply(), Passed},
		{"cites", List("prices", "fees"), nil, reply(), Failed},
		{"not-cites", List("prices", "fees"), nil, reply(), Failed},
		{"not-cites", Text("fees"), nil, reply(), Passed},
		{"cites-any", List("prices", "fees"), nil, reply(), Passed},
		{"cites-any", List("fees"), nil, reply(), Failed},
		{"retrieves", List("fees", "prices"), nil, reply(), Passed},
		{"retrieves", Text("prices@2"), nil, reply(), Passed},
		{"retrieves", Text("prices@1"), nil, reply(), Failed},
		{"not-retrieves", List("offers", "prices"), nil, reply(), Failed},
		{"not-retrieves", List("offers"), nil, reply(), Passed},
		{"retrieves", Text("fees"), nil, with(func(r *Reply) { r.Record = nil }), Undecided},
		{"grounded", Value{}, nil, reply(), Passed},
		{"grounded", Value{}, threshold(0.9), reply(), Failed},
		{"grounded", Value{}, nil, with(func(r *Reply) { r.Answer.Citations = nil }), Failed},
		{"grounded", Value{}, nil, with(func(r *Reply) { r.Answer.Citations[0].PassageID = "elsewhere#1" }), Failed},
		{"grounded", Value{}, nil, saying("Plus costs €17.99 a month."), Failed},
		{"grounded", Value{}, nil, with(func(r *Reply) { r.Record = nil }), Undecided},
		{"refuses", Value{}, nil, acting(switchboard.ActionDecline), Passed},
		{"refuses", Value{}, nil, acting(switchboard.ActionClarify), Passed},
		{"refuses", Value{}, nil, acting(switchboard.ActionSmallTalk), Failed},
		{"refuses", Value{}, nil, with(func(r *Reply) { r.Answer.Action = switchboard.ActionHandoff }), Failed},
		{"not-refuses", Value{}, nil, reply(), Passed},
		{"asks-for", List("hub 5", "Hub 6"), nil, acting(switchboard.ActionClarify, "Vireo Hub 5", "Vireo Hub 6"), Passed},
		{"asks-for", List("Hub 7"), nil, acting(switchboard.ActionClarify, "Vireo Hub 5", "Vireo Hub 6"), Failed},
		{"asks-for", List("Plus"), nil, reply(), Failed},
		{"records", Text("[EMAIL_1]"), nil, reply(), Passed},
		{"not-records", List("ana@example.com", "Ana"), nil, reply(), Passed},
		{"not-records", List("nowhere", "How much is Plus"), nil, reply(), Failed},
		{"not-records", Text("x"), nil, with(func(r *Reply) { r.Record = nil }), Undecided},
		{"javascript", Text("true"), nil, reply(), Undecided},
		{"not-contains", Text("€17.99"), nil, reply(), Failed},
		{"not-action", Text("handoff"), nil, reply(), Passed},
	}
	for _, tt := range tests {
		name, not := strings.CutPrefix(tt.kind, "not-")
		a := Assertion{Type: name, Not: not, Value: tt.value, Threshold: tt.least, Weight: 1}
		t.Run(a.String(), func(t *testing.T) {
			got := assess(t.Context(), a, tt.reply)
			if got.Status != tt.want {
				t.Errorf("got %s (%s), want %s", got.Status, got.Reason, tt.want)
			}
			if got.Reason == "" {
				t.Error("it gives no reason")
			}
		})
	}
}

// Every row of the table is tried above by name, so that a new one without a case is seen.
func TestEveryAssertionIsTried(t *testing.T) {
	data := sourceOf(t, "assertions_test.go")
	for name := range kinds {
		if !strings.Contains(data, `{"`+name+`",`) && !strings.Contains(data, `{"not-`+name+`",`) {
			t.Errorf("%s has no case", name)
		}
	}
}

func TestScoresAreWeighed(t *testing.T) {
	yes := func(weight float64) Assertion {
		return Assertion{Type: "contains", Value: Text("Plus"), Weight: weight}
	}
	no := func(weight float64) Assertion { return Assertion{Type: "contains", Value: Text("Max"), Weight: weight} }
	code := Assertion{Type: "python", Weight: 1, Unsupported: "code in suites is never run"}
	set := func(least *float64, parts ...Assertion) Assertion {
		return Assertion{Type: assertSet, Threshold: least, Weight: 1, Assert: parts}
	}
	tests := []struct {
		name   string
		assert []Assertion
		least  float64
		status Status
		score  float64
	}{
		{"nothing to check", nil, 0, Passed, 1},
		{"all hold", []Assertion{yes(1), yes(2)}, 0, Passed, 1},
		{"one does not", []Assertion{yes(3), no(1)}, 0, Failed, 0.75},
		{"one does not, but the score is enough", []Assertion{yes(3), no(1)}, 0.75, Passed, 0.75},
		{"the score is not enough", []Assertion{yes(3), no(1)}, 0.8, Failed, 0.75},
		{"what has no weight cannot fail", []Assertion{yes(1), no(0)}, 0, Passed, 1},
		{"nothing has weight", []Assertion{no(0)}, 0, Passed, 1},
		{"not made", []Assertion{yes(1), code}, 0, Undecided, 1},
		{"not made, and another fails", []Assertion{no(1), code}, 0, Failed, 0},
		{"not made, with a threshold", []Assertion{yes(1), no(1), code}, 0.5, Undecided, 0.5},
		{"one of a set is enough", []Assertion{set(threshold(0.5), no(1), yes(1))}, 0, Passed, 0.5},
		{"a set without a threshold", []Assertion{set(nil, no(1), yes(1))}, 0, Failed, 0.5},
		{"a set that is not made whole", []Assertion{set(nil, yes(1), code)}, 0, Undecided, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var outcomes []Outcome
			for _, a := range tt.assert {
				outcomes = append(outcomes, assess(t.Context(), a, reply()))
			}
			status, score, _ := combine(outcomes, tt.least)
			if status != tt.status || score != tt.score {
				t.Errorf("got %s with %g, want %s with %g", status, score, tt.status, tt.score)
			}
		})
	}
}
