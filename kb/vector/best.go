package vector

import (
	"cmp"
	"slices"
)

// best holds the k best of the hits offered: a heap with the worst at the top.
type best struct {
	k    int
	hits []Hit
}

func newBest(k int) *best { return &best{k: k, hits: make([]Hit, 0, k)} }

// order sorts the better one first.
func order(x, y Hit) int {
	if c := cmp.Compare(y.Score, x.Score); c != 0 {
		return c
	}
	return cmp.Compare(x.Index, y.Index)
}

// least is the score that a hit needs at least to be taken.
func (b *best) least() float32 {
	if len(b.hits) < b.k {
		return never
	}
	return b.hits[0].Score
}

func (b *best) offer(h Hit) {
	if len(b.hits) < b.k {
		b.hits = append(b.hits, h)
		for i := len(b.hits) - 1; i > 0; {
			up := (i - 1) / 2
			if order(b.hits[i], b.hits[up]) < 0 {
				break
			}
			b.hits[i], b.hits[up] = b.hits[up], b.hits[i]
			i = up
		}
		return
	}
	if order(h, b.hits[0]) > 0 {
		return
	}
	b.hits[0] = h
	for i := 0; ; {
		worst := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < b.k && order(b.hits[down], b.hits[worst]) > 0 {
				worst = down
			}
		}
		if worst == i {
			return
		}
		b.hits[i], b.hits[worst] = b.hits[worst], b.hits[i]
		i = worst
	}
}

func (b *best) sorted() []Hit {
	slices.SortFunc(b.hits, order)
	return b.hits
}
