package drill

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"switchboard"
)

// mostUnderWay bounds the turns under way of an open loop: a gateway that hangs must not take the drill with it.
const mostUnderWay = 8192

// sample is one turn of a load.
type sample struct {
	At    time.Duration // from the load's begin to when the turn was due
	Took  time.Duration // from when it was due to its end, so that a late start counts
	Reply Reply
	Err   error
}

// fault says what a customer would complain of, "" if nothing.
func (s sample) fault() string {
	r := s.Reply
	switch {
	case s.Err != nil:
		return "connection: " + cause(s.Err)
	case r.Status != 200:
		return fmt.Sprintf("status %d", r.Status)
	case !r.Whole():
		return "not whole"
	case r.Failed != "":
		return "error part"
	case strings.TrimSpace(r.Text) == "":
		return "nothing said"
	case r.Answer.Action != switchboard.ActionAnswer && r.Answer.Action != switchboard.ActionDegraded:
		return "action " + string(r.Answer.Action)
	}
	return ""
}

// cause is an error without what differs from one to the next.
func cause(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return text
}

// offer asks in an open loop: rate turns a second for so long, whether or not those before have ended. It returns when
// all have, in the order in which they were due.
func (w *rig) offer(ctx context.Context, rate float64, during time.Duration, ask func(ctx context.Context, conv Conversation) (Reply, error)) []sample {
	ctx, cancel := context.WithTimeout(ctx, during+2*time.Minute)
	defer cancel()
	n := int(rate * during.Seconds())
	samples := make([]sample, n)
	room := make(chan struct{}, mostUnderWay)
	convs := w.openAhead(ctx, n)
	var turns sync.WaitGroup
	began := time.Now()
	for i := range samples {
		due := time.Duration(float64(i) / rate * float64(time.Second))
		if sleep(ctx, time.Until(began.Add(due))) != nil {
			break
		}
		room <- struct{}{}
		turns.Go(func() {
			defer func() { <-room }()
			s := sample{At: due}
			if conv, ok := <-convs; ok {
				s.Reply, s.Err = ask(ctx, conv)
			} else {
				s.Err = fmt.Errorf("no conversation could be opened")
			}
			s.Took = time.Since(began) - due
			samples[i] = s
		})
	}
	turns.Wait()
	return samples
}

// openAhead opens n conversations, some time before they are asked for.
func (w *rig) openAhead(ctx context.Context, n int) <-chan Conversation {
	convs := make(chan Conversation, 256)
	jobs := make(chan struct{})
	go func() {
		defer close(jobs)
		for range n {
			select {
			case jobs <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	var openers sync.WaitGroup
	for range 4 {
		openers.Go(func() {
			for range jobs {
				conv, err := w.customer.Open(ctx)
				if err != nil {
					continue // the turn that waits for it fails, and says so
				}
				select {
				case convs <- conv:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		openers.Wait()
		close(convs)
	}()
	return convs
}

// askOnce asks the question in a conversation.
func (w *rig) askOnce(ctx context.Context, conv Conversation) (Reply, error) {
	return w.customer.Ask(ctx, conv, Message{Text: question})
}

// Figures are about the turns of one stretch of time.
type Figures struct {
	Turns    int            `json:"turns"`
	Failed   map[string]int `json:"failed"` // why to how many
	Degraded int            `json:"degraded"`
	P50      time.Duration  `json:"p50"` // of those that did not fail
	P99      time.Duration  `json:"p99"`
	Max      time.Duration  `json:"max"`
	Models   map[string]int `json:"models"` // who answered
}

// figures sums up the turns that were due in a stretch.
func figures(samples []sample, from, to time.Duration) Figures {
	f := Figures{Failed: map[string]int{}, Models: map[string]int{}}
	var took []time.Duration
	for _, s := range samples {
		if s.At < from || s.At >= to {
			continue
		}
		f.Turns++
		if why := s.fault(); why != "" {
			f.Failed[why]++
			continue
		}
		if s.Reply.Answer.Action == switchboard.ActionDegraded {
			f.Degraded++
		}
		f.Models[cmp.Or(s.Reply.Answer.Model, "none")]++
		took = append(took, s.Took)
	}
	f.P50, f.P99, f.Max = percentile(took, 50), percentile(took, 99), percentile(took, 100)
	return f
}

func (f Figures) failed() (n int) {
	for _, c := range f.Failed {
		n += c
	}
	return n
}

func (f Figures) String() string {
	s := fmt.Sprintf("%d turns, %d failed, %d degraded; p50 %s, p99 %s, max %s; by %v", f.Turns, f.failed(), f.Degraded,
		round(f.P50), round(f.P99), round(f.Max), f.Models)
	if len(f.Failed) > 0 {
		s += fmt.Sprintf("; failed: %v", f.Failed)
	}
	return s
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

// percentile is the nearest rank; 0 of nothing.
func percentile(list []time.Duration, p float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
}

// slope fits a line through points by least squares and returns how much y grows for one of x.
func slope(x, y []float64) float64 {
	n := float64(len(x))
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}
