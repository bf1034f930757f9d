package ledger

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// maxBatch is how many turns share a transaction at most. A commit costs about as much as dozens of inserts.
const maxBatch = 128

// pendingRecord is a turn that waits for its commit. Done gets exactly one value.
type pendingRecord struct {
	opens    *query.InsertConversationParams
	turn     query.InsertTurnParams
	attempts []switchboard.Attempt
	done     chan error
}

// Record writes a turn, what its attempts have cost and, where t.Opens is set, the conversation that it opens, as one. It is
// durable when Record returns nil: see Open for what that means in SQLite. Turns that come at the same time share a commit.
//
// A client message id that the conversation has already is switchboard.Conflict, and so is a repeated turn id; nothing
// is written then. A conversation that is unknown or erased is switchboard.NotFound. Where ctx ends while the commit is
// under way, the turn may or may not have been recorded.
func (l *Ledger) Record(ctx context.Context, t switchboard.Turn) error {
	row, err := turnRow(t)
	if err != nil {
		return err
	}
	if row.CreatedAt == 0 {
		row.CreatedAt = micros(l.now())
	}
	p := &pendingRecord{turn: row, attempts: t.Attempts, done: make(chan error, 1)}
	if t.Opens != nil {
		opens, err := conversationRow(*t.Opens, t.Opens.Disclosure)
		if err != nil {
			return err
		}
		opens.UpdatedAt = p.turn.CreatedAt
		p.opens, p.turn.ConversationID = &opens, opens.ID
	}
	select {
	case <-l.closing:
		return errClosed()
	case <-ctx.Done():
		return ctx.Err()
	case l.records <- p:
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func errClosed() error { return switchboard.Errorf(switchboard.Unavailable, "the ledger is closed") }

// write owns all recording until Close. It takes what waits, commits it as one and answers everybody.
func (l *Ledger) write() {
	defer l.writer.Done()
	for {
		select {
		case p := <-l.records:
			l.commit(l.gather(p))
		case <-l.closing:
			for {
				select {
				case p := <-l.records:
					l.commit(l.gather(p))
				default:
					return
				}
			}
		}
	}
}

// gather adds what waits already to the first record: nobody waits for others to come.
func (l *Ledger) gather(first *pendingRecord) []*pendingRecord {
	runtime.Gosched() // on a busy machine, turns that are about to end come first and share the commit; else it is nothing
	batch := []*pendingRecord{first}
	for len(batch) < maxBatch {
		select {
		case p := <-l.records:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch in one transaction. If that fails, each record gets a transaction of its own, so that one that
// the database refuses takes no other with it.
func (l *Ledger) commit(batch []*pendingRecord) {
	// The order in which rows are locked is the same in every instance, so that batches cannot wait for each other in
	// a circle. Records of one conversation stay in the order in which they came.
	slices.SortStableFunc(batch, func(a, b *pendingRecord) int {
		return cmp.Compare(a.turn.ConversationID, b.turn.ConversationID)
	})
	ctx := context.Background() // a record belongs to several callers; none of them may end it for the others
	results := make([]error, len(batch))
	err := l.inTx(ctx, "record turns", func(q *query.Queries) error { return l.recordAll(ctx, q, batch, results) })
	for i, p := range batch {
		if err != nil {
			if results[i] = err; len(batch) > 1 {
				results[i] = l.commitAlone(ctx, p)
			}
		}
		p.done <- results[i]
	}
}

func (l *Ledger) commitAlone(ctx context.Context, p *pendingRecord) error {
	var known [1]error
	err := l.inTx(ctx, "record turn", func(q *query.Queries) error {
		return l.recordAll(ctx, q, []*pendingRecord{p}, known[:])
	})
	return cmp.Or(err, known[0])
}

// recordAll writes a batch and what its attempts have cost. What a caller did wrong becomes that record's result.
func (l *Ledger) recordAll(ctx context.Context, q *query.Queries, batch []*pendingRecord, results []error) error {
	var cost spending
	for i, p := range batch {
		known, err := l.recordOne(ctx, q, p)
		if err != nil {
			return err
		}
		if results[i] = known; known == nil {
			cost.add(cmp.Or(p.turn.StartedAt, p.turn.CreatedAt), p.attempts)
		}
	}
	return cost.write(ctx, q)
}

// recordOne returns, besides a failure, what the caller did wrong, which spoils no transaction.
func (l *Ledger) recordOne(ctx context.Context, q *query.Queries, p *pendingRecord) (known, err error) {
	n, err := l.lockOne(ctx, q, p)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return noConversation(), nil
	}
	if n, err = q.InsertTurn(ctx, p.turn); err != nil {
		return nil, err
	}
	if n == 0 {
		return switchboard.Errorf(switchboard.Conflict, "this message has been recorded already"), nil
	}
	return nil, forward(ctx, q, p.turn)
}

// lockOne locks the row of a record's conversation, one that it opens by inserting it. It returns 0 where there is none.
func (l *Ledger) lockOne(ctx context.Context, q *query.Queries, p *pendingRecord) (int64, error) {
	if p.opens != nil {
		if n, err := q.InsertConversation(ctx, *p.opens); n > 0 || err != nil {
			return n, err
		}
	}
	return q.TouchConversation(ctx, query.TouchConversationParams{UpdatedAt: p.turn.CreatedAt, ID: p.turn.ConversationID})
}

func noConversation() error {
	return switchboard.Errorf(switchboard.NotFound, "there is no such conversation")
}
