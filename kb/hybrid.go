package kb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard"
	"switchboard/kb/vector"
)

// Embedder makes vectors of texts, all of one length, so that texts which mean the same are near each other.
type Embedder interface {
	Fingerprint() string // changes when the vectors of equal texts do
	Documents(ctx context.Context, texts []string) ([][]float32, error)
	Query(ctx context.Context, text string) ([]float32, error)
}

// Reranker puts texts in the order in which they answer a question, best first, and returns their places.
type Reranker interface {
	Rerank(ctx context.Context, question string, texts []string, n int) ([]int, error)
}

// hybrid is what a snapshot searches with besides words.
type hybrid struct {
	embedder Embedder
	vectors  []*vector.Matrix // of each part's passages
	reranker Reranker
	failed   func(error)
}

// How words and vectors are joined: the best of both, by their scores (vector.Blend).
const blended = 100

// embedAtOnce is how many passages are embedded between looks at the context.
const embedAtOnce = 256

// rerankedMost is how many passages a reranker is shown.
const rerankedMost = 32

// Embed makes searches look at meaning too. The vectors of each segment are kept beside it, so that only passages that
// have none yet are embedded; an error leaves the snapshot as it was. Where a question cannot be embedded, failed hears
// why, and the search goes by words alone. Progress, which may be nil, hears how many passages are done. Call it before
// the first search.
func (s *Snapshot) Embed(ctx context.Context, e Embedder, failed func(error), progress func(done, total int)) error {
	vectors := make([]*vector.Matrix, len(s.parts))
	done := 0
	for i, p := range s.parts {
		m, err := p.seg.embed(ctx, e, func(n int) {
			if progress != nil {
				progress(done+n, s.stats.Passages)
			}
		})
		if err != nil {
			return fmt.Errorf("embed snapshot %s: %w", s.id, err)
		}
		vectors[i] = m
		done += len(p.seg.passages)
	}
	s.hybrid.embedder, s.hybrid.vectors, s.hybrid.failed = e, vectors, failed
	return nil
}

// Rerank has the best of each search put in order by r. Where it fails, failed hears why, and the order stays. Call it
// before the first search.
func (s *Snapshot) Rerank(r Reranker, failed func(error)) {
	s.hybrid.reranker, s.hybrid.failed = r, failed
}

// embed opens the segment's vectors, and makes them first where they are missing.
func (s *segment) embed(ctx context.Context, e Embedder, progress func(int)) (*vector.Matrix, error) {
	s.vectorsMu.Lock()
	defer s.vectorsMu.Unlock()
	if m := s.vectors[e.Fingerprint()]; m != nil {
		return m, nil
	}
	path := filepath.Join(s.dir, "vectors-"+e.Fingerprint()[:min(16, len(e.Fingerprint()))])
	m, err := vector.Open(path)
	if err != nil { // missing, or damaged: it can be made again
		if err = s.writeVectors(ctx, e, path, progress); err == nil {
			m, err = vector.Open(path)
		}
	}
	if err != nil {
		return nil, err
	}
	if m.Len() != len(s.passages) {
		return nil, errors.Join(fmt.Errorf("%s has %d vectors for %d passages", filepath.Base(path), m.Len(), len(s.passages)), m.Close())
	}
	if s.vectors == nil {
		s.vectors = map[string]*vector.Matrix{}
	}
	s.vectors[e.Fingerprint()] = m
	return m, nil
}

func (s *segment) writeVectors(ctx context.Context, e Embedder, path string, progress func(int)) error {
	var failed error
	dims := 0
	all := func(yield func([]float32) bool) {
		for at := 0; at < len(s.passages); at += embedAtOnce {
			n := min(embedAtOnce, len(s.passages)-at)
			texts := make([]string, n)
			for i := range texts {
				texts[i] = s.embedded(at + i)
			}
			vectors, err := e.Documents(ctx, texts)
			if err != nil {
				failed = err
				return
			}
			for _, v := range vectors {
				dims = len(v)
				if !yield(v) {
					return
				}
			}
			progress(at + n)
		}
	}
	next, stop := iter.Pull(iter.Seq[[]float32](all))
	defer stop()
	first, ok := next() // says how long vectors are
	if !ok {
		return failed
	}
	f, err := os.CreateTemp(filepath.Dir(s.dir), buildPrefix) // where rests are swept; another process may be at it, too
	if err != nil {
		return err
	}
	tmp := f.Name()
	err = errors.Join(f.Close(), vector.Write(tmp, dims, func(yield func([]float32) bool) {
		for v, more := first, true; more && yield(v); v, more = next() {
		}
	}))
	if err = errors.Join(failed, err); err != nil {
		return errors.Join(err, os.RemoveAll(tmp))
	}
	return os.Rename(tmp, path)
}

// embedded is what of a passage is embedded: where it stands, and what it says.
func (s *segment) embedded(p int) string {
	x := s.passage(p)
	return strings.Join(slices.Concat([]string{x.Title}, s.entry(int(s.docOf[p])).Topics, x.Section), "\n") + "\n\n" + x.Text
}

// meaning is the vector of a question, nil where there are no vectors or the question cannot be embedded.
func (s *Snapshot) meaning(ctx context.Context, text string) []float32 {
	if s.hybrid.vectors == nil || strings.TrimSpace(text) == "" {
		return nil
	}
	v, err := s.hybrid.embedder.Query(ctx, text)
	if err != nil {
		s.hybrid.failed(err)
		return nil
	}
	return v
}

// near ranks a language's visible passages, or their documents, by the nearness of their meaning, and joins that with
// what was found by words. Scores stay on the scale of words.
func (s *Snapshot) near(c *collection, q Query, byWords []found, meaning []float32, v *view) ([]found, error) {
	n := max(blended, q.K)
	known := map[ref]int{} // the hits by passage, or by document, and where in all they stand
	all := slices.Clone(byWords)
	var words, vectors []vector.Hit
	for i, f := range all {
		known[ref{f.part, f.at}] = i
		words = append(words, vector.Hit{Index: int32(i), Score: float32(f.score)})
	}
	for i, p := range s.parts {
		if c.at[i] < 0 {
			continue
		}
		hits, err := s.hybrid.vectors[i].Search(meaning, n, vector.Bits(p.speaking(c.at[i], v.passages[i])))
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			f := found{hit: hit{part: i, at: uint32(h.Index)}, passage: uint32(h.Index)}
			if q.ByDocument {
				f.at = p.seg.docOf[f.passage]
			}
			if _, has := known[ref{i, f.at}]; !has {
				known[ref{i, f.at}] = len(all)
				all = append(all, f)
			}
		}
	}
	background, weight := 0.0, 0.0
	for i, p := range s.parts {
		b, err := s.hybrid.vectors[i].Background(meaning)
		if err != nil {
			return nil, err
		}
		background, weight = background+float64(b)*float64(len(p.seg.passages)), weight+float64(len(p.seg.passages))
	}
	for i, f := range all {
		score, err := s.nearness(f, q.ByDocument, meaning)
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, vector.Hit{Index: int32(i), Score: score})
	}
	scale := 1.0
	for _, f := range byWords {
		scale = max(scale, f.score)
	}
	joined := vector.Blend(words, vectors, float32(background/weight), vector.DefaultShare)
	out := make([]found, len(joined))
	for i, h := range joined {
		out[i] = all[h.Index]
		out[i].score = float64(h.Score) * scale
	}
	return out, nil
}

// nearness is that of a passage, or of a document's nearest.
func (s *Snapshot) nearness(f found, document bool, meaning []float32) (float32, error) {
	seg := s.parts[f.part].seg
	places := []int32{int32(f.passage)}
	if document {
		places = places[:0]
		for p := seg.first[f.at]; p < seg.first[f.at+1]; p++ {
			places = append(places, int32(p))
		}
	}
	scores, err := s.hybrid.vectors[f.part].Scores(meaning, places)
	if err != nil {
		return 0, err
	}
	return slices.Max(scores), nil
}

// speaking is the visible passages in one of the segment's languages.
func (p *part) speaking(lang int, shown bitset) bitset {
	if len(p.seg.langs) == 1 {
		return shown
	}
	out := newBitset(len(p.seg.passages))
	for x := range shown.all() {
		if p.seg.facts.lang[p.seg.docOf[x]] == uint16(lang) {
			out.set(x)
		}
	}
	return out
}

// rerank puts the best of a result in the reranker's order.
func (s *Snapshot) rerank(ctx context.Context, q Query, result []switchboard.Passage) []switchboard.Passage {
	from := 0
	if len(result) > 0 && result[0].Pinned {
		from = 1
	}
	best := result[from:min(from+rerankedMost, len(result))]
	if s.hybrid.reranker == nil || len(best) < 2 {
		return result
	}
	texts := make([]string, len(best))
	for i, p := range best {
		texts[i] = strings.Join(append([]string{p.Title}, p.Section...), "\n") + "\n\n" + p.Text
	}
	order, err := s.hybrid.reranker.Rerank(ctx, q.Text, texts, len(texts))
	if err != nil {
		s.hybrid.failed(err)
		return result
	}
	// The scores stay where they are: what is judged by them is how well the best match, not which those are.
	sorted := make([]switchboard.Passage, 0, len(best))
	taken := make([]bool, len(best))
	take := func(i int) {
		if i >= 0 && i < len(best) && !taken[i] {
			p := best[i]
			p.Score = best[len(sorted)].Score
			sorted, taken[i] = append(sorted, p), true
		}
	}
	for _, i := range order {
		take(i)
	}
	for i := range best {
		take(i)
	}
	copy(best, sorted)
	return result
}
