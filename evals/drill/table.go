package drill

import (
	"net"
	"strings"
	"time"

	"switchboard/gateway/llm/llmtest"
)

// The steps that the table is written in.
var (
	stream = llmtest.Stream
	role   = llmtest.Role
	cut    = llmtest.Cut
	stall  = llmtest.Stall
	done   = llmtest.Done
)

// longRest is the name of the fault after which nobody waits.
const longRest = "429, come back in 10 min"

// Faults is the table. To add one, add a row: its name, what the upstream does from the start, what it does after a
// sentence where it can, and what it is recorded as.
func Faults() []Fault {
	var all []Fault
	for _, list := range [][]Fault{connections(), statuses(), answers(), streams(), harmless()} {
		all = append(all, list...)
	}
	return all
}

// connections do not come to a response.
func connections() []Fault {
	return []Fault{
		{Name: "connection refused", Refuse: true, Outcomes: is("connect")},
		{Name: "accepts and closes", Raw: func(net.Conn) {}, Outcomes: is("connect")},
		{Name: "reads and closes", Raw: readRequest, Outcomes: is("connect")},
		{Name: "TLS: garbage", Raw: say("\x16\x03\x01\x00\x02garbage " + leak), TLS: true, Outcomes: is("tls", "connect")},
		{Name: "TLS: plain HTTP", Raw: say("HTTP/1.1 400 Bad Request\r\n\r\n" + leak), TLS: true, Outcomes: is("tls", "connect")},
		{Name: "TLS: an old version", Raw: oldTLS, TLS: true, Outcomes: is("tls")},
		{Name: "TLS: nobody's certificate", Cert: true, Outcomes: is("tls")},
		{Name: "half a header", Raw: say("HTTP/1.1 200 OK\r\nContent-Ty"), Outcomes: is("connect")},
		{Name: "no HTTP at all", Raw: say("SSH-2.0-" + leak + "\r\n"), Outcomes: is("connect", "garbage", "server_error")},
	}
}

// statuses are refusals.
func statuses() []Fault {
	fail := func(name string, status int, outcome string) Fault {
		return Fault{Name: name, Script: llmtest.Fail(status), Outcomes: is(outcome)}
	}
	after := func(name string, status int, retryAfter, outcome string) Fault {
		return Fault{Name: name, Script: llmtest.Fail(status).WithRetryAfter(retryAfter), Outcomes: is(outcome)}
	}
	return []Fault{
		fail("400", 400, "bad_request"),
		{Name: "400: too long a text", Script: llmtest.Fail(400).WithCode("context_length_exceeded"), Outcomes: is("context_length")},
		{Name: "400: content filter", Script: llmtest.Fail(400).WithCode("content_filter"), Outcomes: is("content_filter")},
		fail("401", 401, "auth"),
		fail("402", 402, "auth"),
		fail("403", 403, "auth"),
		fail("404", 404, "model_not_found"),
		fail("408", 408, "server_error"),
		fail("409", 409, "server_error"),
		fail("413", 413, "context_length"),
		fail("422", 422, "bad_request"),
		fail("429", 429, "rate_limited"),
		after("429, come back in 0 s", 429, "0", "rate_limited"),
		after("429, come back in 1 s", 429, "1", "rate_limited"),
		after(longRest, 429, "600", "rate_limited"),
		fail("500", 500, "server_error"),
		{Name: "500 with a page", Script: llmtest.Script{Status: 500, Body: "<html>" + leak}, Outcomes: is("server_error")},
		{Name: "500 without end", Script: llmtest.Script{Status: 500, Body: strings.Repeat(leak+" ", 1<<16)}, Outcomes: is("server_error")},
		fail("502", 502, "server_error"),
		fail("503", 503, "overloaded"),
		after("503, come back in 30 s", 503, "30", "overloaded"),
		fail("504", 504, "server_error"),
		fail("529", 529, "overloaded"),
		{Name: "a redirect", Script: llmtest.Fail(307).WithHeader("Location", "/elsewhere"), Outcomes: is("bad_request")},
	}
}

// answers are responses with status 200 that hold no answer, or not one to use.
func answers() []Fault {
	return []Fault{
		{Name: "empty choices", Script: stream(llmtest.NoChoices(), llmtest.Usage(5, 0), done()), Outcomes: is("empty")},
		{Name: "a reason and no text", Script: stream(role(), llmtest.Finish("stop"), done()), Outcomes: is("empty")},
		{Name: "white space", Script: stream(role(), llmtest.Tokens(" ", "\n", " "), llmtest.Finish("stop"), done()), Outcomes: is("empty")},
		{Name: "an empty body", Script: stream(), Outcomes: is("empty")},
		{Name: "a page of HTML", Script: llmtest.Body("text/html", "<html>"+leak), Outcomes: is("garbage")},
		{Name: "broken JSON, not streamed", Script: llmtest.Body("application/json", `{"choices":[{`+leak), Outcomes: is("garbage")},
		{Name: "an error, not streamed", Script: llmtest.Body("application/json", `{"error":{"message":"`+leak+`"}}`), Outcomes: is("server_error")},
		{Name: "one line of 10 MB", Script: stream(role(), llmtest.LongLine(10<<20)), Mid: llmtest.LongLine(10 << 20), Outcomes: is("garbage")},
		{Name: "the same sentences for ever", Script: stream(role(), again(2000, llmtest.Text(sentences[0]+" "+sentences[2]+" "))),
			Outcomes: is("garbage", "cancelled"), Ends: true},
		{Name: "a word without end", Script: stream(role(), again(4<<10, llmtest.Tokens(strings.Repeat("x", 1<<10)))),
			Outcomes: is("garbage", "cancelled"), Ends: true},
		{Name: "cut by its limit of tokens", Script: stream(role(), llmtest.Text(torn), llmtest.Finish("length"), done()),
			Mid: steps(llmtest.Finish("length"), done()), Outcomes: is("ok", "length", "cut"), Ends: true},
	}
}

// streams begin well and go wrong.
func streams() []Fault {
	both := func(name, outcome string, what ...[]llmtest.Step) Fault {
		return Fault{
			Name: name, Script: stream(append([][]llmtest.Step{role()}, what...)...), Mid: steps(what...), Outcomes: is(outcome),
		}
	}
	faults := []Fault{
		both("broken JSON", "garbage", llmtest.Garbage(), stall()),
		both("ends without a reason", "cut", llmtest.Text(torn)),
		both("[DONE] without a reason", "cut", llmtest.Text(torn), done()),
		both("cut between tokens", "cut", llmtest.Text(torn), cut()),
		both("cut inside a token", "cut", llmtest.HalfChunk(), cut()),
		both("ends inside a token", "cut", llmtest.HalfChunk()),
		both("an error event", "server_error", llmtest.ErrorEvent(leak), done()),
		both("an error object", "overloaded", llmtest.ErrorObject("overloaded_error", leak), done()),
		both("content filter", "content_filter", llmtest.Finish("content_filter"), done()),
		{Name: "no header", Script: llmtest.Hang(), Outcomes: is("timeout_first_token")},
		silent("a header and silence", stall()),
		silent("comments for ever", llmtest.Pings(1<<20, 20*time.Millisecond)),
		silent("chunks without choices for ever", again(500, llmtest.NoChoices(), llmtest.Pause(20*time.Millisecond))),
		silent("empty text for ever", again(500, llmtest.Data(`{"choices":[{"index":0,"delta":{"content":""}}]}`), llmtest.Pause(20*time.Millisecond))),
		silent("byte by byte", drip(`data: {"choices":[{"index":0,"delta":{"content":"slow"}}]}`, 40*time.Millisecond)),
		{Name: "two tokens and silence", Script: stream(role(), llmtest.Tokens("A", " daily"), stall()), Outcomes: is("timeout_idle")},
		{Name: "a word at a time, slowly", Script: slowly(torn + strings.Repeat(" and", 40)), Outcomes: is("timeout")},
	}
	return faults
}

// silent is a stream that goes on without saying anything, from the start or after a sentence.
func silent(name string, what []llmtest.Step) Fault {
	return Fault{Name: name, Script: stream(role(), what), Mid: what, Outcomes: is("timeout_first_token", "timeout_idle")}
}

// harmless faults are none to the customer.
func harmless() []Fault {
	fine := func(name string, s llmtest.Script) Fault {
		return Fault{Name: name, Script: s, Outcomes: is("ok"), Fine: true}
	}
	text := strings.Join(sentences, " ")
	return []Fault{
		fine("none", llmtest.Say(text)),
		fine("no [DONE]", stream(role(), llmtest.Text(text), llmtest.Finish("stop"))),
		fine("a reason and silence", stream(role(), llmtest.Text(text), llmtest.Finish("stop"), stall())),
		fine("a reason and a cut", stream(role(), llmtest.Text(text), llmtest.Finish("stop"), cut())),
		fine("500 comments first", stream(llmtest.Pings(500, 0), role(), llmtest.Text(text), llmtest.Finish("stop"), done())),
		fine("no usage", stream(role(), llmtest.Text(text), llmtest.Finish("stop"), done())),
	}
}

func is(outcomes ...string) []string { return outcomes }

func steps(lists ...[]llmtest.Step) []llmtest.Step { return llmtest.Stream(lists...).Steps }

func again(n int, lists ...[]llmtest.Step) (out []llmtest.Step) {
	for range n {
		out = append(out, steps(lists...)...)
	}
	return out
}

func drip(text string, gap time.Duration) (out []llmtest.Step) {
	for i := range len(text) {
		out = append(append(out, llmtest.Raw(text[i:i+1])...), llmtest.Pause(gap)...)
	}
	return append(out, llmtest.Stall()...)
}

func slowly(text string) llmtest.Script {
	return stream(role(), llmtest.Text(text)).WithGap(firstTokenTimeout / 2)
}
