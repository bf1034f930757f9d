package vector

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	mmap "github.com/blevesearch/mmap-go"
	"gonum.org/v1/gonum/blas/blas32"

	"switchboard/kb/vector/half"
)

// Matrix is a file of vectors, open for searching. It is safe for concurrent use. The file is mapped into memory, not
// read: with 384 dimensions a vector takes 1544 bytes of it, of which a search reads 388 of every vector, more of some,
// and few are read whole.
type Matrix struct {
	header header
	mean   []float32
	basis  blas32.General
	spare  sync.Pool // of *[]float32, one number a vector

	mu      sync.RWMutex // held for reading while searching, so that Close waits for searches
	mapped  mmap.MMap    // nil when closed, and so is what lies in it:
	vectors []byte
	firsts  []float32 // see format.go
	seconds []float32
	rests   [2][]float32
}

// errClosed is what a closed matrix answers.
var errClosed = errors.New("the file of vectors is closed")

// Open opens a file that Write has written and checks every byte of it. It must not change while it is open. The caller
// closes it.
func Open(path string) (*Matrix, error) {
	m, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open vectors: %w", err)
	}
	return m, nil
}

func open(path string) (*Matrix, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the mapping outlives it
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.Size() < headerSize { // nothing cannot be mapped
		return nil, errors.New("it is no file of vectors")
	}
	mapped, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(mapped)
	if err != nil {
		return nil, errors.Join(err, mapped.Unmap())
	}
	m := &Matrix{
		header: h, mapped: mapped, mean: slices.Clone(floats(mapped[h.meanAt():h.basisAt()])),
		vectors: mapped[headerSize:h.vectorsEnd()],
		basis: blas32.General{
			Rows: 2 * h.step, Cols: h.dims, Stride: h.dims, Data: slices.Clone(floats(mapped[h.basisAt():h.firstsAt()])),
		},
		firsts:  floats(mapped[h.firstsAt():h.secondsAt()]),
		seconds: floats(mapped[h.secondsAt():h.restsAt()]),
	}
	if h.step > 0 {
		rests := floats(mapped[h.restsAt():])
		m.rests = [2][]float32{rests[:h.count], rests[h.count:]}
	}
	return m, nil
}

// Close waits for searches under way and frees what the matrix holds. Searches after it fail.
func (m *Matrix) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mapped == nil {
		return nil
	}
	m.vectors, m.firsts, m.seconds, m.rests = nil, nil, nil, [2][]float32{}
	return m.mapped.Unmap() // which sets it to nil
}

// Len is the number of vectors.
func (m *Matrix) Len() int { return m.header.count }

// Dims is the number of dimensions.
func (m *Matrix) Dims() int { return m.header.dims }

// Vector writes the vector at place i, from 0, to v, which must have Dims numbers.
func (m *Matrix) Vector(i int, v []float32) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	switch {
	case m.mapped == nil:
		return errClosed
	case i < 0 || i >= m.header.count || len(v) != m.header.dims:
		return fmt.Errorf("vector %d with %d dimensions, of %d with %d", i, len(v), m.header.count, m.header.dims)
	}
	half.Decode(v, m.row(int32(i)))
	return nil
}

// Scores returns the products of query with the vectors at places, as Search computes them.
func (m *Matrix) Scores(query []float32, places []int32) ([]float32, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.check(query); err != nil {
		return nil, err
	}
	scores := make([]float32, len(places))
	for i, p := range places {
		if p < 0 || int(p) >= m.header.count {
			return nil, fmt.Errorf("search vectors: place %d of %d", p, m.header.count)
		}
		scores[i] = dot(query, m.row(p))
	}
	return scores, nil
}

// Background is the mean of query's products with all vectors: what a score has to be above to mean anything. It reads
// no vectors.
func (m *Matrix) Background(query []float32) (float32, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.check(query); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, x := range m.mean {
		sum += float64(x) * float64(query[i])
	}
	return float32(sum), nil
}

// maxProduct keeps scores and their bounds from overflowing.
const maxProduct = 1e36

// check says why the matrix cannot be asked about query.
func (m *Matrix) check(query []float32) error {
	long := length(query)
	switch {
	case m.mapped == nil:
		return errClosed
	case len(query) != m.header.dims:
		return fmt.Errorf("search vectors: the query has %d dimensions, the vectors have %d", len(query), m.header.dims)
	case !(long*float64(m.header.longest) < maxProduct && long < maxProduct):
		return errors.New("search vectors: the query has numbers that are not finite, or out of range")
	}
	return nil
}

// row is the bytes of a vector.
func (m *Matrix) row(i int32) []byte {
	size := m.header.dims * half.Size
	return m.vectors[int(i)*size:][:size]
}
