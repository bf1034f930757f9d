package answerable

import (
	"math"
	"slices"

	"switchboard/fallback"
)

// Summary is what a set's scores are worth.
type Summary struct {
	Set         string  `json:"set"`
	Answerable  int     `json:"answerable"`
	Missing     int     `json:"missing"`
	Foreign     int     `json:"foreign"`
	MissingROC  float64 `json:"auroc_missing"`
	ForeignROC  float64 `json:"auroc_foreign"`
	MissingAUPR float64 `json:"aupr_missing"` // of finding the unanswerable ones
	Calibration float64 `json:"calibration_error"`
}

// Measure summarises the rows of one set.
func Measure(set string, rows []Row) Summary {
	by := map[Kind][]float64{}
	for _, r := range rows {
		by[r.Kind] = append(by[r.Kind], r.Score)
	}
	return Summary{
		set, len(by[Answerable]), len(by[Missing]), len(by[Foreign]),
		AUROC(by[Answerable], by[Missing]), AUROC(by[Answerable], by[Foreign]), aupr(by[Missing], by[Answerable]), calibration(rows),
	}
}

// AUROC is the probability that one of the higher ones has a higher score than one of the lower ones.
func AUROC(higher, lower []float64) float64 {
	if len(higher) == 0 || len(lower) == 0 {
		return math.NaN()
	}
	lower = slices.Sorted(slices.Values(lower))
	sum := 0.0
	for _, x := range higher {
		below, _ := slices.BinarySearch(lower, x)
		upTo, _ := slices.BinarySearch(lower, math.Nextafter(x, math.Inf(1)))
		sum += float64(below) + float64(upTo-below)/2
	}
	return sum / float64(len(higher)*len(lower))
}

// aupr is the area under precision and recall of finding those with low scores, by steps.
func aupr(wanted, others []float64) float64 {
	if len(wanted) == 0 {
		return math.NaN()
	}
	wanted, others = slices.Sorted(slices.Values(wanted)), slices.Sorted(slices.Values(others))
	area := 0.0
	for i, x := range wanted {
		wrong, _ := slices.BinarySearch(others, math.Nextafter(x, math.Inf(1)))
		area += float64(i+1) / float64(i+1+wrong)
	}
	return area / float64(len(wanted))
}

// calibration is the mean distance of the score from the share that is answerable, over ten bins of scores.
func calibration(rows []Row) float64 {
	var n, right, sum [10]float64
	for _, r := range rows {
		b := min(9, int(r.Score*10))
		n[b]++
		sum[b] += r.Score
		if r.Kind == Answerable {
			right[b]++
		}
	}
	total := 0.0
	for b := range n {
		total += math.Abs(right[b] - sum[b])
	}
	return total / max(1, float64(len(rows)))
}

// Train fits weights to rows. A set weighs what is stated, or 1, however large it is.
func Train(rows []Row, weigh map[string]float64) []float64 {
	n := map[string]float64{}
	for _, r := range rows {
		n[r.Set+string(r.Kind)]++
	}
	var x [][]float64
	var y []bool
	var w []float64
	for _, r := range rows {
		if r.Signs == nil {
			continue
		}
		share := map[Kind]float64{Answerable: 200, Missing: 140, Foreign: 60}[r.Kind]
		if stated := weigh[r.Set]; stated > 0 {
			share *= stated
		}
		x, y, w = append(x, r.Signs), append(y, r.Kind == Answerable), append(w, share/n[r.Set+string(r.Kind)])
	}
	return fallback.FitSigns(x, y, w)
}

// Rescore gives rows the scores of weights.
func Rescore(rows []Row, weights []float64) []Row {
	out := slices.Clone(rows)
	for i := range out {
		z := 0.0
		for j, s := range out[i].Signs {
			z += s * weights[j]
		}
		out[i].Score = 0
		if out[i].Signs != nil {
			out[i].Score = 1 / (1 + math.Exp(-z))
		}
	}
	return out
}
