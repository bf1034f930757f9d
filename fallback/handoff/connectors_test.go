package handoff_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/fallback/handoff"
)

// TestZendesk: the documented shape, one ticket however often the answer is lost, and its id as the acknowledgement's.
func TestZendesk(t *testing.T) {
	var mu sync.Mutex
	tickets := map[string]int64{}
	lost := true
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	})
	answer := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		user, token, _ := r.BasicAuth()
		if user != "agent@example.com/token" || token != "t0ken" || r.URL.Path != "/api/v2/tickets.json" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodGet {
			found := []map[string]any{}
			if id := tickets[r.URL.Query().Get("external_id")]; id != 0 {
				found = append(found, map[string]any{"id": id, "external_id": r.URL.Query().Get("external_id")})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"tickets": found})
			return
		}
		got := d.requests()
		var in struct {
			Ticket struct {
				Subject, Priority string
				ExternalID        string `json:"external_id"`
				Comment           struct{ Body string }
			}
		}
		if json.Unmarshal(got[len(got)-1].body, &in) != nil || in.Ticket.Comment.Body == "" || in.Ticket.Subject == "" ||
			in.Ticket.ExternalID != r.Header.Get("Idempotency-Key") || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		tickets[in.Ticket.ExternalID] = int64(len(tickets) + 41)
		if lost {
			lost = false
			panic(http.ErrAbortHandler) // it has the ticket; the answer does not arrive
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"ticket":{"id":41}}`)
	}
	d.answers(answer)
	dispatcher := d.dispatcher(func(c *handoff.Config) {
		c.Webhook = handoff.Webhook{}
		c.Zendesk = handoff.Zendesk{URL: d.server.URL, Email: "agent@example.com", Token: "t0ken"}
	})
	reference := d.request(1)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Fatalf("without an answer: state %s, want requested", got)
	}
	d.passes(2 * time.Second)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", got)
	}
	h, err := d.ledger.Handoff(t.Context(), reference)
	if err != nil || h.Ticket != "41" || len(tickets) != 1 {
		t.Errorf("ticket %q, %d tickets, error %v", h.Ticket, len(tickets), err)
	}
}

// TestNotices: the primary one's answer counts; Slack hears of it afterwards, and its answer must be "ok".
func TestNotices(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slack" {
			_, _ = io.WriteString(w, "ok")
			return
		}
		_, _ = io.WriteString(w, `{"ticket":"T-7","queue_position":3,"eta_seconds":240}`)
	})
	dispatcher := d.dispatcher(func(c *handoff.Config) { c.Slack = handoff.Slack{URL: d.server.URL + "/slack"} })
	reference := d.request(1)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", got)
	}
	if h, err := d.ledger.Handoff(t.Context(), reference); err != nil || h.Ticket != "T-7" || h.QueuePosition != 3 || h.ETASeconds != 240 {
		t.Errorf("told %+v, error %v", h, err)
	}
	d.run(dispatcher)
	d.await("the notice", func() bool { n, err := d.ledger.Pending(t.Context()); return err == nil && n == 0 })
	got := d.requests()
	last := string(got[len(got)-1].body)
	if len(got) != 2 || !strings.Contains(last, `"type":"header"`) || !strings.Contains(last, reference) {
		t.Errorf("%d requests, the last is %s", len(got), last)
	}
}
