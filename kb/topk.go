package kb

import (
	"bytes"
	"context"
	"math"
	"math/bits"
	"slices"
)

// The best k are found without scoring all that match (MaxScore, Turtle and Flood 1995, window by window as in
// block-max indexes): in each window of 512, the terms whose bounds together cannot lift anything into the result are
// only looked up where the others have found something, and windows whose terms are all too weak are passed over. What
// is returned, and every score, is the same as if all had been scored: bounds are only compared, never added in.

// queryTerm is a term of a query: what it is worth, and where it is.
type queryTerm struct {
	text   string // "" where it is not one word
	term   *term
	weight float64 // idf, or a share of it
	asks   bool    // finds nothing by itself
	flat   bool    // gives its weight whole, wherever it is
	added  bool    // not the question's own: it covers nothing of it
}

// gives is what the term adds to a score, where it has the weight w.
func (q *queryTerm) gives(w float64) float64 {
	if q.flat {
		return q.weight
	}
	return q.weight * w / (k1 + w)
}

// hit is a passage or a document with its score.
type hit struct {
	part  int
	at    uint32
	score float64
}

// ranking is one ranking of passages or of documents.
type ranking struct {
	snap   *Snapshot
	space  *space
	terms  []queryTerm
	lists  func(*list) *postingList
	k      int
	shown  []bitset // by part; what the query may see
	length func(p *part, at uint32) lengths
	less   func(a, b hit) bool // breaks ties
	whole  bool                // score everything that matches

	best []hit // a heap, the worst on top, once there are k
	work *rankScratch
}

// rankScratch is the working memory of one ranking. Between rankings sum is zero and found empty.
type rankScratch struct {
	sum   [window]float64
	found [window / 64]uint64
	terms []windowTerm
}

// windowTerm is a term in one window.
type windowTerm struct {
	*queryTerm
	bound float64
	in    []posting
}

// run fills best with the k best, the best first.
func (r *ranking) run(ctx context.Context) ([]hit, error) {
	for i := range r.snap.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.part(i)
	}
	slices.SortFunc(r.best, func(a, b hit) int {
		if r.before(a, b) {
			return -1
		}
		return 1
	})
	return r.best, nil
}

// before orders by score, then by document and place.
func (r *ranking) before(a, b hit) bool {
	if a.score != b.score {
		return a.score > b.score
	}
	return r.less(a, b)
}

// lowest is the score that a hit must reach.
func (r *ranking) lowest() float64 {
	if r.whole || len(r.best) < r.k {
		return math.Inf(-1)
	}
	return r.best[0].score
}

func (r *ranking) part(i int) {
	p := r.snap.parts[i]
	n := p.units(r.space)
	for w := range (n + window - 1) / window {
		if r.bounds(i, w) {
			r.window(i, w)
		}
	}
}

// slightly makes up for the rounding of sums that are compared with bounds.
const slightly = 1 + 1e-9

// bounds lists the terms that a window has, the weakest first and those that ask before all. It reports whether
// anything in the window can be in the result.
func (r *ranking) bounds(i, w int) bool {
	terms := r.work.terms[:0]
	slack, total, finds := r.space.slack[i], 0.0, false
	for t := range r.terms {
		q := &r.terms[t]
		l := q.term.lists[i]
		if l == nil {
			continue
		}
		pl := r.lists(l)
		if pl.bound[w] == 0 {
			continue
		}
		x := windowTerm{q, q.gives(float64(pl.bound[w])*slack) * slightly, pl.in(w)}
		total += x.bound
		finds = finds || !q.asks
		at := len(terms)
		for terms = append(terms, x); at > 0 && weaker(x, terms[at-1]); at-- {
			terms[at] = terms[at-1]
		}
		terms[at] = x
	}
	r.work.terms = terms
	return finds && total >= r.lowest()
}

func weaker(a, b windowTerm) bool {
	if a.asks != b.asks {
		return a.asks
	}
	return a.bound < b.bound
}

// window ranks what matches in one window.
func (r *ranking) window(i, w int) {
	terms, lowest := r.work.terms, r.lowest()
	// The first n terms are not enough by themselves.
	n, rest := 0, 0.0
	for ; n < len(terms) && (terms[n].asks || rest+terms[n].bound < lowest); n++ {
		rest += terms[n].bound
	}
	p := r.snap.parts[i]
	base := uint32(w * window)
	for _, t := range terms[n:] {
		for _, x := range t.in {
			j := x.at - base
			r.work.sum[j] += t.gives(r.space.weight(x, r.length(p, x.at)))
			r.work.found[j/64] |= 1 << (j % 64)
		}
	}
	for word := range r.work.found {
		set := r.work.found[word]
		r.work.found[word] = 0
		for ; set != 0; set &= set - 1 {
			j := uint32(word*64 + bits.TrailingZeros64(set))
			sum := r.work.sum[j]
			r.work.sum[j] = 0
			if at := base + j; r.shown[i].has(at) && (sum+rest)*slightly >= r.lowest() {
				r.consider(i, at, sum, n, rest)
			}
		}
	}
}

// consider scores one exactly and takes it into the result if it belongs there. Sum is what the strong terms give, rest
// the most that the n others can add.
func (r *ranking) consider(i int, at uint32, sum float64, n int, rest float64) {
	p, l := r.snap.parts[i], lengths{}
	if n > 0 {
		l = r.length(p, at)
	}
	for j := n - 1; j >= 0; j-- {
		t := &r.work.terms[j]
		rest -= t.bound
		if x := seekIn(t.in, at); x != nil {
			sum += t.gives(r.space.weight(*x, l))
		}
		if (sum+max(rest, 0))*slightly < r.lowest() {
			return
		}
	}
	r.push(hit{i, at, r.score(i, at)})
}

// score adds up the terms in the order of the query, so that the same passage has the same score to the last bit
// whatever was found first.
func (r *ranking) score(i int, at uint32) float64 {
	sum := 0.0
	l := r.length(r.snap.parts[i], at)
	for t := range r.terms {
		q := &r.terms[t]
		if list := q.term.lists[i]; list != nil {
			if x := r.lists(list).seek(at); x != nil {
				sum += q.gives(r.space.weight(*x, l))
			}
		}
	}
	return sum
}

func (r *ranking) push(h hit) {
	if len(r.best) < r.k {
		r.best = append(r.best, h)
		for i := len(r.best) - 1; i > 0; {
			up := (i - 1) / 2
			if !r.before(r.best[up], r.best[i]) {
				break
			}
			r.best[up], r.best[i] = r.best[i], r.best[up]
			i = up
		}
		return
	}
	if !r.before(h, r.best[0]) {
		return
	}
	r.best[0] = h
	for i := 0; ; {
		worst := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < len(r.best) && r.before(r.best[worst], r.best[down]) {
				worst = down
			}
		}
		if worst == i {
			return
		}
		r.best[worst], r.best[i] = r.best[i], r.best[worst]
		i = worst
	}
}

// earlier breaks ties: by the documents' ids, then by place.
func (s *Snapshot) earlier(a, b hit, docOf func(hit) uint32) bool {
	x, y := s.parts[a.part].seg.id(int(docOf(a))), s.parts[b.part].seg.id(int(docOf(b)))
	if c := bytes.Compare(x, y); c != 0 {
		return c < 0
	}
	return a.at < b.at
}
