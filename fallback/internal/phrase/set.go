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
			s.prefix[first] = append(s.prefix[first], prefixed{w.seq[0], n})
		} else {
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
		for _, n := range s.exact[t.Text] {
			if end, ok := s.patterns[n].at(ts, i); ok && !yield(Match{s.patterns[n], i, end}) {
				return
			}
		}
		for _, p := range s.prefix[t.Text[0]] {
			if !strings.HasPrefix(t.Text, p.text) {
				continue
			}
			if end, ok := s.patterns[p.pattern].at(ts, i); ok && !yield(Match{s.patterns[p.pattern], i, end}) {
				return
			}
		}
	}
}
