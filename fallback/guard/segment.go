package guard

import (
	"strings"

	"switchboard/fallback/internal/lex"
)

// A passage's segments are its sentences and the cells of its tables. What stands in one speaks of what the segment
// speaks of: a number of another segment is another thing's number.

const (
	everywhere  = ^uint64(0) // the bits of words that every segment stands under
	headSegment = -1         // of numbers in titles and headings
	mostSegment = 63         // what is behind it counts as one
)

// mark notes that the segments of bits have the words of text.
func (s *source) mark(text, lang string, bits uint64) {
	for _, w := range lex.Words(text) {
		for _, v := range lex.Variants(w) {
			s.stems[lex.Stem(v, lang)] |= bits
		}
	}
}

// segment begins a new segment and returns its number.
func (s *source) segment(text, lang string) int {
	n := min(s.segments, mostSegment)
	s.segments = n + 1
	s.mark(text, lang, 1<<n)
	return n
}

// readText reads a line sentence by sentence. One that begins with a pronoun speaks of what the one before does.
func (s *source) readText(line string, like quantity, lang string) {
	qs := parse(line)
	before := ""
	for start := 0; start < len(line); {
		end := segmentEnd(line, start)
		text := line[start:end]
		like.segment = s.segment(text, lang)
		if before != "" && leansBack(text) {
			s.mark(before, lang, 1<<like.segment)
		}
		for len(qs) > 0 && qs[0].start < end {
			q := qs[0]
			q.nearby, q.segment = like.nearby, like.segment
			s.quantities = append(s.quantities, q)
			qs = qs[1:]
		}
		start, before = end, text
	}
}

// segmentEnd returns where the sentence that begins at start ends.
func segmentEnd(line string, start int) int {
	for i := start; i < len(line); i++ {
		switch line[i] {
		case ';':
			return i + 1
		case '.', '!', '?':
			if i+2 < len(line) && line[i+1] == ' ' && !(line[i+2] >= 'a' && line[i+2] <= 'z') {
				return i + 2
			}
		}
	}
	return len(line)
}

// leansBack reports whether a sentence begins with a word that stands for something said before.
func leansBack(text string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch strings.ToLower(strings.Trim(first, ",.:")) {
	case "it", "its", "they", "their", "this", "these", "that", "those", "there", "both", "each", "otherwise", "then",
		"este", "esta", "esto", "estos", "estas", "ese", "esa", "eso", "ambos", "entonces", "se", "tambien":
		return true
	}
	return false
}

// weightOf says how much a word tells of what a sentence is about.
func weightOf(w word, t lex.Token, afterName bool) float64 {
	switch {
	case !w.content:
		return 0
	case w.number && afterName:
		return 2 // "Zone 4", "Fibre 500"
	case w.number:
		return 0
	case t.Upper && !t.First:
		return 2
	}
	return 1
}

// fit returns how much of what the sentence speaks of a segment speaks of, 0..1.
func (s *sentence) fit(passage, segment int) float64 {
	if segment < 0 {
		return 1 // a heading is about all below it
	}
	if s.fits == nil {
		s.fits = make([][]float64, len(s.ev.passages))
	}
	if s.fits[passage] == nil {
		s.fits[passage] = s.fitsOf(&s.ev.passages[passage])
	}
	return s.fits[passage][segment]
}

func (s *sentence) fitsOf(src *source) []float64 {
	out := make([]float64, src.segments+1)
	total := 0.0
	for _, w := range s.words {
		if w.weight == 0 {
			continue
		}
		total += w.weight
		bits := src.stems[w.stem]
		for i := range src.segments {
			if bits>>i&1 != 0 {
				out[i] += w.weight
			}
		}
	}
	for i := range out {
		if total > 0 {
			out[i] /= total
		}
	}
	return out
}

// A number that is said of one thing must not be another's: where a segment that speaks clearly better of what the
// sentence speaks of has another value of the same kind, the sentence has taken the wrong one.
const (
	rivalFit    = 0.6  // least fit of a segment whose value is believed
	rivalMargin = 0.12 // how much better it must fit than the one that the sentence's value comes from
)

// rival finds the value that the passages have where the sentence has q. fit is that of the best segment with q.
func (s *sentence) rival(q quantity, fit float64, said []quantity) (quantity, bool) {
	for n := range s.ev.passages {
		src := &s.ev.passages[n]
		for i := range src.quantities {
			p := &src.quantities[i]
			if p.kind != q.kind || p.segment < 0 || p.unit != q.unit && q.kind != money && q.kind != phone {
				continue
			}
			if f := s.fit(n, p.segment); f < rivalFit || f < fit+rivalMargin || s.hasIn(n, p.segment, q) || saidToo(said, *p) {
				continue
			}
			return *p, true
		}
	}
	return quantity{}, false
}

// hasIn reports whether a segment has q.
func (s *sentence) hasIn(passage, segment int, q quantity) bool {
	src := &s.ev.passages[passage]
	for i := range src.quantities {
		if src.quantities[i].segment == segment && agree(q, src.quantities[i]) {
			return true
		}
	}
	return false
}

// saidToo reports whether the sentence says p as well.
func saidToo(said []quantity, p quantity) bool {
	for _, q := range said {
		if agree(q, p) {
			return true
		}
	}
	return false
}
