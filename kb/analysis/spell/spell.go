package spell

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths in letters.
const (
	shortest     = 4  // word that is corrected: shorter ones are near too many others
	longest      = 32 // word or term
	twoMistakes  = 8  // from here on a word may have two mistakes, shorter ones one
	shortestTerm = 3  // that is proposed
)

const (
	// dwarfed is how many times more frequent a neighbour must be to be proposed for a word that the vocabulary has.
	dwarfed = 50
	// most is how many suggestions there are at most.
	most = 5
)

// Suggestion is a term that may be what was meant.
type Suggestion struct {
	Term     string
	Distance int // letters left out, put in, taken for another, or swapped with the next
	// Weight is the share of belief in this term, above 0; all of them and that in none add up to 1.
	Weight float64
}

// Corrector finds terms that are near a word. It is safe for concurrent use.
//
// It compares letter by letter, with all terms of about the word's length, in a layout that lets it turn down nearly
// all by one comparison of two numbers. That takes some 25 bytes a term, and at 200,000 terms 0.2 ms a word, up to
// twice that with a stemmer.
type Corrector struct {
	stem    func(word string) string // nil where terms are words
	text    string                   // all terms one after the other, by length in letters, then in order
	begin   []uint32                 // where each begins in text, and where the last ends
	seen    []int32                  // how many passages have it
	letters []uint64                 // signature of each
	places  [longest + 2]int         // where the terms of each length begin
	common  []rune                   // the most frequent letters, for endings
}

// New makes the corrector of a vocabulary: terms, and how many passages have each. Terms with digits are ignored; one
// that comes twice counts as often as both. It costs least where terms come in order.
//
// stem makes the term of a word, as the analyser of the index does, "" if the word has none; nil where the vocabulary
// is whole words. With a stemmer, a word is compared both as a stem and as it is, and mistakes in its ending, which
// keep a stemmer from knowing it, are undone before it is stemmed. It is more often right on words than on stems.
func New(vocabulary iter.Seq2[string, int], stem func(word string) string) *Corrector {
	all := collect(vocabulary)
	c := &Corrector{
		stem: stem, begin: make([]uint32, 0, len(all)+1), seen: make([]int32, len(all)), letters: make([]uint64, len(all)),
	}
	var bytes [longest + 1]int
	for _, e := range all {
		c.places[e.letters+1]++
		bytes[e.letters] += len(e.term)
	}
	size := 0
	for n := range bytes {
		c.places[n+1] += c.places[n]
		size += bytes[n]
	}
	var text strings.Builder
	text.Grow(size)
	for n := range bytes {
		for _, e := range all {
			if int(e.letters) != n {
				continue
			}
			i := len(c.begin)
			c.begin = append(c.begin, uint32(text.Len()))
			text.WriteString(e.term)
			c.seen[i], c.letters[i] = e.seen, signature(e.term)
		}
	}
	c.begin = append(c.begin, uint32(text.Len()))
	c.text = text.String()
	if stem != nil {
		c.common = mostFrequent(c.text)
	}
	return c
}

type entry struct {
	term    string
	seen    int32
	letters uint8
}

// collect returns the usable terms of a vocabulary in order, each once.
func collect(vocabulary iter.Seq2[string, int]) []entry {
	var all []entry
	sorted := true
	for term, seen := range vocabulary {
		n := utf8.RuneCountInString(term)
		if n < shortestTerm || n > longest || strings.ContainsFunc(term, unicode.IsDigit) || seen <= 0 {
			continue
		}
		sorted = sorted && (len(all) == 0 || all[len(all)-1].term < term)
		all = append(all, entry{term, int32(min(seen, math.MaxInt32)), uint8(n)})
	}
	if sorted {
		return all
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.term, b.term) })
	once := all[:0]
	for _, e := range all {
		if n := len(once); n > 0 && once[n-1].term == e.term {
			once[n-1].seen += min(e.seen, math.MaxInt32-once[n-1].seen)
			continue
		}
		once = append(once, e)
	}
	return once
}

// mostFrequent returns the letters of text that are tried in endings.
func mostFrequent(text string) []rune {
	frequency := map[rune]int{}
	for _, r := range text {
		frequency[r]++
	}
	all := make([]rune, 0, len(frequency))
	for r := range frequency {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b rune) int { return cmp.Or(frequency[b]-frequency[a], int(a-b)) })
	return all[:min(len(all), triedLetters)]
}

// signature has a bit for each letter that a word has, and one for each that it has twice. A letter too many or too few
// changes one bit at most, one taken for another two.
func signature(word string) uint64 {
	var once, twice uint64
	for _, r := range word {
		bit := uint64(1) << (r & 31)
		twice |= once & bit
		once |= bit
	}
	return once | twice<<32
}

func (c *Corrector) term(i int) string { return c.text[c.begin[i]:c.begin[i+1]] }

// find returns the place of a term, -1 if the vocabulary does not have it.
func (c *Corrector) find(term string) int {
	n := utf8.RuneCountInString(term)
	if n > longest {
		return -1
	}
	i := c.atLeast(n, term)
	if i < c.places[n+1] && c.term(i) == term {
		return i
	}
	return -1
}

// atLeast returns the place of the first term of n letters that does not come before term.
func (c *Corrector) atLeast(n int, term string) int {
	low, high := c.places[n], c.places[n+1]
	for low < high {
		if middle := (low + high) / 2; c.term(middle) < term {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
