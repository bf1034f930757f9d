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

// How a result is spread over documents.
const (
	spreadOver  = 4   // times as many passages as are wanted are looked at for such of other documents
	spreadWorth = 0.7 // of the score of what it takes the place of: the least that a passage must have for that
)

// Query is what to search for. The zero value of each field but Text is a sensible default.
type Query struct {
	Text string
	K    int // how many passages at most; DefaultK if not positive
	// Lang prefers a language: where any visible passage in it matches, only passages in it are returned; where none
	// does, those in all other languages. "" searches all.
	Lang      string
	AsOf      time.Time // the day, in its own time zone, on which documents must be valid; zero means today
	Audiences []string  // whose documents may be seen; nil means {"public"}
	// ByDocument ranks whole documents. Each is represented by its best passage, whose Score is the document's.
	ByDocument bool
}

// Search returns the passages that answer q best, best first; equal scores in the order of documents' ids, then of
// the text. No match, and a query of nothing but stop words, is an empty result and no error. It fails when ctx ends
// or the snapshot is closed. Its cost is that of walking the postings of the query's terms, some 40 ns for each.
//
// The passages' Section slices are shared: they must not be changed.
func (s *Snapshot) Search(ctx context.Context, q Query) ([]switchboard.Passage, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.postings == nil {
		return nil, switchboard.Errorf(switchboard.Unavailable, "snapshot %s is closed", s.id)
	}
	w := s.scratch(q)
	text := norm.NFC.String(q.Text)
	lang := PrimaryLang(q.Lang)
	for _, preferred := range []bool{true, false} {
		for _, c := range s.langs {
			if (c.lang == lang) != preferred {
				continue
			}
			if err := s.score(ctx, c, w, text); err != nil {
				// w is dirty: it is left to the garbage collector.
				return nil, fmt.Errorf("search snapshot %s: %w", s.id, err)
			}
		}
		if len(w.passages.found) > 0 {
			break
		}
	}
	best := s.choose(w, q.K)
	w.reset()
	s.spare.Put(w)
	return best, nil
}

// scratch takes working memory for one search from the pool.
func (s *Snapshot) scratch(q Query) *scratch {
	w, _ := s.spare.Get().(*scratch)
	if w == nil {
		w = newScratch(len(s.passages), len(s.docs))
	}
	asOf := q.AsOf
	if asOf.IsZero() {
		asOf = time.Now()
	}
	w.on, w.audiences, w.byDocument = dayNumber(asOf), q.Audiences, q.ByDocument
	if w.audiences == nil {
		w.audiences = []string{AudiencePublic}
	}
	return w
}

// choose makes the result out of what was found.
func (s *Snapshot) choose(w *scratch, k int) []switchboard.Passage {
	if k <= 0 {
		k = DefaultK
	}
	if !w.byDocument {
		best := s.spread(w, k)
		result := make([]switchboard.Passage, len(best))
		for i, p := range best {
			result[i] = s.passages[p]
			result[i].Score, result[i].Coverage = w.passages.score[p], w.covered[p]
		}
		return result
	}
	for _, p := range w.passages.found {
		d := s.docOf[p]
		if have := w.best[d] - 1; have < 0 || before(w.passages.score, p, have) {
			w.best[d] = p + 1
		}
	}
	best := top(&w.documents, k)
	result := make([]switchboard.Passage, len(best))
	for i, d := range best {
		p := w.best[d] - 1
		result[i] = s.passages[p]
		result[i].Score, result[i].Coverage = w.documents.score[d], w.covered[p]
	}
	return result
}

// spread is the k best passages, of which at most five eighths are of one document as long as others match nearly as
// well: else the rows of one long table leave no room for the article that answers.
func (s *Snapshot) spread(w *scratch, k int) []int32 {
	ranked := top(&w.passages, spreadOver*k)
	if k == 1 || len(ranked) <= k {
		return ranked
	}
	most := int32(5*k+7) / 8
	best, rest := make([]int32, 0, k), make([]int32, 0, len(ranked))
	for _, p := range ranked {
		if n := &w.best[s.docOf[p]]; *n < most && len(best) < k {
			*n++
			best = append(best, p)
		} else {
			rest = append(rest, p)
		}
	}
	for _, p := range ranked {
		w.best[s.docOf[p]] = 0
	}
	score := w.passages.score
	for i := len(best) - 1; len(rest) > 0 && i >= 0 && score[best[i]] < spreadWorth*score[rest[0]]; i-- {
		best[i], rest = rest[0], rest[1:]
	}
	best = append(best, rest[:k-len(best)]...)
	slices.SortFunc(best, func(x, y int32) int {
		if before(w.passages.score, x, y) {
			return -1
		}
		return 1
	})
	return best
}

// before orders by score, then by place: passages stand in the order of their documents' ids.
func before(score []float64, x, y int32) bool {
	if score[x] != score[y] {
		return score[x] > score[y]
	}
	return x < y
}

// top returns the k first of what was found, sorted. Few are wanted of many, so nearly every item is turned away by
// one comparison.
func top(s *sums, k int) []int32 {
	k = min(k, len(s.found))
	best := make([]int32, 0, k+1)
	for _, x := range s.found {
		if len(best) == k && !before(s.score, x, best[k-1]) {
			continue
		}
		i := len(best)
		best = append(best, x)
		for ; i > 0 && before(s.score, x, best[i-1]); i-- {
			best[i] = best[i-1]
		}
		best[i] = x
		best = best[:min(k, len(best))]
	}
	return best
}
