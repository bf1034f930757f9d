package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/ledger"
)

func askedTurns(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	plain := turn("conv_1", 1, s.now)
	plain.ID = switchboard.NewID("msg", plain.StartedAt)
	stopped := turn("conv_1", 2, s.now)
	stopped.ID = switchboard.NewID("msg", stopped.StartedAt)
	stopped.Passages = []switchboard.Passage{{ID: "a#1", DocumentID: "a"}}
	stopped.EvidenceScore, stopped.Missing = 0.25, []string{"cinema"}
	stopped.Stops = []switchboard.Stop{{Guard: "quantity", Reason: switchboard.ReasonGuardQuantity}}
	stopped.Answer.Action, stopped.Answer.Reason = switchboard.ActionDegraded, switchboard.ReasonGuardQuantity
	record(l, t, plain, stopped)
	ok(t, l.Feedback(t.Context(), "conv_1", plain.ID, switchboard.Feedback{Rating: "down"}))

	asked := func(since time.Time) (all []switchboard.Asked) {
		ok(t, l.Asked(t.Context(), since, func(a switchboard.Asked) { all = append(all, a) }))
		return all
	}
	want := []switchboard.Asked{
		{ID: plain.ID, ConversationID: "conv_1", Question: plain.Question, Lang: "en", Action: "answer", Reason: "grounded",
			Rating: "down", At: plain.StartedAt},
		{ID: stopped.ID, ConversationID: "conv_1", Question: stopped.Question, Lang: "en", Action: "degraded", Reason: "guard_quantity",
			Found: true, EvidenceScore: 0.25, Missing: []string{"cinema"}, Guards: []string{"quantity"}, At: stopped.StartedAt},
	}
	if diff := cmp.Diff(want, asked(s.now)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[1:], asked(stopped.StartedAt)); diff != "" {
		t.Error(diff)
	}
}

func gapRecords(t *testing.T, s *suite) {
	l := s.open(t)
	for _, id := range []string{"conv_1", "conv_2"} {
		conversation(l, t, id, s.now)
		record(l, t, turn(id, 1, s.now))
	}
	first, second := turn("conv_1", 1, s.now).ID, turn("conv_2", 1, s.now).ID
	r := switchboard.GapRecord{
		ID: "gap_1", State: switchboard.GapClosed, ChangedAt: s.now, ChangedBy: "maria", Why: "asked again", Document: "cinemas",
		Release: "rel_1", CheckedAt: s.now, Questions: []switchboard.GapQuestion{
			{MessageID: first, ConversationID: "conv_1", Checked: &switchboard.GapAnswer{
				Answered: true, Action: "answer", Reason: "quoted", Documents: []string{"cinemas"}}},
			{MessageID: second, ConversationID: "conv_2"},
		},
	}
	ok(t, l.SaveGap(t.Context(), r, time.Time{}))
	if diff := cmp.Diff([]switchboard.GapRecord{r}, must(l.Gaps(t.Context()))(t)); diff != "" {
		t.Error(diff)
	}
	if err := l.SaveGap(t.Context(), r, s.now.Add(-time.Hour)); switchboard.KindOf(err) != switchboard.Conflict {
		t.Errorf("a record that somebody else has written: %v", err)
	}
	ok(t, l.SaveGapCases(t.Context(), []switchboard.GapCase{{MessageID: first, ConversationID: "conv_1", GapID: "gap_1", Suite: "s.jsonl"}}))
	if cases := must(l.GapCasesOf(t.Context(), "conv_1"))(t); len(cases) != 1 || cases[0].Suite != "s.jsonl" {
		t.Errorf("cases: %+v", cases)
	}

	receipt := must(l.Erase(t.Context(), "conv_1"))(t)
	if receipt.Deleted["gap_questions"] != 1 || receipt.Deleted["gap_cases"] != 1 {
		t.Errorf("the receipt says %v", receipt.Deleted)
	}
	before := r.ChangedAt
	r.ChangedAt, r.State = s.now.Add(time.Minute), switchboard.GapIgnored
	ok(t, l.SaveGap(t.Context(), r, before))
	r.Questions = r.Questions[1:] // the other's conversation is erased
	if diff := cmp.Diff([]switchboard.GapRecord{r}, must(l.Gaps(t.Context()))(t)); diff != "" {
		t.Error(diff)
	}

	must(l.Erase(t.Context(), "conv_2"))(t)
	s.now = s.now.Add(10 * day)
	swept := must(l.Sweep(t.Context(), ledger.Retention{"gaps": day}))(t)
	if len(swept) != 1 || swept[0].Removed["gaps"] != 1 {
		t.Errorf("swept %+v", swept)
	}
}
