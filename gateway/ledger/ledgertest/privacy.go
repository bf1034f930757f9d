package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/ledger"
)

func erasedSince(t *testing.T, s *suite) {
	l := s.open(t)
	began := s.now
	for _, id := range []string{"conv_1", "conv_2", "conv_3"} {
		conversation(l, t, id, s.now)
		s.now = s.now.Add(time.Second)
		if id != "conv_2" {
			_, err := l.Erase(t.Context(), id)
			ok(t, err)
		}
	}
	want := []switchboard.Erasure{
		{ConversationID: "conv_1", At: began.Add(time.Second)}, {ConversationID: "conv_3", At: began.Add(3 * time.Second)},
	}
	if diff := cmp.Diff(want, must(l.ErasedSince(t.Context(), began))(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[1:], must(l.ErasedSince(t.Context(), want[1].At))(t)); diff != "" {
		t.Error(diff)
	}
}

const day = 24 * time.Hour

func sweep(t *testing.T, s *suite) {
	l := s.open(t)
	began := s.now
	for _, id := range []string{"conv_1", "conv_2", "conv_3"} {
		conversation(l, t, id, s.now)
		record(l, t, turn(id, 1, s.now))
		ok(t, l.Feedback(t.Context(), id, turn(id, 1, s.now).ID, switchboard.Feedback{Rating: "up"}))
		ok(t, l.CSAT(t.Context(), id, switchboard.CSAT{Score: 5}))
		ok(t, l.Audit(t.Context(), ledger.AuditEntry{Actor: "a", Action: "b", Subject: id}))
		_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{
			Reference: "H-" + id, ConversationID: id, Contact: "maria@example.com", CreatedAt: s.now,
		})
		ok(t, err)
		s.now = s.now.Add(10 * day)
	}
	record(l, t, turn("conv_1", 9, s.now)) // the oldest is in use again

	keep := ledger.Retention{"conversations": 15 * day, "contacts": 25 * day, "feedback": 25 * day, "audit": 25 * day}
	want := []ledger.Swept{
		{Class: "conversations", Before: s.now.Add(-15 * day), Removed: map[string]int{
			"conversations": 1, "turns": 1, "feedback": 1, "csat": 1, "handoffs": 1, "outbox": 1,
		}},
		{Class: "feedback", Before: s.now.Add(-25 * day), Removed: map[string]int{"feedback": 1, "csat": 1}},
		{Class: "contacts", Before: s.now.Add(-25 * day), Removed: map[string]int{"contacts": 1}},
		{Class: "audit", Before: s.now.Add(-25 * day), Removed: map[string]int{"audit": 1}},
	}
	dry := must(l.Expirable(t.Context(), keep))(t)
	if n := dry[0].Removed["conversations"]; n != 1 {
		t.Errorf("%d conversations would go, want 1", n)
	}
	got := must(l.Sweep(t.Context(), keep))(t)
	for i := range got { // tables that others add have nothing here
		for where, n := range got[i].Removed {
			if n == 0 {
				delete(got[i].Removed, where)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	isGone := func(id string, gone bool) {
		t.Helper()
		if _, err := l.Conversation(t.Context(), id); (err != nil) != gone {
			t.Errorf("%s: %v", id, err)
		}
	}
	isGone("conv_1", false)
	isGone("conv_2", true)
	isGone("conv_3", false)
	if h := must(l.Handoff(t.Context(), "H-conv_1"))(t); h.Contact != "" {
		t.Errorf("contact %q is kept", h.Contact)
	}
	if n := len(must(l.AuditTrail(t.Context(), began, 10))(t)); n != 2 {
		t.Errorf("%d audit entries", n)
	}
	if again := must(l.Sweep(t.Context(), ledger.Retention{}))(t); len(again) != 0 {
		t.Errorf("with nothing to forget, %v was swept", again)
	}
}

func sweepDetails(t *testing.T, s *suite) {
	l := s.open(t)
	for _, id := range []string{"conv_1", "conv_2"} {
		conversation(l, t, id, s.now)
		record(l, t, turn(id, 1, s.now))
	}
	s.now = s.now.Add(10 * day)
	record(l, t, turn("conv_2", 2, s.now)) // old, and in use
	keep := ledger.Retention{"details": 5 * day}
	for i, want := range []int{1, 0, 2} {
		if i == 2 {
			s.now = s.now.Add(10 * day)
		}
		n := 0
		for _, swept := range must(l.Sweep(t.Context(), keep))(t) {
			n += swept.Removed["turns"]
		}
		if n != want {
			t.Errorf("sweep %d took the details of %d turns, want %d", i+1, n, want)
		}
	}
	c := must(l.Transcript(t.Context(), "conv_1"))(t)
	if len(c.Turns[0].Passages) > 0 || c.Turns[0].Question == "" {
		t.Errorf("%+v", c.Turns[0])
	}
}
