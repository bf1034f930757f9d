package fallback

import (
	"math"
)

// logit is a logistic regression over a few signs.
type logit struct{ weights []float64 }

func (l logit) probability(signs []float64) float64 { return 1 / (1 + math.Exp(-l.sum(signs))) }

func (l logit) sum(signs []float64) float64 {
	z := 0.0
	for i, w := range l.weights {
		z += w * signs[i]
	}
	return z
}

// calibrate trains the judgement of scope on examples that the model being judged has not seen. In each fold a part of
// the examples is held back; where few examples are labelled out of scope, a part of the labels is held back whole and
// their examples stand for what lies outside. The examples come back as they were judged while held back, by a
// calibration that had not seen them either. With vectors, one an example and one long, what they mean is weighed too.
func calibrate(examples []Example, label []int, vectors [][]float32) (logit, []Judged) {
	outside, classes := 0, 0
	for _, c := range label {
		if c < 0 {
			outside++
		}
		classes = max(classes, c+1)
	}
	byLabel := outside < 20
	var signs [][]float64
	var inside []bool
	var weight []float64
	var judged []Judged
	var foldOf []int
	for fold := range folds {
		var train, held []Example
		var heldIn []bool
		var trainAt, heldAt []int
		for i, e := range examples {
			gone := byLabel && label[i] >= 0 && label[i]%folds == fold
			switch {
			case i%folds == fold || gone && i%2 == 0:
				held = append(held, e)
				heldIn, heldAt = append(heldIn, label[i] >= 0 && !gone), append(heldAt, i)
			case !gone:
				train, trainAt = append(train, e), append(trainAt, i)
			}
		}
		if len(train) == 0 {
			continue
		}
		m, classOf := fitLinear(train)
		var near *space
		if vectors != nil {
			near = newSpace(pick(vectors, trainAt), classOf, len(m.labels))
		}
		for i, e := range held {
			rated, s := m.rate(e.Text)
			if near != nil {
				s = append(s, near.signs(vectors[heldAt[i]])...)
			}
			signs, inside = append(signs, s), append(inside, heldIn[i])
			j := Judged{Text: e.Text, Label: OutOfScope}
			if heldIn[i] {
				j.Label = e.Label
			}
			if rated.best >= 0 {
				j.Nearest = m.labels[rated.best]
				_, j.lead = top(rated.byLabel)
			}
			judged, foldOf = append(judged, j), append(foldOf, fold)
		}
	}
	ins := 0
	for _, in := range inside {
		if in {
			ins++
		}
	}
	for _, in := range inside {
		w := math.Sqrt(float64(len(inside)) / float64(2*max(1, len(inside)-ins)))
		if in {
			w = math.Sqrt(float64(len(inside)) / float64(2*max(1, ins)))
		}
		weight = append(weight, w)
	}
	judgeAcross(judged, foldOf, signs, inside, weight)
	return fitLogit(signs, inside, weight), judged
}

func pick(vectors [][]float32, at []int) [][]float32 {
	out := make([][]float32, len(at))
	for i, from := range at {
		out[i] = vectors[from]
	}
	return out
}

// judgeAcross gives each held-back example the score of a calibration trained on the other folds.
func judgeAcross(judged []Judged, foldOf []int, signs [][]float64, inside []bool, weight []float64) {
	for fold := range folds {
		var x [][]float64
		var y []bool
		var w []float64
		for i, f := range foldOf {
			if f != fold {
				x, y, w = append(x, signs[i]), append(y, inside[i]), append(w, weight[i])
			}
		}
		l := fitLogit(x, y, w)
		for i, f := range foldOf {
			if f == fold {
				judged[i].decide(1 - l.probability(signs[i]))
			}
		}
	}
}

// fitLogit fits a weighted logistic regression with a small ridge by Newton's method.
func fitLogit(x [][]float64, y []bool, weight []float64) logit {
	if len(x) == 0 {
		return logit{make([]float64, signCount)}
	}
	d := len(x[0])
	w := make([]float64, d)
	for range 25 {
		grad := make([]float64, d)
		hess := make([][]float64, d)
		for i := range hess {
			hess[i] = make([]float64, d)
			hess[i][i] = 0.5
			grad[i] = -0.5 * w[i]
		}
		for i, row := range x {
			p := logit{w}.probability(row)
			t := 0.0
			if y[i] {
				t = 1
			}
			for a, va := range row {
				grad[a] += weight[i] * (t - p) * va
				for b, vb := range row {
					hess[a][b] += weight[i] * p * (1 - p) * va * vb
				}
			}
		}
		step := solve(hess, grad)
		size := 0.0
		for _, s := range step {
			size += s * s
		}
		if math.IsNaN(size) || math.IsInf(size, 0) {
			break // nothing more is to be learnt from these signs
		}
		for i := range w {
			w[i] += step[i]
		}
		if size < 1e-10 {
			break
		}
	}
	return logit{w}
}

// solve returns the solution of a x = b for a small positive definite a, which it destroys.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	x := append([]float64(nil), b...)
	for i := range n {
		for j := i + 1; j < n; j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < n; k++ {
				a[j][k] -= f * a[i][k]
			}
			x[j] -= f * x[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	return x
}
