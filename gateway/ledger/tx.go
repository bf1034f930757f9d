package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// inTx runs f in a transaction that is committed where f returns nil. An *switchboard.Error of f's is returned as it
// is, anything else as a failure of what was tried.
func (l *Ledger) inTx(ctx context.Context, what string, f func(q *query.Queries) error) error {
	tx, err := l.writing.BeginTx(ctx, nil)
	if err != nil {
		return failed(what, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it has nothing to do
	if err := f(l.w.WithTx(tx)); err != nil {
		return failed(what, err)
	}
	if err := tx.Commit(); err != nil {
		return failed(what, err)
	}
	l.commits.Add(1)
	return nil
}

// inConversation is inTx with the conversation's row locked first, or NotFound. Every transaction that writes under a
// conversation goes this way: nothing can be added to one while it is erased.
func (l *Ledger) inConversation(
	ctx context.Context, id, what string, f func(q *query.Queries, now int64) error,
) error {
	return l.inTx(ctx, what, func(q *query.Queries) error {
		now := micros(l.now())
		n, err := q.TouchConversation(ctx, query.TouchConversationParams{UpdatedAt: now, ID: clean(id)})
		if err != nil {
			return err
		}
		if n == 0 {
			return noConversation()
		}
		return f(q, now)
	})
}

// failed wraps an error of the database. Its cause is for logs: callers are shown that the record is out of reach.
func failed(what string, err error) error {
	var known *switchboard.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return switchboard.Errorf(switchboard.Unavailable, "the record is not available just now").
		Because(fmt.Errorf("ledger: %s: %w", what, err))
}

// found turns "no rows" into NotFound with a text of its own.
func found(what string, err error, text string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return switchboard.Errorf(switchboard.NotFound, "%s", text)
	}
	return failed(what, err)
}

// micros is the ledger's unit of time. The zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
