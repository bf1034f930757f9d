package llm

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzEvents: whatever comes in, what goes on is data of bounded length, the same however the bytes were cut, and the end
// is io.EOF or an *Error.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		"data: {\"choices\":[]}\n\n", "data: [DONE]\n\n", ": ping\n\ndata: a\ndata: b\n\n", "event: error\ndata: {}\n\n",
		"data: {\"error\":{\"code\":429}}\n\n", "data: {\"a\":1}\ndata: {\"b\":2}\n", "\r\n\r\ndata:\r\n", "data: {\"a\"", "id: 1\nretry: x",
		"event: error\n\n", "\xef\xbb\xbfdata: x\n\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, err := readAll(bytes.NewReader(in))
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error %v", err)
		}
		cut, cutErr := readAll(iotest.OneByteReader(bytes.NewReader(in)))
		if !slices.Equal(whole, cut) || (err == nil) != (cutErr == nil) {
			t.Fatalf("%q and %q", whole, cut)
		}
		for _, data := range whole {
			if data == "" || data != strings.TrimSpace(data) || data == "[DONE]" || len(data) > maxLine {
				t.Fatalf("data %q", data)
			}
		}
	})
}

// readAll returns the data of each event. An end that is io.EOF is no error.
func readAll(r io.Reader) (all []string, err error) {
	e := newEvents(io.NopCloser(r))
	defer e.release()
	for {
		data, err := e.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, string(data))
	}
}

func TestEvents(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
		class    Class
	}{
		{"events", "data: a\n\ndata: b\n\n", []string{"a", "b"}, OK},
		{"nothing after the end", "data: a\n\ndata: [DONE]\n\ndata: b\n\n", []string{"a"}, OK},
		{"several lines", "data: a\ndata: b\n\n", []string{"a b"}, OK},
		{"comments, names, ids", ": c\n\nevent: ping\nid: 1\ndata: a\n\n", []string{"a"}, OK},
		{"no empty lines", "data: 1\ndata: 2\ndata: [DONE]\n", []string{"1", "2"}, OK},
		{"no space, carriage returns", "data:a\r\n\r\n", []string{"a"}, OK},
		{"whole at the end", "data: 1", []string{"1"}, OK},
		{"half at the end", "data: {", nil, Cut},
		{"an error by name", "data: 1\n\nevent: error\ndata: {}\n\n", []string{"1"}, ServerError},
		{"white space alone", "data:  \n\ndata: \n\n", nil, OK},
		{"lines without end in one event", strings.Repeat("data: [\n", maxParts+1), nil, Garbage},
		{"a stream of comments", strings.Repeat(": "+strings.Repeat("x", 97)+"\n", maxStream/100+1), nil, Garbage},
		{"a stream of events", "data: 1\n\n" + strings.Repeat("id: "+strings.Repeat("x", 95)+"\n", maxStream/100+1), []string{"1"}, Garbage},
		{"a line", "data: " + strings.Repeat("x", 2*maxLine), nil, Garbage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readAll(strings.NewReader(tt.in))
			class := OK
			var e *Error
			if errors.As(err, &e) {
				class = e.Class
			}
			if !slices.Equal(got, tt.want) || class != tt.class {
				t.Errorf("%q, %v; want %q, %s", got, err, tt.want, tt.class)
			}
		})
	}
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
		{"Anthropic, no such model, in a stream", `{"type":"error","error":{"type":"not_found_error","message":"x"}}`, 0, ModelNotFound},
		{"Anthropic, too large, in a stream", `{"type":"error","error":{"type":"request_too_large","message":"x"}}`, 0, ContextLength},
		{"Anthropic, unpaid, in a stream", `{"type":"error","error":{"type":"billing_error","message":"x"}}`, 0, Auth},
		{"Anthropic, its own fault, in a stream", `{"type":"error","error":{"type":"api_error","message":"x"}}`, 0, ServerError},
		{"Anthropic, too long", `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 215000 tokens > 200000 maximum"}}`, 400, ContextLength},
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
