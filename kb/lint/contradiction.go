package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Two articles contradict each other where the same words stand with another figure. The same words often stand in
// articles about different things, though ("The annual fee is $95" of every card), so three things must hold besides:
// both are shown to the same people on the same day; their titles and headings do not set them apart; and where both
// say many of the same things, they agree on more of them than they differ on.

// entry is a fact in the list of all: what it is about, what it says, and where to find it again.
type entry struct {
	key   uint64
	value uint64 // hash of the figure
	place uint64 // hash of title and headings
	doc   int32
	nth   int32 // among the document's facts
}

func collectFacts(c *checker, a *article, _ report) {
	facts := factsOf(a)
	entries := make([]entry, len(facts))
	for i, f := range facts {
		h := spread(mix(f.key, a.doc.Audience))
		entries[i] = entry{h, mix(hashStart, f.figure.value), setHash(placeOf(a, f)), int32(a.n), int32(i)}
	}
	slices.SortFunc(entries, compareEntries)
	c.facts[a.n] = entries
}

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.place, b.place), cmp.Compare(a.doc, b.doc), cmp.Compare(a.nth, b.nth))
}

// placeOf are the words of title and headings under which a fact stands.
func placeOf(a *article, f fact) map[string]bool {
	words := content(a.doc.Lang, a.doc.Title)
	for _, h := range f.block.section {
		maps.Copy(words, content(a.doc.Lang, h))
	}
	return words
}

// Bounds on what is compared, so that a thousand articles from one template do not cost a million comparisons.
const (
	maxValues   = 3  // different figures for the same words in different places; more, and the words are a template's
	maxCompared = 30 // facts of one group that are compared with each other
	maxOfPair   = 20 // contradictions that are reported of two articles
)

// contradictions compares facts of the same words.
func contradictions(c *checker, report report) {
	var all []entry
	for i, list := range c.facts {
		all = append(all, list...)
		c.facts[i] = list
	}
	slices.SortFunc(all, compareEntries)
	var pairs [][2]entry
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].key == all[0].key {
			n++
		}
		pairs = candidates(pairs, all[:n])
		all = all[n:]
	}
	// In the order of documents, so that each is read again once or twice.
	slices.SortFunc(pairs, func(a, b [2]entry) int {
		return cmp.Or(cmp.Compare(a[0].doc, b[0].doc), cmp.Compare(a[1].doc, b[1].doc), cmp.Compare(a[0].nth, b[0].nth), cmp.Compare(a[1].nth, b[1].nth))
	})
	judge := &judge{checker: c, read: map[int32]reading{}, ofPair: map[[2]int32]int{}, said: map[[4]int32]bool{}}
	for _, p := range pairs {
		judge.compare(p[0], p[1], report)
	}
}

// candidates adds the pairs of a group of facts of the same words that have different figures: those under the same
// title and headings, and, unless the words are a template's, those in different places.
func candidates(pairs [][2]entry, group []entry) [][2]entry {
	values := map[uint64]bool{}
	for _, e := range group {
		values[e.value] = true
	}
	if len(values) < 2 {
		return pairs
	}
	everywhere := len(values) <= maxValues && len(group) <= maxCompared
	for i, a := range group {
		for j := i + 1; j < len(group) && j < i+maxCompared; j++ {
			b := group[j]
			if a.value != b.value && (everywhere || a.place == b.place) {
				if a.doc > b.doc {
					pairs = append(pairs, [2]entry{b, a})
				} else {
					pairs = append(pairs, [2]entry{a, b})
				}
			}
		}
	}
	return pairs
}

// reading is an article read again, with its facts.
type reading struct {
	article *article
	facts   []fact
}

// judge decides which candidates contradict each other.
type judge struct {
	*checker
	read   map[int32]reading
	ofPair map[[2]int32]int
	said   map[[4]int32]bool // documents and lines
}

func (j *judge) of(doc int32) reading {
	const most = 1000
	r, ok := j.read[doc]
	if !ok {
		if len(j.read) >= most {
			clear(j.read)
		}
		a := readArticle(int(doc), j.docs[doc])
		r = reading{a, factsOf(a)}
		j.read[doc] = r
	}
	return r
}

func (j *judge) compare(ea, eb entry, report report) {
	docs := [2]int32{ea.doc, eb.doc}
	if j.ofPair[docs] >= maxOfPair || !j.meet(int(ea.doc), int(eb.doc)) {
		return
	}
	a, b := j.of(ea.doc), j.of(eb.doc)
	fa, fb := a.facts[ea.nth], b.facts[eb.nth]
	lines := [4]int32{ea.doc, eb.doc, int32(fa.block.line), int32(fb.block.line)}
	if j.said[lines] || !sameThing(a.article, b.article, fa, fb) || ea.doc != eb.doc && !j.agree(ea.doc, eb.doc) {
		return
	}
	j.said[lines] = true
	j.ofPair[docs]++
	where := "of " + quote(b.article.doc.Title)
	other := b.article.doc.ID
	if ea.doc == eb.doc {
		where, other = "of the same article", ""
	}
	report(Finding{
		Document: a.article.doc.ID, Other: other, Line: fa.block.line,
		Text: fmt.Sprintf("says %s where line %d %s says %s: %s – %s", fa.figure.text, fb.block.line, where, fb.figure.text, quote(fa.text), quote(fb.text)),
	})
}

// agree reports whether two articles agree on more figures of the same words than they differ on, so that they may
// well be about the same things.
func (j *judge) agree(a, b int32) bool {
	la, lb := j.facts[a], j.facts[b]
	same, different := 0, 0
	for x, y := 0, 0; x < len(la) && y < len(lb); {
		switch {
		case la[x].key < lb[y].key:
			x++
		case la[x].key > lb[y].key:
			y++
		default:
			if la[x].value == lb[y].value {
				same++
			} else {
				different++
			}
			x, y = x+1, y+1
		}
	}
	return different <= max(same, 2)
}

// sameThing reports whether two facts of the same words are about the same thing, as far as one can tell.
func sameThing(a, b *article, fa, fb fact) bool {
	if fa.kind != fb.kind || differing(fa.others, fb.others) {
		return false
	}
	ca, cb := placeOf(a, fa), placeOf(b, fb)
	if fa.kind == subjectFact && (extra(fa.rest, fb.rest, ca, cb) || extra(fb.rest, fa.rest, ca, cb)) {
		return false
	}
	onlyA, onlyB := without(ca, cb, fa.named), without(cb, ca, fb.named)
	if dated(onlyA) || dated(onlyB) {
		return false
	}
	if specific(fa.named) < 2 {
		return len(onlyA) == 0 && len(onlyB) == 0
	}
	return len(onlyA) == 0 || len(onlyB) == 0
}

func differing(a, b []string) bool { return !slices.Equal(a, b) }

// extra reports whether a sentence adds a word to its subject that neither the other sentence nor a title has: it may
// be a condition.
func extra(rest, other, ca, cb map[string]bool) bool {
	for w := range rest {
		if !other[w] && !ca[w] && !cb[w] && !vague[w] {
			return true
		}
	}
	return false
}

// loose are words of titles that set nothing apart.
var loose = set(`guide overview information info faq general detail about help introduction summary basic your question answer frequently asked
	guía información preguntas frecuentes ayuda general resumen`)

// without are the words of one place that neither the other place nor the fact itself has.
func without(place, other, named map[string]bool) map[string]bool {
	out := map[string]bool{}
	for w := range place {
		if !other[w] && !named[w] && !vague[w] && !loose[w] {
			out[w] = true
		}
	}
	return out
}

// dated reports whether one of words is a year: "Prices 2025" is not about the same as "Prices".
func dated(words map[string]bool) bool {
	for w := range words {
		if len(w) == 4 && isDigits(w) && (w[:2] == "19" || w[:2] == "20") {
			return true
		}
	}
	return false
}

// specific counts the words that say what a figure is of.
func specific(named map[string]bool) int {
	n := 0
	for w := range named {
		if !vague[w] && !verbs[w] && periodNames[w] == "" {
			n++
		}
	}
	return n
}
