package gateway_test

import (
	"context"
	"slices"
	"testing"

	"switchboard"
)

// TestOnlyWhatTheScopeDecidesIsEmbedded: masked, once a turn, and nobody in danger waits for it. Without a vector the
// turn goes on.
func TestOnlyWhatTheScopeDecidesIsEmbedded(t *testing.T) {
	b := newBot(t)
	var asked []switchboard.Masked
	b.rt.Meaning = func(_ context.Context, text switchboard.Masked) []float32 {
		asked = append(asked, text)
		return nil
	}
	for _, text := range []string{"hello", "I want to talk to a human"} {
		b.ask(b.open(), text)
	}
	if len(asked) > 0 {
		t.Errorf("embedded: %q", asked)
	}
	a, _ := b.ask(b.open(), "How much is roaming in Switzerland? Write to jo@example.com")
	if want := []switchboard.Masked{"How much is roaming in Switzerland? Write to [EMAIL_1]"}; !slices.Equal(asked, want) || a.Action != switchboard.ActionAnswer {
		t.Errorf("embedded %q, want %q; %s", asked, want, a.Action)
	}
}
