package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/session"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	file = "testdata/" + file
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

func TestReplyAsEvents(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	ask := func() *reader {
		return g.stream(g.request("POST", path+"/messages", `{"text":"roaming?","client_message_id":"m1"}`,
			with(bearer, "Accept", "application/json, text/event-stream")))
	}
	r := ask()
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
		"x-vercel-ai-ui-message-stream": "v1", "Idempotent-Replayed": "",
	} {
		if got := r.resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	golden(t, "reply.sse", text(r.rest()))

	again := ask()
	if got := again.resp.Header.Get("Idempotent-Replayed"); got != "true" {
		t.Errorf("Idempotent-Replayed: %q", got)
	}
	golden(t, "replayed.sse", text(again.rest()))
	asJSON := g.do("POST", path+"/messages", `{"text":"roaming?","client_message_id":"m1"}`, bearer)
	if asJSON.header.Get("Idempotent-Replayed") != "true" || asJSON.field("id") != "msg_b" {
		t.Errorf("as JSON: %s", asJSON.body)
	}
}

func TestWhoGetsEvents(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "text/event-stream": true, "Text/Event-Stream": true,
		"application/json, text/event-stream": true, "text/event-stream;q=0": false, "text/event-stream; q=0.0": false,
		"text/event-stream; q=0.5": true, "text/*": false,
	} {
		if got := wantsEvents(&http.Request{Header: http.Header{"Accept": {accept}}}); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

// A reader that was cut off goes on where it was, from the buffer or from the record.
func TestResume(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	whole := g.stream(g.request("POST", path+"/messages", `{"text":"roaming?"}`, with(bearer, "Accept", "text/event-stream"))).rest()
	stream := path + "/messages/msg_b/stream"
	resume := func(last string) []frame {
		return g.stream(g.request("GET", stream, "", with(bearer, "Last-Event-ID", last))).rest()
	}
	for i, last := range []string{"", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		if got, want := text(resume(last)), text(whole[min(i, len(whole)):]); got != want {
			t.Errorf("after %q: got\n%s\nwant\n%s", last, got, want)
		}
	}
	g.clock.Add(session.StreamTTL + time.Second)
	if got := kinds(resume("")); got != "start text-start text-delta source-url source-document text-end data-message finish [DONE]" {
		t.Errorf("from the record: %s", got)
	}
	if got := text(resume("4")); !strings.HasPrefix(got, "id: 5\ndata: {\"type\":\"data-message\"") || kinds(resume("4")) != "data-message finish [DONE]" {
		t.Errorf("from the record, after an event: %s", got)
	}
}

// A second reader follows a reply that is still being written.
func TestResumeLive(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	half, goOn := make(chan struct{}), make(chan struct{})
	g.bot.respond = func(_ context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		return g.bot.say(t, func(e switchboard.Event) error {
			if e.Kind == switchboard.EventSentence && e.Text == "Two." {
				close(half)
				<-goOn
			}
			return emit(e)
		}, "One. ", "Two.")
	}
	first := make(chan []frame, 1)
	r := g.stream(g.request("POST", path+"/messages", `{"text":"roaming?"}`, with(bearer, "Accept", "text/event-stream")))
	go func() { first <- r.rest() }()
	<-half
	second := g.stream(g.request("GET", path+"/messages/msg_b/stream", "", bearer))
	var got []frame
	for range 4 { // start, text-start, text-delta, source-url
		f, _ := second.next()
		got = append(got, f)
	}
	close(goOn)
	got = append(got, second.rest()...)
	if want := <-first; text(got) != text(want) || len(want) == 0 {
		t.Errorf("got\n%s\nwant\n%s", text(got), text(want))
	}
}

// A client that leaves stops the turn at once; what was recorded is there when it comes back.
func TestClientLeaves(t *testing.T) {
	for _, accept := range []string{"text/event-stream", "application/json"} {
		t.Run(accept, func(t *testing.T) {
			g := start(t)
			path, bearer := g.open(nil)
			said, stopped := make(chan struct{}), make(chan time.Time, 1)
			g.bot.respond = func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
				return g.bot.say(t, func(e switchboard.Event) error {
					if e.Kind == switchboard.EventSentence && e.Text == "Two." {
						close(said)
						<-ctx.Done()
						stopped <- time.Now()
						return ctx.Err()
					}
					return emit(e)
				}, "One. ", "Two.")
			}
			ctx, leave := context.WithCancel(t.Context())
			req := g.request("POST", path+"/messages", `{"text":"roaming?"}`, with(bearer, "Accept", accept)).WithContext(ctx)
			go func() {
				resp, err := client.Do(req)
				if err == nil {
					<-ctx.Done()
					_ = resp.Body.Close()
				}
			}()
			<-said
			left := time.Now()
			leave()
			if took := (<-stopped).Sub(left); took > 100*time.Millisecond {
				t.Errorf("the turn went on for %v", took)
			}
			// The lock goes when the turn has ended, and the rest of the stream is there.
			if accept == "text/event-stream" {
				rest := g.stream(g.request("GET", path+"/messages/msg_b/stream", "", with(bearer, "Last-Event-ID", "3"))).rest()
				if got := kinds(rest); got != "source-url text-end data-message finish [DONE]" {
					t.Errorf("afterwards: %s", got)
				}
			}
		})
	}
}

// A reader that does not read is given up; nobody else notices.
func TestSlowReader(t *testing.T) {
	g := start(t, func(c *Config) { c.WriteWithin = 100 * time.Millisecond })
	path, bearer := g.open(nil)
	given := make(chan error, 1)
	g.bot.respond = func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		answer, _ := g.bot.say(t, func(e switchboard.Event) error {
			if e.Kind != switchboard.EventSentence {
				return emit(e)
			}
			e.Text = strings.Repeat("never read ", 100_000)
			for range 100 {
				if err := emit(e); err != nil {
					given <- err
					return err
				}
			}
			given <- nil
			return nil
		}, "One.")
		return answer, ctx.Err()
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"text":"roaming?"}`
	req := g.request("POST", path+"/messages", body, with(bearer, "Accept", "text/event-stream"))
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-given:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the turn still waits for its reader")
	}
	if r := g.do("GET", "/healthz", "", nil); r.status != 200 {
		t.Errorf("afterwards: %d", r.status)
	}
}

// A comment every now and then keeps proxies open.
func TestKeepAlive(t *testing.T) {
	g := start(t, func(c *Config) { c.Heartbeat = 10 * time.Millisecond })
	path, bearer := g.open(nil)
	goOn := make(chan struct{})
	g.bot.respond = func(_ context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		return g.bot.say(t, func(e switchboard.Event) error {
			if e.Kind == switchboard.EventDone {
				<-goOn
			}
			return emit(e)
		}, "One.")
	}
	for _, target := range []string{path + "/messages", "/v1/chat/completions"} {
		body := `{"text":"hi"}`
		if target == "/v1/chat/completions" {
			body = `{"stream":true,"messages":[{"role":"user","content":"hi"}]}`
		}
		r := g.stream(g.request("POST", target, body, with(bearer, "Accept", "text/event-stream")))
		for comments := 0; comments < 3; {
			f, ok := r.next()
			if !ok {
				t.Fatal("the stream ended")
			}
			if f.comment != "" {
				comments++
			}
		}
		goOn <- struct{}{}
		if rest := r.rest(); len(rest) == 0 || rest[len(rest)-1].data != "[DONE]" {
			t.Errorf("%s ended with %v", target, rest)
		}
	}
}

// What fails after the start ends with an error part and an honest message.
func TestFailureAfterTheStart(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	g.bot.respond = func(_ context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		_ = emit(switchboard.Event{Kind: switchboard.EventStart, Answer: switchboard.Answer{
			ID: "msg_x", ConversationID: t.ConversationID, Role: switchboard.RoleAssistant, CreatedAt: testTime,
			Citations: []switchboard.Citation{}, Suggestions: []string{}, Release: "rel_1",
		}})
		_ = emit(switchboard.Event{Kind: switchboard.EventSentence, Text: "Roaming costs € 5.99."})
		return switchboard.Answer{}, errors.New("disk full: /var/lib/x")
	}
	all := g.stream(g.request("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "Accept", "text/event-stream"))).rest()
	golden(t, "failed.sse", text(all))
	resumed := g.stream(g.request("GET", path+"/messages/msg_x/stream", "", bearer)).rest()
	if text(resumed) != text(all) {
		t.Errorf("resumed: %s", text(resumed))
	}
	body := `{"stream":true,"messages":[{"role":"user","content":"hi"}]}`
	golden(t, "failed_openai.sse", text(g.stream(g.request("POST", "/v1/chat/completions", body, nil)).rest()))
}

// A shutdown waits for turns as long as it may, then ends them honestly.
func TestShutdown(t *testing.T) {
	for _, patient := range []bool{true, false} {
		t.Run(map[bool]string{true: "patient", false: "late"}[patient], func(t *testing.T) {
			g := start(t)
			path, bearer := g.open(nil)
			half, goOn := make(chan struct{}), make(chan struct{})
			g.bot.respond = func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
				return g.bot.say(t, func(e switchboard.Event) error {
					if e.Kind == switchboard.EventSentence && e.Text == "Two." {
						close(half)
						select {
						case <-goOn:
						case <-ctx.Done():
							return ctx.Err()
						}
					}
					return emit(e)
				}, "One. ", "Two.")
			}
			r := g.stream(g.request("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "Accept", "text/event-stream")))
			<-half
			g.server.Drain()
			ready := g.do("GET", "/readyz", "", nil)
			if ready.status != 503 || ready.field("code") != "unavailable" || ready.field("parts", "server") != "draining" {
				t.Errorf("readyz: %d %s", ready.status, ready.body)
			}
			within := 5 * time.Second
			if !patient {
				within = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(context.Background(), within)
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- g.server.Shutdown(ctx) }()
			if patient {
				close(goOn)
			}
			if got := kinds(r.rest()); !strings.HasSuffix(got, "data-message finish [DONE]") {
				t.Errorf("the stream was %s", got)
			}
			if err := <-ended; (err == nil) != patient {
				t.Errorf("shutdown: %v", err)
			}
		})
	}
}

func TestReadiness(t *testing.T) {
	broken := errors.New("dial tcp 10.0.0.5:5432: refused")
	g := start(t, func(c *Config) {
		c.Parts = func(context.Context) []Part { return []Part{{"ledger", broken}, {"sessions", nil}} }
	})
	r := g.do("GET", "/readyz", "", nil)
	if r.status != 503 || r.field("parts", "ledger") != "not ready" || strings.Contains(string(r.body), "10.0.0.5") {
		t.Errorf("got %d %s", r.status, r.body)
	}
	broken = nil
	if r := g.do("GET", "/readyz", "", nil); r.status != 200 || r.field("status") != "ready" {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if r := g.do("HEAD", "/healthz", "", nil); r.status != 200 || len(r.body) != 0 {
		t.Errorf("HEAD: %d %s", r.status, r.body)
	}
}

// A conversation from its opening to its end.
func TestAConversation(t *testing.T) {
	g := start(t)
	r := g.do("POST", "/v1/conversations", `{"locale":"es-MX","context":{"page":"/roaming"}}`, nil)
	if r.status != 201 || r.field("greeting") != "Hello!" || r.field("disclosure") == "" || r.field("suggestions") == "" {
		t.Fatalf("open: %d %s", r.status, r.body)
	}
	path, bearer := "/v1/conversations/"+r.field("id"), header{"Authorization": "bearer " + r.field("token")}
	m := g.do("POST", path+"/messages", `{"text":"How much is roaming?","client_message_id":"m1"}`, bearer)
	golden(t, "message.json", string(m.body)+"\n")
	for _, call := range []struct {
		path, body string
		status     int
	}{
		{path + "/messages/" + m.field("id") + "/feedback", `{"rating":"down","reason":"wrong","comment":"no"}`, 204},
		{path + "/csat", `{"score":4}`, 204},
		{path + "/handoff", `{"contact":"me@example.com"}`, 202},
		{path + "/handoff", "", 202},
	} {
		r := g.do("POST", call.path, call.body, bearer)
		if r.status != call.status || call.status == 204 && len(r.body) > 0 || call.status == 202 && r.field("reference") != "H-7K3F-92QD" {
			t.Errorf("%s: got %d %s", call.path, r.status, r.body)
		}
	}
	golden(t, "transcript.json", string(g.do("GET", path, "", bearer).body)+"\n")
	_ = g.stream(g.request("POST", path+"/messages", `{"text":"And?"}`, with(bearer, "Accept", "text/event-stream"))).rest()
	golden(t, "receipt.json", string(g.do("DELETE", path, "", bearer).body)+"\n")
	for _, gone := range []string{"", "/messages/msg_c/stream"} {
		if r := g.do("GET", path+gone, "", bearer); r.status != 404 {
			t.Errorf("after erasure, %s: %d %s", gone, r.status, r.body)
		}
	}
}

func TestSearch(t *testing.T) {
	g := start(t)
	r := g.do("GET", "/v1/kb/search?q=roaming&k=3&lang=es&as_of=2026-01-31&by=document", "", nil)
	if r.status != 200 || r.field("snapshot") != "kb_0011223344556677" {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	var found struct{ Results []map[string]any }
	if err := json.Unmarshal(r.body, &found); err != nil || len(found.Results) != 1 {
		t.Fatalf("got %s", r.body)
	}
	for _, member := range []string{"passage_id", "document_id", "title", "url", "lang", "text", "score"} {
		if found.Results[0][member] == nil {
			t.Errorf("no %s in %s", member, r.body)
		}
	}
	q := g.bot.queries[0]
	if q.Text != "roaming" || q.K != 3 || q.Lang != "es" || !q.ByDocument || q.AsOf.Format(time.DateOnly) != "2026-01-31" ||
		!slices.Equal(q.Audiences, []string{"public"}) || len(q.History) > 0 {
		t.Errorf("asked for %+v", q)
	}
	g.do("GET", "/v1/kb/search?q=and+there&history=first&history=second&audience=internal&audience=business&audience=public", "", nil)
	q = g.bot.queries[1]
	if !slices.Equal(q.Audiences, []string{"business", "internal", "public"}) || !slices.Equal(q.History, []string{"first", "second"}) {
		t.Errorf("asked for %+v", q)
	}
}
