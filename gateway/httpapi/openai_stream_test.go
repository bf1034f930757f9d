package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"switchboard/gateway/session"
)

// flushes counts how often a response was pushed out.
type flushes struct {
	*httptest.ResponseRecorder
	n int
}

func (f *flushes) Flush() { f.n++ }

// What a turn says together costs one write: the start, each sentence, and all of the end.
func TestWhatComesTogetherIsWrittenTogether(t *testing.T) {
	s := New(Config{
		Bot: newScriptedBot(), Sessions: session.NewMemory(nil), Keys: &keyList{}, TokenSecret: testSecret, Limits: Limits{Turns: 1},
	})
	r := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(
		`{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"one two"}]}`))
	r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost"
	r.Header["Content-Type"] = []string{"application/json"}
	rec := &flushes{ResponseRecorder: httptest.NewRecorder()}
	s.Handler().ServeHTTP(rec, r)
	sentences := strings.Count(rec.Body.String(), `"delta":{"content"`)
	if rec.Code != http.StatusOK || sentences == 0 || !strings.HasSuffix(rec.Body.String(), "data: [DONE]\n\n") {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if rec.n != sentences+2 {
		t.Errorf("%d writes for %d sentences in %s", rec.n, sentences, rec.Body)
	}
}
