package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
)

func TestWhy(t *testing.T) {
	l, err := ledger.Open(t.Context(), "sqlite://:memory:", ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // in memory
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := switchboard.Conversation{ID: "conv_1", CreatedAt: at}
	if err := l.OpenConversation(t.Context(), c, "A machine answers."); err != nil {
		t.Fatal(err)
	}
	turn := switchboard.Turn{
		ConversationID: "conv_1", ID: "msg_1", Question: "How much is roaming?", Lang: "en", StartedAt: at, Topic: "roaming", Scope: 0.9,
		Evidence: "enough", EvidenceScore: 0.75, Missing: []string{"cheap"}, Signs: map[string]float64{"coverage": 0.5},
		Passages: []switchboard.Passage{{ID: "roaming#1", DocumentID: "roaming", Title: "Roaming", Score: 3, Coverage: 0.5}},
		Said:     []switchboard.Checked{{Sentence: "It costs € 5.", Passages: []int{1}, Grounded: 0.8}},
		Stops:    []switchboard.Stop{{Guard: "quantity", Reason: switchboard.ReasonGuardQuantity, Detail: "€ 7 is in no cited passage", Sentence: "Or € 7."}},
		Attempts: []switchboard.Attempt{{Model: "primary", Outcome: "ok", Total: time.Second}},
		Answer: switchboard.Answer{
			Action: switchboard.ActionDegraded, Reason: switchboard.ReasonGuardQuantity, Text: "It costs € 5. [1]", Release: "rel_1", CreatedAt: at,
			Citations: []switchboard.Citation{{N: 1, DocumentID: "roaming", PassageID: "roaming#1", Title: "Roaming"}},
		},
	}
	if err := l.Record(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	if err := l.RecordRelease(t.Context(), switchboard.Release{ID: "rel_1", Snapshot: "kb_1", Policy: "pol_1"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Feedback(t.Context(), "conv_1", "msg_1", switchboard.Feedback{Rating: "down"}); err != nil {
		t.Fatal(err)
	}

	plain, err := gateway.Explain(t.Context(), l, "conv_1", "msg_1", false)
	if err != nil || plain.Record != nil || plain.Disclosure != "A machine answers." || plain.Checked != 1 || plain.Held != 1 || len(plain.Sources) != 1 {
		t.Fatalf("plainly: %+v, %v", plain, err)
	}
	for _, secret := range []string{"quantity", "€ 7", "0.75", "primary", "inside"} { // what would help to get round the policy
		if strings.Contains(strings.Join(plain.Explanation, " "), secret) {
			t.Errorf("the plain words tell %q: %q", secret, plain.Explanation)
		}
	}

	full, err := gateway.Explain(t.Context(), l, "conv_1", "msg_1", true)
	if err != nil || full.Record == nil || full.Record.Release.Snapshot != "kb_1" || !full.Record.Passages[0].Cited || len(full.Record.Feedback) != 1 {
		t.Fatalf("wholly: %+v, %v", full.Record, err)
	}
	for _, want := range []string{
		"The policy took it for roaming, 90 % inside its topics.",
		"1 passage was found; the evidence was judged enough, with a probability of 0.75 that they answer; no passage has cheap.",
		"The guard quantity stopped a sentence: € 7 is in no cited passage.", "The model primary was asked: ok after 1s.",
		"The customer rated it down.",
	} {
		if !slices.Contains(full.Explanation, want) {
			t.Errorf("nothing says %q: %q", want, full.Explanation)
		}
	}
	if _, err := gateway.Explain(t.Context(), l, "conv_1", "msg_2", true); switchboard.KindOf(err) != switchboard.NotFound {
		t.Errorf("an unknown message: %v", err)
	}
}
