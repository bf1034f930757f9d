package guard

import (
	"fmt"
	"slices"
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
	s.markDenials(text, lang, 1<<n)
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
		if like.segment < mostSegment {
			for len(s.texts) <= like.segment {
				s.texts = append(s.texts, "")
			}
			s.texts[like.segment] = text
		}
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

// isName reports whether a word is written like a proper name. Months and weekdays are quantities.
func isName(w word, t lex.Token) bool {
	if !t.Upper || t.First || !w.content || w.number || len(w.text) < 3 || len(w.text) == 3 && t.Caps {
		return false
	}
	_, month := months[w.text]
	_, unit := units[w.text]
	return !month && !unit && currencies[w.text] == ""
}

// element is something that a sentence speaks of, a word or a quantity, with the segments of one passage that have it.
type element struct {
	segments uint64
	weight   float64
}

// outline is a passage under a sentence: what of the sentence its segments have.
type outline struct {
	elements []element // the sentence's words, then its quantities
	sums     []float64 // by segment: the weight of what it has
}

// quantityWeight is what a quantity counts in telling which segment a sentence's other quantities come from.
const quantityWeight = 1.5

// outline returns how the sentence lies over passage n, from 1.
func (s *sentence) outline(n int) *outline {
	if s.outlines == nil {
		s.outlines = make([]outline, len(s.ev.passages))
		for _, w := range s.words {
			s.total += w.weight
		}
		s.total += quantityWeight * float64(len(s.claimed))
	}
	o, src := &s.outlines[n-1], &s.ev.passages[n-1]
	if o.elements != nil {
		return o
	}
	o.elements = make([]element, 0, len(s.words)+len(s.claimed))
	for _, w := range s.words {
		o.elements = append(o.elements, element{src.stems[w.stem], w.weight})
	}
	for _, q := range s.claimed {
		o.elements = append(o.elements, element{src.having(q), quantityWeight})
	}
	o.sums = make([]float64, src.segments)
	for _, e := range o.elements {
		if e.weight == 0 || e.segments == 0 {
			continue
		}
		for i := range o.sums {
			if e.segments>>i&1 != 0 {
				o.sums[i] += e.weight
			}
		}
	}
	return o
}

// having returns the segments of a passage that have a quantity; a heading is about all of them.
func (s *source) having(q quantity) (segments uint64) {
	for i := range s.quantities {
		p := &s.quantities[i]
		switch {
		case !agree(q, *p):
		case p.segment < 0:
			return everywhere
		default:
			segments |= 1 << p.segment
		}
	}
	return segments
}

// A number that is said of one thing must not be another's: where a segment that speaks clearly better of what the
// sentence speaks of has another value of the same kind, the sentence has taken the wrong one.
const (
	rivalFit       = 0.6  // least share that a segment whose value is believed has of the sentence
	rivalMargin    = 0.12 // how much better it must fit than the one that the sentence's value comes from
	strangerMargin = 0.3  // the same for a passage that does not back the sentence: it may speak of a like thing in like words
)

// mistaken says that claimed quantity k, which the backing passages have, is another thing's.
func (s *sentence) mistaken(k int, backing []int) string {
	q := s.claimed[k]
	if q.kind == code || q.kind == every || q.kind == plain && q.value < leastCode {
		return ""
	}
	fit, rowFit := 0.0, 0.0
	for _, n := range backing {
		o := s.outline(n)
		if len(s.ev.passages[n-1].cells) > 0 {
			rowFit = max(rowFit, (o.whole()-quantityWeight)/(s.total-quantityWeight))
		}
		own := o.elements[len(s.words)+k].segments
		if own == everywhere {
			return ""
		}
		for i, sum := range o.sums {
			if own>>i&1 != 0 {
				fit = max(fit, (sum-quantityWeight)/(s.total-quantityWeight))
			}
		}
	}
	if fit > 1-rivalMargin/2 {
		return ""
	}
	rowFit = max(rowFit, fit) // a sentence may tell several cells of a row
	for n := range s.ev.passages {
		fit := fit
		margin, own := strangerMargin, slices.Contains(backing, n+1)
		if own || len(s.cites) == 0 { // where nothing is cited, no passage has been chosen
			margin = rivalMargin
		}
		if !own {
			fit = rowFit
		}
		if fit > 1-margin {
			continue
		}
		if r, ok := s.rival(k, n+1, fit, margin, own); ok && !s.copied() {
			return fmt.Sprintf("%q stands with something else; where the passages speak of this, they have another value (%s)", s.body[q.start:q.end], r)
		}
	}
	return ""
}

// rival finds the value that passage n has where the sentence has its quantity k. fit is that of the segment that the
// quantity was found in.
func (s *sentence) rival(k, n int, fit, margin float64, own bool) (quantity, bool) {
	q, src, o := s.claimed[k], &s.ev.passages[n-1], s.outline(n)
	having := o.elements[len(s.words)+k].segments
	for i := range src.quantities {
		p := &src.quantities[i]
		if p.kind != q.kind || p.segment < 0 || p.unit != q.unit && q.kind != money && q.kind != phone && !(q.kind == duration && p.value == q.value) || having>>p.segment&1 != 0 {
			continue
		}
		if q.kind == plain && p.value < leastCode || q.per != 0 && p.per != 0 && q.per != p.per {
			continue // two lines are no rival of a short code, nor is a price a minute one of a price a month
		}
		f := o.sums[p.segment] / (s.total - quantityWeight)
		if f < rivalFit || f < fit+margin && !(own && o.above(p.segment, having, len(s.words)+k)) || s.saysToo(*p) {
			continue
		}
		return *p, true
	}
	return quantity{}, false
}

// above reports whether a segment has all of the sentence that any one of the others has, and more. The element that
// they are compared for does not count.
func (o *outline) above(segment int, others uint64, apart int) bool {
	for i := range o.sums {
		if others>>i&1 == 0 {
			continue
		}
		more, less := 0.0, 0.0
		for k, e := range o.elements {
			if k == apart {
				continue
			}
			switch mine, theirs := e.segments>>segment&1 != 0, e.segments>>i&1 != 0; {
			case mine && !theirs:
				more += e.weight
			case theirs && !mine:
				less += e.weight
			}
		}
		if less > 0 || more < 1 {
			return false
		}
	}
	return others != 0
}

// whole is the weight of what the passage has of the sentence, in whatever segment.
func (o *outline) whole() (sum float64) {
	for _, e := range o.elements {
		if e.segments != 0 {
			sum += e.weight
		}
	}
	return sum
}

// saysToo reports whether the sentence says p as well.
func (s *sentence) saysToo(p quantity) bool {
	for _, q := range s.told {
		if agree(q, p) {
			return true
		}
	}
	return false
}
