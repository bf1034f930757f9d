package kb

import (
	"math"
	"slices"
	"time"
)

// visibility decides which documents a query may see.
type visibility []rule

// rule is when and for whom one document may be shown. Days are counted from 1970-01-01.
type rule struct {
	from, to int64 // first and last day
	audience string
	// successors are the documents that supersede this one, or one that does: while any of them is valid, this
	// document is not shown. They count whoever may see them: what was replaced is wrong for everybody.
	successors []int32
}

func newVisibility(docs []Document) visibility {
	at := make(map[string]int32, len(docs))
	for i, d := range docs {
		at[d.ID] = int32(i)
	}
	direct := make([][]int32, len(docs))
	for i, d := range docs {
		for _, old := range d.Supersedes {
			if j, ok := at[old]; ok {
				direct[j] = append(direct[j], int32(i))
			}
		}
	}
	v := make(visibility, len(docs))
	for i, d := range docs {
		v[i] = rule{from: math.MinInt64, to: math.MaxInt64, audience: d.Audience}
		if !d.ValidFrom.IsZero() {
			v[i].from = dayNumber(d.ValidFrom)
		}
		if !d.ValidTo.IsZero() {
			v[i].to = dayNumber(d.ValidTo)
		}
		v[i].successors = reachable(direct, int32(i))
	}
	return v
}

// reachable lists what can be reached from start along next, start itself excluded.
func reachable(next [][]int32, start int32) []int32 {
	var found []int32
	seen := map[int32]bool{start: true}
	for open := slices.Clone(next[start]); len(open) > 0; {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if !seen[i] {
			seen[i] = true
			found = append(found, i)
			open = append(open, next[i]...)
		}
	}
	return found
}

// dayNumber counts t's own calendar day, whatever its time zone: a price that ends on the 31st ends at the operator's
// midnight if the operator's clock asks.
func dayNumber(t time.Time) int64 { return day(t).Unix() / (24 * 60 * 60) }

// sees reports whether a document may be shown on a day to any of the audiences.
func (v visibility) sees(doc int32, on int64, audiences []string) bool {
	r := &v[doc]
	if on < r.from || on > r.to || !slices.Contains(audiences, r.audience) {
		return false
	}
	for _, s := range r.successors {
		if v[s].from <= on && on <= v[s].to {
			return false
		}
	}
	return true
}
