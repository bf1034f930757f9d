package quota

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/session"
)

// Allowance is what a day may bring. 0 does not limit.
type Allowance struct {
	Messages int64 // that ask for a reply, repeated ones included
	Tokens   int64 // of models, input and output together, attempts that failed included
}

// Limits bound a day. The zero value limits nothing.
type Limits struct {
	Key          Allowance   // of each key, the conversations that it opened included
	Conversation Allowance   // of each conversation
	All          Allowance   // of all together
	AtLimit      llm.AtLimit // ThenExtractive, which "" is too, or ThenRefuse
}

// Budget bounds what models may cost in a month. The zero value limits nothing.
type Budget struct {
	Month   switchboard.Money            // of all models together; 0 does not limit
	Models  map[string]switchboard.Money // of single ones
	AtLimit llm.AtLimit                  // ThenNext, which "" is too, ThenExtractive or ThenRefuse
}

// Counters count, all or nothing; see [session.Store] for what each method promises.
type Counters interface {
	Reserve(ctx context.Context, charges []session.Charge, lease time.Duration) (h session.Hold, full int, err error)
	Settle(ctx context.Context, h session.Hold, charges []session.Charge) error
	Raise(ctx context.Context, c session.Counter, atLeast int64, until time.Time) error
}

// Spending is the durable record of what each model has cost in a month, such as "2026-11".
type Spending interface {
	Spend(ctx context.Context, month string) ([]switchboard.Spend, error)
}

// Meter counts what a limit did not allow. limit is the limit's stable name.
type Meter interface {
	BudgetDenied(limit string)
}

// Config is what quotas are made of. Counters is needed, and Spending where the budget limits anything.
type Config struct {
	Limits   Limits
	Budget   Budget
	Counters Counters
	Spending Spending
	Lease    time.Duration    // after it, what a dead process has set aside is free again; 0 is DefaultLease
	Meter    Meter            // nil counts nothing
	Log      *slog.Logger     // nil logs nothing
	Now      func() time.Time // nil is time.Now
}

// The stable names of the limits. Those of days are of messages and tokens, those of months of money.
const (
	KeyMessages          = "key_day_messages"
	KeyTokens            = "key_day_tokens"
	ConversationMessages = "conversation_day_messages"
	ConversationTokens   = "conversation_day_tokens"
	DayMessages          = "day_messages"
	DayTokens            = "day_tokens"
	MonthCost            = "month_usd"
	ModelMonthCost       = "model_month_usd"
)

// limit is one limit as it is configured.
type limit struct {
	llm.Denied       // what is said where it stands in the way
	most       int64 // math.MaxInt64 where there is none
}

func (l *limit) set() bool { return l.most < math.MaxInt64 }

// Quotas are limits with their counters: an [llm.Budget]. They are safe for concurrent use.
type Quotas struct {
	keyMessages, conversationMessages, dayMessages limit
	keyTokens, conversationTokens, dayTokens       limit
	month                                          limit
	models                                         map[string]*limit

	counters Counters
	spending Spending
	lease    time.Duration
	meter    Meter
	log      *slog.Logger
	now      func() time.Time

	period    atomic.Pointer[period]
	catchUps  atomic.Int64 // when the next one is due, microseconds since 1970
	beginning sync.Mutex
	warnings
}

var _ llm.Budget = (*Quotas)(nil)

// New returns quotas, nil where nothing is limited: a chain and a server without them pay nothing.
func New(c Config) *Quotas {
	q := &Quotas{
		counters: c.Counters, spending: c.Spending, lease: cmp.Or(c.Lease, DefaultLease), meter: c.Meter, log: c.Log,
		now: c.Now, models: map[string]*limit{},
	}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	if q.now == nil {
		q.now = time.Now
	}
	atLimit := c.Limits.AtLimit
	if atLimit == "" {
		atLimit = llm.ThenExtractive
	}
	overBudget := c.Budget.AtLimit
	if overBudget == "" {
		overBudget = llm.ThenNext
	}
	any := false
	of := func(name string, then llm.AtLimit, most int64) limit {
		if most <= 0 {
			return limit{most: math.MaxInt64}
		}
		any = true
		return limit{llm.Denied{Limit: name, Then: then}, most}
	}
	q.keyMessages, q.keyTokens = of(KeyMessages, atLimit, c.Limits.Key.Messages), of(KeyTokens, atLimit, c.Limits.Key.Tokens)
	q.conversationMessages = of(ConversationMessages, atLimit, c.Limits.Conversation.Messages)
	q.conversationTokens = of(ConversationTokens, atLimit, c.Limits.Conversation.Tokens)
	q.dayMessages, q.dayTokens = of(DayMessages, atLimit, c.Limits.All.Messages), of(DayTokens, atLimit, c.Limits.All.Tokens)
	q.month = of(MonthCost, overBudget, int64(c.Budget.Month))
	for model, most := range c.Budget.Models {
		if l := of(ModelMonthCost, overBudget, int64(most)); l.set() {
			q.models[model] = &l
		}
	}
	if !any {
		return nil
	}
	return q
}

// money tells whether any month is limited.
func (q *Quotas) money() bool { return q.month.set() || len(q.models) > 0 }

func (q *Quotas) deny(l *limit) *llm.Denied {
	if q.meter != nil {
		q.meter.BudgetDenied(l.Limit)
	}
	return &l.Denied
}
