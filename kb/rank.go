package kb

import (
	"math"
	"sync"
	"sync/atomic"

	"switchboard/kb/analysis"
	"switchboard/kb/analysis/spell"
)

// Ranking is BM25F as its authors give it (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009,
// section 3.6; term frequencies are weighted and normalised field by field, summed, then saturated once):
//
//	w(t,p)     = Σ over fields f of  weight(f) · tf(t,p,f) / (1 - b + b · len(p,f) / mean len(f))
//	score(q,p) = Σ over distinct terms t of q of   idf(t) · w(t,p) / (k1 + w(t,p))
//	idf(t)     = ln(1 + (N - df + 0.5) / (df + 0.5))
//
// df counts the passages that have t in either field, N all passages of the language, and mean lengths are true means
// over all of them. Passages of documents that a snapshot no longer has count nowhere. All of it is exact and the same
// whatever segments hold the documents, so that thresholds on scores stay what they are.
//
// Three things come on top of it. An occurrence of a term's synonym counts as a share of one of the term, and df counts
// both. A word that no passage has stands for those that it may be a misspelling of, at a share too. And a term that
// only asks has a share of its idf, and finds nothing by itself.
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

// sums are the lengths of passages, or of documents, added up.
type sums struct {
	terms [fieldCount]int64
	n     int64
}

func (s *sums) add(l lengths, n int64) {
	for f := range fieldCount {
		s.terms[f] += n * int64(l[f])
	}
	s.n += n
}

func (s *sums) addAll(o sums) {
	for f := range fieldCount {
		s.terms[f] += o.terms[f]
	}
	s.n += o.n
}

// norms is weight(f) / (1 - b + b · len/mean) of each field, by length.
type norms struct {
	mean  [fieldCount]float64 // 0 where no passage has the field
	table [fieldCount][]float64
}

// normsTable is up to which length norms are kept ready.
const normsTable = 512

func newNorms(s sums) norms {
	var n norms
	for f := range fieldCount {
		if s.n > 0 {
			n.mean[f] = float64(s.terms[f]) / float64(s.n)
		}
		n.table[f] = make([]float64, normsTable)
		for l := range n.table[f] {
			n.table[f][l] = n.compute(f, uint32(l))
		}
	}
	return n
}

func (n *norms) compute(f field, length uint32) float64 {
	weight := textWeight
	if f == titleField {
		weight = titleWeight
	}
	if n.mean[f] == 0 {
		return weight
	}
	return weight / (1 - lengthB + lengthB*float64(length)/n.mean[f])
}

func (n *norms) of(f field, length uint32) float64 {
	if length < normsTable {
		return n.table[f][length]
	}
	return n.compute(f, length)
}

// weight is w(t,p).
func (n *norms) weight(p posting, l lengths) float64 {
	return (float64(p.title)*n.of(titleField, l[titleField]) + float64(p.text)*n.of(textField, l[textField])) / shares
}

// slack is by how much at most a weight under n is higher than the same one under o: the norm of a length grows no
// faster than the mean.
func (n *norms) slack(o *norms) float64 {
	slack := 1.0
	for f := range fieldCount {
		if o.mean[f] > 0 {
			slack = max(slack, n.mean[f]/o.mean[f])
		}
	}
	return slack
}

// segmentLang is what a segment has in one language. Its norms are those of the segment alone: bounds are computed
// with them, scores with those of the whole snapshot.
type segmentLang struct {
	name                        string
	passages, documents         sums
	passageNorms, documentNorms norms
}

// collection is the passages in one language, with what ranking needs to know of them.
type collection struct {
	lang     string
	analyser *analysis.Analyser
	synonyms *analysis.Expander

	at       []int // the language's place in each part's segment, -1 where it has none
	passages space
	docs     space

	terms termCache
	// Made when they are first needed:
	nearby   func() func(word string) []spell.Neighbour // see vocabulary.go
	acronyms func() explanations
	subjects func() *subjects
	pins     func() *pins
}

// space is the passages, or the documents, of a language as what is ranked.
type space struct {
	sums
	norms
	slack     []float64 // by part
	documents bool
}

// termCache keeps terms as the collection has them. Their lists are the segments'.
type termCache struct {
	terms sync.Map // of string to *term
	n     atomic.Int64
}

// termsKept bounds them, at some hundred bytes each.
const termsKept = 1 << 16

// term is a word, with its synonyms, in the whole collection.
type term struct {
	lists               []*list // by part; nil where the part has none
	passages, documents int     // df
}

func idf(n int64, df int) float64 {
	return math.Log(1 + (float64(n-int64(df))+0.5)/(float64(df)+0.5))
}

// alive counts the postings whose documents the snapshot has.
func (p *part) alive(l *postingList, dead bitset) int {
	if dead == nil {
		return len(l.postings)
	}
	n := 0
	for _, x := range l.postings {
		if !dead.has(x.at) {
			n++
		}
	}
	return n
}
