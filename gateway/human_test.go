package gateway_test

import (
	"strings"
	"testing"

	"switchboard"
)

// TestAPersonTakesOver: the bot is silent from an agent's first message until the release, says why once, and keeps what the
// agent wrote in the agent's own words but for what only the customer has.
func TestAPersonTakesOver(t *testing.T) {
	b := newBot(t)
	id := b.open()
	asked, _ := b.ask(id, "I want to talk to a human")
	reference := asked.Handoff.Reference
	tell := func(event string, kind switchboard.HandoffEventKind, text string) bool {
		t.Helper()
		taken, err := b.HandoffEvent(t.Context(), switchboard.HandoffEvent{ID: event, Kind: kind, Reference: reference, Text: switchboard.Masked(text)})
		if err != nil {
			t.Fatal(err)
		}
		return taken
	}
	words := "Hello, my name is Ana Ruiz. Call me on +353 1 555 0100.\u202e\x07"
	if !tell("e1", switchboard.HandoffMessage, words) || tell("e1", switchboard.HandoffMessage, words) {
		t.Error("the first event counts once")
	}
	tell("e2", switchboard.HandoffMessage, "Is your card 4111 1111 1111 1111?")
	first, _ := b.ask(id, "Hello Ana")
	second, _ := b.ask(id, "How much is roaming in Switzerland?")
	if first.Reason != switchboard.ReasonWithHuman || first.Text == "" || second.Reason != switchboard.ReasonWithHuman || second.Text != "" {
		t.Errorf("first %s %q, second %s %q", first.Reason, first.Text, second.Reason, second.Text)
	}
	conv, err := b.ledger.Transcript(t.Context(), id)
	if err != nil || len(conv.Agent) != 2 || !conv.WithHuman {
		t.Fatalf("%d lines, with a human: %v, error %v", len(conv.Agent), conv.WithHuman, err)
	}
	if got := string(conv.Agent[0].Text); got != "Hello, my name is Ana Ruiz. Call me on +353 1 555 0100." {
		t.Errorf("the agent's words are %q", got)
	}
	if got := string(conv.Agent[1].Text); !strings.Contains(got, "[CARD_1]") || strings.Contains(got, "4111") {
		t.Errorf("the customer's card stands in %q", got)
	}
	tell("e3", switchboard.HandoffClosed, "")
	if tell("e4", switchboard.HandoffMessage, "One more thing") {
		t.Error("a message after the release was taken in")
	}
	if a, _ := b.ask(id, "How much is roaming in Switzerland?"); a.Action != switchboard.ActionAnswer {
		t.Errorf("after the release: %s (%s)", a.Action, a.Reason)
	}
}

// TestTheSummary: what was asked and what came of it, masked, before the request itself.
func TestTheSummary(t *testing.T) {
	b := newBot(t)
	id := b.open()
	b.ask(id, "How much is roaming in Switzerland?")
	b.ask(id, "Can I use a smart watch with its own number on my plan?")
	a, _ := b.ask(id, "I want to talk to a human, I am ana@mail.example")
	h, err := b.ledger.Handoff(t.Context(), a.Handoff.Reference)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Topic: ", "Language: en", "Asked: “How much is roaming in Switzerland?”\nThe bot: “", "(answer, quoted)",
		"smart watch", "The bot did not answer (handoff, no_evidence)", "Now: “I want to talk to a human, I am [EMAIL_1]”",
	} {
		if !strings.Contains(h.Summary, want) {
			t.Errorf("no %q in:\n%s", want, h.Summary)
		}
	}
}
