package fallback

// ridge solves (X X' + lambda I) A = Y for all classes at once by conjugate gradients and returns W = X' A, the weights
// of one linear regression a class on targets of 1 and 0: features by classes, row after row. It is deterministic.
func ridge(x [][]feature, label []int, classes, features int, lambda float32, steps int) []float32 {
	n := len(x)
	alpha := make([]float32, n*classes)
	res := make([]float32, n*classes)
	for i, c := range label {
		if c >= 0 {
			res[i*classes+c] = 1
		}
	}
	dir := append([]float32(nil), res...)
	image := make([]float32, n*classes)
	weights := make([]float32, features*classes)
	old := columnDots(res, res, classes)
	for range steps {
		project(x, dir, weights, classes)
		for i, row := range x {
			out := image[i*classes : (i+1)*classes]
			d := dir[i*classes : (i+1)*classes]
			for c := range out {
				out[c] = lambda * d[c]
			}
			gather(row, weights, out, classes)
		}
		curve := columnDots(dir, image, classes)
		step := ratio(old, curve)
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
			to := w[int(f.id)*classes : (int(f.id)+1)*classes]
			for c, v := range from {
				to[c] += f.weight * v
			}
		}
	}
}

// gather adds row . w to out.
func gather(row []feature, w, out []float32, classes int) {
	for _, f := range row {
		from := w[int(f.id)*classes : (int(f.id)+1)*classes]
		for c, v := range from {
			out[c] += f.weight * v
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
