package lint

import (
	"fmt"
	"math"
)

// expired reports what has ended and has no successor. What a live document supersedes is kept on purpose, to answer
// as of an earlier day.
func expired(c *checker, report report) {
	for i, d := range c.docs {
		l := c.lives[i]
		if l.to >= c.today {
			continue
		}
		f := Finding{Document: d.ID, Text: fmt.Sprintf("ended on %s and answers nothing now: renew it, name its successor, or remove it", date(d.ValidTo))}
		for _, s := range l.successors {
			if c.live(s) {
				f.Severity, f.Other = SeverityInfo, c.docs[s].ID
				f.Text = fmt.Sprintf("ended on %s; %s took its place", date(d.ValidTo), quote(c.docs[s].Title))
			}
		}
		report(f)
	}
}

func notYetValid(c *checker, report report) {
	for i, d := range c.docs {
		if from := c.lives[i].from; from > c.today && from != math.MinInt64 {
			report(Finding{Document: d.ID, Text: "begins on " + date(d.ValidFrom)})
		}
	}
}

func overdueReview(c *checker, report report) {
	for i, d := range c.docs {
		if d.ReviewBy.IsZero() || dayNumber(d.ReviewBy) >= c.today {
			continue
		}
		f := Finding{Document: d.ID, Text: fmt.Sprintf("was to be reviewed by %s, %s ago", date(d.ReviewBy), count(int(c.today-dayNumber(d.ReviewBy)), "day", "days"))}
		if d.Owner != "" {
			f.Text += ", by " + d.Owner
		}
		if c.lives[i].to < c.today {
			f.Severity = SeverityInfo // it answers nothing any more
		}
		report(f)
	}
}

// noReviewDate reports documents without a review date whose owner gives one to most others.
func noReviewDate(c *checker, report report) {
	with, all := map[string]int{}, map[string]int{}
	for _, d := range c.docs {
		all[d.Owner]++
		if !d.ReviewBy.IsZero() {
			with[d.Owner]++
		}
	}
	for _, d := range c.docs {
		if d.ReviewBy.IsZero() && with[d.Owner] >= 2 && 2*with[d.Owner] > all[d.Owner] {
			whose := "documents without an owner"
			if d.Owner != "" {
				whose = "documents of " + d.Owner
			}
			report(Finding{Document: d.ID, Text: fmt.Sprintf("has no review date; %d of %d %s have one", with[d.Owner], all[d.Owner], whose)})
		}
	}
}

// noOwner reports documents without an owner where most have one.
func noOwner(c *checker, report report) {
	with := 0
	for _, d := range c.docs {
		if d.Owner != "" {
			with++
		}
	}
	if with < 2 || 2*with <= len(c.docs) {
		return
	}
	for _, d := range c.docs {
		if d.Owner == "" {
			report(Finding{Document: d.ID, Text: fmt.Sprintf("has no owner; %d of %d documents have one", with, len(c.docs))})
		}
	}
}
