package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	openai "github.com/sashabaranov/go-openai"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a stranger's, so that the stub is held to the protocol and not to ourselves.
func client(t *testing.T, o Options) (*Server, *openai.Client) {
	t.Helper()
	srv := NewServer(o)
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); srv.Close() })
	c := openai.DefaultConfig("key")
	c.BaseURL = srv.URL
	c.HTTPClient = &http.Client{Transport: transport}
	return srv, openai.NewClientWithConfig(c)
}

func question(text string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{Model: "stub", Messages: []openai.ChatCompletionMessage{{Role: "user", Content: text}}}
}

func TestWhole(t *testing.T) {
	_, c := client(t, Options{Reply: func(c Call) Script { return Say("You said " + c.Messages[0].Content + ".") }})
	got, err := c.CreateChatCompletion(context.Background(), question("hello"))
	if err != nil {
		t.Fatal(err)
	}
	choice := got.Choices[0]
	if choice.Message.Content != "You said hello." || choice.FinishReason != "stop" || got.Usage.CompletionTokens != 3 || got.Usage.PromptTokens != 2 {
		t.Errorf("%+v", got)
	}
}

func TestStreamed(t *testing.T) {
	srv, c := client(t, Options{TokenGap: time.Millisecond})
	srv.Queue(Say("One two  three."))
	req := question("hello")
	req.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	s, err := c.CreateChatCompletionStream(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var tokens []string
	var usage *openai.Usage
	for {
		chunk, err := s.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if chunk.Usage != nil {
			usage = chunk.Usage
		}
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != "" {
				tokens = append(tokens, choice.Delta.Content)
			}
		}
	}
	if !slices.Equal(tokens, []string{"One", " two", "  three."}) || usage == nil || usage.CompletionTokens != 3 {
		t.Errorf("%q, %+v", tokens, usage)
	}
	call, err := srv.Ended(context.Background(), 1)
	if err != nil || call.Sent != 3 || call.Left || call.Key != "key" || !call.IncludeUsage {
		t.Errorf("%+v, %v", call, err)
	}
}

func TestModels(t *testing.T) {
	_, c := client(t, Options{Models: []string{"one", "two"}})
	models, err := c.ListModels(context.Background())
	if err != nil || len(models.Models) != 2 || models.Models[1].ID != "two" {
		t.Errorf("%+v, %v", models, err)
	}
}

func TestBadRequests(t *testing.T) {
	srv, _ := client(t, Options{})
	for _, body := range []string{"", "{", `{"model":"m"}`, `{"messages":[{"role":"user","content":"x"}]}`} {
		resp, err := http.Post(srv.URL+"/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var e openai.ErrorResponse
		if json.NewDecoder(resp.Body).Decode(&e) != nil || resp.StatusCode != 400 || e.Error == nil {
			t.Errorf("%q: %d", body, resp.StatusCode)
		}
		resp.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	if len(srv.Calls()) != 0 {
		t.Error("bad requests were recorded")
	}
}

// TestCloseEndsHangs: a server can be closed while a client waits for it.
func TestCloseEndsHangs(t *testing.T) {
	srv, c := client(t, Options{Reply: func(Call) Script { return Hang() }})
	failed := make(chan error, 1)
	go func() {
		_, err := c.CreateChatCompletion(context.Background(), question("hello"))
		failed <- err
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := srv.Begun(ctx, 1); err != nil {
		t.Fatal(err)
	}
	srv.Close()
	<-failed
	if _, err := srv.Ended(ctx, 2); err == nil {
		t.Error("a second call has ended")
	}
}

func TestSplit(t *testing.T) {
	for _, text := range []string{"", " ", "one", " one", "one ", "one two", "one\n\ntwo  three\n", "€ 5"} {
		if got := strings.Join(Split(text), ""); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestComesBack: a server that died in mid-sentence comes back in its old place.
func TestComesBack(t *testing.T) {
	srv, c := client(t, Options{Forget: true, Reply: func(Call) Script { return Stream(Text("One two"), Stall()) }})
	s, err := c.CreateChatCompletionStream(context.Background(), question("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Recv(); err != nil {
		t.Fatal(err)
	}
	srv.Die()
	for err == nil {
		_, err = s.Recv()
	}
	if errors.Is(err, io.EOF) || srv.Count() != 1 || len(srv.Calls()) != 0 {
		t.Errorf("%v, %d calls, %d kept", err, srv.Count(), len(srv.Calls()))
	}
	again := NewServer(Options{Address: strings.TrimSuffix(strings.TrimPrefix(srv.URL, "http://"), "/v1")})
	defer again.Close()
	if got, err := c.CreateChatCompletion(context.Background(), question("hello")); err != nil || len(got.Choices) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
