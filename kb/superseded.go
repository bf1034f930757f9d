package kb

import (
	"slices"
	"time"
)

// Superseded is the ids of the documents that are not shown on a day because one that replaces them is valid.
func (s *Snapshot) Superseded(on time.Time) map[string]bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := map[string]bool{}
	if s.closed {
		return ids
	}
	day := dayNumber(on)
	for r, successors := range s.visible.successors {
		if slices.ContainsFunc(successors, func(x ref) bool { return s.valid(x, day) }) {
			ids[string(s.parts[r.part].seg.id(int(r.doc)))] = true
		}
	}
	return ids
}
