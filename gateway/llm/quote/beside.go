package quote

import "strings"

// circumstances are groups of words for conditions under which other rules and prices hold than usual. What an article
// says of one does not answer a question that mentions none of its group.
var circumstances = stemmed(
	"roaming abroad eu zone onboard travel travelling international extranjero zona roam",
	"cancel exit leave terminate early penalty cancelar baja permanencia",
	"without sin",
	"example ejemplo",
	"business empresa empresas",
	"prepaid prepago",
	"lost stolen theft robado perdido robo",
)

// placed is the group that naming a place mentions.
const placed = 0

// exact are the kinds that nothing else will do for.
const exact = wantData | wantClock

func stemmed(groups ...string) []map[string]bool {
	out := make([]map[string]bool, len(groups))
	for i, g := range groups {
		out[i] = map[string]bool{}
		for w := range strings.FieldsSeq(g) {
			out[i][stem(w)] = true
		}
	}
	return out
}

// elsewhere reports whether a piece holds only in circumstances that the question does not mention: by the headings
// above it, by a row's label, or by the condition with which a sentence begins.
func (s *sources) elsewhere(p *piece) bool {
	for n, group := range circumstances {
		if n == placed && s.ask.abroad || s.mentions(group) {
			continue
		}
		for stem := range s.heads[p.passage].stems {
			if group[stem] {
				return true
			}
		}
		for _, w := range p.label {
			if group[w.stem] {
				return true
			}
		}
	}
	return p.kind == sentence && s.unmet(p)
}

func (s *sources) mentions(group map[string]bool) bool {
	for stem := range group {
		if s.ask.stems[stem] {
			return true
		}
	}
	return false
}

// another reports whether a sentence names another of the things that its title lists than the one asked about: one
// country's price in an article on several.
func (s *sources) another(p *piece) bool {
	if p.kind != sentence {
		return false
	}
	names := s.heads[p.passage].names
	asked := false
	for _, t := range s.ask.terms {
		if names[t.stem] && p.stems[t.stem] {
			return false
		}
		asked = asked || names[t.stem]
	}
	if asked {
		for name := range names {
			if p.stems[name] {
				return true
			}
		}
	}
	return false
}

var conditions = set("if unless si salvo")

// unmet reports whether a sentence begins with a condition of which the question has no word.
func (s *sources) unmet(p *piece) bool {
	if len(p.words) == 0 || !conditions[p.words[0].fold] {
		return false
	}
	clause, _, ok := strings.Cut(p.text, ",")
	if !ok {
		return false
	}
	head := s.heads[p.passage].stems
	for _, w := range wordsOf(clause)[1:] {
		if !stops[w.fold] && !weak[w.fold] && s.ask.stems[w.stem] && !head[w.stem] {
			return false
		}
	}
	return true
}

// priced are words in a column's name that say no more than that it has prices.
var priced = set(`price prices cost costs fee fees charge charges amount rate month monthly year yearly a an per each the of for you pay
	precio precios coste cuota importe tarifa mes al por cada el la de`)

// plainPrice reports whether a price is asked for and a row has one under a column that says no more than that, or no
// more than was asked: the price of a plan rather than the fee for leaving it.
func (s *sources) plainPrice(p *piece) bool {
	if s.ask.wants&wantMoney == 0 || p.kind != row {
		return false
	}
	for _, c := range p.cells[1:] {
		if kindsIn(c[1], wantMoney) == 0 {
			continue
		}
		plain := true
		for _, w := range wordsOf(c[0]) {
			plain = plain && (priced[w.fold] || s.ask.stems[w.stem])
		}
		if plain {
			return true
		}
	}
	return false
}

// titled is how much of the question a passage's title is about, times how much of the title the question has.
func (s *sources) titled(passage int) float64 {
	title := s.heads[passage].title
	have := make(map[string]bool, len(title))
	content, asked := 0, 0
	for _, w := range title {
		have[w.stem] = true
		if stops[w.fold] || weak[w.fold] {
			continue
		}
		content++
		if s.ask.stems[w.stem] {
			asked++
		}
	}
	if asked == 0 {
		return 0
	}
	return s.share(func(t term) bool { return t.in(have) }) * float64(asked) / float64(content)
}
