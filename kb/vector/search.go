package vector

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"switchboard/kb/vector/half"
)

// Hit is a vector that was found: its place in the file and its dot product with the query.
type Hit struct {
	Index int32
	Score float32
}

// Bits is a set of places: place i is in it where bit i%64 of word i/64 is set. Places beyond its end are not.
type Bits []uint64

// NewBits returns an empty set with room for the places under n.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Add adds place i, which must be under NewBits' n.
func (b Bits) Add(i int32) { b[i/64] |= 1 << (i % 64) }

// word is the places from 64·n on.
func (b Bits) word(n int) uint64 {
	if n < len(b) {
		return b[n]
	}
	return 0
}

// Search returns the k vectors nearest to query among those in keep (nil keeps all), best first, equal scores in the
// order of their places. It is exact: the same hits with the same scores as computing every score, on any machine. It
// fails where the query has not Dims finite numbers, or the matrix is closed.
//
// A score is q·x. Of each vector x the file has the coordinates p in a basis, and the length of the rest; with the same
// of the query, c and its rest, the inequality of Cauchy and Schwarz says
//
//	q·x ≤ c·p + |rest of q| · |rest of x|
//
// up to rounding, which roundoff bounds. So a short product tells of nearly every vector that it cannot be among the
// best; only the others are read. How many those are depends on the data, never what is found.
func (m *Matrix) Search(query []float32, k int, keep Bits) ([]Hit, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	long := length(query)
	switch {
	case m.vectors == nil:
		return nil, errClosed
	case len(query) != m.header.dims:
		return nil, fmt.Errorf("search vectors: the query has %d dimensions, the vectors have %d", len(query), m.header.dims)
	case !(long*float64(m.header.longest) < maxProduct && long < maxProduct):
		return nil, errors.New("search vectors: the query has numbers that are not finite, or out of range")
	}
	k = min(k, m.header.count)
	if k <= 0 {
		return nil, nil
	}
	if m.basis.Rows == 0 {
		return m.searchAll(query, k, keep), nil
	}
	bounds := m.scratch()
	defer m.spare.Put(bounds)
	m.bound(query, keep, *bounds)
	return m.searchBounded(query, k, *bounds), nil
}

// maxProduct keeps scores and their bounds from overflowing.
const maxProduct = 1e36

func (m *Matrix) scratch() *[]float32 {
	if b, ok := m.spare.Get().(*[]float32); ok {
		return b
	}
	b := make([]float32, m.header.count)
	return &b
}

// never is the bound of vectors that are not wanted, or not any more.
var never = float32(math.Inf(-1))

// underflow bounds the errors of products that are smaller than float32 can say.
const underflow = 1e-36

// bound writes to bounds, for each vector, a number that its score does not exceed.
func (m *Matrix) bound(query []float32, keep Bits, bounds []float32) {
	prefix := m.basis.Rows
	c := make([]float32, prefix)
	blas32.Gemv(blas.NoTrans, 1, m.basis, blas32.Vector{N: len(query), Inc: 1, Data: query}, 0, blas32.Vector{N: prefix, Inc: 1, Data: c})
	rest := restLength(query, c)
	slack := roundUp(roundoff(len(query))*length(query)*float64(m.header.longest) + underflow)
	for begin := 0; begin < len(bounds); begin += 64 {
		out := bounds[begin:min(begin+64, len(bounds))]
		wanted := ^uint64(0)
		if keep != nil {
			if wanted = keep.word(begin / 64); wanted == 0 {
				for i := range out {
					out[i] = never
				}
				continue
			}
		}
		rows := blas32.General{Rows: len(out), Cols: prefix, Stride: prefix, Data: m.prefixes[begin*prefix:][:len(out)*prefix]}
		blas32.Gemv(blas.NoTrans, 1, rows, blas32.Vector{N: prefix, Inc: 1, Data: c}, 0, blas32.Vector{N: len(out), Inc: 1, Data: out})
		for i, r := range m.rests[begin : begin+len(out)] {
			if wanted>>i&1 == 0 {
				out[i] = never
				continue
			}
			out[i] += rest*r + slack
		}
	}
}

// searchBounded spends the bounds: those with the k greatest give a score that others have to reach.
func (m *Matrix) searchBounded(query []float32, k int, bounds []float32) []Hit {
	first := newBest(k)
	for i, b := range bounds {
		if b > first.least() {
			first.offer(Hit{int32(i), b})
		}
	}
	found := newBest(k)
	for _, h := range first.hits {
		bounds[h.Index] = never
		found.offer(Hit{h.Index, dot(query, m.row(h.Index))})
	}
	for i, b := range bounds {
		if b >= found.least() && b > never {
			found.offer(Hit{int32(i), dot(query, m.row(int32(i)))})
		}
	}
	return found.sorted()
}

// searchAll computes every score.
func (m *Matrix) searchAll(query []float32, k int, keep Bits) []Hit {
	found := newBest(k)
	for begin := 0; begin < m.header.count; begin += 64 {
		wanted := ^uint64(0) >> (64 - min(64, m.header.count-begin))
		if keep != nil {
			wanted &= keep.word(begin / 64)
		}
		for ; wanted != 0; wanted &= wanted - 1 {
			i := int32(begin + bits.TrailingZeros64(wanted))
			found.offer(Hit{i, dot(query, m.row(i))})
		}
	}
	return found.sorted()
}

// dot is q·x for the bytes of x. The order of additions is fixed and every product is rounded, so that it is the same
// on machines that would rather fuse the two.
func dot(q []float32, x []byte) float32 {
	table := half.Table()
	var a, b, c, d float32
	for ; len(q) >= 4 && len(x) >= 8; q, x = q[4:], x[8:] {
		a += float32(q[0] * table[uint16(x[0])|uint16(x[1])<<8])
		b += float32(q[1] * table[uint16(x[2])|uint16(x[3])<<8])
		c += float32(q[2] * table[uint16(x[4])|uint16(x[5])<<8])
		d += float32(q[3] * table[uint16(x[6])|uint16(x[7])<<8])
	}
	for i, y := range q {
		a += float32(y * table[uint16(x[2*i])|uint16(x[2*i+1])<<8])
	}
	return (a + b) + (c + d)
}

// best holds the k best of the hits offered: a heap with the worst at the top.
type best struct {
	k    int
	hits []Hit
}

func newBest(k int) *best { return &best{k: k, hits: make([]Hit, 0, k)} }

// order sorts the better one first.
func order(x, y Hit) int {
	if c := cmp.Compare(y.Score, x.Score); c != 0 {
		return c
	}
	return cmp.Compare(x.Index, y.Index)
}

// least is the score that a hit needs at least to be taken.
func (b *best) least() float32 {
	if len(b.hits) < b.k {
		return never
	}
	return b.hits[0].Score
}

func (b *best) offer(h Hit) {
	if len(b.hits) < b.k {
		b.hits = append(b.hits, h)
		for i := len(b.hits) - 1; i > 0; {
			up := (i - 1) / 2
			if order(b.hits[i], b.hits[up]) < 0 {
				break
			}
			b.hits[i], b.hits[up] = b.hits[up], b.hits[i]
			i = up
		}
		return
	}
	if order(h, b.hits[0]) > 0 {
		return
	}
	b.hits[0] = h
	for i := 0; ; {
		worst := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < b.k && order(b.hits[down], b.hits[worst]) > 0 {
				worst = down
			}
		}
		if worst == i {
			return
		}
		b.hits[i], b.hits[worst] = b.hits[worst], b.hits[i]
		i = worst
	}
}

func (b *best) sorted() []Hit {
	slices.SortFunc(b.hits, order)
	return b.hits
}
