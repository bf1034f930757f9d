package embedtest

import (
	"hash/fnv"
	"math"
	"strings"
	"unicode"
)

// Vector is what the stub makes of a text: each word adds 1 or takes 1 away in one dimension, both by its hash, and the
// sum is made one long. A text without words lies along the first axis.
func Vector(text string, dims int) []float32 {
	v := make([]float64, dims)
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		h := fnv.New64a()
		h.Write([]byte(word))
		x := h.Sum64()
		v[x%uint64(dims)] += 1 - 2*float64(x>>63)
	}
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	out := make([]float32, dims)
	for i, x := range v {
		out[i] = float32(x / math.Sqrt(sum))
	}
	return out
}

// Similarity is the cosine of two texts' vectors, by which the stub reranks.
func Similarity(a, b string) float64 {
	x, y := Vector(a, 256), Vector(b, 256)
	sum := 0.0
	for i := range x {
		sum += float64(x[i]) * float64(y[i])
	}
	return sum
}
