package evals

import (
	"context"
	"errors"
)

// Scorer makes one check on a reply. An *Unsupported error says that the target does not show what it would need.
type Scorer func(ctx context.Context, a Assertion, r Reply) (Score, error)

// Score is the outcome of one check.
type Score struct {
	Value  float64 // 0..1
	Pass   bool
	Reason string // what was found, for whoever must mend it
}

// kind is a type of assertion.
type kind struct {
	check       func(Assertion) string // what is wrong with how it is written, "" for nothing; called when a suite is read
	score       Scorer
	unsupported func(Assertion) string // why this one cannot be made though its type is known; nil for never
}

// kinds is the table of assertions. Each family has a file of its own.
var kinds = map[string]kind{
	// promptfoo's
	"equals":        {check: wantValue, score: scoreEquals},
	"contains":      {check: wantText, score: scoreContains},
	"icontains":     {check: wantText, score: scoreContains},
	"contains-any":  {check: wantItems, score: scoreContainsAny},
	"icontains-any": {check: wantItems, score: scoreContainsAny},
	"contains-all":  {check: wantItems, score: scoreContainsAll},
	"icontains-all": {check: wantItems, score: scoreContainsAll},
	"starts-with":   {check: wantText, score: scoreStartsWith},
	"regex":         {check: wantText, score: scoreRegex, unsupported: foreignRegex},
	"is-json":       {check: anything, score: scoreIsJSON, unsupported: jsonSchema},
	"latency":       {check: wantThreshold, score: scoreLatency},
	"cost":          {check: wantThreshold, score: scoreCost},
	// ours
	"action":    {check: wantActions, score: scoreAction},
	"reason":    {check: wantItems, score: scoreReason},
	"cites":     {check: wantItems, score: scoreCites},
	"cites-any": {check: wantItems, score: scoreCitesAny},
	"retrieves": {check: wantRanked, score: scoreRetrieves},
	"grounded":  {check: anything, score: scoreGrounded},
	"refuses":   {check: anything, score: scoreRefuses},
	"asks-for":  {check: wantItems, score: scoreAsksFor},
	"records":   {check: wantItems, score: scoreRecords},
}

func anything(Assertion) string { return "" }

func wantValue(a Assertion) string {
	if a.Value.Missing() {
		return "value is missing"
	}
	return ""
}

func wantText(a Assertion) string {
	if a.Value.Text() == "" {
		return "value: want a text"
	}
	return ""
}

func wantItems(a Assertion) string {
	if len(a.Value.Items()) == 0 || a.Value.Object != nil {
		return "value: want a text or a list of texts"
	}
	return ""
}

func wantThreshold(a Assertion) string {
	if a.Threshold == nil {
		return "threshold is missing"
	}
	return ""
}

// Status is how a check, a case or a run came out.
type Status string

// The statuses. An unsupported check is neither passed nor failed: it was not made.
const (
	Passed    Status = "passed"
	Failed    Status = "failed"
	Errored   Status = "error"
	Undecided Status = "unsupported"
)

// Outcome is an assertion with what became of it.
type Outcome struct {
	Assertion Assertion
	Status    Status
	Score     float64
	Reason    string
	Parts     []Outcome // of an assert-set
}

// assess makes one check.
func assess(ctx context.Context, a Assertion, r Reply) Outcome {
	if a.Type == assertSet {
		return assessSet(ctx, a, r)
	}
	out := Outcome{Assertion: a}
	if a.Unsupported != "" {
		out.Status, out.Reason = Undecided, a.Unsupported
		return out
	}
	k, ok := kinds[a.Type]
	if !ok {
		out.Status, out.Reason = Undecided, "unknown type of assertion"
		return out
	}
	s, err := k.score(ctx, a, r)
	var unknown *Unsupported
	switch {
	case errors.As(err, &unknown):
		out.Status, out.Reason = Undecided, unknown.Text
		return out
	case err != nil:
		out.Status, out.Reason = Errored, err.Error()
		return out
	}
	if a.Not {
		s.Pass, s.Value = !s.Pass, 1-s.Value
	}
	out.Status, out.Score, out.Reason = Failed, s.Value, s.Reason
	if s.Pass || a.Weight == 0 {
		out.Status = Passed
	}
	return out
}

// assessSet makes the checks of a set and puts them together.
func assessSet(ctx context.Context, a Assertion, r Reply) Outcome {
	parts := make([]Outcome, len(a.Assert))
	for i, child := range a.Assert {
		parts[i] = assess(ctx, child, r)
	}
	threshold := 0.0
	if a.Threshold != nil {
		threshold = *a.Threshold
	}
	out := Outcome{Assertion: a, Parts: parts}
	out.Status, out.Score, out.Reason = combine(parts, threshold)
	if a.Weight == 0 && out.Status == Failed {
		out.Status = Passed
	}
	return out
}

// combine puts checks together: the score is their weighted mean. With a threshold the score decides; else each must
// pass. A check that was not made takes no part in the score, and what would pass without it stays undecided.
func combine(parts []Outcome, threshold float64) (status Status, score float64, reason string) {
	var sum, weights float64
	undecided := ""
	for _, p := range parts {
		switch p.Status {
		case Undecided:
			undecided = p.Assertion.Name() + ": " + p.Reason
			continue
		case Errored, Failed:
			if reason == "" || (p.Status == Errored && status != Errored) {
				status, reason = p.Status, p.Assertion.Name()+": "+p.Reason
			}
		}
		sum += p.Score * p.Assertion.Weight
		weights += p.Assertion.Weight
	}
	score = 1
	if weights > 0 {
		score = sum / weights
	}
	if threshold > 0 && status != Errored {
		status = Passed
		if score+rounding < threshold {
			status, reason = Failed, reasonOf(score, threshold, reason)
		}
	}
	switch {
	case status == Failed || status == Errored:
		return status, score, reason
	case undecided != "":
		return Undecided, score, undecided
	default:
		return Passed, score, ""
	}
}
