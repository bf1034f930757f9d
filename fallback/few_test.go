package fallback

import (
	"fmt"
	"math"
	"testing"

	"switchboard"
)

// A label with one example teaches little, and must not make numbers of nothing.
func TestOneExampleALabel(t *testing.T) {
	var rows []Example
	for i := range 100 {
		rows = append(rows, Example{Text: fmt.Sprint("q ", i), Label: fmt.Sprint("l", i)})
	}
	m, judged := FitScopeJudged(rows)
	for _, j := range judged {
		if math.IsNaN(j.Score) || j.Score < 0 || j.Score > 1 {
			t.Fatalf("%q has the score %v", j.Text, j.Score)
		}
	}
	if r := MeasureScope(judged); r.AUROC != nil && math.IsNaN(*r.AUROC) {
		t.Error("the AUROC is no number")
	}
	if _, oos := m.Classify("q 1"); math.IsNaN(oos) {
		t.Error("the score is no number")
	}
}

// What follows up a question in two or three words is no attack, whatever word it has.
func TestShortFollowUpsAreNoAttacks(t *testing.T) {
	p := Default()
	before := []Exchange{{Question: "How much is roaming in Turkey?", Action: switchboard.ActionAnswer}}
	for _, place := range []string{"Brazil", "Peru", "Cuba", "Kenya", "Egypt", "Vietnam", "Dublin", "winter", "Israel", "Dubai"} {
		for _, form := range []string{"and in %s?", "And in %s please?", "in %s?", "and for %s?"} {
			text := fmt.Sprintf(form, place)
			r := p.Route(RouteInput{Text: switchboard.Masked(text), Lang: "en", Previous: before})
			if r.Kind == switchboard.ActionBlocked {
				t.Errorf("%q is blocked", text)
			}
		}
	}
}
