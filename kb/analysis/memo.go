package analysis

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// memo remembers the terms of words. Few words make up most of any text, so that nearly all are found here, and
// stemming costs nothing. It never holds more than memoSize words of at most longestKept bytes: a word that finds its
// two places taken displaces one. Reading and writing take no lock.
type memo struct {
	seed  maphash.Seed
	slots []atomic.Pointer[remembered]
}

type remembered struct{ word, term string }

const (
	memoSize    = 1 << 16 // words; a power of two
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
	first := &m.slots[h%memoSize]
	if r := first.Load(); r != nil && r.word == word {
		return r.term
	}
	second := &m.slots[h%memoSize^1]
	if r := second.Load(); r != nil && r.word == word {
		return r.term
	}
	r := &remembered{word: strings.Clone(word)} // word may be part of a long text
	r.term = make(r.word)
	place := first
	if first.Load() != nil && (second.Load() == nil || h>>63 == 1) {
		place = second
	}
	place.Store(r)
	return r.term
}
