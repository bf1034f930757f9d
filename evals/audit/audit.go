package audit

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"switchboard"
	"switchboard/evals"
)

// Options say what is asked and what is too much.
type Options struct {
	Seed            uint64
	Families        []string // of forms: name, dialect, spelling, manner; none is all
	MaxActionChange float64  // the share of questions of a form whose action may change
	Worst           int      // examples to list for each form
}

// Families are the families of forms.
var Families = []string{names, dialect, spelling, manner}

// keys of a case's metadata that say what it is a form of
const (
	originKey = "audit-origin"
	formKey   = "audit-form"
)

// Expand returns the suite with each case as it is, and in every form that changes its question. The history of a
// conversation stays as it is.
func Expand(s evals.Suite, o Options) evals.Suite {
	var out []evals.Case
	for _, c := range s.Cases {
		origin := c.Name
		out = append(out, marked(c, origin, "", c.Question))
		for _, f := range forms {
			if f.lang != "" && f.lang != lang(c) || len(o.Families) > 0 && !slices.Contains(o.Families, f.family) {
				continue
			}
			q := f.say(c.Question, draw(o.Seed, origin, f.label()))
			if q != "" && q != c.Question {
				out = append(out, marked(c, origin, f.label(), q))
			}
		}
	}
	s.Cases = out
	return s
}

func lang(c evals.Case) string {
	if c.Locale == "" {
		return "en"
	}
	code, _, _ := strings.Cut(c.Locale, "-")
	return code
}

func (f form) label() string { return f.family + ": " + f.name }

func marked(c evals.Case, origin, label, q string) evals.Case {
	meta := map[string][]string{}
	for k, v := range c.Metadata {
		meta[k] = v
	}
	meta[originKey], meta[formKey] = []string{origin}, []string{label}
	c.Metadata, c.Question = meta, q
	if label != "" {
		c.Name = origin + " (" + label + ")"
	}
	return c
}

// draw is a source of chance of the question's and form's own: another question in the suite does not change it.
func draw(seed uint64, parts ...string) *rand.Rand {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00"))
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Report is what an audit found.
type Report struct {
	Suite           string       `json:"suite"`
	Target          string       `json:"target"`
	Seed            uint64       `json:"seed"`
	Questions       int          `json:"questions"`
	Asked           int          `json:"asked"` // in all forms
	MaxActionChange float64      `json:"max_action_change"`
	Passed          bool         `json:"passed"`
	Rows            []Comparison `json:"rows"`
}

// Comparison is of the same questions in two forms.
type Comparison struct {
	Form    string `json:"form"`
	Against string `json:"against"` // "as asked", or another form
	Pairs   int    `json:"pairs"`
	Missing int    `json:"missing"` // pairs of which one had no reply
	Changed int    `json:"changed"`
	// ActionChange is the share of pairs whose action is another.
	ActionChange Interval `json:"action_change"`
	AnswerRate   Interval `json:"answer_rate_difference"`
	Refusals     Interval `json:"refusals_difference"` // declined, blocked or handed off
	PassRate     Interval `json:"pass_rate_difference"`
	// P is McNemar's for the answer rate, PBeyond says how well the changes fit the limit; both corrected by Holm.
	P       float64 `json:"p"`
	PBeyond float64 `json:"p_beyond_limit"`
	Beyond  bool    `json:"beyond_limit"`

	Grounded  *Interval `json:"grounded_difference,omitempty"` // where both were answered
	Overlap   *Interval `json:"cited_overlap,omitempty"`       // documents cited, of those cited in either
	LatencyMS *Interval `json:"latency_difference_ms,omitempty"`
	CostUSD   *Interval `json:"cost_difference_usd,omitempty"`

	Worst []Example `json:"worst,omitempty"`
}

// Example is a question that was served differently.
type Example struct {
	Asked         string             `json:"asked"`
	Instead       string             `json:"instead"`
	Action        switchboard.Action `json:"action"`
	InsteadAction switchboard.Action `json:"instead_action"`
	Reason        switchboard.Reason `json:"reason,omitempty"` // of the second
	Lost          bool               `json:"lost"`             // the case passed before
	harm          int
}

const (
	asAsked     = "as asked"
	significant = 0.05
)

// Compare makes pairs of the results of an expanded suite's run.
func Compare(run evals.Report, o Options) Report {
	r := Report{Suite: run.Suite, Target: run.Target, Seed: o.Seed, Asked: len(run.Results), MaxActionChange: o.MaxActionChange, Passed: true}
	byForm := map[string]map[string]evals.Result{}
	for _, x := range run.Results {
		label := x.Case.Category(formKey)
		if byForm[label] == nil {
			byForm[label] = map[string]evals.Result{}
		}
		byForm[label][x.Case.Category(originKey)] = x
	}
	r.Questions = len(byForm[""])
	seen := map[string]bool{}
	for _, f := range forms {
		if label := f.label(); byForm[label] != nil && !seen[label] {
			seen[label] = true
			r.Rows = append(r.Rows, compare("", label, byForm, o))
		}
	}
	ref := names + ": " + reference
	for _, g := range introduced {
		if label := names + ": " + g.group; byForm[label] != nil && label != ref {
			r.Rows = append(r.Rows, compare(ref, label, byForm, o))
		}
	}
	r.judge()
	return r
}

// judge corrects the p values for the number of comparisons, and says which are beyond the limit.
func (r *Report) judge() {
	var ps, beyond []*float64
	for i := range r.Rows {
		ps, beyond = append(ps, &r.Rows[i].P), append(beyond, &r.Rows[i].PBeyond)
	}
	holm(ps)
	holm(beyond)
	for i := range r.Rows {
		row := &r.Rows[i]
		row.Beyond = row.PBeyond < significant
		r.Passed = r.Passed && !row.Beyond && row.Pairs > 0
	}
	r.Passed = r.Passed && len(r.Rows) > 0
}

// square counts pairs by whether a thing is so in both, in the first only, and so on.
type square struct{ both, first, second, neither int }

func (s *square) add(first, second bool) {
	switch {
	case first && second:
		s.both++
	case first:
		s.first++
	case second:
		s.second++
	default:
		s.neither++
	}
}

func (s square) difference() Interval { return paired(s.both, s.first, s.second, s.neither) }

func compare(against, label string, byForm map[string]map[string]evals.Result, o Options) Comparison {
	c := Comparison{Form: label, Against: cmp.Or(against, asAsked)}
	var answered, refused, passed square
	var grounded, overlap, latency, cost []float64
	var worst []Example
	origins := make([]string, 0, len(byForm[label]))
	for origin := range byForm[label] {
		origins = append(origins, origin)
	}
	slices.Sort(origins)
	for _, origin := range origins {
		a, had := byForm[against][origin]
		b := byForm[label][origin]
		if !had || !replied(a) || !replied(b) {
			c.Missing++
			continue
		}
		c.Pairs++
		x, y := a.Reply.Answer, b.Reply.Answer
		answered.add(answers(x.Action), answers(y.Action))
		refused.add(refuses(x.Action), refuses(y.Action))
		passed.add(a.Status == evals.Passed, b.Status == evals.Passed)
		latency = append(latency, switchboard.Milliseconds(b.Reply.Elapsed)-switchboard.Milliseconds(a.Reply.Elapsed))
		cost = append(cost, y.Usage.CostUSD-x.Usage.CostUSD)
		if answers(x.Action) && answers(y.Action) && a.Reply.Record != nil && b.Reply.Record != nil {
			grounded = append(grounded, b.Reply.Record.Grounded-a.Reply.Record.Grounded)
		}
		if share, any := citedInBoth(x, y); any {
			overlap = append(overlap, share)
		}
		if x.Action != y.Action {
			c.Changed++
		}
		if e, is := example(a, b); is {
			worst = append(worst, e)
		}
	}
	rng := draw(o.Seed, c.Form, c.Against)
	c.ActionChange, c.AnswerRate, c.Refusals, c.PassRate = share(c.Changed, c.Pairs), answered.difference(), refused.difference(), passed.difference()
	c.P, c.PBeyond = mcnemar(answered.first, answered.second), atLeast(c.Changed, c.Pairs, o.MaxActionChange)
	c.Grounded, c.Overlap, c.LatencyMS, c.CostUSD = mean(grounded, rng), mean(overlap, rng), mean(latency, rng), mean(cost, rng)
	slices.SortStableFunc(worst, func(a, b Example) int { return b.harm - a.harm })
	c.Worst = worst[:min(len(worst), o.Worst)]
	return c
}

// replied says whether a reply came, whatever was thought of it.
func replied(r evals.Result) bool { return r.Status != evals.Errored && r.Reply.Answer.Action != "" }

func answers(a switchboard.Action) bool {
	return a == switchboard.ActionAnswer || a == switchboard.ActionDegraded
}

func refuses(a switchboard.Action) bool {
	return a == switchboard.ActionDecline || a == switchboard.ActionBlocked || a == switchboard.ActionHandoff
}

func citedInBoth(x, y switchboard.Answer) (share float64, any bool) {
	in := map[string]int{}
	for _, c := range x.Citations {
		in[c.DocumentID] |= 1
	}
	for _, c := range y.Citations {
		in[c.DocumentID] |= 2
	}
	both := 0
	for _, n := range in {
		if n == 3 {
			both++
		}
	}
	return float64(both) / max(1, float64(len(in))), len(in) > 0
}

// example weighs how bad a change is: a case that is lost, then one that is refused now.
func example(a, b evals.Result) (Example, bool) {
	x, y := a.Reply.Answer, b.Reply.Answer
	e := Example{
		Asked: a.Case.Question, Instead: b.Case.Question, Action: x.Action, InsteadAction: y.Action, Reason: y.Reason,
		Lost: a.Status == evals.Passed && b.Status == evals.Failed,
	}
	if e.Lost {
		e.harm += 4
	}
	if !refuses(x.Action) && refuses(y.Action) {
		e.harm += 2
	}
	if x.Action != y.Action {
		e.harm++
	}
	return e, e.harm > 0
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	for _, f := range o.Families {
		if !slices.Contains(Families, f) {
			return fmt.Errorf("there is no family %q of forms; there are %s", f, strings.Join(Families, ", "))
		}
	}
	if o.MaxActionChange < 0 || o.MaxActionChange > 1 || o.Worst < 0 {
		return errors.New("the share that may change is from 0 to 1, and no fewer than no examples are listed")
	}
	return nil
}
