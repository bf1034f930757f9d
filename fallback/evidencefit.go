package fallback

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"switchboard"
)

// EvidenceFit is what `policy fit --evidence` learns: numbers, and none of the questions that they were learnt from.
type EvidenceFit struct {
	Rows    int                `json:"rows"`
	Weights map[string]float64 `json:"weights"` // by the names of EvidenceSigns
}

// UseEvidence judges evidence by fitted weights from then on, and makes them part of the hash. It must come before the
// policy is used. It fails where the signs are not those of this version.
func (p *Policy) UseEvidence(f EvidenceFit) error {
	weights := make([]float64, len(EvidenceSigns))
	for i, name := range EvidenceSigns {
		w, ok := f.Weights[name]
		if !ok || math.IsNaN(w) || math.IsInf(w, 0) {
			return switchboard.Errorf(switchboard.Conflict, "the fitted evidence has no weight for %q: fit it again", name)
		}
		weights[i] = w
	}
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("hash the fitted evidence: %w", err)
	}
	sum := sha256.Sum256(append([]byte(p.hash), b...))
	p.weights, p.hash = weights, hex.EncodeToString(sum[:])
	return nil
}

// EvidenceRow is a question as it was seen against a knowledge base.
type EvidenceRow struct {
	Signs      []float64 // of [Policy.Signs]; nil where nothing was found
	Answerable bool
}

// pulls are how strongly weights may be held to the shipped ones, in rows: as if so many had confirmed them.
var pulls = []float64{0.3, 1, 3, 10, 30, 100, 1000}

// evidenceFolds is into how many parts rows are divided where a fit is measured on what it has not seen.
const evidenceFolds = 5

// FitEvidence learns weights from rows, held to the shipped ones as strongly as serves rows held back best. The second
// result is each row's score by weights that have not seen it, the hold included. Rows of one group, such as the
// questions about one document, are held back together; nil means that each is its own.
func FitEvidence(rows []EvidenceRow, group []int) (EvidenceFit, []float64) {
	if group == nil {
		group = make([]int, len(rows))
		for i := range group {
			group[i] = i
		}
	}
	scores := make([]float64, len(rows))
	for fold := range evidenceFolds {
		var train []EvidenceRow
		var trainGroup []int
		for i, r := range rows {
			if group[i]%evidenceFolds != fold {
				train, trainGroup = append(train, r), append(trainGroup, group[i])
			}
		}
		w := held(train, bestPull(train, trainGroup))
		for i, r := range rows {
			if group[i]%evidenceFolds == fold {
				scores[i] = scoreBy(w, r.Signs)
			}
		}
	}
	fit := EvidenceFit{Rows: len(rows), Weights: map[string]float64{}}
	for i, w := range held(rows, bestPull(rows, group)) {
		fit.Weights[EvidenceSigns[i]] = math.Round(1e4*w) / 1e4
	}
	return fit, scores
}

// ShippedScores are the rows' scores by the shipped weights.
func ShippedScores(rows []EvidenceRow) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = scoreBy(evidenceWeights, r.Signs)
	}
	return out
}

func scoreBy(weights, signs []float64) float64 {
	if signs == nil {
		return 0
	}
	return logit{weights}.probability(signs)
}

// bestPull is the pull with the least logarithmic loss on rows held back.
func bestPull(rows []EvidenceRow, group []int) float64 {
	best, least := pulls[len(pulls)-1], math.Inf(1)
	for _, pull := range slices.Backward(pulls) {
		loss := 0.0
		for fold := range evidenceFolds {
			// Other parts than FitEvidence's, which has left out whole ones of its own.
			var train []EvidenceRow
			for i, r := range rows {
				if group[i]/evidenceFolds%evidenceFolds != fold {
					train = append(train, r)
				}
			}
			w := held(train, pull)
			for i, r := range rows {
				if group[i]/evidenceFolds%evidenceFolds == fold && r.Signs != nil {
					s := min(max(scoreBy(w, r.Signs), 1e-6), 1-1e-6)
					if !r.Answerable {
						s = 1 - s
					}
					loss -= math.Log(s)
				}
			}
		}
		if loss < least {
			best, least = pull, loss
		}
	}
	return best
}

// held fits a logistic regression that is held to the shipped weights. No sign may count against an answer: what would be
// learnt so is the habit of one set.
func held(rows []EvidenceRow, pull float64) []float64 {
	w := slices.Clone(evidenceWeights)
	for range 20 {
		grad, hess := slope(rows, w, pull)
		size := 0.0
		for i, s := range solve(hess, grad) {
			next := w[i] + s
			if i > 0 {
				next = max(0, next)
			}
			size += (next - w[i]) * (next - w[i])
			w[i] = next
		}
		if size < 1e-8 {
			break
		}
	}
	return w
}

// slope is the gradient and the curvature of the likelihood at w, less the pull. A weight at its bound that would go
// below stands still.
func slope(rows []EvidenceRow, w []float64, pull float64) (grad []float64, hess [][]float64) {
	d := len(w)
	grad, hess = make([]float64, d), make([][]float64, d)
	for i := range d {
		hess[i] = make([]float64, d)
		hess[i][i], grad[i] = pull, pull*(evidenceWeights[i]-w[i])
	}
	hess[0][0], grad[0] = pull/10, grad[0]/10 // how many are answerable differs most between knowledge bases
	for _, r := range rows {
		if r.Signs == nil {
			continue
		}
		p := logit{w}.probability(r.Signs)
		t := -p
		if r.Answerable {
			t++
		}
		for a, va := range r.Signs {
			grad[a] += t * va
			for b, vb := range r.Signs {
				hess[a][b] += p * (1 - p) * va * vb
			}
		}
	}
	for a := 1; a < d; a++ {
		if w[a] > 0 || grad[a] > 0 {
			continue
		}
		for b := range d {
			hess[a][b], hess[b][a] = 0, 0
		}
		hess[a][a], grad[a] = 1, 0
	}
	return grad, hess
}
