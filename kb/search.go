package kb

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2/analysis"
	bleve "github.com/blevesearch/bleve_index_api"
	"golang.org/x/text/unicode/norm"

	"switchboard"
)

// Ranking is BM25F as its authors give it (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009,
// section 3.6; term frequencies are weighted and normalised field by field, summed, then saturated once):
//
//	w(t,p)     = Σ over fields f of  weight(f) · tf(t,p,f) / (1 - b + b · len(p,f) / mean len(f))
//	score(q,p) = Σ over terms t of   idf(t) · w(t,p) / (k1 + w(t,p))
//	idf(t)     = ln(1 + (N - df + 0.5) / (df + 0.5))
//
// df counts the passages that have t in either field, N all passages of the language, and mean lengths are true means
// over all of them. All of it is exact and independent of how bleve lays out its segments, so that thresholds on
// scores stay what they are. It runs on bleve's postings directly and not through its query tree: every passage that
// has any term is scored anyway, so adding up term by term into one array costs least, and filters apply in the same
// pass, before the best are chosen: there are K results if K passages match.
const (
	k1          = 1.2
	lengthB     = 0.75 // b of the formula
	titleWeight = 2.0
	textWeight  = 1.0
)

// DefaultK is how many passages a query returns that does not say.
const DefaultK = 8

// maxTerms bounds the work for one query; what follows is ignored.
const maxTerms = 256

// Query is what to search for. The zero value of each field but Text is a sensible default.
type Query struct {
	Text string
	K    int // how many passages at most; DefaultK if not positive
	// Lang prefers a language: where any visible passage in it matches, only passages in it are returned; where none
	// does, those in all other languages. "" searches all.
	Lang      string
	AsOf      time.Time // the day, in its own time zone, on which documents must be valid; zero means today
	Audiences []string  // whose documents may be seen; nil means {"public"}
	// ByDocument returns at most one passage of a document, the best.
	ByDocument bool
}

// collection is the passages in one language, with what ranking needs to know of them.
type collection struct {
	lang     string
	analyser analysis.Analyzer
	fields   [fieldCount]string // names in the index
	passages int
	means    [fieldCount]float64 // mean lengths, in terms
	// factors is weight(f) / (1 - b + b · len/mean) of every passage of the snapshot; collections share it.
	factors *[fieldCount][]float64
}

// newCollections computes the statistics of each language, sorted by language.
func newCollections(passages []switchboard.Passage, terms []lengths) ([]*collection, error) {
	byLang := map[string]*collection{}
	var all []*collection
	factors := new([fieldCount][]float64)
	for i, p := range passages {
		c := byLang[p.Lang]
		if c == nil {
			a, err := newAnalyser(p.Lang)
			if err != nil {
				return nil, err
			}
			c = &collection{lang: p.Lang, analyser: a, factors: factors}
			for f := range fieldCount {
				c.fields[f] = f.name(p.Lang)
			}
			byLang[p.Lang] = c
			all = append(all, c)
		}
		c.passages++
		for f := range fieldCount {
			c.means[f] += float64(terms[i][f])
		}
	}
	for _, c := range all {
		for f := range fieldCount {
			c.means[f] /= float64(c.passages)
		}
	}
	weights := [fieldCount]float64{titleField: titleWeight, textField: textWeight}
	for f := range fieldCount {
		factors[f] = make([]float64, len(passages))
		for i, p := range passages {
			factors[f][i] = weights[f]
			if mean := byLang[p.Lang].means[f]; mean > 0 {
				factors[f][i] /= 1 - lengthB + lengthB*float64(terms[i][f])/mean
			}
		}
	}
	slices.SortFunc(all, func(x, y *collection) int {
		if x.lang < y.lang {
			return -1
		}
		return 1
	})
	return all, nil
}

func (c *collection) idf(df int) float64 {
	return math.Log(1 + (float64(c.passages-df)+0.5)/(float64(df)+0.5))
}

// scratch is the working memory of one search. Between searches every array is zero and every list empty.
type scratch struct {
	weight  []float64 // of the term at hand, by passage
	score   []float64
	covered []float64 // sum of the idf of a passage's terms; after a collection is done, its share of the query's
	hits    []int32   // passages with the term at hand
	found   []int32   // passages with a score
	seen    []verdict // of each document, for this query
	best    []int32   // for ByDocument: one more than the place in found of a document's best passage; by document
	posting bleve.TermFieldDoc

	on        int64
	audiences []string
}

type verdict uint8

const (
	unknown verdict = iota
	shown
	hidden
)

func (s *Snapshot) scratch(q Query) *scratch {
	w, _ := s.spare.Get().(*scratch)
	if w == nil {
		w = &scratch{
			weight: make([]float64, len(s.passages)), score: make([]float64, len(s.passages)),
			covered: make([]float64, len(s.passages)), seen: make([]verdict, len(s.docs)),
			best: make([]int32, len(s.docs)),
		}
	}
	asOf := q.AsOf
	if asOf.IsZero() {
		asOf = time.Now()
	}
	w.on, w.audiences = dayNumber(asOf), q.Audiences
	if w.audiences == nil {
		w.audiences = []string{AudiencePublic}
	}
	return w
}

// release gives w back. After a failed search it may be dirty and is left to the collector instead.
func (s *Snapshot) release(w *scratch) {
	for _, p := range w.found {
		w.score[p], w.covered[p] = 0, 0
	}
	w.found = w.found[:0]
	clear(w.seen)
	w.audiences = nil
	s.spare.Put(w)
}

// Search returns the passages that answer q best, best first; equal scores in the order of documents' ids, then of
// the text. No match, and a query of nothing but stop words, is an empty result and no error. It costs about 30 ns
// for each occurrence of each of the query's terms. It fails when ctx ends or the snapshot is closed.
//
// The passages' Section slices are shared: they must not be changed.
func (s *Snapshot) Search(ctx context.Context, q Query) ([]switchboard.Passage, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.postings == nil {
		return nil, switchboard.Errorf(switchboard.Unavailable, "snapshot %s is closed", s.id)
	}
	w := s.scratch(q)
	text := []byte(norm.NFC.String(q.Text))
	lang := PrimaryLang(q.Lang)
	for _, preferred := range []bool{true, false} {
		for _, c := range s.langs {
			if (c.lang == lang) != preferred {
				continue
			}
			if err := s.scoreAll(ctx, c, w, text); err != nil {
				return nil, fmt.Errorf("search snapshot %s: %w", s.id, err)
			}
		}
		if len(w.found) > 0 {
			break
		}
	}
	best := s.choose(w, q)
	s.release(w)
	return best, nil
}

// term is a distinct term of a query with how often it occurs there.
type term struct {
	bytes []byte
	count int
}

func (c *collection) terms(text []byte) []term {
	tokens := c.analyser.Analyze(text)
	terms := make([]term, 0, min(len(tokens), maxTerms))
next:
	for _, t := range tokens {
		for i := range terms {
			if string(terms[i].bytes) == string(t.Term) {
				terms[i].count++
				continue next
			}
		}
		if len(terms) == maxTerms {
			break
		}
		terms = append(terms, term{t.Term, 1})
	}
	return terms
}

// scoreAll scores every visible passage of c that has any of text's terms.
func (s *Snapshot) scoreAll(ctx context.Context, c *collection, w *scratch, text []byte) error {
	begin := len(w.found)
	total := 0.0
	for _, t := range c.terms(text) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.weigh(ctx, c, w, t.bytes); err != nil {
			return err
		}
		idf := c.idf(len(w.hits))
		total += idf
		for _, p := range w.hits {
			x := w.weight[p]
			w.weight[p] = 0
			if !s.shows(w, s.docOf[p]) {
				continue
			}
			if w.score[p] == 0 {
				w.found = append(w.found, p)
			}
			w.score[p] += idf * x / (k1 + x)
			w.covered[p] += idf
		}
	}
	for _, p := range w.found[begin:] {
		w.covered[p] = min(w.covered[p]/total, 1)
	}
	return nil
}

// weigh sets w.hits to the passages of c that have the term, and w.weight to its weight in each.
func (s *Snapshot) weigh(ctx context.Context, c *collection, w *scratch, term []byte) error {
	w.hits = w.hits[:0]
	for f := range fieldCount {
		factors := c.factors[f]
		err := s.postings.each(ctx, c.fields[f], term, &w.posting, func(p int32, freq uint64) {
			if w.weight[p] == 0 {
				w.hits = append(w.hits, p)
			}
			w.weight[p] += factors[p] * float64(freq)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shows reports whether the query may see a document, which is worked out once for each query.
func (s *Snapshot) shows(w *scratch, doc int32) bool {
	if w.seen[doc] == unknown {
		w.seen[doc] = hidden
		if s.visible.sees(doc, w.on, w.audiences) {
			w.seen[doc] = shown
		}
	}
	return w.seen[doc] == shown
}

// choose makes the result out of what was found.
func (s *Snapshot) choose(w *scratch, q Query) []switchboard.Passage {
	found := w.found
	if q.ByDocument {
		found = s.bestOfEach(w)
	}
	k := q.K
	if k <= 0 {
		k = DefaultK
	}
	best := top(found, min(k, len(found)), func(x, y int32) bool {
		if w.score[x] != w.score[y] {
			return w.score[x] > w.score[y]
		}
		return x < y // passages stand in the order of their documents' ids
	})
	result := make([]switchboard.Passage, len(best))
	for i, p := range best {
		result[i] = s.passages[p]
		result[i].Score, result[i].Coverage = w.score[p], w.covered[p]
	}
	return result
}

// bestOfEach lists the best passage of each document that was found.
func (s *Snapshot) bestOfEach(w *scratch) []int32 {
	var one []int32
	for _, p := range w.found {
		d := s.docOf[p]
		at := w.best[d] - 1
		switch {
		case at < 0:
			one = append(one, p)
			w.best[d] = int32(len(one))
		case w.score[p] > w.score[one[at]] || w.score[p] == w.score[one[at]] && p < one[at]:
			one[at] = p
		}
	}
	for _, p := range one {
		w.best[s.docOf[p]] = 0
	}
	return one
}

// top returns the k first of items in the order of before, sorted. Few are wanted of many, so nearly every item is
// turned away by one comparison.
func top(items []int32, k int, before func(x, y int32) bool) []int32 {
	best := make([]int32, 0, k+1)
	for _, x := range items {
		if len(best) == k && (k == 0 || !before(x, best[k-1])) {
			continue
		}
		i := len(best)
		best = append(best, x)
		for ; i > 0 && before(x, best[i-1]); i-- {
			best[i] = best[i-1]
		}
		best[i] = x
		best = best[:min(k, len(best))]
	}
	return best
}
