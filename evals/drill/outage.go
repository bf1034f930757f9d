package drill

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"switchboard/gateway/llm/llmtest"
)

// OutageModes are the ways in which the primary model can be down, or all of them.
var OutageModes = []string{"refuse", "hang", "500", "429", "all refuse", "all hang"}

// Outage kills the primary model, or all, under an open loop of turns, and lets it come back.
type Outage struct {
	Rig
	Mode       string        // of OutageModes
	Rate       float64       // turns a second
	For        time.Duration // the outage; half of it goes before, as much and 10 s come after
	FirstToken time.Duration // of the upstreams that are well
}

// OutageReport is what came of it.
type OutageReport struct {
	Mode         string        `json:"mode"`
	Before       Figures       `json:"before"`
	First        Figures       `json:"first"` // the 5 s after it died
	Later        Figures       `json:"later"`
	Back         Figures       `json:"back"`           // from when it came back
	Returned     time.Duration `json:"returned"`       // from when it came back to its first answer; negative if there was none
	CallsPerTurn float64       `json:"calls_per_turn"` // of both upstreams, probes included
	Wrong        []string      `json:"wrong"`
}

// longer is how much longer than the outage a model may stay out: it is looked at ever more seldom.
const longer = 10 * time.Second

// settled is by when after the primary's death latency must be normal again.
const settled = 5 * time.Second

// Run runs the drill.
func (o Outage) Run(ctx context.Context) (r OutageReport, err error) {
	r.Mode = o.Mode
	mode, all := strings.CutPrefix(o.Mode, "all ")
	var down atomic.Bool
	reply := wellAfter(o.FirstToken)
	dying := func(c llmtest.Call) llmtest.Script {
		if down.Load() {
			return downAs(mode)
		}
		return reply(c)
	}
	second := reply
	if all {
		second = dying
	}
	w, err := o.start(ctx, deadlines{2 * time.Second, 5 * time.Second, 20 * time.Second}, dying, second, "")
	if err != nil {
		return r, err
	}
	defer func() {
		if e := w.close(); err == nil {
			err = e
		}
	}()
	w.offer(ctx, o.Rate/4, 2*time.Second, w.askOnce) // connections are open and code is warm
	calls := w.primary.calls() + w.backup.calls()
	dies := o.For / 2
	returns := dies + o.For
	stop := w.at(dies, func() {
		down.Store(true)
		w.each(mode == "refuse", all, (*model).die)
	}, returns, func() {
		down.Store(false)
		w.each(mode == "refuse", all, (*model).comeBack)
	})
	samples := w.offer(ctx, o.Rate, returns+o.For+longer, w.askOnce)
	stop()
	r.Before, r.First = figures(samples, 0, dies), figures(samples, dies, dies+settled)
	r.Later, r.Back = figures(samples, dies+settled, returns), figures(samples, returns, 1<<62)
	r.Returned = -1
	for _, s := range samples {
		if s.At >= returns && s.Reply.Answer.Model == "primary" {
			r.Returned = s.At - returns
			break
		}
	}
	r.CallsPerTurn = float64(w.primary.calls()+w.backup.calls()-calls) / float64(len(samples))
	r.judge()
	return r, ctx.Err()
}

// each does something to the primary, and to the backup too where all is set.
func (w *rig) each(really, all bool, do func(*model)) {
	if !really {
		return
	}
	do(w.primary)
	if all {
		do(w.backup)
	}
}

// at does two things at their times, and returns what waits for both, or calls them off.
func (w *rig) at(first time.Duration, do func(), second time.Duration, then func()) (stop func()) {
	done := make(chan struct{})
	cancel := make(chan struct{})
	began := time.Now()
	go func() {
		defer close(done)
		for _, step := range []struct {
			at time.Duration
			do func()
		}{{first, do}, {second, then}} {
			select {
			case <-time.After(time.Until(began.Add(step.at))):
				step.do()
			case <-cancel:
				return
			}
		}
	}()
	return func() { close(cancel); <-done }
}

func downAs(mode string) llmtest.Script {
	switch mode {
	case "hang":
		return llmtest.Hang()
	case "429":
		return llmtest.Fail(429).WithRetryAfter("3")
	}
	return llmtest.Fail(500)
}

// judge holds the report against the targets: no failed turn, latency normal again 5 s after, no more than 1.1 calls a
// turn, and the traffic back where it belongs.
func (r *OutageReport) judge() {
	for name, f := range map[string]Figures{"before": r.Before, "first": r.First, "later": r.Later, "back": r.Back} {
		if n := f.failed(); n > 0 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%d failed turns %s", n, name))
		}
	}
	if r.Later.P99 > 2*r.Before.P99 {
		r.Wrong = append(r.Wrong, "p99 is not back within twice of normal after 5 s")
	}
	if r.CallsPerTurn > 1.1 {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%.3f calls a turn", r.CallsPerTurn))
	}
	if n := r.Before.Degraded + r.Later.Degraded; !strings.HasPrefix(r.Mode, "all ") && n > 0 {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%d turns were degraded, though the backup was well", n))
	}
	if r.Returned < 0 {
		r.Wrong = append(r.Wrong, "traffic did not return to the primary")
	}
}

// Print prints the report.
func (r OutageReport) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s\n  before  %s\n  5 s     %s\n  later   %s\n  back    %s\n  %.3f upstream calls a turn\n",
		r.Mode, r.Before, r.First, r.Later, r.Back, r.CallsPerTurn)
	if err == nil && r.Returned >= 0 {
		_, err = fmt.Fprintf(w, "  the primary answers again %s after it is back\n", round(r.Returned))
	}
	return printWrong(w, r.Wrong, err)
}
