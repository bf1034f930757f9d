package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
)

func conversationRoundTrip(t *testing.T, s *suite) {
	l := s.open(t)
	want := switchboard.Conversation{
		ID: "conv_1", Locale: "es-MX", Audiences: []string{"public", "business"}, Disclosure: "Soy un programa.", CreatedAt: s.now,
		Context: map[string]string{"page": "/roaming", "plan": "Mobil L"}, Turns: []switchboard.Turn{},
	}
	ok(t, l.OpenConversation(t.Context(), want, "Soy un programa."))
	if diff := cmp.Diff(want, must(l.Conversation(t.Context(), "conv_1"))(t)); diff != "" {
		t.Error(diff)
	}
	isKind(t, l.OpenConversation(t.Context(), want, ""), switchboard.Conflict)
	_, err := l.Conversation(t.Context(), "conv_2")
	isKind(t, err, switchboard.NotFound)
	_, err = l.Transcript(t.Context(), "conv_2")
	isKind(t, err, switchboard.NotFound)
}

// wholeTurn has a value in every field that is kept.
func wholeTurn(at time.Time) switchboard.Turn {
	return switchboard.Turn{
		ConversationID: "conv_1", ClientMessageID: "c-1", ID: "msg_1", Question: "Roaming for [NAME_1]?", Lang: "en",
		StartedAt: at, Topic: "roaming", Scope: 0.75, Evidence: "enough", Grounded: 0.5,
		Passages: []switchboard.Passage{{
			ID: "p1", DocumentID: "roaming", Title: "Roaming", Section: []string{"Europe", "Zone 2"}, URL: "https://x.example/r",
			Lang: "en", Audience: "public", Text: "Switzerland: € 7 a day.", Score: 12.5, Coverage: 0.9,
		}},
		Choices: []string{"calls", "data"},
		Stops: []switchboard.Stop{{
			Guard: "quantity", Reason: switchboard.ReasonGuardQuantity, Detail: "€ 8", Sentence: "It is € 8.",
		}},
		Attempts: []switchboard.Attempt{{
			Model: "m", Outcome: "ok", FirstToken: time.Second, Total: 2 * time.Second,
			InputTokens: 900, OutputTokens: 40, Cost: 305000,
		}},
		Answer: switchboard.Answer{
			ID: "msg_1", ConversationID: "conv_1", Role: switchboard.RoleAssistant, Action: switchboard.ActionHandoff,
			Text: "€ 7 a day. [1]", Reason: switchboard.ReasonUrgent,
			Citations: []switchboard.Citation{{
				N: 1, DocumentID: "roaming", PassageID: "p1", Title: "Roaming", URL: "https://x.example/r", Quote: "€ 7",
			}},
			Suggestions: []string{"And calls?"},
			Handoff:     &switchboard.Handoff{State: switchboard.HandoffRequested, Reference: "H-1"},
			Release:     "rel_1", Prompt: "answer@1f2e3d4c", Model: "m",
			Latency:   switchboard.Latency{Total: 812.25, FirstSentence: 400.5, Retrieve: 4.125, Model: 780, Verify: 1.5},
			Usage:     switchboard.Usage{InputTokens: 900, OutputTokens: 40, CostUSD: 0.000305},
			CreatedAt: at.Add(time.Second),
		},
	}
}

func turnRoundTrip(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	want := wholeTurn(s.now.Add(123456 * time.Microsecond))
	record(l, t, want)
	if diff := cmp.Diff(want, must(l.Turn(t.Context(), "conv_1", "msg_1"))(t)); diff != "" {
		t.Errorf("by id: %s", diff)
	}
	if diff := cmp.Diff(want, must(l.TurnByClientID(t.Context(), "conv_1", "c-1"))(t)); diff != "" {
		t.Errorf("by the client's id: %s", diff)
	}
	if diff := cmp.Diff([]switchboard.Turn{want}, must(l.Transcript(t.Context(), "conv_1"))(t).Turns); diff != "" {
		t.Errorf("in the transcript: %s", diff)
	}
	want.Passages, want.Stops, want.Attempts = nil, nil, nil
	if diff := cmp.Diff([]switchboard.Turn{want}, must(l.Conversation(t.Context(), "conv_1"))(t).Turns); diff != "" {
		t.Errorf("in the conversation: %s", diff)
	}
	for _, missing := range [][2]string{{"conv_1", "msg_2"}, {"conv_2", "msg_1"}, {"conv_1", ""}, {"", ""}} {
		_, err := l.Turn(t.Context(), missing[0], missing[1])
		isKind(t, err, switchboard.NotFound)
		_, err = l.TurnByClientID(t.Context(), missing[0], missing[1])
		isKind(t, err, switchboard.NotFound)
	}
}

func latestTurns(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	for n := range 60 {
		record(l, t, turn("conv_1", n, s.now))
	}
	got := must(l.Conversation(t.Context(), "conv_1"))(t).Turns
	if len(got) != 8 {
		t.Fatalf("%d turns, want 8", len(got))
	}
	for i, each := range got {
		if want := turn("conv_1", i+52, s.now); each.ID != want.ID {
			t.Fatalf("turn %d is %s, want %s", i, each.ID, want.ID)
		}
	}
	if n := len(must(l.Transcript(t.Context(), "conv_1"))(t).Turns); n != 60 {
		t.Errorf("the transcript has %d turns, want 60", n)
	}
	if got[0].Answer.Citations == nil || got[0].Answer.Suggestions == nil {
		t.Error("empty lists are null")
	}
}

func oddText(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	odd := turn("conv_1", 1, s.now)
	odd.Question, odd.Answer.Text = "nul \x00 half \xff 🦊 ' \" \\", "\x00"
	odd.Choices = []string{"nul \x00 half \xff"}
	record(l, t, odd)
	got := must(l.Turn(t.Context(), "conv_1", odd.ID))(t)
	if want := switchboard.Masked("nul \uFFFD half \uFFFD 🦊 ' \" \\"); got.Question != want {
		t.Errorf("question %q, want %q", got.Question, want)
	}
	nan := turn("conv_1", 2, s.now)
	nan.Passages = []switchboard.Passage{{Score: math.NaN()}}
	isKind(t, l.Record(t.Context(), nan), switchboard.Internal)
	for _, id := range []string{"\x00", "\xff", ""} {
		_, err := l.Conversation(t.Context(), id)
		isKind(t, err, switchboard.NotFound)
		isKind(t, l.CSAT(t.Context(), id, switchboard.CSAT{Score: 1}), switchboard.NotFound)
		_, err = l.Erase(t.Context(), id)
		isKind(t, err, switchboard.NotFound)
	}
}

func recordConflicts(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	conversation(l, t, "conv_2", s.now)
	first := turn("conv_1", 1, s.now)
	first.ClientMessageID = "c-1"
	record(l, t, first)
	for _, test := range []struct {
		name         string
		conversation string
		n            int
		client       string
		want         switchboard.Kind
	}{
		{"the same turn", "conv_1", 1, "c-1", switchboard.Conflict},
		{"the same turn id", "conv_1", 1, "c-2", switchboard.Conflict},
		{"the same client id", "conv_1", 2, "c-1", switchboard.Conflict},
		{"the same client id elsewhere", "conv_2", 3, "c-1", ""},
		{"no client id", "conv_1", 4, "", ""},
		{"no client id again", "conv_1", 5, "", ""},
		{"an unknown conversation", "conv_3", 6, "", switchboard.NotFound},
	} {
		next := turn(test.conversation, test.n, s.now)
		next.ClientMessageID = test.client
		if err := l.Record(t.Context(), next); switchboard.KindOf(err) != test.want {
			t.Errorf("%s: error %v, want kind %q", test.name, err, test.want)
		}
	}
	if n := len(must(l.Transcript(t.Context(), "conv_1"))(t).Turns); n != 3 {
		t.Errorf("conv_1 has %d turns, want 3", n)
	}
}

func recordOpens(t *testing.T, s *suite) {
	l := s.open(t)
	opens := switchboard.Conversation{ID: "conv_1", Locale: "de", Audiences: []string{"public"}, CreatedAt: s.now,
		Turns: []switchboard.Turn{turn("conv_1", 7, s.now)}}
	first, second := turn("conv_1", 1, s.now), turn("", 2, s.now)
	first.Opens, second.Opens = &opens, &opens
	record(l, t, first, second)
	got := must(l.Conversation(t.Context(), "conv_1"))(t)
	if got.Locale != "de" || len(got.Turns) != 2 {
		t.Errorf("locale %q, %d turns; want de with the 2 that were recorded", got.Locale, len(got.Turns))
	}
	isKind(t, l.Record(t.Context(), first), switchboard.Conflict)
}

func recordConcurrently(t *testing.T, s *suite) {
	ledgers := s.several(t, 2)
	const conversations, turns = 8, 25
	var group sync.WaitGroup
	for c := range conversations {
		id := fmt.Sprintf("conv_%d", c)
		conversation(ledgers[0], t, id, s.now)
		for n := range turns {
			group.Go(func() {
				l := ledgers[n%len(ledgers)]
				if err := l.Record(t.Context(), turn(id, n, s.now)); err != nil {
					t.Error(err)
				}
				if err := l.Record(t.Context(), turn(id, n, s.now)); !errors.Is(err, switchboard.Conflict) {
					t.Errorf("the same turn again: error %v, want conflict", err)
				}
			})
		}
	}
	group.Wait()
	for c := range conversations {
		if n := len(must(ledgers[0].Transcript(t.Context(), fmt.Sprintf("conv_%d", c)))(t).Turns); n != turns {
			t.Errorf("conversation %d has %d turns, want %d", c, n, turns)
		}
	}
}

func recordAfterClose(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	var group sync.WaitGroup
	for n := range 50 {
		group.Go(func() {
			if err := l.Record(t.Context(), turn("conv_1", n, s.now)); err != nil && !errors.Is(err, switchboard.Unavailable) {
				t.Errorf("while closing: %v", err)
			}
		})
	}
	ok(t, l.Close())
	group.Wait()
	ok(t, l.Close())
	isKind(t, l.Record(t.Context(), turn("conv_1", 99, s.now)), switchboard.Unavailable)
	_, err := l.Conversation(t.Context(), "conv_1")
	isKind(t, err, switchboard.Unavailable)
}

func recordCancelled(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Record(ctx, turn("conv_1", 1, s.now)); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if _, err := l.Conversation(ctx, "conv_1"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	record(l, t, turn("conv_1", 2, s.now))
}
