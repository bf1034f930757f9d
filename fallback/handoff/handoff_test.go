package handoff_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard"
	"switchboard/fallback/handoff"
	"switchboard/gateway/ledger"
)

const (
	secret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"
	contact = "+353 1 555 0100"
	// long bounds every wait for something that must happen.
	long = 20 * time.Second
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// received is one request to the other side.
type received struct {
	id     string
	header http.Header
	body   []byte
}

// desk is the other side: a real HTTP server, a ledger, and a clock that the test moves.
type desk struct {
	t      *testing.T
	ledger *ledger.Ledger
	server *httptest.Server
	logged *bytes.Buffer

	mu     sync.Mutex
	now    time.Time
	got    []received
	answer http.HandlerFunc
}

func newDesk(t *testing.T, answer http.HandlerFunc) *desk {
	t.Helper()
	d := &desk{t: t, answer: answer, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), logged: &bytes.Buffer{}}
	l, err := ledger.Open(t.Context(), "sqlite://:memory:", ledger.Options{Now: d.time})
	if err != nil {
		t.Fatal(err)
	}
	d.ledger = l
	d.server = httptest.NewServer(http.HandlerFunc(d.serve))
	t.Cleanup(func() {
		d.server.CloseClientConnections()
		d.server.Close()
		_ = l.Close()
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, private := range []string{secret, secret[6:], contact, "key=s3cret", "their words"} {
			if strings.Contains(d.logged.String(), private) {
				t.Errorf("%q was logged:\n%s", private, d.logged)
			}
		}
	})
	return d
}

func (d *desk) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	d.mu.Lock()
	d.got = append(d.got, received{id: r.Header.Get("webhook-id"), header: r.Header, body: body})
	answer := d.answer
	d.mu.Unlock()
	answer(w, r)
}

func (d *desk) time() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// passes moves the clock.
func (d *desk) passes(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *desk) answers(answer http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

func (d *desk) requests() []received {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]received(nil), d.got...)
}

// Write makes the desk the log's writer.
func (d *desk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logged.Write(p)
}

func (d *desk) dispatcher(change ...func(*handoff.Config)) *handoff.Dispatcher {
	d.t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	d.t.Cleanup(client.CloseIdleConnections)
	c := handoff.Config{
		Outbox: d.ledger, Webhook: handoff.Webhook{URL: d.server.URL + "/in?key=s3cret", Secret: secret}, Now: d.time,
		Log: slog.New(slog.NewTextHandler(d, nil)), Jitter: func() float64 { return 0 }, Every: 5 * time.Millisecond,
		Client: client,
	}
	for _, f := range change {
		f(&c)
	}
	dispatcher, err := handoff.New(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return dispatcher
}

// request records a request for a human, the n-th, and returns its reference.
func (d *desk) request(n int) string {
	d.t.Helper()
	return d.requestOf(switchboard.HandoffRequest{
		Reference: fmt.Sprintf("H-%04d-TEST", n), ConversationID: fmt.Sprintf("conv_%d", n), Reason: switchboard.ReasonHumanRequested,
		Locale: "en-IE", Contact: contact, Note: "after 5 pm", Summary: "Roaming.",
		Transcript: []switchboard.Line{{Role: switchboard.RoleUser, Text: "Hello", At: d.time()}},
	})
}

// requestOf records a request in a conversation of its own.
func (d *desk) requestOf(r switchboard.HandoffRequest) string {
	d.t.Helper()
	r.CreatedAt = d.time()
	if r.ConversationID == "" {
		r.ConversationID = "conv_of_" + r.Reference
	}
	if err := d.ledger.OpenConversation(d.t.Context(), switchboard.Conversation{ID: r.ConversationID, CreatedAt: d.time()}, ""); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.ledger.RequestHandoff(d.t.Context(), r); err != nil {
		d.t.Fatal(err)
	}
	return r.Reference
}

// writes records what the customer writes while a person has the conversation.
func (d *desk) writes(reference, turn, text string) {
	d.t.Helper()
	h, err := d.ledger.Handoff(d.t.Context(), reference)
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.ledger.Record(d.t.Context(), switchboard.Turn{
		ID: turn, ConversationID: h.ConversationID, Question: switchboard.Masked(text), Lang: "en", StartedAt: d.time(),
		Answer: switchboard.Answer{
			ID: turn, ConversationID: h.ConversationID, Action: switchboard.ActionHandoff, Reason: switchboard.ReasonWithHuman, CreatedAt: d.time(),
			Handoff: &switchboard.Handoff{State: switchboard.HandoffAcknowledged, Reference: reference},
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) state(reference string) switchboard.HandoffState {
	d.t.Helper()
	h, err := d.ledger.Handoff(d.t.Context(), reference)
	if err != nil {
		d.t.Fatal(err)
	}
	return h.State
}

// run runs a dispatcher; the returned function stops it and waits for it.
func (d *desk) run(dispatcher *handoff.Dispatcher) (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		dispatcher.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	d.t.Cleanup(stop)
	return stop
}

// await fails the test where nothing makes ok true.
func (d *desk) await(what string, ok func() bool) {
	d.t.Helper()
	for end := time.Now().Add(long); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// status answers with a status and words that must not be repeated.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "their words")
	}
}

// hang answers when the caller has gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
