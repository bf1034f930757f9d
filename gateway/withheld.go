package gateway

import (
	"slices"

	"switchboard"
	"switchboard/kb/ingest/hidden"
)

// tampered are the rules of hidden for which a passage is kept from turns: what speaks to a model instead of a reader.
var tampered = map[string]bool{
	hidden.Instruction: true, hidden.RoleMarker: true, hidden.Comment: true, hidden.Tags: true, hidden.Steering: true,
}

// withhold drops the passages that speak to a model, and puts them on the turn's record. Imports report them too, but
// an article may be older than the rule, or may have been let in.
func (w *work) withhold(found []switchboard.Passage) []switchboard.Passage {
	kept := found
	for i, p := range found {
		if !w.rt.speaksToModels(p) {
			if len(w.t.Withheld) > 0 {
				kept = append(kept, p)
			}
			continue
		}
		if len(w.t.Withheld) == 0 {
			kept = slices.Clone(found[:i])
		}
		w.t.Withheld = append(w.t.Withheld, p.ID)
	}
	return kept
}

// speaksToModels looks a passage over once for as long as the release is in use: its snapshot does not change.
func (p *pinned) speaksToModels(passage switchboard.Passage) bool {
	if known, ok := p.looked.Load(passage.ID); ok {
		return known.(bool)
	}
	is := slices.ContainsFunc(hidden.Find(passage.Text), func(f hidden.Finding) bool { return tampered[f.Rule] })
	p.looked.Store(passage.ID, is)
	return is
}
