package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"switchboard/gateway/llm/llmtest"
)

// Soak sends many turns through a gateway, with random faults of the table and customers who leave at random moments,
// and looks whether the process takes up more afterwards than before.
type Soak struct {
	Rig
	Turns  int
	AtOnce int
	Faulty float64 // share of the primary's calls that go wrong; a third as many of the backup's do
	Leave  float64 // share of the customers who leave
}

// SoakReport is what came of it.
type SoakReport struct {
	Turns     int            `json:"turns"`
	Took      time.Duration  `json:"took"`
	Left      int            `json:"left"`
	Failed    map[string]int `json:"failed"`  // why to how many, of those who stayed
	Actions   map[string]int `json:"actions"` // of those who stayed
	Outcomes  map[string]int `json:"outcomes"`
	Before    state          `json:"before"`
	After     state          `json:"after"`
	PeakRSSMB float64        `json:"peak_rss_mb"`
	// RSSPerHour is the slope of the resident memory over the run without its first third, in MB an hour, and
	// RSSPer100k the same for 100,000 turns.
	RSSPerHour float64  `json:"rss_mb_per_hour"`
	RSSPer100k float64  `json:"rss_mb_per_100k_turns"`
	Wrong      []string `json:"wrong"`
}

// warmUp is how many turns go before the first look at the process's memory. Its goroutines and descriptors are looked
// at before any turn.
const warmUp = 500

// askedSoon is configuration that has models be asked again soon after they have failed: a soak is about what they do.
const askedSoon = "limits: {turns: 2048}\nrouting: {breaker: {failures: -1, open_for: 100ms}}\n"

// settleWithin bounds the wait for connections to be closed, the upstream's idle ones after 90 s included.
const settleWithin = 150 * time.Second

// Run runs the drill.
func (s Soak) Run(ctx context.Context) (r SoakReport, err error) {
	scripts := quickScripts()
	w, err := s.start(ctx, deadlines{time.Second, 500 * time.Millisecond, 3 * time.Second},
		sometimes(s.Faulty, scripts), sometimes(s.Faulty/3, scripts), askedSoon)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	fresh, err := w.state(ctx)
	if err != nil {
		return r, err
	}
	run := &soaking{Soak: s, rig: w, r: &r}
	run.turns(ctx, min(warmUp, s.Turns))
	r = SoakReport{}
	if r.Before, err = w.state(ctx); err != nil {
		return r, err
	}
	r.Before.Goroutines, r.Before.FDs = fresh.Goroutines, fresh.FDs
	w.say("before: %s", r.Before)
	began := time.Now()
	watch := w.watch(ctx)
	run.turns(ctx, s.Turns)
	samples := watch()
	r.Took = time.Since(began)
	r.fit(samples)
	if r.Outcomes, err = w.outcomes(ctx); err != nil {
		return r, err
	}
	w.customer.Close()
	w.primary.close()
	w.backup.close()
	if r.After, err = w.settle(ctx, r.Before, settleWithin); err != nil {
		return r, err
	}
	r.judge(true)
	return r, ctx.Err()
}

// quickScripts are the faults that can be played over and over: those of one HTTP response.
func quickScripts() (scripts []llmtest.Script) {
	for _, f := range Faults() {
		if f.Raw != nil || f.Refuse || f.Cert {
			continue
		}
		if scripts = append(scripts, f.Script); f.Mid != nil {
			late := llmtest.Stream(append([][]llmtest.Step{llmtest.Role(), llmtest.Text(sentences[0] + " " + torn)}, f.Mid)...)
			scripts = append(scripts, late)
		}
	}
	return scripts
}

// sometimes is a model that does something else now and then.
func sometimes(share float64, scripts []llmtest.Script) func(llmtest.Call) llmtest.Script {
	return func(c llmtest.Call) llmtest.Script {
		if rand.Float64() < share {
			return scripts[rand.IntN(len(scripts))]
		}
		return speak(c)
	}
}

// soaking is a soak under way.
type soaking struct {
	Soak
	rig *rig
	mu  sync.Mutex
	r   *SoakReport
}

// turns sends n turns, AtOnce at a time.
func (s *soaking) turns(ctx context.Context, n int) {
	next := make(chan struct{})
	var customers sync.WaitGroup
	for range s.AtOnce {
		customers.Go(func() {
			for range next {
				s.turn(ctx)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		if next <- struct{}{}; i > 0 && i%20_000 == 0 {
			s.rig.say("%d turns", i)
		}
	}
	close(next)
	customers.Wait()
}

// turn is one customer's message: some leave before the reply, some in the middle of it.
func (s *soaking) turn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	m := Message{Text: question}
	leaves := rand.Float64() < s.Leave
	if leaves && rand.IntN(2) == 0 {
		m.Hear = func(string) error { return errLeft }
	}
	conv, err := s.rig.customer.Open(ctx)
	if err == nil {
		if leaves && m.Hear == nil {
			ctx, cancel = context.WithTimeout(ctx, rand.N(30*time.Millisecond))
			defer cancel()
		}
		var reply Reply
		reply, err = s.rig.customer.Ask(ctx, conv, m)
		if !leaves {
			s.note(sample{Reply: reply, Err: err})
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.r.Turns++
		s.r.Left++
		return
	}
	s.note(sample{Err: err})
}

func (s *soaking) note(turn sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r.Failed == nil {
		s.r.Failed, s.r.Actions = map[string]int{}, map[string]int{}
	}
	s.r.Turns++
	if why := turn.fault(); why != "" {
		s.r.Failed[why]++
		return
	}
	s.r.Actions[string(turn.Reply.Answer.Action)+" "+string(turn.Reply.Answer.Reason)]++
}

// residence is how much memory a process has at some time.
type residence struct{ at, rssMB float64 } // hours, MB

// watch looks at the process's memory each second until the function that it returns is called.
func (w *rig) watch(ctx context.Context) (stop func() []residence) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan []residence, 1)
	began := time.Now()
	go func() {
		var seen []residence
		for sleep(ctx, time.Second) == nil {
			if now, err := w.state(ctx); err == nil {
				seen = append(seen, residence{time.Since(began).Hours(), now.RSSMB})
			}
		}
		done <- seen
	}()
	return func() []residence { cancel(); return <-done }
}

// fit notes the peak and the slope of the memory.
func (r *SoakReport) fit(seen []residence) {
	var x, y []float64
	for i, s := range seen {
		r.PeakRSSMB = max(r.PeakRSSMB, s.rssMB)
		if i >= len(seen)/3 {
			x, y = append(x, s.at), append(y, s.rssMB)
		}
	}
	r.RSSPerHour = slope(x, y)
	if r.Turns > 0 {
		r.RSSPer100k = r.RSSPerHour * r.Took.Hours() / float64(r.Turns) * 1e5
	}
}

// outcomes are the calls of models by how they ended, as the gateway counts them.
func (w *rig) outcomes(ctx context.Context) (map[string]int, error) {
	series, err := w.metrics(ctx)
	out := map[string]int{}
	for name, n := range series {
		if rest, ok := strings.CutPrefix(name, "switchboard_model_requests_total{"); ok {
			_, label, _ := strings.Cut(rest, `outcome="`)
			outcome, _, _ := strings.Cut(label, `"`)
			out[outcome] += int(n)
		}
	}
	return out, err
}

// few is by how much goroutines and descriptors may differ: the scrape itself has some.
const few = 10

// mostGrown is how much more memory than before a process may keep, in MB: garbage is collected when it likes.
const mostGrown = 40

// judge compares after with before; the heap where it is not mostly garbage that waits to be collected.
func (r *SoakReport) judge(heap bool) {
	wrong := func(bad bool, what string, args ...any) {
		if bad {
			r.Wrong = append(r.Wrong, fmt.Sprintf(what, args...))
		}
	}
	wrong(r.After.Goroutines > r.Before.Goroutines+few, "%d goroutines more than before", r.After.Goroutines-r.Before.Goroutines)
	wrong(r.After.FDs > r.Before.FDs+few, "%d file descriptors more than before", r.After.FDs-r.Before.FDs)
	wrong(heap && r.After.HeapMB > r.Before.HeapMB+mostGrown, "the heap has grown by %.0f MB", r.After.HeapMB-r.Before.HeapMB)
	wrong(len(r.Failed) > 0, "failed turns: %v", r.Failed)
}

// Print prints the report.
func (r SoakReport) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `%d turns in %s (%.0f a second), %d customers left
  actions   %v
  outcomes  %v
  before    %s
  after     %s
  resident memory at most %.0f MB, its slope %.1f MB an hour, %.1f MB per 100,000 turns
`, r.Turns, r.Took.Round(time.Second), float64(r.Turns)/r.Took.Seconds(), r.Left, r.Actions, r.Outcomes, r.Before, r.After,
		r.PeakRSSMB, r.RSSPerHour, r.RSSPer100k)
	return printWrong(w, r.Wrong, err)
}

func printWrong(w io.Writer, wrong []string, err error) error {
	for _, what := range wrong {
		if err == nil {
			_, err = fmt.Fprintln(w, "  BAD:", what)
		}
	}
	return err
}
