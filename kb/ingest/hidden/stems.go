package hidden

import (
	"math/bits"
	"sync"
)

// automaton finds in one pass which rules' stems a text has (Aho and Corasick, 1975). Letter case does not count, and
// any white space is one blank.
type automaton struct {
	next  [][256]uint16 // by state and byte
	rules []uint64      // of which a stem ends in a state, as bits
}

// stems is the automaton of the table's stems.
var stems = sync.OnceValue(func() *automaton {
	a := &automaton{next: make([][256]uint16, 1), rules: make([]uint64, 1)}
	for i, r := range rules {
		for _, s := range r.stems {
			a.add(s, i)
		}
	}
	a.link()
	return a
})

func (a *automaton) add(stem string, rule int) {
	state := uint16(0)
	for i := range len(stem) {
		c := stem[i]
		if a.next[state][c] == 0 {
			a.next = append(a.next, [256]uint16{})
			a.rules = append(a.rules, 0)
			a.next[state][c] = uint16(len(a.next) - 1)
		}
		state = a.next[state][c]
	}
	a.rules[state] |= 1 << rule
}

// link gives every state, breadth first, its way on where no stem goes on: that of its longest end that begins one.
func (a *automaton) link() {
	back := make([]uint16, len(a.next))
	var queue []uint16
	for _, to := range a.next[0] {
		if to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		a.rules[state] |= a.rules[back[state]]
		for c, to := range a.next[state] {
			if to == 0 {
				a.next[state][c] = a.next[back[state]][c]
				continue
			}
			back[to] = a.next[back[state]][c]
			queue = append(queue, to)
		}
	}
}

// hits says which rules have a stem in a text, as bits, and where the first and the last of each rule's ends.
type hits struct {
	rules       uint64
	first, last [64]int
}

// find looks for the stems in text.
func (a *automaton) find(text string) (h hits) {
	state, before := uint16(0), byte(0)
	for i := range len(text) {
		c := fold[text[i]]
		if c == ' ' && before == ' ' {
			continue
		}
		before = c
		state = a.next[state][c]
		for found := a.rules[state]; found != 0; found &= found - 1 {
			rule := bits.TrailingZeros64(found)
			if h.rules&(1<<rule) == 0 {
				h.first[rule] = i
			}
			h.rules |= 1 << rule
			h.last[rule] = i
		}
	}
	return h
}

// A pattern is tried on what stands around its stems: from some bytes before the first to some after the last.
const (
	reachBefore = 300
	reachAfter  = 300
	maxReach    = 512 << 10 // patterns take a second or two for as much
)

// around is the part of text to try a rule's pattern on.
func (h *hits) around(text string, rule int) (start, end int) {
	start = max(0, h.first[rule]-reachBefore)
	for start > max(0, h.first[rule]-2*reachBefore) && text[start-1] != ' ' && text[start-1] != '\n' {
		start--
	}
	return start, min(len(text), h.last[rule]+reachAfter, start+maxReach)
}

// fold takes capital letters for small ones and line breaks and tabs for blanks.
var fold = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	for c := byte('A'); c <= 'Z'; c++ {
		t[c] = c + 'a' - 'A'
	}
	for _, c := range []byte("\t\n\v\f\r") {
		t[c] = ' '
	}
	return t
}()
