package vector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"switchboard/kb/vector/half"
)

// A file is, all little-endian:
//
//	header   64 bytes, see header.append
//	vectors  count × dims binary16
//	basis    prefix × dims float32: orthonormal rows
//	prefixes count × prefix float32: each vector's coordinates in the basis
//	rests    count float32: the length of what the basis leaves of each vector, rounded up
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

// prefixDims is the dimension of the basis: as many as are worth a first look at every vector.
const prefixDims = 64

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what a file says of itself.
type header struct {
	dims, count, prefix int
	longest             float32 // the length of the longest vector, rounded up
	vectorsSum, restSum uint32  // CRC-32C of the vectors, and of all that follows them
}

// append appends the header's bytes: magic, version, dims, prefix, the longest vector's length, count (8 bytes), the two
// checksums, zeros, and a checksum of all this.
func (h header) append(b []byte) []byte {
	begin := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.dims))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.prefix))
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
	dims, prefix, count := u32(b[4:]), u32(b[8:]), binary.LittleEndian.Uint64(b[16:])
	if dims == 0 || dims > MaxDims || prefix > dims || count > MaxCount {
		return header{}, errors.New("its header makes no sense")
	}
	h := header{
		dims: int(dims), prefix: int(prefix), count: int(count), longest: math.Float32frombits(u32(b[12:])),
		vectorsSum: u32(b[24:]), restSum: u32(b[28:]),
	}
	switch {
	case int64(len(file)) != h.size():
		return header{}, fmt.Errorf("it has %d bytes, not %d: it was cut off or added to", len(file), h.size())
	case crc32.Checksum(file[headerSize:h.basisAt()], castagnoli) != h.vectorsSum,
		crc32.Checksum(file[h.basisAt():], castagnoli) != h.restSum:
		return header{}, errors.New("its checksum is wrong: it was changed")
	}
	return h, nil
}

// Where the parts begin.
func (h header) basisAt() int64    { return headerSize + int64(h.count)*int64(h.dims)*half.Size }
func (h header) prefixesAt() int64 { return h.basisAt() + int64(h.prefix)*int64(h.dims)*floatSize }
func (h header) restsAt() int64    { return h.prefixesAt() + int64(h.count)*int64(h.prefix)*floatSize }
func (h header) size() int64       { return h.restsAt() + int64(h.count)*floatSize }

func appendFloats(b []byte, v []float32) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func readFloats(b []byte) []float32 {
	v := make([]float32, len(b)/floatSize)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[floatSize*i:]))
	}
	return v
}
