package drill

import (
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
)

// TestCheckText: the drill complains of what a customer would complain of.
func TestCheckText(t *testing.T) {
	whole := strings.Join(sentences, " [1] ") + " [1]"
	const tail = "I could not finish and check the rest of this answer, so please go by what our help articles say."
	offered := &switchboard.Handoff{State: switchboard.HandoffOffered}
	tests := []struct {
		name    string
		text    string
		action  switchboard.Action
		handoff *switchboard.Handoff
		shown   int
		wrong   string // "" for nothing
	}{
		{"a whole answer", whole, switchboard.ActionAnswer, nil, 1, ""},
		{"a sentence is lost", sentences[0] + " " + sentences[2], switchboard.ActionAnswer, nil, 1, "each once"},
		{"a sentence is said twice", sentences[0] + " " + whole, switchboard.ActionAnswer, nil, 1, "each once"},
		{"sentences are torn", sentences[0] + " " + torn + " " + sentences[2], switchboard.ActionAnswer, nil, 1, "each once"},
		{"an honest end", sentences[0] + "\n\n" + tail, switchboard.ActionDegraded, offered, 1, ""},
		{"a dishonest end", sentences[0], switchboard.ActionDegraded, offered, 1, "less than was wanted"},
		{"a torn end", sentences[0] + " " + torn + "\n\n" + tail, switchboard.ActionDegraded, offered, 1, "torn"},
		{"what was shown is gone", tail, switchboard.ActionDegraded, offered, 1, "lost"},
		{"said again at the end", sentences[0] + "\n\n" + tail + " " + sentences[0], switchboard.ActionDegraded, offered, 1, "repeated"},
		{"no human", sentences[0] + "\n\n" + tail, switchboard.ActionDegraded, nil, 1, "human"},
		{"no word", strings.Repeat("x", 200) + tail, switchboard.ActionDegraded, offered, 0, "no word"},
		{"another action", whole, switchboard.ActionDecline, nil, 0, "the action"},
	}
	for _, tt := range tests {
		got := checkText(Reply{Text: tt.text, Answer: switchboard.Answer{Action: tt.action, Handoff: tt.handoff}}, tt.shown)
		if (tt.wrong == "") != (len(got) == 0) || !strings.Contains(strings.Join(got, "\n"), tt.wrong) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.wrong)
		}
	}
}

// TestCheckReply: a reply that is not whole, late, or not what its message says is a bad row.
func TestCheckReply(t *testing.T) {
	good := Reply{
		Status: 200, Finished: true, Done: true, Text: strings.Join(sentences, " "), Total: time.Second,
		Answer: switchboard.Answer{Action: switchboard.ActionAnswer, Text: strings.Join(sentences, " ")},
	}
	j := job{situation: situation{face: Widget, backup: speak}}
	tests := []struct {
		name  string
		spoil func(*Reply)
		wrong string
	}{
		{"good", func(*Reply) {}, ""},
		{"no [DONE]", func(r *Reply) { r.Done = false }, "properly"},
		{"no finish", func(r *Reply) { r.Finished = false }, "properly"},
		{"refused", func(r *Reply) { r.Status = 503 }, "properly"},
		{"an error part", func(r *Reply) { r.Failed = "x" }, "an error is shown"},
		{"late", func(r *Reply) { r.Total = time.Minute }, "it took"},
		{"silent", func(r *Reply) { r.Text, r.Answer.Text = " ", "" }, "nothing is said"},
		{"another message", func(r *Reply) { r.Answer.Text = "x" }, "the message is"},
		{"degraded for nothing", func(r *Reply) { r.Answer.Action = switchboard.ActionDegraded }, "the action is"},
	}
	for _, tt := range tests {
		r, row := good, Row{}
		tt.spoil(&r)
		row.checkReply(j, r)
		if (tt.wrong == "") != row.OK() || !strings.Contains(strings.Join(row.Wrong, "\n"), tt.wrong) {
			t.Errorf("%s: got %q, want %q", tt.name, row.Wrong, tt.wrong)
		}
	}
}

// TestTable: every row has a name of its own and says what is recorded; and the figures are what they are called.
func TestTable(t *testing.T) {
	if got := percentile([]time.Duration{3, 1, 2}, 50); got != 2 {
		t.Errorf("percentile is %d", got)
	}
	if got := slope([]float64{0, 1, 2}, []float64{1, 3, 5}); got != 2 {
		t.Errorf("slope is %g", got)
	}
	names := map[string]bool{}
	for _, f := range Faults() {
		if names[f.Name] || len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, "") {
			t.Errorf("row %q stands twice, or says not what is recorded", f.Name)
		}
		names[f.Name] = true
	}
}
