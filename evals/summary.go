package evals

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"switchboard"
)

// Report is what a run found.
type Report struct {
	Suite       string
	Description string
	Target      string
	// Releases are those under which replies were made: one, unless a release was promoted during the run.
	Releases         []switchboard.ReleaseID
	StartedAt        time.Time
	Took             time.Duration
	Repeat           int
	AllowUnsupported bool
	Ignored          []string // what the suite says that has no meaning here
	Results          []Result // in the order of the suite

	Counts
	Score   float64 // mean of the cases that were decided, 0..1
	Metrics []Metric
	Groups  []Group     // by each metadata key that the gate names, or else by category
	Actions []Confusion // expected against got, of cases that state an action
	Latency Latency
	CostUSD float64
	Tokens  struct{ Input, Output int }
	Checks  []Check // of the gate
	Passed  bool    // every check holds, and every case was decided or need not be
}

// Counts says how cases came out.
type Counts struct {
	Total, Passed, Failed, Errors, Unsupported int
	PassRate                                   float64 // of those decided; 0 where none was
}

// Decided is how many cases passed, failed or got no reply.
func (c Counts) Decided() int { return c.Passed + c.Failed + c.Errors }

func (c *Counts) add(s Status) {
	c.Total++
	switch s {
	case Passed:
		c.Passed++
	case Failed:
		c.Failed++
	case Errored:
		c.Errors++
	default:
		c.Unsupported++
	}
	if n := c.Decided(); n > 0 {
		c.PassRate = float64(c.Passed) / float64(n)
	}
}

// Metric is a named score.
type Metric struct {
	Name  string
	Mean  float64
	Sum   float64
	Count int
}

// Group is the cases with one value of a metadata key.
type Group struct {
	Key, Value string
	Counts
}

// Confusion is how often a case that expects one action (or one of several, "decline|handoff") got another.
type Confusion struct {
	Expected string
	Got      switchboard.Action
	Count    int
}

// Latency is the distribution of turns' latency in milliseconds, as the asking side measured it.
type Latency struct{ Mean, P50, P90, P95, P99, Max float64 }

// CategoryKey is the metadata key by which results are grouped where the gate names none.
const CategoryKey = "category"

func (r *Report) summarise(g Gate) {
	var sum float64
	var times []float64
	metrics, confusion := map[string]*Metric{}, map[Confusion]int{}
	for _, x := range r.Results {
		r.add(x.Status)
		if x.Status != Undecided {
			sum += x.Score
		}
		r.CostUSD += x.Reply.Answer.Usage.CostUSD
		r.Tokens.Input += x.Reply.Answer.Usage.InputTokens
		r.Tokens.Output += x.Reply.Answer.Usage.OutputTokens
		if x.Reply.Elapsed > 0 {
			times = append(times, switchboard.Milliseconds(x.Reply.Elapsed))
		}
		if id := x.release(); id != "" && !slices.Contains(r.Releases, id) {
			r.Releases = append(r.Releases, id)
		}
		measure(metrics, x.Outcomes)
		if want := expectedAction(x.Outcomes); want != "" && x.Reply.Answer.Action != "" {
			confusion[Confusion{Expected: want, Got: x.Reply.Answer.Action}]++
		}
	}
	if n := r.Decided(); n > 0 {
		r.Score = sum / float64(n)
	}
	slices.Sort(r.Releases)
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		r.Metrics = append(r.Metrics, *metrics[name])
	}
	for c, n := range confusion {
		c.Count = n
		r.Actions = append(r.Actions, c)
	}
	slices.SortFunc(r.Actions, func(a, b Confusion) int {
		return cmp.Or(cmp.Compare(a.Expected, b.Expected), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Got, b.Got))
	})
	r.Latency = distribution(times)
	keys := slices.Sorted(maps.Keys(g.By))
	if len(keys) == 0 {
		keys = []string{CategoryKey}
	}
	for _, key := range keys {
		r.Groups = append(r.Groups, r.group(key)...)
	}
	r.Checks = g.check(r)
	r.Passed = !slices.ContainsFunc(r.Checks, func(c Check) bool { return !c.Passed }) &&
		(r.Unsupported == 0 || r.AllowUnsupported) && r.Decided() > 0
}

// measure adds up the named scores.
func measure(metrics map[string]*Metric, outcomes []Outcome) {
	for _, o := range outcomes {
		measure(metrics, o.Parts)
		name := o.Assertion.Metric
		if name == "" || o.Status == Undecided {
			continue
		}
		m := metrics[name]
		if m == nil {
			m = &Metric{Name: name}
			metrics[name] = m
		}
		m.Sum += o.Score
		m.Count++
		m.Mean = m.Sum / float64(m.Count)
	}
}

// expectedAction is what a case says about the action, "" where it says nothing.
func expectedAction(outcomes []Outcome) string {
	for _, o := range outcomes {
		if a := o.Assertion; a.Type == "action" && !a.Not {
			return strings.Join(a.Value.Items(), "|")
		}
	}
	return ""
}

// group counts the results by one metadata key, in the order in which its values first occur.
func (r *Report) group(key string) []Group {
	var out []Group
	for _, x := range r.Results {
		for _, value := range x.Case.Metadata[key] {
			i := slices.IndexFunc(out, func(g Group) bool { return g.Value == value })
			if i < 0 {
				i = len(out)
				out = append(out, Group{Key: key, Value: value})
			}
			out[i].add(x.Status)
		}
	}
	return out
}

// distribution sorts times and reads its percentiles by the nearest rank.
func distribution(times []float64) Latency {
	if len(times) == 0 {
		return Latency{}
	}
	slices.Sort(times)
	at := func(p float64) float64 { return times[max(int(math.Ceil(p*float64(len(times))))-1, 0)] }
	var sum float64
	for _, t := range times {
		sum += t
	}
	return Latency{
		Mean: sum / float64(len(times)), P50: at(0.5), P90: at(0.9), P95: at(0.95), P99: at(0.99),
		Max: times[len(times)-1],
	}
}
