package httpapi

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"switchboard"
	"switchboard/fallback/gaps"
	"switchboard/gateway/ledger"
)

// startGaps serves with a desk over a real ledger in which two customers asked the same in vain. Nothing is ever answered.
func startGaps(t *testing.T) (*gatewayUnderTest, *memoryTrail) {
	t.Helper()
	l, err := ledger.Open(t.Context(), "sqlite://:memory:", ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for i, q := range []switchboard.Masked{"Do you sell cinema tickets?", "cinema tickets, do you sell them?"} {
		at := time.Now().Add(time.Duration(i-3) * time.Hour)
		c := switchboard.Conversation{ID: switchboard.NewID("conv", at), CreatedAt: at}
		err := l.Record(t.Context(), switchboard.Turn{
			ConversationID: c.ID, Opens: &c, ID: switchboard.NewID("msg", at), Question: q, Lang: "en", StartedAt: at,
			Passages: []switchboard.Passage{{ID: "roaming#1", DocumentID: "roaming", Title: "Roaming", Coverage: 0.25}},
			Answer:   switchboard.Answer{Action: switchboard.ActionHandoff, Reason: switchboard.ReasonNoEvidence, CreatedAt: at},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return startManaged(t, func(c *Config) {
		c.Gaps = &gaps.Desk{
			Journal: l,
			Ask: func(context.Context, string, string) (switchboard.Answer, error) {
				return switchboard.Answer{Action: switchboard.ActionHandoff, Reason: switchboard.ReasonNoEvidence, Release: "rel_1"}, nil
			},
			Draft: func(context.Context, gaps.Draft, string, string) (string, error) { return "kb_1", nil },
		}
	})
}

func TestGaps(t *testing.T) {
	g, trail := startGaps(t)
	const at = "/v1/admin/gaps"
	all := g.do("GET", at, "", nil)
	one := at + "/" + all.gapID(t)
	g.conform(nil, []call{
		{"GET", at + "?since=2026-01-01&cause=nothing_found&state=open&lang=en&limit=1", "", 200, true},
		{"GET", at + "?cause=boredom", "", 400, false},
		{"GET", at + "?state=lost", "", 400, false},
		{"GET", one, "", 200, true},
		{"GET", at + "/gap_none", "", 404, true},
		{"POST", one + "/check", "", 200, true},
		{"POST", one + "/check", `{"questions":1,"share":0.5}`, 200, true},
		{"POST", one + "/check", `{"share":2}`, 400, false},
		{"POST", one + "/case", "", 200, true},
		{"POST", one + "/draft", `{"answer":"No."}`, 201, true},
		{"POST", one + "/draft", "", 409, true},
		{"POST", one + "/ignore", `{"reason":"not ours"}`, 200, true},
		{"POST", one + "/ignore", `{}`, 400, false},
		{"POST", one + "/check", "", 409, true},
		{"POST", one + "/reopen", `{"reason":"ours"}`, 200, true},
	})
	done := ""
	for _, e := range trail.entries {
		done += e.Action + " "
	}
	if want := "gaps.check gaps.check gaps.case gaps.draft gaps.ignore gaps.reopen "; done != want {
		t.Errorf("the trail has %s, want %s", done, want)
	}
}

// gapID is the id of the only gap in a list.
func (r reply) gapID(t *testing.T) string {
	t.Helper()
	var body gapsBody
	if err := json.Unmarshal(r.body, &body); err != nil || len(body.Gaps) != 1 || body.Gaps[0].Questions != 2 {
		t.Fatalf("gaps: %d %s, %v", r.status, r.body, err)
	}
	return body.Gaps[0].ID
}

func TestWhoMayDoWhatWithGaps(t *testing.T) {
	g, _ := startGaps(t)
	one := "/v1/admin/gaps/" + g.do("GET", "/v1/admin/gaps", "", nil).gapID(t)
	g.keys.set(
		Key{ID: "key_r", Roles: []Role{RoleReader}, Hash: hashOf("sk_reader")}, Key{ID: "key_a", Roles: []Role{RoleAuthor}, Hash: hashOf("sk_author")},
		Key{ID: "key_v", Roles: []Role{RoleReviewer}, Hash: hashOf("sk_reviewer")}, Key{ID: "key_p", Publishable: true, Hash: hashOf("pk_page")},
	)
	g.clock.Add(time.Minute) // by which the keys are read again
	for _, test := range []struct {
		method, path, body string
		status             map[string]int
	}{
		{"GET", one, "", map[string]int{"pk_page": 403, "sk_reader": 200, "sk_author": 200}},
		{"POST", one + "/check", "", map[string]int{"sk_reader": 403, "sk_author": 200}},
		{"POST", one + "/draft", "", map[string]int{"sk_reader": 403, "sk_author": 201}},
		{"POST", one + "/ignore", `{"reason":"r"}`, map[string]int{"sk_author": 403, "sk_reviewer": 200}},
	} {
		for key, want := range test.status {
			if r := g.do(test.method, test.path, test.body, header{"Authorization": "Bearer " + key}); r.status != want {
				t.Errorf("%s %s with %s: %d %s, want %d", test.method, test.path, key, r.status, r.body, want)
			}
		}
	}
}
