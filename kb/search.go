package kb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"switchboard"
)

// DefaultK is how many passages a query returns that does not say.
const DefaultK = 8

// Documents are ranked by the whole, and the best of them by their best passage too: an answer stands in one place.
const (
	candidates   = 50
	passageShare = 0.2
)

// How a result is spread over documents.
const (
	spreadOver  = 4   // times as many passages as are wanted are looked at for such of other documents
	spreadWorth = 0.7 // of the score of what it takes the place of: the least that a passage must have for that
)

// Query is what to search for. The zero value of each field but Text is a sensible default.
type Query struct {
	Text string
	K    int // how many passages at most; DefaultK if not positive
	// History is what was said before, by both sides, oldest first. What the conversation is about comes out of it.
	History []string
	// Whole says that Text is all that is to be searched for: the words of a follow-up's first question are in it already.
	Whole bool
	// Lang prefers a language: where any visible passage in it matches, only passages in it are returned; where none
	// does, those in all other languages. "" searches all.
	Lang      string
	AsOf      time.Time // the day, in its own time zone, on which documents must be valid; zero means today
	Audiences []string  // whose documents may be seen; nil means {"public"}
	// ByDocument ranks whole documents. Each is represented by its best passage, whose Score is the document's.
	ByDocument bool
	// Exhaustive scores everything that matches, for comparison: the result is the same.
	Exhaustive bool
}

// Search returns the passages that answer q best, best first; equal scores in the order of documents' ids, then of
// the text. No match, and a query of nothing but stop words, is an empty result and no error. It fails when ctx ends
// or the snapshot is closed.
func (s *Snapshot) Search(ctx context.Context, q Query) ([]switchboard.Passage, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, switchboard.Errorf(switchboard.Unavailable, "snapshot %s is closed", s.id)
	}
	if q.K <= 0 {
		q.K = DefaultK
	}
	q.Text = norm.NFC.String(q.Text)
	found, err := s.search(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("search snapshot %s: %w", s.id, err)
	}
	return found, nil
}

func (s *Snapshot) search(ctx context.Context, q Query) ([]switchboard.Passage, error) {
	asOf := q.AsOf
	if asOf.IsZero() {
		asOf = time.Now()
	}
	audiences := q.Audiences
	if audiences == nil {
		audiences = []string{AudiencePublic}
	}
	view := s.view(dayNumber(asOf), audiences)
	meaning := s.meaning(ctx, q.Text)
	lang := PrimaryLang(q.Lang)
	for _, preferred := range []bool{true, false} {
		var found []found
		for _, c := range s.langs {
			if (c.lang == lang) != preferred {
				continue
			}
			one, err := s.searchIn(ctx, c, q, view)
			if err == nil && meaning != nil {
				one, err = s.near(c, q, one, meaning, view)
			}
			if err != nil {
				return nil, err
			}
			found = append(found, s.pin(c, q, one, view)...)
		}
		if len(found) > 0 {
			return s.rerank(ctx, q, s.result(q, found)), nil
		}
	}
	return nil, nil
}

// found is a hit as it is shown: for documents, with their best passage.
type found struct {
	hit
	passage  uint32
	coverage float64
	pinned   bool
}

// searchIn ranks the passages, or the documents, of one language.
func (s *Snapshot) searchIn(ctx context.Context, c *collection, q Query, v *view) ([]found, error) {
	passages, docs, err := s.queryTerms(ctx, c, q)
	if err != nil || len(passages) == 0 {
		return nil, err
	}
	r := s.rankPassages(c, passages, v)
	if q.ByDocument {
		r = s.rankDocuments(c, docs, v)
	}
	r.k, r.whole = q.K, q.Exhaustive
	switch {
	case q.ByDocument:
		r.k = max(candidates, 2*q.K)
	case q.K > 1:
		r.k = spreadOver * q.K
	}
	r.work, _ = s.spare.Get().(*rankScratch)
	if r.work == nil {
		r.work = new(rankScratch)
	}
	hits, err := r.run(ctx)
	if err != nil {
		return nil, err // what was worked with is dirty: it is left to the garbage collector
	}
	s.spare.Put(r.work)
	out := make([]found, len(hits))
	for i, h := range hits {
		out[i] = found{hit: h, passage: h.at}
		if q.ByDocument {
			best, score := s.bestPassage(c, passages, h)
			out[i].passage, out[i].score = best, (1-passageShare)*h.score+passageShare*score
		}
		out[i].coverage = covered(passages, h.part, out[i].passage)
	}
	if q.ByDocument {
		conversation := slices.ContainsFunc(docs, func(t queryTerm) bool { return t.flat })
		s.lookAgain(c, docs, out, conversation)
	}
	return out, nil
}

// pin puts the document that the question is pinned to, if there is one, before all others.
func (s *Snapshot) pin(c *collection, q Query, all []found, v *view) []found {
	if len(c.pins().all) == 0 {
		return all
	}
	d, ok := c.pins().find(c.asked(q.Text), v.docs)
	if !ok {
		return all
	}
	t := &s.parts[d.part].seg.table
	first := found{hit: hit{part: d.part, at: t.first[d.doc]}, passage: t.first[d.doc]}
	if q.ByDocument {
		first.at = d.doc
	}
	of := func(f found) bool { return f.part == d.part && t.docOf[f.passage] == d.doc }
	if i := slices.IndexFunc(all, of); i >= 0 { // the best of its passages comes before the others
		first = all[i]
		all = slices.Delete(all, i, i+1)
	}
	for _, f := range all {
		first.score = max(first.score, f.score)
	}
	first.coverage, first.pinned = 1, true
	return append([]found{first}, all...)
}

func (s *Snapshot) rankPassages(c *collection, terms []queryTerm, v *view) *ranking {
	return &ranking{
		snap: s, space: &c.passages, terms: terms, shown: v.passages,
		lists:  func(l *list) *postingList { return &l.passages },
		length: func(p *part, at uint32) lengths { return p.seg.length(int(at)) },
		less:   s.passageBefore,
	}
}

func (s *Snapshot) rankDocuments(c *collection, terms []queryTerm, v *view) *ranking {
	return &ranking{
		snap: s, space: &c.docs, terms: terms, shown: v.docs,
		lists:  func(l *list) *postingList { return &l.documents },
		length: func(p *part, at uint32) lengths { return p.seg.facts.lengths[at] },
		less:   func(a, b hit) bool { return s.earlier(a, b, func(h hit) uint32 { return h.at }) },
	}
}

func (s *Snapshot) passageBefore(a, b hit) bool {
	return s.earlier(a, b, func(h hit) uint32 { return s.parts[h.part].seg.docOf[h.at] })
}

// bestPassage is the passage of a document that has the highest score, the first of those.
func (s *Snapshot) bestPassage(c *collection, terms []queryTerm, doc hit) (uint32, float64) {
	r := s.rankPassages(c, terms, &view{})
	t := &s.parts[doc.part].seg.table
	best, most := t.first[doc.at], -1.0
	for x := t.first[doc.at]; x < t.first[doc.at+1]; x++ {
		if score := r.score(doc.part, x); score > most {
			best, most = x, score
		}
	}
	return best, most
}

// covered is the share of the query's information that a passage has.
func covered(terms []queryTerm, part int, passage uint32) float64 {
	total, have := 0.0, 0.0
	for _, t := range terms {
		if t.asks || t.added {
			continue
		}
		total += t.weight
		if l := t.term.lists[part]; l != nil && l.passages.seek(passage) != nil {
			have += t.weight
		}
	}
	return min(have/total, 1)
}

// result makes passages of the best of what was found in all languages.
func (s *Snapshot) result(q Query, all []found) []switchboard.Passage {
	if !q.ByDocument {
		all = s.spread(all, q.K)
	}
	s.sort(all)
	all = all[:min(q.K, len(all))]
	result := make([]switchboard.Passage, len(all))
	for i, f := range all {
		seg := s.parts[f.part].seg
		d := seg.docOf[f.passage]
		other := slices.IndexFunc(all[:i], func(g found) bool { return g.part == f.part && seg.docOf[g.passage] == d })
		if other >= 0 {
			result[i] = result[other] // the document's words are read once
		} else {
			result[i] = seg.passageOf(int(d))
		}
		seg.fill(&result[i], int(f.passage))
		result[i].Score, result[i].Coverage, result[i].Pinned = f.score, f.coverage, f.pinned
	}
	return result
}

func (s *Snapshot) sort(all []found) {
	slices.SortFunc(all, func(x, y found) int {
		if x.pinned != y.pinned {
			if x.pinned {
				return -1
			}
			return 1
		}
		if x.score > y.score || x.score == y.score && s.passageBefore(hit{x.part, x.passage, 0}, hit{y.part, y.passage, 0}) {
			return -1
		}
		return 1
	})
}

// spread is the k best passages, of which at most five eighths are of one document as long as others match nearly as
// well: else the rows of one long table leave no room for the article that answers.
func (s *Snapshot) spread(ranked []found, k int) []found {
	s.sort(ranked)
	ranked = ranked[:min(spreadOver*k, len(ranked))]
	if k == 1 || len(ranked) <= k {
		return ranked
	}
	most := (5*k + 7) / 8
	of := map[ref]int{}
	best, rest := make([]found, 0, k), make([]found, 0, len(ranked))
	for _, f := range ranked {
		d := ref{f.part, s.parts[f.part].seg.docOf[f.passage]}
		if of[d] < most && len(best) < k {
			of[d]++
			best = append(best, f)
		} else {
			rest = append(rest, f)
		}
	}
	for i := len(best) - 1; len(rest) > 0 && i >= 0 && best[i].score < spreadWorth*rest[0].score; i-- {
		best[i], rest = rest[0], rest[1:]
	}
	return append(best, rest[:k-len(best)]...)
}
