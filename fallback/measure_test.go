package fallback

import (
	"math"
	"slices"
	"testing"
)

// The figures are reckoned by hand from five messages, by score: 0.1 a right, 0.2 out of scope, 0.4 b taken for a,
// 0.7 out of scope, 0.7 b kept out.
func TestMeasureScope(t *testing.T) {
	rows := []Judged{
		{Label: OutOfScope, Predicted: OutOfScope, Nearest: "a", Score: 0.7},
		{Label: "a", Predicted: "a", Nearest: "a", Score: 0.1},
		{Label: "b", Predicted: "a", Nearest: "a", Score: 0.4},
		{Label: "b", Predicted: OutOfScope, Nearest: "b", Score: 0.7},
		{Label: OutOfScope, Predicted: "b", Nearest: "b", Score: 0.2},
	}
	r := MeasureScope(rows)
	if r.InScope != 3 || r.OutOfScope != 2 || rows[0].Score != 0.7 {
		t.Errorf("%d in, %d out; rows changed: %v", r.InScope, r.OutOfScope, rows[0].Score != 0.7)
	}
	for _, tt := range []struct {
		name string
		got  *float64
		want float64
	}{
		{"accuracy", r.Accuracy, 2.0 / 3},
		{"answered", r.Answered, 1.0 / 3},
		{"recall", r.Recall, 0.5},
		{"precision", r.Precision, 0.5},
		{"F1", r.F1, 0.5},
		// Of six pairs of one out and one in: 0.7 beats 0.1 and 0.4, and ties with 0.7; 0.2 beats 0.1.
		{"AUROC", r.AUROC, 3.5 / 6},
		// One of two found at 0.7, at a precision of 1/2; the other at 0.2, of 2/4.
		{"AUPR", r.AUPR, 0.5},
		// Five in a hundred of three in scope is none, and at 0.7 there is one.
		{"recall at 95 %", r.RecallAt95, 0},
		{"Brier", r.Brier, (0.01 + 0.64 + 0.16 + 0.09 + 0.49) / 5},
		{"ECE", r.ECE, (0.1 + 0.8 + 0.4 + 2*0.2) / 5},
		// Wrong by coverage: 0/1, 1/2, 2/3, then the two at 0.7 in the order of the rows: 3/4, 3/5.
		{"AURC", r.AURC, (0 + 1.0/2 + 2.0/3 + 3.0/4 + 3.0/5) / 5},
	} {
		if tt.got == nil || math.Abs(*tt.got-tt.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	if want := []ROCPoint{{0, 0}, {1.0 / 3, 0.5}, {2.0 / 3, 0.5}, {2.0 / 3, 1}, {1, 1}}; !slices.Equal(r.ROC, want) {
		t.Errorf("ROC %v, want %v", r.ROC, want)
	}
	if want := []Confusion{{"b", "a", 1}, {"b", OutOfScope, 1}, {OutOfScope, "b", 1}}; !slices.Equal(r.Confused, want) {
		t.Errorf("confused %v, want %v", r.Confused, want)
	}
	if want := []ScoreBin{{1, 0.1, 0}, {1, 0.2, 1}, {1, 0.4, 0}, {2, 0.7, 0.5}}; !slices.Equal(r.Bins, want) {
		t.Errorf("bins %v, want %v", r.Bins, want)
	}
	if want := (RiskPoint{1, 0.6}); len(r.Curve) != 5 || r.Curve[4] != want {
		t.Errorf("curve %v", r.Curve)
	}
}

// What has nothing to be computed from is not there, rather than 0.
func TestMeasureScopeOfOneSide(t *testing.T) {
	in := MeasureScope([]Judged{{Label: "a", Predicted: "a", Nearest: "a", Score: 0.2}})
	if in.Recall != nil || in.AUROC != nil || in.ROC != nil || *in.Accuracy != 1 || in.Precision != nil {
		t.Errorf("in scope alone: %+v", in)
	}
	out := MeasureScope([]Judged{{Label: OutOfScope, Predicted: OutOfScope, Score: 0.9}})
	if out.Accuracy != nil || *out.Recall != 1 || *out.F1 != 1 || out.AUPR != nil {
		t.Errorf("out of scope alone: %+v", out)
	}
	if none := MeasureScope(nil); none.Brier != nil || none.AURC != nil || none.Curve != nil {
		t.Errorf("nothing: %+v", none)
	}
}
