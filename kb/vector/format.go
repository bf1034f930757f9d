package vector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"unsafe"

	"switchboard/kb/vector/half"
)

// A file is, all little-endian:
//
//	header   64 bytes, see header.append
//	vectors  count × dims binary16, and zeros up to a multiple of 64 bytes
//	mean     dims float32: that of all vectors
//	basis    2·step × dims float32: orthonormal rows
//	firsts   each vector's first step coordinates in the basis, as float32: groups of groupSize vectors, in a group all
//	         first coordinates, then all second ones, and so on
//	seconds  count × step float32: each vector's other coordinates
//	rests    2 × count float32: the length of what the first step coordinates leave of each vector, rounded up, and then
//	         of what all leave
//
// The vectors' bytes are the same on any machine. The basis is found by iterating, so its last bits may differ, and it
// decides only how fast a search is.
const (
	magic      = "SBVECTOR"
	version    = 1
	headerSize = 64
	floatSize  = 4
)

// Limits of a file.
const (
	MaxDims  = 1 << 14
	MaxCount = 1 << 28
)

// Of every vector a search looks at maxStep coordinates, and of those that may be near at as many again: that is where
// 100,000 vectors of 384 dimensions take the least time.
const (
	maxStep   = 96
	groupSize = 512
)

// stepOf is half the dimension of the basis for count vectors. It is 0, which is no basis, where looking twice takes as
// long as computing every score.
func stepOf(count, dims int) int {
	if count < 4*groupSize || dims < 64 {
		return 0
	}
	return min(maxStep, dims/4)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what a file says of itself.
type header struct {
	dims, count, step   int
	longest             float32 // the length of the longest vector, rounded up
	vectorsSum, restSum uint32  // CRC-32C of the vectors, and of all that follows them
}

// append appends the header's bytes: magic, version, dims, step, the longest vector's length, count (8 bytes), the two
// checksums, zeros, and a checksum of all this.
func (h header) append(b []byte) []byte {
	begin := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.dims))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.step))
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(h.longest))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.count))
	b = binary.LittleEndian.AppendUint32(b, h.vectorsSum)
	b = binary.LittleEndian.AppendUint32(b, h.restSum)
	b = append(b, make([]byte, begin+headerSize-4-len(b))...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[begin:], castagnoli))
}

// parseHeader reads and checks the header of a file of which all bytes are given.
func parseHeader(file []byte) (header, error) {
	if len(file) < headerSize || string(file[:len(magic)]) != magic {
		return header{}, errors.New("it is no file of vectors")
	}
	b, u32 := file[len(magic):headerSize], binary.LittleEndian.Uint32
	if v := u32(b); v != version {
		return header{}, fmt.Errorf("it has version %d, this program reads %d", v, version)
	}
	if u32(b[len(b)-4:]) != crc32.Checksum(file[:headerSize-4], castagnoli) {
		return header{}, errors.New("its header was changed")
	}
	dims, step, count := u32(b[4:]), u32(b[8:]), binary.LittleEndian.Uint64(b[16:])
	if dims == 0 || dims > MaxDims || step > dims/2 || count > MaxCount {
		return header{}, errors.New("its header makes no sense")
	}
	h := header{
		dims: int(dims), step: int(step), count: int(count), longest: math.Float32frombits(u32(b[12:])),
		vectorsSum: u32(b[24:]), restSum: u32(b[28:]),
	}
	switch {
	case int64(len(file)) != h.size():
		return header{}, fmt.Errorf("it has %d bytes, not %d: it was cut off or added to", len(file), h.size())
	case crc32.Checksum(file[headerSize:h.vectorsEnd()], castagnoli) != h.vectorsSum,
		crc32.Checksum(file[h.vectorsEnd():], castagnoli) != h.restSum:
		return header{}, errors.New("its checksum is wrong: it was changed")
	}
	return h, nil
}

// Where the parts begin.
func (h header) vectorsEnd() int64 { return headerSize + int64(h.count)*int64(h.dims)*half.Size }
func (h header) meanAt() int64     { return (h.vectorsEnd() + 63) / 64 * 64 }
func (h header) basisAt() int64    { return h.meanAt() + int64(h.dims)*floatSize }
func (h header) firstsAt() int64   { return h.basisAt() + 2*int64(h.step)*int64(h.dims)*floatSize }
func (h header) secondsAt() int64  { return h.firstsAt() + int64(h.count)*int64(h.step)*floatSize }
func (h header) restsAt() int64    { return h.secondsAt() + int64(h.count)*int64(h.step)*floatSize }
func (h header) size() int64 {
	if h.step == 0 {
		return h.restsAt()
	}
	return h.restsAt() + 2*int64(h.count)*floatSize
}

func appendFloats(b []byte, v []float32) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// floats is the numbers in b, which begins at a multiple of four. On most machines they are those bytes themselves: a
// copy would take as much memory as the file.
func floats(b []byte) []float32 {
	if len(b) == 0 {
		return nil
	}
	if one := uint16(1); *(*byte)(unsafe.Pointer(&one)) == 1 { //nolint:gosec // whether the machine is little-endian
		return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/floatSize) //nolint:gosec // every bit pattern is a float32
	}
	v := make([]float32, len(b)/floatSize)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[floatSize*i:]))
	}
	return v
}
