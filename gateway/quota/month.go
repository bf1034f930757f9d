package quota

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"switchboard"
	"switchboard/gateway/session"
)

const (
	// catchUpEvery is how often the months' counters are brought up to the ledger: it knows what other processes have
	// spent where there is no Redis, and what could not be counted there while it was away.
	catchUpEvery = time.Minute
	// catchUpWithin bounds the wait of the turn that pays for it.
	catchUpWithin = 2 * time.Second
)

// Begin brings the counters of this month up to what the ledger has. It spares the first turn the wait; without it, or
// where it fails, that turn does it.
func (q *Quotas) Begin(ctx context.Context) error {
	if !q.money() {
		return nil
	}
	now := q.now()
	q.catchUps.Store(now.Add(catchUpEvery).UnixMicro())
	return q.catchUp(ctx, q.current(now))
}

// begin reserves a bill of which a counter of money is not there: the month is new, or the counter was lost. Attempts that
// come at the same time wait for one that asks the ledger.
func (q *Quotas) begin(ctx context.Context, p *period, b *bill, lease time.Duration) (h session.Hold, full int, err error) {
	q.beginning.Lock()
	defer q.beginning.Unlock()
	h, full, err = q.counters.Reserve(ctx, b.charges, lease)
	if !errors.Is(err, session.ErrNotBegun) {
		return h, full, err
	}
	if err := q.catchUp(ctx, p); err != nil {
		q.log.ErrorContext(ctx, "what the month has cost is not known, it is counted from here", "month", p.month, "error", err)
		for i := range b.charges {
			b.charges[i].Begun = false
		}
	}
	return q.counters.Reserve(ctx, b.charges, lease)
}

// catchUpNowAndThen has one caller a minute catch up.
func (q *Quotas) catchUpNowAndThen(ctx context.Context, p *period) {
	if !q.money() {
		return
	}
	now, due := q.now(), q.catchUps.Load()
	if now.UnixMicro() < due || !q.catchUps.CompareAndSwap(due, now.Add(catchUpEvery).UnixMicro()) {
		return
	}
	if err := q.catchUp(ctx, p); err != nil && ctx.Err() == nil {
		q.log.WarnContext(ctx, "what the month has cost cannot be read", "month", p.month, "error", err)
	}
}

// catchUp raises the month's counters to what is recorded. It can never make them too high: an attempt is settled before
// its turn is recorded.
func (q *Quotas) catchUp(ctx context.Context, p *period) error {
	ctx, cancel := context.WithTimeout(ctx, catchUpWithin)
	defer cancel()
	recorded, err := q.spending.Spend(ctx, p.month)
	if err != nil {
		return fmt.Errorf("read spend of %s: %w", p.month, err)
	}
	var all switchboard.Money
	by := make(map[string]switchboard.Money, len(recorded))
	for _, s := range recorded {
		all, by[s.Model] = all+s.Cost, s.Cost
	}
	raise := func(limit, whose string, to switchboard.Money) {
		c := session.Counter{What: limit, Whose: whose, When: p.month}
		err = errors.Join(err, q.counters.Raise(ctx, c, int64(to), p.monthEnds.Add(keptFor)))
	}
	if q.month.set() {
		raise(MonthCost, "", all)
	}
	for model := range q.models {
		raise(ModelMonthCost, model, by[model])
	}
	return err
}

// warnings are what has been said about budgets, each once.
type warnings struct {
	mu   sync.Mutex
	said map[warning]bool
}

type warning struct {
	counter session.Counter
	percent int
}

// first tells whether nobody has said so before. Those of earlier months are forgotten.
func (w *warnings) first(c session.Counter, percent int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.said[warning{c, percent}] {
		return false
	}
	for old := range w.said {
		if old.counter.When < c.When {
			delete(w.said, old)
		}
	}
	if w.said == nil {
		w.said = map[warning]bool{}
	}
	w.said[warning{c, percent}] = true
	return true
}

// warnUsed says once that a month's budget is used up to 80 %, and once to 100 %.
func (q *Quotas) warnUsed(ctx context.Context, b *bill) {
	for i := range b.charges {
		c := &b.charges[i]
		if !isMoney(c.What) || c.Total < c.Limit-c.Limit/5 {
			continue
		}
		percent, says := 80, "80 % of a month's budget is used"
		if c.Total >= c.Limit {
			percent, says = 100, "a month's budget is used up"
		}
		if q.first(c.Counter, percent) {
			q.log.WarnContext(ctx, says, "limit", c.What, "model", c.Whose, "month", c.When,
				"spent_usd", switchboard.Money(c.Total).USD(), "limit_usd", switchboard.Money(c.Limit).USD())
		}
	}
}

// warnFull says once that what is left of a month's budget is too little for an attempt.
func (q *Quotas) warnFull(ctx context.Context, b *bill, place int) {
	c := &b.charges[place]
	if isMoney(c.What) && q.first(c.Counter, 100) {
		q.log.WarnContext(ctx, "a month's budget is used up: what is left is too little for a call", "limit", c.What,
			"model", c.Whose, "month", c.When, "limit_usd", switchboard.Money(c.Limit).USD())
	}
}

func isMoney(limit string) bool { return limit == MonthCost || limit == ModelMonthCost }
