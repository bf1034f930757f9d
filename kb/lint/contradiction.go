package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	facts := c.factsOf(a)
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

// placeOf are the words of topics, title and headings under which a fact stands.
func placeOf(a *article, f fact) map[string]bool {
	words := content(a.doc.Lang, a.doc.Title)
	for _, t := range a.doc.Topics {
		maps.Copy(words, content(a.doc.Lang, t))
	}
	for _, h := range f.block.section {
		maps.Copy(words, content(a.doc.Lang, h))
	}
	return words
}

// Bounds on what is compared, so that a thousand articles from one template do not cost a million comparisons.
const (
	maxValues   = 4  // different figures for the same words in different places; more, and the words are a template's
	maxCompared = 30 // facts of one group that are compared with each other
	maxOfPair   = 20 // contradictions that are reported of two articles
	maxOfLine   = 3  // contradictions that are reported of one line
	kinFrom     = 2  // figures on which two articles agree that make them akin
)

// contradictions compares facts of the same words.
func contradictions(c *checker, report report) {
	var all []entry
	for i, list := range c.facts {
		if c.lives[i].to >= c.today {
			all = append(all, list...)
		}
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
	judge := &judge{checker: c, read: map[int32]reading{}, ofPair: map[[2]int32]int{}, said: map[[4]int32]bool{}, ofLine: map[[2]int32]int{}}
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
	everywhere, window := len(values) <= maxValues && len(group) <= maxCompared, len(group)
	if window > maxCompared {
		window = 2 // neighbours, which stand under the same title
	}
	for i, a := range group {
		for j := i + 1; j < len(group) && j <= i+window; j++ {
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
	ofLine map[[2]int32]int
}

func (j *judge) of(doc int32) reading {
	const most = 1000
	r, ok := j.read[doc]
	if !ok {
		if len(j.read) >= most {
			clear(j.read)
		}
		a := readArticle(int(doc), j.docs[doc])
		r = reading{a, j.factsOf(a)}
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
	same, different := 0, 0
	if ea.doc != eb.doc {
		same, different = j.common(ea.doc, eb.doc)
	}
	// Two that agree on several figures and differ on one are about the same, whatever their titles say.
	kin := same >= kinFrom && different*4 <= same
	if j.said[lines] || different > max(same, 2) || !j.sameThing(a.article, b.article, fa, fb, kin) {
		return
	}
	la, lb := [2]int32{lines[0], lines[2]}, [2]int32{lines[1], lines[3]}
	if j.ofLine[la] >= maxOfLine || j.ofLine[lb] >= maxOfLine {
		return
	}
	j.said[lines] = true
	j.ofLine[la]++
	j.ofLine[lb]++
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

// common counts the figures of the same words on which two articles agree, and those on which they differ.
func (j *judge) common(a, b int32) (same, different int) {
	la, lb := j.facts[a], j.facts[b]
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
	return same, different
}

// sameThing reports whether two facts of the same words are about the same thing, as far as one can tell.
func (j *judge) sameThing(a, b *article, fa, fb fact, kin bool) bool {
	if fa.kind != fb.kind || !slices.Equal(fa.others, fb.others) {
		return false
	}
	if a.n == b.n && !(standsAlone(fa) && standsAlone(fb)) {
		return false
	}
	ca, cb := placeOf(a, fa), placeOf(b, fb)
	if fa.kind == subjectFact {
		moreA, moreB := j.extra(fa.rest, fb.rest, ca, cb), j.extra(fb.rest, fa.rest, ca, cb)
		if moreA && moreB || (moreA || moreB) && (a.n == b.n || specific(fa) < 3 || conditional(fa) != conditional(fb)) {
			return false
		}
	}
	onlyA, onlyB := j.without(ca, cb, fa.named), j.without(cb, ca, fb.named)
	if dated(onlyA) || dated(onlyB) {
		return false
	}
	switch {
	case specific(fa) < 2 || specific(fb) < 2:
		return len(onlyA) == 0 && len(onlyB) == 0
	case kin && (named(a, fa.named) || named(b, fb.named)):
		return true // "Brazil" in two tables
	case named(a, onlyA) || named(b, onlyB):
		return false
	case len(onlyA) == 0 || len(onlyB) == 0:
		return true
	}
	return kin || !j.parallel(a, b)
}

// named reports whether one of words is a name in an article: with a capital where no sentence begins, and nowhere
// without. "The annual fee is $95" in an article on the Gold Card is the Gold Card's.
func named(a *article, words map[string]bool) bool {
	if len(words) == 0 {
		return false
	}
	names := map[string]bool{}
	look := func(text string, title bool) {
		ts := tokens(text)
		for i, t := range ts {
			if t.kind != word || !words[t.norm] {
				continue
			}
			first, _ := utf8.DecodeRuneInString(t.text)
			inside := i > 0 && (ts[i-1].kind != symbol || ts[i-1].text == ",") || title && i > 0 || title && slices.ContainsFunc(ts, func(t token) bool { return t.text == ":" })
			switch was, seen := names[t.norm]; {
			case unicode.IsLower(first):
				names[t.norm] = false
			case inside && (was || !seen):
				names[t.norm] = true
			}
		}
	}
	look(a.doc.Title, true)
	look(":"+strings.Join(a.doc.Topics, " : "), true)
	for _, b := range a.blocks {
		look(b.text, b.kind == row)
	}
	return slices.Contains(slices.Collect(maps.Values(names)), true)
}

// parallel reports whether two titles are of one pattern, such as "Roaming in Turkey" and "Roaming in Japan".
func (j *judge) parallel(a, b *article) bool {
	ta, tb := content(a.doc.Lang, a.doc.Title), content(b.doc.Lang, b.doc.Title)
	onlyA, onlyB := j.without(ta, tb, nil), j.without(tb, ta, nil)
	shared := 0
	for w := range ta {
		if tb[w] && !j.brand[w] {
			shared++
		}
	}
	return shared > 0 && len(onlyA) > 0 && len(onlyB) > 0
}

// extra reports whether a sentence adds a word to its subject that neither the other sentence nor a title has: it may
// be a condition.
func (j *judge) extra(rest, other, ca, cb map[string]bool) bool {
	for w := range rest {
		if !other[w] && !ca[w] && !cb[w] && !vague[w] && !j.brand[w] {
			return true
		}
	}
	return false
}

// loose are words of titles that set nothing apart.
var loose = set(`guide overview information info faq general detail about help introduction summary basic your question answer frequently asked
	fee charge table list all plan
	guía información pregunta frecuente ayuda resumen tabla lista todo`)

// without are the words of one place that neither the other place nor the fact itself has.
func (j *judge) without(place, other, named map[string]bool) map[string]bool {
	out := map[string]bool{}
	for w := range place {
		if !other[w] && !named[w] && !vague[w] && !loose[w] && !j.brand[w] {
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

// conditional reports whether another figure stands right behind a fact's: "€15.99 for 6 months".
func conditional(f fact) bool {
	for w := range f.rest {
		if strings.HasPrefix(w, "#") {
			return true
		}
	}
	return false
}

// specific counts the words that say what a figure is of.
func specific(f fact) int {
	n := 0
	for w := range f.named {
		if !vague[w] && !verbs[w] && periodNames[w] == "" {
			n++
		}
	}
	if f.branded {
		n++
	}
	return n
}

// standsAlone reports whether a fact says by itself what it is about. In one article, list items and short sentences
// depend on what stands above them: "Notice period: 7 days", under each of four tiers.
func standsAlone(f fact) bool {
	switch f.kind {
	case cellFact:
		return true
	case subjectFact:
		return f.block.kind != item && specific(f) >= 2 && f.alone
	}
	return f.block.kind == paragraph && specific(f) >= 4 && len(f.others) == 0
}
