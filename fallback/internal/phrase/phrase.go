package phrase

import (
	"fmt"
	"strings"

	"switchboard/fallback/internal/lex"
)

// Pattern is one compiled pattern. It is immutable.
type Pattern struct {
	source string
	parts  []part
	start  bool // must begin a sentence
	end    bool // must end a sentence
}

// part is one place of a pattern: a choice of words, or a gap.
type part struct {
	words    []word
	gap      int // the most words that a gap spans; 0 = not a gap
	optional bool
}

// word is one alternative: words that follow one another, the last perhaps only by its beginning.
type word struct {
	seq    []string
	prefix bool
}

// The spans of the two gaps, in words.
const (
	shortGap = 4
	longGap  = 12
)

// Compile reads a pattern. Words are separated by spaces and compared folded, punctuation between them is ignored, and
// no pattern reaches over the end of a sentence.
//
//	a|b    either word
//	a_b    the two words together, as one alternative
//	pre*   any word that begins with pre
//	a?     perhaps
//	..     up to 4 words of any kind
//	...    up to 12 words of any kind
//	^ $    the start and the end of a sentence
func Compile(source string) (*Pattern, error) {
	p := &Pattern{source: source}
	fields := strings.Fields(source)
	for i, f := range fields {
		switch {
		case f == "^" && i == 0:
			p.start = true
		case f == "$" && i == len(fields)-1:
			p.end = true
		case f == "..":
			p.parts = append(p.parts, part{gap: shortGap})
		case f == "...":
			p.parts = append(p.parts, part{gap: longGap})
		default:
			pt, err := compilePart(f)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", source, err)
			}
			p.parts = append(p.parts, pt)
		}
	}
	if len(p.parts) == 0 {
		return nil, fmt.Errorf("pattern %q has no words", source)
	}
	if first, last := p.parts[0], p.parts[len(p.parts)-1]; first.gap > 0 || first.optional || last.gap > 0 {
		return nil, fmt.Errorf("pattern %q must begin with a word that is not optional and end with a word", source)
	}
	return p, nil
}

func compilePart(field string) (part, error) {
	var pt part
	if strings.HasSuffix(field, "?") {
		pt.optional, field = true, strings.TrimSuffix(field, "?")
	}
	for _, alt := range strings.Split(field, "|") {
		w := word{prefix: strings.HasSuffix(alt, "*")}
		for _, s := range strings.Split(strings.TrimSuffix(alt, "*"), "_") {
			cut := lex.Words(s)
			if len(cut) == 0 {
				return part{}, fmt.Errorf("%q has an empty word", field)
			}
			if strings.ContainsAny(s, "*?^$") {
				return part{}, fmt.Errorf("%q has a sign in the wrong place", field)
			}
			w.seq = append(w.seq, cut...)
		}
		pt.words = append(pt.words, w)
	}
	return pt, nil
}

// String is the pattern as it was written.
func (p *Pattern) String() string { return p.source }

// at reports whether the pattern matches from token i on, and where the match ends.
func (p *Pattern) at(ts []lex.Token, i int) (end int, ok bool) {
	if p.start && i > 0 && !ts[i-1].Stop() {
		return 0, false
	}
	return p.from(ts, i, 0)
}

func (p *Pattern) from(ts []lex.Token, i, k int) (int, bool) {
	if k == len(p.parts) {
		if p.end && i < len(ts) && !ts[i].Stop() {
			return 0, false
		}
		return i, true
	}
	pt := p.parts[k]
	if pt.gap > 0 {
		for n := 0; n <= pt.gap; n++ {
			if end, ok := p.from(ts, i+n, k+1); ok {
				return end, true
			}
			if i+n >= len(ts) || ts[i+n].Stop() {
				return 0, false
			}
		}
		return 0, false
	}
	for _, w := range pt.words {
		if n := w.match(ts, i); n > 0 {
			if end, ok := p.from(ts, i+n, k+1); ok {
				return end, true
			}
		}
	}
	if pt.optional {
		return p.from(ts, i, k+1)
	}
	return 0, false
}

// match returns how many tokens w takes from token i on, 0 for none.
func (w word) match(ts []lex.Token, i int) int {
	if i+len(w.seq) > len(ts) {
		return 0
	}
	for j, s := range w.seq {
		t := ts[i+j]
		if t.Stop() {
			return 0
		}
		if w.prefix && j == len(w.seq)-1 {
			if !strings.HasPrefix(t.Text, s) {
				return 0
			}
		} else if t.Text != s {
			return 0
		}
	}
	return len(w.seq)
}
