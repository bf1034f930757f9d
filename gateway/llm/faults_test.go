package llm_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

const secret = "sk-the-customers-words"

// TestFaults is what goes wrong on the wire, and what becomes of it. A class of OK with a text means that the fault is
// none to the customer.
func TestFaults(t *testing.T) {
	say := func(more ...[]llmtest.Step) llmtest.Script { // a whole reply with something in its middle
		return llmtest.Stream(append(append([][]llmtest.Step{llmtest.Role(), llmtest.Text("one two")}, more...),
			llmtest.Text(" three"), llmtest.Finish("stop"), llmtest.Usage(0, 0), llmtest.Done())...)
	}
	begun := func(more ...[]llmtest.Step) llmtest.Script { // a reply that goes wrong after its beginning
		return llmtest.Stream(append([][]llmtest.Step{llmtest.Role(), llmtest.Text("one two")}, more...)...)
	}
	tests := []struct {
		name   string
		script llmtest.Script
		want   llm.Class
		text   string
	}{
		{"a whole reply", say(), llm.OK, "one two three"},
		{"400", llmtest.Fail(400), llm.BadRequest, ""},
		{"400 that says the text is too long", llmtest.Fail(400).WithCode("context_length_exceeded"), llm.ContextLength, ""},
		{"400 by a content filter", llmtest.Fail(400).WithCode("content_filter"), llm.ContentFilter, ""},
		{"401", llmtest.Fail(401), llm.Auth, ""},
		{"402", llmtest.Fail(402), llm.Auth, ""},
		{"403", llmtest.Fail(403), llm.Auth, ""},
		{"404", llmtest.Fail(404), llm.ModelNotFound, ""},
		{"408", llmtest.Fail(408), llm.ServerError, ""},
		{"409", llmtest.Fail(409), llm.ServerError, ""},
		{"413", llmtest.Fail(413), llm.ContextLength, ""},
		{"422", llmtest.Fail(422), llm.BadRequest, ""},
		{"429", llmtest.Fail(429), llm.RateLimited, ""},
		{"500", llmtest.Fail(500), llm.ServerError, ""},
		{"502", llmtest.Fail(502), llm.ServerError, ""},
		{"503", llmtest.Fail(503), llm.Overloaded, ""},
		{"504", llmtest.Fail(504), llm.ServerError, ""},
		{"529", llmtest.Fail(529), llm.Overloaded, ""},
		{"a redirect", llmtest.Fail(307).WithHeader("Location", "/elsewhere"), llm.BadRequest, ""},
		{"an error that is HTML", llmtest.Script{Status: 500, Body: "<html>" + secret}, llm.ServerError, ""},
		{"an error without end", llmtest.Script{Status: 500, Body: strings.Repeat("x", 1<<20)}, llm.ServerError, ""},
		{"no header", llmtest.Hang(), llm.TimeoutFirstToken, ""},
		{"a header and nothing", llmtest.Stream(llmtest.Stall()), llm.TimeoutFirstToken, ""},
		{"a role and nothing", llmtest.Stream(llmtest.Role(), llmtest.Stall()), llm.TimeoutFirstToken, ""},
		{"pings and nothing", llmtest.Stream(llmtest.Pings(100, 5*time.Millisecond), llmtest.Stall()), llm.TimeoutFirstToken, ""},
		{"chunks without choices and nothing", llmtest.Stream(llmtest.NoChoices(), llmtest.NoChoices(), llmtest.Stall()),
			llm.TimeoutFirstToken, ""},
		{"it stops talking", begun(llmtest.Stall()), llm.TimeoutIdle, "one two"},
		{"it stops talking, but pings", begun(llmtest.Pings(100, 5*time.Millisecond), llmtest.Stall()), llm.TimeoutIdle, "one two"},
		{"a slow drip", begun(llmtest.Text(strings.Repeat(" drip", 100)), llmtest.Stall()).WithGap(50 * time.Millisecond),
			llm.Timeout, "one two drip"},
		{"500 pings", say(llmtest.Pings(500, 0)), llm.OK, "one two three"},
		{"cut between tokens", begun(llmtest.Cut()), llm.Cut, "one two"},
		{"cut inside a token", begun(llmtest.HalfChunk(), llmtest.Cut()), llm.Cut, "one two"},
		{"ends inside a token", begun(llmtest.HalfChunk()), llm.Cut, "one two"},
		{"ends without a reason", begun(), llm.Cut, "one two"},
		{"done without a reason", begun(llmtest.Done()), llm.Cut, "one two"},
		{"cut before the first token", llmtest.Stream(llmtest.Role(), llmtest.Cut()), llm.Cut, ""},
		{"cut before the header", llmtest.Stream().After(time.Millisecond), llm.Empty, ""},
		{"a reason without done", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop")), llm.OK, "one two"},
		{"a reason, then silence", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Stall()), llm.OK, "one two"},
		{"done, then silence", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Done(), llmtest.Stall()),
			llm.OK, "one two"},
		{"a reason, then a cut", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Cut()), llm.OK, "one two"},
		{"the limit of tokens", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("length"), llmtest.Done()), llm.OK, "one two"},
		{"no choices at all", llmtest.Stream(llmtest.NoChoices(), llmtest.Usage(5, 0), llmtest.Done()), llm.Empty, ""},
		{"a reason and no text", llmtest.Stream(llmtest.Role(), llmtest.Finish("stop"), llmtest.Done()), llm.Empty, ""},
		{"white space", llmtest.Stream(llmtest.Tokens(" ", "\n"), llmtest.Finish("stop"), llmtest.Done()), llm.Empty, " \n"},
		{"nothing", llmtest.Stream(), llm.Empty, ""},
		{"a content filter", begun(llmtest.Finish("content_filter"), llmtest.Done()), llm.ContentFilter, "one two"},
		{"an error event", begun(llmtest.ErrorEvent(secret), llmtest.Done()), llm.ServerError, "one two"},
		{"an error event without data", begun(llmtest.Raw("event: error\n\n"), llmtest.Done()), llm.ServerError, "one two"},
		{"an error object", begun(llmtest.ErrorObject("overloaded_error", secret), llmtest.Done()), llm.Overloaded, "one two"},
		{"an error object first", llmtest.Stream(llmtest.ErrorObject("rate_limit_exceeded", secret)), llm.RateLimited, ""},
		{"an error object with a status", begun(llmtest.Data(`{"error":{"code":429,"message":"` + secret + `"}}`)), llm.RateLimited, "one two"},
		{"an error that is a string", begun(llmtest.Data(`{"error":"` + secret + `"}`)), llm.ServerError, "one two"},
		{"the word error in a reply", say(llmtest.Tokens(` "error": {`)), llm.OK, `one two "error": { three`},
		{"broken JSON", begun(llmtest.Garbage(), llmtest.Finish("stop")), llm.Garbage, "one two"},
		{"JSON of another shape", begun(llmtest.Data(`{"choices":"` + secret + `"}`)), llm.Garbage, "one two"},
		{"a line without end", begun(llmtest.LongLine(2 << 20)), llm.Garbage, "one two"},
		{"a reply without end", begun(llmtest.Tokens(strings.Split(strings.Repeat(strings.Repeat("x", 100<<10)+" ", 12), " ")...)), llm.Garbage, ""},
		{"data on several lines", say(llmtest.Multiline(" and")), llm.OK, "one two and three"},
		{"no empty lines between events", llmtest.Stream(llmtest.Raw(
			"data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n" +
				"data: {\"choices\":[{\"delta\":{\"content\":\" two\"},\"finish_reason\":\"stop\"}]}\ndata: [DONE]\n")), llm.OK, "one two"},
		{"carriage returns, no space, no last line end", llmtest.Stream(llmtest.Raw(
			"id: 1\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\r\n\r\n" +
				"data:{\"choices\":[{\"delta\":{\"content\":\" two\"},\"finish_reason\":\"stop\"}]}")), llm.OK, "one two"},
		{"other choices", say(llmtest.Data(`{"choices":[{"index":1,"delta":{"content":"no"}}]}`)), llm.OK, "one two three"},
		{"text after the reason", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Text(" three"), llmtest.Done()),
			llm.OK, "one two"},
		{"not streamed", llmtest.Body("application/json",
			`{"choices":[{"message":{"role":"assistant","content":"one two"},"finish_reason":"stop"}]}`), llm.OK, "one two"},
		{"not streamed, no choices", llmtest.Body("application/json", `{"choices":[]}`), llm.Empty, ""},
		{"not streamed, an error", llmtest.Body("application/json", `{"error":{"message":"`+secret+`"}}`), llm.ServerError, ""},
		{"not streamed, broken", llmtest.Body("application/json", `{"choices":[{`), llm.Garbage, ""},
		{"a captive portal", llmtest.Body("text/html", "<html>"+secret), llm.Garbage, ""},
		{"plain words", llmtest.Body("text/plain", secret), llm.Empty, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newStub(t)
			srv.Queue(tt.script)
			m := newModel(t, "primary", srv.URL, func(c *llm.ModelConfig) {
				c.FirstTokenTimeout, c.IdleTimeout, c.Timeout = 700*time.Millisecond, 600*time.Millisecond, 4*time.Second
			})
			var emitted strings.Builder
			c, err := m.Complete(within(t, 10*time.Second), ask(), func(s string) error { emitted.WriteString(s); return nil })
			if got := classOf(t, err); got != tt.want {
				t.Fatalf("class %s (%v), want %s", got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the upstream's words are in %q", err)
			}
			if !strings.HasPrefix(c.Text, tt.text) || tt.want == llm.OK && c.Text != tt.text {
				t.Errorf("text %q, want %q", c.Text, tt.text)
			}
			if len(c.Attempts) != 1 || c.Attempts[0].Outcome != string(tt.want) || c.Attempts[0].Model != "primary" {
				t.Errorf("attempts %+v", c.Attempts)
			}
			if len(c.Text) < 1<<20 && emitted.String() != c.Text {
				t.Errorf("emitted %q, returned %q", emitted.String(), c.Text)
			}
		})
	}
}

// TestUnreachable is what goes wrong before HTTP begins.
func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + listener.Addr().String()
	listener.Close()
	selfSigned := httptest.NewUnstartedServer(http.NotFoundHandler())
	selfSigned.Config.ErrorLog = log.New(io.Discard, "", 0)
	selfSigned.StartTLS()
	defer selfSigned.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()

	tests := []struct {
		name, url string
		want      llm.Class
	}{
		{"connection refused", refused, llm.Connect},
		{"no such host", "http://upstream.invalid", llm.Connect},
		{"hangs up before the header", "http://" + hangUp(t, ""), llm.Connect},
		{"speaks something else", "http://" + hangUp(t, "220 "+secret+"\r\n"), llm.Connect},
		{"a certificate that nobody vouches for", selfSigned.URL, llm.TLS},
		{"no TLS where it should be", strings.Replace(plain.URL, "http", "https", 1), llm.TLS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newModel(t, "primary", tt.url+"/v1", func(c *llm.ModelConfig) { c.FirstTokenTimeout = 5 * time.Second })
			c, err := m.Complete(within(t, 10*time.Second), ask(), nil)
			if got := classOf(t, err); got != tt.want {
				t.Fatalf("class %s (%v), want %s", got, err, tt.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the upstream's words are in %q", err)
			}
			if a := c.Attempts[0]; a.InputTokens+a.OutputTokens != 0 || a.Cost != 0 {
				t.Errorf("nothing was asked, yet it cost %+v", a)
			}
		})
	}
}

// hangUp listens, and answers each request with the words and a closed connection.
func hangUp(t *testing.T, words string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = conn.Write([]byte(words))
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}
