package evals

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
)

func sourceOf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// scripted is a target that answers as a test says.
type scripted func(ctx context.Context, s Script) (Reply, error)

func (scripted) Name() string { return "scripted" }

func (f scripted) Ask(ctx context.Context, s Script) (Reply, error) { return f(ctx, s) }

func cases(n int, assert ...Assertion) []Case {
	out := make([]Case, n)
	for i := range out {
		out[i] = Case{
			Name: "case " + strconv.Itoa(i), Question: strconv.Itoa(i), Assert: assert,
			Metadata: map[string][]string{"category": {[]string{"even", "odd"}[i%2]}},
		}
	}
	return out
}

// Whatever ends first, results stand in the suite's order, and no more cases are under way than was asked for.
func TestRunKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, atOnce := make(chan struct{}, 3), make(chan int, 40)
		target := scripted(func(_ context.Context, s Script) (Reply, error) {
			running <- struct{}{} // holds a fourth up
			atOnce <- len(running)
			n, _ := strconv.Atoi(s.Messages[0])
			time.Sleep(time.Duration(20-n) * time.Millisecond) // of the bubble: later ones end first
			<-running
			return saying(s.Messages[0]), nil
		})
		var progress []int
		r, err := Run(t.Context(), Suite{Cases: cases(20)}, target, Options{
			Concurrency: 3, Repeat: 2, Progress: func(done, total int, _ Result) {
				progress = append(progress, done)
				if total != 40 {
					t.Errorf("total %d, want 40", total)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range r.Results {
			if want := strconv.Itoa(i / 2); x.Reply.Answer.Text != want || x.Repeat != i%2 {
				t.Errorf("result %d is of %s, time %d", i, x.Reply.Answer.Text, x.Repeat)
			}
		}
		most := 0
		for range 40 {
			most = max(most, <-atOnce)
		}
		if len(progress) != 40 || progress[39] != 40 || most != 3 {
			t.Errorf("progress %v, %d at a time", progress, most)
		}
	})
}

func TestRunTellsErrorsFromFailures(t *testing.T) {
	target := scripted(func(_ context.Context, s Script) (Reply, error) {
		switch s.Messages[0] {
		case "0":
			return Reply{}, errors.New("down")
		case "1":
			return Reply{}, unsupported("not possible here")
		case "2":
			return saying("no"), nil
		default:
			return reply(), nil
		}
	})
	r, err := Run(t.Context(), Suite{Cases: cases(5, Assertion{Type: "contains", Value: Text("Plus"), Weight: 1}), Gate: Gate{PassRate: 0.5}},
		target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Total: 5, Passed: 2, Failed: 1, Errors: 1, Unsupported: 1, PassRate: 0.5}
	if diff := cmp.Diff(want, r.Counts); diff != "" {
		t.Error(diff)
	}
	if r.Passed {
		t.Error("it passed with a case that could not be decided")
	}
	if r.Results[0].Reason != "down" || r.Results[1].Reason != "not possible here" {
		t.Errorf("reasons %q, %q", r.Results[0].Reason, r.Results[1].Reason)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	target := scripted(func(ctx context.Context, _ Script) (Reply, error) {
		cancel()
		<-ctx.Done()
		return Reply{}, ctx.Err()
	})
	if _, err := Run(ctx, Suite{Cases: cases(100)}, target, Options{Concurrency: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestACaseIsAskedNoLongerThanItsTimeout(t *testing.T) {
	target := scripted(func(ctx context.Context, _ Script) (Reply, error) {
		<-ctx.Done()
		return Reply{}, ctx.Err()
	})
	r, err := Run(t.Context(), Suite{Cases: cases(1)}, target, Options{Timeout: time.Millisecond})
	if err != nil || r.Errors != 1 {
		t.Errorf("got %+v, %v", r.Counts, err)
	}
}

func TestGates(t *testing.T) {
	// even cases pass, odd ones fail
	target := scripted(func(_ context.Context, s Script) (Reply, error) {
		if n, _ := strconv.Atoi(s.Messages[0]); n%2 == 0 {
			return reply(), nil
		}
		return saying("no"), nil
	})
	check := Assertion{Type: "contains", Value: Text("Plus"), Weight: 1, Metric: "plus"}
	tests := []struct {
		name   string
		gate   Gate
		passed bool
		missed string
	}{
		{"without thresholds everything must pass", strict(), false, "pass_rate"},
		{"the pass rate is met exactly", Gate{PassRate: 0.6}, true, ""},
		{"a group misses", Gate{By: map[string]map[string]float64{"category": {"even": 1, "odd": 0.1}}}, false, "category=odd"},
		{"a group that no case is in", Gate{By: map[string]map[string]float64{"category": {"prime": 0}}}, false, "category=prime"},
		{"a metric holds", Gate{Metrics: map[string]float64{"plus": 0.6}}, true, ""},
		{"a metric misses", Gate{Metrics: map[string]float64{"plus": 0.7}}, false, "metric plus"},
		{"a metric that nothing has", Gate{Metrics: map[string]float64{"minus": 0}}, false, "metric minus"},
		{"too slow", most(Gate{}, 249, 0), false, "latency_p95_ms"},
		{"fast enough", most(Gate{}, 250, 0), true, ""},
		{"too dear", most(Gate{}, 0, 0.009), false, "cost_usd"},
		{"cheap enough", most(Gate{}, 0, 0.01), true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Run(t.Context(), Suite{Cases: cases(5, check), Gate: tt.gate}, target, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var missed []string
			for _, c := range r.Checks {
				if !c.Passed {
					missed = append(missed, c.Name)
				}
			}
			if r.Passed != tt.passed || strings.Join(missed, " ") != tt.missed {
				t.Errorf("passed %t, missed %v; want %t, %s", r.Passed, missed, tt.passed, tt.missed)
			}
		})
	}
}

func most(g Gate, latency, cost float64) Gate {
	g.Most.LatencyP95, g.Most.CostUSD = latency, cost
	return g
}

func TestSummary(t *testing.T) {
	target := scripted(func(_ context.Context, s Script) (Reply, error) {
		n, _ := strconv.Atoi(s.Messages[0])
		return with(func(r *Reply) {
			r.Elapsed = time.Duration(n+1) * time.Millisecond
			r.Answer.Release = switchboard.ReleaseID("rel_" + strconv.Itoa(n/50))
			if n < 10 {
				r.Answer.Action = switchboard.ActionHandoff
			}
		}), nil
	})
	action := Assertion{Type: "action", Value: List("answer", "clarify"), Weight: 1}
	r, err := Run(t.Context(), Suite{Cases: cases(100, action)}, target, Options{Concurrency: 8})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Latency{Mean: 50.5, P50: 50, P90: 90, P95: 95, P99: 99, Max: 100}); r.Latency != want {
		t.Errorf("latency %+v, want %+v", r.Latency, want)
	}
	if diff := cmp.Diff([]switchboard.ReleaseID{"rel_0", "rel_1"}, r.Releases); diff != "" {
		t.Error(diff)
	}
	want := []Confusion{{"answer|clarify", "answer", 90}, {"answer|clarify", "handoff", 10}}
	if diff := cmp.Diff(want, r.Actions); diff != "" {
		t.Error(diff)
	}
	if len(r.Groups) != 2 || r.Groups[0].Value != "even" || r.Groups[0].Passed != 45 || r.Groups[1].Total != 50 {
		t.Errorf("groups %+v", r.Groups)
	}
}

func TestCompare(t *testing.T) {
	report := func(statuses map[string]Status, order ...string) Report {
		var r Report
		for _, name := range order {
			r.Results = append(r.Results, Result{Case: Case{Name: name}, Status: statuses[name]})
		}
		return r
	}
	a := report(map[string]Status{"same": Passed, "worse": Passed, "gone": Failed}, "same", "worse", "gone")
	b := report(map[string]Status{"same": Passed, "worse": Failed, "new": Passed}, "new", "same", "worse")
	var got []string
	for _, c := range Compare(a, b) {
		got = append(got, c.Name+": "+string(c.Before)+" -> "+string(c.After))
	}
	want := []string{"new:  -> passed", "worse: passed -> failed", "gone: failed -> "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
