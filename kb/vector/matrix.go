package vector

import (
	"errors"
	"fmt"
	"os"
	"sync"

	mmap "github.com/blevesearch/mmap-go"
	"gonum.org/v1/gonum/blas/blas32"

	"switchboard/kb/vector/half"
)

// Matrix is a file of vectors, open for searching. It is safe for concurrent use. What a search reads of every vector
// is in memory, 260 bytes each; the vectors themselves are mapped, and few are looked at.
type Matrix struct {
	header   header
	basis    blas32.General
	prefixes []float32
	rests    []float32
	spare    sync.Pool // of *[]float32, one number a vector

	mu      sync.RWMutex // held for reading while searching, so that Close waits for searches
	mapped  mmap.MMap
	vectors []byte // nil when closed
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
	return &Matrix{
		header: h,
		basis: blas32.General{
			Rows: h.prefix, Cols: h.dims, Stride: h.dims, Data: readFloats(mapped[h.basisAt():h.prefixesAt()]),
		},
		prefixes: readFloats(mapped[h.prefixesAt():h.restsAt()]),
		rests:    readFloats(mapped[h.restsAt():]),
		mapped:   mapped,
		vectors:  mapped[headerSize:h.basisAt()],
	}, nil
}

// Close waits for searches under way and frees what the matrix holds. Searches after it fail.
func (m *Matrix) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vectors == nil {
		return nil
	}
	m.vectors = nil
	return m.mapped.Unmap()
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
	case m.vectors == nil:
		return errClosed
	case i < 0 || i >= m.header.count || len(v) != m.header.dims:
		return fmt.Errorf("vector %d with %d dimensions, of %d with %d", i, len(v), m.header.count, m.header.dims)
	}
	half.Decode(v, m.row(int32(i)))
	return nil
}

// row is the bytes of a vector.
func (m *Matrix) row(i int32) []byte {
	size := m.header.dims * half.Size
	return m.vectors[int(i)*size:][:size]
}
