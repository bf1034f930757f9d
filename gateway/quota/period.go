package quota

import (
	"time"

	"switchboard"
)

// keptFor is how long a counter outlives its period: until what was set aside in it has been settled, and clocks that do
// not agree have all passed it.
const keptFor = time.Hour

// period is one day and its month, in UTC.
type period struct {
	day, month                    string // "2026-11-03", "2026-11"
	dayBegins, dayEnds, monthEnds time.Time
}

func periodOf(now time.Time) *period {
	now = now.UTC()
	year, month, day := now.Date()
	return &period{
		day: now.Format(time.DateOnly), month: switchboard.Month(now),
		dayBegins: time.Date(year, month, day, 0, 0, 0, 0, time.UTC),
		dayEnds:   time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC),
		monthEnds: time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// current is the period of now, kept from one call to the next.
func (q *Quotas) current(now time.Time) *period {
	if p := q.period.Load(); p != nil && !now.Before(p.dayBegins) && now.Before(p.dayEnds) {
		return p
	}
	p := periodOf(now)
	q.period.Store(p)
	return p
}
