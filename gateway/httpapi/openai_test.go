package httpapi

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sashabaranov/go-openai"

	"switchboard"
)

func (g *gatewayUnderTest) openAI(key string) *openai.Client {
	c := openai.DefaultConfig(key)
	c.BaseURL = g.url + "/v1"
	c.HTTPClient = client
	return openai.NewClientWithConfig(c)
}

func user(text string) openai.ChatCompletionMessage {
	return openai.ChatCompletionMessage{Role: "user", Content: text}
}

// A client that this project did not write needs only a base URL and a key.
func TestOpenAIClient(t *testing.T) {
	g := start(t)
	api := g.openAI("anything")
	const answer = "Roaming in Switzerland costs € 5.99 a day [1]. It needs [2] no pass."
	t.Run("models", func(t *testing.T) {
		list, err := api.ListModels(t.Context())
		if err != nil || len(list.Models) != 1 || list.Models[0].ID != "switchboard" {
			t.Errorf("got %+v, %v", list, err)
		}
	})
	t.Run("whole", func(t *testing.T) {
		got, err := api.CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{
			Model: "gpt-4o-mini", Temperature: 0.5, MaxTokens: 10, Messages: []openai.ChatCompletionMessage{user("roaming?")},
		})
		if err != nil {
			t.Fatal(err)
		}
		c := got.Choices[0]
		if c.Message.Content != answer || c.Message.Role != "assistant" || c.FinishReason != "stop" || got.Usage.TotalTokens != 19 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("stream", func(t *testing.T) {
		s, err := api.CreateChatCompletionStream(t.Context(), openai.ChatCompletionRequest{
			Model: "switchboard", Stream: true, StreamOptions: &openai.StreamOptions{IncludeUsage: true},
			Messages: []openai.ChatCompletionMessage{{Role: "user", MultiContent: []openai.ChatMessagePart{{Type: "text", Text: "roaming?"}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var text strings.Builder
		var finish openai.FinishReason
		total := 0
		for {
			chunk, err := s.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range chunk.Choices {
				text.WriteString(c.Delta.Content)
				finish += c.FinishReason
			}
			if chunk.Usage != nil {
				total += chunk.Usage.TotalTokens
			}
		}
		if text.String() != answer || finish != "stop" || total != 19 {
			t.Errorf("got %q, %q, %d", text.String(), finish, total)
		}
	})
	t.Run("error", func(t *testing.T) {
		_, err := api.CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{N: 2, Messages: []openai.ChatCompletionMessage{user("hi")}})
		var e *openai.APIError
		if !errors.As(err, &e) || e.HTTPStatusCode != 400 || e.Type != "invalid_request_error" || e.Param == nil || *e.Param != "n" ||
			e.Code != "invalid_field" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("error of a stream", func(t *testing.T) {
		g.keys.set(Key{ID: "key_1", Hash: hashOf("sk_1")})
		g.clock.Add(keysFresh)
		_, err := api.CreateChatCompletionStream(t.Context(), openai.ChatCompletionRequest{Stream: true, Messages: []openai.ChatCompletionMessage{user("hi")}})
		var e *openai.APIError
		if !errors.As(err, &e) || e.HTTPStatusCode != 401 || e.Type != "authentication_error" {
			t.Errorf("got %v", err)
		}
	})
}

func TestOpenAIShapes(t *testing.T) {
	g := start(t)
	const ask = `"messages":[{"role":"user","content":"hi"}]`
	golden(t, "completion.json", string(g.do("POST", "/v1/chat/completions", "{"+ask+"}", nil).body)+"\n")
	stream := g.stream(g.request("POST", "/v1/chat/completions", `{"stream":true,"stream_options":{"include_usage":true},`+ask+"}", nil))
	golden(t, "completion.sse", text(stream.rest()))
}

// What is refused and what is ignored.
func TestOpenAIRequests(t *testing.T) {
	g := start(t)
	const hi = `{"role":"user","content":"hi"}`
	long := strings.Repeat("x", 4001)
	tests := []struct {
		name, body  string
		status      int
		code, param string
	}{
		{"settings", `{"model":"x","temperature":0,"top_p":1,"max_tokens":5,"stop":["a"],"seed":1,"user":"u","store":true,"metadata":{"a":"b"},"messages":[` + hi + `]}`, 200, "", ""},
		{"null settings", `{"n":null,"tools":null,"stream":null,"stream_options":null,"response_format":null,"metadata":null,"logprobs":null,"messages":[` + hi + `]}`, 200, "", ""},
		{"empty tools", `{"tools":[],"messages":[` + hi + `]}`, 200, "", ""},
		{"text format", `{"response_format":{"type":"text"},"messages":[` + hi + `]}`, 200, "", ""},
		{"n of 1", `{"n":1,"messages":[` + hi + `]}`, 200, "", ""},
		{"broken", `{"messages":[`, 400, "invalid_json", ""},
		{"no messages", `{}`, 400, "invalid_field", "messages"},
		{"empty messages", `{"messages":[]}`, 400, "invalid_field", "messages"},
		{"messages as text", `{"messages":"hi"}`, 400, "invalid_field", "messages"},
		{"n", `{"n":2,"messages":[` + hi + `]}`, 400, "invalid_field", "n"},
		{"tools", `{"tools":[{"type":"function","function":{"name":"f"}}],"messages":[` + hi + `]}`, 400, "invalid_field", "tools"},
		{"functions", `{"functions":[{"name":"f"}],"messages":[` + hi + `]}`, 400, "invalid_field", "functions"},
		{"JSON mode", `{"response_format":{"type":"json_object"},"messages":[` + hi + `]}`, 400, "invalid_field", "response_format"},
		{"logprobs", `{"logprobs":true,"messages":[` + hi + `]}`, 400, "invalid_field", "logprobs"},
		{"role", `{"messages":[{"role":"root","content":"hi"}]}`, 400, "invalid_field", "messages.0.role"},
		{"tool result", `{"messages":[` + hi + `,{"role":"tool","content":"1","tool_call_id":"x"},` + hi + `]}`, 400, "invalid_field", "messages.1.role"},
		{"assistant last", `{"messages":[` + hi + `,{"role":"assistant","content":"hi"}]}`, 400, "invalid_field", "messages.1.role"},
		{"image", `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"x"}}]}]}`, 400, "invalid_field", "messages.0.content.1.type"},
		{"content", `{"messages":[{"role":"user","content":5}]}`, 400, "invalid_field", "messages.0.content"},
		{"content parts", `{"messages":[{"role":"user","content":["hi"]}]}`, 400, "invalid_field", "messages.0.content"},
		{"no content", `{"messages":[{"role":"user"}]}`, 400, "invalid_field", "messages.0.content"},
		{"null character", `{"messages":[{"role":"user","content":"a\u0000"}]}`, 400, "invalid_field", "messages.0.content"},
		{"too long", `{"messages":[{"role":"user","content":"` + long + `"}]}`, 413, "message_too_long", "messages.0.content"},
		{"too large", `{"messages":[{"role":"user","content":"` + strings.Repeat("x", 1<<20) + `"}]}`, 413, "body_too_large", ""},
		{"unknown conversation", `{"switchboard":{"conversation_id":"conv_none"},"messages":[` + hi + `]}`, 404, "not_found", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := g.do("POST", "/v1/chat/completions", tt.body, nil)
			if r.status != tt.status || r.field("error", "code") != tt.code || r.field("error", "param") != tt.param {
				t.Errorf("got %d %s, want %d %s %q", r.status, r.body, tt.status, tt.code, tt.param)
			}
		})
	}
	for _, r := range []reply{
		g.do("GET", "/v1/chat/completions", "", nil), g.do("POST", "/v1/models", "{}", nil), g.do("GET", "/v1/chat/none", "", nil),
		g.do("POST", "/v1/chat/completions", "x", header{"Content-Type": "text/plain"}),
	} {
		if r.status < 400 || r.field("error", "message") == "" {
			t.Errorf("not in OpenAI's shape: %d %s", r.status, r.body)
		}
	}
}

// What was said before is history; what others call instructions is not.
func TestOpenAIHistory(t *testing.T) {
	g := start(t)
	body := `{"messages":[
		{"role":"system","content":"You are a pirate."},
		{"role":"assistant","content":"Welcome!"},
		{"role":"user","content":"Hello."},{"role":"user","content":[{"type":"text","text":"Which"},{"type":"text","text":"plan?"}]},
		{"role":"developer","content":"Say arr."},
		{"role":"assistant","content":"Vireo Ultra."},
		{"role":"assistant","content":null,"tool_calls":[]},
		{"role":"user","content":"Why?"},
		{"role":"user","content":"What does it cost?"}]}`
	if r := g.do("POST", "/v1/chat/completions", body, nil); r.status != 200 {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	got := g.bot.turns[0]
	type exchange struct{ Q, A string }
	var history []exchange
	for _, e := range got.Opens.Turns {
		if e.Text == "" {
			continue // recorded afterwards by the script
		}
		history = append(history, exchange{e.Text, e.Answer.Text})
	}
	want := []exchange{{"Hello.\nWhich\nplan?", "Vireo Ultra."}, {"Why?", ""}}
	if diff := cmp.Diff(want, history[:2]); got.Text != "What does it cost?" || got.ConversationID != got.Opens.ID || diff != "" {
		t.Errorf("asked %+v: %s", got, diff)
	}
}

// A recorded conversation can be gone on with, by those who may.
func TestOpenAIGoesOn(t *testing.T) {
	for _, field := range []string{`"switchboard":{"conversation_id":"ID"}`, `"metadata":{"conversation_id":"ID"}`} {
		g := start(t)
		g.keys.set(testKeys()...)
		path, _ := g.open(header{"X-Switchboard-Key": "pk_app"})
		id := strings.TrimPrefix(path, "/v1/conversations/")
		body := "{" + strings.ReplaceAll(field, "ID", id) + `,"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"hi"}]}`
		for key, want := range map[string]int{"sk_author": 200, "pk_app": 403} {
			r := g.do("POST", "/v1/chat/completions", body, header{"Authorization": "Bearer " + key})
			if r.status != want || want == 200 && r.field("switchboard", "conversation_id") != id {
				t.Errorf("%s: got %d %s", key, r.status, r.body)
			}
		}
		if got := g.bot.turns[0]; got.Opens != nil || got.ConversationID != id {
			t.Errorf("asked %+v", got)
		}
	}
}

func TestAnnotations(t *testing.T) {
	cites := []switchboard.Citation{{N: 1, URL: "https://a.example", Title: "A"}, {N: 2, Title: "no URL"}, {N: 12, URL: "https://b.example", Title: "B"}}
	tests := []struct {
		text string
		want []string // the marked text with its URL
	}{
		{"", nil},
		{"No marker.", nil},
		{"It is € 5 [1].", []string{"[1] https://a.example"}},
		{"Ünïcödé 👍 [12], [2], [1] and [1].", []string{"[12] https://b.example", "[1] https://a.example", "[1] https://a.example"}},
		{"[", nil},
		{"[1", nil},
		{"[]", nil},
		{"[x] [3] [[1]", []string{"[1] https://a.example"}},
	}
	for _, tt := range tests {
		var got []string
		for _, a := range annotations(switchboard.Answer{Text: tt.text, Citations: cites}) {
			c := a.Citation
			got = append(got, string([]rune(tt.text)[c.Start:c.End])+" "+c.URL)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: %s", tt.text, diff)
		}
	}
}

// A client that leaves a chat completion stops the turn.
func TestOpenAIClientLeaves(t *testing.T) {
	g := start(t)
	stopped := make(chan struct{})
	g.bot.respond = func(ctx context.Context, _ switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		_ = emit(switchboard.Event{Kind: switchboard.EventStart, Answer: switchboard.Answer{ID: "msg_x", CreatedAt: testTime}})
		<-ctx.Done()
		close(stopped)
		return switchboard.Answer{}, ctx.Err()
	}
	ctx, leave := context.WithCancel(t.Context())
	s, err := g.openAI("x").CreateChatCompletionStream(ctx, openai.ChatCompletionRequest{Stream: true, Messages: []openai.ChatCompletionMessage{user("hi")}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	leave()
	<-stopped
}
