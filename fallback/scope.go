package fallback

import (
	"math"
	"slices"
	"strings"
)

// OutOfScope is the label of examples that belong to no topic.
const OutOfScope = "oos"

// Example is a labelled message, as in a line of JSONL.
type Example struct {
	Text  string `json:"text"`
	Label string `json:"label"`
}

// ScopeModel tells which label a message has, and how far out of scope it is. It is trained by [FitScope] in one go,
// without any download; equal examples in equal order give equal models. It is immutable and safe for concurrent use.
type ScopeModel struct {
	labels  []string // in-scope labels, sorted
	vec     *vectorizer
	weights []float32 // of the regressions: features by classes; the last class is out of scope
	margins []float32 // of the machines, likewise
	latent  *latent
	near    *neighbours
	judge   logit
}

// folds is in how many parts the examples are held back in turn to calibrate.
const folds = 3

// scores is what a model thinks of one message.
type scores struct {
	byLabel []float32 // one a label, about 0..1, higher is likelier
	best    int       // index of the highest, -1 where there are no labels
	oos     float64   // probability of being out of scope, 0..1
}

// FitScope trains a model. Examples labelled [OutOfScope] teach what lies outside; without any, labels held back in turn
// stand for it. Time grows with examples times labels: 0.3 s for a policy, 12 s of two processors for 15,000 examples of 150 labels.
func FitScope(examples []Example) *ScopeModel {
	m, _ := FitScopeJudged(examples)
	return m
}

// FitScopeJudged is [FitScope]; it also returns the examples as models judged them that had not seen them.
func FitScopeJudged(examples []Example) (*ScopeModel, []Judged) {
	m, rows := fitLinear(examples)
	var judged []Judged
	m.judge, judged = calibrate(examples, rows, nil)
	return m, judged
}

// fitLinear trains all but the calibration. It returns the examples' classes too: the out-of-scope one is -1.
func fitLinear(examples []Example) (*ScopeModel, []int) {
	m := &ScopeModel{}
	texts := make([]string, len(examples))
	for i, e := range examples {
		texts[i] = e.Text
		if e.Label != OutOfScope {
			m.labels = append(m.labels, e.Label)
		}
	}
	slices.Sort(m.labels)
	m.labels = slices.Compact(m.labels)
	label := make([]int, len(examples))
	for i, e := range examples {
		label[i] = m.class(e.Label)
	}
	m.vec = newVectorizer(texts)
	x := make([][]feature, len(texts))
	for i, t := range texts {
		x[i], _ = m.vec.vector(t)
	}
	classes := len(m.labels) + 1
	target := make([]int, len(label))
	for i, c := range label {
		target[i] = c
		if c < 0 {
			target[i] = classes - 1
		}
	}
	m.weights = ridge(x, target, classes, len(m.vec.idf))
	m.margins = hinge(x, target, classes, len(m.vec.idf))
	m.latent = newLatent(x, label, classes-1, len(m.vec.idf))
	m.near = newNeighbours(x, label, len(m.vec.idf))
	return m, label
}

// class is a label's index, -1 for what is out of scope.
func (m *ScopeModel) class(label string) int {
	if k, ok := slices.BinarySearch(m.labels, label); ok {
		return k
	}
	return -1
}

// Classify returns the likeliest label, [OutOfScope] where being out of scope is likelier than not, and the probability
// of being out of scope, 0..1.
func (m *ScopeModel) Classify(text string) (label string, oos float64) {
	s := m.score(text)
	if s.best < 0 || s.oos >= 0.5 {
		return OutOfScope, s.oos
	}
	return m.labels[s.best], s.oos
}

// Judge classifies a labelled message.
func (m *ScopeModel) Judge(e Example) Judged {
	s := m.score(e.Text)
	j := Judged{Text: e.Text, Label: e.Label}
	if s.best >= 0 {
		j.Nearest = m.labels[s.best]
	}
	j.decide(s.oos)
	return j
}

// Nearest returns the likeliest label whatever the scope, "" where the model knows none.
func (m *ScopeModel) Nearest(text string) string {
	if s := m.score(text); s.best >= 0 {
		return m.labels[s.best]
	}
	return ""
}

// score rates a message.
func (m *ScopeModel) score(text string) scores { return m.scoreMeant(text, nil, nil) }

// scoreMeant rates a message by its meaning too, where that and a vector are there.
func (m *ScopeModel) scoreMeant(text string, by *meaning, vector []float32) scores {
	s, signs := m.rate(text)
	if oos, ok := by.outside(signs, vector); ok {
		s.oos = oos
		return s
	}
	s.oos = 1 - m.judge.probability(signs)
	return s
}

// views is what each part of the model thinks of one message.
type views struct {
	known    float64   // share of the words that training knew, 0..1
	words    float64   // how many words there are
	linear   []float32 // of the regressions, by label, out of scope last: about 0..1
	margin   []float32 // of the machines, the same: about -1..1
	near     []float32 // of the nearest examples, by label: 0..1
	outside  float32   // of the nearest examples out of scope, 0..1
	local    float32   // how much nearer than its own class's next example the nearest example is
	far      []float32 // distance in the latent view, by label
	nearest  float32   // the least of far
	anywhere float32   // distance to all examples taken as one
}

func (m *ScopeModel) view(text string) views {
	vec, known := m.vec.vector(text)
	n, classes := len(m.labels), len(m.labels)+1
	v := views{
		known: known, words: float64(len(strings.Fields(text))),
		linear: make([]float32, classes), margin: make([]float32, classes), near: make([]float32, n), far: make([]float32, n),
	}
	gather(vec, m.weights, v.linear, classes)
	gather(vec, m.margins, v.margin, classes)
	v.outside, v.local = m.near.nearest(vec, v.near)
	v.nearest, v.anywhere = m.latent.distances(vec, v.far)
	return v
}

// rate computes the label scores and the signs from which the scope is judged.
func (m *ScopeModel) rate(text string) (scores, []float64) {
	v := m.view(text)
	s := scores{byLabel: make([]float32, len(m.labels)), best: -1}
	for c := range s.byLabel {
		latent := float32(math.Exp(latentSlope * float64(v.nearest-v.far[c])))
		s.byLabel[c] = 0.35*(v.margin[c]+1) + 0.3*v.near[c] + 0.1*latent
	}
	if len(m.labels) == 0 {
		return s, make([]float64, signCount)
	}
	best, lead := top(s.byLabel)
	s.best = best
	return s, v.signs(best, float64(lead), float64(v.near[best]-m.near.usual[best+1]))
}

// latentSlope is how fast a label loses by its distance.
const latentSlope = 4

// signs are what the calibration weighs. lead is by how much the best label's score is ahead, usual how near its examples
// are to the message against how near they are to each other.
func (v views) signs(best int, lead, usual float64) []float64 {
	labels := len(v.near)
	widest, ahead := top(v.margin[:labels])
	closest := slices.Max(v.near)
	mass := 0.0
	for _, m := range v.margin[:labels] {
		mass += math.Exp(4 * float64(m))
	}
	return []float64{
		1, lead, v.known, v.words / 10, math.Log(mass),
		float64(v.margin[best]), float64(v.margin[widest]), float64(ahead), float64(v.margin[labels]),
		float64(v.linear[best]), float64(v.linear[labels]),
		float64(v.near[best]), float64(closest), float64(v.outside), float64(closest - v.outside), float64(v.local), usual,
		float64(v.nearest), float64(v.nearest - v.anywhere), float64(v.far[best] - v.nearest),
	}
}

// signCount is how many signs there are.
const signCount = 20

// top returns the index of the highest value and how far ahead of the second it is.
func top(values []float32) (best int, ahead float32) {
	second := float32(-2)
	for i, v := range values[1:] {
		if v > values[best] {
			best, second = i+1, values[best]
		} else if v > second {
			second = v
		}
	}
	return best, values[best] - second
}
