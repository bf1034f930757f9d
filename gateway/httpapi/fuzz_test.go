package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"switchboard"
)

// Whatever arrives, a decoder either fails with an error that is the caller's, or returns what keeps the limits.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		`{"text":"hi"}`, `{"text":"hi","client_message_id":"m1"}`, `{"text":5}`, `{"text":"a\u0000"}`, `{"text":"\ud800"}`, "{\"text\":\"\xff\"}",
		`[]`, `{}`, `{"a~/b":1}`, `{"text":"hi"}x`, `null`, `{"text":"a","text":"b"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in messageBody
		err := decode(body, strict, &in)
		if err == nil {
			err = in.check()
		}
		if err != nil {
			checkOurs(t, err)
			return
		}
		if !utf8.ValidString(in.Text) || strings.ContainsRune(in.Text, 0) || utf8.RuneCountInString(in.Text) > maxText || len(in.ClientMessageID) > maxClientID {
			t.Errorf("accepted %q", body)
		}
	})
}

func FuzzChat(f *testing.F) {
	for _, s := range []string{
		`{"messages":[{"role":"user","content":"hi"}]}`, `{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`,
		`{"messages":[{"role":"assistant","content":null},{"role":"user","content":"hi"}],"tools":[]}`, `{"messages":[{}]}`,
		`{"metadata":{"conversation_id":"x"},"messages":[{"role":"user","content":"hi"}]}`, `{"metadata":7,"messages":[{"role":"user","content":"hi"}]}`,
		`{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in chatBody
		err := decode(body, lenient, &in)
		if err == nil {
			err = in.check()
		}
		if err != nil {
			checkOurs(t, err)
			return
		}
		_ = in.conversation()
		if n := len(in.history()); n > maxHistory {
			t.Errorf("%d exchanges of %q", n, body)
		}
	})
}

func FuzzOpening(f *testing.F) {
	for _, s := range []string{`{}`, `{"locale":"en-GB","context":{"page":"/"}}`, `{"locale":"-"}`, `{"locale":" "}`, `{"context":{"":""}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in openingBody
		err := decode(body, strict, &in)
		if err == nil {
			err = in.check()
		}
		if err != nil {
			checkOurs(t, err)
		}
	})
}

// checkOurs fails where an error would be a 5xx, or would show bytes that are no text.
func checkOurs(t *testing.T, err error) {
	t.Helper()
	e := shown(err)
	if problems[e.Kind].status >= http.StatusInternalServerError || e.Kind == switchboard.Internal {
		t.Errorf("bad input is not our mistake: %v", err)
	}
	if !utf8.ValidString(e.Field) || len(e.Field) > 110 {
		t.Errorf("field %q", e.Field)
	}
}

func FuzzAnnotations(f *testing.F) {
	f.Add("It is € 5 [1]. [2] [[1]]")
	f.Fuzz(func(t *testing.T, text string) {
		a := switchboard.Answer{Text: text, Citations: []switchboard.Citation{{N: 1, URL: "u"}, {N: 2, URL: "v"}}}
		runes := []rune(text)
		for _, x := range annotations(a) {
			if got := string(runes[x.Citation.Start:x.Citation.End]); !strings.HasPrefix(got, "[") || !strings.HasSuffix(got, "]") {
				t.Errorf("%q in %q", got, text)
			}
		}
	})
}

func FuzzDocument(f *testing.F) {
	for _, s := range []string{
		`{"document":{"id":"a","title":"T","body":"B","valid_from":"2026-01-31","supersedes":["b"]},"reason":"r"}`,
		`{"document":{"id":"a","url":"javascript:alert(1)"}}`, `{"document":{"id":" ","valid_to":"31.1.2026"}}`, `{"document":null}`,
		`{"document":{"id":"a","audience":"A B","topics":null}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in createBody
		err := decode(body, strict, &in)
		if err == nil {
			_, err = in.Document.document()
		}
		if err == nil {
			err = checkWhy(in.Reason)
		}
		if err != nil {
			checkOurs(t, err)
		}
	})
}
