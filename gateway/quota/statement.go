package quota

import (
	"slices"
	"strings"

	"switchboard"
	"switchboard/gateway/llm"
)

// Statement is what a month has cost, beside what it may cost.
type Statement struct {
	Month    string      `json:"month"` // "2026-11", in UTC
	SpentUSD float64     `json:"spent_usd"`
	LimitUSD *float64    `json:"limit_usd"` // null: none
	AtLimit  llm.AtLimit `json:"at_limit"`
	Models   []Line      `json:"models"` // by name
}

// Line is one model of a statement.
type Line struct {
	Model        string   `json:"model"`
	Calls        int64    `json:"calls"`
	InputTokens  int64    `json:"input_tokens"`
	OutputTokens int64    `json:"output_tokens"`
	SpentUSD     float64  `json:"spent_usd"`
	LimitUSD     *float64 `json:"limit_usd"` // null: none of its own
}

// StatementOf sets what is recorded of a month beside its budget. Models that have a limit are there also where nothing was
// spent.
func StatementOf(month string, recorded []switchboard.Spend, b Budget) Statement {
	s := Statement{Month: month, LimitUSD: usd(b.Month), AtLimit: b.AtLimit, Models: []Line{}}
	if s.AtLimit == "" {
		s.AtLimit = llm.ThenNext
	}
	var all switchboard.Money
	for _, r := range recorded {
		all += r.Cost
		s.Models = append(s.Models, Line{
			Model: r.Model, Calls: r.Calls, InputTokens: r.InputTokens, OutputTokens: r.OutputTokens, SpentUSD: r.Cost.USD(),
			LimitUSD: usd(b.Models[r.Model]),
		})
	}
	s.SpentUSD = all.USD()
	for model, most := range b.Models {
		known := func(l Line) bool { return l.Model == model }
		if most > 0 && !slices.ContainsFunc(s.Models, known) {
			s.Models = append(s.Models, Line{Model: model, LimitUSD: usd(most)})
		}
	}
	slices.SortFunc(s.Models, func(a, b Line) int { return strings.Compare(a.Model, b.Model) })
	return s
}

func usd(m switchboard.Money) *float64 {
	if m <= 0 {
		return nil
	}
	v := m.USD()
	return &v
}
