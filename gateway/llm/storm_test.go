package llm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

// TestStorm: whatever upstreams and customers do, all at once, a customer who stays has a whole reply in which no sentence
// is torn, lost or said twice, every attempt is accounted for, and nothing is left behind (TestMain looks for goroutines).
func TestStorm(t *testing.T) {
	const turns, atOnce = 400, 20
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(n int) int { mu.Lock(); defer mu.Unlock(); return rng.IntN(n) }
	text := "First one. Second one. Third one."
	faults := []llmtest.Script{
		llmtest.Say(text), llmtest.Say(text), llmtest.Say(text), llmtest.Say(text), llmtest.Fail(429), llmtest.Fail(500), llmtest.Hang(),
		llmtest.Stream(llmtest.Text("First one. Sec"), llmtest.Cut()), llmtest.Stream(llmtest.Text("First one. Second one. "), llmtest.Stall()),
		llmtest.Stream(llmtest.Text("First one."), llmtest.ErrorEvent("no")), llmtest.Stream(llmtest.NoChoices(), llmtest.Done()),
		llmtest.Stream(llmtest.Text("First one. Second"), llmtest.Done()), llmtest.Stream(llmtest.Garbage()),
	}
	p := newPair(t, llm.ChainOptions{Breaker: llm.BreakerConfig{Failures: -1}}, quick)
	for _, srv := range []*llmtest.Server{p.primary, p.backup} {
		srv.Reply(func(llmtest.Call) llmtest.Script { return faults[pick(len(faults))] })
	}
	var wg sync.WaitGroup
	gate := make(chan struct{}, atOnce)
	for range turns {
		gate <- struct{}{}
		wg.Add(1)
		leaves := pick(8) == 0
		go func() {
			defer func() { <-gate; wg.Done() }()
			oneOfTheStorm(t, p.chain, leaves)
		}()
	}
	wg.Wait()
}

func oneOfTheStorm(t *testing.T, chain *llm.Chain, leaves bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r := &reader{}
	req := ask()
	req.Resume = r.resume
	left := errors.New("left")
	c, err := chain.Complete(ctx, req, func(s string) error {
		if leaves {
			return left
		}
		return r.emit(s)
	})
	if leaves {
		if err != nil && !errors.Is(err, left) {
			t.Errorf("left: %v", err)
		}
		return
	}
	if err != nil || r.text() != c.Text {
		t.Errorf("reader has %q, chain says %q, %v", r.text(), c.Text, err)
	}
	for _, sentence := range []string{"First one.", "Second one.", "Third one.", quoted} {
		if strings.Count(c.Text, sentence) > 1 {
			t.Errorf("said twice: %q", c.Text)
		}
	}
	whole := strings.TrimSpace(strings.NewReplacer("First one.", "", "Second one.", "", "Third one.", "", quoted, "").Replace(c.Text))
	if whole != "" {
		t.Errorf("torn: %q", c.Text)
	}
	if !c.Extractive && !strings.HasSuffix(c.Text, "Third one.") {
		t.Errorf("lost: %q", c.Text)
	}
	if n := len(c.Attempts); n == 0 || n > 4 || c.Attempts[n-1].Outcome != string(llm.OK) && !c.Extractive {
		t.Errorf("attempts %+v", c.Attempts)
	}
}
