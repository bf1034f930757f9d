// Package ledgertest is what a ledger must do on every database. Read [Run] first; [Bench] measures one.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/ledger"
)

// Run runs the suite. fresh returns the URL of an empty database.
func Run(t *testing.T, fresh func(t testing.TB) string) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"a conversation is kept", conversationRoundTrip},
		{"a turn is kept whole", turnRoundTrip},
		{"a conversation brings its latest turns in order", latestTurns},
		{"what a database refuses is cleaned or reported", oddText},
		{"a message is recorded once", recordConflicts},
		{"a turn can open its conversation", recordOpens},
		{"turns at once are all recorded", recordConcurrently},
		{"a closed ledger refuses", recordAfterClose},
		{"a cancelled record ends", recordCancelled},
		{"feedback and csat are replaced", feedbackAndCSAT},
		{"conversations are listed, filtered and paged", listConversations},
		{"a handoff and its delivery are recorded as one", requestHandoff},
		{"at once, one handoff is opened", requestHandoffConcurrently},
		{"a claim holds for its lease", claimLease},
		{"an expired claim cannot spoil the next one", claimFence},
		{"no request is claimed twice", claimConcurrently},
		{"staff can change a handoff", handoffStates},
		{"handoffs are listed, filtered and paged", listHandoffs},
		{"what attempts have cost is summed by month and model, once", spendOfTurns},
		{"what attempts of no turn have cost is summed too", spendOfProbes},
		{"at once, spend is summed exactly", spendConcurrently},
		{"an erased conversation is gone", erase},
		{"nothing is recorded under a conversation while it is erased", eraseConcurrently},
		{"erasures are told to who asks", erasedSince},
		{"what is old is swept by class", sweep},
		{"details go once, and not of what is in use", sweepDetails},
		{"what was asked is read for gaps", askedTurns},
		{"gaps and their proofs are kept, and end with their questions", gapRecords},
		{"keys are created, listed and revoked", keys},
		{"a secret is made once", secrets},
		{"releases and the audit trail are kept", releasesAndAudit},
		{"processes that start together migrate once", openTogether},
		{"what is recorded is there after a restart", reopen},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, &suite{url: fresh(t), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
		})
	}
}

// suite is one test's database.
type suite struct {
	url string
	now time.Time
}

// inMemory says that every ledger has a database of its own.
func (s *suite) inMemory() bool { return strings.Contains(s.url, ":memory:") }

// open opens a ledger that is closed at the test's end.
func (s *suite) open(t testing.TB) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s.url, ledger.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// several opens ledgers as several processes would; in memory they are one.
func (s *suite) several(t testing.TB, n int) []*ledger.Ledger {
	t.Helper()
	list := make([]*ledger.Ledger, n)
	for i := range list {
		if list[i] = list[0]; i == 0 || !s.inMemory() {
			list[i] = s.open(t)
		}
	}
	return list
}

func conversation(l *ledger.Ledger, t testing.TB, id string, at time.Time) {
	t.Helper()
	c := switchboard.Conversation{ID: id, Locale: "en-IE", Audiences: []string{"public"}, CreatedAt: at}
	ok(t, l.OpenConversation(t.Context(), c, "I am a bot."))
}

func record(l *ledger.Ledger, t testing.TB, turns ...switchboard.Turn) {
	t.Helper()
	for _, turn := range turns {
		ok(t, l.Record(t.Context(), turn))
	}
}

// turn is a small turn; n orders it.
func turn(conversation string, n int, at time.Time) switchboard.Turn {
	at = at.Add(time.Duration(n) * time.Second)
	return switchboard.Turn{
		ConversationID: conversation, ID: fmt.Sprintf("msg_%s_%04d", conversation, n), Question: "How much is it?", Lang: "en",
		StartedAt: at, Answer: switchboard.Answer{
			Action: switchboard.ActionAnswer, Reason: switchboard.ReasonGrounded, Text: "It is free. [1]", CreatedAt: at,
		},
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func isKind(t testing.TB, err error, want switchboard.Kind) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want kind %s", err, want)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

// later is a context that no test waits for.
func later() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}
