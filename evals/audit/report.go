package audit

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed audit.html
var page string

// HTML writes the report as one page. It loads nothing and runs nothing.
func HTML(w io.Writer, r Report) error {
	t, err := template.New("audit").Funcs(template.FuncMap{
		"pct":  func(f float64) string { return fmt.Sprintf("%+.1f", 100*f) },
		"pct0": func(f float64) string { return fmt.Sprintf("%.1f", 100*f) },
		"two":  func(f float64) string { return fmt.Sprintf("%.2f", f) },
		"p":    func(f float64) string { return fmt.Sprintf("%.3g", f) },
		"bar":  bar,
		"join": strings.Join,
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("audit template: %w", err)
	}
	return t.Execute(w, r)
}

// bar draws an interval between low and high, with a mark at a place of note.
func bar(i Interval, low, high, mark float64) template.HTML {
	at := func(v float64) float64 { return 4 + 152*(min(max(v, low), high)-low)/(high-low) }
	return template.HTML(fmt.Sprintf(`<svg width="160" height="16" role="img" aria-label="%.3f from %.3f to %.3f">`+
		`<line class="mark" x1="%.1f" x2="%.1f" y1="0" y2="16"/><line class="span" x1="%.1f" x2="%.1f" y1="8" y2="8"/><circle cx="%.1f" cy="8" r="3.5"/></svg>`,
		i.Estimate, i.Low, i.High, at(mark), at(mark), at(i.Low), at(i.High), at(i.Estimate)))
}

// Cells are the comparison in words for a table, in the order of Header.
func (c Comparison) Cells() []string {
	form := c.Form
	if c.Against != asAsked {
		form += " ↔ " + c.Against
	}
	verdict := "ok"
	if c.Beyond {
		verdict = "beyond"
	}
	return []string{
		form, fmt.Sprint(c.Pairs), fmt.Sprintf("%.1f%% (%.1f–%.1f)", 100*c.ActionChange.Estimate, 100*c.ActionChange.Low, 100*c.ActionChange.High),
		points(&c.AnswerRate), fmt.Sprintf("%.3g", c.P), points(&c.Refusals), points(&c.PassRate),
		number(c.Grounded, "%+.2f"), number(c.Overlap, "%.2f"), number(c.LatencyMS, "%+.1f"), number(c.CostUSD, "%+.5f"), verdict,
	}
}

// Header names the columns.
var Header = []string{"form", "pairs", "action changed", "answered", "p", "refused", "passed", "grounded", "same sources", "ms", "USD", ""}

func points(i *Interval) string {
	return fmt.Sprintf("%+.1f (%+.1f to %+.1f)", 100*i.Estimate, 100*i.Low, 100*i.High)
}

func number(i *Interval, format string) string {
	if i == nil {
		return "-"
	}
	return fmt.Sprintf(format, i.Estimate)
}
