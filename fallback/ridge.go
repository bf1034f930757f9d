package fallback

import (
	"runtime"
	"sync"
)

// ridge solves (X X' + lambda I) A = Y for all classes by conjugate gradients and returns W = X' A, the weights of one
// linear regression a class on targets of 1 and 0: features by classes, row after row. Classes do not depend on one
// another, so they are shared out among the processors; the result is the same on any number of them.
func ridge(x [][]feature, label []int, classes, features int) []float32 {
	weights := make([]float32, features*classes)
	width := max(8, (classes+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for from := 0; from < classes; from += width {
		to := min(from+width, classes)
		wg.Go(func() {
			part := ridgePart(x, label, from, to, features, float32(classes))
			for f := range features {
				copy(weights[f*classes+from:f*classes+to], part[f*(to-from):(f+1)*(to-from)])
			}
		})
	}
	wg.Wait()
	return weights
}

// The settings of the regressions, chosen on public intent data of 60 and 150 classes. An example counts more for its
// own class than for each of the others, lest the many others drown the few; how much more grows with their number.
const (
	lambdaPerClass = 0.05
	ownPerClass    = 1.0 / 6
	ridgeSteps     = 14
)

// ridgePart solves for the classes from one to another, of all there are.
func ridgePart(x [][]feature, label []int, from, to, features int, all float32) []float32 {
	n, classes := len(x), to-from
	lambda, own := max(0.5, lambdaPerClass*all), max(1, ownPerClass*all)
	alpha := make([]float32, n*classes)
	res := make([]float32, n*classes)
	for i, c := range label {
		if c >= from && c < to {
			res[i*classes+c-from] = 1
		}
	}
	dir := append([]float32(nil), res...)
	image := make([]float32, n*classes)
	weights := make([]float32, features*classes)
	old := columnDots(res, res, classes)
	for range ridgeSteps {
		project(x, dir, weights, classes)
		for i, row := range x {
			out := image[i*classes : (i+1)*classes]
			d := dir[i*classes : (i+1)*classes]
			for c := range out {
				out[c] = lambda * d[c]
			}
			if c := label[i] - from; c >= 0 && c < classes {
				out[c] = lambda / own * d[c]
			}
			gather(row, weights, out, classes)
		}
		step := ratio(old, columnDots(dir, image, classes))
		for i := 0; i < len(alpha); i += classes {
			for c, s := range step {
				alpha[i+c] += s * dir[i+c]
				res[i+c] -= s * image[i+c]
			}
		}
		now := columnDots(res, res, classes)
		keep := ratio(now, old)
		for i := 0; i < len(dir); i += classes {
			for c, k := range keep {
				dir[i+c] = res[i+c] + k*dir[i+c]
			}
		}
		old = now
	}
	project(x, alpha, weights, classes)
	return weights
}

// project sets w = X' a.
func project(x [][]feature, a, w []float32, classes int) {
	clear(w)
	for i, row := range x {
		from := a[i*classes : (i+1)*classes]
		for _, f := range row {
			to := w[int(f.id)*classes:][:len(from)]
			for c := range from {
				to[c] += f.weight * from[c]
			}
		}
	}
}

// gather adds row . w to out.
func gather(row []feature, w, out []float32, classes int) {
	out = out[:classes]
	for _, f := range row {
		from := w[int(f.id)*classes:][:classes]
		for c := range out {
			out[c] += f.weight * from[c]
		}
	}
}

func columnDots(a, b []float32, classes int) []float64 {
	out := make([]float64, classes)
	for i := 0; i < len(a); i += classes {
		for c := range out {
			out[c] += float64(a[i+c]) * float64(b[i+c])
		}
	}
	return out
}

// ratio is a/b by column, 0 where a column has converged.
func ratio(a, b []float64) []float32 {
	out := make([]float32, len(a))
	for c := range a {
		if b[c] > 1e-12 {
			out[c] = float32(a[c] / b[c])
		}
	}
	return out
}
