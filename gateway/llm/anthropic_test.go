package llm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

func message(role switchboard.Role, text string) switchboard.Message {
	return switchboard.Message{Role: role, Text: text}
}

// TestWhatAnthropicIsSent: the stub refuses what the Messages API would.
func TestWhatAnthropicIsSent(t *testing.T) {
	hot, cold := 1.5, 0.0
	tests := []struct {
		name        string
		messages    []switchboard.Message
		config      func(*llm.ModelConfig)
		temperature *float64 // of the request
		want        []llmtest.Message
		maxTokens   int
		sent        *float64
	}{
		{name: "one message", messages: []switchboard.Message{message("user", "Hello?")}, want: []llmtest.Message{{Role: "user", Content: "Hello?"}}},
		{name: "instructions go apart, wherever they stand",
			messages: []switchboard.Message{message("system", "Be kind."), message("user", "Hello?"), message("system", "Be brief.")},
			want:     []llmtest.Message{{Role: "system", Content: "Be kind.\n\nBe brief."}, {Role: "user", Content: "Hello?"}}},
		{name: "turns are joined where a role follows itself",
			messages: []switchboard.Message{message("user", "One"), message("user", "two"), message("assistant", "Three"), message("user", "four")},
			want:     []llmtest.Message{{Role: "user", Content: "One\n\ntwo"}, {Role: "assistant", Content: "Three"}, {Role: "user", Content: "four"}}},
		{name: "nothing is sent empty",
			messages: []switchboard.Message{message("system", " "), message("user", "One"), message("assistant", "\n"), message("user", "two")},
			want:     []llmtest.Message{{Role: "user", Content: "One\n\ntwo"}}},
		{name: "the assistant does not begin", messages: []switchboard.Message{message("assistant", "Hi."), message("user", "Hello?")},
			want: []llmtest.Message{{Role: "user", Content: "(The conversation begins.)"}, {Role: "assistant", Content: "Hi."}, {Role: "user", Content: "Hello?"}}},
		{name: "instructions alone", messages: []switchboard.Message{message("system", "Say hello.")}, want: []llmtest.Message{{Role: "user", Content: "Say hello."}}},
		{name: "a limit and a temperature", messages: []switchboard.Message{message("user", "Hello?")},
			config: func(c *llm.ModelConfig) { c.MaxTokens, c.Temperature = 50, &cold }, want: []llmtest.Message{{Role: "user", Content: "Hello?"}},
			maxTokens: 50, sent: &cold},
		{name: "no temperature above 1", messages: []switchboard.Message{message("user", "Hello?")}, temperature: &hot,
			want: []llmtest.Message{{Role: "user", Content: "Hello?"}}, sent: func() *float64 { one := 1.0; return &one }()},
		{name: "quotes, new lines and broken bytes", messages: []switchboard.Message{message("user", "\"\\\n\u2028<\xff")},
			want: []llmtest.Message{{Role: "user", Content: "\"\\\n\u2028<\ufffd"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newStub(t)
			m := speaking(t, llm.Anthropic, srv, func(c *llm.ModelConfig) {
				if tt.config != nil {
					tt.config(c)
				}
			})
			if _, err := m.Complete(within(t, 5*time.Second), llm.Request{Messages: tt.messages, Temperature: tt.temperature}, nil); err != nil {
				t.Fatal(err)
			}
			got := srv.Calls()[0]
			if diff := cmp.Diff(tt.want, got.Messages); diff != "" {
				t.Error(diff)
			}
			if tt.maxTokens == 0 {
				tt.maxTokens = llm.DefaultAnthropicMaxTokens
			}
			if got.MaxTokens != tt.maxTokens || !cmp.Equal(got.Temperature, tt.sent) || !got.Stream || got.Key != "key" ||
				got.Version != llm.DefaultAnthropicVersion || got.Model != "stub" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestAnthropicAddress: with /v1 or without it, as its own documentation has both.
func TestAnthropicAddress(t *testing.T) {
	srv := newStub(t)
	for _, base := range []string{srv.Root, srv.Root + "/", srv.URL, srv.URL + "/"} {
		m := newModel(t, "primary", base, func(c *llm.ModelConfig) { c.API = llm.Anthropic })
		if _, err := m.Complete(within(t, 5*time.Second), ask(), nil); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestAnthropicUsage(t *testing.T) {
	tests := []struct {
		name          string
		script        llmtest.Script
		input, output int
	}{
		{"with what came from its cache", llmtest.Stream(llmtest.Text("one two"), llmtest.Finish("stop"), llmtest.Usage(100, 7), llmtest.Done()), 100, 7},
		{"a cut stream has told its input", llmtest.Stream(llmtest.Text("one two"), llmtest.Usage(100, 7), llmtest.Cut()), 100, 2},
		{"not streamed", llmtest.Body("application/json", `{"type":"message","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn",`+
			`"usage":{"input_tokens":1,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens":4}}`), 321, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newStub(t)
			srv.Queue(tt.script)
			c, _ := speaking(t, llm.Anthropic, srv).Complete(within(t, 5*time.Second), ask(), nil)
			if a := c.Attempts[0]; a.InputTokens != tt.input || a.OutputTokens != tt.output {
				t.Errorf("%+v, want %d in, %d out", a, tt.input, tt.output)
			}
		})
	}
}

func TestFinishReasons(t *testing.T) {
	for reason, want := range map[string]string{"stop": "stop", "stop_sequence": "stop", "length": "length", "model_context_window_exceeded": "length"} {
		srv := newStub(t)
		srv.Queue(llmtest.Stream(llmtest.Text("one"), llmtest.Finish(reason), llmtest.Done()))
		c, err := speaking(t, llm.Anthropic, srv).Complete(within(t, 5*time.Second), ask(), nil)
		if err != nil || c.Finish != want {
			t.Errorf("%s became %q, %v", reason, c.Finish, err)
		}
	}
}

func TestAzure(t *testing.T) {
	srv := newStub(t)
	tests := []struct{ deployment, version, want string }{
		{"my-gpt-3.5:blue", "", llm.DefaultAzureVersion}, {"chat", "2025-04-01-preview", "2025-04-01-preview"},
	}
	for i, tt := range tests {
		m := speaking(t, llm.Azure, srv, func(c *llm.ModelConfig) {
			c.Model, c.APIVersion, c.BaseURL = tt.deployment, tt.version, c.BaseURL+strings.Repeat("/", i)
		})
		c, err := m.Complete(within(t, 5*time.Second), ask(), nil)
		if err != nil || c.Text == "" {
			t.Fatalf("%+v, %v", c, err)
		}
		got := srv.Calls()[i]
		if got.API != "azure" || got.Model != tt.deployment || got.Version != tt.want || got.Key != "key" || got.Messages[0].Content != ask().Messages[0].Text {
			t.Errorf("%+v", got)
		}
	}
}
