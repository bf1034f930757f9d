package guard

import (
	"fmt"
	"strings"

	"switchboard/fallback/internal/lex"
)

// bound is what a quantity bounds: "at least 5" is not "up to 5".
type bound uint8

const (
	exact bound = iota
	least       // at least, from, after
	most        // at most, up to, until, within
)

// bounds by the words before a quantity, the longest first. A range ("from 8 to 10") bounds nothing.
var bounds = map[string]bound{
	"at least": least, "minimum of": least, "minimum": least, "no less than": least, "not less than": least, "starting at": least,
	"starting from": least, "from": least, "after": least, "since": least, "more than": least, "above": least, "exceeding": least,
	"no earlier than": least, "at or above": least, "at or over": least, "desde": least, "al menos": least, "como minimo": least, "minimo de": least, "a partir de": least, "a partir del": least,
	"despues de": least, "mas de": least, "mindestens": least, "ab": least, "au moins": least, "almeno": least, "pelo menos": least,
	"up to": most, "at most": most, "maximum of": most, "maximum": most, "no more than": most, "not more than": most, "until": most, "till": most,
	"within": most, "before": most, "by": most, "less than": most, "under": most, "below": most, "no later than": most, "at or below": most, "at or under": most, "hasta": most, "hasta el": most,
	"como maximo": most, "maximo de": most, "menos de": most, "antes de": most, "antes del": most, "dentro de": most, "en un plazo de": most, "bis zu": most,
	"hochstens": most, "bis": most, "jusqu": most, "au plus": most, "fino a": most, "entro": most, "ate": most, "no maximo": most,
	"not until": exact, "not before": exact, "no antes de": exact, "not after": exact, "days after": exact, "days before": exact,
}

// boundEnds are the last words of bounds.
var boundEnds = func() map[string]bool {
	m := map[string]bool{}
	for words := range bounds {
		m[words[strings.LastIndexByte(words, ' ')+1:]] = true
	}
	return m
}()

// boundOf reads the words before the pieces from i to end.
func boundOf(ps []piece, i, end int) bound {
	ranged := end < len(ps) && !ps[end-1].ends && rangeLink(ps[end].raw) && end+1 < len(ps) && (ps[end+1].num || currencies[ps[end+1].text] != "" || months[ps[end+1].text] > 0 || weekdays[ps[end+1].text] > 0)
	for i > 0 && (ps[i-1].text == "the" || ps[i-1].text == "el" || ps[i-1].text == "las" || ps[i-1].text == "los" || ps[i-1].text == "a" && !(i > 1 && ps[i-2].text == "fino")) {
		i--
	}
	words, found := "", exact
	if i == 0 || !boundEnds[ps[i-1].text] {
		return exact
	}
	for n := 1; n <= 4 && i-n >= 0 && !ps[i-n].ends; n++ {
		if words != "" {
			words = " " + words
		}
		words = ps[i-n].text + words
		if b, ok := bounds[words]; ok {
			found = b
		}
	}
	if ranged && found == least {
		return exact // "from 8 to 10"
	}
	return found
}

// contrary says that the backing passages bound a quantity the other way: "from €5" said as "up to €5". Where one
// of the two bounds nothing they agree: "the cap is €50" is what "up to €50" says.
func (s *sentence) contrary(q quantity, backing []int) string {
	if q.bound == exact {
		return ""
	}
	if q.bound == least && (q.kind == data || q.kind == speed) && s.promisesLeast(q, backing) {
		return fmt.Sprintf("%q is no least value in the passages", s.body[q.start:q.end])
	}
	other, best := exact, -1.0
	for _, n := range backing {
		src := &s.ev.passages[n-1]
		for i := range src.quantities {
			p := &src.quantities[i]
			if !agree(q, *p) {
				continue
			}
			fit := 0.0
			if p.segment >= 0 {
				fit = s.outline(n).sums[p.segment]
			}
			switch { // only where the passages speak best of this
			case fit < best:
			case fit == best && (p.bound == q.bound || p.bound == exact):
				other = exact
			case fit > best && (p.bound == q.bound || p.bound == exact):
				best, other = fit, exact
			case fit > best:
				best, other = fit, p.bound
			}
		}
	}
	if other == exact || s.copied() {
		return ""
	}
	words := map[bound]string{least: "as a least or first value", most: "as a most or last value"}
	return fmt.Sprintf("%q is bounded the other way: the passages have it %s", s.body[q.start:q.end], words[other])
}

// promisesLeast reports whether the sentence says "at least" of an allowance or a speed for which no passage does.
func (s *sentence) promisesLeast(q quantity, backing []int) bool {
	before := lex.Fold(s.body[max(0, q.start-16):q.start])
	if !strings.Contains(before, "least") && !strings.Contains(before, "minim") && !strings.Contains(before, "menos") {
		return false
	}
	for _, n := range backing {
		src := &s.ev.passages[n-1]
		if strings.Contains(src.folded, "minim") || strings.Contains(src.folded, "guarant") || strings.Contains(src.folded, "garant") {
			return false
		}
		for i := range src.quantities {
			if src.quantities[i].bound == least && agree(q, src.quantities[i]) {
				return false
			}
		}
	}
	return true
}
