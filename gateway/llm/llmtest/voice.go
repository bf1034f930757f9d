package llmtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// voice says the steps of a script in a wire protocol's words.
type voice interface {
	begin(in int) string // what comes before anything else, "" for nothing
	role() string
	token(text string) string
	finish(reason string, out int) string
	usage(in, out int) string
	done() string
	ping() string
	call(n int, name, arguments string) string
	nothing() string                    // an event that says nothing
	failed(code, message string) string // an error inside a stream
	half() string                       // a token's event that breaks off inside its JSON
	lines(text string) string           // a token's event whose data is spread over several lines
	whole(text, finish string, in, out int) string
	failure(code, message string) string // the body of a response that is no success
}

// openAIVoice is OpenAI's, and Azure's.
type openAIVoice struct {
	model        string
	includeUsage bool
}

func (v openAIVoice) chunk(delta, finish string) string {
	reason := "null"
	if finish != "" {
		reason = quoteJSON(finish)
	}
	return `data: {"id":"stub","object":"chat.completion.chunk","created":1,"model":` + quoteJSON(v.model) +
		`,"choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + reason + "}]}\n\n"
}

func (v openAIVoice) begin(int) string { return "" }

func (v openAIVoice) role() string { return v.chunk(`{"role":"assistant","content":""}`, "") }

func (v openAIVoice) token(text string) string { return v.chunk(`{"content":`+quoteJSON(text)+`}`, "") }

func (v openAIVoice) finish(reason string, _ int) string { return v.chunk(`{}`, reason) }

func (v openAIVoice) usage(in, out int) string {
	if !v.includeUsage {
		return ""
	}
	return `data: {"id":"stub","object":"chat.completion.chunk","choices":[],"usage":` + openAIUsage(in, out) + "}\n\n"
}

func openAIUsage(in, out int) string {
	return `{"prompt_tokens":` + strconv.Itoa(in) + `,"completion_tokens":` + strconv.Itoa(out) +
		`,"total_tokens":` + strconv.Itoa(in+out) + `}`
}

func (v openAIVoice) done() string { return "data: [DONE]\n\n" }

func (v openAIVoice) ping() string { return ": ping\n\n" }

func (v openAIVoice) call(n int, name, arguments string) string {
	index, half := strconv.Itoa(n), len(arguments)/2
	say := func(more string) string { return v.chunk(`{"tool_calls":[{"index":`+index+`,`+more+`]}`, "") }
	return say(`"id":"call_`+index+`","type":"function","function":{"name":`+quoteJSON(name)+`,"arguments":""}}`) +
		say(`"function":{"arguments":`+quoteJSON(arguments[:half])+`}}`) +
		say(`"function":{"arguments":`+quoteJSON(arguments[half:])+`}}`)
}

func (v openAIVoice) nothing() string {
	return `data: {"id":"stub","object":"chat.completion.chunk","choices":[]}` + "\n\n"
}

func (v openAIVoice) failed(code, message string) string {
	return `data: {"error":{"message":` + quoteJSON(message) + `,"code":` + quoteJSON(code) + "}}\n\n"
}

func (v openAIVoice) half() string { return `data: {"choices":[{"index":0,"delta":{"conte` }

func (v openAIVoice) lines(text string) string {
	return "data: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":" + quoteJSON(text) + "}}]\ndata: }\n\n"
}

func (v openAIVoice) whole(text, finish string, in, out int) string {
	return `{"id":"stub","object":"chat.completion","created":1,"model":` + quoteJSON(v.model) +
		`,"choices":[{"index":0,"message":{"role":"assistant","content":` + quoteJSON(text) +
		`},"finish_reason":` + quoteJSON(finish) + `}],"usage":` + openAIUsage(in, out) + `}`
}

func (v openAIVoice) failure(code, message string) string {
	return `{"error":{"message":` + quoteJSON(message) + `,"type":"stub","code":` + quoteJSON(code) + "}}\n"
}

// openAIRequest is what the server reads of a request for a completion.
type openAIRequest struct {
	Model               string    `json:"model"`
	Messages            []Message `json:"messages"`
	Stream              bool      `json:"stream"`
	MaxTokens           int       `json:"max_tokens"`
	MaxCompletionTokens int       `json:"max_completion_tokens"`
	Temperature         *float64  `json:"temperature"`
	StreamOptions       struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func readOpenAI(w http.ResponseWriter, r *http.Request, body []byte) (*Call, voice) {
	var req openAIRequest
	if json.Unmarshal(body, &req) != nil || req.Model == "" || len(req.Messages) == 0 {
		writeError(w, openAIVoice{}, http.StatusBadRequest, "invalid_request_error")
		return nil, nil
	}
	return &Call{
		API: "openai", Model: req.Model, Messages: req.Messages, Stream: req.Stream, IncludeUsage: req.StreamOptions.IncludeUsage,
		MaxTokens: max(req.MaxTokens, req.MaxCompletionTokens), Temperature: req.Temperature,
		Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
	}, openAIVoice{req.Model, req.StreamOptions.IncludeUsage}
}

// readAzure wants what Azure wants: a version in the query, and the key in a header of its own.
func readAzure(w http.ResponseWriter, r *http.Request, body []byte) (*Call, voice) {
	switch {
	case r.URL.Query().Get("api-version") == "":
		writeError(w, openAIVoice{}, http.StatusNotFound, "404")
		return nil, nil
	case r.Header.Get("Api-Key") == "":
		writeError(w, openAIVoice{}, http.StatusUnauthorized, "401")
		return nil, nil
	}
	c, v := readOpenAI(w, r, body)
	if v != nil {
		c.API, c.Version, c.Model, c.Key = "azure", r.URL.Query().Get("api-version"), r.PathValue("deployment"), r.Header.Get("Api-Key")
	}
	return c, v
}
