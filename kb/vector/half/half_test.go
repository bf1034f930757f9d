package half

import (
	"math"
	"testing"
)

func TestKnownNumbers(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		x    float32
		bits uint16
		back float32
	}{
		{0, 0x0000, 0},
		{float32(math.Copysign(0, -1)), 0x8000, 0},
		{1, 0x3c00, 1},
		{-2, 0xc000, -2},
		{1.0 / 3, 0x3555, 0.33325195},
		{65504, 0x7bff, 65504},
		{65519, 0x7bff, 65504}, // under half way to the next
		{65520, 0x7c00, inf},
		{1e30, 0x7c00, inf},
		{-inf, 0xfc00, -inf},
		{0x1p-14, 0x0400, 0x1p-14},                     // the smallest normal number
		{0x1p-14 - 0x1p-24, 0x03ff, 0x1p-14 - 0x1p-24}, // the greatest subnormal one
		{0x1p-24, 0x0001, 0x1p-24},
		{0x1p-25, 0x0000, 0}, // a tie goes to the even neighbour
		{0x1.8p-25, 0x0001, 0x1p-24},
		{0x1p-26, 0x0000, 0},
		{1 + 0x1p-11, 0x3c00, 1}, // a tie
		{1 + 0x3p-11, 0x3c02, 1 + 0x1p-9},
	} {
		b := Append(nil, []float32{c.x})
		if got := uint16(b[0]) | uint16(b[1])<<8; got != c.bits {
			t.Errorf("%g is %#04x, want %#04x", c.x, got, c.bits)
		}
		var back [1]float32
		if Decode(back[:], b); back[0] != c.back {
			t.Errorf("%g came back as %g, want %g", c.x, back[0], c.back)
		}
	}
}

// TestEveryNumber: what Decode gives, Append keeps as it is.
func TestEveryNumber(t *testing.T) {
	for h := range 1 << 16 {
		x := Table()[h]
		if x != x {
			if got := fromFloat(x); Table()[got] == Table()[got] {
				t.Fatalf("%#04x, no number, became %#04x", h, got)
			}
			continue
		}
		if got := fromFloat(x); got != uint16(h) {
			t.Fatalf("%#04x is %g and became %#04x", h, x, got)
		}
	}
}

// TestNearest: no other number is nearer.
func TestNearest(t *testing.T) {
	table := Table()
	for h := range uint16(0x7bff) { // of positive numbers, neighbouring patterns are neighbours
		low, high := float64(table[h]), float64(table[h+1])
		for _, part := range []float64{0.01, 0.49, 0.51, 0.99} {
			want := h
			if part > 0.5 {
				want++
			}
			if got := fromFloat(float32(low + part*(high-low))); got != want {
				t.Fatalf("%g of the way from %g to %g: %#04x, want %#04x", part, low, high, got, want)
			}
		}
	}
}
