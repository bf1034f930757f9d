package kb

import "slices"

// A manager pins questions to a document. A question in the same words, or nearly, finds that document first.

// pinShare is which share of the words of both must be common.
const pinShare = 0.75

// pin is a question that is pinned to a document.
type pin struct {
	words []string // distinct
	doc   ref
}

// pins are those of a language.
type pins struct {
	all    []pin
	byWord map[string][]int32
}

// learnPins gathers the pinned questions. Where two documents have the same one, the first id has it.
func (s *Snapshot) learnPins(c *collection) *pins {
	x := &pins{byWord: map[string][]int32{}}
	for i, p := range s.parts {
		if c.at[i] < 0 {
			continue
		}
		for _, d := range p.seg.facts.pinned {
			if p.deadDocs.has(d) || p.seg.facts.lang[d] != uint16(c.at[i]) {
				continue
			}
			for _, question := range p.seg.entry(int(d)).Questions {
				if words := c.asked(question); len(words) > 0 {
					x.all = append(x.all, pin{words, ref{i, d}})
				}
			}
		}
	}
	id := func(p pin) string { return string(s.parts[p.doc.part].seg.id(int(p.doc.doc))) }
	slices.SortStableFunc(x.all, func(a, b pin) int {
		if id(a) < id(b) {
			return -1
		}
		return 1
	})
	for i, p := range x.all {
		for _, w := range p.words {
			x.byWord[w] = append(x.byWord[w], int32(i))
		}
	}
	return x
}

// asked is the distinct words of a question that do not only ask.
func (c *collection) asked(question string) []string {
	var words []string
	for _, w := range c.words(question) {
		if !w.asks && !w.added {
			words = append(words, w.text)
		}
	}
	return words
}

// find returns the visible document that a question is pinned to.
func (x *pins) find(words []string, shown []bitset) (ref, bool) {
	common := map[int32]int{}
	for _, w := range words {
		for _, i := range x.byWord[w] {
			common[i]++
		}
	}
	best, most := int32(-1), 0.0
	for i, n := range common {
		p := &x.all[i]
		share := float64(n) / float64(len(p.words)+len(words)-n)
		better := share > most || share == most && i < best
		if share >= pinShare && better && shown[p.doc.part].has(p.doc.doc) {
			best, most = i, share
		}
	}
	if best < 0 {
		return ref{}, false
	}
	return x.all[best].doc, true
}
