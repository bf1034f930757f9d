package audit

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

const z95 = 1.959963984540054

// atLeast is the probability of k or more of n where each has probability p.
func atLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0:
		return 0
	}
	ln := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	sum := 0.0
	for i := k; i <= n; i++ {
		sum += math.Exp(ln(n) - ln(i) - ln(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(sum, 1)
}

// share is k of n with the exact interval of Clopper and Pearson.
func share(k, n int) Interval {
	if n == 0 {
		return Interval{0, 0, 1}
	}
	find := func(below func(p float64) bool) float64 {
		lo, hi := 0.0, 1.0
		for range 50 {
			if mid := (lo + hi) / 2; below(mid) {
				lo = mid
			} else {
				hi = mid
			}
		}
		return lo
	}
	out := Interval{Estimate: float64(k) / float64(n), High: 1}
	if k > 0 {
		out.Low = find(func(p float64) bool { return atLeast(k, n, p) < 0.025 })
	}
	if k < n {
		out.High = find(func(p float64) bool { return 1-atLeast(k+1, n, p) > 0.025 })
	}
	return out
}

func wilson(k, n int) (low, high float64) {
	p, m := float64(k)/float64(n), float64(n)
	centre, half := p+z95*z95/(2*m), z95*math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	return (centre - half) / (1 + z95*z95/m), (centre + half) / (1 + z95*z95/m)
}

// paired is the difference of two paired shares, second less first, by Newcombe's method 10. both have the property in
// both, first and second in one only.
func paired(both, first, second, neither int) Interval {
	n := both + first + second + neither
	if n == 0 {
		return Interval{0, -1, 1}
	}
	a, b := both+second, both+first
	pa, pb := float64(a)/float64(n), float64(b)/float64(n)
	la, ua := wilson(a, n)
	lb, ub := wilson(b, n)
	phi := 0.0
	if d := float64(a) * float64(n-a) * float64(b) * float64(n-b); d > 0 {
		c := float64(both)*float64(neither) - float64(first)*float64(second)
		if c > 0 {
			c = max(c-float64(n)/2, 0)
		}
		phi = c / math.Sqrt(d)
	}
	low := math.Sqrt(max(0, sq(pa-la)-2*phi*(pa-la)*(ub-pb)+sq(ub-pb)))
	high := math.Sqrt(max(0, sq(ua-pa)-2*phi*(ua-pa)*(pb-lb)+sq(pb-lb)))
	return Interval{pa - pb, pa - pb - low, pa - pb + high}
}

func sq(x float64) float64 { return x * x }

// mcnemar is the exact two-sided p of so many changes one way and the other.
func mcnemar(first, second int) float64 {
	return min(1, 2*atLeast(max(first, second), first+second, 0.5))
}

// bootstraps is how often a mean is drawn again.
const bootstraps = 1000

// mean is a mean with the percentile interval of the bootstrap; nil where there is nothing.
func mean(values []float64, rng *rand.Rand) *Interval {
	if len(values) == 0 {
		return nil
	}
	n := float64(len(values))
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	means := make([]float64, bootstraps)
	for i := range means {
		for range values {
			means[i] += values[rng.IntN(len(values))]
		}
		means[i] /= n
	}
	slices.Sort(means)
	return &Interval{sum / n, means[bootstraps/40], means[bootstraps-1-bootstraps/40]}
}

// holm corrects the p values for their number, in place.
func holm(ps []*float64) {
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b *float64) int {
		switch {
		case *a < *b:
			return -1
		case *a > *b:
			return 1
		}
		return 0
	})
	least := 0.0
	for i, p := range ps {
		least = max(least, min(1, *p*float64(len(ps)-i)))
		*p = least
	}
}
