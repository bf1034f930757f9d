package llmtest

import (
	"net/http"
	"strings"
	"time"
)

// Script is one response. The zero value says nothing and ends cleanly; make others with [Say], [Stream], [Fail] and
// [Hang].
type Script struct {
	Status int           // 0 is 200
	Code   string        // of the error object, where Status is not 200
	Header http.Header   // added to the response's
	Body   string        // sent instead of an error object, or of the steps, where it is not ""
	Before time.Duration // from the request to the header
	Gap    time.Duration // before each token but the first
	Steps  []Step
	Stuck  bool // where Status is not 200: the header is sent, and no body ever
}

// Step is one thing that a stream does. A request that did not ask for a stream gets the texts and the usage of the
// same steps as a whole.
type Step struct {
	op   op
	text string
	more string
	n, m int
	d    time.Duration
}

type op int

const (
	opToken op = iota
	opRole
	opRaw
	opFinish
	opUsage
	opDone
	opPause
	opHang
	opCut
	opLongLine
	opPings
	opNothing
	opError
	opHalf
	opLines
	opDrip
	opEndless
	opCall
)

// speaks reports whether the step is the model's, not the wire's.
func (s Step) speaks() bool {
	switch s.op {
	case opToken, opRole, opFinish, opNothing, opHalf, opLines, opDrip, opCall:
		return true
	}
	return false
}

// Say is a well-behaved reply with the text.
func Say(text string) Script {
	return Stream(Role(), Text(text), Finish("stop"), Usage(0, 0), Done())
}

// Stream is a reply made of steps. Each item is a [Step] or a list of them.
func Stream(steps ...[]Step) Script {
	var s Script
	for _, list := range steps {
		s.Steps = append(s.Steps, list...)
	}
	return s
}

// Fail is a response with the status and an error object.
func Fail(status int) Script { return Script{Status: status, Code: "stub_error"} }

// Hang accepts the request and never answers.
func Hang() Script { return Script{Before: forever} }

// Body answers 200 with a body of the media type.
func Body(contentType, body string) Script {
	return Script{Body: body, Header: http.Header{"Content-Type": {contentType}}}
}

// WithoutBody sends the status, and never the body that it promises.
func (s Script) WithoutBody() Script { s.Stuck = true; return s }

// WithCode names the error.
func (s Script) WithCode(code string) Script { s.Code = code; return s }

// WithRetryAfter sets the header, in seconds or as an HTTP date.
func (s Script) WithRetryAfter(v string) Script { return s.WithHeader("Retry-After", v) }

// WithHeader sets a header of the response.
func (s Script) WithHeader(name, v string) Script {
	s.Header = s.Header.Clone()
	if s.Header == nil {
		s.Header = http.Header{}
	}
	s.Header.Set(name, v)
	return s
}

// After puts a pause between the request and the header.
func (s Script) After(d time.Duration) Script { s.Before = d; return s }

// WithGap puts a pause between tokens.
func (s Script) WithGap(d time.Duration) Script { s.Gap = d; return s }

// Role is the chunk with only the assistant's role, with which most streams begin.
func Role() []Step { return []Step{{op: opRole}} }

// Text sends the text in tokens: each word with the white space before it.
func Text(text string) []Step {
	var steps []Step
	for _, t := range Split(text) {
		steps = append(steps, Step{op: opToken, text: t})
	}
	return steps
}

// Tokens sends each string as one token.
func Tokens(tokens ...string) []Step {
	steps := make([]Step, len(tokens))
	for i, t := range tokens {
		steps[i] = Step{op: opToken, text: t}
	}
	return steps
}

// Split cuts a text into words, each with the white space before it. Joined, they are the text.
func Split(text string) []string {
	var out []string
	for text != "" {
		word := strings.TrimLeft(text, " \n\t")
		end := strings.IndexAny(word, " \n\t")
		if end < 0 {
			return append(out, text)
		}
		end += len(text) - len(word)
		out = append(out, text[:end])
		text = text[end:]
	}
	return out
}

// Finish is the chunk that says why the model stopped: "stop", "length", "content_filter", "tool_calls".
func Finish(reason string) []Step { return []Step{{op: opFinish, text: reason}} }

// Usage is the chunk with the usage, sent only where the request asked for it. Zeros are counted: four bytes of the
// messages a token, and the tokens sent.
func Usage(input, output int) []Step { return []Step{{op: opUsage, n: input, m: output}} }

// Done is "data: [DONE]".
func Done() []Step { return []Step{{op: opDone}} }

// Pause waits.
func Pause(d time.Duration) []Step { return []Step{{op: opPause, d: d}} }

// Stall waits until the client leaves or the server closes.
func Stall() []Step { return []Step{{op: opHang}} }

// Cut breaks the connection off, in the middle of the response.
func Cut() []Step { return []Step{{op: opCut}} }

// Raw sends the text as it is.
func Raw(text string) []Step { return []Step{{op: opRaw, text: text}} }

// Data sends the text as the data of one event.
func Data(text string) []Step { return Raw("data: " + text + "\n\n") }

// ErrorEvent is an event named "error".
func ErrorEvent(message string) []Step {
	return Raw("event: error\ndata: {\"error\":{\"message\":" + quoteJSON(message) + ",\"type\":\"server_error\"}}\n\n")
}

// ErrorObject is an error in place of a chunk.
func ErrorObject(code, message string) []Step {
	return []Step{{op: opError, text: code, more: message}}
}

// ToolCall is a call of a tool, the n-th of the reply (from 0): its arguments come in two pieces.
func ToolCall(n int, name, arguments string) []Step {
	return []Step{{op: opCall, n: n, text: name, more: arguments}}
}

// NoChoices is a chunk that says nothing.
func NoChoices() []Step { return []Step{{op: opNothing}} }

// Multiline sends one token as an event whose data is spread over several lines.
func Multiline(token string) []Step { return []Step{{op: opLines, text: token}} }

// HalfChunk is a chunk that breaks off inside its JSON. Follow it with Cut, or with nothing for a clean end.
func HalfChunk() []Step { return []Step{{op: opHalf}} }

// Garbage is an event whose data is not JSON.
func Garbage() []Step { return Data(`{"choices":[{]`) }

// Pings sends n times, each after a pause, what servers send while they have nothing to say.
func Pings(n int, every time.Duration) []Step { return []Step{{op: opPings, n: n, d: every}} }

// LongLine sends n bytes without a line's end.
func LongLine(n int) []Step { return []Step{{op: opLongLine, n: n}} }

// Drip sends one token, a byte at a time, with a pause after each.
func Drip(token string, gap time.Duration) []Step { return []Step{{op: opDrip, text: token, d: gap}} }

// Endless sends the text as it is, as often and as fast as the client takes it, until the client leaves.
func Endless(text string) []Step { return []Step{{op: opEndless, text: text}} }

// Repeat does the steps n times.
func Repeat(n int, steps []Step) []Step {
	var all []Step
	for range n {
		all = append(all, steps...)
	}
	return all
}
