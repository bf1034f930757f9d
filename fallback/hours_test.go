package fallback_test

import (
	"strings"
	"testing"
	"time"

	"switchboard/fallback"
)

const madrid = `handoff:
  business_hours:
    time_zone: Europe/Madrid
    open:
      - {days: [mon, tue, wed, thu, fri], from: "09:00", to: "14:00"}
      - {days: [mon, tue, wed, thu, fri], from: "16:00", to: "20:00"}
    closed: ["2026-12-24/2026-12-26", "2027-01-06"]
    special: [{on: ["2026-12-24", "2026-12-31"], from: "10:00", to: "13:00"}]
clarify:`

const nights = `handoff:
  business_hours:
    time_zone: America/New_York
    open: [{days: [mon, tue, wed, thu, fri, sat, sun], from: "22:00", to: "06:00"}]
    closed: ["2026-11-26"]
clarify:`

const sundays = `handoff:
  business_hours: {time_zone: Europe/Dublin, open: [{days: [sun], from: "01:30", to: "03:00"}]}
clarify:`

const never = `handoff:
  business_hours: {open: [{days: [mon], from: "08:00", to: "20:00"}], closed: ["2000-01-01/2099-12-31"]}
clarify:`

func TestBusinessHours(t *testing.T) {
	for _, test := range []struct{ name, hours, at, next string }{ // next "open": the team is there
		{"none are around the clock", "clarify:", "2026-12-25T03:00:00Z", "open"},
		{"morning", madrid, "2026-12-01T08:00:00Z", "open"},
		{"before it", madrid, "2026-12-01T07:59:59Z", "2026-12-01T09:00:00+01:00"},
		{"the end is not in it", madrid, "2026-12-01T13:00:00Z", "2026-12-01T16:00:00+01:00"},
		{"after the last", madrid, "2026-12-01T19:00:00Z", "2026-12-02T09:00:00+01:00"},
		{"weekend", madrid, "2026-12-04T21:00:00Z", "2026-12-07T09:00:00+01:00"},
		{"half day in a range that is closed", madrid, "2026-12-24T09:30:00Z", "open"},
		{"after a half day, over holidays and a weekend", madrid, "2026-12-24T12:30:00Z", "2026-12-28T09:00:00+01:00"},
		{"half day has no afternoon", madrid, "2026-12-31T16:00:00Z", "2027-01-01T09:00:00+01:00"},
		{"a year on", madrid, "2027-01-05T21:00:00Z", "2027-01-07T09:00:00+01:00"},
		{"clocks go forward", madrid, "2026-03-28T12:00:00Z", "2026-03-30T09:00:00+02:00"},
		{"clocks go back", madrid, "2026-10-24T12:00:00Z", "2026-10-26T09:00:00+01:00"},
		{"summer", madrid, "2026-07-01T07:00:00Z", "open"},
		{"night, before midnight", nights, "2026-12-02T03:30:00Z", "open"},
		{"night, after midnight", nights, "2026-12-02T10:59:00Z", "open"},
		{"day", nights, "2026-12-02T11:00:00Z", "2026-12-02T22:00:00-05:00"},
		{"night before a holiday ends at midnight", nights, "2026-11-26T05:00:00Z", "2026-11-27T22:00:00-05:00"},
		{"night of a longer clock", nights, "2026-11-01T10:59:00Z", "open"},
		{"night of a shorter clock", nights, "2026-03-08T10:00:00Z", "2026-03-08T22:00:00-04:00"},
		{"an hour that is not", sundays, "2026-03-29T01:45:00Z", "open"},
		{"an hour that is twice", sundays, "2026-10-25T02:30:00Z", "open"},
		{"never", never, "2026-12-02T11:00:00Z", ""},
	} {
		p, err := fallback.Load([]byte(strings.Replace(small, "clarify:", test.hours, 1)))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		open, next := p.Open(at)
		got := ""
		if open {
			got = "open"
		} else if !next.IsZero() {
			got = next.Format(time.RFC3339)
			if again, _ := p.Open(next); !again {
				t.Errorf("%s: closed at the next opening", test.name)
			}
			if before, _ := p.Open(next.Add(-time.Second)); before {
				t.Errorf("%s: open before the next opening", test.name)
			}
		}
		if got != test.next {
			t.Errorf("%s: %q, want %q", test.name, got, test.next)
		}
	}
}
