package guard

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
)

// sweeping are the words that promise most and have no number to compare: what costs nothing, what has no limit, what is
// halved. roots are the words by which a passage says it.
var sweeping = []struct {
	what  string
	said  *phrase.Set
	roots []string
}{
	{"free", phrase.MustSet(
		"free", "free_of_charge", "complimentary", "gratis", "gratuito|gratuita|gratuitos|gratuitas|gratuitamente", "kostenlos", "gratuit|gratuite",
		"cost|costs nothing", "no|without|zero any? extra? cost|charge|fee|charges|costs|fees", "not cost|costs|charged anything|a_cent", "on us", "on the house",
		"no te|le|les|os? cuesta|cobramos|cobra nada", "sin coste|cargo|cargos|costes", "invita la casa", "regalamos|regalo|regalado"),
		[]string{"free", "gratis", "gratuito", "gratuita", "gratuitos", "gratuitas", "gratuit", "kostenlos", "complimentary"}},
	{"unlimited", phrase.MustSet("unlimited|limitless|uncapped", "no limit|limits|cap", "ilimitado|ilimitada|ilimitados|ilimitadas", "sin limite|limites", "unbegrenzt|illimite|illimitee|illimites|illimitato"),
		[]string{"unlimited", "ilimitado", "ilimitada", "ilimitados", "ilimitadas", "unbegrenzt", "illimité"}},
	{"half", phrase.MustSet("half price|the_price|off|of_what|of_the_price|as_much", "half-price", "mitad de|del precio|coste", "la|a mitad"), []string{"half", "half-price", "mitad"}},
}

// leastAlike is the share of a sentence's other words that the segment must have that says so: what is free is said of
// something.
const leastAlike = 0.5

// free stops what is said to cost nothing, to have no limit or to be halved, where no sentence and no cell of a passage
// says that of what the sentence speaks of. A passage in another language has other words, and is not asked.
func free(s *sentence) string {
	for i := range sweeping {
		w := &sweeping[i]
		m, ok := w.said.Find(s.tokens)
		if !ok || negated(s.tokens, m.Start, m.Start) || m.Start > 0 && idle[s.tokens[m.Start-1].Text] || m.End < len(s.tokens) && idleAfter[s.tokens[m.End].Text] {
			continue
		}
		if !s.hasPassageIn(s.Lang) || s.copied() || s.says(i, m) {
			continue
		}
		return fmt.Sprintf("no passage says that of it (%s): %q", w.what, s.span(m.Start, m.End))
	}
	return ""
}

// idle stand before a "free" that has nothing to do with cost, and idleAfter behind one.
var (
	idle      = map[string]bool{"feel": true, "is_not": true, "not": true, "isn't": true, "toll": true, "set": true, "hands": true}
	idleAfter = map[string]bool{"up": true, "space": true, "time": true, "memory": true, "to": true}
)

// clause is the part of the sentence around a match, between commas and semicolons; all of it where the part has no other
// word of content.
func (s *sentence) clause(m phrase.Match) (from, to int) {
	start, end := s.tokens[m.Start].Start, s.tokens[m.End-1].End
	from, to = strings.LastIndexAny(s.body[:start], ";,")+1, len(s.body)
	if i := strings.IndexAny(s.body[end:], ";,"); i >= 0 {
		to = end + i
	}
	for _, w := range s.words {
		if w.weight > 0 && w.start >= from && w.start < to && (w.start < start || w.start >= end) {
			return from, to
		}
	}
	return 0, len(s.body)
}

// says reports whether a segment of a source has one of the roots, and half of the clause's weight of other words.
func (s *sentence) says(what int, m phrase.Match) bool {
	from, to := s.clause(m)
	roots := sweeping[what].roots
	for _, n := range s.sources() {
		src := &s.ev.passages[n-1]
		said := uint64(0)
		for _, r := range roots {
			said |= src.stems[lex.Stem(r, s.Passages[n-1].Lang)]
		}
		if sweeping[what].what == "free" {
			said |= src.zeros()
		}
		for ; said != 0; said &= said - 1 {
			if s.alike(src, bits.TrailingZeros64(said), roots, from, to) >= leastAlike {
				return true
			}
		}
	}
	return false
}

// zeros are the segments that name a price of nothing.
func (src *source) zeros() (bits uint64) {
	for _, q := range src.quantities {
		if q.kind == money && q.value == 0 && q.segment >= 0 {
			bits |= 1 << q.segment
		}
	}
	return bits
}

// alike is the share of a sentence's words, by their weight, that a segment has; the roots themselves say nothing.
func (s *sentence) alike(src *source, segment int, roots []string, from, to int) float64 {
	total, have := 0.0, 0.0
	for _, w := range s.words {
		if w.weight == 0 || w.start < from || w.start >= to || slices.Contains(roots, w.text) {
			continue
		}
		has := src.stems[w.stem]
		if has == everywhere {
			continue // it is in the title: every segment speaks of it
		}
		total += w.weight
		if has>>segment&1 != 0 {
			have += w.weight
		}
	}
	if total == 0 {
		return 0
	}
	return have / total
}
