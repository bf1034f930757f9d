package llmtest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// anthropicVoice is the Messages API's.
type anthropicVoice struct{ model string }

func event(name, data string) string { return "event: " + name + "\ndata: " + data + "\n\n" }

func (v anthropicVoice) begin(in int) string {
	return event("message_start", `{"type":"message_start","message":{"id":"msg_stub","type":"message","role":"assistant","model":`+
		quoteJSON(v.model)+`,"content":[],"stop_reason":null,"stop_sequence":null,"usage":`+anthropicUsage(in, 1)+`}}`) +
		event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
}

func (v anthropicVoice) role() string { return v.ping() }

// anthropicUsage has a third of the input come from the upstream's cache.
func anthropicUsage(in, out int) string {
	return `{"input_tokens":` + strconv.Itoa(in-in/3) + `,"cache_creation_input_tokens":0,"cache_read_input_tokens":` +
		strconv.Itoa(in/3) + `,"output_tokens":` + strconv.Itoa(out) + `}`
}

func (v anthropicVoice) token(text string) string {
	return event("content_block_delta",
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`+quoteJSON(text)+`}}`)
}

func (v anthropicVoice) finish(reason string, out int) string {
	return event("content_block_stop", `{"type":"content_block_stop","index":0}`) +
		event("message_delta", `{"type":"message_delta","delta":{"stop_reason":`+quoteJSON(anthropicReason(reason))+
			`,"stop_sequence":null},"usage":{"output_tokens":`+strconv.Itoa(out)+`}}`)
}

func anthropicReason(reason string) string {
	switch reason {
	case "stop":
		return "end_turn"
	case "length":
		return "max_tokens"
	case "content_filter":
		return "refusal"
	case "tool_calls":
		return "tool_use"
	}
	return reason
}

func (v anthropicVoice) usage(int, int) string { return "" }

func (v anthropicVoice) done() string { return event("message_stop", `{"type":"message_stop"}`) }

func (v anthropicVoice) ping() string { return event("ping", `{"type": "ping"}`) }

func (v anthropicVoice) call(n int, name, arguments string) string {
	index, half := strconv.Itoa(n+1), len(arguments)/2
	piece := func(s string) string {
		return event("content_block_delta", `{"type":"content_block_delta","index":`+index+`,"delta":{"type":"input_json_delta","partial_json":`+quoteJSON(s)+`}}`)
	}
	return event("content_block_start", `{"type":"content_block_start","index":`+index+`,"content_block":{"type":"tool_use","id":"call_`+
		strconv.Itoa(n)+`","name":`+quoteJSON(name)+`,"input":{}}}`) + piece(arguments[:half]) + piece(arguments[half:]) +
		event("content_block_stop", `{"type":"content_block_stop","index":`+index+`}`)
}

func (v anthropicVoice) nothing() string {
	return event("content_block_delta",
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`)
}

func (v anthropicVoice) failed(code, message string) string {
	return event("error", v.failure(code, message))
}

func (v anthropicVoice) half() string {
	return "event: content_block_delta\ndata: " + `{"type":"content_block_delta","index":0,"delta":{"type":"text_del`
}

func (v anthropicVoice) lines(text string) string {
	return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\ndata: \"delta\":{\"type\":\"text_delta\",\ndata: \"text\":" +
		quoteJSON(text) + "}}\n\n"
}

func (v anthropicVoice) whole(text, finish string, in, out int) string {
	return `{"id":"msg_stub","type":"message","role":"assistant","model":` + quoteJSON(v.model) +
		`,"content":[{"type":"text","text":` + quoteJSON(text) + `}],"stop_reason":` + quoteJSON(anthropicReason(finish)) +
		`,"stop_sequence":null,"usage":` + anthropicUsage(in, out) + `}`
}

func (v anthropicVoice) failure(code, message string) string {
	return `{"type":"error","error":{"type":` + quoteJSON(code) + `,"message":` + quoteJSON(message) + `}}`
}

// readAnthropic wants what the Messages API wants: a version, a limit, and turns that the user begins and that take
// turns, none of them empty.
func readAnthropic(w http.ResponseWriter, r *http.Request, body []byte) (*Call, voice) {
	var req struct {
		Model       string    `json:"model"`
		System      string    `json:"system"`
		Messages    []Message `json:"messages"`
		Stream      bool      `json:"stream"`
		MaxTokens   int       `json:"max_tokens"`
		Temperature *float64  `json:"temperature"`
	}
	ok := json.Unmarshal(body, &req) == nil && req.Model != "" && req.MaxTokens > 0 && len(req.Messages) > 0 &&
		r.Header.Get("Anthropic-Version") != ""
	for i, m := range req.Messages {
		ok = ok && m.Content != "" && m.Role == [...]string{"user", "assistant"}[i%2]
	}
	if !ok {
		writeError(w, anthropicVoice{}, http.StatusBadRequest, "invalid_request_error")
		return nil, nil
	}
	c := &Call{
		API: "anthropic", Version: r.Header.Get("Anthropic-Version"), Model: req.Model, Stream: req.Stream, IncludeUsage: true,
		MaxTokens: req.MaxTokens, Temperature: req.Temperature, Key: r.Header.Get("X-Api-Key"),
	}
	if req.System != "" {
		c.Messages = append(c.Messages, Message{"system", req.System})
	}
	c.Messages = append(c.Messages, req.Messages...)
	return c, anthropicVoice{req.Model}
}
