package hidden

import "sync"

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

// find returns, as bits, the rules of which text has a stem.
func (a *automaton) find(text string) uint64 {
	state, found, before := uint16(0), uint64(0), byte(0)
	for i := range len(text) {
		c := fold[text[i]]
		if c == ' ' && before == ' ' {
			continue
		}
		before = c
		state = a.next[state][c]
		found |= a.rules[state]
	}
	return found
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
