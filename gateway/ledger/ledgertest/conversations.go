package ledgertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/ledger"
)

func feedbackAndCSAT(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	conversation(l, t, "conv_2", s.now)
	first := turn("conv_1", 1, s.now)
	record(l, t, first)
	none := ledger.Opinion{Feedback: map[string]switchboard.Feedback{}}
	if diff := cmp.Diff(none, must(l.Opinion(t.Context(), "conv_1"))(t)); diff != "" {
		t.Error(diff)
	}
	down := switchboard.Feedback{Rating: "down", Reason: "wrong", Comment: "no, [NAME_1]", At: s.now.Add(time.Minute)}
	score := switchboard.CSAT{Score: 4, Comment: "fine", At: s.now.Add(time.Hour)}
	ok(t, l.Feedback(t.Context(), "conv_1", first.ID, switchboard.Feedback{Rating: "up"}))
	ok(t, l.Feedback(t.Context(), "conv_1", first.ID, down))
	ok(t, l.CSAT(t.Context(), "conv_1", switchboard.CSAT{Score: 1}))
	ok(t, l.CSAT(t.Context(), "conv_1", score))
	want := ledger.Opinion{Feedback: map[string]switchboard.Feedback{first.ID: down}, CSAT: &score}
	if diff := cmp.Diff(want, must(l.Opinion(t.Context(), "conv_1"))(t)); diff != "" {
		t.Error(diff)
	}
	isKind(t, l.Feedback(t.Context(), "conv_2", first.ID, down), switchboard.NotFound)
	isKind(t, l.Feedback(t.Context(), "conv_1", "msg_0", down), switchboard.NotFound)
	isKind(t, l.Feedback(t.Context(), "conv_3", first.ID, down), switchboard.NotFound)
	isKind(t, l.Feedback(t.Context(), "conv_1", first.ID, switchboard.Feedback{Rating: "meh"}), switchboard.InvalidField)
	isKind(t, l.CSAT(t.Context(), "conv_3", score), switchboard.NotFound)
	isKind(t, l.CSAT(t.Context(), "conv_1", switchboard.CSAT{Score: 6}), switchboard.InvalidField)
}

func listConversations(t *testing.T, s *suite) {
	l := s.open(t)
	for n := range 7 {
		id := fmt.Sprintf("conv_%d", n)
		conversation(l, t, id, s.now.Add(time.Duration(n/2)*time.Hour)) // two at a time
		each := turn(id, 1, s.now)
		if n%3 == 0 {
			each.Answer.Action, each.Answer.Reason = switchboard.ActionDecline, switchboard.ReasonOutOfScope
		}
		last := turn(id, 2, s.now)
		last.Question = "Thanks"
		record(l, t, each, last)
	}
	ok(t, l.Feedback(t.Context(), "conv_6", "msg_conv_6_0001", switchboard.Feedback{Rating: "down"}))
	ok(t, l.CSAT(t.Context(), "conv_6", switchboard.CSAT{Score: 2}))
	_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: "H-6", ConversationID: "conv_6"})
	ok(t, err)

	list, next, err := l.Conversations(t.Context(), ledger.Filter{Limit: 1})
	ok(t, err)
	want := []ledger.Summary{{
		ID: "conv_6", Locale: "en-IE", CreatedAt: s.now.Add(3 * time.Hour), UpdatedAt: s.now, Turns: 2, LastQuestion: "Thanks",
		LastAction: switchboard.ActionAnswer, LastReason: switchboard.ReasonGrounded, Downs: 1, CSAT: 2,
		Handoff: &switchboard.Handoff{State: switchboard.HandoffRequested, Reference: "H-6"},
	}}
	if diff := cmp.Diff(want, list); diff != "" || next == "" {
		t.Errorf("next %q: %s", next, diff)
	}
	for _, test := range []struct {
		name   string
		filter ledger.Filter
		want   string
	}{
		{"all", ledger.Filter{}, "6 5 4 3 2 1 0"},
		{"in pages", ledger.Filter{Limit: 2}, "6 5 | 4 3 | 2 1 | 0"},
		{"whole pages", ledger.Filter{Limit: 7}, "6 5 4 3 2 1 0"},
		{"by action", ledger.Filter{Action: switchboard.ActionDecline}, "6 3 0"},
		{"by reason, in pages", ledger.Filter{Reason: switchboard.ReasonOutOfScope, Limit: 2}, "6 3 | 0"},
		{"by both", ledger.Filter{Action: switchboard.ActionAnswer, Reason: switchboard.ReasonOutOfScope}, "6 3 0"},
		{"since", ledger.Filter{Since: s.now.Add(2 * time.Hour)}, "6 5 4"},
		{"until", ledger.Filter{Until: s.now.Add(time.Hour)}, "1 0"},
		{"none", ledger.Filter{Action: "'; DROP TABLE turns; --"}, ""},
	} {
		if got := pages(t, l, test.filter); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	for _, bad := range []string{"x", "!.conv_1", ".", "zzzzzzzzzzzzzzzzzzzz.conv_1"} {
		_, _, err = l.Conversations(t.Context(), ledger.Filter{Cursor: bad})
		isKind(t, err, switchboard.InvalidField)
	}
}

// pages lists the numbers of all conversations that match, page by page.
func pages(t *testing.T, l *ledger.Ledger, f ledger.Filter) string {
	t.Helper()
	out := ""
	for {
		list, next, err := l.Conversations(t.Context(), f)
		ok(t, err)
		for i, c := range list {
			if i > 0 {
				out += " "
			}
			out += c.ID[len("conv_"):]
		}
		if next == "" {
			return out
		}
		out += " | "
		f.Cursor = next
	}
}

func erase(t *testing.T, s *suite) {
	l := s.open(t)
	for _, id := range []string{"conv_1", "conv_2"} {
		conversation(l, t, id, s.now)
		record(l, t, turn(id, 1, s.now), turn(id, 2, s.now))
		ok(t, l.Feedback(t.Context(), id, turn(id, 1, s.now).ID, switchboard.Feedback{Rating: "up"}))
		ok(t, l.CSAT(t.Context(), id, switchboard.CSAT{Score: 5}))
		_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: "H-" + id, ConversationID: id})
		ok(t, err)
	}
	e := switchboard.HandoffEvent{ID: "event", Kind: switchboard.HandoffMessage, Reference: "H-conv_1", Text: "Hello"}
	if taken := must(l.HandoffEvent(t.Context(), e))(t); !taken || must(l.HandoffEvent(t.Context(), e))(t) {
		t.Error("an event is not taken in once")
	}
	want := switchboard.Receipt{ConversationID: "conv_1", ErasedAt: s.now, Deleted: map[string]int{
		"conversations": 1, "turns": 2, "feedback": 1, "csat": 1, "handoffs": 1, "outbox": 1,
		"gap_questions": 0, "gap_cases": 0, "agent_lines": 1,
	}}
	if diff := cmp.Diff(want, must(l.Erase(t.Context(), "conv_1"))(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, must(l.Erase(t.Context(), "conv_1"))(t)); diff != "" {
		t.Errorf("again: %s", diff)
	}
	_, err := l.Erase(t.Context(), "conv_3")
	isKind(t, err, switchboard.NotFound)

	for name, call := range map[string]func() error{
		"conversation":  func() error { _, err := l.Conversation(t.Context(), "conv_1"); return err },
		"transcript":    func() error { _, err := l.Transcript(t.Context(), "conv_1"); return err },
		"turn":          func() error { _, err := l.Turn(t.Context(), "conv_1", turn("conv_1", 1, s.now).ID); return err },
		"record":        func() error { return l.Record(t.Context(), turn("conv_1", 9, s.now)) },
		"record, opens": func() error { return l.Record(t.Context(), opening("conv_1", s.now)) },
		"csat":          func() error { return l.CSAT(t.Context(), "conv_1", switchboard.CSAT{Score: 1}) },
		"handoff":       func() error { _, err := l.Handoff(t.Context(), "H-conv_1"); return err },
		"new handoff": func() error {
			_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: "H-9", ConversationID: "conv_1"})
			return err
		},
	} {
		if err := call(); !errors.Is(err, switchboard.NotFound) {
			t.Errorf("%s: error %v, want not found", name, err)
		}
	}
	isKind(t, l.OpenConversation(t.Context(), switchboard.Conversation{ID: "conv_1"}, ""), switchboard.Conflict)
	if claimed := must(l.Claim(t.Context(), s.now, 10, time.Minute))(t); len(claimed) != 1 {
		t.Errorf("%d deliveries are due, want the other conversation's", len(claimed))
	}
	if got := pages(t, l, ledger.Filter{}); got != "2" {
		t.Errorf("conversations %q are listed, want 2", got)
	}
	if n := len(must(l.Conversation(t.Context(), "conv_2"))(t).Turns); n != 2 {
		t.Errorf("the other conversation has %d turns, want 2", n)
	}
}

func opening(id string, at time.Time) switchboard.Turn {
	first := turn(id, 8, at)
	first.Opens = &switchboard.Conversation{ID: id, CreatedAt: at}
	return first
}

func eraseConcurrently(t *testing.T, s *suite) {
	ledgers := s.several(t, 2)
	for round := range 10 {
		id := fmt.Sprintf("conv_%d", round)
		conversation(ledgers[0], t, id, s.now)
		record(ledgers[0], t, turn(id, 0, s.now))
		var group sync.WaitGroup
		for n := 1; n <= 8; n++ {
			group.Go(func() {
				l := ledgers[n%2]
				_ = l.Record(t.Context(), turn(id, n, s.now))
				_ = l.Feedback(t.Context(), id, turn(id, 0, s.now).ID, switchboard.Feedback{Rating: "up"})
				_ = l.CSAT(t.Context(), id, switchboard.CSAT{Score: 1})
				_, _ = l.RequestHandoff(t.Context(), switchboard.HandoffRequest{
					Reference: fmt.Sprintf("H-%d-%d", round, n), ConversationID: id,
				})
			})
		}
		group.Go(func() {
			if _, err := ledgers[1].Erase(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		for n := range 9 {
			_, err := ledgers[0].Turn(t.Context(), id, turn(id, n, s.now).ID)
			isKind(t, err, switchboard.NotFound)
		}
		o := must(ledgers[0].Opinion(t.Context(), id))(t)
		if o.CSAT != nil || len(o.Feedback) != 0 {
			t.Error("feedback was recorded under an erased conversation")
		}
	}
	if n := must(ledgers[0].Pending(t.Context()))(t); n != 0 {
		t.Errorf("%d deliveries of erased conversations are due", n)
	}
}
