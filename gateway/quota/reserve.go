package quota

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/session"
)

// DefaultLease is longer than any attempt of a turn with the usual deadline.
const DefaultLease = 3 * time.Minute

// bill is what one use charges to which limits: limits[i] is that of charges[i].
type bill struct {
	charges []session.Charge
	limits  []*limit
}

// add charges an amount of whose to a limit, where there is one.
func (b *bill) add(l *limit, whose, when string, until time.Time, most int64) {
	if !l.set() {
		return
	}
	b.charges = append(b.charges, session.Charge{
		Counter: session.Counter{What: l.Limit, Whose: whose, When: when}, Most: max(0, most), Limit: l.most,
		Until: until.Add(keptFor), Minor: l.Limit == ConversationMessages || l.Limit == ConversationTokens,
		Begun: isMoney(l.Limit),
	})
	b.limits = append(b.limits, l)
}

// addOf is add for a key or a conversation, of which there may be none.
func (b *bill) addOf(l *limit, whose string, p *period, most int64) {
	if whose != "" {
		b.add(l, whose, p.day, p.dayEnds, most)
	}
}

// reservation is a bill that waits for its settlement. It has room for all that an attempt is charged to.
type reservation struct {
	bill
	hold    session.Hold
	settled atomic.Bool

	roomForCharges [5]session.Charge
	roomForLimits  [5]*limit
}

// Reserve sets aside what an attempt may use at most: tokens of its key's day, its conversation's and everybody's, and
// money of the month's budget and the model's. Where several limits stand in the way, the first in this order is named.
// Settling twice does nothing the second time; an attempt that is never settled holds what it has set aside for a
// lease, or up to a quarter longer. A limit can be passed only by what an attempt uses beyond its estimate.
//
// It costs one round trip to Redis and one for the settlement, about a microsecond each in memory; where counters cannot be
// asked, the attempt is allowed.
func (q *Quotas) Reserve(
	ctx context.Context, most llm.Estimate,
) (settle func(switchboard.Attempt), denied *llm.Denied) {
	if l := deniedIn(ctx); l != nil {
		return nil, q.deny(l)
	}
	p, r := q.current(q.now()), &reservation{}
	r.charges, r.limits = r.roomForCharges[:0], r.roomForLimits[:0]
	tokens, cost := int64(most.Tokens), int64(most.Cost)
	r.addOf(&q.keyTokens, most.Account.Key, p, tokens)
	r.addOf(&q.conversationTokens, most.Account.Conversation, p, tokens)
	r.add(&q.dayTokens, "", p.day, p.dayEnds, tokens)
	if cost > 0 { // what costs nothing is asked beyond a budget, too
		r.add(&q.month, "", p.month, p.monthEnds, cost)
	}
	if l := q.models[most.Model]; l != nil && cost > 0 {
		r.add(l, most.Model, p.month, p.monthEnds, cost)
	}
	if len(r.charges) == 0 {
		return nothing, nil
	}
	hold, full := q.take(ctx, p, &r.bill, q.lease)
	if full >= 0 {
		q.warnFull(ctx, &r.bill, full)
		return nil, q.deny(r.limits[full])
	}
	r.hold = hold
	return func(a switchboard.Attempt) { q.settle(ctx, r, a) }, nil
}

func nothing(switchboard.Attempt) {}

// settle counts what an attempt has used.
func (q *Quotas) settle(ctx context.Context, r *reservation, a switchboard.Attempt) {
	if r.settled.Swap(true) {
		return
	}
	for i := range r.charges {
		if c := &r.charges[i]; isMoney(c.What) {
			c.Used = int64(a.Cost)
		} else {
			c.Used = int64(a.InputTokens + a.OutputTokens)
		}
	}
	if err := q.counters.Settle(ctx, r.hold, r.charges); err != nil {
		q.log.WarnContext(ctx, "what a model's attempt used was not counted", "model", a.Model, "error", err)
		return
	}
	q.warnUsed(ctx, &r.bill)
}

// take reserves a bill: the place of the limit in its way, or -1. Where that cannot be told, it is allowed.
func (q *Quotas) take(ctx context.Context, p *period, b *bill, lease time.Duration) (h session.Hold, full int) {
	q.catchUpNowAndThen(ctx, p)
	h, full, err := q.counters.Reserve(ctx, b.charges, lease)
	if errors.Is(err, session.ErrNotBegun) {
		h, full, err = q.begin(ctx, p, b, lease)
	}
	if err != nil {
		if ctx.Err() == nil {
			q.log.WarnContext(ctx, "limits cannot be counted, nothing is limited", "error", err)
		}
		return session.Hold{}, -1
	}
	return h, full
}
