package fallback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
)

// Embedder makes vectors of texts, all of one length, so that texts which mean the same are near each other.
type Embedder interface {
	Fingerprint() string // changes when the vectors of equal texts do
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// The most examples that a meaning is compared with, of a label and out of scope. What more would cost is turns' time:
const (
	meantOfLabel = 24
	meantOutside = 400
)

// meaning judges the scope by the words' signs and by how near a message's vector is to the examples'.
type meaning struct {
	space *space
	judge logit
}

// UseMeaning has the scope of messages judged by what they mean too, from then on, where a [RouteInput] has a vector; e
// is asked for those of the examples. It must come before the policy is used, and its fingerprint becomes part of the
// hash. An error leaves the policy as it was. It takes as long as training did, as the examples are held back again.
func (p *Policy) UseMeaning(ctx context.Context, e Embedder) error {
	texts := make([]string, len(p.taught))
	label := make([]int, len(p.taught))
	for i, ex := range p.taught {
		texts[i], label[i] = ex.Text, p.scope.class(ex.Label)
	}
	vectors, err := e.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("embed the examples of the scope model: %w", err)
	}
	if len(vectors) != len(texts) || len(texts) == 0 {
		return fmt.Errorf("embed the examples of the scope model: %d vectors came for %d texts", len(vectors), len(texts))
	}
	units := make([][]float32, len(vectors))
	for i, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return fmt.Errorf("embed the examples of the scope model: vectors of %d and of %d dimensions came", len(vectors[0]), len(v))
		}
		units[i] = unit(v)
	}
	m := &meaning{space: newSpace(units, label, len(p.scope.labels))}
	m.judge, _ = calibrate(p.taught, label, units)
	sum := sha256.Sum256([]byte(p.hash + "+" + e.Fingerprint()))
	p.meaning, p.hash = m, hex.EncodeToString(sum[:])
	return nil
}

// HasMeaning reports whether a message's vector is of use.
func (p *Policy) HasMeaning() bool { return p.meaning != nil }

// outside is the probability that a message is out of scope, by the signs of its words and its vector. Without a vector
// that fits, ok is false.
func (m *meaning) outside(signs []float64, vector []float32) (oos float64, ok bool) {
	if m == nil || len(vector) != m.space.dims {
		return 0, false
	}
	return 1 - m.judge.probability(append(signs, m.space.signs(unit(vector))...)), true
}

// space is examples by what they mean: vectors of length one.
type space struct {
	dims      int
	vectors   [][]float32
	label     []int
	centroids [][]float32 // by label
}

// newSpace takes in the first examples of each label; the centroids are of all.
func newSpace(units [][]float32, label []int, labels int) *space {
	s := &space{dims: len(units[0]), centroids: make([][]float32, labels)}
	kept := make([]int, labels+1)
	for i, v := range units {
		c := label[i]
		if c >= 0 && kept[c+1] < meantOfLabel || c < 0 && kept[0] < meantOutside {
			s.vectors, s.label = append(s.vectors, v), append(s.label, c)
			kept[c+1]++
		}
		if c < 0 {
			continue
		}
		if s.centroids[c] == nil {
			s.centroids[c] = make([]float32, s.dims)
		}
		for d, x := range v {
			s.centroids[c][d] += x
		}
	}
	for c, v := range s.centroids {
		s.centroids[c] = unit(v)
	}
	return s
}

// signs are the cosine of the nearest example in scope, by how much the nearest label's centroid is ahead of the next,
// and the cosine of the nearest example out of scope. What there is none of is 0.
func (s *space) signs(v []float32) []float64 {
	var inside, outside, first, second float32
	for i, example := range s.vectors {
		c := dot(v, example)
		if s.label[i] < 0 {
			outside = max(outside, c)
		} else {
			inside = max(inside, c)
		}
	}
	for _, centroid := range s.centroids {
		if c := dot(v, centroid); c > first {
			first, second = c, first
		} else {
			second = max(second, c)
		}
	}
	return []float64{float64(inside), float64(first - second), float64(outside)}
}

// unit makes a vector one long. One of no length, or with what is no number, becomes all zero: near to nothing.
func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return out
	}
	scale := float32(1 / math.Sqrt(sum))
	for i, x := range v {
		out[i] = x * scale
	}
	return out
}

// dot is 0 where a label has no centroid.
func dot(a, b []float32) float32 {
	var sum float32
	for i := range b {
		sum += a[i] * b[i]
	}
	return sum
}
