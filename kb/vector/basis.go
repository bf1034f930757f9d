package vector

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

const (
	sampleSize = 2048 // of vectors from which the basis is learnt
	iterations = 5    // more change nothing that a search would notice
)

// newBasis returns so many orthonormal rows that span nearly what the first principal components of the sample do, the
// first of them first (not centred: a query meets the mean as well). It is found by orthogonal iteration (Golub and Van
// Loan, "Matrix Computations", section 7.3.2). Any orthonormal rows are right; these leave the least of a vector over.
func newBasis(sample []float32, dims, size int) blas32.General {
	rows := len(sample) / dims
	x := blas32.General{Rows: rows, Cols: dims, Stride: dims, Data: sample}
	basis := zeros(size, dims)
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range basis.Data {
		basis.Data[i] = float32(noise.NormFloat64())
	}
	orthonormalize(basis)
	seen := zeros(rows, size)
	for range iterations {
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, x, basis, 0, seen)
		blas32.Gemm(blas.Trans, blas.NoTrans, 1, seen, x, 0, basis)
		orthonormalize(basis)
	}
	return basis
}

func zeros(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}

// orthonormalize makes the rows of b orthonormal to the precision of float32, by Gram and Schmidt's method in float64,
// each row twice. A row that has nothing of its own gets an axis that the others leave free.
func orthonormalize(b blas32.General) {
	done := make([][]float64, 0, b.Rows)
	axis := 0
	for r := range b.Rows {
		v := make([]float64, b.Cols)
		for i, x := range b.Data[r*b.Stride : r*b.Stride+b.Cols] {
			v[i] = float64(x)
		}
		for !reduce(v, done) {
			clear(v)
			v[axis], axis = 1, axis+1
		}
		done = append(done, v)
		for i, x := range v {
			b.Data[r*b.Stride+i] = float32(x)
		}
	}
}

// reduce makes v orthogonal to done and one long, and reports whether enough of it was left for that.
func reduce(v []float64, done [][]float64) bool {
	before := length(v)
	for range 2 {
		for _, d := range done {
			along := 0.0
			for i, x := range d {
				along += x * v[i]
			}
			for i, x := range d {
				v[i] -= along * x
			}
		}
	}
	after := length(v)
	if !(after > 1e-6*before) {
		return false
	}
	for i := range v {
		v[i] /= after
	}
	return true
}

func length[T float32 | float64](v []T) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// restLength bounds from above the length of what is left of v without its first coordinates in a basis.
//
// Let u = 2^-24, B the basis' first rows and p = Bv + e the coordinates. The rows of B are orthonormal to within
// d = 32u, and a coordinate is a sum of dims products, so that |e| ≤ √rows·(dims+8)·u·|v|. Then
//
//	|v - Bᵀp|² = |v|² - |p|² + 2p·e + p·(BBᵀ-1)p ≤ |v|² - |p|² + roundoff·|v|²
func restLength(v, coordinates []float32) float32 {
	whole, part := length(v), length(coordinates)
	return roundUp(math.Sqrt(max(whole*whole-part*part, 0) + roundoff(len(v))*whole*whole))
}

// roundoff bounds every sum of rounding errors here, for vectors of length 1. With at most 192 rows, whose root is under
// 14, the greatest is that of a score's bound: 2|e| + 4d, 192u for the product of coordinates, dims/4 + 8 times u for
// the score itself.
func roundoff(dims int) float64 { return float64(30*dims+1024) * 0x1p-24 }

// roundUp is x as a float32 that is not smaller.
func roundUp(x float64) float32 {
	f := float32(x)
	if float64(f) < x {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	return f
}
