package kb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"switchboard"
	"switchboard/kb/analysis"
	"switchboard/kb/analysis/spell"
)

// word is a word of a query with what else may stand for it.
type word struct {
	text   string
	weight float64    // of its idf, what counts
	also   [][]string // synonyms, each the terms of one
	asks   bool       // it only asks, and finds nothing by itself
	added  bool       // it is not the question's own
	guess  bool       // also are what it may be a misspelling of
}

// key tells words apart that mean something else.
func (w *word) key() string {
	var b strings.Builder
	b.WriteString(w.text)
	if w.guess {
		b.WriteByte('?')
	}
	for _, other := range w.also {
		b.WriteByte('|')
		b.WriteString(strings.Join(other, " "))
	}
	return b.String()
}

// What counts of the idf of an acronym that the question says in full, and of another name for a phrase in it.
const (
	acronymShare = 0.5
	phraseShare  = 1.0
)

// What an occurrence counts, of the four shares of one of the word itself. Half for synonyms ranks judged documents no
// better, and brings passages before others that say the word itself.
const (
	synonymShares = shares / 4
	guessShares   = shares * 3 / 4
)

const (
	believed    = 0.75 // how sure a correction must be
	enoughKnown = 2    // known words for each unknown one that make corrections needless
	nearest     = 24   // words that are weighed
)

// expanders are what a store has made of its latest synonyms, by language. Snapshots are opened much more often than
// those change.
type expanders struct {
	mu     sync.Mutex
	text   string
	own    analysis.Synonyms
	byLang map[string]*analysis.Expander
}

// of is the expander of a language, with the synonyms that are built in.
func (x *expanders) of(text, lang string) (*analysis.Expander, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byLang == nil || x.text != text {
		own, err := analysis.ParseSynonyms([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("synonyms: %w", err)
		}
		x.text, x.own, x.byLang = text, analysis.BuiltinSynonyms().And(own), map[string]*analysis.Expander{}
	}
	if x.byLang[lang] == nil {
		x.byLang[lang] = x.own.For(lang)
	}
	return x.byLang[lang], nil
}

// CheckSynonyms says what is wrong with a file of synonyms, line by line.
func CheckSynonyms(text string) error {
	if _, err := analysis.ParseSynonyms([]byte(text)); err != nil {
		return switchboard.Errorf(switchboard.InvalidField, "synonyms: %s", err)
	}
	return nil
}

func (s *Snapshot) collection(lang string) (*collection, error) {
	synonyms, err := s.store.expanders.of(s.synonyms, lang)
	if err != nil {
		return nil, err
	}
	c := &collection{lang: lang, analyser: analysis.For(lang), synonyms: synonyms, at: slices.Repeat([]int{-1}, len(s.parts))}
	c.nearby = sync.OnceValue(func() func(string) []spell.Neighbour { return s.store.nearby(s, c) })
	c.acronyms = sync.OnceValue(func() explanations { return s.explain(c) })
	c.pins = sync.OnceValue(func() *pins { return s.learnPins(c) })
	c.subjects = sync.OnceValue(func() *subjects { return s.learnSubjects(c) })
	return c, nil
}

// words lists the distinct words of a question, in the order of the question, those that only ask behind the others. A
// word counts once, however often a question says it: on judged questions that ranks better than counting repetitions.
// Where a question does nothing but ask, its words are all it has, and are words like others. Acronyms of what the
// question says in full come last.
func (c *collection) words(text string) []word {
	terms := c.analyser.AppendAll(nil, text)
	also := make([][][]string, len(terms))
	var phrases []word
	for _, m := range c.synonyms.Match(terms) {
		if m.End == m.Start+1 {
			also[m.Start] = append(also[m.Start], m.Alternatives...)
		} else if name := nameOf(terms[m.Start:m.End]); !has(phrases, name) {
			phrases = append(phrases, word{text: name, weight: phraseShare, also: m.Alternatives, added: true})
		}
	}
	row := make([]string, 0, len(terms))
	var words, asking []word
	for i, t := range terms {
		if t.Stop {
			continue
		}
		row = append(row, t.Text)
		switch {
		case len(words)+len(asking) == maxTerms, has(words, t.Text), has(asking, t.Text):
		case c.analyser.Asking(t.Text):
			asking = append(asking, word{text: t.Text, weight: askingShare, asks: true})
		default:
			words = append(words, word{text: t.Text, weight: 1, also: also[i]})
		}
	}
	if len(words) == 0 {
		for i := range asking {
			asking[i].asks, asking[i].weight = false, 1
		}
	}
	words = append(words, asking...)
	words = append(words, phrases...)
	for _, short := range c.acronyms().in(row) {
		if !has(words, short) {
			words = append(words, word{text: short, weight: acronymShare, added: true})
		}
	}
	return words[:min(len(words), maxTerms)]
}

// nameOf is how the words of a phrase are indexed as one.
func nameOf(terms []analysis.Term) string {
	words := make([]string, len(terms))
	for i, t := range terms {
		words[i] = t.Text
	}
	return strings.Join(words, " ")
}

func has(words []word, text string) bool {
	return slices.ContainsFunc(words, func(w word) bool { return w.text == text })
}

// earlier lists the words of earlier turns, the newest first, that a question which names no subject is searched with.
func (c *collection) earlier(turns []string, own []word) []word {
	var words []word
	weight := earlierShare
	for _, turn := range turns[:min(len(turns), turnsSearched)] {
		for _, w := range c.words(turn) {
			asked := slices.IndexFunc(own, func(o word) bool { return o.text == w.text })
			if w.asks || asked >= 0 && !own[asked].asks || has(words, w.text) || len(words)+len(own) >= maxTerms {
				continue
			}
			w.weight, w.added = w.weight*weight, true
			words = append(words, w)
		}
		weight *= forgetting
	}
	return words
}

// queryTerms looks up what a query is searched with: as terms of passages, and as terms of documents.
func (s *Snapshot) queryTerms(ctx context.Context, c *collection, q Query) (passages, docs []queryTerm, err error) {
	words := c.words(q.Text)
	terms, err := s.lookUpAll(ctx, c, words)
	if err != nil {
		return nil, nil, err
	}
	turns := slices.Clone(q.History)
	slices.Reverse(turns)
	var heard []heard
	if len(turns) > 0 {
		heard = c.hear(append([]string{q.Text}, turns...))
	}
	if len(turns) > 0 && len(heard) == 0 && !q.Whole {
		more, found, err := s.mostTelling(ctx, c, c.earlier(turns, words))
		if err != nil {
			return nil, nil, err
		}
		words, terms = append(words, more...), append(terms, found...)
	}
	for i, w := range words {
		t := terms[i]
		passages = append(passages, queryTerm{text: w.text, term: t, weight: w.weight * idf(c.passages.n, t.passages), asks: w.asks, added: w.added})
		docs = append(docs, queryTerm{text: w.text, term: t, weight: w.weight * idf(c.docs.n, t.documents), asks: w.asks, added: w.added})
	}
	for _, h := range heard {
		about := queryTerm{term: c.subjects().all[h.subject].term, weight: h.worth, flat: true, added: true}
		passages, docs = append(passages, about), append(docs, about)
	}
	return passages, docs, nil
}

// mostTelling keeps the words with most information.
func (s *Snapshot) mostTelling(ctx context.Context, c *collection, words []word) ([]word, []*term, error) {
	type looked struct {
		word
		term *term
		info float64
	}
	all := make([]looked, len(words))
	for i, w := range words {
		t, err := s.term(ctx, c, w)
		if err != nil {
			return nil, nil, err
		}
		all[i] = looked{word: w, term: t}
		if t.documents > 0 {
			all[i].info = w.weight * idf(c.docs.n, t.documents)
		}
	}
	slices.SortStableFunc(all, func(a, b looked) int { return cmp.Compare(b.info, a.info) })
	words = words[:0]
	var terms []*term
	for _, l := range all[:min(len(all), earlierWords)] {
		words, terms = append(words, l.word), append(terms, l.term)
	}
	return words, terms, nil
}

// lookUpAll looks words up. Those that no passage has are looked up a second time, as what they may be misspellings of,
// unless there are enough others: then a wrong guess would cost more than a right one gives.
func (s *Snapshot) lookUpAll(ctx context.Context, c *collection, words []word) ([]*term, error) {
	terms := make([]*term, len(words))
	known, unknown := 0, 0
	for i, w := range words {
		t, err := s.term(ctx, c, w)
		if err != nil {
			return nil, err
		}
		switch terms[i] = t; {
		case t.passages > 0 && !w.asks:
			known++
		case !w.asks:
			unknown++
		}
	}
	if unknown == 0 || known > enoughKnown*unknown {
		return terms, nil
	}
	for i, w := range words {
		if terms[i].passages > 0 || w.asks {
			continue
		}
		t, err := s.meant(ctx, c, w)
		if err != nil {
			return nil, err
		}
		if t != nil {
			terms[i] = t
		}
	}
	return terms, nil
}

// meant is the word that an unknown one is a misspelling of, nil if that is not sure. It is weighed by how many of the
// snapshot's passages have each of the words that are near.
func (s *Snapshot) meant(ctx context.Context, c *collection, w word) (*term, error) {
	near := c.nearby()(w.text)
	near = near[:min(len(near), nearest)]
	var failed error
	for _, x := range spell.Weigh(near, func(text string) int {
		t, err := s.term(ctx, c, word{text: text})
		if err != nil {
			failed = err
			return 0
		}
		return t.passages
	}) {
		if x.Weight >= believed && failed == nil {
			return s.term(ctx, c, word{text: w.text, also: [][]string{{x.Term}}, guess: true})
		}
	}
	return nil, failed
}

// term looks a word up as it is, once for a snapshot.
func (s *Snapshot) term(ctx context.Context, c *collection, w word) (*term, error) {
	key := w.text
	if len(w.also) > 0 {
		key = w.key()
	}
	if have, ok := c.terms.terms.Load(key); ok {
		return have.(*term), nil
	}
	t := &term{lists: make([]*list, len(s.parts))}
	for i, p := range s.parts {
		if c.at[i] < 0 {
			continue
		}
		l, err := p.word(ctx, c.at[i], w)
		if err != nil {
			return nil, err
		}
		if t.lists[i] = l; l != nil {
			t.passages += p.alive(&l.passages, p.deadPassages)
			t.documents += p.alive(&l.documents, p.deadDocs)
		}
	}
	if c.terms.n.Add(1) > termsKept {
		c.terms.terms.Clear()
		c.terms.n.Store(1)
	}
	c.terms.terms.Store(key, t)
	return t, nil
}

// word is the list of a word in one segment, with those of what else may stand for it.
func (p *part) word(ctx context.Context, lang int, w word) (*list, error) {
	l, err := p.seg.list(ctx, lang, w.text)
	if err != nil || len(w.also) == 0 {
		return l, err
	}
	each := uint16(synonymShares)
	if w.guess {
		each = guessShares
	}
	lists, share := []*list{l}, []uint16{shares}
	for _, other := range w.also {
		if analysis.PhrasesOf(p.seg.langs[lang].name).Has(other) {
			other = []string{strings.Join(other, " ")}
		}
		parts := make([]*list, len(other))
		for i, term := range other {
			if parts[i], err = p.seg.list(ctx, lang, term); err != nil {
				return nil, err
			}
		}
		o := parts[0]
		if len(parts) > 1 {
			o = p.seg.intersection(lang, parts)
		}
		lists, share = append(lists, o), append(share, each)
	}
	return p.seg.union(lang, lists, share), nil
}
