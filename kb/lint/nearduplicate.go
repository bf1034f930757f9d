package lint

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Near duplicates are found by MinHash (Broder 1997) and locality-sensitive hashing in bands: two documents that share
// 80 % of their word sequences fall together in one of the bands with a probability of 1-(1-0.8^6)^16 = 99 %, two that
// share 50 % with 22 %. What falls together is compared exactly.
const (
	bands       = 16
	bandRows    = 6
	shingle     = 3   // words of a sequence
	fewShingles = 20  // shorter documents are alike by chance
	maxShingles = 1e5 // of a document that are looked at
	maxPerBand  = 8   // documents of one band that the next is compared with
)

type sketch [bands]uint32

// shingles are the hashes of a's word sequences, sorted, each once.
func shingles(a *article) []uint64 {
	var window [shingle]uint64 // hashes of words
	var out []uint64
	n := 0
	for i := range a.blocks {
		for _, t := range a.blocks[i].tokens() {
			if t.kind == symbol {
				continue
			}
			copy(window[:], window[1:])
			window[shingle-1] = mix(hashStart, t.norm)
			if n++; n < shingle || len(out) >= maxShingles {
				continue
			}
			h := hashStart
			for _, w := range window {
				h = spread(h ^ w)
			}
			out = append(out, h)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func collectSketch(c *checker, a *article, report report) {
	collectText(c, a, report)
	sh := shingles(a)
	if len(sh) < fewShingles {
		return
	}
	var s sketch
	for band := range bands {
		h := hashStart
		for r := range bandRows {
			// Each row orders the hashes anew: multiplied by an odd number of its own.
			by := spread(uint64(band*bandRows+r+1)) | 1
			least := uint64(math.MaxUint64)
			for _, x := range sh {
				least = min(least, x*by)
			}
			h = (h ^ least) * hashPrime
		}
		s[band] = uint32(spread(h))
	}
	c.sketches[a.n] = &s
}

// nearDuplicates reports each document with the one before it that it is most like. Of a family of n it makes n-1
// findings.
func nearDuplicates(c *checker, report report) {
	known := map[int32][]uint64{} // shingles of documents that were compared
	of := func(i int32) []uint64 {
		const most = 2000
		sh, ok := known[i]
		if !ok {
			if len(known) >= most {
				clear(known)
			}
			sh = shingles(readArticle(int(i), c.docs[i]))
			known[i] = sh
		}
		return sh
	}
	pairs := c.alike()
	for len(pairs) > 0 {
		i := pairs[0].later
		best, most := int32(-1), 0.0
		for ; len(pairs) > 0 && pairs[0].later == i; pairs = pairs[1:] {
			j := pairs[0].earlier
			if c.same(int(i), int(j)) || !c.meet(int(i), int(j)) {
				continue
			}
			if s := jaccard(of(i), of(j)); s >= c.options.Similar && s > most {
				best, most = j, s
			}
		}
		if best >= 0 {
			report(Finding{Document: c.docs[i].ID, Other: c.docs[best].ID, Text: fmt.Sprintf(
				"shares %d%% of its word sequences with %s: merge them, or say what sets them apart",
				int(math.Round(100*most)), quote(c.docs[best].Title))})
		}
	}
}

// couple is two documents by their places.
type couple struct{ later, earlier int32 }

// alike lists the documents that fall together in a band, each couple once, in order.
func (c *checker) alike() []couple {
	type slot struct {
		hash uint64
		doc  int32
	}
	var couples []couple
	slots := make([]slot, 0, len(c.docs))
	for band := range bands {
		slots = slots[:0]
		for i, s := range c.sketches {
			if s != nil {
				slots = append(slots, slot{mix(mix(uint64(s[band]), c.docs[i].Lang), c.docs[i].Audience), int32(i)})
			}
		}
		slices.SortFunc(slots, func(a, b slot) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.doc, b.doc)) })
		first := 0
		for i := range slots {
			if slots[i].hash != slots[first].hash {
				first = i
			}
			for _, earlier := range slots[first:min(i, first+maxPerBand)] {
				couples = append(couples, couple{slots[i].doc, earlier.doc})
			}
		}
	}
	slices.SortFunc(couples, func(a, b couple) int {
		return cmp.Or(cmp.Compare(a.later, b.later), cmp.Compare(a.earlier, b.earlier))
	})
	return slices.Compact(couples)
}

// jaccard is the share that two sorted lists have in common.
func jaccard(a, b []uint64) float64 {
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
