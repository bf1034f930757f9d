package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"switchboard"
	"switchboard/gateway"
	"switchboard/gateway/session"
)

// A turn's cost in this package alone: the bot answers at once and records nothing.
func BenchmarkTurn(b *testing.B) {
	bot := newScriptedBot()
	s := New(Config{
		Bot: bot, Sessions: session.NewMemory(nil), Keys: &keyList{}, TokenSecret: testSecret,
		Limits: Limits{Turns: 64, Conversation: session.Rate{}},
	})
	w, err := bot.Open(context.Background(), gateway.Opening{})
	if err != nil {
		b.Fatal(err)
	}
	answer, _ := bot.say(switchboard.Turn{ConversationID: w.Conversation.ID}, func(switchboard.Event) error { return nil }, "One [1]. ", "Two.")
	started := switchboard.Answer{ID: answer.ID, ConversationID: answer.ConversationID, CreatedAt: answer.CreatedAt}
	conversation := bot.conversations[w.Conversation.ID]
	bot.respond = func(_ context.Context, _ switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		conversation.Turns = nil
		bot.turns = bot.turns[:0]
		return answer, tell(started, answer, []string{"One [1]. ", "Two."}, emit)
	}
	token, err := s.tokens.sign(w.Conversation.ID, "")
	if err != nil {
		b.Fatal(err)
	}
	path := "/v1/conversations/" + w.Conversation.ID + "/messages"
	for _, bm := range []struct{ name, path, body, accept string }{
		{"json", path, `{"text":"How much is roaming?"}`, ""},
		{"sse", path, `{"text":"How much is roaming?"}`, "text/event-stream"},
		{"openai", "/v1/chat/completions", `{"messages":[{"role":"user","content":"How much is roaming?"}]}`, ""},
		{"openai-stream", "/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"How much is roaming?"}]}`, ""},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, bm.path, strings.NewReader(bm.body))
				r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost"
				r.Header["Content-Type"] = []string{"application/json"}
				r.Header["Authorization"] = []string{"Bearer " + token}
				if bm.accept != "" {
					r.Header["Accept"] = []string{bm.accept}
				}
				rec := httptest.NewRecorder()
				s.Handler().ServeHTTP(rec, r)
				if rec.Code != http.StatusOK {
					b.Fatal(rec.Code, rec.Body)
				}
			}
		})
	}
}
