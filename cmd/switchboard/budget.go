package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm"
	"switchboard/gateway/quota"
)

// allowanceConfig is what a day, in UTC, may bring. 0 does not limit.
type allowanceConfig struct {
	Messages int64 `yaml:"messages_per_day"`
	Tokens   int64 `yaml:"tokens_per_day"` // of models, input and output together
}

// budgetConfig is what all models together may cost in a month, in UTC.
type budgetConfig struct {
	MonthUSD float64 `yaml:"month_usd"` // 0 does not limit
	AtLimit  string  `yaml:"at_limit"`  // next, extractive or refuse; of single models' limits too
}

// The largest limits: counters stay exact up to there.
const (
	maxTokensLimit = int64(1e15)
	maxUSDLimit    = 1e6
)

func (c *config) checkQuotas(bad func(key, format string, args ...any)) {
	for key, a := range map[string]allowanceConfig{
		"limits.key": c.Limits.Key, "limits.conversation": c.Limits.Conversation, "limits.all": c.Limits.All,
	} {
		for name, n := range map[string]int64{"messages_per_day": a.Messages, "tokens_per_day": a.Tokens} {
			if n < 0 || n > maxTokensLimit {
				bad(key+"."+name, "must not be negative, nor more than %d", maxTokensLimit)
			}
		}
	}
	switch llm.AtLimit(c.Limits.AtLimit) {
	case "", llm.ThenExtractive, llm.ThenRefuse:
	default:
		bad("limits.at_limit", "must be extractive or refuse")
	}
	switch llm.AtLimit(c.Budget.AtLimit) {
	case "", llm.ThenNext, llm.ThenExtractive, llm.ThenRefuse:
	default:
		bad("budget.at_limit", "must be next, extractive or refuse")
	}
	priced := len(c.Models) == 0
	checkUSD := func(key string, usd float64, priced bool) {
		switch {
		case !(usd >= 0 && usd <= maxUSDLimit): // NaN too
			bad(key, "must be from 0 to %.0f", maxUSDLimit)
		case usd > 0 && !priced:
			bad(key, "needs a price of a model: nothing would ever count")
		}
	}
	for i, m := range c.Models {
		has := m.price().Input > 0 || m.price().Output > 0
		if m.Price == nil && c.Budget.MonthUSD > 0 {
			bad(fmt.Sprintf("models.%d", i), "%s needs a price, since there is a budget: {input: 0, output: 0} where it is free", m.Name)
		}
		checkUSD(fmt.Sprintf("models.%d.month_usd", i), m.MonthUSD, has)
		priced = priced || has
	}
	checkUSD("budget.month_usd", c.Budget.MonthUSD, priced)
}

func (c *config) quotaLimits() quota.Limits {
	of := func(a allowanceConfig) quota.Allowance { return quota.Allowance(a) }
	return quota.Limits{
		Key: of(c.Limits.Key), Conversation: of(c.Limits.Conversation), All: of(c.Limits.All), AtLimit: llm.AtLimit(c.Limits.AtLimit),
	}
}

func (c *config) quotaBudget() quota.Budget {
	b := quota.Budget{Month: money(c.Budget.MonthUSD), AtLimit: llm.AtLimit(c.Budget.AtLimit)}
	for _, m := range c.Models {
		if m.MonthUSD > 0 {
			if b.Models == nil {
				b.Models = map[string]switchboard.Money{}
			}
			b.Models[m.Name] = money(m.MonthUSD)
		}
	}
	return b
}

func money(usd float64) switchboard.Money { return switchboard.Money(math.Round(usd * 1e9)) }

// quotas are those that are configured now; turns that began with earlier ones settle with them, on the same counters.
// With none of them nothing is limited.
type quotas struct {
	now atomic.Pointer[quota.Quotas]
	of  atomic.Pointer[quotaSettings]
}

// current is what they were made from.
func (q *quotas) current() quotaSettings {
	if of := q.of.Load(); of != nil {
		return *of
	}
	return quotaSettings{}
}

// quotaSettings is all of the configuration that quotas are made from.
type quotaSettings struct {
	Limits quota.Limits
	Budget quota.Budget
	Lease  time.Duration
}

// quotaSettings gives a turn's attempts until its deadline, with something to spare.
func (c *config) quotaSettings() quotaSettings {
	return quotaSettings{c.quotaLimits(), c.quotaBudget(), max(quota.DefaultLease, c.Limits.TurnTimeout+time.Minute)}
}

// Reserve is the chain's question before an attempt.
func (q *quotas) Reserve(ctx context.Context, most llm.Estimate) (func(switchboard.Attempt), *llm.Denied) {
	if now := q.now.Load(); now != nil {
		return now.Reserve(ctx, most)
	}
	return func(switchboard.Attempt) {}, nil
}

// Enter is the HTTP face's question before a turn.
func (q *quotas) Enter(ctx context.Context, key, conversation string) (context.Context, error) {
	if now := q.now.Load(); now != nil {
		return now.Enter(ctx, key, conversation)
	}
	return ctx, nil
}

// newQuotas makes what the configuration limits, nil where it limits nothing.
func (w *parts) newQuotas(of quotaSettings) *quota.Quotas {
	return quota.New(quota.Config{
		Limits: of.Limits, Budget: of.Budget, Lease: of.Lease, Counters: w.sessions, Spending: w.ledger, Meter: w.metrics, Log: w.log,
	})
}

// limited tells whether the configuration limits anything: a chain without limits is not asked about them.
func (w *parts) limited() bool {
	return w.newQuotas(w.config.quotaSettings()) != nil
}

// useQuotas puts the configured limits into use. Counters stay as they are.
func (w *parts) useQuotas(ctx context.Context) {
	of := w.config.quotaSettings()
	if reflect.DeepEqual(of, w.quotas.current()) {
		return // they also know what they have warned of
	}
	fresh := w.newQuotas(of)
	if fresh != nil {
		if err := fresh.Begin(ctx); err != nil {
			w.log.Warn("what this month has cost cannot be read yet", "error", err)
		}
	}
	w.quotas.of.Store(&of)
	w.quotas.now.Store(fresh)
}

// statement sets what is on record of a month beside the configured budget.
func (w *parts) statement(ctx context.Context, month string) (quota.Statement, error) {
	recorded, err := w.ledger.Spend(ctx, month)
	return quota.StatementOf(month, recorded, w.quotas.current().Budget), err
}

// probeWithin bounds the wait for a probe's record.
const probeWithin = 5 * time.Second

// probeKeeper records what probes have cost: no turn's record does.
type probeKeeper struct {
	llm.Observer
	ledger *ledger.Ledger
	log    *slog.Logger
}

func (k probeKeeper) AttemptEnded(ctx context.Context, a switchboard.Attempt) {
	k.Observer.AttemptEnded(ctx, a)
	if a.Kind != switchboard.AttemptProbe {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeWithin)
	defer cancel()
	if err := k.ledger.RecordAttempts(ctx, time.Now(), a); err != nil {
		k.log.Error("what a probe has cost is not recorded", "model", a.Model, "error", err)
	}
}

func (p *program) budgetCommand() *cobra.Command {
	var month string
	cmd := &cobra.Command{Use: "budget", Short: "Show what models have cost this month, beside what they may cost", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			if month == "" {
				month = switchboard.Month(time.Now())
			} else if _, err := time.Parse("2006-01", month); err != nil {
				return usageError{fmt.Errorf("--month %s: give a month such as 2026-01", month)}
			}
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				recorded, err := l.Spend(cmd.Context(), month)
				if err != nil {
					return err
				}
				return p.showStatement(quota.StatementOf(month, recorded, c.quotaBudget()))
			})
		}}
	cmd.Flags().StringVar(&month, "month", "", "another month, in UTC, such as 2026-01")
	return cmd
}

// showStatement prints a line for each model and one for all of them; for programs the statement as it is.
func (p *program) showStatement(s quota.Statement) error {
	if p.format == "json" {
		return p.json(s)
	}
	all := quota.Line{Model: "all", SpentUSD: s.SpentUSD, LimitUSD: s.LimitUSD}
	for _, l := range s.Models {
		all.Calls, all.InputTokens, all.OutputTokens = all.Calls+l.Calls, all.InputTokens+l.InputTokens, all.OutputTokens+l.OutputTokens
	}
	header := []string{"model", "calls", "input tokens", "output tokens", "spent in " + s.Month, "limit", "used"}
	return table(p, append(s.Models, all), header, func(l quota.Line) []string {
		limit, used := "-", "-"
		if l.LimitUSD != nil {
			limit, used = fmt.Sprintf("$%.2f", *l.LimitUSD), fmt.Sprintf("%.1f %%", 100*l.SpentUSD / *l.LimitUSD)
		}
		count := func(n int64) string { return strconv.FormatInt(n, 10) }
		return []string{
			l.Model, count(l.Calls), count(l.InputTokens), count(l.OutputTokens), fmt.Sprintf("$%.6f", l.SpentUSD), limit, used,
		}
	})
}
