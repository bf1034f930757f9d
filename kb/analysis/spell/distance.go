package spell

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// distance is the number of letters left out, put in, taken for another or swapped with the next that make b of a
// (Damerau's distance, each letter changed once); more than limit, which is 1 or 2, if it is more.
func distance(a, b []rune, limit int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) <= 1 && len(b) <= 1:
		return max(len(a), len(b))
	case len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]:
		return 1
	case limit < 2:
		return limit + 1
	}
	return int(edits(a, b, func([]rune, int) float64 { return 1 }, func(rune, rune) float64 { return 1 }, 1))
}

// cost is how unlikely the mistakes are that make b of a, about 1 for each.
func cost(a, b []rune) float64 {
	c := edits(a, b, extraCost, swapCost, transposed)
	if a[0] != b[0] {
		c += wrongStart
	}
	return c
}

// Costs of mistakes. Hands swap letters and hit them twice, eyes pass over accents and doubled letters, and nobody
// knows how vowels are written.
const (
	transposed = 0.7
	doubled    = 0.6 // or one of two letters left out
	accent     = 0.2
	likely     = 0.75 // a neighbour on the keyboard, a letter that sounds alike
	extra      = 0.9
	other      = 1.1
	wrongStart = 0.5
)

// edits adds up the mistakes that make b of a, the least that do.
func edits(a, b []rune, extra func(word []rune, i int) float64, swap func(x, y rune) float64, transpose float64) float64 {
	var rows [3][longest + 3]float64
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := 1; j <= len(b); j++ {
		last[j] = last[j-1] + extra(b, j-1)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = last[0] + extra(a, i-1)
		for j := 1; j <= len(b); j++ {
			best := min(last[j]+extra(a, i-1), row[j-1]+extra(b, j-1))
			if a[i-1] == b[j-1] {
				best = min(best, last[j-1])
			} else {
				best = min(best, last[j-1]+swap(a[i-1], b[j-1]))
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				best = min(best, before[j-2]+transpose)
			}
			row[j] = best
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// extraCost is that of a letter of one word which the other lacks.
func extraCost(word []rune, i int) float64 {
	if (i > 0 && word[i-1] == word[i]) || (i+1 < len(word) && word[i+1] == word[i]) {
		return doubled
	}
	return extra
}

func swapCost(x, y rune) float64 {
	switch {
	case base(x) == base(y):
		return accent
	case besides(x, y) || alike(x, y):
		return likely
	}
	return other
}

// base is a letter without its accents.
func base(r rune) rune {
	if r < 0x80 {
		return r
	}
	for _, b := range norm.NFD.String(string(r)) {
		return b
	}
	return r
}

// besides reports whether two letters are neighbours on the keyboard of most of the world.
func besides(x, y rune) bool {
	if x >= rune(len(keys)) || y >= rune(len(keys)) {
		return false
	}
	k, l := keys[x], keys[y]
	// Each row is set off from the one above by half a key.
	apart := 2*(k.column-l.column) + k.row - l.row
	return k.row > 0 && l.row > 0 && -1 <= k.row-l.row && k.row-l.row <= 1 && -2 <= apart && apart <= 2
}

// keys is where letters are, rows from 1.
var keys = func() (all [128]struct{ column, row int }) {
	for row, letters := range [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		for column, r := range letters {
			all[r].column, all[r].row = column, row+1
		}
	}
	return all
}()

// alike reports whether two letters are often taken for each other by ear.
func alike(x, y rune) bool {
	for _, set := range [...]string{"aeiouy", "ckq", "csz", "fv", "bvw", "gj", "mn", "dt", "bp", "αο", "ιηυε", "οω", "аои", "еи"} {
		if strings.ContainsRune(set, x) && strings.ContainsRune(set, y) {
			return true
		}
	}
	return false
}
