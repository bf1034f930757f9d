package web_test

import (
	"net/http"
	"strings"
	"testing"

	"switchboard"
	"switchboard/gateway/web/webtest"
)

// ask opens the chat and asks one question without waiting for the answer.
func ask(t *testing.T, tab *webtest.Tab, question string) {
	t.Helper()
	tab.Run("SupportChat.open()")
	tab.Wait("$('.chip')")
	tab.Run("SupportChat.send(" + quote(question) + ")")
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

const answered = "$$('.turn[data-action=answer]').length === 1"

// TestLostConnection breaks the connection at every event of a reply. The reply arrives whole, once, and the gateway
// is asked one question only.
func TestLostConnection(t *testing.T) {
	for cut := -1; cut <= 8; cut++ {
		if cut == 0 {
			continue
		}
		turn := webtest.Turn{Answer: said("First. Second. Third."), CutAfter: cut, Times: 1}
		g := webtest.NewGateway(t, always(turn))
		tab := visit(t, g, "")
		ask(t, tab, "hello")
		tab.Wait(answered)
		expect(t, tab, "$('.turn[data-action=answer] .bubble').innerText", "First. Second. Third.")
		expect(t, tab, "$('.notice').innerText + $('.draft').innerText", "")
		tab.Clean()

		asked := g.Requests("/messages")
		for _, r := range asked {
			if string(r.Body["client_message_id"]) != string(asked[0].Body["client_message_id"]) {
				t.Errorf("cut %d: another client_message_id: %s", cut, r.Body["client_message_id"])
			}
			if r.Accept != "text/event-stream" || r.Token == "" {
				t.Errorf("cut %d: Accept %q, token %q", cut, r.Accept, r.Token)
			}
		}
	}
}

// TestFragments sends the stream in pieces of every awkward size, cut inside characters and line ends.
func TestFragments(t *testing.T) {
	for _, crlf := range []bool{false, true} {
		for _, chunk := range []int{1, 2, 3, 7, 64} {
			answer := said("Zürich: 4,99 €. 😀 مرحبا. [1]")
			answer.Citations = roaming.Citations[:1]
			tab := visit(t, webtest.NewGateway(t, always(webtest.Turn{Answer: answer, Chunk: chunk, CRLF: crlf})), "")
			ask(t, tab, "hello")
			tab.Wait(answered)
			expect(t, tab, "$('.turn[data-action=answer] .bubble').innerText", "Zürich: 4,99 €. 😀 مرحبا.1")
			tab.Clean()
		}
	}
}

// TestResume breaks the connection once a sentence is read: the rest comes from where the first try ended.
func TestResume(t *testing.T) {
	read := make(chan struct{})
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: said("First. Second."), CutAfter: 3, CutOn: read, Times: 1}))
	tab := visit(t, g, "")
	ask(t, tab, "hello")
	tab.Wait("$('.draft').innerText === 'First.'")
	close(read)
	tab.Wait(answered)
	expect(t, tab, "$('.turn[data-action=answer] .bubble').innerText", "First. Second.")
	resumed := g.Requests("/stream")
	if n := len(g.Requests("/messages")); n != 1 || len(resumed) != 1 || resumed[0].LastEventID != "3" {
		t.Errorf("asked %d times, resumed %v", n, resumed)
	}
	tab.Clean()
}

// TestResumeTooLate loses the reply's buffer: the question is asked again under its id, and replayed.
func TestResumeTooLate(t *testing.T) {
	read := make(chan struct{})
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: said("First. Second."), CutAfter: 3, CutOn: read, Times: 1}))
	g.ForgetStreams()
	tab := visit(t, g, "")
	ask(t, tab, "hello")
	tab.Wait("$('.draft').innerText === 'First.'")
	close(read)
	tab.Wait(answered)
	expect(t, tab, "$('.turn[data-action=answer] .bubble').innerText", "First. Second.")
	if n, m := len(g.Requests("/messages")), len(g.Requests("/stream")); n != 2 || m != 1 {
		t.Errorf("asked %d times, want 2; resumed %d times, want 1", n, m)
	}
}

// TestTroubles covers what is said when no answer comes, and what Try again does.
func TestTroubles(t *testing.T) {
	tests := []struct {
		name   string
		turn   webtest.Turn
		notice string
		code   string
	}{
		{"rate limited", webtest.Turn{Status: http.StatusTooManyRequests, Code: "rate_limited", RetryAfter: 1, Times: 1},
			"Please wait 1 seconds", "rate_limited"},
		{"overloaded", webtest.Turn{Status: http.StatusServiceUnavailable, Code: "overloaded", RetryAfter: 1, Times: 1},
			"Please wait 1 seconds", "overloaded"},
		{"internal", webtest.Turn{Status: http.StatusInternalServerError, Code: "internal", Times: 1},
			"something went wrong", "internal"},
		{"not json", webtest.Turn{Status: http.StatusBadGateway, Times: 1}, "something went wrong", "http_502"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.turn.Answer = said("There you are.")
			g := webtest.NewGateway(t, always(tt.turn))
			tab := visit(t, g, "")
			tab.Run("window.errors = []; SupportChat.on('error', (e) => errors.push(e.code))")
			ask(t, tab, "hello")
			tab.Wait("$('.notice').innerText.includes(" + quote(tt.notice) + ")")
			tab.Axe("notice")
			tab.Wait("$('.retry')")
			expect(t, tab, "errors.join()", tt.code)
			tab.Shot("trouble-" + strings.ReplaceAll(tt.name, " ", "-"))
			tab.Run("$('.retry').click()")
			tab.Wait(answered)
			expect(t, tab, "$$('.mine').length", 1)
			asked := g.Requests("/messages")
			if len(asked) != 2 || string(asked[0].Body["client_message_id"]) != string(asked[1].Body["client_message_id"]) {
				t.Errorf("requests: %v", asked)
			}
			tab.Clean()
		})
	}
}

// TestTurnInProgress waits for a turn of the same conversation to end, without a word to the customer.
func TestTurnInProgress(t *testing.T) {
	turn := webtest.Turn{Status: http.StatusConflict, Code: "turn_in_progress", Times: 2, Answer: said("Now it is your turn.")}
	tab := visit(t, webtest.NewGateway(t, always(turn)), "")
	ask(t, tab, "hello")
	tab.Wait(answered)
	tab.Clean()
}

// TestErrorPart shows a failure after the start of a stream as trouble, not as an answer.
func TestErrorPart(t *testing.T) {
	tab := visit(t, webtest.NewGateway(t, always(webtest.Turn{Answer: said("Half."), ErrorPart: true})), "")
	ask(t, tab, "hello")
	tab.Wait("$('.retry')")
	expect(t, tab, "$$('.turn[data-action=answer]').length", 0)
	tab.Clean()
}

// TestBrokenReply is a reply that the gateway took for abandoned: what there is is shown, and it can be asked again.
func TestBrokenReply(t *testing.T) {
	cut := switchboard.Answer{Action: switchboard.ActionDegraded, Reason: switchboard.ReasonCustomerLeft, Text: "Half."}
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: cut}))
	tab := visit(t, g, "")
	ask(t, tab, "hello")
	tab.Wait("$('.retry')")
	expect(t, tab, "$('.turn[data-action=degraded] .bubble').innerText", "Half.")
	tab.Run("$('.retry').click()")
	tab.Wait("$$('.turn[data-action=degraded]').length === 2")
	asked := g.Requests("/messages")
	if len(asked) != 2 || string(asked[0].Body["client_message_id"]) == string(asked[1].Body["client_message_id"]) {
		t.Errorf("asked again under the same id, which only replays: %v", asked)
	}
}

// TestExpired opens a new conversation for a question that the old one does not take any more.
func TestExpired(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	ask(t, tab, "one")
	tab.Wait(answered)
	g.Expire()
	tab.Ask("two")
	expect(t, tab, "$$('.note').at(-1).innerText", "The chat had expired, so a new one was started.")
	expect(t, tab, "$$('.turn[data-action=answer] .bubble').at(-1).innerText", "You said: two")
	if n := len(g.Requests("/v1/conversations")); n != 2 {
		t.Errorf("%d conversations were opened, want 2", n)
	}
	tab.Clean()
}

// TestNoGateway opens the chat while the gateway refuses: the customer is told, and can try again.
func TestNoGateway(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	g.Refuse(true)
	tab.Run("SupportChat.open()")
	tab.Wait("$('.notice').innerText.includes('not available')")
	tab.Shot("unavailable")
	g.Refuse(false)
	tab.Run("$('.retry').click()")
	tab.Wait("$('.chip')")
	expect(t, tab, "$('.notice').innerText", "")
	tab.Clean()
}

// TestOffline cuts the network altogether until the widget gives up, and brings it back.
func TestOffline(t *testing.T) {
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: said("Back again."), CutAfter: -1, Times: 1}))
	tab := visit(t, g, "")
	tab.Run("SupportChat.open()")
	tab.Wait("$('.chip')")
	tab.Offline(true)
	tab.Run("SupportChat.send('hello')")
	tab.Wait("$('.notice').innerText.includes('Reconnecting')")
	tab.Shot("offline")
	tab.Offline(false)
	tab.Wait(answered)
	expect(t, tab, "$('.notice').innerText", "")
}

// TestStop stops an answer: what was said stays, and the next question is answered.
func TestStop(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	g := webtest.NewGateway(t, func(question string) webtest.Turn {
		if question == "long" {
			return webtest.Turn{Answer: said("First. Second."), Hold: hold}
		}
		return script(question)
	})
	tab := visit(t, g, "")
	ask(t, tab, "long")
	tab.Wait("$('.draft').innerText === 'First.'")
	expect(t, tab, "$('.send').getAttribute('aria-label')", "Stop the answer")
	expect(t, tab, "heard.some((s) => s.includes('First'))", false) // half a sentence is announced to nobody
	tab.Run("$('.send').click()")
	tab.Wait("$$('.note').at(-1).innerText === 'You stopped this answer.'")
	expect(t, tab, "$$('.bubble.bot').at(-1).innerText", "First.")
	expect(t, tab, "$('.send').getAttribute('aria-label')", "Send")
	tab.Ask("short")
	expect(t, tab, "$$('.turn[data-action=answer] .bubble').at(-1).innerText", "You said: short")
	tab.Clean()
}
