package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"switchboard"
	"switchboard/evals"
)

// Table writes the report for a terminal: counts, groups, actions, the gate, and each case that did not pass, or each
// case where all are wanted.
func Table(w io.Writer, r evals.Report, all bool) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s on %s\n", r.Suite, r.Target)
	fmt.Fprintf(&b, "release %s · %d cases", releases(r), r.Total)
	if r.Repeat > 1 {
		fmt.Fprintf(&b, " (each asked %d times)", r.Repeat)
	}
	fmt.Fprintf(&b, " in %s\n", r.Took.Round(time.Millisecond))
	for _, name := range r.Ignored {
		fmt.Fprintf(&b, "ignored: %s has no meaning here\n", name)
	}
	groups(&b, r)
	measures(&b, r)
	actions(&b, r)
	cases(&b, r, all)
	gate(&b, r)
	_, err := w.Write(b.Bytes())
	return err
}

func releases(r evals.Report) string {
	if len(r.Releases) == 0 {
		return "unknown"
	}
	return join(r.Releases)
}

func join(ids []switchboard.ReleaseID) string {
	var s []string
	for _, id := range ids {
		s = append(s, string(id))
	}
	return strings.Join(s, ", ")
}

// columns writes aligned rows. Cells are separated by tabs; rightwards ones are for numbers.
func columns(b *bytes.Buffer, rows ...string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(t, row+"\t")
	}
	_ = t.Flush() // a bytes.Buffer takes everything
}

// pad makes the first cell of a right-aligned row look left-aligned.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(width-len([]rune(s)), 0)) }

func groups(b *bytes.Buffer, r evals.Report) {
	width := len("all cases")
	for _, g := range r.Groups {
		width = max(width, len([]rune(g.Value)))
	}
	rows := []string{pad("", width) + "\tpassed\tof\trate\tfailed\terrors\tunsupported"}
	line := func(name string, c evals.Counts) {
		rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%s\t%d\t%d\t%d",
			pad(name, width), c.Passed, c.Total, percent(c), c.Failed, c.Errors, c.Unsupported))
	}
	for _, g := range r.Groups {
		line(g.Value, g.Counts)
	}
	line("all cases", r.Counts)
	b.WriteString("\n")
	columns(b, rows...)
}

func percent(c evals.Counts) string {
	if c.Decided() == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100*c.PassRate)
}

func measures(b *bytes.Buffer, r evals.Report) {
	fmt.Fprintf(b, "\nscore %.3f · latency p50 %.1f ms, p95 %.1f ms, max %.1f ms · cost $%.4f · %d + %d tokens\n",
		r.Score, r.Latency.P50, r.Latency.P95, r.Latency.Max, r.CostUSD, r.Tokens.Input, r.Tokens.Output)
	for _, m := range r.Metrics {
		fmt.Fprintf(b, "metric %s: %.3f (n=%d)\n", m.Name, m.Mean, m.Count)
	}
}

func actions(b *bytes.Buffer, r evals.Report) {
	if len(r.Actions) == 0 {
		return
	}
	b.WriteString("\nexpected action, got:\n")
	last := ""
	for _, c := range r.Actions {
		if c.Expected != last {
			if last != "" {
				b.WriteString("\n")
			}
			fmt.Fprintf(b, "  %s:", c.Expected)
			last = c.Expected
		}
		fmt.Fprintf(b, " %s %d", c.Got, c.Count)
	}
	b.WriteString("\n")
}

// cases lists cases with what was said.
func cases(b *bytes.Buffer, r evals.Report, all bool) {
	for _, x := range r.Results {
		if x.Status == evals.Passed && !all {
			continue
		}
		fmt.Fprintf(b, "\n%s  %s  (%s)\n", label(x.Status), plain(title(x)), x.Case.Where)
		for _, q := range x.Case.History {
			fmt.Fprintf(b, "    asked before: %s\n", plain(q))
		}
		if x.Case.Description != "" {
			fmt.Fprintf(b, "    asked: %s\n", plain(x.Case.Question))
		}
		if a := x.Reply.Answer; a.Action != "" {
			fmt.Fprintf(b, "    said:  %s (%s) %s\n", a.Action, a.Reason, plain(shorten(a.Text)))
		}
		if len(x.Outcomes) == 0 {
			fmt.Fprintf(b, "    %s\n", plain(x.Reason))
		}
		for _, o := range x.Outcomes {
			if o.Status != evals.Passed {
				fmt.Fprintf(b, "    %s: %s\n", plain(o.Assertion.String()), plain(o.Reason))
			}
		}
	}
}

func title(x evals.Result) string {
	if x.Repeat > 0 {
		return fmt.Sprintf("%s (time %d)", x.Case.Name, x.Repeat+1)
	}
	return x.Case.Name
}

func label(s evals.Status) string {
	switch s {
	case evals.Passed:
		return "PASS"
	case evals.Failed:
		return "FAIL"
	case evals.Errored:
		return "ERROR"
	default:
		return "UNSUPPORTED"
	}
}

// plain keeps text on its line and control characters away from the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || (r >= 0x7f && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			return -1
		default:
			return r
		}
	}, s)
}

func shorten(s string) string {
	const most = 300
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}

func gate(b *bytes.Buffer, r evals.Report) {
	b.WriteString("\n")
	for _, c := range r.Checks {
		sign := "≥"
		if c.AtMost {
			sign = "≤"
		}
		mark := "ok  "
		if !c.Passed {
			mark = "MISS"
		}
		fmt.Fprintf(b, "%s %s: %.4g %s %g", mark, c.Name, c.Got, sign, c.Want)
		if c.Detail != "" {
			fmt.Fprintf(b, " (%s)", c.Detail)
		}
		b.WriteString("\n")
	}
	if r.Unsupported > 0 {
		verb := "allowed"
		if !r.AllowUnsupported {
			verb = "not allowed"
		}
		fmt.Fprintf(b, "%d cases could not be decided: %s\n", r.Unsupported, verb)
	}
	if r.Passed {
		b.WriteString("the gate lets it through\n")
	} else {
		b.WriteString("the gate says no\n")
	}
}
