package lint

import (
	"math"
	"slices"
	"time"

	"switchboard/kb"
)

// life is when a document may be shown. Days are counted from 1970-01-01.
type life struct {
	from, to   int64 // first and last day
	successors []int // places of the documents that supersede this one, or one that does
}

func livesOf(docs []kb.Document, byID map[string]int) []life {
	direct := make([][]int, len(docs))
	for i, d := range docs {
		for _, old := range d.Supersedes {
			if j, ok := byID[old]; ok && j != i {
				direct[j] = append(direct[j], i)
			}
		}
	}
	lives := make([]life, len(docs))
	for i, d := range docs {
		l := life{from: math.MinInt64, to: math.MaxInt64}
		if !d.ValidFrom.IsZero() {
			l.from = dayNumber(d.ValidFrom)
		}
		if !d.ValidTo.IsZero() {
			l.to = dayNumber(d.ValidTo)
		}
		l.successors = reachable(direct, i)
		lives[i] = l
	}
	return lives
}

// maxSuccessors bounds how many are looked at of one document.
const maxSuccessors = 100

// reachable lists what can be reached from start along next, start itself excluded.
func reachable(next [][]int, start int) []int {
	var found []int
	for open := slices.Clone(next[start]); len(open) > 0 && len(found) < maxSuccessors; {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if i != start && !slices.Contains(found, i) {
			found = append(found, i)
			open = append(open, next[i]...)
		}
	}
	return found
}

// dayNumber counts t's own calendar day.
func dayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// shown reports whether a document may be shown on a day: valid, and not superseded by one that is.
func (c *checker) shown(doc int, on int64) bool {
	l := &c.lives[doc]
	if on < l.from || on > l.to {
		return false
	}
	return !slices.ContainsFunc(l.successors, func(s int) bool { return c.lives[s].from <= on && on <= c.lives[s].to })
}

// live reports whether a document may be shown today.
func (c *checker) live(doc int) bool { return c.shown(doc, c.today) }

// meet reports whether there is a day, today or later, on which two documents may both be shown.
func (c *checker) meet(a, b int) bool {
	if c.shown(a, c.today) && c.shown(b, c.today) {
		return true
	}
	// What is shown changes only where a document's time begins, or where another's has ended.
	for _, doc := range slices.Concat([]int{a, b}, c.lives[a].successors, c.lives[b].successors) {
		for _, day := range [2]int64{c.lives[doc].from, c.lives[doc].to} {
			if day > math.MinInt64 && day < math.MaxInt64 {
				for _, on := range [2]int64{day, day + 1} {
					if on > c.today && c.shown(a, on) && c.shown(b, on) {
						return true
					}
				}
			}
		}
	}
	return false
}

func date(t time.Time) string { return t.Format(time.DateOnly) }
