package phrase

import (
	"errors"
	"strings"

	"switchboard/fallback/internal/lex"
)

// Set is many patterns, tried at once. Patterns are found by their first word, so that a text costs about as much as
// it has words, whatever the number of patterns. It is immutable and safe for concurrent use.
type Set struct {
	patterns []*Pattern
	exact    map[string][]int
	prefix   map[byte][]prefixed // by its first byte
	words    sieve               // of exact's keys
	begins   sieve               // of prefix's keys
}

// sieve tells most strings that are not in a set from those that may be, for less than looking them up.
type sieve [4]uint64

func (s *sieve) add(n byte)      { s[n>>6] |= 1 << (n & 63) }
func (s *sieve) has(n byte) bool { return s[n>>6]&(1<<(n&63)) != 0 }

// mix is a number for a word that other words seldom have.
func mix(w string) byte {
	return w[0] ^ w[len(w)-1]<<3 ^ w[len(w)/2]<<1 ^ byte(len(w))*37 //nolint:gosec // a mixture may overflow
}

type prefixed struct {
	text    string
	pattern int
}

// NewSet compiles the patterns. Its error joins those of all patterns.
func NewSet(sources ...string) (*Set, error) {
	s := &Set{exact: map[string][]int{}, prefix: map[byte][]prefixed{}}
	var errs []error
	for _, src := range sources {
		p, err := Compile(src)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.add(p)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return s, nil
}

// MustSet is NewSet for patterns that are part of the program.
func MustSet(sources ...string) *Set {
	s, err := NewSet(sources...)
	if err != nil {
		panic(err)
	}
	return s
}

func (s *Set) add(p *Pattern) {
	n := len(s.patterns)
	s.patterns = append(s.patterns, p)
	for _, w := range p.parts[0].words {
		if w.prefix && len(w.seq) == 1 {
			first := w.seq[0][0]
			s.begins.add(first)
			s.prefix[first] = append(s.prefix[first], prefixed{w.seq[0], n})
		} else {
			s.words.add(mix(w.seq[0]))
			s.exact[w.seq[0]] = append(s.exact[w.seq[0]], n)
		}
	}
}

// Match is a pattern that was found in a text.
type Match struct {
	Pattern    *Pattern
	Start, End int // tokens of the text
}

// Find returns the first match in the text, in the order of the text.
func (s *Set) Find(ts []lex.Token) (Match, bool) {
	var found Match
	s.each(ts, func(m Match) bool { found = m; return false })
	return found, found.Pattern != nil
}

// Count returns how many different patterns match the text.
func (s *Set) Count(ts []lex.Token) int {
	seen := map[*Pattern]bool{}
	s.each(ts, func(m Match) bool { seen[m.Pattern] = true; return true })
	return len(seen)
}

// All returns every match, in the order of the text; at most one a pattern and place.
func (s *Set) All(ts []lex.Token) []Match {
	var out []Match
	s.each(ts, func(m Match) bool { out = append(out, m); return true })
	return out
}

func (s *Set) each(ts []lex.Token, yield func(Match) bool) {
	if s == nil {
		return
	}
	for i, t := range ts {
		if t.Stop() {
			continue
		}
		var exact []int
		if s.words.has(mix(t.Text)) {
			exact = s.exact[t.Text]
		}
		for _, n := range exact {
			if end, ok := s.patterns[n].at(ts, i); ok && !yield(Match{s.patterns[n], i, end}) {
				return
			}
		}
		var prefix []prefixed
		if s.begins.has(t.Text[0]) {
			prefix = s.prefix[t.Text[0]]
		}
		for _, p := range prefix {
			if !strings.HasPrefix(t.Text, p.text) {
				continue
			}
			if end, ok := s.patterns[p.pattern].at(ts, i); ok && !yield(Match{s.patterns[p.pattern], i, end}) {
				return
			}
		}
	}
}
