package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Expander finds what else the words of a query are called. It is safe for concurrent use.
type Expander struct {
	byFirst map[string][]*phrase // by the first term, longer ones first
	targets []*phrase            // all entries
}

// phrase is an entry as terms, and what it is also called.
type phrase struct {
	terms    []Term
	alsoSaid [][]string
	joined   string // its words with blanks between
}

// Match is a stretch of a query's terms that is also called otherwise.
type Match struct {
	Start, End   int        // the terms from Start to before End
	Alternatives [][]string // each the terms of another name, in order
}

// For returns what the groups of a language, and those of all languages, make of its terms. An entry that is all stop
// words is ignored; in others they count, so that "turn on" is not "turn off".
func (s Synonyms) For(lang string) *Expander {
	a := For(lang)
	b := expanderBuilder{analyser: a, phrases: map[string]*phrase{}}
	for _, section := range slices.Compact([]string{anyLanguage, sameAs[lang], lang}) {
		for _, g := range s.groups[section] {
			b.add(g)
		}
	}
	x := &Expander{byFirst: map[string][]*phrase{}, targets: b.order}
	for _, p := range b.order {
		if first := p.terms[0].Text; len(p.alsoSaid) > 0 {
			x.byFirst[first] = append(x.byFirst[first], p)
		}
	}
	for _, phrases := range x.byFirst {
		slices.SortStableFunc(phrases, func(p, q *phrase) int { return cmp.Compare(len(q.terms), len(p.terms)) })
	}
	return x
}

// Match finds the phrases in the terms of a query, stop words included (AppendAll), in the order of their first terms,
// longer ones first, and numbers with a unit, which are also written with a space between or without.
func (x *Expander) Match(terms []Term) []Match {
	var all []Match
	for i, t := range terms {
		for _, p := range x.byFirst[t.Text] {
			if end := p.end(terms[i:]); end > 0 {
				all = append(all, Match{Start: i, End: i + end, Alternatives: p.alsoSaid})
			}
		}
		if n, otherwise := quantity(terms, i); n > 0 {
			all = append(all, Match{Start: i, End: i + n, Alternatives: [][]string{otherwise}})
		}
	}
	return all
}

// end returns how many of terms, which begin with the phrase's first, the phrase takes; 0 if it does not match. Terms
// in between that have the place of others, such as a compound beside its parts, are passed over.
func (p *phrase) end(terms []Term) int {
	next := 1
	for i := 1; next < len(p.terms); i++ {
		if i == len(terms) {
			return 0
		}
		want := terms[0].Pos + p.terms[next].Pos - p.terms[0].Pos
		switch {
		case terms[i].Pos > want:
			return 0
		case terms[i].Pos == want && terms[i].Text == p.terms[next].Text:
			if next++; next == len(p.terms) {
				return i + 1
			}
		}
	}
	return 1
}

type expanderBuilder struct {
	analyser *Analyser
	phrases  map[string]*phrase // by their terms and places
	order    []*phrase
}

func (b *expanderBuilder) add(g group) {
	from, to := b.readings(g.from), b.readings(g.to)
	for _, f := range from {
		for _, t := range to {
			name := make([]string, len(t.terms))
			for i, term := range t.terms {
				name[i] = term.Text
			}
			known := func(other []string) bool { return slices.Equal(other, name) }
			if t != f && !slices.ContainsFunc(f.alsoSaid, known) {
				f.alsoSaid = append(f.alsoSaid, name)
			}
		}
	}
}

// readings are the phrases of entries. One with a compound is read as its parts and as one word.
func (b *expanderBuilder) readings(entries []string) []*phrase {
	var all []*phrase
	for _, e := range entries {
		var parts []Term
		whole := e
		for _, t := range b.analyser.AppendAll(nil, e) {
			if n := len(parts); n > 0 && parts[n-1].Pos == t.Pos {
				whole = strings.Replace(whole, e[t.Start:t.End], strings.Replace(e[t.Start:t.End], "-", "", 1), 1)
				continue
			}
			parts = append(parts, t)
		}
		all = b.phrase(all, parts)
		if whole != e {
			all = b.phrase(all, b.analyser.AppendAll(nil, whole))
		}
	}
	return all
}

// phrase appends the one phrase that has these terms.
func (b *expanderBuilder) phrase(all []*phrase, terms []Term) []*phrase {
	if !slices.ContainsFunc(terms, func(t Term) bool { return !t.Stop }) {
		return all
	}
	var key strings.Builder
	for _, t := range terms {
		fmt.Fprintf(&key, "%d %s\n", t.Pos-terms[0].Pos, t.Text)
	}
	p := b.phrases[key.String()]
	if p == nil {
		p = &phrase{terms: terms}
		p.joined = p.name()
		b.phrases[key.String()] = p
		b.order = append(b.order, p)
	}
	return append(all, p)
}

// Phrases finds the entries of several words that are built in. It is safe for concurrent use.
type Phrases struct{ byFirst map[string][]*phrase }

var phrasesOf sync.Map // of string to *Phrases

// PhrasesOf returns those of a language. Articles are indexed with them, so that a phrase is found as one word.
func PhrasesOf(lang string) *Phrases {
	if have, ok := phrasesOf.Load(lang); ok {
		return have.(*Phrases)
	}
	x := &Phrases{byFirst: map[string][]*phrase{}}
	for first, phrases := range BuiltinSynonyms().For(lang).byFirst {
		for _, p := range phrases {
			if len(p.terms) > 1 {
				x.byFirst[first] = append(x.byFirst[first], p)
			}
		}
	}
	for _, p := range BuiltinSynonyms().For(lang).targets {
		known := func(q *phrase) bool { return q.name() == p.name() }
		if first := p.terms[0].Text; len(p.terms) > 1 && !slices.ContainsFunc(x.byFirst[first], known) {
			x.byFirst[first] = append(x.byFirst[first], p)
		}
	}
	have, _ := phrasesOf.LoadOrStore(lang, x)
	return have.(*Phrases)
}

// Find calls visit with the name of each phrase in the terms of a text, stop words included: its words with blanks
// between, which no term has.
func (x *Phrases) Find(terms []Term, visit func(name string)) {
	for i, t := range terms {
		for _, p := range x.byFirst[t.Text] {
			if p.end(terms[i:]) > 0 {
				visit(p.name())
			}
		}
	}
}

// Has reports whether a name is that of one of the phrases.
func (x *Phrases) Has(words []string) bool {
	if len(words) < 2 {
		return false
	}
	name := strings.Join(words, " ")
	return slices.ContainsFunc(x.byFirst[words[0]], func(p *phrase) bool { return p.name() == name })
}

func (p *phrase) name() string {
	if p.joined == "" {
		words := make([]string, len(p.terms))
		for i, t := range p.terms {
			words[i] = t.Text
		}
		return strings.Join(words, " ")
	}
	return p.joined
}
