package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// Spend returns what each model has cost in a month, such as "2026-11" in UTC, by the models' names. A month of which
// nothing is recorded is empty.
func (l *Ledger) Spend(ctx context.Context, month string) ([]switchboard.Spend, error) {
	rows, err := l.r.ListSpend(ctx, clean(month))
	if err != nil {
		return nil, failed("read spend", err)
	}
	list := make([]switchboard.Spend, len(rows))
	for i, row := range rows {
		list[i] = switchboard.Spend{
			Model: row.Model, Calls: row.Calls, InputTokens: row.InputTokens, OutputTokens: row.OutputTokens,
			Cost: switchboard.Money(row.CostNanos),
		}
	}
	return list, nil
}

// RecordAttempts adds what attempts of no turn have cost, such as probes. What belongs to a turn is added with its record.
func (l *Ledger) RecordAttempts(ctx context.Context, at time.Time, attempts ...switchboard.Attempt) error {
	if at.IsZero() {
		at = l.now()
	}
	var s spending
	s.add(micros(at), attempts)
	if len(s) == 0 {
		return nil
	}
	return l.inTx(ctx, "record attempts", func(q *query.Queries) error { return s.write(ctx, q) })
}

// spending is what attempts have cost, by month and model: a few rows, however many attempts.
type spending []query.AddSpendParams

// add adds attempts of one moment, in microseconds. One that cost nothing, such as a refused connection or a call of a
// model without a price, is left out.
func (s *spending) add(at int64, attempts []switchboard.Attempt) {
	var month string
	for _, a := range attempts {
		if a.Cost == 0 {
			continue
		}
		if month == "" {
			month = switchboard.Month(fromMicros(at))
		}
		row := s.row(month, clean(a.Model))
		row.Calls++
		row.InputTokens += int64(a.InputTokens)
		row.OutputTokens += int64(a.OutputTokens)
		row.CostNanos += int64(a.Cost)
	}
}

func (s *spending) row(month, model string) *query.AddSpendParams {
	for i := range *s {
		if row := &(*s)[i]; row.Month == month && row.Model == model {
			return row
		}
	}
	*s = append(*s, query.AddSpendParams{Month: month, Model: model})
	return &(*s)[len(*s)-1]
}

// write ends a transaction: in the same order in every instance, so that no two wait for each other in a circle.
func (s spending) write(ctx context.Context, q *query.Queries) error {
	slices.SortFunc(s, func(a, b query.AddSpendParams) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Model, b.Model))
	})
	for _, row := range s {
		if err := q.AddSpend(ctx, row); err != nil {
			return err
		}
	}
	return nil
}
