package drill

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"switchboard/gateway/llm/llmtest"
)

// Streams keeps many slow replies open at once, and looks at the gateway's memory.
type Streams struct {
	Rig
	AtOnce int
	For    time.Duration
	Gap    time.Duration // between two words
}

// mostResident is how much memory 1,000 streams may take, in MB.
const mostResident = 200

// Run runs the drill. The report's turns are those that were told to their end.
func (s Streams) Run(ctx context.Context) (r SoakReport, err error) {
	reply := func(c llmtest.Call) llmtest.Script { return speak(c).WithGap(s.Gap) }
	w, err := s.start(ctx, deadlines{20 * time.Second, 20 * time.Second, 2 * time.Minute}, reply, reply,
		fmt.Sprintf("limits: {turns: %d}\n", 2*s.AtOnce))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if r.Before, err = w.state(ctx); err != nil {
		return r, err
	}
	w.say("before: %s", r.Before)
	run := &soaking{rig: w, r: &r}
	until, cancel := context.WithTimeout(ctx, s.For)
	defer cancel()
	began := time.Now()
	watch := w.watch(ctx)
	var customers sync.WaitGroup
	for i := range s.AtOnce {
		customers.Go(func() {
			// They do not all begin in the same moment.
			if sleep(until, time.Duration(i)*10*time.Second/time.Duration(s.AtOnce)) != nil {
				return
			}
			for until.Err() == nil {
				run.turn(ctx)
			}
		})
	}
	customers.Wait()
	samples := watch()
	r.Took = time.Since(began)
	r.fit(samples)
	w.customer.Close()
	w.primary.close()
	w.backup.close()
	if r.After, err = w.settle(ctx, r.Before, settleWithin); err != nil {
		return r, err
	}
	r.judge(false)
	if r.PeakRSSMB > mostResident {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%.0f MB resident, at most %d are wanted", r.PeakRSSMB, mostResident))
	}
	return r, ctx.Err()
}
