package llm_test

import (
	"context"
	"strings"
	"testing"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

// BenchmarkComplete asks for 20 tokens over a loopback socket. The stub's own work is part of the figure.
func BenchmarkComplete(b *testing.B) {
	text := strings.TrimSpace(strings.Repeat("token ", 20))
	srv := llmtest.NewServer(llmtest.Options{Reply: func(llmtest.Call) llmtest.Script { return llmtest.Say(text) }})
	defer srv.Close()
	m, err := llm.NewModel(llm.ModelConfig{Name: "bench", BaseURL: srv.URL, Model: "stub"})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	chain := llm.NewChain(llm.InOrder(m), llm.Extractive{}, llm.ChainOptions{})
	req := llm.Request{Messages: []switchboard.Message{{Role: switchboard.RoleUser, Text: strings.Repeat("word ", 400)}}}
	b.ReportAllocs()
	for b.Loop() {
		c, err := chain.Complete(context.Background(), req, func(string) error { return nil })
		if err != nil || c.Text != text {
			b.Fatal(c.Text, err)
		}
	}
}
