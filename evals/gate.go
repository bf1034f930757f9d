package evals

import (
	"fmt"
	"maps"
	"slices"
)

// Gate is the rule by which a run passes: every stated threshold must hold. A suite that states none must pass whole.
type Gate struct {
	PassRate float64 // of all cases that could be decided, 0..1
	// By holds the least pass rate of each group of cases: metadata key, then value.
	By      map[string]map[string]float64
	Metrics map[string]float64 // least mean score of a named metric, 0..1
	// Most is what a run may take at most; 0 is no limit.
	Most struct {
		LatencyP95 float64 // milliseconds
		CostUSD    float64 // the whole run
	}
}

// Check is one threshold of a gate and how the run stands to it.
type Check struct {
	Name   string  `json:"name"` // "pass_rate", "category=answerable", "metric grounded", "latency_p95_ms"
	Want   float64 `json:"want"`
	Got    float64 `json:"got"`
	AtMost bool    `json:"at_most,omitempty"` // Got must not exceed Want; otherwise it must reach it
	Passed bool    `json:"passed"`
	Detail string  `json:"detail,omitempty"` // "no case has it"
}

// strict is the gate of a suite that states none.
func strict() Gate { return Gate{PassRate: 1} }

// check applies the gate. Its order is fixed.
func (g Gate) check(r *Report) []Check {
	checks := []Check{atLeast("pass_rate", g.PassRate, r.PassRate)}
	for _, key := range slices.Sorted(maps.Keys(g.By)) {
		groups := r.group(key)
		for _, value := range slices.Sorted(maps.Keys(g.By[key])) {
			c := Check{Name: key + "=" + value, Want: g.By[key][value], Detail: "no case has it"}
			if i := slices.IndexFunc(groups, func(gr Group) bool { return gr.Value == value }); i >= 0 {
				c = atLeast(c.Name, c.Want, groups[i].PassRate)
				c.Detail = fmt.Sprintf("%d of %d", groups[i].Passed, groups[i].Decided())
			}
			checks = append(checks, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Metrics)) {
		c := Check{Name: "metric " + name, Want: g.Metrics[name], Detail: "no assertion has it"}
		if i := slices.IndexFunc(r.Metrics, func(m Metric) bool { return m.Name == name }); i >= 0 {
			c = atLeast(c.Name, c.Want, r.Metrics[i].Mean)
		}
		checks = append(checks, c)
	}
	if most := g.Most.LatencyP95; most > 0 {
		checks = append(checks, atMost("latency_p95_ms", most, r.Latency.P95))
	}
	if most := g.Most.CostUSD; most > 0 {
		checks = append(checks, atMost("cost_usd", most, r.CostUSD))
	}
	return checks
}

// A threshold is met where it is met as people compute it: 9 of 10 is 0.9.
const rounding = 1e-9

func atLeast(name string, want, got float64) Check {
	return Check{Name: name, Want: want, Got: got, Passed: got+rounding >= want}
}

func atMost(name string, want, got float64) Check {
	return Check{Name: name, Want: want, Got: got, AtMost: true, Passed: got <= want+rounding}
}
