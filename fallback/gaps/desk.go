package gaps

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"switchboard"
)

// Journal is where turns and what managers made of gaps are recorded.
type Journal interface {
	// Asked calls yield with every turn since a time, oldest first.
	Asked(ctx context.Context, since time.Time, yield func(switchboard.Asked)) error
	Turn(ctx context.Context, conversation, message string) (switchboard.Turn, error)
	Gaps(ctx context.Context) ([]switchboard.GapRecord, error)
	// SaveGap writes a record, or fails with switchboard.Conflict where it is not as old as before any more.
	SaveGap(ctx context.Context, r switchboard.GapRecord, before time.Time) error
	SaveGapCases(ctx context.Context, cases []switchboard.GapCase) error
	ErasedSince(ctx context.Context, since time.Time) ([]switchboard.Erasure, error)
}

// Asker asks the release in use a question, in a conversation of its own that is recorded nowhere.
type Asker func(ctx context.Context, lang, question string) (switchboard.Answer, error)

// Drafter makes an article of a draft, for somebody to review, and returns the candidate that it is part of.
type Drafter func(ctx context.Context, d Draft, author, reason string) (candidate string, err error)

// Desk is where managers see gaps and close them. It is safe for concurrent use.
type Desk struct {
	Journal Journal
	Ask     Asker   // needed by Check
	Draft   Drafter // needed by Write
	Now     func() time.Time

	mu    sync.Mutex
	found []Gap
	at    time.Time // when they were found
}

const (
	// Window is how far back gaps are looked for.
	Window = 90 * day
	// maxQuestions is how many questions that were not answered are grouped at most, the latest.
	maxQuestions = 100_000
	// foundFor is how long what was found is used again. Erasures and managers' changes end it at once.
	foundFor = 15 * time.Second
	// listedExamples is how many examples a gap has in a list, and nearExamples for how many of a gap the record is asked
	// which documents came close.
	listedExamples = 3
	nearExamples   = 20
)

// Filter says which gaps are listed. The zero value is all.
type Filter struct {
	Since time.Time // asked since
	Cause Cause
	Topic string
	State switchboard.GapState
	Lang  string
}

func (f Filter) takes(g *Gap) bool {
	return !g.LastSeen.Before(f.Since) && (f.Cause == "" || g.Causes[f.Cause] > 0) && (f.Topic == "" || f.Topic == g.Topic) &&
		(f.State == "" || f.State == g.State) && (f.Lang == "" || f.Lang == g.Lang)
}

// List returns the gaps of the last 90 days, largest first, with some examples of each.
func (d *Desk) List(ctx context.Context, f Filter) ([]Gap, error) {
	all, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	out := []Gap{}
	for _, g := range all {
		if f.takes(&g) {
			g.Documents = []Near{}
			g.show(listedExamples)
			out = append(out, g)
		}
	}
	return out, nil
}

// Gap returns one gap with more of its examples and the documents that came close, or switchboard.NotFound.
func (d *Desk) Gap(ctx context.Context, id string) (Gap, error) {
	all, err := d.all(ctx)
	if err != nil {
		return Gap{}, err
	}
	i := slices.IndexFunc(all, func(g Gap) bool { return g.ID == id })
	if i < 0 {
		return Gap{}, switchboard.Errorf(switchboard.NotFound, "there is no gap %.40q", id)
	}
	g := all[i]
	g.show(maxExamples)
	g.Documents, err = d.near(ctx, g.examples(nearExamples))
	return g, err
}

// Open counts the gaps that wait for somebody.
func (d *Desk) Open(ctx context.Context) (n int, err error) {
	all, err := d.all(ctx)
	for _, g := range all {
		if g.State == switchboard.GapOpen {
			n++
		}
	}
	return n, err
}

// all finds the gaps, or returns those that were found a moment ago. The caller must not change them.
func (d *Desk) all(ctx context.Context) ([]Gap, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if d.found != nil && now.Sub(d.at) < foundFor {
		erased, err := d.Journal.ErasedSince(ctx, d.at.Add(-time.Second))
		if err != nil || len(erased) == 0 {
			return d.found, err
		}
	}
	d.found = nil
	records, err := d.Journal.Gaps(ctx)
	if err != nil {
		return nil, err
	}
	var s sieve
	if err := d.Journal.Asked(ctx, now.Add(-Window), s.take); err != nil {
		return nil, err
	}
	questions := s.out
	slices.SortStableFunc(questions, func(a, b unanswered) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	d.found, d.at = find(questions[max(0, len(questions)-maxQuestions):], records, now), now
	if d.found == nil {
		d.found = []Gap{}
	}
	return d.found, nil
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// forget has the gaps found anew.
func (d *Desk) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.found = nil
}

// maxNear is how many documents are named.
const maxNear = 5

// near reads in the record which documents came close to answering questions.
func (d *Desk) near(ctx context.Context, questions []unanswered) ([]Near, error) {
	by := map[string]*Near{}
	for _, q := range questions {
		t, err := d.Journal.Turn(ctx, q.ConversationID, q.ID)
		if switchboard.KindOf(err) == switchboard.NotFound {
			continue // erased meanwhile
		}
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, p := range t.Passages {
			n := by[p.DocumentID]
			if n == nil {
				n = &Near{ID: p.DocumentID, Title: p.Title, URL: p.URL}
				by[p.DocumentID] = n
			}
			n.Coverage = max(n.Coverage, p.Coverage)
			if !seen[p.DocumentID] {
				seen[p.DocumentID] = true
				n.Questions++
			}
		}
	}
	out := make([]Near, 0, len(by))
	for _, n := range by {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b Near) int {
		return cmp.Or(cmp.Compare(b.Coverage*float64(b.Questions), a.Coverage*float64(a.Questions)), strings.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), maxNear)], nil
}

// change writes what somebody made of a gap. f changes the record as it was.
func (d *Desk) change(ctx context.Context, g Gap, by string, f func(*switchboard.GapRecord)) (Gap, error) {
	r, before := g.record, g.record.ChangedAt
	r.ID = g.ID
	answers := map[string]*switchboard.GapAnswer{}
	for _, q := range r.Questions {
		answers[q.MessageID] = q.Checked
	}
	r.Questions = nil
	named := map[string]bool{}
	for _, m := range append(g.examples(maxExamples), g.members[:min(len(g.members), maxRecorded)]...) {
		if named[m.ID] {
			continue
		}
		named[m.ID] = true
		r.Questions = append(r.Questions, switchboard.GapQuestion{
			MessageID: m.ID, ConversationID: m.ConversationID, Checked: answers[m.ID],
		})
	}
	r.ChangedBy = by
	f(&r)
	r.ChangedAt = d.now().UTC().Truncate(time.Microsecond) // as the ledger keeps it
	if !r.ChangedAt.After(before) {
		r.ChangedAt = before.Add(time.Microsecond)
	}
	if err := d.Journal.SaveGap(ctx, r, before); err != nil {
		d.forget()
		return Gap{}, err
	}
	d.forget()
	return d.Gap(ctx, r.ID)
}

// Ignore says why nothing is to be done about a gap. It stays ignored, however often it is asked.
func (d *Desk) Ignore(ctx context.Context, id, by, why string) (Gap, error) {
	return d.decide(ctx, id, by, why, switchboard.GapIgnored)
}

// Reopen takes back that a gap is closed, ignored or drafted.
func (d *Desk) Reopen(ctx context.Context, id, by, why string) (Gap, error) {
	return d.decide(ctx, id, by, why, switchboard.GapOpen)
}

func (d *Desk) decide(ctx context.Context, id, by, why string, s switchboard.GapState) (Gap, error) {
	g, err := d.Gap(ctx, id)
	if err != nil {
		return g, err
	}
	if g.State == s {
		return g, switchboard.Errorf(switchboard.Conflict, "the gap is %s already", s)
	}
	return d.change(ctx, g, by, func(r *switchboard.GapRecord) { r.State, r.Why = s, why })
}
