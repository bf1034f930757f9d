package httpapi

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"switchboard"
)

// A turn says which model ended it and how many calls of models it took: in the headers of a reply in one piece, in the
// trailers of a stream. Pages may read them.
func TestTheModelsBehindAReply(t *testing.T) {
	const message, chat = `{"text":"roaming?"}`, `{"messages":[{"role":"user","content":"roaming?"}]}`
	for name, c := range map[string]struct {
		body, accept, model string
		attempts            int
		want                string // attempts and model
	}{
		"in one piece":                {body: message, model: "backup", attempts: 2, want: "2 backup"},
		"a stream":                    {body: message, accept: "text/event-stream", model: "backup", attempts: 3, want: "3 backup"},
		"no model":                    {body: message, want: "0 "},
		"no model, as a stream":       {body: message, accept: "text/event-stream", want: "0 "},
		"a completion":                {body: chat, model: "primary", attempts: 1, want: "1 primary"},
		"a completion's stream":       {body: strings.Replace(chat, "{", `{"stream":true,`, 1), model: "primary", attempts: 1, want: "1 primary"},
		"calls, and no model's words": {body: chat, attempts: 4, want: "4 "},
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t)
			g.bot.respond = func(_ context.Context, turn switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
				a := switchboard.Answer{
					ID: "msg_1", ConversationID: turn.ConversationID, Action: switchboard.ActionAnswer, Text: "One.",
					Model: c.model, Attempts: c.attempts,
				}
				if emit == nil {
					return a, nil
				}
				return a, tell(switchboard.Answer{ID: a.ID, ConversationID: a.ConversationID}, a, []string{a.Text}, emit)
			}
			path, bearer := g.open(nil)
			path += "/messages"
			if strings.Contains(c.body, "messages") {
				path = "/v1/chat/completions"
			}
			resp, err := client.Do(g.request("POST", path, c.body, with(bearer, "Accept", c.accept, "Origin", "http://localhost:9")))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
			told, other := resp.Header, resp.Trailer
			if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
				told, other = resp.Trailer, resp.Header
			}
			if got := told.Get(headerAttempts) + " " + told.Get(headerModel); got != c.want || other.Get(headerAttempts) != "" {
				t.Errorf("told %q, want %q (header %v, trailer %v)", got, c.want, resp.Header, resp.Trailer)
			}
			for _, name := range []string{headerModel, headerAttempts} {
				if !strings.Contains(resp.Header.Get("Access-Control-Expose-Headers"), name) {
					t.Errorf("pages may not read %s", name)
				}
			}
		})
	}
}

// A failure says nothing of models, and promises nothing.
func TestAProblemPromisesNoTrailers(t *testing.T) {
	g := start(t)
	g.bot.respond = func(context.Context, switchboard.Turn, func(switchboard.Event) error) (switchboard.Answer, error) {
		return switchboard.Answer{}, switchboard.Unavailable
	}
	path, bearer := g.open(nil)
	r := g.do("POST", path+"/messages", `{"text":"roaming?"}`, with(bearer, "Accept", "text/event-stream"))
	if r.status != http.StatusServiceUnavailable || r.header.Get("Trailer") != "" || r.header.Get(headerAttempts) != "" {
		t.Errorf("%d %v", r.status, r.header)
	}
}
