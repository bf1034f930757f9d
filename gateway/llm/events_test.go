package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzEvents: whatever comes in, what goes on is lines of data of bounded length, the same however the bytes were cut,
// and the end is io.EOF or an *Error.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		"data: {\"choices\":[]}\n\n", "data: [DONE]\n\n", ": ping\n\ndata: a\ndata: b\n\n", "event: error\ndata: {}\n\n",
		"data: {\"error\":{\"code\":429}}\n\n", "data: {\"a\":1}\ndata: {\"b\":2}\n", "\r\n\r\ndata:\r\n", "data: {\"a\"", "id: 1\nretry: x",
		"event: error\n\n", "\xef\xbb\xbfdata: x\n\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, err := io.ReadAll(newEvents(io.NopCloser(bytes.NewReader(in))))
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error %v", err)
		}
		cut, cutErr := io.ReadAll(newEvents(io.NopCloser(iotest.OneByteReader(bytes.NewReader(in)))))
		if !bytes.Equal(whole, cut) || (err == nil) != (cutErr == nil) {
			t.Fatalf("%q and %q", whole, cut)
		}
		for line := range strings.Lines(string(whole)) {
			if !strings.HasPrefix(line, "data: ") || !strings.HasSuffix(line, "\n") || len(line) > maxLine+len("data: \n") {
				t.Fatalf("line %q", line)
			}
			if strings.Contains(line, "[DONE]") && !json.Valid([]byte(line[len("data: "):])) && strings.TrimSpace(line) == "data: [DONE]" {
				t.Fatalf("line %q", line)
			}
		}
	})
}

func TestErrorBodiesAreClassified(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
		want       Class
	}{
		{"llama.cpp, too long", `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, 400, ContextLength},
		{"OpenAI, too long", `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}`, 400, ContextLength},
		{"too many tokens a minute is no length", `{"error":{"message":"too many tokens per minute","code":"rate_limit_exceeded"}}`, 429, RateLimited},
		{"Azure's filter", `{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, 400, ContentFilter},
		{"Anthropic, overloaded, in a stream", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, 0, Overloaded},
		{"a number as text, in a stream", `{"error":{"code":"503","message":"x"}}`, 0, Overloaded},
		{"a key, in a stream", `{"error":{"code":"invalid_api_key","message":"x"}}`, 0, Auth},
		{"no such model, in a stream", `{"error":{"code":"model_not_found","message":"x"}}`, 0, ModelNotFound},
		{"a bad request, in a stream", `{"error":{"type":"invalid_request_error","message":"x"}}`, 0, BadRequest},
		{"nothing known, in a stream", `{"error":{}}`, 0, ServerError},
		{"no JSON", `upstream connect error`, 502, ServerError},
		{"no JSON, too long", `prompt is too long`, 400, ContextLength},
		{"a server's error stays one", `{"error":{"code":"context_length_exceeded"}}`, 500, ServerError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := classOfBody(tt.status, []byte(tt.body)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
