package evals

import (
	"context"
	"errors"
	"sync"
	"time"

	"switchboard"
)

// Options are the settings of a run. The zero value is a good one.
type Options struct {
	Concurrency int           // conversations at a time; 0 is 4
	Repeat      int           // times that each case is asked; 0 is 1
	Timeout     time.Duration // of one case; 0 is two minutes
	// AllowUnsupported lets a run pass in which cases could not be decided. They are reported all the same.
	AllowUnsupported bool
	// Progress is called after each case, never twice at a time, in the order in which cases end.
	Progress func(done, total int, r Result)
	Now      func() time.Time // nil is the wall clock; for the times in the report
}

const (
	defaultConcurrency = 4
	defaultTimeout     = 2 * time.Minute
)

// Result is one case as it was asked once.
type Result struct {
	Case     Case
	Repeat   int // 0 for the first time
	Status   Status
	Score    float64 // 0..1; 0 where the case was not decided
	Reason   string  // why it did not pass
	Reply    Reply
	Outcomes []Outcome
}

// Run asks each case of the suite and scores the replies. Results come in the order of the suite, whatever ended
// first. It returns an error only where the run itself could not be ended: the context's.
func Run(ctx context.Context, s Suite, t Target, o Options) (Report, error) {
	o = o.filled()
	began := o.Now()
	jobs := make([]Result, 0, len(s.Cases)*o.Repeat)
	for _, c := range s.Cases {
		for n := range o.Repeat {
			jobs = append(jobs, Result{Case: c, Repeat: n})
		}
	}
	next := make(chan *Result)
	var workers sync.WaitGroup
	var progress sync.Mutex
	done := 0
	for range min(o.Concurrency, len(jobs)) {
		workers.Go(func() {
			for r := range next {
				r.run(ctx, t, o.Timeout)
				progress.Lock()
				done++
				if o.Progress != nil {
					o.Progress(done, len(jobs), *r)
				}
				progress.Unlock()
			}
		})
	}
	for i := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- &jobs[i]
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	r := Report{
		Suite: s.Name, Description: s.Description, Target: t.Name(), StartedAt: began, Took: o.Now().Sub(began),
		Repeat: o.Repeat, AllowUnsupported: o.AllowUnsupported, Results: jobs, Ignored: s.Ignored,
	}
	r.summarise(s.Gate)
	return r, nil
}

func (o Options) filled() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.Repeat <= 0 {
		o.Repeat = 1
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// run asks the case and scores the reply.
func (r *Result) run(ctx context.Context, t Target, timeout time.Duration) {
	c := r.Case
	if c.Unsupported != "" {
		r.Status, r.Reason = Undecided, c.Unsupported
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	messages := append(append([]string{}, c.History...), c.Question)
	reply, err := t.Ask(ctx, Script{Locale: c.Locale, Audiences: c.Audiences, AsOf: c.AsOf, Messages: messages})
	var unknown *Unsupported
	switch {
	case errors.As(err, &unknown):
		r.Status, r.Reason = Undecided, unknown.Text
		return
	case err != nil:
		r.Status, r.Reason = Errored, err.Error()
		return
	}
	r.Reply = reply
	for _, a := range c.Assert {
		r.Outcomes = append(r.Outcomes, assess(ctx, a, reply))
	}
	r.Status, r.Score, r.Reason = combine(r.Outcomes, c.Threshold)
	if r.Status == Undecided {
		r.Score = 0 // what was not decided has none
	}
}

// release is what the reply was made under.
func (r Result) release() switchboard.ReleaseID { return r.Reply.Answer.Release }
