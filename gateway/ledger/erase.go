package ledger

import (
	"context"
	"errors"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// Erase deletes a conversation and all that hangs on it. What remains is its id, the time and the receipt, so that
// nothing can be recorded under it again. Erasing it once more returns the first receipt.
//
// In SQLite the deleted bytes are overwritten and the write-ahead log is emptied, unless another reader still needs it;
// then the next checkpoint does that.
func (l *Ledger) Erase(ctx context.Context, conversation string) (switchboard.Receipt, error) {
	var receipt switchboard.Receipt
	err := l.inTx(ctx, "erase conversation", func(q *query.Queries) (err error) {
		receipt, err = l.erase(ctx, q, clean(conversation))
		return err
	})
	if errors.Is(err, errErasedBefore) {
		return l.receipt(ctx, conversation)
	}
	if err != nil {
		return switchboard.Receipt{}, err
	}
	l.emptyLog(ctx)
	return receipt, nil
}

// erasures are the tables that hold something of a conversation beside its own row, and how to delete it there. A table
// with a conversation_id is a row here, or a test fails. The receipt counts under the name, and what has grown old goes the
// same way: see retention.go.
var erasures = []struct {
	where string
	erase func(*query.Queries, context.Context, string) (int64, error)
}{
	{"turns", (*query.Queries).EraseTurns},
	{"feedback", (*query.Queries).EraseFeedback},
	{"csat", (*query.Queries).EraseCSAT},
	{"handoffs", (*query.Queries).EraseHandoffs},
	{"outbox", (*query.Queries).EraseOutbox},
	{"agent_lines", (*query.Queries).EraseAgentLines},
	{"gap_questions", (*query.Queries).EraseGapQuestions},
	{"gap_cases", (*query.Queries).EraseGapCases},
}

// errErasedBefore ends an erasure that finds nothing to do.
var errErasedBefore = errors.New("erased before, or unknown")

func (l *Ledger) erase(ctx context.Context, q *query.Queries, id string) (switchboard.Receipt, error) {
	now := micros(l.now())
	r := switchboard.Receipt{ConversationID: id, ErasedAt: fromMicros(now), Deleted: map[string]int{}}
	n, err := q.EraseConversation(ctx, query.EraseConversationParams{UpdatedAt: now, ID: id})
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, errErasedBefore
	}
	r.Deleted["conversations"] = int(n)
	for _, table := range erasures {
		n, err := table.erase(q, ctx, id)
		if err != nil {
			return r, err
		}
		r.Deleted[table.where] = int(n)
	}
	e := &encoder{}
	return r, q.SetReceipt(ctx, query.SetReceiptParams{Receipt: e.json(r), ID: id})
}

func (l *Ledger) receipt(ctx context.Context, id string) (switchboard.Receipt, error) {
	row, err := l.r.GetConversation(ctx, clean(id))
	if err != nil {
		return switchboard.Receipt{}, found("read receipt", err, "there is no such conversation")
	}
	r, err := decode[switchboard.Receipt](row.Receipt)
	if err != nil {
		return r, failed("read receipt", err)
	}
	return r, nil
}

// maxErasures is how many ErasedSince returns at most.
const maxErasures = 1000

// ErasedSince returns what was erased at a time or later, by this process or another, oldest first: what a process keeps
// in its memory of a conversation must go, too. There may be more where it returns 1000.
func (l *Ledger) ErasedSince(ctx context.Context, since time.Time) ([]switchboard.Erasure, error) {
	rows, err := l.r.ErasedSince(ctx, query.ErasedSinceParams{Since: micros(since), MaxRows: maxErasures})
	if err != nil {
		return nil, failed("read erasures", err)
	}
	out := make([]switchboard.Erasure, len(rows))
	for i, row := range rows {
		out[i] = switchboard.Erasure{ConversationID: row.ID, At: fromMicros(row.ErasedAt)}
	}
	return out, nil
}

// emptyLog moves SQLite's write-ahead log into the database and empties it: pages from before an erasure are in it.
func (l *Ledger) emptyLog(ctx context.Context) {
	if l.target.engine != engineSQLite || l.target.path == inMemory {
		return
	}
	var busy, pages, moved int
	err := l.writing.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err != nil || busy != 0 {
		l.log.Warn("the write-ahead log keeps erased pages until its next checkpoint", "busy", busy != 0, "error", err)
	}
}
