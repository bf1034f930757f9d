package kb

import (
	"sync"

	"switchboard/kb/analysis/spell"
)

// To learn the words of 100,000 passages takes most of a second, and an edit changes few of them. So a store keeps what
// it has learnt, from one snapshot to the next, and learns the words of new segments apart. That changes no result: what
// is near a word is weighed by the snapshot's own counts.

// vocabularies are those that a store keeps, by language. The zero value is empty.
type vocabularies struct {
	mu     sync.Mutex
	byLang map[string]*vocabulary
}

// vocabulary is the words of some segments.
type vocabulary struct {
	corrector *spell.Corrector
	segments  map[string]bool
}

// relearn is which share of a snapshot's passages may be new before all is learnt anew.
const relearn = 0.05

// nearby finds the words of a language that are near a word.
func (s *Store) nearby(snap *Snapshot, c *collection) func(string) []spell.Neighbour {
	v := s.vocabularies.of(snap, c)
	var parts []*part
	for i, p := range snap.parts {
		if c.at[i] >= 0 && !v.segments[p.seg.name] {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return v.corrector.Near
	}
	added := learn(c, parts)
	return func(word string) []spell.Neighbour { return spell.Join(v.corrector.Near(word), added.Near(word)) }
}

// of is what is known of a language, learnt anew where too much of the snapshot is not in it.
func (all *vocabularies) of(snap *Snapshot, c *collection) *vocabulary {
	all.mu.Lock()
	defer all.mu.Unlock()
	v := all.byLang[c.lang]
	unknown, total := 0, 0
	segments := map[string]bool{}
	var parts []*part
	for i, p := range snap.parts {
		if c.at[i] < 0 {
			continue
		}
		segments[p.seg.name] = true
		parts = append(parts, p)
		total += p.live
		if v == nil || !v.segments[p.seg.name] {
			unknown += p.live
		}
	}
	if v != nil && float64(unknown) <= relearn*float64(total) {
		return v
	}
	v = &vocabulary{learn(c, parts), segments}
	if all.byLang == nil {
		all.byLang = map[string]*vocabulary{}
	}
	all.byLang[c.lang] = v
	return v
}

// learn reads the words of a language from the index.
func learn(c *collection, parts []*part) *spell.Corrector {
	return spell.New(func(yield func(string, int) bool) {
		for _, p := range parts {
			for f := range fieldCount {
				more := true
				// A dictionary that cannot be read corrects nothing; searches say so.
				_ = p.seg.postings.vocabulary(f.name(c.lang), func(term string, passages uint64) {
					more = more && yield(term, int(passages))
				})
				if !more {
					return
				}
			}
		}
	}, c.analyser.Word)
}
