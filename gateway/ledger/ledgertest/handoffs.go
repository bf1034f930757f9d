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

func wholeHandoff(at time.Time) switchboard.HandoffRequest {
	return switchboard.HandoffRequest{
		Reference: "H-1", ConversationID: "conv_1", State: switchboard.HandoffRequested,
		Reason: switchboard.ReasonHumanRequested, Locale: "en-IE", Contact: "+353 1 234", Note: "call [NAME_1]",
		Summary: "Asked about roaming.", CreatedAt: at,
		Transcript: []switchboard.Line{{Role: switchboard.RoleUser, Text: "Hello", At: at}},
	}
}

// request opens a conversation and asks for a human in it.
func request(l *ledger.Ledger, t testing.TB, n int, at time.Time) {
	t.Helper()
	id := fmt.Sprintf("conv_%d", n)
	conversation(l, t, id, at)
	_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{
		Reference: fmt.Sprintf("H-%03d", n), ConversationID: id, CreatedAt: at,
	})
	ok(t, err)
}

// delivered is the request of a handoff.
func delivered(reference string) switchboard.Delivery {
	return switchboard.Delivery{
		ID: reference, Kind: switchboard.DeliverRequest, Request: switchboard.HandoffRequest{Reference: reference},
	}
}

func requestHandoff(t *testing.T, s *suite) {
	l := s.open(t)
	conversation(l, t, "conv_1", s.now)
	conversation(l, t, "conv_2", s.now)
	want := wholeHandoff(s.now.Add(-time.Minute))
	sent := want
	sent.State = switchboard.HandoffFailed // what a caller says about the state does not matter
	if diff := cmp.Diff(want, must(l.RequestHandoff(t.Context(), sent))(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, must(l.Handoff(t.Context(), "H-1"))(t)); diff != "" {
		t.Errorf("read back: %s", diff)
	}
	second := switchboard.HandoffRequest{Reference: "H-2", ConversationID: "conv_1"}
	if diff := cmp.Diff(want, must(l.RequestHandoff(t.Context(), second))(t)); diff != "" {
		t.Errorf("the second request: %s", diff)
	}
	_, err := l.Handoff(t.Context(), "H-2")
	isKind(t, err, switchboard.NotFound)
	_, err = l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: "H-1", ConversationID: "conv_2"})
	isKind(t, err, switchboard.Conflict)
	_, err = l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: "H-3", ConversationID: "conv_3"})
	isKind(t, err, switchboard.NotFound)

	claimed := must(l.Claim(t.Context(), s.now, 10, time.Minute))(t)
	if diff := cmp.Diff([]switchboard.Delivery{{ID: "H-1", Kind: switchboard.DeliverRequest, Request: want, Attempt: 1, QueuedAt: s.now}}, claimed); diff != "" {
		t.Errorf("claimed: %s", diff)
	}
	got := must(l.Conversation(t.Context(), "conv_1"))(t).Handoff
	if diff := cmp.Diff(&switchboard.Handoff{State: switchboard.HandoffRequested, Reference: "H-1"}, got); diff != "" {
		t.Errorf("in the conversation: %s", diff)
	}
}

func requestHandoffConcurrently(t *testing.T, s *suite) {
	ledgers := s.several(t, 2)
	conversation(ledgers[0], t, "conv_1", s.now)
	var mu sync.Mutex
	references := map[string]int{}
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			r, err := ledgers[n%2].RequestHandoff(t.Context(), switchboard.HandoffRequest{
				Reference: fmt.Sprintf("H-%d", n), ConversationID: "conv_1",
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			references[r.Reference]++
		})
	}
	group.Wait()
	if n := must(ledgers[0].Pending(t.Context()))(t); n != 1 || len(references) != 1 {
		t.Errorf("%d deliveries are due, references %v; want one", n, references)
	}
}

func claimLease(t *testing.T, s *suite) {
	l := s.open(t)
	for n := range 3 {
		request(l, t, n, s.now)
	}
	const lease = time.Minute
	claim := func(at time.Duration, n int) string {
		out := ""
		for _, d := range must(l.Claim(t.Context(), s.now.Add(at), n, lease))(t) {
			out += fmt.Sprintf(" %s/%d", d.Request.Reference, d.Attempt)
		}
		return out
	}
	for _, step := range []struct {
		at   time.Duration
		n    int
		want string
	}{
		{-time.Second, 10, ""},
		{0, 2, " H-000/1 H-001/1"},
		{0, 10, " H-002/1"},
		{lease - time.Second, 10, ""},
		{lease, 1, " H-000/2"},
	} {
		if got := claim(step.at, step.n); got != step.want {
			t.Errorf("claim %d at %v: %q, want %q", step.n, step.at, got, step.want)
		}
	}
	d, claimed, err := l.ClaimOne(t.Context(), "H-002", s.now.Add(lease), lease)
	if err != nil || !claimed || d.Attempt != 2 || d.Request.Reference != "H-002" {
		t.Errorf("claim one: %+v, %v, %v", d, claimed, err)
	}
	for _, reference := range []string{"H-002", "H-000", "H-999"} {
		if _, claimed, err := l.ClaimOne(t.Context(), reference, s.now.Add(lease), lease); claimed || err != nil {
			t.Errorf("%s was claimed again, error %v", reference, err)
		}
	}
	ok(t, l.Retry(t.Context(), d, s.now.Add(90*time.Second), "status 503"))
	ok(t, l.Done(t.Context(), delivered("H-000"), switchboard.Acknowledgement{}))
	ok(t, l.Done(t.Context(), delivered("H-000"), switchboard.Acknowledgement{}))
	if got := claim(90*time.Second, 10); got != " H-001/2 H-002/3" {
		t.Errorf("after a retry and a delivery: %q", got)
	}
	if n := must(l.Pending(t.Context()))(t); n != 2 {
		t.Errorf("%d deliveries are pending, want 2", n)
	}
	if h := must(l.Handoff(t.Context(), "H-000"))(t); h.State != switchboard.HandoffAcknowledged {
		t.Errorf("a delivered handoff is %s", h.State)
	}
}

func claimFence(t *testing.T, s *suite) {
	l := s.open(t)
	request(l, t, 1, s.now)
	slow := must(l.Claim(t.Context(), s.now, 1, time.Minute))(t)[0]
	quick := must(l.Claim(t.Context(), s.now.Add(time.Minute), 1, time.Minute))(t)[0]
	ok(t, l.Dead(t.Context(), slow, "timeout"))
	ok(t, l.Retry(t.Context(), slow, s.now, "timeout"))
	if n := len(must(l.Claim(t.Context(), s.now.Add(time.Minute), 1, time.Minute))(t)); n != 0 {
		t.Error("whoever held an expired claim put the next one's request back")
	}
	if h := must(l.Handoff(t.Context(), "H-001"))(t); h.State != switchboard.HandoffRequested {
		t.Errorf("whoever held an expired claim made the handoff %s", h.State)
	}
	ok(t, l.Dead(t.Context(), quick, "status 410"))
	if h := must(l.Handoff(t.Context(), "H-001"))(t); h.State != switchboard.HandoffFailed {
		t.Errorf("a handoff that was given up is %s", h.State)
	}
	ok(t, l.Done(t.Context(), delivered("H-001"), switchboard.Acknowledgement{})) // the slow one had been delivered after all
	if h := must(l.Handoff(t.Context(), "H-001"))(t); h.State != switchboard.HandoffAcknowledged {
		t.Errorf("a handoff that was delivered after all is %s", h.State)
	}
}

func claimConcurrently(t *testing.T, s *suite) {
	ledgers := s.several(t, 3)
	const requests, claimants = 200, 9
	for n := range requests {
		request(ledgers[0], t, n, s.now)
	}
	var mu sync.Mutex
	times := map[string]int{}
	var group sync.WaitGroup
	for c := range claimants {
		group.Go(func() {
			for empty := 0; empty < 3; {
				list, err := ledgers[c%len(ledgers)].Claim(t.Context(), s.now, 5, time.Hour)
				if err != nil {
					t.Error(err)
					return
				}
				if empty++; len(list) > 0 {
					empty = 0
				}
				mu.Lock()
				for _, d := range list {
					times[d.Request.Reference]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for reference, n := range times {
		if n != 1 {
			t.Errorf("%s was claimed %d times", reference, n)
		}
	}
	if len(times) != requests {
		t.Errorf("%d requests were claimed, want %d", len(times), requests)
	}
}

func handoffStates(t *testing.T, s *suite) {
	const (
		requested    = switchboard.HandoffRequested
		acknowledged = switchboard.HandoffAcknowledged
		failed       = switchboard.HandoffFailed
	)
	for _, test := range []struct {
		name   string
		states []switchboard.HandoffState
		due    int
	}{
		{"taken over by hand", []switchboard.HandoffState{acknowledged}, 0},
		{"given up", []switchboard.HandoffState{failed}, 0},
		{"given up and asked again", []switchboard.HandoffState{failed, requested}, 1},
		{"given up and taken over", []switchboard.HandoffState{failed, acknowledged}, 0},
	} {
		id := "conv_" + test.name
		l := (&suite{url: s.url, now: s.now}).open(t)
		conversation(l, t, id, s.now)
		before := must(l.Pending(t.Context()))(t)
		_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: test.name, ConversationID: id})
		ok(t, err)
		for _, state := range test.states {
			ok(t, l.SetHandoffState(t.Context(), test.name, state))
		}
		last := test.states[len(test.states)-1]
		if h := must(l.Handoff(t.Context(), test.name))(t); h.State != last {
			t.Errorf("%s: %s, want %s", test.name, h.State, last)
		}
		if due := must(l.Pending(t.Context()))(t) - before; due != test.due {
			t.Errorf("%s: %d deliveries are due, want %d", test.name, due, test.due)
		}
	}
	l := s.open(t)
	request(l, t, 1, s.now)
	isKind(t, l.SetHandoffState(t.Context(), "H-999", failed), switchboard.NotFound)
	isKind(t, l.SetHandoffState(t.Context(), "H-001", "happy"), switchboard.InvalidField)
	ok(t, l.SetHandoffState(t.Context(), "H-001", failed))
	_, err := l.RequestHandoff(t.Context(), switchboard.HandoffRequest{Reference: "H-002", ConversationID: "conv_1"})
	ok(t, err)
	isKind(t, l.SetHandoffState(t.Context(), "H-001", requested), switchboard.Conflict)
	if h := must(l.Conversation(t.Context(), "conv_1"))(t).Handoff; h == nil || h.Reference != "H-002" {
		t.Errorf("the conversation's handoff is %+v, want the open one", h)
	}
}

func listHandoffs(t *testing.T, s *suite) {
	l := s.open(t)
	for n := range 5 {
		request(l, t, n, s.now.Add(time.Duration(n/2)*time.Minute))
	}
	ok(t, l.SetHandoffState(t.Context(), "H-003", switchboard.HandoffAcknowledged))
	for _, test := range []struct {
		name   string
		filter ledger.HandoffFilter
		want   string
	}{
		{"all", ledger.HandoffFilter{}, "H-004 H-003 H-002 H-001 H-000 "},
		{"in pages", ledger.HandoffFilter{Limit: 2}, "H-004 H-003 | H-002 H-001 | H-000 "},
		{"by state", ledger.HandoffFilter{State: switchboard.HandoffAcknowledged}, "H-003 "},
		{"since", ledger.HandoffFilter{Since: s.now.Add(time.Minute)}, "H-004 H-003 H-002 "},
	} {
		got := ""
		for next := " "; next != ""; {
			var list []switchboard.HandoffRequest
			var err error
			list, next, err = l.Handoffs(t.Context(), test.filter)
			ok(t, err)
			for _, h := range list {
				got += h.Reference + " "
			}
			if test.filter.Cursor = next; next != "" {
				got += "| "
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if _, _, err := l.Handoffs(t.Context(), ledger.HandoffFilter{Cursor: "?"}); !errors.Is(err, switchboard.InvalidField) {
		t.Errorf("a bad cursor: error %v", err)
	}
}
