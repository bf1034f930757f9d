package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/evals"
)

//go:embed report.html
var page string

// The template is parsed when it is used: a report is written once a run, and no state is kept.
var helpers = template.FuncMap{
	"percent": func(f float64) string { return fmt.Sprintf("%.1f", 100*f) },
	"ms":      func(f float64) string { return fmt.Sprintf("%.1f", f) },
	"usd":     func(f float64) string { return fmt.Sprintf("%.4f", f) },
	"short":   func(f float64) string { return fmt.Sprintf("%.4g", f) },
	"score":   func(f float64) string { return fmt.Sprintf("%.2f", f) },
	"width":   func(f float64) string { return fmt.Sprintf("%.2f", 100*min(max(f, 0), 1)) },
	"join":    func(s []string) string { return strings.Join(s, " › ") },
	"plus":    func(i int) int { return i + 1 },
}

// view is the report as the page shows it.
type view struct {
	evals.Report
	Started    string
	Duration   string
	Statuses   []tally
	Categories []category
	Matrix     matrix
	Rows       []htmlRow
}

// tally is a status with how many cases have it.
type tally struct {
	Status evals.Status
	Count  int
}

// category is a filter: Class names it in the page's style sheet, whatever characters the name has.
type category struct {
	Name  string
	Class string
	evals.Counts
}

type htmlRow struct {
	evals.Result
	Title    string
	Category string
	Class    string
	Took     float64
	Passages []switchboard.Passage
	Stops    []switchboard.Stop
}

// matrix is expected actions down, actions got across.
type matrix struct {
	Got  []switchboard.Action
	Rows []matrixRow
}

type matrixRow struct {
	Expected string
	Cells    []cell
}

type cell struct {
	Count int
	Right bool
}

// HTML writes the report as one page. It loads nothing, runs nothing, and reads well on paper.
func HTML(w io.Writer, r evals.Report) error {
	t, err := template.New("report").Funcs(helpers).Parse(page)
	if err != nil {
		return fmt.Errorf("report template: %w", err)
	}
	return t.Execute(w, viewOf(r))
}

func viewOf(r evals.Report) view {
	v := view{
		Report: r, Started: r.StartedAt.UTC().Format("2 January 2006, 15:04 UTC"),
		Duration: r.Took.Round(10 * time.Millisecond).String(), Matrix: matrixOf(r.Actions),
	}
	for _, s := range []tally{
		{evals.Failed, r.Failed}, {evals.Errored, r.Errors}, {evals.Undecided, r.Unsupported}, {evals.Passed, r.Counts.Passed},
	} {
		if s.Count > 0 {
			v.Statuses = append(v.Statuses, s)
		}
	}
	classes := map[string]string{}
	for _, g := range r.Groups {
		if g.Key == evals.CategoryKey {
			class := fmt.Sprintf("c%d", len(v.Categories))
			classes[g.Value] = class
			v.Categories = append(v.Categories, category{Name: g.Value, Class: class, Counts: g.Counts})
		}
	}
	for _, x := range r.Results {
		row := htmlRow{
			Result: x, Title: title(x), Category: x.Case.Category(evals.CategoryKey),
			Took: switchboard.Milliseconds(x.Reply.Elapsed),
		}
		row.Class = classes[row.Category]
		if x.Reply.Record != nil {
			row.Passages, row.Stops = x.Reply.Record.Passages, x.Reply.Record.Stops
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func matrixOf(actions []evals.Confusion) matrix {
	var m matrix
	for _, a := range switchboard.Actions {
		if slices.ContainsFunc(actions, func(c evals.Confusion) bool { return c.Got == a }) {
			m.Got = append(m.Got, a)
		}
	}
	for _, c := range actions {
		if n := len(m.Rows); n == 0 || m.Rows[n-1].Expected != c.Expected {
			m.Rows = append(m.Rows, matrixRow{Expected: c.Expected, Cells: make([]cell, len(m.Got))})
		}
		if i := slices.Index(m.Got, c.Got); i >= 0 {
			right := slices.Contains(strings.Split(c.Expected, "|"), string(c.Got))
			m.Rows[len(m.Rows)-1].Cells[i] = cell{c.Count, right}
		}
	}
	return m
}
