package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	openai "github.com/sashabaranov/go-openai"
	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
	"switchboard/gateway/testserver"
	"switchboard/gateway/web/webtest"
)

// server is the program, serving, in a folder of its own.
type server struct {
	t   *testing.T
	dir string
	env map[string]string
	URL string

	mu     sync.Mutex
	logged []string
}

// log is what the server has logged so far.
func (s *server) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.logged, "\n")
}

// serve starts the program with a configuration and waits until it is ready. It is stopped, as by a signal, when the
// test ends, and must exit with 0.
func serve(t *testing.T, yaml string, env map[string]string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), env: map[string]string{"SWITCHBOARD_LISTEN": "127.0.0.1:0"}}
	for k, v := range env {
		s.env[k] = v
	}
	s.env["SWITCHBOARD_CONFIG"] = filepath.Join(s.dir, "switchboard.yaml")
	s.env["SWITCHBOARD_DATA_DIR"] = filepath.Join(s.dir, "data")
	s.write("switchboard.yaml", yaml)
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	exited := make(chan int, 1)
	go func() {
		exited <- run(ctx, []string{"serve"}, s.getenv, strings.NewReader(""), io.Discard, w)
		_ = w.Close()
	}()
	lines := bufio.NewScanner(r)
	for s.URL == "" && lines.Scan() {
		if m := regexp.MustCompile(`answers on (http://\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			s.URL = m[1]
		}
	}
	go func() {
		for lines.Scan() {
			t.Log(lines.Text())
			s.mu.Lock()
			s.logged = append(s.logged, lines.Text())
			s.mu.Unlock()
		}
	}()
	if s.URL == "" {
		t.Fatalf("the program did not start: exit %d", <-exited)
	}
	t.Cleanup(func() {
		stop()
		select {
		case code := <-exited:
			if code != exitDone {
				t.Errorf("serve exits with %d", code)
			}
		case <-time.After(30 * time.Second):
			t.Error("serve does not stop")
		}
	})
	return s
}

func (s *server) getenv(name string) string { return s.env[name] }

func (s *server) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// cli runs another command of the program beside the server.
func (s *server) cli(args ...string) string {
	s.t.Helper()
	var out, errOut bytes.Buffer
	if code := run(s.t.Context(), args, s.getenv, strings.NewReader(""), &out, &errOut); code != exitDone {
		s.t.Fatalf("%v exits with %d: %s", args, code, errOut.String())
	}
	return out.String()
}

// call makes a request and decodes the answer.
func (s *server) call(method, path, bearer, body string, out any) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if out != nil {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			s.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return res.StatusCode
}

type opened struct{ ID, Token, Greeting, Disclosure string }

func (s *server) open() opened {
	s.t.Helper()
	var c opened
	if code := s.call("POST", "/v1/conversations", "", `{"locale":"en"}`, &c); code != http.StatusCreated {
		s.t.Fatalf("open: %d", code)
	}
	return c
}

func (s *server) ask(c opened, text string) switchboard.Answer {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		s.t.Fatal(err)
	}
	var a switchboard.Answer
	if code := s.call("POST", "/v1/conversations/"+c.ID+"/messages", c.Token, string(body), &a); code != http.StatusOK {
		s.t.Fatalf("ask %q: %d", text, code)
	}
	return a
}

// The story that the README tells, on every place where sessions and the ledger can be kept.
func TestAStrangersFirstTenMinutes(t *testing.T) {
	places := map[string]func(*testing.T) string{
		"nothing configured": func(*testing.T) string { return "" },
		"Redis and PostgreSQL": func(t *testing.T) string {
			return "redis: {url: \"" + testserver.Redis(t) + "\"}\ndatabase: {url: \"" + testserver.Postgres(t) + "\"}\n"
		},
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			s := serve(t, place(t), nil)
			c := s.open()
			if a := s.ask(c, "How much is roaming in Switzerland?"); a.Action != switchboard.ActionAnswer ||
				!strings.Contains(a.Text, "€4.99") || len(a.Citations) == 0 {
				t.Errorf("roaming: %+v", a)
			}
			if a := s.ask(c, "Will it rain tomorrow?"); a.Action != switchboard.ActionDecline {
				t.Errorf("weather: %+v", a)
			}
			a := s.ask(c, "I want to talk to a human")
			if a.Handoff == nil || a.Handoff.Reference == "" {
				t.Fatalf("human: %+v", a)
			}
			if code := s.call("POST", "/v1/conversations/"+c.ID+"/messages/"+a.ID+"/feedback", c.Token, `{"rating":"up"}`, nil); code != 204 {
				t.Errorf("feedback: %d", code)
			}
			if code := s.call("POST", "/v1/conversations/"+c.ID+"/csat", c.Token, `{"score":5}`, nil); code != 204 {
				t.Errorf("csat: %d", code)
			}
			shown := s.cli("conversations", "show", c.ID)
			for _, want := range []string{"€4.99", "out_of_scope", a.Handoff.Reference} {
				if !strings.Contains(shown, want) {
					t.Errorf("conversations show does not tell of %s:\n%s", want, shown)
				}
			}
			var receipt switchboard.Receipt
			if code := s.call("DELETE", "/v1/conversations/"+c.ID, c.Token, "", &receipt); code != 200 || receipt.Deleted["turns"] != 3 {
				t.Errorf("erase: %d %+v", code, receipt)
			}
			if code := s.call("GET", "/v1/conversations/"+c.ID, c.Token, "", nil); code != 404 {
				t.Errorf("erased, and still answers %d", code)
			}
		})
	}
}

func TestTheWidgetOnTheDemoPage(t *testing.T) {
	browser, err := webtest.Launch()
	if err != nil {
		t.Fatal(err)
	}
	defer browser.Close()
	webtest.MainFlow(t, browser, serve(t, "", nil).URL)
}

func TestAnOpenAIClient(t *testing.T) {
	upstream := llmtest.NewServer(llmtest.Options{})
	defer upstream.Close()
	const said = "A daily pass for Switzerland costs €4.99 a day [1]."
	upstream.Queue(llmtest.Say(said), llmtest.Say(said))
	s := serve(t, "", map[string]string{"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": upstream.URL, "OPENAI_MODEL": "stub"})
	cfg := openai.DefaultConfig("any")
	cfg.BaseURL = s.URL + "/v1"
	client := openai.NewClientWithConfig(cfg)
	req := openai.ChatCompletionRequest{Model: "switchboard", Messages: []openai.ChatCompletionMessage{
		{Role: "user", Content: "How much is roaming in Switzerland?"},
	}}
	res, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil || res.Choices[0].Message.Content != said {
		t.Fatalf("got %+v, %v", res, err)
	}
	stream, err := client.CreateChatCompletionStream(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var text strings.Builder
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(chunk.Choices) > 0 {
			text.WriteString(chunk.Choices[0].Delta.Content)
		}
	}
	if text.String() != said {
		t.Errorf("streamed %q", text.String())
	}
	if n := len(upstream.Calls()); n != 2 {
		t.Errorf("%d upstream calls", n)
	}
}

// release waits until turns run under another release than before.
func (s *server) release(before switchboard.ReleaseID) switchboard.Answer {
	s.t.Helper()
	c := s.open()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if a := s.ask(c, "Will it rain tomorrow?"); a.Release != before {
			return a
		}
		c = s.open()
	}
	s.t.Fatalf("still under %s", before)
	return switchboard.Answer{}
}

func TestChangesServeFromTheNextTurnOn(t *testing.T) {
	s := serve(t, "prompts: "+t.TempDir()+"\n", nil)
	first := s.ask(s.open(), "Will it rain tomorrow?")

	s.write("prompts/decline.prompt", "Not here, sorry.\n")
	s.write("switchboard.yaml", "prompts: "+filepath.Join(s.dir, "prompts")+"\n")
	second := s.release(first.Release)
	if second.Text != "Not here, sorry." {
		t.Errorf("got %q", second.Text)
	}

	s.write("switchboard.yaml", "promptz: nowhere\n") // refused: the old one goes on
	s.write("article.md", "---\ntitle: Ferry\n---\nThe harbour ferry costs €3.10.\n")
	s.cliWith("kb", "import", filepath.Join(s.dir, "article.md"))
	third := s.release(second.Release)
	if third.Text != "Not here, sorry." {
		t.Errorf("a bad configuration was taken: %q", third.Text)
	}
	if a := s.ask(s.open(), "How much is the harbour ferry?"); !strings.Contains(a.Text, "€3.10") {
		t.Errorf("the imported article does not answer: %+v", a)
	}
}

// cliWith runs a command under no configuration file but with the server's data.
func (s *server) cliWith(args ...string) {
	s.t.Helper()
	env := func(name string) string {
		if name == "SWITCHBOARD_CONFIG" {
			return ""
		}
		return s.env[name]
	}
	var errOut bytes.Buffer
	if code := run(s.t.Context(), args, env, strings.NewReader(""), io.Discard, &errOut); code != exitDone {
		s.t.Fatalf("%v exits with %d: %s", args, code, errOut.String())
	}
}

// A human is promised only when the other side has answered that it has the request.
func TestAHandoffReachesASignedWebhook(t *testing.T) {
	const key = "whsec_c3dpdGNoYm9hcmQtdGVzdC1zZWNyZXQtMDE="
	verify, err := webhooks.NewWebhook(key)
	if err != nil {
		t.Fatal(err)
	}
	var up atomic.Bool
	delivered := make(chan []byte, 8)
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || verify.Verify(body, r.Header) != nil {
			t.Errorf("the request is not signed well: %v", err)
		}
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		delivered <- body
	}))
	defer desk.Close()
	s := serve(t, "handoff: {webhook: {url: \""+desk.URL+"\", secret_env: DESK_KEY}}\n", map[string]string{"DESK_KEY": key})

	down := s.ask(s.open(), "I want to talk to a human, I am ann@example.org")
	if down.Handoff == nil || down.Handoff.State != switchboard.HandoffRequested {
		t.Errorf("with the desk down: %+v", down.Handoff)
	}
	up.Store(true)
	well := s.ask(s.open(), "I want to talk to a human")
	if well.Handoff == nil || well.Handoff.State != switchboard.HandoffAcknowledged {
		t.Errorf("with the desk up: %+v", well.Handoff)
	}
	want := map[string]bool{down.Handoff.Reference: true, well.Handoff.Reference: true}
	for end := time.After(20 * time.Second); len(want) > 0; { // the first one is tried again
		select {
		case body := <-delivered:
			for ref := range want {
				if bytes.Contains(body, []byte(ref)) {
					delete(want, ref)
				}
			}
			if bytes.Contains(body, []byte("ann@example.org")) {
				t.Error("personal data of the transcript is not masked")
			}
		case <-end:
			t.Fatalf("never delivered: %v", want)
		}
	}
}
