// Package half keeps numbers in two bytes: IEEE 754 binary16, little-endian.
//
// It has no types: read [Append] and [Decode]. Numbers between 6e-5 and 65504 keep 11 significant bits, smaller ones
// are off by at most 3e-8. It must not know what the numbers mean.
package half

import (
	"encoding/binary"
	"math"
	"sync"
)

// Size is the bytes of a number.
const Size = 2

// Append appends v to dst, each number rounded to the nearest, ties to even. What is beyond the range becomes infinite.
func Append(dst []byte, v []float32) []byte {
	for _, x := range v {
		dst = binary.LittleEndian.AppendUint16(dst, fromFloat(x))
	}
	return dst
}

// Decode fills v with the numbers at the start of b, which has to hold as many.
func Decode(v []float32, b []byte) {
	table := Table()
	b = b[:Size*len(v)]
	for i := range v {
		v[i] = table[binary.LittleEndian.Uint16(b[Size*i:])]
	}
}

// Table gives each bit pattern its number: 256 KiB, made once. It must not be changed.
var Table = sync.OnceValue(func() *[1 << 16]float32 {
	t := new([1 << 16]float32)
	for h := range t {
		t[h] = toFloat(uint16(h))
	}
	return t
})

const (
	signBit  = 0x8000
	infinity = 0x7c00
	quietNaN = 0x7e00
)

// fromFloat rounds x. The exponent's bias is 127 in a float32 and 15 here; the fraction has 23 and 10 bits.
func fromFloat(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b>>16) & signBit
	b &= 1<<31 - 1
	switch {
	case b > 0xff<<23:
		return sign | quietNaN
	case b >= (127+16)<<23:
		return sign | infinity
	case b >= (127-14)<<23:
		// A carry out of the fraction raises the exponent, up to infinity, as it should.
		return sign | uint16(nearest(b-(127-15)<<23, 13))
	case b < (127-25)<<23:
		return sign
	}
	// Subnormal: the fraction with its leading one, in units of 2^-24.
	return sign | uint16(nearest(b&(1<<23-1)|1<<23, 127-1-b>>23))
}

// nearest is b / 2^shift, ties to even.
func nearest(b, shift uint32) uint32 {
	return (b + 1<<(shift-1) - 1 + b>>shift&1) >> shift
}

func toFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h&signBit)<<16, uint32(h>>10)&0x1f, uint32(h)&(1<<10-1)
	switch exponent {
	case 0:
		x := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
