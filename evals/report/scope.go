package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"switchboard/fallback"
)

//go:embed scope.html
var scopePage string

// scopeView is how well a scope model told messages apart, as the page shows it.
type scopeView struct {
	fallback.ScopeReport
	Policy   string
	Risk     chart
	Ranking  chart
	Reliable chart
	Let      []fallback.Judged // out of scope, and looks in scope: the worst first
	Kept     []fallback.Judged // in scope, and looks out of scope
	Mistaken []fallback.Judged // in scope, and given to another label: the surest first
	MS       float64
}

// worstRows is how many rows each list of the page has, and how many pairs.
const worstRows = 20

// ScopeHTML writes what was measured of a scope model on rows as one page. It loads nothing and runs nothing. policy is
// the hash of what was measured, ms how long a message took.
func ScopeHTML(w io.Writer, policy string, ms float64, r fallback.ScopeReport, rows []fallback.Judged) error {
	t, err := template.New("scope").Funcs(template.FuncMap{
		"figure": func(f *float64) string {
			if f == nil {
				return "–"
			}
			return fmt.Sprintf("%.3f", *f)
		},
		"two":  func(f float64) string { return fmt.Sprintf("%.2f", f) },
		"most": func(c []fallback.Confusion) []fallback.Confusion { return c[:min(len(c), worstRows)] },
	}).Parse(scopePage)
	if err != nil {
		return fmt.Errorf("scope template: %w", err)
	}
	v := scopeView{ScopeReport: r, Policy: policy, MS: ms}
	v.Risk, v.Ranking, v.Reliable = riskChart(r.Curve), rocChart(r.ROC), reliabilityChart(r.Bins)
	v.Let = worst(rows, -1, func(j fallback.Judged) bool {
		return j.Label == fallback.OutOfScope && j.Predicted != fallback.OutOfScope
	})
	v.Kept = worst(rows, 1, func(j fallback.Judged) bool {
		return j.Label != fallback.OutOfScope && j.Predicted == fallback.OutOfScope
	})
	v.Mistaken = worst(rows, -1, func(j fallback.Judged) bool {
		return j.Label != fallback.OutOfScope && j.Predicted != fallback.OutOfScope && j.Predicted != j.Label
	})
	return t.Execute(w, v)
}

// worst returns the rows that are wrong in a way, those with the lowest scores first, or the highest with sign 1.
func worst(rows []fallback.Judged, sign int, wrong func(fallback.Judged) bool) []fallback.Judged {
	var out []fallback.Judged
	for _, j := range rows {
		if wrong(j) {
			out = append(out, j)
		}
	}
	slices.SortStableFunc(out, func(a, b fallback.Judged) int { return -sign * cmp.Compare(a.Score, b.Score) })
	return out[:min(len(out), worstRows)]
}

// chart is a picture over the unit square; Top is what its upper edge stands for.
type chart struct {
	Label    string // what it shows, for who does not see it
	Line     string // the points of a line, in the picture's units
	Diagonal bool
	Dots     []dot
	Ticks    []tick
}

type dot struct {
	X, Y, R float64
	Title   string
}

// tick is a mark on an axis, at a place in the picture.
type tick struct {
	X, Y  float64
	Text  string
	Below bool // on the axis across
}

// The picture's inner square, in its own units.
const (
	chartLeft = 44.0
	chartTop  = 10.0
	chartSide = 280.0
)

func place(x, y float64) (px, py float64) {
	return chartLeft + chartSide*x, chartTop + chartSide*(1-y)
}

// draw makes a chart of points; up is the value at its upper edge.
func draw(label string, up float64, points [][2]float64) chart {
	c := chart{Label: label}
	var line []string
	for _, p := range points {
		x, y := place(p[0], p[1]/up)
		line = append(line, fmt.Sprintf("%.1f,%.1f", x, y))
	}
	c.Line = strings.Join(line, " ")
	for i := range 5 {
		at := float64(i) / 4
		x, y := place(at, at)
		c.Ticks = append(c.Ticks,
			tick{X: x, Y: chartTop + chartSide + 16, Text: fmt.Sprintf("%.0f %%", 100*at), Below: true},
			tick{X: chartLeft - 6, Y: y + 4, Text: fmt.Sprintf("%.3g %%", 100*at*up)})
	}
	return c
}

func riskChart(curve []fallback.RiskPoint) chart {
	up := 0.04
	points := make([][2]float64, len(curve))
	for i, p := range curve {
		points[i] = [2]float64{p.Coverage, p.Risk}
		up = max(up, p.Risk)
	}
	return draw("Share of wrong answers by share of messages answered", up, points)
}

func rocChart(roc []fallback.ROCPoint) chart {
	points := make([][2]float64, len(roc))
	for i, p := range roc {
		points[i] = [2]float64{p.False, p.True}
	}
	c := draw("Share of out of scope found by share of in scope taken for it", 1, points)
	c.Diagonal = true
	return c
}

func reliabilityChart(bins []fallback.ScoreBin) chart {
	points, all := make([][2]float64, len(bins)), 0
	for i, b := range bins {
		points[i] = [2]float64{b.Score, b.Outside}
		all += b.Count
	}
	c := draw("Share out of scope by mean score", 1, points)
	c.Diagonal = true
	for _, b := range bins {
		x, y := place(b.Score, b.Outside)
		c.Dots = append(c.Dots, dot{x, y, 3 + 7*float64(b.Count)/float64(all),
			fmt.Sprintf("%d messages: score %.2f, %.1f %% out of scope", b.Count, b.Score, 100*b.Outside)})
	}
	return c
}
