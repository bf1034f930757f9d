package vector

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"os"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"switchboard/kb/vector/half"
)

// Write writes a file of vectors, each of dims finite numbers, in the order in which they come; what they lose by being
// kept in two bytes a number they lose here. It replaces a file at path, does not sync it, and leaves none where it
// fails. Memory does not grow with the number of vectors; the time is some 30 µs for each with 384 dimensions.
func Write(path string, dims int, vectors iter.Seq[[]float32]) (err error) {
	if dims < 1 || dims > MaxDims {
		return fmt.Errorf("write vectors: %d dimensions", dims)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write vectors: %w", err)
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("write vectors: %w", err), os.Remove(path))
		}
	}()
	w := &writer{file: f, header: header{dims: dims}, sums: make([]float64, dims)}
	if err := w.writeVectors(vectors); err != nil {
		return err
	}
	if err := w.writeRest(); err != nil {
		return err
	}
	_, err = f.WriteAt(w.header.append(nil), 0)
	return err
}

// writer is one Write.
type writer struct {
	file   *os.File
	header header
	sums   []float64 // of the vectors, dimension by dimension
	sample []float32 // up to sampleSize of the vectors, each as likely as any other
}

func (w *writer) writeVectors(vectors iter.Seq[[]float32]) error {
	h := &w.header
	if _, err := w.file.Write(make([]byte, headerSize)); err != nil {
		return err
	}
	sum := crc32.New(castagnoli)
	out := bufio.NewWriterSize(io.MultiWriter(w.file, sum), 1<<20)
	draw := rand.New(rand.NewPCG(3, 4))
	kept := make([]float32, h.dims)
	var bytes []byte
	longest := 0.0
	for v := range vectors {
		if len(v) != h.dims {
			return fmt.Errorf("vector %d has %d dimensions, not %d", h.count, len(v), h.dims)
		}
		if h.count == MaxCount {
			return fmt.Errorf("more than %d vectors", MaxCount)
		}
		bytes = half.Append(bytes[:0], v)
		half.Decode(kept, bytes)
		long := length(kept)
		if math.IsInf(long, 0) || math.IsNaN(long) {
			return fmt.Errorf("vector %d has numbers that are not finite, or out of range", h.count)
		}
		longest = max(longest, long)
		if _, err := out.Write(bytes); err != nil {
			return err
		}
		h.count++
		for i, x := range kept {
			w.sums[i] += float64(x)
		}
		w.draw(kept, draw)
	}
	h.longest = roundUp(longest)
	if err := out.Flush(); err != nil {
		return err
	}
	h.vectorsSum = sum.Sum32()
	return nil
}

// draw keeps v as one of the sample by the reservoir method.
func (w *writer) draw(v []float32, draw *rand.Rand) {
	if len(w.sample) < sampleSize*len(v) {
		w.sample = append(w.sample, v...)
	} else if i := draw.IntN(w.header.count); i < sampleSize {
		copy(w.sample[i*len(v):], v)
	}
}

// writeRest writes what follows the vectors. They are read back, so that they need not fit into memory.
func (w *writer) writeRest() error {
	h := &w.header
	h.step = stepOf(h.count, h.dims)
	mean := make([]float32, h.dims)
	for i, x := range w.sums {
		mean[i] = float32(x / float64(max(h.count, 1)))
	}
	if _, err := w.file.WriteAt(appendFloats(nil, mean), h.meanAt()); err != nil {
		return err
	}
	sum := crc32.New(castagnoli)
	if h.step > 0 {
		basis := newBasis(w.sample, h.dims, 2*h.step)
		w.sample = nil
		if err := w.writeCoordinates(basis); err != nil {
			return err
		}
	}
	_, err := io.Copy(sum, io.NewSectionReader(w.file, h.vectorsEnd(), h.size()-h.vectorsEnd()))
	h.restSum = sum.Sum32()
	return err
}

// writeCoordinates writes the basis and, group by group, the vectors' coordinates in it, and at last the rests.
func (w *writer) writeCoordinates(basis blas32.General) error {
	h := w.header
	if _, err := w.file.WriteAt(appendFloats(nil, basis.Data), h.basisAt()); err != nil {
		return err
	}
	in := bufio.NewReaderSize(io.NewSectionReader(w.file, headerSize, h.vectorsEnd()-headerSize), 1<<20)
	firsts := bufio.NewWriterSize(io.NewOffsetWriter(w.file, h.firstsAt()), 1<<20)
	seconds := bufio.NewWriterSize(io.NewOffsetWriter(w.file, h.secondsAt()), 1<<20)
	rests := make([]float32, 2*h.count)
	g := newGroup(h)
	for begin := 0; begin < h.count; begin += groupSize {
		rows := min(groupSize, h.count-begin)
		if err := g.read(in, rows); err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		g.project(basis)
		for r := range rows {
			rests[begin+r], rests[h.count+begin+r] = g.rests(r)
		}
		if _, err := firsts.Write(g.firsts()); err != nil {
			return err
		}
		if _, err := seconds.Write(g.seconds()); err != nil {
			return err
		}
	}
	if err := errors.Join(firsts.Flush(), seconds.Flush()); err != nil {
		return err
	}
	_, err := w.file.WriteAt(appendFloats(nil, rests), h.restsAt())
	return err
}

// group is some vectors on their way to their coordinates.
type group struct {
	step                 int
	raw, out             []byte
	vectors, coordinates blas32.General
}

func newGroup(h header) *group {
	return &group{
		step: h.step, raw: make([]byte, groupSize*h.dims*half.Size),
		vectors: zeros(groupSize, h.dims), coordinates: zeros(groupSize, 2*h.step),
	}
}

func (g *group) read(in io.Reader, rows int) error {
	g.vectors.Rows, g.coordinates.Rows = rows, rows
	raw := g.raw[:rows*g.vectors.Cols*half.Size]
	if _, err := io.ReadFull(in, raw); err != nil {
		return err
	}
	half.Decode(g.vectors.Data[:rows*g.vectors.Cols], raw)
	return nil
}

func (g *group) project(basis blas32.General) {
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, g.vectors, basis, 0, g.coordinates)
}

// of is the coordinates of the group's r-th vector.
func (g *group) of(r int) []float32 { return g.coordinates.Data[r*2*g.step : (r+1)*2*g.step] }

// rests is what half of its coordinates, and what all, leave of a vector.
func (g *group) rests(r int) (first, second float32) {
	v, c := g.vectors.Data[r*g.vectors.Cols:(r+1)*g.vectors.Cols], g.of(r)
	return restLength(v, c[:g.step]), restLength(v, c)
}

// firsts is the bytes of the first halves, coordinate by coordinate.
func (g *group) firsts() []byte {
	g.out = g.out[:0]
	for c := range g.step {
		for r := range g.coordinates.Rows {
			g.out = binary.LittleEndian.AppendUint32(g.out, math.Float32bits(g.of(r)[c]))
		}
	}
	return g.out
}

// seconds is the bytes of the second halves, vector by vector.
func (g *group) seconds() []byte {
	g.out = g.out[:0]
	for r := range g.coordinates.Rows {
		g.out = appendFloats(g.out, g.of(r)[g.step:])
	}
	return g.out
}
