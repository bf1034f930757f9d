package ledger

import (
	"cmp"
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
			Reference: clean(r.Reference), Kind: string(switchboard.DeliverRequest),
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
		list[i] = switchboard.Delivery{
			ID: row.ID, Kind: switchboard.DeliveryKind(row.Kind), Target: row.Target, Request: r, Attempt: int(row.Attempts),
			QueuedAt: fromMicros(row.CreatedAt),
		}
	}
	return list, nil
}

// Done says that the other side has a delivery: of a request, the handoff is acknowledged, and what is to be told to other
// systems is queued with it. What has been delivered has been delivered, so an expired lease does not matter. Saying it
// twice does no harm.
func (l *Ledger) Done(ctx context.Context, d switchboard.Delivery, a switchboard.Acknowledgement) error {
	return l.inTx(ctx, "finish delivery", func(q *query.Queries) error {
		now, reference := micros(l.now()), d.Request.Reference
		if d.Kind == switchboard.DeliverRequest {
			n, err := q.AcknowledgeHandoff(ctx, query.AcknowledgeHandoffParams{UpdatedAt: now, Reference: reference})
			if err != nil {
				return err
			}
			if n > 0 && (a.Ticket != "" || a.QueuePosition > 0 || a.ETA > 0) {
				if _, err := q.HandoffTold(ctx, query.HandoffToldParams{
					Ticket: clean(a.Ticket), QueuePosition: int64(a.QueuePosition), EtaSeconds: int64(a.ETA.Seconds()),
					UpdatedAt: now, Reference: reference,
				}); err != nil {
					return err
				}
			}
			if n > 0 {
				if err := notify(ctx, q, d, a.Notify, now); err != nil {
					return err
				}
			}
		}
		_, err := q.OutboxDone(ctx, query.OutboxDoneParams{FinishedAt: now, ID: d.ID})
		return err
	})
}

// notify queues notices of a request. An erased conversation has none: the caller has seen that the handoff is there.
func notify(ctx context.Context, q *query.Queries, d switchboard.Delivery, targets []string, now int64) error {
	for _, target := range targets {
		e := &encoder{}
		payload := e.json(d.Request)
		err := q.InsertOutbox(ctx, query.InsertOutboxParams{
			ID: d.Request.Reference + "." + target, ConversationID: d.Request.ConversationID, Payload: payload, DueAt: now, CreatedAt: now,
			Reference: d.Request.Reference, Kind: string(switchboard.DeliverNotice), Target: target,
		})
		if err != nil || e.err != nil {
			return cmp.Or(err, e.err)
		}
	}
	return nil
}

// Retry puts a delivery back until the given time. Where someone else has claimed it meanwhile, theirs goes on. The
// reason is for staff and must hold nothing of the other side's answer.
func (l *Ledger) Retry(ctx context.Context, d switchboard.Delivery, at time.Time, reason string) error {
	_, err := l.w.OutboxRetry(ctx, query.OutboxRetryParams{
		DueAt: micros(at), LastError: clean(reason), ID: d.ID, Attempts: int64(d.Attempt),
	})
	if err != nil {
		return failed("put delivery back", err)
	}
	return nil
}

// Dead gives a delivery up: where it is the request, the handoff has failed. Where someone else has claimed it meanwhile,
// theirs goes on.
func (l *Ledger) Dead(ctx context.Context, d switchboard.Delivery, reason string) error {
	return l.inTx(ctx, "give delivery up", func(q *query.Queries) error {
		now := micros(l.now())
		n, err := q.OutboxDead(ctx, query.OutboxDeadParams{
			LastError: clean(reason), FinishedAt: now, ID: d.ID, Attempts: int64(d.Attempt),
		})
		if err != nil || n == 0 || d.Kind != switchboard.DeliverRequest {
			return err
		}
		return setHandoffState(ctx, q, d.Request.Reference, switchboard.HandoffFailed, now)
	})
}

// Deliveries are a handoff's, as staff see them: the request, notices, and messages to whoever has the conversation.
func (l *Ledger) Deliveries(ctx context.Context, reference string) ([]switchboard.DeliveryStatus, error) {
	rows, err := l.r.DeliveriesOf(ctx, clean(reference))
	if err != nil {
		return nil, failed("read deliveries", err)
	}
	out := make([]switchboard.DeliveryStatus, len(rows))
	for i, r := range rows {
		out[i] = switchboard.DeliveryStatus{
			ID: r.ID, Kind: switchboard.DeliveryKind(r.Kind), Target: r.Target, State: r.State, Attempts: int(r.Attempts),
			LastError: r.LastError, FinishedAt: optional(r.FinishedAt),
		}
		if r.State == "pending" {
			out[i].NextTry = optional(r.DueAt)
		}
	}
	return out, nil
}

// RetryHandoff queues again what was given up of a handoff, for another day under the same ids, and says how much that
// was. Where nothing was, it is switchboard.Conflict.
func (l *Ledger) RetryHandoff(ctx context.Context, reference string) (int, error) {
	h, err := l.Handoff(ctx, reference)
	if err != nil {
		return 0, err
	}
	queued := 0
	err = l.inConversation(ctx, h.ConversationID, "queue handoff again", func(q *query.Queries, now int64) error {
		if h.State == switchboard.HandoffFailed {
			open, err := q.OpenHandoff(ctx, h.ConversationID)
			if err != nil {
				return err
			}
			if len(open) > 0 {
				return switchboard.Errorf(switchboard.Conflict, "another handoff of this conversation is open")
			}
			if err := setHandoffState(ctx, q, h.Reference, switchboard.HandoffRequested, now); err != nil {
				return err
			}
		}
		dead, err := q.OutboxReopen(ctx, query.OutboxReopenParams{DueAt: now, ID: h.Reference})
		queued = int(dead)
		if err == nil && dead == 0 {
			return switchboard.Errorf(switchboard.Conflict, "nothing of this handoff was given up: it is %s", h.State)
		}
		return err
	})
	return queued, err
}

// ReleaseHandoff is staff's word that a handoff is over: the bot answers again, and what is not delivered yet is not
// delivered any more.
func (l *Ledger) ReleaseHandoff(ctx context.Context, reference string) error {
	h, err := l.Handoff(ctx, reference)
	if err != nil {
		return err
	}
	return l.inConversation(ctx, h.ConversationID, "release handoff", func(q *query.Queries, now int64) error {
		return release(ctx, q, h.Reference, now)
	})
}

func release(ctx context.Context, q *query.Queries, reference string, now int64) error {
	if err := setHandoffState(ctx, q, reference, switchboard.HandoffReleased, now); err != nil {
		return err
	}
	_, err := q.DropDeliveries(ctx, query.DropDeliveriesParams{FinishedAt: now, Reference: reference})
	return err
}

// inboundFor is how long the ids of events are kept, far longer than an event's signature is good for.
const inboundFor = 48 * time.Hour

// HandoffEvent takes in what the other side tells. It reports false where that event has been taken in before, and where
// the handoff is over: nobody is spoken to behind their back. An unknown handoff is switchboard.NotFound.
func (l *Ledger) HandoffEvent(ctx context.Context, e switchboard.HandoffEvent) (bool, error) {
	if e.Reference == "" && e.Ticket != "" {
		found, err := l.r.HandoffByTicket(ctx, clean(e.Ticket))
		if err != nil {
			return false, failed("find handoff", err)
		}
		for _, reference := range found {
			e.Reference = reference
		}
	}
	h, err := l.Handoff(ctx, e.Reference)
	if err != nil {
		return false, err
	}
	taken := false
	err = l.inConversation(ctx, h.ConversationID, "take in a handoff's event", func(q *query.Queries, now int64) error {
		if _, err := q.ForgetInbound(ctx, now-inboundFor.Microseconds()); err != nil {
			return err
		}
		n, err := q.InsertInbound(ctx, query.InsertInboundParams{ID: clean(e.ID), CreatedAt: now})
		if err != nil || n == 0 {
			return err
		}
		taken, err = takeIn(ctx, q, h, e, now)
		return err
	})
	return taken, err
}

func takeIn(ctx context.Context, q *query.Queries, h switchboard.HandoffRequest, e switchboard.HandoffEvent, now int64) (bool, error) {
	switch e.Kind {
	case switchboard.HandoffQueue:
		n, err := q.HandoffTold(ctx, query.HandoffToldParams{
			Ticket: h.Ticket, QueuePosition: int64(e.QueuePosition), EtaSeconds: int64(e.ETA.Seconds()), UpdatedAt: now, Reference: h.Reference,
		})
		return n > 0, err
	case switchboard.HandoffClosed:
		return true, release(ctx, q, h.Reference, now)
	}
	n, err := q.HandoffAccepted(ctx, query.HandoffAcceptedParams{UpdatedAt: now, Reference: h.Reference})
	if err != nil || n == 0 {
		return false, err
	}
	// Whoever has taken it has it, whether its delivery was answered or not.
	if _, err := q.OutboxDone(ctx, query.OutboxDoneParams{FinishedAt: now, ID: h.Reference}); err != nil {
		return false, err
	}
	if e.Kind == switchboard.HandoffMessage {
		_, err = q.InsertAgentLine(ctx, query.InsertAgentLineParams{
			ID: clean(e.ID), ConversationID: h.ConversationID, Reference: h.Reference, Text: clean(string(e.Text)), CreatedAt: now,
		})
	}
	return true, err
}

// forward queues what a customer wrote to a person, in the transaction that records it.
func forward(ctx context.Context, q *query.Queries, t query.InsertTurnParams) error {
	if t.Reason != string(switchboard.ReasonWithHuman) || t.HandoffReference == "" {
		return nil
	}
	e := &encoder{}
	payload := e.json(switchboard.HandoffRequest{
		Reference: t.HandoffReference, ConversationID: t.ConversationID, State: switchboard.HandoffAcknowledged,
		Reason: switchboard.ReasonWithHuman, Locale: t.Lang, CreatedAt: fromMicros(t.StartedAt),
		Transcript: []switchboard.Line{{Role: switchboard.RoleUser, Text: switchboard.Masked(t.Question), At: fromMicros(t.StartedAt)}},
	})
	if e.err != nil {
		return e.err
	}
	return q.InsertOutbox(ctx, query.InsertOutboxParams{
		ID: t.ID, ConversationID: t.ConversationID, Payload: payload, DueAt: t.CreatedAt, CreatedAt: t.CreatedAt,
		Reference: t.HandoffReference, Kind: string(switchboard.DeliverMessage),
	})
}

// optional is nil for never.
func optional(at int64) *time.Time {
	if at == 0 {
		return nil
	}
	t := fromMicros(at)
	return &t
}

// Pending is how many deliveries are still to be made.
func (l *Ledger) Pending(ctx context.Context) (int, error) {
	n, err := l.r.OutboxPending(ctx)
	if err != nil {
		return 0, failed("count deliveries", err)
	}
	return int(n), nil
}
