package ledger

import (
	"context"
	"fmt"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// Retention says how long each class of records is kept, by the names of [RetentionClasses]. A class that is missing or 0
// is kept for good.
type Retention map[string]time.Duration

// Swept is what one class has lost to its age, or would.
type Swept struct {
	Class   string         `json:"class"`
	Before  time.Time      `json:"before"`  // what is older goes
	Removed map[string]int `json:"removed"` // where ("turns", "handoffs", …) to how many
}

const (
	// sweepRows is how many rows, or conversations, one transaction takes: few, so that turns hardly wait for it.
	sweepRows = 50
	// sweepPause is how long a sweep lets the turns have the ledger between two transactions.
	sweepPause = 20 * time.Millisecond
)

// expiry is a class whose rows go by their own age.
type expiry struct {
	class, where string
	expire       func(q *query.Queries, ctx context.Context, before int64) (int64, error) // sweepRows at most
	count        func(q *query.Queries, ctx context.Context, before int64) (int64, error)
}

// The classes beside those two that go by conversations. A table with an age of its own is a row here.
var expiries = []expiry{
	{"feedback", "feedback", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireFeedback(ctx, query.ExpireFeedbackParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredFeedback},
	{"feedback", "csat", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireCSAT(ctx, query.ExpireCSATParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredCSAT},
	{"contacts", "contacts", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireContacts(ctx, query.ExpireContactsParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredContacts},
	{"handoffs", "handoffs", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireHandoffs(ctx, query.ExpireHandoffsParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredHandoffs},
	{"outbox", "outbox", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireOutbox(ctx, query.ExpireOutboxParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredOutbox},
	{"audit", "audit", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireAudit(ctx, query.ExpireAuditParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredAudit},
	{"gaps", "gaps", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireGaps(ctx, query.ExpireGapsParams{Before: before, MaxRows: sweepRows})
	}, (*query.Queries).CountExpiredGaps},
	{"spend", "spend", func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.ExpireSpend(ctx, switchboard.Month(fromMicros(before)))
	}, func(q *query.Queries, ctx context.Context, before int64) (int64, error) {
		return q.CountExpiredSpend(ctx, switchboard.Month(fromMicros(before)))
	}},
}

// The classes that go by conversations: all of them, and what only explains their turns (passages, checks, calls).
const (
	classConversations = "conversations"
	classDetails       = "details"
)

// RetentionClasses are the names that a Retention knows.
func RetentionClasses() []string {
	names := []string{classConversations, classDetails}
	for _, e := range expiries {
		if names[len(names)-1] != e.class {
			names = append(names, e.class)
		}
	}
	return names
}

// Expirable counts what Sweep would remove. It removes nothing. Details are counted by their conversations.
func (l *Ledger) Expirable(ctx context.Context, r Retention) ([]Swept, error) {
	var s sweeper
	s.start(l, r)
	for _, class := range []string{classConversations, classDetails} {
		if before, ok := s.before(class); ok {
			n, err := l.r.CountRipeConversations(ctx, before)
			if err != nil {
				return nil, failed("count what is old", err)
			}
			s.add(class, classConversations, n)
		}
	}
	for _, e := range expiries {
		if before, ok := s.before(e.class); ok {
			n, err := e.count(l.r, ctx, before)
			if err != nil {
				return nil, failed("count what is old", err)
			}
			s.add(e.class, e.where, n)
		}
	}
	return s.swept, nil
}

// Sweep removes what has grown older than its class is kept, in many small transactions with pauses between them: turns
// that are recorded meanwhile wait for one of them at most. Nothing of a conversation remains, not even its id; who wants
// a receipt erases. What was done until an error is returned with it.
func (l *Ledger) Sweep(ctx context.Context, r Retention) ([]Swept, error) {
	var s sweeper
	s.start(l, r)
	if before, ok := s.before(classConversations); ok {
		if err := s.conversations(ctx, before); err != nil {
			return s.swept, err
		}
	}
	if before, ok := s.before(classDetails); ok {
		if err := s.details(ctx, before); err != nil {
			return s.swept, err
		}
	}
	for _, e := range expiries {
		before, ok := s.before(e.class)
		if !ok {
			continue
		}
		for n := int64(sweepRows); n >= sweepRows; {
			err := l.inTx(ctx, "remove what is old", func(q *query.Queries) (err error) {
				n, err = e.expire(q, ctx, before)
				return err
			})
			if err != nil {
				return s.swept, err
			}
			s.add(e.class, e.where, n)
			if err := pause(ctx); err != nil {
				return s.swept, err
			}
		}
	}
	return s.swept, nil
}

// sweeper is one sweep.
type sweeper struct {
	l     *Ledger
	r     Retention
	now   time.Time
	swept []Swept
}

func (s *sweeper) start(l *Ledger, r Retention) { s.l, s.r, s.now = l, r, l.now() }

// before is what a class must be older than to go, or false where it is kept for good.
func (s *sweeper) before(class string) (int64, bool) {
	keep := s.r[class]
	if keep <= 0 {
		return 0, false
	}
	return micros(s.now.Add(-keep)), true
}

func (s *sweeper) add(class, where string, n int64) {
	if len(s.swept) == 0 || s.swept[len(s.swept)-1].Class != class {
		s.swept = append(s.swept, Swept{Class: class, Before: s.now.Add(-s.r[class]).UTC(), Removed: map[string]int{}})
	}
	s.swept[len(s.swept)-1].Removed[where] += int(n)
}

// conversations removes old conversations with all that hangs on them.
func (s *sweeper) conversations(ctx context.Context, before int64) error {
	return s.each(ctx, before, 0, func(q *query.Queries, id string) error {
		n, err := q.DeleteConversation(ctx, query.DeleteConversationParams{ID: id, Before: before})
		if err != nil || n == 0 { // somebody has come back to it
			return err
		}
		s.add(classConversations, classConversations, n)
		for _, table := range erasures {
			n, err := table.erase(q, ctx, id)
			if err != nil {
				return err
			}
			s.add(classConversations, table.where, n)
		}
		return nil
	})
}

// details removes what explains old turns. It begins where the sweep before has ended.
func (s *sweeper) details(ctx context.Context, before int64) error {
	from := int64(0)
	rows, err := s.l.r.GetSweep(ctx, classDetails)
	if err != nil {
		return failed("read the last sweep", err)
	}
	for _, at := range rows {
		from = at
	}
	err = s.each(ctx, before, from, func(q *query.Queries, id string) error {
		n, err := q.ForgetDetails(ctx, id)
		s.add(classDetails, "turns", n)
		return err
	})
	if err != nil {
		return err
	}
	return s.l.inTx(ctx, "note the sweep", func(q *query.Queries) error {
		at, err := q.OldestActive(ctx, query.OldestActiveParams{None: before, Since: from, Before: before})
		if err != nil {
			return err
		}
		return q.SetSweep(ctx, query.SetSweepParams{Class: classDetails, CreatedAt: at})
	})
}

// each calls do for conversations that were opened at or after a time and left alone since before, some a transaction.
func (s *sweeper) each(ctx context.Context, before, from int64, do func(q *query.Queries, id string) error) error {
	at, last := from, ""
	for {
		rows, err := s.l.r.RipeConversations(ctx, query.RipeConversationsParams{
			Before: before, AfterAt: at, AfterID: last, MaxRows: sweepRows,
		})
		if err != nil {
			return failed("find what is old", err)
		}
		if len(rows) == 0 {
			return nil
		}
		err = s.l.inTx(ctx, "remove what is old", func(q *query.Queries) error {
			for _, row := range rows {
				if err := do(q, row.ID); err != nil {
					return fmt.Errorf("conversation: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		at, last = rows[len(rows)-1].CreatedAt, rows[len(rows)-1].ID
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(sweepPause):
		return nil
	}
}
