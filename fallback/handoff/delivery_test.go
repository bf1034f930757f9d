package handoff_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard"
	"switchboard/fallback/handoff"
)

func TestPayloadAndSignature(t *testing.T) {
	d := newDesk(t, status(http.StatusNoContent))
	d.passes(time.Since(d.time())) // the verifier goes by the wall clock
	reference := d.request(1)
	asked := d.time()
	d.passes(time.Minute)
	if got := d.dispatcher().DeliverNow(t.Context(), reference, long); got != switchboard.HandoffAcknowledged {
		t.Fatalf("state %s, want acknowledged", got)
	}
	if got := d.state(reference); got != switchboard.HandoffAcknowledged {
		t.Errorf("recorded state %s, want acknowledged", got)
	}
	got := d.requests()[0]
	verifier, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.Verify(got.body, got.header); err != nil {
		t.Error(err)
	}
	if err := verifier.Verify(append(got.body, ' '), got.header); err == nil {
		t.Error("a changed body passes for signed")
	}
	if got.id != reference || got.header.Get("webhook-timestamp") != strconv.FormatInt(d.time().Unix(), 10) ||
		got.header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", got.header)
	}
	at, err := json.Marshal(asked.UTC().Truncate(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"type":"handoff.requested","timestamp":%s,"data":{"reference":"H-0001-TEST",`+
		`"conversation_id":"conv_1","reason":"human_requested","locale":"en-IE","contact":"+353 1 555 0100",`+
		`"note":"after 5 pm","summary":"Roaming.","transcript":[{"role":"user","text":"Hello","at":`, at)
	if !strings.HasPrefix(string(got.body), want) {
		t.Errorf("body %s\nwant %s…", got.body, want)
	}
}

func TestAnswers(t *testing.T) {
	for code, want := range map[int]switchboard.HandoffState{
		200: switchboard.HandoffAcknowledged, 202: switchboard.HandoffAcknowledged, 204: switchboard.HandoffAcknowledged,
		301: switchboard.HandoffRequested, 307: switchboard.HandoffRequested, 304: switchboard.HandoffRequested,
		400: switchboard.HandoffFailed, 401: switchboard.HandoffFailed, 404: switchboard.HandoffFailed,
		410: switchboard.HandoffFailed, 422: switchboard.HandoffFailed,
		408: switchboard.HandoffRequested, 429: switchboard.HandoffRequested,
		500: switchboard.HandoffRequested, 503: switchboard.HandoffRequested,
	} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			var elsewhere atomic.Int64
			other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
			defer other.Close()
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", other.URL)
				status(code)(w, r)
			})
			reference := d.request(1)
			if got := d.dispatcher().DeliverNow(t.Context(), reference, long); got != want || d.state(reference) != want {
				t.Errorf("state %s, recorded %s, want %s", got, d.state(reference), want)
			}
			if elsewhere.Load() != 0 {
				t.Error("a redirect was followed")
			}
			pending, err := d.ledger.Pending(t.Context())
			if due := want == switchboard.HandoffRequested; err != nil || (pending == 1) != due {
				t.Errorf("%d deliveries are pending, error %v", pending, err)
			}
		})
	}
}

func TestFailsThenWorks(t *testing.T) {
	d := newDesk(t, status(http.StatusInternalServerError))
	dispatcher := d.dispatcher()
	reference := d.request(1)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Fatalf("state %s, want requested", got)
	}
	d.answers(status(http.StatusOK))
	d.run(dispatcher)
	d.passes(2*time.Second - time.Millisecond)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Errorf("tried again before the wait was over: state %s", got)
	}
	d.passes(time.Millisecond)
	d.await("the second try", func() bool { return d.state(reference) == switchboard.HandoffAcknowledged })
	got := d.requests()
	if len(got) != 2 || got[0].id != got[1].id || string(got[0].body) != string(got[1].body) {
		t.Errorf("%d requests, want the same one twice", len(got))
	}
}

func TestDown(t *testing.T) {
	d := newDesk(t, status(http.StatusOK))
	dispatcher := d.dispatcher()
	d.server.Close()
	reference := d.request(1)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Errorf("state %s, want requested", got)
	}
	d.passes(24 * time.Hour)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffFailed {
		t.Errorf("after a day: state %s, want failed", got)
	}
	if got := d.state(reference); got != switchboard.HandoffFailed {
		t.Errorf("recorded after a day: state %s, want failed", got)
	}
}

func TestSlow(t *testing.T) {
	d := newDesk(t, hang)
	dispatcher := d.dispatcher()
	reference := d.request(1)
	began := time.Now()
	if got := dispatcher.DeliverNow(t.Context(), reference, 100*time.Millisecond); got != switchboard.HandoffRequested {
		t.Errorf("state %s, want requested", got)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v, was to take 100ms", took)
	}
	d.answers(status(http.StatusOK))
	d.passes(2 * time.Second)
	d.run(dispatcher)
	d.await("the second try", func() bool { return d.state(reference) == switchboard.HandoffAcknowledged })
	if got := d.requests(); len(got) != 2 || got[0].id != got[1].id {
		t.Errorf("%d requests, want two under one id", len(got))
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "Sun, 01 Mar 2026 12:05:00 GMT": 5 * time.Minute, "999999": time.Hour,
		"-5": 2 * time.Second, "soon": 2 * time.Second, "": 2 * time.Second,
	} {
		d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		d.dispatcher().DeliverNow(t.Context(), d.request(1), long)
		for at, due := range map[time.Duration]int{want - time.Millisecond: 0, want: 1} {
			claimed, err := d.ledger.Claim(t.Context(), d.time().Add(at), 1, 0)
			if err != nil || len(claimed) != due {
				t.Errorf("Retry-After %q: %d due after %v, error %v; want %d", header, len(claimed), at, err, due)
			}
		}
	}
}

func TestEndlessAnswers(t *testing.T) {
	page := make([]byte, 32<<10)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   switchboard.HandoffState
	}{
		"body": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(page); err != nil {
					return
				}
			}
		}, switchboard.HandoffAcknowledged},
		"header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}, switchboard.HandoffRequested},
	} {
		d := newDesk(t, test.answer)
		own := func(c *handoff.Config) { c.Client = nil } // the default one has the bounds
		if got := d.dispatcher(own).DeliverNow(t.Context(), d.request(1), long); got != test.want {
			t.Errorf("%s: state %s, want %s", name, got, test.want)
		}
	}
}

func TestTwoDispatchersShareTheWork(t *testing.T) {
	d := newDesk(t, status(http.StatusOK))
	const requests = 60
	for n := range requests {
		d.request(n)
	}
	d.run(d.dispatcher())
	d.run(d.dispatcher())
	d.await("all deliveries", func() bool {
		n, err := d.ledger.Pending(t.Context())
		return err == nil && n == 0
	})
	times := map[string]int{}
	for _, r := range d.requests() {
		times[r.id]++
	}
	if len(times) != requests || len(d.requests()) != requests {
		t.Errorf("%d requests came, %d different; want %d", len(d.requests()), len(times), requests)
	}
}

// TestKilledWhileDelivering leaves a claim that nobody settles, as a killed process does.
func TestKilledWhileDelivering(t *testing.T) {
	d := newDesk(t, status(http.StatusOK))
	reference := d.request(1)
	if claimed, err := d.ledger.Claim(t.Context(), d.time(), 10, time.Minute); err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	dispatcher := d.dispatcher()
	d.run(dispatcher)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Errorf("while another has the claim: state %s, want requested", got)
	}
	d.passes(time.Minute)
	d.await("the lease's end", func() bool { return d.state(reference) == switchboard.HandoffAcknowledged })
	if n := len(d.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestDeliverNowWaitsForRun(t *testing.T) {
	release := make(chan struct{})
	d := newDesk(t, func(http.ResponseWriter, *http.Request) { <-release })
	dispatcher := d.dispatcher()
	reference := d.request(1)
	d.run(dispatcher)
	d.await("Run's try", func() bool { return len(d.requests()) == 1 })
	var group sync.WaitGroup
	group.Go(func() {
		if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffAcknowledged {
			t.Errorf("state %s, want acknowledged", got)
		}
	})
	if got := dispatcher.DeliverNow(t.Context(), reference, time.Millisecond); got != switchboard.HandoffRequested {
		t.Errorf("without patience: state %s, want requested", got)
	}
	close(release)
	group.Wait()
	if n := len(d.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestRunStopsInTheMiddle(t *testing.T) {
	d := newDesk(t, hang)
	reference := d.request(1)
	stop := d.run(d.dispatcher())
	d.await("the first try", func() bool { return len(d.requests()) == 1 })
	began := time.Now()
	stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	d.answers(status(http.StatusOK))
	d.passes(2 * time.Second) // much less than a lease: the claim was given back
	d.run(d.dispatcher())
	d.await("the next start's try", func() bool { return d.state(reference) == switchboard.HandoffAcknowledged })
}

func TestWithoutWebhook(t *testing.T) {
	d := newDesk(t, status(http.StatusOK))
	reference := d.request(1)
	dispatcher := d.dispatcher(func(c *handoff.Config) { c.Webhook = handoff.Webhook{} })
	stop := d.run(dispatcher)
	if got := dispatcher.DeliverNow(t.Context(), reference, long); got != switchboard.HandoffRequested {
		t.Errorf("state %s, want requested", got)
	}
	stop()
	if n, err := d.ledger.Pending(t.Context()); err != nil || n != 1 {
		t.Errorf("%d requests wait, error %v; want 1", n, err)
	}
	if got := dispatcher.DeliverNow(t.Context(), "H-UNKN-OWN1", long); got != switchboard.HandoffRequested {
		t.Errorf("an unknown reference: state %s", got)
	}
}

func TestConfiguration(t *testing.T) {
	d := newDesk(t, status(http.StatusOK))
	for _, test := range []struct {
		hook handoff.Webhook
		want string
	}{
		{handoff.Webhook{URL: "ftp://s3cret.example", Secret: secret}, "http:// or https://"},
		{handoff.Webhook{URL: "https://", Secret: secret}, "http:// or https://"},
		{handoff.Webhook{URL: "https://x.example/%zz?s3cret", Secret: secret}, "http:// or https://"},
		{handoff.Webhook{URL: "https://x.example", Secret: ""}, "base64"},
		{handoff.Webhook{URL: "https://x.example", Secret: "whsec_s3cret!"}, "base64"},
		{handoff.Webhook{URL: "https://x.example", Secret: secret}, ""},
		{handoff.Webhook{URL: "https://x.example", Secret: secret[6:]}, ""},
	} {
		_, err := handoff.New(handoff.Config{Outbox: d.ledger, Webhook: test.hook})
		switch {
		case (err == nil) != (test.want == ""):
			t.Errorf("%+v: error %v", test.hook, err)
		case err != nil && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret")):
			t.Errorf("error %q, want %q and no secret", err, test.want)
		}
	}
	if _, err := handoff.New(handoff.Config{}); err == nil {
		t.Error("no outbox is no error")
	}
}
