package quota

import (
	"context"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
)

// longestWait is what a refused caller is told to wait at most: many would keep a longer one as a timer, and a limit may be
// raised meanwhile.
const longestWait = time.Hour

// deniedKey is under what a context carries the limit that its turn is over.
type deniedKey struct{}

func deniedIn(ctx context.Context) *limit {
	l, _ := ctx.Value(deniedKey{}).(*limit)
	return l
}

// Enter counts a message before its turn begins. At a limit it is refused as switchboard.RateLimited, with the time until
// the day or the month is over (an hour at most) as RetryAfter; or, where the policy is to quote passages, the turn goes on
// with the context that is returned, in which no model may be asked. What is over a limit is not counted.
//
// Where the policy is to refuse, a message is also refused if no token is left of its key's or conversation's day or of
// everybody's, or nothing of the month's budget: before its turn begins, and not in the middle.
func (q *Quotas) Enter(ctx context.Context, key, conversation string) (context.Context, error) {
	now := q.now()
	p, b := q.current(now), &bill{}
	b.addOf(&q.keyMessages, key, p, 1)
	b.addOf(&q.conversationMessages, conversation, p, 1)
	b.add(&q.dayMessages, "", p.day, p.dayEnds, 1)
	messages := len(b.charges)
	q.addUsedUp(b, p, key, conversation)
	if len(b.charges) == 0 {
		return ctx, nil
	}
	// Something must be left of what is only looked at.
	for i := messages; i < len(b.charges); i++ {
		b.charges[i].Limit--
	}
	_, full := q.take(ctx, p, b, 0)
	if full < 0 {
		return ctx, nil
	}
	l := b.limits[full]
	if l.Then != llm.ThenRefuse {
		return context.WithValue(ctx, deniedKey{}, l), nil
	}
	q.deny(l)
	ends, text := p.dayEnds, "The limit of this day is reached."
	if isMoney(l.Limit) {
		ends, text = p.monthEnds, "The limit of this month is reached."
	}
	e := switchboard.Errorf(switchboard.RateLimited, "%s", text)
	e.RetryAfter = min(ends.Sub(now), longestWait)
	return nil, e
}

// addUsedUp adds, for nothing, the limits that refuse a turn where they are used up.
func (q *Quotas) addUsedUp(b *bill, p *period, key, conversation string) {
	if q.keyTokens.Then == llm.ThenRefuse {
		b.addOf(&q.keyTokens, key, p, 0)
	}
	if q.conversationTokens.Then == llm.ThenRefuse {
		b.addOf(&q.conversationTokens, conversation, p, 0)
	}
	if q.dayTokens.Then == llm.ThenRefuse {
		b.add(&q.dayTokens, "", p.day, p.dayEnds, 0)
	}
	if q.month.Then == llm.ThenRefuse {
		b.add(&q.month, "", p.month, p.monthEnds, 0)
	}
}
