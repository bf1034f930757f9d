package kb

import (
	"iter"
	"math/bits"
)

// bitset is a set of places. A nil one is empty.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i uint32) bool { return b != nil && b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) set(i uint32) { b[i/64] |= 1 << (i % 64) }

// all yields the members in order.
func (b bitset) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, set := range b {
			for ; set != 0; set &= set - 1 {
				if !yield(uint32(i*64 + bits.TrailingZeros64(set))) {
					return
				}
			}
		}
	}
}
