package fallback

import (
	"slices"
	"strings"
	"time"
)

// BusinessHours says when the support team answers. The zero value, and one without any opening, is around the clock.
type BusinessHours struct {
	Zone    *time.Location
	Open    []Shift
	Closed  []DateRange // no team on these days, whatever the week says
	Special []Special   // days with hours of their own, such as half days
}

// Shift is an opening, in minutes since midnight. One that ends no later than it begins goes on past midnight.
type Shift struct {
	Days     []time.Weekday
	From, To int
}

// DateRange is days from one to the other, both included, as "2026-12-24".
type DateRange struct{ First, Last string }

// Special is an opening of some days, which have only those that are special.
type Special struct {
	On       []DateRange
	From, To int
}

func (r DateRange) has(date string) bool { return r.First <= date && date <= r.Last }

func within(ranges []DateRange, date string) bool {
	return slices.ContainsFunc(ranges, func(r DateRange) bool { return r.has(date) })
}

// opening is when the team is there, as instants.
type opening struct{ from, to time.Time }

// horizon is how many days ahead the next opening is looked for.
const horizon = 400

// At reports whether the support team answers at t, and where it does not, when it does next, in the team's time zone;
// the zero time where that is not within a year.
func (h BusinessHours) At(t time.Time) (open bool, next time.Time) {
	if len(h.Open) == 0 && len(h.Special) == 0 && len(h.Closed) == 0 {
		return true, time.Time{}
	}
	zone := h.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := t.In(zone)
	for day := -1; day <= horizon; day++ { // a shift of yesterday may go on
		for _, o := range h.openings(local, day, zone) {
			if !t.Before(o.from) && t.Before(o.to) {
				return true, time.Time{}
			}
			if o.from.After(t) && (next.IsZero() || o.from.Before(next)) {
				next = o.from
			}
		}
		if day > 0 && !next.IsZero() {
			return false, next
		}
	}
	return false, next
}

// openings are those that begin on a day, counted from another. Clock times are the wall's, also where clocks change.
func (h BusinessHours) openings(from time.Time, day int, zone *time.Location) (out []opening) {
	at := func(day, minute int) time.Time {
		return time.Date(from.Year(), from.Month(), from.Day()+day, 0, minute, 0, 0, zone)
	}
	noon := at(day, 12*60)
	date := noon.Format(time.DateOnly)
	closed := func(date string) bool { return within(h.Closed, date) && !h.special(date) }
	if closed(date) {
		return nil
	}
	add := func(begin, end int) {
		o := opening{at(day, begin), at(day, end)}
		if end <= begin {
			o.to = at(day+1, end)
			if closed(at(day+1, 12*60).Format(time.DateOnly)) { // nobody works into a holiday
				o.to = at(day+1, 0)
			}
		}
		out = append(out, o)
	}
	if h.special(date) {
		for _, s := range h.Special {
			if within(s.On, date) {
				add(s.From, s.To)
			}
		}
		return out
	}
	if len(h.Open) == 0 {
		add(0, 24*60)
	}
	for _, s := range h.Open {
		if slices.Contains(s.Days, noon.Weekday()) {
			add(s.From, s.To)
		}
	}
	return out
}

func (h BusinessHours) special(date string) bool {
	return slices.ContainsFunc(h.Special, func(s Special) bool { return within(s.On, date) })
}

// Open reports whether the support team answers now, and where it does not, when it does next.
func (p *Policy) Open(now time.Time) (open bool, next time.Time) { return p.hours.At(now) }

// hours reads business hours.
func (c *compiler) hours(h businessHours) BusinessHours {
	base := at("handoff", "business_hours")
	out := BusinessHours{Zone: time.UTC}
	if h.TimeZone != "" {
		zone, err := time.LoadLocation(h.TimeZone)
		if err != nil {
			c.fail(append(slices.Clone(base), "time_zone"), "time zone %q is not known", h.TimeZone)
		} else {
			out.Zone = zone
		}
	}
	for i, o := range h.Open {
		path := append(slices.Clone(base), "open", i)
		s := Shift{}
		s.From, s.To = c.shift(path, o.From, o.To)
		if len(o.Days) == 0 {
			c.fail(path, "an opening needs days (mon, tue, wed, thu, fri, sat, sun)")
		}
		for _, d := range o.Days {
			day, ok := weekdays[d]
			if !ok {
				c.fail(path, "%q is not a day (mon, tue, wed, thu, fri, sat, sun)", d)
			}
			s.Days = append(s.Days, day)
		}
		out.Open = append(out.Open, s)
	}
	for i, o := range h.Special {
		path := append(slices.Clone(base), "special", i)
		s := Special{On: c.dates(path, o.On)}
		s.From, s.To = c.shift(path, o.From, o.To)
		if len(o.On) == 0 {
			c.fail(path, "a special opening needs on: a list of dates")
		}
		out.Special = append(out.Special, s)
	}
	out.Closed = c.dates(append(slices.Clone(base), "closed"), h.Closed)
	return out
}

func (c *compiler) shift(path []any, from, to string) (begin, end int) {
	begin, end = clockMinutes(from), clockMinutes(to)
	if begin < 0 || end < 0 || begin == end || begin >= 24*60 {
		c.fail(path, "opening hours must be from one time to another such as \"08:00\" to \"22:00\", or \"22:00\" to \"06:00\" past midnight")
	}
	return begin, end
}

// dates reads days, "2026-12-25", and ranges of days, "2026-12-24/2027-01-01".
func (c *compiler) dates(path []any, list []string) (out []DateRange) {
	for i, s := range list {
		first, last, ranged := strings.Cut(s, "/")
		if !ranged {
			last = first
		}
		_, err1 := time.Parse(time.DateOnly, first)
		_, err2 := time.Parse(time.DateOnly, last)
		if err1 != nil || err2 != nil || last < first {
			c.fail(append(slices.Clone(path), i), "%q is not a date such as 2026-12-25, nor a range such as 2026-12-24/2027-01-01", s)
			continue
		}
		out = append(out, DateRange{first, last})
	}
	return out
}
