package handoff_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

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
		if user != "agent@example.com/token" || token != "t0ken" || r.Header.Get("Accept") != "application/json" || r.URL.Path != "/api/v2/tickets.json" {
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
		in, err := zendeskTicket(r, got[len(got)-1].body)
		if err != nil {
			t.Error(err)
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		tickets[in] = int64(len(tickets) + 41)
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

// zendeskTicket reads a new ticket as the Tickets API documents it, and returns its external id.
func zendeskTicket(r *http.Request, body []byte) (string, error) {
	var in struct {
		Ticket struct {
			Subject    string   `json:"subject"`
			ExternalID string   `json:"external_id"`
			Priority   string   `json:"priority"`
			Tags       []string `json:"tags"`
			Comment    struct {
				Body   string `json:"body"`
				Public *bool  `json:"public"`
			} `json:"comment"`
			Requester *struct {
				Name  string `json:"name"`
				Email string `json:"email"`
			} `json:"requester"`
		} `json:"ticket"`
	}
	if err := strictly(r, body, &in); err != nil {
		return "", err
	}
	t := in.Ticket
	switch {
	case r.Method != http.MethodPost || r.Header.Get("Idempotency-Key") != t.ExternalID || t.ExternalID == "":
		return "", fmt.Errorf("the key is not the reference")
	case t.Subject == "" || strings.ContainsAny(t.Subject, "\r\n") || t.Comment.Body == "" || t.Comment.Public == nil || *t.Comment.Public:
		return "", fmt.Errorf("subject or comment: %+v", t)
	case !slices.Contains([]string{"urgent", "high", "normal", "low"}, t.Priority):
		return "", fmt.Errorf("priority %q", t.Priority)
	case t.Requester != nil && (t.Requester.Name == "" || !strings.Contains(t.Requester.Email, "@")):
		return "", fmt.Errorf("requester %+v", t.Requester)
	}
	for _, tag := range t.Tags {
		if tag == "" || strings.ContainsAny(tag, " ,") {
			return "", fmt.Errorf("tag %q", tag)
		}
	}
	return t.ExternalID, nil
}

// TestZendeskFields: what a request has stands where the team looks for it, also where it is urgent.
func TestZendeskFields(t *testing.T) {
	var got []byte
	d := newDesk(t, nil)
	d.answers(func(w http.ResponseWriter, r *http.Request) {
		all := d.requests()
		got = all[len(all)-1].body
		if _, err := zendeskTicket(r, got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"ticket":{"id":41,"url":"https://x"},"audit":{}}`)
	})
	dispatcher := d.dispatcher(func(c *handoff.Config) {
		c.Webhook, c.Zendesk = handoff.Webhook{}, handoff.Zendesk{URL: d.server.URL + "/", Email: "agent@example.com", Token: "t0ken"}
	})
	reference := d.requestOf(switchboard.HandoffRequest{
		Reference: "H-URGE-NTLY", Reason: switchboard.ReasonUrgent, Urgency: "fraud", Contact: "ana@example.org", Note: "x\r\ny", Summary: "Topic: security",
	})
	if state := dispatcher.DeliverNow(t.Context(), reference, long); state != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", state)
	}
	for _, want := range []string{
		`"subject":"URGENT (fraud): Customer asks for a person: H-URGE-NTLY"`, `"priority":"urgent"`, `"tags":["switchboard","urgent"]`,
		`"requester":{"name":"ana@example.org","email":"ana@example.org"}`, `Note: x y\n`, `Topic: security`, `"public":false`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// TestSlack: only the documented fields, within Slack's bounds, and nobody's words mention or link anything.
func TestSlack(t *testing.T) {
	type text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	var in struct {
		Text   string `json:"text"`
		Blocks []struct {
			Type string `json:"type"`
			Text text   `json:"text"`
		} `json:"blocks"`
	}
	d := newDesk(t, nil)
	d.answers(func(w http.ResponseWriter, r *http.Request) {
		all := d.requests()
		if err := strictly(r, all[len(all)-1].body, &in); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
		_, _ = io.WriteString(w, "ok")
	})
	dispatcher := d.dispatcher(func(c *handoff.Config) {
		c.Webhook, c.Slack = handoff.Webhook{}, handoff.Slack{URL: d.server.URL + "/slack"}
	})
	reference := d.requestOf(switchboard.HandoffRequest{
		Reference: "H-SLAC-KING", Note: "<!channel> <https://evil.example|bill> & more", Summary: strings.Repeat("<&", 2000),
	})
	if state := dispatcher.DeliverNow(t.Context(), reference, long); state != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", state)
	}
	if len(in.Blocks) != 2 || in.Blocks[0].Type != "header" || in.Blocks[0].Text.Type != "plain_text" ||
		in.Blocks[1].Type != "section" || in.Blocks[1].Text.Type != "mrkdwn" || !strings.Contains(in.Text, reference) {
		t.Fatalf("message %+v", in)
	}
	section := in.Blocks[1].Text.Text
	if n := utf8.RuneCountInString(section); n > 3000 || utf8.RuneCountInString(in.Blocks[0].Text.Text) > 150 {
		t.Errorf("a block is too long: %d", n)
	}
	if strings.ContainsAny(section, "<>") || !strings.Contains(section, "&lt;!channel&gt; &lt;https://evil.example|bill&gt; &amp; more") {
		t.Errorf("section %s", section)
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
