package llm_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard/gateway/llm"
	"switchboard/gateway/llm/llmtest"
)

var (
	schema = json.RawMessage(`{"type":"object","properties":{"zone":{"type":"string"}},"required":["zone"],"additionalProperties":false}`)
	tools  = []llm.Tool{{Name: "price", Description: `What a pass for a "zone" costs.`, Schema: schema}, {Name: "hours"}}
)

// TestWhatIsSentOfToolsAndFormats: each protocol has its own words for them.
func TestWhatIsSentOfToolsAndFormats(t *testing.T) {
	for _, api := range apis {
		t.Run(string(api), func(t *testing.T) {
			srv := newStub(t)
			req := ask()
			req.Format, req.Tools = &llm.Format{Name: "zone", Schema: schema}, tools
			if _, err := speaking(t, api, srv).Complete(within(t, 10*time.Second), req, nil); err != nil {
				t.Fatal(err)
			}
			var got struct {
				Format struct {
					Type   string `json:"type"`
					Schema struct {
						Name   string          `json:"name"`
						Strict bool            `json:"strict"`
						Schema json.RawMessage `json:"schema"`
					} `json:"json_schema"`
				} `json:"response_format"`
				Output struct {
					Format struct {
						Type   string          `json:"type"`
						Schema json.RawMessage `json:"schema"`
					} `json:"format"`
				} `json:"output_config"`
				Tools []struct {
					Type     string `json:"type"`
					Function struct {
						Name, Description string
						Parameters        json.RawMessage
					} `json:"function"`
					Name, Description string
					Schema            json.RawMessage `json:"input_schema"`
				} `json:"tools"`
			}
			if err := json.Unmarshal([]byte(srv.Calls()[0].Body), &got); err != nil || len(got.Tools) != 2 {
				t.Fatalf("%+v, %v", got, err)
			}
			if any := string(got.Tools[1].Function.Parameters) + string(got.Tools[1].Schema); any != `{"type":"object"}` {
				t.Errorf("no schema became %q", any)
			}
			first, format, name := got.Tools[0], got.Format.Schema.Schema, got.Tools[0].Function.Name
			kind, about, arguments := got.Format.Type, first.Function.Description, first.Function.Parameters
			if api == llm.Anthropic {
				kind, format, name, about, arguments = got.Output.Format.Type, got.Output.Format.Schema, first.Name, first.Description, first.Schema
			} else if first.Type != "function" || got.Format.Schema.Name != "zone" || !got.Format.Schema.Strict {
				t.Errorf("%+v", got)
			}
			if kind != "json_schema" || string(format) != string(schema) || name != "price" || about != tools[0].Description || string(arguments) != string(schema) {
				t.Errorf("%s", srv.Calls()[0].Body)
			}
		})
	}
}

func TestToolCalls(t *testing.T) {
	both := []llm.ToolCall{{ID: "call_0", Name: "price", Arguments: `{"zone":"EU"}`}, {ID: "call_1", Name: "hours", Arguments: "{}"}}
	calls := [][]llmtest.Step{llmtest.ToolCall(0, "price", both[0].Arguments), llmtest.ToolCall(1, "hours", "")}
	tests := []struct {
		name   string
		script llmtest.Script
		text   string
		want   []llm.ToolCall
		class  llm.Class
		hurry  func(*llm.ModelConfig)
	}{
		{name: "calls alone", script: llmtest.Stream(llmtest.Role(), calls[0], calls[1], llmtest.Finish("tool_calls"), llmtest.Done()), want: both},
		{name: "after some words", script: begun(calls[0], calls[1], llmtest.Finish("tool_calls"), llmtest.Done()), text: "one two", want: both},
		{name: "cut", script: llmtest.Stream(llmtest.Role(), calls[0]), want: both[:1], class: llm.Cut},
		{name: "silence after a call", script: llmtest.Stream(llmtest.Role(), calls[0], llmtest.Stall()), want: both[:1], class: llm.TimeoutIdle, hurry: hurryIdle},
		{name: "calls without end", script: llmtest.Stream(many(1000)), class: llm.Garbage},
		{name: "arguments of megabytes", script: llmtest.Stream(llmtest.ToolCall(0, "price", strings.Repeat("x", 200<<10)),
			llmtest.Repeat(9, llmtest.ToolCall(0, "price", strings.Repeat("x", 200<<10)))), class: llm.Garbage},
	}
	for _, api := range apis {
		for _, tt := range tests {
			t.Run(string(api)+"/"+tt.name, func(t *testing.T) {
				srv := newStub(t)
				srv.Queue(tt.script)
				if tt.hurry == nil {
					tt.hurry = patient
				}
				c, err := speaking(t, api, srv, patient, tt.hurry).Complete(within(t, 30*time.Second), ask(), nil)
				if got := classOf(t, err); err != nil && got != tt.class || err == nil && (tt.class != "" || c.Finish != "tool_calls") {
					t.Fatalf("class %s, want %s (finish %q)", got, tt.class, c.Finish)
				}
				if tt.class == llm.Garbage {
					return
				}
				if diff := cmp.Diff(tt.want, c.ToolCalls); diff != "" || c.Text != tt.text {
					t.Errorf("%q %s", c.Text, diff)
				}
			})
		}
	}
}

// many is n calls.
func many(n int) (steps []llmtest.Step) {
	for i := range n {
		steps = append(steps, llmtest.ToolCall(i, "price", "{}")...)
	}
	return steps
}

func TestToolCallsNotStreamed(t *testing.T) {
	want := []llm.ToolCall{{ID: "a", Name: "price", Arguments: `{"zone":"EU"}`}, {ID: "b", Name: "hours", Arguments: "{}"}}
	whole := map[llm.API]string{
		llm.OpenAI: `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"price","arguments":"{\"zone\":\"EU\"}"}},` +
			`{"id":"b","type":"function","function":{"name":"hours","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
		llm.Anthropic: `{"type":"message","content":[{"type":"tool_use","id":"a","name":"price","input":{"zone":"EU"}},` +
			`{"type":"tool_use","id":"b","name":"hours","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
	}
	for api, body := range whole {
		srv := newStub(t)
		srv.Queue(llmtest.Body("application/json", body))
		c, err := speaking(t, api, srv).Complete(within(t, 10*time.Second), ask(), nil)
		if diff := cmp.Diff(want, c.ToolCalls); err != nil || diff != "" || c.Finish != "tool_calls" {
			t.Errorf("%s: %v %s", api, err, diff)
		}
	}
}

// TestToolCallsThroughTheChain: the chain gives them on.
func TestToolCallsThroughTheChain(t *testing.T) {
	p := newPair(t, llm.ChainOptions{})
	p.primary.Queue(llmtest.Fail(500))
	p.backup.Queue(llmtest.Stream(llmtest.ToolCall(0, "hours", "{}"), llmtest.Finish("tool_calls"), llmtest.Done()))
	req := ask()
	req.Tools = tools
	c, err := p.chain.Complete(within(t, 10*time.Second), req, nil)
	if err != nil || len(c.ToolCalls) != 1 || c.ToolCalls[0].Name != "hours" || c.Model != "backup" {
		t.Errorf("%+v, %v", c, err)
	}
}
