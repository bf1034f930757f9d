package llm_test

import (
	"bufio"
	"cmp"
	"crypto/tls"
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

// The deadlines of faults that one of them ends. Where none does they are long, for the sake of busy machines.
func hurryFirst(c *llm.ModelConfig) { c.FirstTokenTimeout = 120 * time.Millisecond }
func hurryIdle(c *llm.ModelConfig)  { c.IdleTimeout = 120 * time.Millisecond }
func hurryAll(c *llm.ModelConfig)   { c.Timeout = time.Second }
func patient(c *llm.ModelConfig) {
	c.FirstTokenTimeout, c.IdleTimeout, c.Timeout = 20*time.Second, 20*time.Second, 30*time.Second
}

// fault is what goes wrong on the wire, and what becomes of it. A class of OK with a text means that the fault is none
// to the customer.
type fault struct {
	name   string
	script llmtest.Script
	want   llm.Class
	text   string                 // what arrived before it, at least
	hurry  func(*llm.ModelConfig) // nil: no deadline may run out
}

func reply(more ...[]llmtest.Step) llmtest.Script { // a whole reply with something in its middle
	return llmtest.Stream(append(append([][]llmtest.Step{llmtest.Role(), llmtest.Text("one two")}, more...),
		llmtest.Text(" three"), llmtest.Finish("stop"), llmtest.Usage(0, 0), llmtest.Done())...)
}

func begun(more ...[]llmtest.Step) llmtest.Script { // a reply that goes wrong after its beginning
	return llmtest.Stream(append([][]llmtest.Step{llmtest.Role(), llmtest.Text("one two")}, more...)...)
}

// faults happen to every protocol.
func faults() []fault {
	fail := llmtest.Fail
	return []fault{
		{name: "a whole reply", script: reply(), text: "one two three"},
		{name: "400", script: fail(400), want: llm.BadRequest},
		{name: "400 that says the text is too long", script: fail(400).WithCode("context_length_exceeded"), want: llm.ContextLength},
		{name: "400 by a content filter", script: fail(400).WithCode("content_filter"), want: llm.ContentFilter},
		{name: "401", script: fail(401), want: llm.Auth},
		{name: "402", script: fail(402), want: llm.Auth},
		{name: "403", script: fail(403), want: llm.Auth},
		{name: "404", script: fail(404), want: llm.ModelNotFound},
		{name: "408", script: fail(408), want: llm.ServerError},
		{name: "409", script: fail(409), want: llm.ServerError},
		{name: "413", script: fail(413), want: llm.ContextLength},
		{name: "422", script: fail(422), want: llm.BadRequest},
		{name: "429", script: fail(429), want: llm.RateLimited},
		{name: "429 with Retry-After", script: fail(429).WithRetryAfter("30"), want: llm.RateLimited},
		{name: "429 whose body does not come", script: fail(429).WithoutBody(), want: llm.RateLimited},
		{name: "400 whose body does not come", script: fail(400).WithoutBody(), want: llm.BadRequest},
		{name: "500", script: fail(500), want: llm.ServerError},
		{name: "501", script: fail(501), want: llm.ServerError},
		{name: "502", script: fail(502), want: llm.ServerError},
		{name: "503", script: fail(503), want: llm.Overloaded},
		{name: "504", script: fail(504), want: llm.ServerError},
		{name: "529", script: fail(529), want: llm.Overloaded},
		{name: "a redirect", script: fail(307).WithHeader("Location", "/elsewhere"), want: llm.BadRequest},
		{name: "a success that is none", script: fail(202), want: llm.BadRequest},
		{name: "an error that is HTML", script: llmtest.Script{Status: 500, Body: "<html>" + secret}, want: llm.ServerError},
		{name: "an error of a megabyte", script: llmtest.Script{Status: 500, Body: strings.Repeat("x", 1<<20)}, want: llm.ServerError},
		{name: "no header", script: llmtest.Hang(), want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "a header and nothing", script: llmtest.Stream(llmtest.Stall()), want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "a role and nothing", script: llmtest.Stream(llmtest.Role(), llmtest.Stall()), want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "pings and nothing", script: llmtest.Stream(llmtest.Role(), llmtest.Pings(1000, time.Millisecond), llmtest.Stall()),
			want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "empty chunks and nothing", script: llmtest.Stream(llmtest.NoChoices(), llmtest.NoChoices(), llmtest.Stall()),
			want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "the first token, a byte at a time", script: llmtest.Stream(llmtest.Drip("one", 20*time.Millisecond)),
			want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "the third token, a byte at a time", script: begun(llmtest.Drip(" three", 20*time.Millisecond)),
			want: llm.TimeoutIdle, text: "one two", hurry: hurryIdle},
		{name: "it stops talking", script: begun(llmtest.Stall()), want: llm.TimeoutIdle, text: "one two", hurry: hurryIdle},
		{name: "it stops talking, but pings", script: begun(llmtest.Pings(1000, time.Millisecond), llmtest.Stall()),
			want: llm.TimeoutIdle, text: "one two", hurry: hurryIdle},
		{name: "it never ends", script: begun(llmtest.Text(strings.Repeat(" drip", 1000))).WithGap(10 * time.Millisecond),
			want: llm.Timeout, text: "one two drip", hurry: hurryAll},
		{name: "500 pings", script: reply(llmtest.Pings(500, 0)), text: "one two three"},
		{name: "500 empty chunks", script: reply(llmtest.Repeat(500, llmtest.NoChoices())), text: "one two three"},
		{name: "cut between tokens", script: begun(llmtest.Cut()), want: llm.Cut, text: "one two"},
		{name: "cut inside a token", script: begun(llmtest.HalfChunk(), llmtest.Cut()), want: llm.Cut, text: "one two"},
		{name: "ends inside a token", script: begun(llmtest.HalfChunk()), want: llm.Cut, text: "one two"},
		{name: "ends without a reason", script: begun(), want: llm.Cut, text: "one two"},
		{name: "done without a reason", script: begun(llmtest.Done()), want: llm.Cut, text: "one two"},
		{name: "done without a reason, then silence", script: begun(llmtest.Done(), llmtest.Stall()), want: llm.Cut, text: "one two"},
		{name: "done and nothing else, then silence", script: llmtest.Stream(llmtest.Role(), llmtest.Done(), llmtest.Stall()), want: llm.Empty},
		{name: "cut before the first token", script: llmtest.Stream(llmtest.Role(), llmtest.Cut()), want: llm.Cut},
		{name: "a reason without done", script: begun(llmtest.Finish("stop")), text: "one two"},
		{name: "a reason, then silence", script: begun(llmtest.Finish("stop"), llmtest.Stall()), text: "one two"},
		{name: "a reason, then pings", script: begun(llmtest.Finish("stop"), llmtest.Pings(10000, time.Millisecond)), text: "one two"},
		{name: "done, then silence", script: begun(llmtest.Finish("stop"), llmtest.Done(), llmtest.Stall()), text: "one two"},
		{name: "done, then more without end", script: begun(llmtest.Finish("stop"), llmtest.Done(), llmtest.Endless(": x\n\n")), text: "one two"},
		{name: "a reason, then a cut", script: begun(llmtest.Finish("stop"), llmtest.Cut()), text: "one two"},
		{name: "the limit of tokens", script: begun(llmtest.Finish("length"), llmtest.Done()), text: "one two"},
		{name: "a reason and no text", script: llmtest.Stream(llmtest.Role(), llmtest.Finish("stop"), llmtest.Done()), want: llm.Empty},
		{name: "nothing but empty chunks", script: llmtest.Stream(llmtest.NoChoices(), llmtest.Done()), want: llm.Empty},
		{name: "white space", script: llmtest.Stream(llmtest.Tokens(" ", "\n"), llmtest.Finish("stop"), llmtest.Done()), want: llm.Empty, text: " \n"},
		{name: "nothing", script: llmtest.Stream(), want: llm.Empty},
		{name: "a content filter", script: begun(llmtest.Finish("content_filter"), llmtest.Done()), want: llm.ContentFilter, text: "one two"},
		{name: "an error event", script: begun(llmtest.ErrorEvent(secret), llmtest.Done()), want: llm.ServerError, text: "one two"},
		{name: "an error event without data", script: begun(llmtest.Raw("event: error\n\n"), llmtest.Done()), want: llm.ServerError, text: "one two"},
		{name: "overloaded, inside a stream", script: begun(llmtest.ErrorObject("overloaded_error", secret), llmtest.Done()),
			want: llm.Overloaded, text: "one two"},
		{name: "a rate limit, first inside a stream", script: llmtest.Stream(llmtest.ErrorObject("rate_limit_error", secret)), want: llm.RateLimited},
		{name: "an error with a status", script: begun(llmtest.Data(`{"error":{"code":429,"message":"` + secret + `"}}`)),
			want: llm.RateLimited, text: "one two"},
		{name: "an error that is a string", script: begun(llmtest.Data(`{"error":"` + secret + `"}`)), want: llm.ServerError, text: "one two"},
		{name: "the word error in a reply", script: reply(llmtest.Tokens(` "error": {`)), text: `one two "error": { three`},
		{name: "broken JSON", script: begun(llmtest.Garbage(), llmtest.Finish("stop")), want: llm.Garbage, text: "one two"},
		{name: "a line without end", script: begun(llmtest.LongLine(2 << 20)), want: llm.Garbage, text: "one two"},
		{name: "megabytes of text", script: begun(llmtest.Repeat(300, llmtest.Tokens(strings.Repeat("x", 8<<10)))), want: llm.Garbage, text: "one two"},
		{name: "comments without end", script: begun(llmtest.Endless(": " + strings.Repeat("x", 1000) + "\n\n")), want: llm.Garbage, text: "one two"},
		{name: "data lines without end", script: begun(llmtest.Endless("data: [\n")), want: llm.Garbage, text: "one two"},
		{name: "data on several lines", script: reply(llmtest.Multiline(" and")), text: "one two and three"},
		{name: "not streamed, too large", script: llmtest.Body("application/json", strings.Repeat(" ", 2<<20)+"{}"), want: llm.Garbage},
		{name: "not streamed, an error", script: llmtest.Body("application/json", `{"error":{"message":"`+secret+`"}}`), want: llm.ServerError},
		{name: "not streamed, broken", script: llmtest.Body("application/json", `{"choices":[{`), want: llm.Garbage},
		{name: "not streamed, nothing in it", script: llmtest.Body("application/json", `{}`), want: llm.Empty},
		{name: "a captive portal", script: llmtest.Body("text/html", "<html>"+secret), want: llm.Garbage},
		{name: "compressed", script: reply().WithHeader("Content-Encoding", "br"), want: llm.Garbage},
		{name: "plain words", script: llmtest.Body("text/plain", secret), want: llm.Empty},
	}
}

// openAIFaults are those of its chunks.
func openAIFaults() []fault {
	return []fault{
		{name: "no choices at all", script: llmtest.Stream(llmtest.NoChoices(), llmtest.Usage(5, 0), llmtest.Done()), want: llm.Empty},
		{name: "JSON of another shape", script: begun(llmtest.Data(`{"choices":"` + secret + `"}`)), want: llm.Garbage, text: "one two"},
		{name: "a refusal", script: llmtest.Stream(llmtest.Data(`{"choices":[{"delta":{"refusal":"`+secret+`"}}]}`), llmtest.Finish("stop"), llmtest.Done()),
			want: llm.ContentFilter},
		{name: "Azure's filter, before the first token", script: llmtest.Stream(
			llmtest.Data(`{"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false}}}]}`),
			llmtest.Finish("content_filter"), llmtest.Done()), want: llm.ContentFilter},
		{name: "no empty lines between events", script: llmtest.Stream(llmtest.Raw(
			"data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n" +
				"data: {\"choices\":[{\"delta\":{\"content\":\" two\"},\"finish_reason\":\"stop\"}]}\ndata: [DONE]\n")), text: "one two"},
		{name: "carriage returns, no space, no last line end", script: llmtest.Stream(llmtest.Raw(
			"id: 1\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\r\n\r\n" +
				"data:{\"choices\":[{\"delta\":{\"content\":\" two\"},\"finish_reason\":\"stop\"}]}")), text: "one two"},
		{name: "other choices", script: reply(llmtest.Data(`{"choices":[{"index":1,"delta":{"content":"no"}}]}`)), text: "one two three"},
		{name: "text after the reason", script: begun(llmtest.Finish("stop"), llmtest.Text(" three"), llmtest.Done()), text: "one two"},
		{name: "members that are not ours, of any shape", script: reply(llmtest.Data(`{"created":1.5,"id":7,"choices":[{"delta":{"content":" and","role":5}}]}`)),
			text: "one two and three"},
		{name: "not streamed", script: llmtest.Body("application/json",
			`{"choices":[{"message":{"role":"assistant","content":"one two"},"finish_reason":"stop"}]}`), text: "one two"},
	}
}

// anthropicFaults are those of its events.
func anthropicFaults() []fault {
	return []fault{
		{name: "events that nobody knows yet", script: reply(llmtest.Raw("event: news\ndata: {\"type\":\"news\",\"delta\":{\"text\":\"no\"}}\n\n")),
			text: "one two three"},
		{name: "thinking and nothing", script: llmtest.Stream(llmtest.Role(), llmtest.Repeat(20, llmtest.NoChoices()), llmtest.Stall()),
			want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "JSON of another shape", script: begun(llmtest.Data(`{"type":"content_block_delta","delta":"` + secret + `"}`)), want: llm.Garbage, text: "one two"},
		{name: "a text that is a number", script: begun(llmtest.Data(`{"type":"content_block_delta","delta":{"type":"text_delta","text":5}}`)),
			want: llm.Garbage, text: "one two"},
		{name: "a block that begins with text", script: llmtest.Stream(
			llmtest.Data(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"one"}}`), llmtest.Text(" two"),
			llmtest.Finish("stop"), llmtest.Done()), text: "one two"},
		{name: "a stop sequence", script: begun(llmtest.Finish("stop_sequence"), llmtest.Done()), text: "one two"},
		{name: "the end of the window", script: begun(llmtest.Finish("model_context_window_exceeded"), llmtest.Done()), text: "one two"},
		{name: "not streamed", script: llmtest.Body("application/json",
			`{"type":"message","content":[{"type":"text","text":"one"},{"type":"text","text":" two"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}`),
			text: "one two"},
		{name: "too long, in its words", script: llmtest.Script{Status: 400, Body: `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 215000 tokens > 200000 maximum"}}`},
			want: llm.ContextLength},
	}
}

// TestFaults puts each model through each fault.
func TestFaults(t *testing.T) {
	for _, api := range apis {
		list := append(faults(), openAIFaults()...)
		if api == llm.Anthropic {
			list = append(faults(), anthropicFaults()...)
		}
		for _, f := range list {
			t.Run(string(api)+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				f.check(t, api)
			})
		}
	}
}

func (f fault) check(t *testing.T, api llm.API) {
	waits := f.hurry != nil
	if f.hurry == nil {
		f.hurry = func(*llm.ModelConfig) {}
	}
	srv := newStub(t)
	srv.Queue(f.script)
	m := speaking(t, api, srv, patient, f.hurry)
	var emitted strings.Builder
	c, err := m.Complete(within(t, 30*time.Second), ask(), func(s string) error { emitted.WriteString(s); return nil })
	want := cmp.Or(f.want, llm.OK)
	if got := classOf(t, err); got != want {
		t.Fatalf("class %s (%v), want %s", got, err, want)
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("the upstream's words are in %q", err)
	}
	if !strings.HasPrefix(c.Text, f.text) || want == llm.OK && c.Text != f.text {
		t.Errorf("text %q, want %q", c.Text, f.text)
	}
	if len(c.Attempts) != 1 || c.Attempts[0].Outcome != string(want) || c.Attempts[0].Model != "primary" {
		t.Errorf("attempts %+v", c.Attempts)
	}
	if len(c.Text) < 1<<20 && emitted.String() != c.Text {
		t.Errorf("emitted %q, returned %q", emitted.String(), c.Text)
	}
	if len(srv.Calls()) != 1 {
		t.Errorf("%d calls", len(srv.Calls()))
	}
	if took := c.Attempts[0].Total; !waits && took > 10*time.Second { // half of what patient would wait
		t.Errorf("took %s", took)
	}
}

// TestSocketFaults is what goes wrong below the protocols.
func TestSocketFaults(t *testing.T) {
	const header = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	tests := []struct {
		name  string
		say   string        // at once
		again string        // as often as it is taken
		gap   time.Duration // between the bytes of say
		want  llm.Class
		hurry func(*llm.ModelConfig)
	}{
		{name: "a header line without end", say: "HTTP/1.1 200 OK\r\nX: ", again: strings.Repeat("x", 4096), want: llm.Garbage},
		{name: "headers without end", say: "HTTP/1.1 200 OK\r\n", again: "X-" + secret + ": x\r\n", want: llm.Garbage},
		{name: "informational responses without end", say: "", again: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", want: llm.Garbage},
		{name: "a header without a colon", say: "HTTP/1.1 200 OK\r\n" + secret + "\r\n\r\n", want: llm.Connect},
		{name: "no status line", say: secret + "\r\n\r\n", want: llm.Garbage},
		{name: "a header, a byte at a time", say: strings.Repeat(header, 10), gap: 20 * time.Millisecond, want: llm.TimeoutFirstToken, hurry: hurryFirst},
		{name: "hangs up inside the header", say: header, want: llm.Connect},
		{name: "a chunk's length that is none", say: header + "Transfer-Encoding: chunked\r\n\r\n" + secret + "\r\n", want: llm.Cut},
		{name: "less than was promised", say: header + "Content-Length: 100\r\n\r\ndata: ", want: llm.Cut},
		{name: "less of an error than was promised", say: "HTTP/1.1 429 No\r\nContent-Length: 100\r\n\r\n" + secret, want: llm.RateLimited},
		{name: "less of a whole reply than was promised",
			say: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", want: llm.Cut},
		{name: "bytes without end", say: header + "\r\n", again: strings.Repeat("x", 1<<16), want: llm.Garbage},
	}
	for _, api := range apis {
		for _, tt := range tests {
			t.Run(string(api)+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				url := "http://" + answering(t, func(conn net.Conn) { talk(conn, tt.say, tt.again, tt.gap) })
				if tt.hurry == nil {
					tt.hurry = patient
				}
				m := newModel(t, "primary", url, func(c *llm.ModelConfig) { c.API = api }, patient, tt.hurry)
				_, err := m.Complete(within(t, 30*time.Second), ask(), nil)
				if got := classOf(t, err); got != tt.want {
					t.Fatalf("class %s (%v), want %s", got, err, tt.want)
				}
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the upstream's words are in %q", err)
				}
			})
		}
	}
}

// talk says what it has to say until the client hangs up.
func talk(conn net.Conn, say, again string, gap time.Duration) {
	if gap == 0 {
		_, _ = io.WriteString(conn, say)
	}
	for i := 0; gap > 0 && i < len(say); i++ {
		if _, err := io.WriteString(conn, say[i:i+1]); err != nil {
			return
		}
		time.Sleep(gap)
	}
	for again != "" {
		if _, err := io.WriteString(conn, again); err != nil {
			return
		}
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

	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.Config.ErrorLog = selfSigned.Config.ErrorLog
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()

	tests := []struct {
		name, url string
		want      llm.Class
	}{
		{"connection refused", refused, llm.Connect},
		{"no such host", "http://upstream.invalid", llm.Connect},
		{"hangs up before the header", "http://" + hangUp(t, ""), llm.Connect},
		{"speaks something else", "http://" + hangUp(t, "220 "+secret+"\r\n"), llm.Garbage},
		{"a certificate that nobody vouches for", selfSigned.URL, llm.TLS},
		{"a version of TLS that is too old", old.URL, llm.TLS},
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
	return answering(t, func(conn net.Conn) { _, _ = io.WriteString(conn, words) })
}

// answering listens, and answers each request as it is told, and with a closed connection.
func answering(t *testing.T, answer func(net.Conn)) string {
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
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
			}
			answer(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}
