package analysis

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// memo remembers the terms of words. Few words make up most of any text, so that nearly all are found here, and
// stemming costs nothing. It never holds more than memoSize words of at most longestKept bytes: a word that finds its
// places taken displaces one. Reading and writing take no lock.
type memo struct {
	seed  maphash.Seed
	slots []atomic.Pointer[remembered]
}

type remembered struct{ word, term string }

const (
	memoSize    = 1 << 16 // words; a power of two
	places      = 4       // that a word may be in, side by side
	longestKept = 64      // bytes of a word
)

func newMemo() *memo {
	return &memo{seed: maphash.MakeSeed(), slots: make([]atomic.Pointer[remembered], memoSize)}
}

// of returns the term of word, which make makes if need be.
func (m *memo) of(word string, make func(string) string) string {
	if len(word) > longestKept {
		return make(word)
	}
	h := maphash.String(m.seed, word)
	group := m.slots[h%(memoSize/places)*places:][:places]
	for i := range group {
		r := group[i].Load()
		if r == nil {
			return remember(&group[i], word, make)
		}
		if r.word == word {
			return r.term
		}
	}
	return remember(&group[h>>62], word, make) // any of them: those in use come back at once
}

func remember(place *atomic.Pointer[remembered], word string, make func(string) string) string {
	word = strings.Clone(word) // it may be part of a long text
	term := make(word)
	if term == word {
		term = word
	}
	place.Store(&remembered{word, term})
	return term
}
