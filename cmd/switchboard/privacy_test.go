package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/gateway/llm/llmtest"
)

// planted are pieces of personal data, each within words that customers write.
var planted = map[string]string{
	"maria.planted@example.org": "my mail is maria.planted@example.org",
	"87 765 4321":               "call +353 87 765 4321",
	"4242 4242 4242 4242":       "card 4242 4242 4242 4242",
	"GB82 WEST 1234 5698 7654":  "iban GB82 WEST 1234 5698 7654 32",
	"490154203237518":           "imei 490154203237518",
	"Ludmilla Quirk":            "my name is Ludmilla Quirk",
	"27 Heron Street":           "I live at 27 Heron Street",
	"Zq7!plover":                "my password is Zq7!plover",
}

// TestPersonalDataStaysHere plants personal data in all that a customer can send, and looks for it in what the model was
// sent, in what is stored, logged and measured. A handoff's contact is kept: a human needs it.
func TestPersonalDataStaysHere(t *testing.T) {
	upstream := llmtest.NewServer(llmtest.Options{})
	defer upstream.Close()
	upstream.Reply(func(llmtest.Call) llmtest.Script {
		return llmtest.Say("A daily pass for Switzerland costs €4.99 a day [1].")
	})
	s := serve(t, "", map[string]string{"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": upstream.URL, "OPENAI_MODEL": "stub"})
	post := func(path, bearer string, body map[string]any, out any) {
		t.Helper()
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if code := s.call("POST", path, bearer, string(b), out); code >= 300 {
			t.Fatalf("POST %s: %d", path, code)
		}
	}
	for value, words := range planted {
		var c opened
		post("/v1/conversations", "", map[string]any{"locale": "en", "context": map[string]string{"page": words}}, &c)
		at := "/v1/conversations/" + c.ID
		var said struct {
			ID string `json:"id"`
		}
		question := "How much is roaming in Switzerland? " + words
		post(at+"/messages", c.Token, map[string]any{"text": question, "client_message_id": idFrom(value)}, &said)
		post(at+"/messages", c.Token, map[string]any{"text": "How much is roaming in Switzerland?"}, nil)
		post(at+"/messages/"+said.ID+"/feedback", c.Token, map[string]any{"rating": "down", "comment": words}, nil)
		post(at+"/csat", c.Token, map[string]any{"score": 2, "comment": words}, nil)
		post(at+"/handoff", c.Token, map[string]any{"contact": "desk@example.org", "note": words}, nil)
		post("/v1/chat/completions", "", map[string]any{"model": "switchboard", "messages": []map[string]string{
			{"role": "user", "content": words}, {"role": "assistant", "content": "Noted: " + words}, {"role": "user", "content": question},
		}}, nil)
	}
	for place, text := range places(t, s, upstream) {
		for value := range planted {
			if strings.Contains(text, value) {
				t.Errorf("%s: %q is there: %.200s", place, value, text[max(0, strings.Index(text, value)-80):])
			}
		}
	}
}

// idFrom is a value as a client may use it for its messages' ids, which have no spaces.
func idFrom(value string) string {
	if strings.ContainsAny(value, " !") { // nothing shows that a word alone is a password
		return "plain"
	}
	return value
}

// places are all where data of customers could be.
func places(t *testing.T, s *server, upstream *llmtest.Server) map[string]string {
	out := map[string]string{"the log": s.log()}
	calls := upstream.Calls()
	if len(calls) < len(planted) {
		t.Errorf("the model was asked %d times", len(calls))
	}
	for _, c := range calls {
		out["what the model got"] += c.Body + "\n"
	}
	res, err := http.Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	if err := res.Write(&b); err != nil {
		t.Fatal(err)
	}
	out["the metrics"] = b.String()
	kept := 0
	err = filepath.WalkDir(s.env["SWITCHBOARD_DATA_DIR"], func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		out[filepath.Base(path)] = string(text)
		if strings.Contains(filepath.Base(path), ".db") && strings.Contains(string(text), "roaming in Switzerland") {
			kept++
		}
		return err
	})
	if err != nil || kept == 0 {
		t.Errorf("the conversations are in no file: %v", err)
	}
	return out
}
