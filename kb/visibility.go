package kb

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// facts is what a segment keeps of its documents at hand: what filters and statistics need.
type facts struct {
	from, to  []int32 // first and last day on which each document applies, counted from 1970-01-01
	audience  []uint16
	audiences []string
	lang      []uint16 // places in the segment's langs
	lengths   []lengths
	replacing []uint32 // the documents that supersede others
	pinned    []uint32 // the documents that questions are pinned to
}

// intern numbers strings in the order in which they come.
type intern map[string]uint16

func (n intern) number(s []byte, list *[]string) uint16 {
	if i, ok := n[string(s)]; ok {
		return i
	}
	i := uint16(len(n))
	n[string(s)] = i
	*list = append(*list, string(s))
	return i
}

func newFacts(t *table) (f facts, langs []string) {
	n := len(t.docs)
	f = facts{
		from: make([]int32, n), to: make([]int32, n), audience: make([]uint16, n), lang: make([]uint16, n), lengths: make([]lengths, n),
	}
	byLang, byAudience := intern{}, intern{}
	for d := range n {
		dec := decoder{b: t.records[t.docs[d]:]}
		dec.bytes()
		f.lang[d] = byLang.number(dec.bytes(), &langs)
		f.audience[d] = byAudience.number(dec.bytes(), &f.audiences)
		f.from[d], f.to[d] = int32(dec.int()), int32(dec.int())
		dec.int()
		if dec.skipStrings() > 0 {
			f.replacing = append(f.replacing, uint32(d))
		}
		if dec.uint() > 0 {
			f.pinned = append(f.pinned, uint32(d))
		}
		f.lengths[d] = t.documentLength(d)
	}
	return f, langs
}

// visibility decides which documents a query may see.
type visibility struct {
	// successors are the documents that supersede a document, or one that does: while any of them is valid, it is not
	// shown. They count whoever may see them: what was replaced is wrong for everybody.
	successors map[ref][]ref

	views sync.Map // of viewKey to *view
	n     atomic.Int64
}

// ref is a document of a snapshot.
type ref struct {
	part int
	doc  uint32
}

// viewKey is what a query may see: on which day, and as whom.
type viewKey struct {
	day       int32
	audiences string
}

// view is the documents and passages that may be seen, by part.
type view struct{ docs, passages []bitset }

// viewsKept bounds the views that a snapshot keeps: some 12 kB each for 100,000 passages.
const viewsKept = 64

// succeed finds out which documents are superseded by which.
func (s *Snapshot) succeed() {
	direct := map[ref][]ref{}
	for i, p := range s.parts {
		for _, d := range p.seg.facts.replacing {
			if p.deadDocs.has(d) {
				continue
			}
			for _, old := range p.seg.entry(int(d)).Supersedes {
				if r, ok := s.find(old); ok {
					direct[r] = append(direct[r], ref{i, d})
				}
			}
		}
	}
	s.visible.successors = make(map[ref][]ref, len(direct))
	for r := range direct {
		s.visible.successors[r] = reachable(direct, r)
	}
}

// reachable lists what can be reached from start along next, start itself excluded.
func reachable(next map[ref][]ref, start ref) []ref {
	var found []ref
	seen := map[ref]bool{start: true}
	for open := slices.Clone(next[start]); len(open) > 0; {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if !seen[i] {
			seen[i] = true
			found = append(found, i)
			open = append(open, next[i]...)
		}
	}
	return found
}

// view works out what may be seen, once for each day and set of audiences.
func (s *Snapshot) view(day int32, audiences []string) *view {
	key := viewKey{day, strings.Join(audiences, "\x00")}
	if have, ok := s.visible.views.Load(key); ok {
		return have.(*view)
	}
	v := &view{}
	for i, p := range s.parts {
		docs, passages := p.view(day, audiences)
		v.docs, v.passages = append(v.docs, docs), append(v.passages, passages)
		for r, successors := range s.visible.successors {
			if r.part == i && slices.ContainsFunc(successors, func(x ref) bool { return s.valid(x, day) }) {
				docs[r.doc/64] &^= 1 << (r.doc % 64)
			}
		}
		t := &p.seg.table
		for d := range uint32(len(t.docs)) {
			for x := t.first[d]; docs.has(d) && x < t.first[d+1]; x++ {
				passages.set(x)
			}
		}
	}
	if s.visible.n.Add(1) > viewsKept {
		s.visible.views.Clear()
		s.visible.n.Store(1)
	}
	s.visible.views.Store(key, v)
	return v
}

// view begins with what the documents' own dates and audiences say.
func (p *part) view(day int32, audiences []string) (docs, passages bitset) {
	f := &p.seg.facts
	allowed := make([]bool, len(f.audiences))
	for i, a := range f.audiences {
		allowed[i] = slices.Contains(audiences, a)
	}
	docs, passages = newBitset(len(f.from)), newBitset(len(p.seg.passages))
	for d := range f.from {
		if allowed[f.audience[d]] && f.from[d] <= day && day <= f.to[d] && !p.deadDocs.has(uint32(d)) {
			docs.set(uint32(d))
		}
	}
	return docs, passages
}

func (s *Snapshot) valid(r ref, day int32) bool {
	f := &s.parts[r.part].seg.facts
	return f.from[r.doc] <= day && day <= f.to[r.doc]
}

// dayNumber counts t's own calendar day, whatever its time zone: a price that ends on the 31st ends at the operator's
// midnight if the operator's clock asks.
func dayNumber(t time.Time) int32 { return int32(day(t).Unix() / secondsOfDay) }

const secondsOfDay = 24 * 60 * 60

// dayOr is the number of t's day, or what stands for none.
func dayOr(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return int64(dayNumber(t))
}

// dayOf is the day with a number, zero for those that stand for none.
func dayOf(n int64) time.Time {
	if n == math.MinInt32 || n == math.MaxInt32 {
		return time.Time{}
	}
	return time.Unix(n*secondsOfDay, 0).UTC()
}
