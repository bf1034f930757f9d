//go:build llm

package llm_test

import (
	"cmp"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/llm"
)

// These tests run real turns against a real model: `make test-llm`, or deploy/llm/run.sh. They check the plumbing, not
// what the model says.

func liveModel(t *testing.T, change ...func(*llm.ModelConfig)) *llm.Model {
	t.Helper()
	url := os.Getenv("SWITCHBOARD_LLM_URL")
	if url == "" {
		t.Fatal("SWITCHBOARD_LLM_URL is not set: run this through deploy/llm/run.sh")
	}
	cold := 0.0
	c := llm.ModelConfig{
		Name: "live", BaseURL: url, Model: cmp.Or(os.Getenv("SWITCHBOARD_LLM_MODEL"), "smollm2-135m-instruct"),
		FirstTokenTimeout: 60 * time.Second, IdleTimeout: time.Minute, Timeout: 2 * time.Minute, Temperature: &cold, MaxTokens: 60,
		Price: llm.Price{Input: 0.1, Output: 0.2},
	}
	for _, f := range change {
		f(&c)
	}
	m, err := llm.NewModel(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func liveRequest(question string) llm.Request {
	return llm.Request{
		Messages: []switchboard.Message{
			{Role: switchboard.RoleSystem, Text: "You answer customers of a phone company in one short sentence. Use only this passage: [1] A day pass for Switzerland costs €4.99."},
			{Role: switchboard.RoleUser, Text: question},
		},
		Question: question,
		Passages: []switchboard.Passage{{ID: "p#1", DocumentID: "p", Lang: "en", Text: "A day pass for Switzerland costs €4.99."}},
	}
}

func TestLiveStream(t *testing.T) {
	m := liveModel(t)
	pieces := 0
	var text strings.Builder
	c, err := m.Complete(within(t, 2*time.Minute), liveRequest("How much is a day pass for Switzerland?"), func(s string) error {
		pieces++
		text.WriteString(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := c.Attempts[0]
	t.Logf("%q in %d pieces, finish %q, first token %s, total %s, %d in, %d out", c.Text, pieces, c.Finish, a.FirstToken, a.Total,
		a.InputTokens, a.OutputTokens)
	if pieces < 3 || text.String() != c.Text || (c.Finish != "stop" && c.Finish != "length") {
		t.Errorf("%d pieces, finish %q", pieces, c.Finish)
	}
	if a.InputTokens < 30 || a.InputTokens > 300 || a.OutputTokens < pieces/2 || a.Cost == 0 || a.FirstToken <= 0 || a.FirstToken > a.Total {
		t.Errorf("attempt %+v", a)
	}
}

func TestLiveIsDeterministicAtTemperatureZero(t *testing.T) {
	m := liveModel(t)
	var first string
	for i := range 2 {
		c, err := m.Complete(within(t, 2*time.Minute), liveRequest("How much is a day pass?"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = c.Text
		} else if c.Text != first {
			t.Errorf("%q, then %q", first, c.Text)
		}
	}
}

func TestLiveLimit(t *testing.T) {
	c, err := liveModel(t, func(c *llm.ModelConfig) { c.MaxTokens = 5 }).
		Complete(within(t, 2*time.Minute), liveRequest("Tell me a very long story about a phone."), nil)
	if err != nil || c.Finish != "length" || c.Attempts[0].OutputTokens != 5 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLiveCancel(t *testing.T) {
	m := liveModel(t, func(c *llm.ModelConfig) { c.MaxTokens = 500 })
	ctx, leave := context.WithCancel(within(t, 2*time.Minute))
	var left time.Time
	c, err := m.Complete(ctx, liveRequest("Tell me a very long story about a phone."), func(string) error {
		if left.IsZero() {
			left = time.Now()
			leave()
		}
		return nil
	})
	if classOf(t, err) != llm.Cancelled || c.Attempts[0].Outcome != "cancelled" || c.Text == "" {
		t.Errorf("%+v, %v", c, err)
	}
	if took := time.Since(left); took > 100*time.Millisecond {
		t.Errorf("returned %s after the customer had left", took)
	}
	if _, err := m.Complete(within(t, 2*time.Minute), liveRequest("Hello?"), nil); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestLiveTooLong(t *testing.T) {
	req := liveRequest(strings.Repeat("How much is a day pass for Switzerland? ", 2000))
	_, err := liveModel(t).Complete(within(t, 2*time.Minute), req, nil)
	if got := classOf(t, err); got != llm.ContextLength {
		t.Errorf("class %s (%v), want context_length", got, err)
	}
}

func TestLiveChain(t *testing.T) {
	dead := newModel(t, "dead", "http://127.0.0.1:1/v1")
	chain := llm.NewChain(llm.InOrder(dead, liveModel(t)), llm.Extractive{}, llm.ChainOptions{})
	c, err := chain.Complete(within(t, 2*time.Minute), liveRequest("How much is a day pass?"), nil)
	if err != nil || outcomes(c) != "dead connect, live ok" || !c.FailedOver || c.Extractive {
		t.Errorf("%+v, %v", c, err)
	}
}
