package fallback

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// latent is a dense view of texts: their vectors projected to the few directions that they vary in most (latent
// semantic analysis, by subspace iteration), whitened by the spread within classes (linear discriminant analysis).
// Distances in it are those of Mahalanobis.
type latent struct {
	dims    int
	proj    []float32 // features by dims
	white   []float32 // dims by dims, lower triangle: the inverse of the Cholesky factor of the spread within classes
	means   []float32 // classes by dims, whitened
	overall []float32 // whitened mean of all, and
	wide    []float32 // the inverse Cholesky factor of the spread of all in the whitened space
}

// The settings of the latent view: its directions, the passes that find them, and how much of the mean spread is added
// to each direction's own.
const (
	latentDims   = 128
	latentPasses = 3
	latentShrink = 0.02
	// farthest bounds distances, which are about 1: where no class has two examples they have no measure.
	farthest = 1000
)

func newLatent(x [][]feature, label []int, classes, features int) *latent {
	k := min(latentDims, len(x)/4)
	l := &latent{dims: k, proj: make([]float32, features*k), means: make([]float32, classes*k), overall: make([]float32, k)}
	if k < 2 {
		l.dims = 0
		return l
	}
	z := l.project(x)
	inside := 0
	count := make([]float32, classes)
	for i, c := range label {
		if c >= 0 {
			axpy(l.means[c*k:][:k], 1, z[i*k:][:k])
			count[c]++
			inside++
		}
	}
	for c := range classes {
		scale(l.means[c*k:][:k], 1/max(1, count[c]))
	}
	l.white = spreadOf(z, k, label, func(c int) []float32 { return l.means[c*k:][:k] })
	for c := range classes {
		l.apply(l.white, l.means[c*k:][:k])
	}
	for i, c := range label {
		if c >= 0 {
			l.apply(l.white, z[i*k:][:k])
			axpy(l.overall, 1/float32(inside), z[i*k:][:k])
		}
	}
	l.wide = spreadOf(z, k, label, func(int) []float32 { return l.overall })
	return l
}

// project finds the directions and returns the examples in them: examples by dims.
func (l *latent) project(x [][]feature) []float32 {
	k := l.dims
	rng := rand.New(rand.NewPCG(1, 2)) // the same start each time: equal examples give equal models
	z := make([]float32, len(x)*k)
	for i := range z {
		z[i] = float32(rng.NormFloat64())
	}
	for range latentPasses {
		orthonormal(z, k)
		clear(l.proj)
		for i, row := range x {
			for _, f := range row {
				axpy(l.proj[int(f.id)*k:][:k], f.weight, z[i*k:][:k])
			}
		}
		parallel(len(x), func(i int) {
			to := z[i*k : (i+1)*k]
			clear(to)
			gather(x[i], l.proj, to, k)
		})
	}
	return z
}

// spreadOf returns what whitens the spread of the examples in scope about their centres.
func spreadOf(z []float32, k int, label []int, centre func(class int) []float32) []float32 {
	sum, diff, rows := make([]float64, k*k), make([]float32, k), 0
	for i, c := range label {
		if c < 0 {
			continue
		}
		copy(diff, z[i*k:][:k])
		axpy(diff, -1, centre(c))
		outer(sum, diff)
		rows++
	}
	return whitening(sum, max(1, rows), k, latentShrink)
}

// distances sets out to the squared distance to each class, per dimension, and returns the nearest one and that to all.
func (l *latent) distances(vec []feature, out []float32) (nearest, all float32) {
	k := l.dims
	if k == 0 || len(out) == 0 {
		return 0, 0
	}
	z := make([]float32, k)
	gather(vec, l.proj, z, k)
	l.apply(l.white, z)
	nearest = math.MaxFloat32
	for c := range out {
		d := float32(0)
		for i, m := range l.means[c*k:][:k] {
			d += (z[i] - m) * (z[i] - m)
		}
		out[c] = min(d/float32(k), farthest)
		nearest = min(nearest, out[c])
	}
	axpy(z, -1, l.overall)
	l.apply(l.wide, z)
	for _, v := range z {
		all += v * v
	}
	return nearest, min(all/float32(k), farthest)
}

// apply multiplies z by a lower triangular matrix, in place.
func (l *latent) apply(m, z []float32) {
	for i := l.dims - 1; i >= 0; i-- {
		s := float32(0)
		for j, v := range m[i*l.dims : i*l.dims+i+1] {
			s += v * z[j]
		}
		z[i] = s
	}
}

// axpy adds a times from.
func axpy(to []float32, a float32, from []float32) {
	for i, v := range from {
		to[i] += a * v
	}
}

// scale multiplies by a.
func scale(to []float32, a float32) {
	for i := range to {
		to[i] *= a
	}
}

// outer adds the lower triangle of v v'.
func outer(to []float64, v []float32) {
	k := len(v)
	for i, a := range v {
		row := to[i*k : i*k+i+1]
		for j := range row {
			row[j] += float64(a) * float64(v[j])
		}
	}
}

// whitening returns the inverse of the Cholesky factor of sum/rows, of which a share gives way to its mean variance.
func whitening(sum []float64, rows, k int, shrink float64) []float32 {
	mean := 0.0
	for i := range k {
		mean += sum[i*k+i] / float64(rows) / float64(k)
	}
	for i := range k {
		for j := 0; j <= i; j++ {
			sum[i*k+j] *= (1 - shrink) / float64(rows)
		}
		sum[i*k+i] += shrink*mean + 1e-12
	}
	cholesky(sum, k)
	inverse := make([]float32, k*k)
	column := make([]float64, k)
	for j := range k {
		for i := j; i < k; i++ {
			s := 0.0
			if i == j {
				s = 1
			}
			for m := j; m < i; m++ {
				s -= sum[i*k+m] * column[m]
			}
			column[i] = s / sum[i*k+i]
			inverse[i*k+j] = float32(column[i])
		}
	}
	return inverse
}

// cholesky turns the lower triangle of a positive definite matrix into its factor.
func cholesky(a []float64, k int) {
	for i := range k {
		for j := 0; j <= i; j++ {
			s := a[i*k+j]
			for m := range j {
				s -= a[i*k+m] * a[j*k+m]
			}
			if i == j {
				a[i*k+i] = math.Sqrt(math.Max(s, 1e-12))
			} else {
				a[i*k+j] = s / a[j*k+j]
			}
		}
	}
}

// orthonormal makes the k columns of q orthonormal, through the Cholesky factor of their products.
func orthonormal(q []float32, k int) {
	gram := make([]float64, k*k)
	n := len(q) / k
	for i := range n {
		outer(gram, q[i*k:][:k])
	}
	inv := whitening(gram, 1, k, 1e-9)
	parallel(n, func(i int) {
		(&latent{dims: k}).apply(inv, q[i*k:][:k])
	})
}

// parallel calls do for 0..n-1 on all processors.
func parallel(n int, do func(int)) {
	var wg sync.WaitGroup
	p := runtime.GOMAXPROCS(0)
	for w := range p {
		wg.Go(func() {
			for i := w * n / p; i < (w+1)*n/p; i++ {
				do(i)
			}
		})
	}
	wg.Wait()
}
