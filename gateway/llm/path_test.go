package llm_test

import (
	"context"
	"testing"

	"switchboard"
	"switchboard/gateway/llm"
)

// instant is a model that answers at once.
type instant struct{ name string }

func (i instant) Name() string { return i.name }
func (i instant) Complete(_ context.Context, _ llm.Request, emit func(string) error) (llm.Completion, error) {
	return llm.Completion{Model: i.name, Text: "Yes.", Attempts: []switchboard.Attempt{{Model: i.name, Outcome: "ok"}}}, emit("Yes.")
}

// BenchmarkPath is what the chain itself costs a turn: breaker, room, pace, retries.
func BenchmarkPath(b *testing.B) {
	for _, bm := range []struct {
		name string
		o    llm.ChainOptions
	}{{"plain", llm.ChainOptions{}}, {"hedging", llm.ChainOptions{Hedge: true}}} {
		b.Run(bm.name, func(b *testing.B) {
			c := llm.NewChain(llm.InOrder(instant{"a"}, instant{"b"}), nil, bm.o)
			defer c.Close()
			req := ask()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Complete(context.Background(), req, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
