package llm_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

// TestMain fails the run if a goroutine is left over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStub(t testing.TB) *llmtest.Server {
	t.Helper()
	srv := llmtest.NewServer(llmtest.Options{})
	t.Cleanup(srv.Close)
	return srv
}

// newModel has deadlines that a busy machine keeps where nothing is wrong.
func newModel(t testing.TB, name, url string, change ...func(*llm.ModelConfig)) *llm.Model {
	t.Helper()
	c := llm.ModelConfig{
		Name: name, BaseURL: url, Model: "stub", Price: llm.Price{Input: 1, Output: 2},
		FirstTokenTimeout: 2 * time.Second, IdleTimeout: 2 * time.Second, Timeout: 6 * time.Second,
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

// apis is every wire protocol.
var apis = []llm.API{llm.OpenAI, llm.Azure, llm.Anthropic}

// speaking is a model of the stub that speaks the protocol.
func speaking(t testing.TB, api llm.API, srv *llmtest.Server, change ...func(*llm.ModelConfig)) *llm.Model {
	t.Helper()
	base := srv.Root
	if api == llm.OpenAI {
		base = srv.URL
	}
	set := func(c *llm.ModelConfig) { c.API, c.APIKey = api, "key" }
	return newModel(t, "primary", base, append([]func(*llm.ModelConfig){set}, change...)...)
}

// quick is for upstreams that are expected to hang.
func quick(c *llm.ModelConfig) {
	c.FirstTokenTimeout, c.IdleTimeout = 150*time.Millisecond, 150*time.Millisecond
}

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// ask is a request of 20 bytes: 5 tokens by the rule of thumb.
func ask() llm.Request {
	return llm.Request{
		Messages: []switchboard.Message{{Role: switchboard.RoleUser, Text: "twenty bytes of text"}},
		Question: "How much is a day pass?",
		Passages: []switchboard.Passage{{ID: "p#1", DocumentID: "p", Text: "A day pass costs €4.99.", Lang: "en"}},
	}
}

func classOf(t testing.TB, err error) llm.Class {
	t.Helper()
	var e *llm.Error
	if err == nil {
		return llm.OK
	}
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *llm.Error", err)
	}
	return e.Class
}

// eventually waits until it is so.
func eventually(t testing.TB, so func() bool) {
	t.Helper()
	ctx := within(t, 10*time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("it never came to be")
		}
	}
}
