package lint

import "slices"

// Fewer words than this, and documents with one text and different titles may each have their reason: "Yes, it is
// free." answers more than one question.
const longEnough = 30

// textHash is what a document says, without regard to case, blanks, signs and markup.
type textHash struct {
	body, titled uint64
	words        int
}

func collectText(c *checker, a *article, _ report) {
	if c.texts[a.n].body != 0 {
		return // another rule has left it
	}
	h := textHash{body: hashStart}
	for i := range a.blocks {
		for _, t := range a.blocks[i].tokens() {
			if t.kind != symbol {
				h.body = mix(h.body, t.norm)
				h.words++
			}
		}
	}
	h.titled = h.body
	for _, s := range slices.Concat([]string{a.doc.Title}, a.doc.Topics) {
		for _, t := range tokens(s) {
			h.titled = mix(h.titled, t.norm)
		}
	}
	c.texts[a.n] = h
}

// duplicates reports each document that says what another says that comes before it.
func duplicates(c *checker, report report) {
	type key struct {
		audience string
		hash     uint64
	}
	first := map[key][]int{}
	for i, d := range c.docs {
		h := c.texts[i]
		if h.words == 0 {
			continue
		}
		k := key{d.Audience, h.titled}
		if h.words >= longEnough {
			k.hash = h.body
		}
		// Documents of one text that are never shown on one day may be many; a few are looked at.
		const most = 20
		if j := slices.IndexFunc(first[k], func(j int) bool { return c.meet(i, j) }); j >= 0 {
			other := c.docs[first[k][j]]
			report(Finding{Document: d.ID, Other: other.ID, Text: "says word for word what " + quote(other.Title) + " says: keep one of them"})
		} else if len(first[k]) < most {
			first[k] = append(first[k], i)
		}
	}
}

// same reports whether two documents were found to be duplicates of each other.
func (c *checker) same(a, b int) bool {
	return c.texts[a].words >= longEnough && c.texts[a].body == c.texts[b].body || c.texts[a].titled == c.texts[b].titled
}
