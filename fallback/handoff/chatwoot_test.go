package handoff_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/fallback/handoff"
)

// strictly reads a body that has exactly the fields of out; anything else is the caller's mistake.
func strictly(r *http.Request, body []byte, out any) error {
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		return fmt.Errorf("content type %q", got)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// rocket is a Chatwoot: contacts, conversations and messages of account 1, by the documented application API. With lose,
// it does what it is asked once and drops the connection instead of answering, at each of its writing routes.
type rocket struct {
	t             *testing.T
	d             *desk
	mu            sync.Mutex
	contacts      []map[string]any
	conversations []map[string]any
	messages      []string
	lose          map[string]bool
}

func (k *rocket) serve(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	got := k.d.requests()
	body := got[len(got)-1].body
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v1/accounts/1")
	if !ok || r.Header.Get("api_access_token") != "t0ken" {
		k.t.Errorf("%s %s without the account or its token", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var out any
	var err error
	switch route := r.Method + " " + path; {
	case route == "GET /contacts/search":
		found := []any{}
		for _, c := range k.contacts {
			if q := r.URL.Query().Get("q"); q != "" && strings.Contains(c["identifier"].(string), q) {
				found = append(found, c)
			}
		}
		out = map[string]any{"meta": map[string]any{"count": len(found)}, "payload": found}
	case route == "POST /contacts":
		out, err = k.contact(r, body)
	case route == "GET /contacts/31/conversations":
		out = map[string]any{"payload": k.conversations}
	case route == "POST /conversations":
		out, err = k.conversation(r, body)
	case route == "POST /conversations/77/messages":
		out, err = k.message(r, body)
	default:
		err = fmt.Errorf("no such route")
	}
	if err != nil {
		k.t.Errorf("%s %s: %v: %s", r.Method, path, err, body)
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	if k.lose[r.Method+path] {
		delete(k.lose, r.Method+path)
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (k *rocket) contact(r *http.Request, body []byte) (any, error) {
	var in struct {
		Inbox      int64             `json:"inbox_id"`
		Name       string            `json:"name"`
		Identifier string            `json:"identifier"`
		Custom     map[string]string `json:"custom_attributes"`
	}
	if err := strictly(r, body, &in); err != nil {
		return nil, err
	}
	if in.Inbox != 2 || in.Name == "" || in.Identifier == "" {
		return nil, fmt.Errorf("inbox, name or identifier is missing")
	}
	c := map[string]any{"id": 31, "identifier": in.Identifier, "name": in.Name, "contact_inboxes": []any{
		map[string]any{"source_id": "other", "inbox": map[string]any{"id": 9}},
		map[string]any{"source_id": "source-1", "inbox": map[string]any{"id": 2}},
	}}
	k.contacts = append(k.contacts, c)
	return map[string]any{"payload": map[string]any{"contact": c}}, nil
}

func (k *rocket) conversation(r *http.Request, body []byte) (any, error) {
	var in struct {
		Source  string            `json:"source_id"`
		Inbox   int64             `json:"inbox_id"`
		Contact int64             `json:"contact_id"`
		Status  string            `json:"status"`
		Custom  map[string]string `json:"custom_attributes"`
		Message struct {
			Content string `json:"content"`
		} `json:"message"`
	}
	if err := strictly(r, body, &in); err != nil {
		return nil, err
	}
	if in.Source != "source-1" || in.Inbox != 2 || in.Contact != 31 || in.Status != "open" || in.Message.Content == "" {
		return nil, fmt.Errorf("a required field is missing or wrong")
	}
	v := map[string]any{"id": 77, "custom_attributes": map[string]any{"reference": in.Custom["reference"], "seats": 3}}
	k.conversations = append(k.conversations, v)
	k.messages = append(k.messages, in.Message.Content)
	return v, nil
}

func (k *rocket) message(r *http.Request, body []byte) (any, error) {
	var in struct {
		Content string `json:"content"`
		Type    string `json:"message_type"`
		Private *bool  `json:"private"`
	}
	if err := strictly(r, body, &in); err != nil {
		return nil, err
	}
	if in.Content == "" || in.Type != "incoming" || in.Private == nil || *in.Private {
		return nil, fmt.Errorf("not a customer's message")
	}
	k.messages = append(k.messages, in.Content)
	return map[string]any{"id": len(k.messages)}, nil
}

// TestChatwoot: the documented calls, one contact and one conversation however often an answer is lost.
func TestChatwoot(t *testing.T) {
	d := newDesk(t, status(http.StatusTeapot))
	k := &rocket{t: t, d: d, lose: map[string]bool{"POST/contacts": true, "POST/conversations": true}}
	d.answers(k.serve)
	dispatcher := d.dispatcher(func(c *handoff.Config) {
		c.Webhook = handoff.Webhook{}
		c.Chatwoot = handoff.Chatwoot{URL: d.server.URL + "/", Account: 1, Inbox: 2, Token: "t0ken"}
	})
	reference := d.request(1)
	for i, want := range []switchboard.HandoffState{
		switchboard.HandoffRequested, switchboard.HandoffRequested, switchboard.HandoffAcknowledged,
	} {
		if got := dispatcher.DeliverNow(t.Context(), reference, long); got != want {
			t.Fatalf("try %d: state %s, want %s", i+1, got, want)
		}
		d.passes(time.Hour)
	}
	h, err := d.ledger.Handoff(t.Context(), reference)
	if err != nil || h.Ticket != "77" || len(k.contacts) != 1 || len(k.conversations) != 1 || len(k.messages) != 1 {
		t.Errorf("ticket %q, %d contacts, %d conversations, %d messages, error %v", h.Ticket, len(k.contacts), len(k.conversations), len(k.messages), err)
	}
	for _, want := range []string{reference, "human_requested", "en-IE", "after 5 pm", "Roaming.", "user: Hello"} {
		if !strings.Contains(k.messages[0], want) {
			t.Errorf("the request does not say %q:\n%s", want, k.messages[0])
		}
	}
	d.writes(reference, "turn_1", "Are you there?")
	d.run(dispatcher)
	d.await("the message", func() bool { n, err := d.ledger.Pending(t.Context()); return err == nil && n == 0 })
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.messages) != 2 || k.messages[1] != "Are you there?" {
		t.Errorf("messages %q", k.messages)
	}
}
