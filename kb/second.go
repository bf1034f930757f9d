package kb

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The second look at the best documents reads what else they say. It does two things.
//
// A word of the question that a document lacks is looked for among its relatives: terms that begin alike, such as
// "phosphoryl" and "phosphor". An occurrence of a relative counts as a quarter of one of the word.
//
// And documents that say the same are found together or not at all (score regularization: Diaz, "Regularizing Ad Hoc
// Retrieval Scores", 2005): each gets a share of the mean score of its nearest neighbours among the candidates. They
// are near by the cosine of their BM25F weights, where a term counts the more the fewer of the candidates have it. It
// is left out of conversations: what is filed under other subjects and says the same is not what is asked about.
const (
	relativeShare  = 0.25
	relativePrefix = 3   // letters that relatives begin with in common, at the least …
	relativeLength = 0.6 // … and the share of the longer one's

	neighbours     = 5
	neighbourShare = 0.15
)

// stem is a term of a document and how often each field has it.
type stem struct {
	text        []byte
	title, body uint8
}

// stemsMost is how many terms of one document count. Longer documents have every so many-th of them.
const stemsMost = 512

// occurrence is how often a term stands in one field of one passage.
type occurrence struct {
	text  string
	field field
	n     int
}

// merged is the terms of a document in their order: those of the text together, those of the title as often as any
// passage has them, since each repeats it.
func merged(all []occurrence) (terms []occurrence, counts []stem) {
	slices.SortFunc(all, func(a, b occurrence) int { return cmp.Compare(a.text, b.text) })
	for _, o := range all {
		if n := len(terms); n == 0 || terms[n-1].text != o.text {
			terms, counts = append(terms, o), append(counts, stem{})
		}
		c := &counts[len(counts)-1]
		if o.field == titleField {
			c.title = max(c.title, uint8(min(o.n, math.MaxUint8)))
		} else {
			c.body = uint8(min(o.n+int(c.body), math.MaxUint8))
		}
	}
	return terms, counts
}

// stems appends a document's terms: each as the bytes that it has in common with the one before, those that it has not,
// and how often it occurs.
func (e *encoder) stems(all []occurrence) {
	terms, counts := merged(all)
	step := max(1, (len(terms)+stemsMost-1)/stemsMost)
	before := ""
	e.uint((len(terms) + step - 1) / step)
	for i := 0; i < len(terms); i += step {
		t := terms[i].text
		same := common(before, t)
		e.uint(same)
		e.string(t[same:])
		e.b = append(e.b, counts[i].title, counts[i].body)
		before = t
	}
}

func common[T, U string | []byte](a T, b U) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// stemsOf decodes the terms of a document into text, which it grows.
func (t *table) stemsOf(d int, into []stem, text []byte) ([]stem, []byte) {
	dec := decoder{b: t.records[t.stems[d]:]}
	before := 0 // where in text the term before begins
	for range min(dec.uint(), stemsMost) {
		same, rest := dec.uint(), dec.bytes()
		if len(dec.b) < 2 || len(text)-before < same {
			return into, text
		}
		at := len(text)
		text = append(text, text[before:before+same]...)
		text = append(text, rest...)
		into = append(into, stem{text[at:len(text):len(text)], dec.b[0], dec.b[1]})
		before, dec.b = at, dec.b[2:]
	}
	return into, text
}

// related reports whether two terms of letters begin alike for most of their length.
func related(a string, b []byte) bool {
	if len(b) < relativePrefix || len(a) < relativePrefix || a[:relativePrefix] != string(b[:relativePrefix]) {
		return false
	}
	n := common(a, b)
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	letters := utf8.RuneCountInString(a[:n])
	longer := max(utf8.RuneCountInString(a), utf8.RuneCount(b))
	return letters >= relativePrefix && float64(letters) >= relativeLength*float64(longer) && string(b) != a && spelt(a) && spelt(string(b))
}

// spelt reports whether a term is all letters.
func spelt(term string) bool {
	for _, r := range term {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return true
}

// secondLook is the working memory of one.
type secondLook struct {
	stems []stem
	text  []byte
	from  []int // where each document's stems begin
	chain chains
}

var secondLooks = sync.Pool{New: func() any { return &secondLook{} }}

// lookAgain gives documents what their relatives and their neighbours add.
func (s *Snapshot) lookAgain(c *collection, terms []queryTerm, all []found, conversation bool) {
	w := secondLooks.Get().(*secondLook)
	defer secondLooks.Put(w)
	w.stems, w.text, w.from = w.stems[:0], w.text[:0], w.from[:0]
	for _, f := range all {
		w.from = append(w.from, len(w.stems))
		w.stems, w.text = s.parts[f.part].seg.stemsOf(int(f.at), w.stems, w.text)
	}
	w.from = append(w.from, len(w.stems))
	for i := range all {
		all[i].score += (1 - passageShare) * s.relatives(c, terms, all[i], w.stems[w.from[i]:w.from[i+1]])
	}
	if !conversation && len(all) > 1 {
		w.smooth(s, c, all)
	}
}

// relatives is what the relatives of missing words add to a document's score.
func (s *Snapshot) relatives(c *collection, terms []queryTerm, f found, stems []stem) float64 {
	sum := 0.0
	l := s.parts[f.part].seg.facts.lengths[f.at]
	for i := range terms {
		q := &terms[i]
		if q.flat || len(q.text) < relativePrefix || q.term.documents == 0 {
			continue
		}
		if have := q.term.lists[f.part]; have != nil && have.documents.seek(f.at) != nil {
			continue
		}
		w := 0.0
		at, _ := slices.BinarySearchFunc(stems, q.text[:relativePrefix], func(x stem, prefix string) int { return compare(x.text, prefix) })
		for ; at < len(stems) && len(stems[at].text) >= relativePrefix && string(stems[at].text[:relativePrefix]) == q.text[:relativePrefix]; at++ {
			if x := &stems[at]; related(q.text, x.text) {
				w += c.docs.norms.weight(posting{title: shares * uint16(x.title), text: shares * uint16(x.body)}, l)
			}
		}
		sum += q.gives(relativeShare * w)
	}
	return sum
}

func compare(a []byte, b string) int {
	switch {
	case string(a) < b:
		return -1
	case string(a) > b:
		return 1
	}
	return 0
}

// chains joins the places of equal terms, by their hashes.
type chains struct {
	heads  map[uint64]int32 // of a term's hash to its last place
	before []int32          // the place before it, -1 for the first
	n      []int32          // how many places a term has up to this one
	weight []float64
	doc    []int32
}

var termSeed = maphash.MakeSeed()

// smooth mixes each score with those of its neighbours.
func (w *secondLook) smooth(s *Snapshot, c *collection, all []found) {
	n := len(all)
	w.link(s, c, all)
	cosine := make([]float64, n*n)
	docs, weights := make([]int, 0, n), make([]float64, 0, n)
	alone := idf(int64(n), 1)
	for place := range int32(len(w.stems)) {
		if w.chain.n[place] < 0 { // not the last of its term
			continue
		}
		if w.chain.n[place] == 1 { // only its own document's length has it
			x := alone * w.chain.weight[place]
			d := int(w.chain.doc[place])
			cosine[d*n+d] += x * x
			continue
		}
		docs, weights = docs[:0], weights[:0]
		rare := idf(int64(n), int(w.chain.n[place]))
		for at := place; at >= 0; at = w.chain.before[at] {
			docs, weights = append(docs, int(w.chain.doc[at])), append(weights, rare*w.chain.weight[at])
		}
		for i := range docs {
			for j := range docs[:i+1] {
				cosine[docs[j]*n+docs[i]] += weights[i] * weights[j] // the later document first
			}
		}
	}
	mix(all, cosine)
}

// link chains the places of equal terms, so that only the last of each has its number in chain.n.
func (w *secondLook) link(s *Snapshot, c *collection, all []found) {
	ch := &w.chain
	if ch.heads == nil {
		ch.heads = map[uint64]int32{}
	}
	clear(ch.heads)
	ch.before, ch.n, ch.weight, ch.doc = ch.before[:0], ch.n[:0], ch.weight[:0], ch.doc[:0]
	for i, f := range all {
		l := s.parts[f.part].seg.facts.lengths[f.at]
		for at := w.from[i]; at < w.from[i+1]; at++ {
			x := &w.stems[at]
			h := maphash.Bytes(termSeed, x.text)
			before, n := int32(-1), int32(1)
			if last, ok := ch.heads[h]; ok {
				before, n = last, ch.n[last]+1
				ch.n[last] = -1
			}
			weight := c.docs.norms.weight(posting{title: shares * uint16(x.title), text: shares * uint16(x.body)}, l)
			ch.before, ch.n, ch.weight = append(ch.before, before), append(ch.n, n), append(ch.weight, weight/(k1+weight))
			ch.doc = append(ch.doc, int32(i))
			ch.heads[h] = int32(at)
		}
	}
}

// mix takes products of all pairs, the later one first, and gives each document its share of its neighbours' scores.
func mix(all []found, products []float64) {
	n := len(all)
	near := make([]float64, n)
	scores := make([]float64, n)
	for i := range all {
		for j := range near {
			near[j] = 0
			if length := math.Sqrt(products[i*n+i] * products[j*n+j]); j != i && length > 0 {
				near[j] = products[max(i, j)*n+min(i, j)] / length
			}
		}
		sorted := slices.Clone(near)
		slices.Sort(sorted)
		least := sorted[max(0, n-min(neighbours, n-1))]
		sum, mean := 0.0, 0.0
		for j, x := range near {
			if x >= least && x > 0 {
				sum += x
				mean += x * all[j].score
			}
		}
		scores[i] = all[i].score
		if sum > 0 {
			scores[i] = (1-neighbourShare)*all[i].score + neighbourShare*mean/sum
		}
	}
	for i := range all {
		all[i].score = scores[i]
	}
}
