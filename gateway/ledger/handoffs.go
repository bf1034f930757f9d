package ledger

import (
	"context"
	"math"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// RequestHandoff records a request for a human and queues its delivery, both or neither. A conversation has one
// handoff under way at most: where one is open, that one is returned and nothing is written. A reference that another
// conversation has is switchboard.Conflict: make a new one.
func (l *Ledger) RequestHandoff(ctx context.Context, r switchboard.HandoffRequest) (switchboard.HandoffRequest, error) {
	r.State = switchboard.HandoffRequested
	e := &encoder{}
	transcript := e.json(r.Transcript)
	if e.err != nil {
		return switchboard.HandoffRequest{}, e.err
	}
	err := l.inConversation(ctx, r.ConversationID, "request handoff", func(q *query.Queries, now int64) error {
		created := orNow(r.CreatedAt, now)
		n, err := q.InsertHandoff(ctx, query.InsertHandoffParams{
			Reference: clean(r.Reference), ConversationID: r.ConversationID, State: string(r.State),
			Reason: clean(string(r.Reason)), Locale: clean(r.Locale), Contact: clean(r.Contact), Note: clean(string(r.Note)),
			Summary: clean(r.Summary), Transcript: transcript, CreatedAt: created, UpdatedAt: now,
		})
		if err != nil {
			return err
		}
		if n == 0 {
			r, err = openHandoff(ctx, q, r.ConversationID)
			return err
		}
		r.CreatedAt = fromMicros(created)
		payload := e.json(r)
		return q.InsertOutbox(ctx, query.InsertOutboxParams{
			ID: clean(r.Reference), ConversationID: r.ConversationID, Payload: payload, DueAt: now, CreatedAt: now,
		})
	})
	if err != nil {
		return switchboard.HandoffRequest{}, err
	}
	return r, nil
}

func openHandoff(ctx context.Context, q *query.Queries, conversation string) (switchboard.HandoffRequest, error) {
	rows, err := q.OpenHandoff(ctx, conversation)
	if err != nil {
		return switchboard.HandoffRequest{}, err
	}
	for _, row := range rows {
		return handoffOf(row)
	}
	return switchboard.HandoffRequest{}, switchboard.Errorf(switchboard.Conflict, "this reference is taken")
}

// Handoff returns one handoff as it is now.
func (l *Ledger) Handoff(ctx context.Context, reference string) (switchboard.HandoffRequest, error) {
	row, err := l.r.GetHandoff(ctx, clean(reference))
	if err != nil {
		return switchboard.HandoffRequest{}, found("read handoff", err, "there is no such handoff")
	}
	h, err := handoffOf(row)
	if err != nil {
		return h, failed("read handoff", err)
	}
	return h, nil
}

// HandoffFilter says which handoffs Handoffs lists. The zero value lists the latest 50.
type HandoffFilter struct {
	Since  time.Time
	State  switchboard.HandoffState // "" = any
	Limit  int                      // 1..1000, 0 = 50
	Cursor string                   // where the page before ended
}

// Handoffs lists handoffs, latest first. The second result is the next page's Cursor, "" at the end.
func (l *Ledger) Handoffs(ctx context.Context, f HandoffFilter) ([]switchboard.HandoffRequest, string, error) {
	at, reference, err := parseCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := pageSize(f.Limit)
	rows, err := l.r.ListHandoffs(ctx, query.ListHandoffsParams{
		Since: micros(f.Since), State: clean(string(f.State)), BeforeAt: at, BeforeReference: reference, MaxRows: limit + 1,
	})
	if err != nil {
		return nil, "", failed("list handoffs", err)
	}
	next := ""
	if len(rows) > int(limit) {
		rows = rows[:limit]
		next = cursor(rows[limit-1].CreatedAt, rows[limit-1].Reference)
	}
	list := make([]switchboard.HandoffRequest, len(rows))
	for i, row := range rows {
		if list[i], err = handoffOf(row); err != nil {
			return nil, "", failed("list handoffs", err)
		}
	}
	return list, next, nil
}

// SetHandoffState is a member of staff's word on a handoff, and the queue follows it: what is acknowledged or failed
// is not delivered any more, what is requested again is. A conversation whose next handoff is open already cannot have
// an old one reopened: switchboard.Conflict.
func (l *Ledger) SetHandoffState(ctx context.Context, reference string, state switchboard.HandoffState) error {
	h, err := l.Handoff(ctx, reference)
	if err != nil {
		return err
	}
	return l.inConversation(ctx, h.ConversationID, "change handoff", func(q *query.Queries, now int64) error {
		open, err := q.OpenHandoff(ctx, h.ConversationID)
		if err != nil {
			return err
		}
		if len(open) > 0 && open[0].Reference != reference && state != switchboard.HandoffFailed {
			return switchboard.Errorf(switchboard.Conflict, "another handoff of this conversation is open")
		}
		if err := setHandoffState(ctx, q, reference, state, now); err != nil {
			return err
		}
		switch state {
		case switchboard.HandoffAcknowledged:
			_, err = q.OutboxDone(ctx, query.OutboxDoneParams{FinishedAt: now, ID: reference})
		case switchboard.HandoffFailed:
			_, err = q.OutboxFail(ctx, query.OutboxFailParams{LastError: "given up by staff", FinishedAt: now, ID: reference})
		case switchboard.HandoffRequested:
			_, err = q.OutboxReopen(ctx, query.OutboxReopenParams{DueAt: now, ID: reference})
		default:
			err = switchboard.FieldError("state", `must be "requested", "acknowledged" or "failed"`)
		}
		return err
	})
}

func setHandoffState(
	ctx context.Context, q *query.Queries, reference string, state switchboard.HandoffState, now int64,
) error {
	_, err := q.SetHandoffState(ctx, query.SetHandoffStateParams{
		State: string(state), UpdatedAt: now, Reference: reference,
	})
	return err
}

// Claim takes up to n handoff requests whose delivery is due and keeps others from them until now+lease. Two claims
// never return the same one within a lease, whichever process makes them.
func (l *Ledger) Claim(ctx context.Context, now time.Time, n int, lease time.Duration) ([]switchboard.Delivery, error) {
	rows, err := l.w.ClaimOutbox(ctx, query.ClaimOutboxParams{
		LeaseEnd: micros(now.Add(lease)), DueBy: micros(now), MaxRows: int32(min(n, math.MaxInt32)), //nolint:gosec // bounded
	})
	if err != nil {
		return nil, failed("claim deliveries", err)
	}
	return deliveries(rows)
}

// ClaimOne is Claim for one request. It reports false where that one is not due: another has it, or it is done.
func (l *Ledger) ClaimOne(
	ctx context.Context, reference string, now time.Time, lease time.Duration,
) (switchboard.Delivery, bool, error) {
	rows, err := l.w.ClaimOutboxRow(ctx, query.ClaimOutboxRowParams{
		LeaseEnd: micros(now.Add(lease)), ID: clean(reference), DueBy: micros(now),
	})
	if err != nil {
		return switchboard.Delivery{}, false, failed("claim delivery", err)
	}
	list, err := deliveries(rows)
	if err != nil || len(list) == 0 {
		return switchboard.Delivery{}, false, err
	}
	return list[0], true, nil
}

func deliveries(rows []query.Outbox) ([]switchboard.Delivery, error) {
	list := make([]switchboard.Delivery, len(rows))
	for i, row := range rows {
		r, err := decode[switchboard.HandoffRequest](row.Payload)
		if err != nil {
			return nil, failed("read delivery "+row.ID, err)
		}
		list[i] = switchboard.Delivery{Request: r, Attempt: int(row.Attempts)}
	}
	return list, nil
}

// Done says that the other side has the request: the handoff is acknowledged. What has been delivered has been
// delivered, so an expired lease does not matter. Saying it twice does no harm.
func (l *Ledger) Done(ctx context.Context, reference string) error {
	return l.inTx(ctx, "finish delivery", func(q *query.Queries) error {
		now := micros(l.now())
		if err := setHandoffState(ctx, q, reference, switchboard.HandoffAcknowledged, now); err != nil {
			return err
		}
		_, err := q.OutboxDone(ctx, query.OutboxDoneParams{FinishedAt: now, ID: reference})
		return err
	})
}

// Retry puts a delivery back until the given time. Where someone else has claimed it meanwhile, theirs goes on. The
// reason is for staff and must hold nothing of the other side's answer.
func (l *Ledger) Retry(ctx context.Context, d switchboard.Delivery, at time.Time, reason string) error {
	_, err := l.w.OutboxRetry(ctx, query.OutboxRetryParams{
		DueAt: micros(at), LastError: clean(reason), ID: d.Request.Reference, Attempts: int64(d.Attempt),
	})
	if err != nil {
		return failed("put delivery back", err)
	}
	return nil
}

// Dead gives a delivery up: the handoff has failed. Where someone else has claimed it meanwhile, theirs goes on.
func (l *Ledger) Dead(ctx context.Context, d switchboard.Delivery, reason string) error {
	reference := d.Request.Reference
	return l.inTx(ctx, "give delivery up", func(q *query.Queries) error {
		now := micros(l.now())
		n, err := q.OutboxDead(ctx, query.OutboxDeadParams{
			LastError: clean(reason), FinishedAt: now, ID: reference, Attempts: int64(d.Attempt),
		})
		if err != nil || n == 0 {
			return err
		}
		return setHandoffState(ctx, q, reference, switchboard.HandoffFailed, now)
	})
}

// Pending is how many deliveries are still to be made.
func (l *Ledger) Pending(ctx context.Context) (int, error) {
	n, err := l.r.OutboxPending(ctx)
	if err != nil {
		return 0, failed("count deliveries", err)
	}
	return int(n), nil
}
