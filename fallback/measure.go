package fallback

import (
	"cmp"
	"math"
	"slices"
)

// Judged is a labelled message with what a model made of it.
type Judged struct {
	Text      string  `json:"text"`
	Label     string  `json:"label"`
	Predicted string  `json:"predicted"`
	Score     float64 `json:"score"` // how far out of scope, 0..1
	Nearest   string  `json:"-"`     // the likeliest label whatever the scope
	lead      float32 // of held-back examples: how far Nearest is ahead of the next label
}

// decide sets the score and what follows from it.
func (j *Judged) decide(oos float64) {
	j.Score, j.Predicted = oos, j.Nearest
	if j.Nearest == "" || oos >= 0.5 {
		j.Predicted = OutOfScope
	}
}

// ScopeReport is how well labelled messages were told apart. A figure that has nothing to be computed from is nil.
type ScopeReport struct {
	InScope    int         `json:"in_scope"`
	OutOfScope int         `json:"out_of_scope"`
	Accuracy   *float64    `json:"accuracy"`   // share of those in scope whose likeliest label is theirs
	Answered   *float64    `json:"answered"`   // share of those in scope that are predicted to be theirs
	Recall     *float64    `json:"oos_recall"` // of out of scope, as predicted
	Precision  *float64    `json:"oos_precision"`
	F1         *float64    `json:"oos_f1"`
	RecallAt95 *float64    `json:"oos_recall_at_95"` // where 95 % of those in scope are kept
	AUROC      *float64    `json:"auroc"`
	AUPR       *float64    `json:"aupr"` // average precision, out of scope being positive
	Brier      *float64    `json:"brier"`
	ECE        *float64    `json:"ece"` // of the score, in ten bins
	AURC       *float64    `json:"aurc"`
	Curve      []RiskPoint `json:"risk_coverage"`
	ROC        []ROCPoint  `json:"roc,omitempty"`
	Bins       []ScoreBin  `json:"calibration,omitempty"` // those with messages
	Confused   []Confusion `json:"confused,omitempty"`    // the most frequent first
}

// ROCPoint is what is told apart where all messages of a score or more are taken for out of scope.
type ROCPoint struct {
	False float64 `json:"false"` // share of those in scope so taken
	True  float64 `json:"true"`  // share of those out of scope
}

// ScoreBin is a tenth of the range of scores.
type ScoreBin struct {
	Count   int     `json:"count"`
	Score   float64 `json:"score"`   // on average
	Outside float64 `json:"outside"` // share that is out of scope
}

// Confusion counts messages of a label that were predicted to be another.
type Confusion struct {
	Label     string `json:"label"`
	Predicted string `json:"predicted"`
	Count     int    `json:"count"`
}

// RiskPoint is what happens where the given share of all messages, those that score lowest, is answered.
type RiskPoint struct {
	Coverage float64 `json:"coverage"`
	Risk     float64 `json:"risk"` // share of the answered that is out of scope or has another label
}

// MeasureScope sums up rows. It does not change them.
func MeasureScope(rows []Judged) ScopeReport {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Judged) int { return cmp.Compare(a.Score, b.Score) })
	var r ScopeReport
	var right, answered, caught, wrongly int
	brier := 0.0
	for _, j := range rows {
		outside := j.Label == OutOfScope
		truth := 0.0
		switch {
		case outside:
			r.OutOfScope++
			truth = 1
			caught += count(j.Predicted == OutOfScope)
		default:
			r.InScope++
			right += count(j.Nearest == j.Label)
			answered += count(j.Predicted == j.Label)
			wrongly += count(j.Predicted == OutOfScope)
		}
		brier += (j.Score - truth) * (j.Score - truth)
	}
	r.Accuracy, r.Answered = share(right, r.InScope), share(answered, r.InScope)
	r.Recall, r.Precision = share(caught, r.OutOfScope), share(caught, caught+wrongly)
	r.F1 = share(2*caught, caught+wrongly+r.OutOfScope)
	if n := float64(len(rows)); n > 0 {
		brier /= n
		r.Bins, r.Confused = scoreBins(rows), confusions(rows)
		ece := calibrationError(r.Bins, n)
		r.Brier, r.ECE = &brier, &ece
		r.risk(rows)
	}
	if r.InScope > 0 && r.OutOfScope > 0 {
		r.rank(rows)
	}
	return r
}

// rocStep is how far apart points of the curve are at least, in both directions together.
const rocStep = 0.01

// rank computes what depends on the order of the scores alone. Equal scores count as half before each other.
func (r *ScopeReport) rank(rows []Judged) {
	in, out := float64(r.InScope), float64(r.OutOfScope)
	area, precision, found, above, kept := 0.0, 0.0, 0.0, 0.0, 0.0
	r.ROC = []ROCPoint{{}}
	for to := len(rows); to > 0; {
		from, here := to-1, float64(count(rows[to-1].Label == OutOfScope))
		for from > 0 && rows[from-1].Score == rows[to-1].Score {
			from--
			here += float64(count(rows[from].Label == OutOfScope))
		}
		others := float64(to-from) - here
		area += here * (in - above - others/2)
		found, above = found+here, above+others
		precision += here * found / (found + above)
		if above <= 0.05*in {
			kept = found
		}
		p, last := ROCPoint{above / in, found / out}, r.ROC[len(r.ROC)-1]
		if p.False-last.False+p.True-last.True >= rocStep || from == 0 {
			r.ROC = append(r.ROC, p)
		}
		to = from
	}
	area, precision, kept = area/in/out, precision/out, kept/out
	r.AUROC, r.AUPR, r.RecallAt95 = &area, &precision, &kept
}

// riskPoints is how many points the curve has.
const riskPoints = 50

func (r *ScopeReport) risk(rows []Judged) {
	wrong, area := 0, 0.0
	for i, j := range rows {
		wrong += count(j.Nearest != j.Label)
		risk := float64(wrong) / float64(i+1)
		area += risk
		if (i+1)*riskPoints/len(rows) > i*riskPoints/len(rows) {
			r.Curve = append(r.Curve, RiskPoint{float64(i+1) / float64(len(rows)), risk})
		}
	}
	area /= float64(len(rows))
	r.AURC = &area
}

// scoreBins groups rows by score into ten equal ranges, and leaves out the empty ones.
func scoreBins(rows []Judged) []ScoreBin {
	var bins [10]ScoreBin
	for _, j := range rows {
		b := &bins[max(0, min(9, int(10*j.Score)))]
		b.Count++
		b.Score += j.Score
		b.Outside += float64(count(j.Label == OutOfScope))
	}
	var out []ScoreBin
	for _, b := range bins {
		if n := float64(b.Count); n > 0 {
			out = append(out, ScoreBin{b.Count, b.Score / n, b.Outside / n})
		}
	}
	return out
}

// calibrationError is the mean distance of the score from the share that is out of scope, over the bins of n messages.
func calibrationError(bins []ScoreBin, n float64) float64 {
	sum := 0.0
	for _, b := range bins {
		sum += float64(b.Count) * math.Abs(b.Score-b.Outside)
	}
	return sum / n
}

func confusions(rows []Judged) []Confusion {
	counts := map[[2]string]int{}
	for _, j := range rows {
		if j.Predicted != j.Label {
			counts[[2]string{j.Label, j.Predicted}]++
		}
	}
	var out []Confusion
	for pair, n := range counts {
		out = append(out, Confusion{pair[0], pair[1], n})
	}
	slices.SortFunc(out, func(a, b Confusion) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Label, b.Label), cmp.Compare(a.Predicted, b.Predicted))
	})
	return out
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// share is a of b, nil of none.
func share(a, b int) *float64 {
	if b == 0 {
		return nil
	}
	f := float64(a) / float64(b)
	return &f
}
