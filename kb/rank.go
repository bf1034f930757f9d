package kb

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/analysis"
	bleve "github.com/blevesearch/bleve_index_api"

	"switchboard"
)

// Ranking is BM25F as its authors give it (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009,
// section 3.6; term frequencies are weighted and normalised field by field, summed, then saturated once):
//
//	w(t,p)     = Σ over fields f of  weight(f) · tf(t,p,f) / (1 - b + b · len(p,f) / mean len(f))
//	score(q,p) = Σ over distinct terms t of q of   idf(t) · w(t,p) / (k1 + w(t,p))
//	idf(t)     = ln(1 + (N - df + 0.5) / (df + 0.5))
//
// df counts the passages that have t in either field, N all passages of the language, and mean lengths are true means
// over all of them. All of it is exact and independent of how bleve lays out its segments, so that thresholds on
// scores stay what they are. It runs on bleve's postings directly and not through its query tree: every passage that
// has any term is scored anyway, so adding up term by term into one array costs least, and filters apply in the same
// pass, before the best are chosen: there are K results if K passages match.
//
// Two things come on top of it. An occurrence of a term's synonym counts as a share of one of the term (synonyms.go),
// so that df counts both. And a term that only asks has a share of its idf, and finds nothing by itself (questions.go).
//
// Documents are ranked by the same formula over whole documents: the text's frequencies and lengths are the sums over
// a document's passages, the title's the maxima, since every passage repeats the title.
const (
	k1          = 1.2
	lengthB     = 0.75
	titleWeight = 2.0
	textWeight  = 1.0

	// askingShare is what counts of the idf of words that only ask. They are common in questions and rare in articles,
	// so that in full they would outweigh what is asked about.
	askingShare = 0.15
)

// maxTerms bounds the work for one query; what follows is ignored.
const maxTerms = 256

// factors is weight(f) / (1 - b + b · len/mean) of each passage, or of each document, in each field.
type factors [fieldCount][]float64

// collection is the passages in one language, with what ranking needs to know of them.
type collection struct {
	lang      string
	analyser  analysis.Analyzer
	asking    map[string]bool     // the terms of questionWords
	same      map[string][][]byte // the synonyms of a term
	fields    [fieldCount]string  // names in the index
	passages  int
	documents int
}

// newCollections computes the statistics of each language, sorted by language, and the factors of all passages and
// documents. docOf gives each passage's document.
func newCollections(passages []switchboard.Passage, terms []lengths, docOf []int32) (
	all []*collection, ofPassages, ofDocuments factors, err error) {
	byLang := map[string]*collection{}
	var docTerms []lengths
	passageMeans, docMeans := map[string]*mean{}, map[string]*mean{}
	var docLang []string
	for i, p := range passages {
		c := byLang[p.Lang]
		if c == nil {
			if c, err = newCollection(p.Lang); err != nil {
				return nil, factors{}, factors{}, err
			}
			byLang[p.Lang], passageMeans[p.Lang], docMeans[p.Lang] = c, new(mean), new(mean)
			all = append(all, c)
		}
		c.passages++
		passageMeans[p.Lang].add(terms[i])
		if int(docOf[i]) == len(docTerms) {
			docTerms = append(docTerms, lengths{})
			docLang = append(docLang, p.Lang)
			c.documents++
		}
		d := &docTerms[docOf[i]]
		d[titleField] = max(d[titleField], terms[i][titleField])
		d[textField] += terms[i][textField]
	}
	for d, t := range docTerms {
		docMeans[docLang[d]].add(t)
	}
	ofPassages = newFactors(terms, func(i int) *mean { return passageMeans[passages[i].Lang] })
	ofDocuments = newFactors(docTerms, func(d int) *mean { return docMeans[docLang[d]] })
	slices.SortFunc(all, func(x, y *collection) int { return cmp.Compare(x.lang, y.lang) })
	return all, ofPassages, ofDocuments, nil
}

func newCollection(lang string) (*collection, error) {
	a, err := newAnalyser(lang)
	if err != nil {
		return nil, err
	}
	c := &collection{lang: lang, analyser: a, asking: map[string]bool{}}
	for _, word := range questionWords(lang) {
		for _, t := range a.Analyze([]byte(word)) {
			c.asking[string(t.Term)] = true
		}
	}
	c.same = c.alternatives()
	for f := range fieldCount {
		c.fields[f] = f.name(lang)
	}
	return c, nil
}

// mean adds up lengths.
type mean struct {
	sum [fieldCount]int
	n   int
}

func (m *mean) add(l lengths) {
	for f := range fieldCount {
		m.sum[f] += l[f]
	}
	m.n++
}

func newFactors(terms []lengths, means func(i int) *mean) factors {
	weights := [fieldCount]float64{titleField: titleWeight, textField: textWeight}
	var all factors
	for f := range fieldCount {
		all[f] = make([]float64, len(terms))
		for i, t := range terms {
			all[f][i] = weights[f]
			if m := means(i); m.sum[f] > 0 {
				all[f][i] /= 1 - lengthB + lengthB*float64(t[f])*float64(m.n)/float64(m.sum[f])
			}
		}
	}
	return all
}

func idf(n, df int) float64 {
	return math.Log(1 + (float64(n-df)+0.5)/(float64(df)+0.5))
}

// terms lists the distinct terms of a query, in the order of the query, and apart from them those that only ask. A
// term counts once, however often a query says it: on judged questions that ranks better than counting repetitions.
// Where a query does nothing but ask, its words are all it has, and are terms like others.
func (c *collection) terms(text string) (terms, asking [][]byte) {
	// Analysers write into what they are given.
	tokens := c.analyser.Analyze([]byte(text))
	terms = make([][]byte, 0, min(len(tokens), maxTerms))
	for _, t := range tokens {
		same := func(have []byte) bool { return string(have) == string(t.Term) }
		switch {
		case len(terms)+len(asking) == maxTerms, slices.ContainsFunc(terms, same), slices.ContainsFunc(asking, same):
		case c.asking[string(t.Term)]:
			asking = append(asking, t.Term)
		default:
			terms = append(terms, t.Term)
		}
	}
	if len(terms) == 0 {
		return asking, nil
	}
	return terms, asking
}

// scratch is the working memory of one search. Between searches every array is zero and every list empty.
type scratch struct {
	passages, documents sums
	covered             []float64 // Σ idf of a passage's terms, in the end as a share of the query's; by passage
	seen                []verdict // whether this query may see a document
	best                []int32   // a document's best passage, and one more; by document
	posting             bleve.TermFieldDoc

	byDocument bool
	on         int64 // the day
	audiences  []string
}

// sums are the sums of the formula, by passage or by document.
type sums struct {
	weight []float64 // of the term at hand
	title  []float64 // for documents: the title's part of weight, not yet added
	score  []float64
	hits   []int32 // those with the term at hand
	having int     // how many those are, before any are dropped: df
	found  []int32 // those with a score
}

type verdict uint8

const (
	unknown verdict = iota
	shown
	hidden
)

func newScratch(passages, documents int) *scratch {
	return &scratch{
		passages:  sums{weight: make([]float64, passages), score: make([]float64, passages)},
		documents: sums{weight: make([]float64, documents), title: make([]float64, documents), score: make([]float64, documents)},
		covered:   make([]float64, passages), seen: make([]verdict, documents), best: make([]int32, documents),
	}
}

// reset makes w ready for another search. After a failed search w may be dirty beyond what this cleans.
func (w *scratch) reset() {
	for _, p := range w.passages.found {
		w.passages.score[p], w.covered[p] = 0, 0
	}
	for _, d := range w.documents.found {
		w.documents.score[d], w.best[d] = 0, 0
	}
	w.passages.found, w.documents.found = w.passages.found[:0], w.documents.found[:0]
	clear(w.seen)
	w.audiences = nil
}

// score adds up the scores of every visible passage of c that has any of text's terms, and of their documents if
// those are wanted. Words that only ask find nothing: they tell apart what the other words have found.
func (s *Snapshot) score(ctx context.Context, c *collection, w *scratch, text string) error {
	begin := len(w.passages.found)
	total := 0.0
	terms, asking := c.terms(text)
	for _, term := range terms {
		if err := s.weigh(ctx, c, w, term); err != nil {
			return err
		}
		information := idf(c.passages, len(w.passages.hits))
		total += information
		for _, p := range w.passages.hits {
			if s.shows(w, s.docOf[p]) {
				w.covered[p] += information
			}
		}
		s.saturate(c, w, 1)
	}
	for _, term := range asking {
		if err := s.weigh(ctx, c, w, term); err != nil {
			return err
		}
		w.passages.keepFound()
		w.documents.keepFound()
		s.saturate(c, w, askingShare)
	}
	for _, p := range w.passages.found[begin:] {
		w.covered[p] = min(w.covered[p]/total, 1)
	}
	return nil
}

// keepFound drops those with the term at hand that no other term has found.
func (s *sums) keepFound() {
	kept := s.hits[:0]
	for _, i := range s.hits {
		if s.score[i] > 0 {
			kept = append(kept, i)
			continue
		}
		s.weight[i] = 0
		if s.title != nil {
			s.title[i] = 0
		}
	}
	s.hits = kept
}

// saturate adds the term at hand to the scores of passages, and of documents if wanted, and clears its weights. share
// is that of its idf which counts.
func (s *Snapshot) saturate(c *collection, w *scratch, share float64) {
	s.add(w, &w.passages, share*idf(c.passages, w.passages.having), s.docOf)
	if !w.byDocument {
		return
	}
	for _, d := range w.documents.hits {
		w.documents.weight[d] += w.documents.title[d]
		w.documents.title[d] = 0
	}
	s.add(w, &w.documents, share*idf(c.documents, w.documents.having), nil)
}

// add adds the term at hand to the scores and clears its weights. docOf is nil where hits are documents.
func (s *Snapshot) add(w *scratch, sum *sums, idf float64, docOf []int32) {
	for _, i := range sum.hits {
		x := sum.weight[i]
		sum.weight[i] = 0
		d := i
		if docOf != nil {
			d = docOf[i]
		}
		if !s.shows(w, d) {
			continue
		}
		if sum.score[i] == 0 {
			sum.found = append(sum.found, i)
		}
		sum.score[i] += idf * x / (k1 + x)
	}
}

// weigh finds the passages of c that have the term, and its weight in each; the same for documents if wanted.
func (s *Snapshot) weigh(ctx context.Context, c *collection, w *scratch, term []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ps, ds := &w.passages, &w.documents
	ps.hits, ds.hits = ps.hits[:0], ds.hits[:0]
	if err := s.occurrences(ctx, c, w, term, 1); err != nil {
		return err
	}
	for _, other := range c.same[string(term)] {
		if err := s.occurrences(ctx, c, w, other, synonymShare); err != nil {
			return err
		}
	}
	ps.having, ds.having = len(ps.hits), len(ds.hits)
	return nil
}

// occurrences adds those of one term to the weights, each counting for share.
func (s *Snapshot) occurrences(ctx context.Context, c *collection, w *scratch, term []byte, share float64) error {
	ps, ds := &w.passages, &w.documents
	for f := range fieldCount {
		of, ofDocs := s.ofPassages[f], s.ofDocuments[f]
		err := s.postings.each(ctx, c.fields[f], term, &w.posting, func(p int32, freq uint64) {
			n := share * float64(freq)
			if ps.weight[p] == 0 {
				ps.hits = append(ps.hits, p)
			}
			ps.weight[p] += of[p] * n
			if !w.byDocument {
				return
			}
			d := s.docOf[p]
			if ds.weight[d] == 0 && ds.title[d] == 0 {
				ds.hits = append(ds.hits, d)
			}
			if f == titleField {
				ds.title[d] = max(ds.title[d], ofDocs[d]*n)
			} else {
				ds.weight[d] += ofDocs[d] * n
			}
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
