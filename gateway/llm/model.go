package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"switchboard"
)

const (
	maxText  = 1 << 20 // bytes of a reply; more is no support answer
	maxCalls = 64      // of tools in one reply
	// grace is how long the rest of a response is awaited when what matters of it is known: the usage after the model
	// has said why it stopped, the body after the status of an error.
	grace = 250 * time.Millisecond
)

// Model is one upstream. It is safe for concurrent use.
type Model struct {
	cfg  ModelConfig
	wire protocol
	base *http.Transport
}

// protocol is how an upstream is spoken to. Implementations are safe for concurrent use.
type protocol interface {
	// ask sends the request over x. It returns nil when the response has begun, what x says otherwise.
	ask(ctx context.Context, x *exchange, req Request) error
	// read says what one event of the response means. d is empty and may point into data. An error means that it is not
	// the protocol.
	read(data []byte, d *delta) error
	// list is the address of the list of the upstream's models, which is asked for with what authorize puts in.
	list() string
	authorize(h http.Header)
}

// delta is what one event says. Most say one thing, many nothing.
type delta struct {
	text    []byte // content; valid until the next event
	finish  string // why the model stopped, in OpenAI's words
	refusal bool   // the model said that it would not answer
	input   int    // tokens so far, where the upstream counts them
	output  int
	counted bool // output is the whole count, not only what has begun
	calls   []piece
	done    bool // nothing follows
	buf     []byte
}

// reset empties it for the next event.
func (d *delta) reset() { *d = delta{buf: d.buf[:0], calls: d.calls[:0]} }

// say adds content.
func (d *delta) say(text string) {
	d.buf = append(d.buf, text...)
	d.text = d.buf
}

// piece is a part of a call of a tool. The first of an index has the name.
type piece struct {
	index               int
	id, name, arguments string
}

// NewModel returns the model, or everything that is wrong with its configuration. It connects to nothing.
func NewModel(c ModelConfig) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("model %q: %w", c.Name, err)
	}
	m := &Model{cfg: c.withDefaults(), base: newTransport()}
	m.wire = apis[m.cfg.API](&m.cfg)
	return m, nil
}

// Name is the model's name by configuration.
func (m *Model) Name() string { return m.cfg.Name }

// Close closes idle connections. Calls under way go on, and close theirs when they end.
func (m *Model) Close() { m.base.CloseIdleConnections() }

// attempt is one call as it goes.
type attempt struct {
	exchange
	dog     watchdog
	text    strings.Builder
	finish  string
	refusal bool
	input   int // tokens by the upstream's count, 0 if it has told none
	output  int
	counted bool // output is final
	begun   time.Time
	first   time.Duration // until the first content
	opened  bool          // the response's header arrived
	calls   []call
	called  int // bytes of them
	now     delta
}

// call is a call of a tool as it arrives.
type call struct {
	index     int
	id, name  string
	arguments []byte
}

// Complete asks the model once. The completion has exactly one attempt, with what was generated and what it cost, also
// where an error is returned.
//
// Where the upstream reports no usage, tokens are estimated at four bytes each. An attempt that the upstream refused,
// or that never reached it, costs nothing; one that was broken off counts what was sent and what had arrived.
func (m *Model) Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
	a := &attempt{begun: time.Now()}
	a.exchange.base, a.exchange.dog = m.base, &a.dog
	run := a.dog.watch(ctx, &m.cfg)
	defer a.dog.stop()
	err := m.stream(ctx, run, a, req, emit)
	total := time.Since(a.begun)

	outcome := OK
	if err != nil {
		err.Model = m.cfg.Name
		outcome = err.Class
	}
	input, output := a.tokens(req.Messages, err)
	c := Completion{
		Model: m.cfg.Name, Text: a.text.String(), Finish: a.finish, ToolCalls: a.toolCalls(),
		Attempts: []switchboard.Attempt{{
			Model: m.cfg.Name, Finish: a.finish, Outcome: string(outcome), FirstToken: a.first, Total: total,
			InputTokens: input, OutputTokens: output, Cost: m.cfg.Price.cost(input, output),
		}},
	}
	if err != nil {
		return c, err
	}
	return c, nil
}

// stream sends the request and takes in the reply.
func (m *Model) stream(ctx, run context.Context, a *attempt, req Request, emit func(string) error) *Error {
	if err := m.wire.ask(run, &a.exchange, req); err != nil {
		if !a.asked {
			return &Error{Class: BadRequest, Err: ownError(err)}
		}
		return classify(ctx, run, err, false)
	}
	defer a.close()
	a.opened = true
	for {
		data, err := a.next()
		if err == nil {
			a.now.reset()
			if m.wire.read(data, &a.now) != nil {
				err = &Error{Class: Garbage}
			}
		}
		if err == nil {
			if e := m.take(a, &a.now, emit); e != nil {
				return e
			}
			if a.now.done {
				err = io.EOF
			}
		}
		if err != nil {
			verdict := ended(ctx, run, a, err)
			if errors.Is(err, io.EOF) {
				a.end()
			}
			return verdict
		}
	}
}

// ownError is why a request could not even be made, nil where that might tell an address with a password in it.
func ownError(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		return nil
	}
	return err
}

// mostTokens is more than any model takes or gives in one call. An upstream that claims more is not believed: what it
// cost is then estimated.
const mostTokens = 10_000_000

func plausible(tokens int) bool { return tokens >= 0 && tokens <= mostTokens }

// take takes in what one event said: content is emitted, a reason to stop is kept. Anything else is no progress.
func (m *Model) take(a *attempt, d *delta, emit func(string) error) *Error {
	if plausible(d.input) && plausible(d.output) {
		a.input, a.output, a.counted = max(a.input, d.input), max(a.output, d.output), a.counted || d.counted
	}
	if a.finish != "" {
		return nil
	}
	a.refusal = a.refusal || d.refusal
	if len(d.text) > 0 {
		a.dog.pause()
		if a.first == 0 {
			a.first = time.Since(a.begun)
			a.text.Grow(512)
		}
		from := a.text.Len()
		a.text.Write(d.text)
		if a.text.Len() > maxText {
			return &Error{Class: Garbage}
		}
		if emit != nil {
			if err := emit(a.text.String()[from:]); err != nil {
				return &Error{Class: Cancelled, Err: err}
			}
		}
		a.dog.expect(idle, m.cfg.IdleTimeout)
	}
	if len(d.calls) > 0 {
		if a.first == 0 {
			a.first = time.Since(a.begun)
		}
		if !a.addCalls(d.calls) {
			return &Error{Class: Garbage}
		}
		a.dog.expect(idle, m.cfg.IdleTimeout)
	}
	if d.finish != "" {
		a.finish = d.finish
		a.dog.expect(finished, grace)
	}
	return nil
}

// addCalls takes in pieces of calls. It reports whether they are within bounds.
func (a *attempt) addCalls(pieces []piece) bool {
	for _, p := range pieces {
		i := slices.IndexFunc(a.calls, func(c call) bool { return c.index == p.index })
		if i < 0 {
			if i = len(a.calls); i == maxCalls {
				return false
			}
			a.calls = append(a.calls, call{index: p.index})
		}
		c := &a.calls[i]
		c.id, c.name = cmp.Or(c.id, p.id), cmp.Or(c.name, p.name)
		c.arguments = append(c.arguments, p.arguments...)
		if a.called += len(p.id) + len(p.name) + len(p.arguments); a.called > maxText {
			return false
		}
	}
	return true
}

// toolCalls is what the model asked for, nil if nothing.
func (a *attempt) toolCalls() []ToolCall {
	var out []ToolCall
	for _, c := range a.calls {
		out = append(out, ToolCall{ID: c.id, Name: c.name, Arguments: cmp.Or(string(c.arguments), "{}")})
	}
	return out
}

// ended says what the end of the stream means. What matters is whether the model said why it stopped, not how the
// connection closed.
func ended(ctx, run context.Context, a *attempt, err error) *Error {
	switch {
	case a.finish == "" && errors.Is(err, io.EOF):
		if a.text.Len() == 0 && len(a.calls) == 0 && ctx.Err() == nil {
			return &Error{Class: Empty, Status: http.StatusOK}
		}
		return classify(ctx, run, io.ErrUnexpectedEOF, true)
	case a.finish == "":
		return classify(ctx, run, err, true)
	case a.finish == finishFilter, a.refusal && a.text.Len() == 0:
		return &Error{Class: ContentFilter, Status: http.StatusOK}
	case a.finish == "error":
		return &Error{Class: ServerError, Status: http.StatusOK}
	case len(a.calls) == 0 && strings.TrimSpace(a.text.String()) == "":
		return &Error{Class: Empty, Status: http.StatusOK}
	}
	return nil
}

// tokens counts what the attempt used.
func (a *attempt) tokens(sent []switchboard.Message, err *Error) (input, output int) {
	if !a.opened && err != nil {
		switch err.Class {
		case TimeoutFirstToken, Timeout, Cancelled: // the upstream may be at work, and may bill it
		default:
			return 0, 0
		}
	}
	input, output = a.input, a.output
	if input == 0 {
		input = estimateOf(sent)
	}
	if !a.counted {
		output = max(output, estimate(a.text.Len()+a.called))
	}
	return input, output
}

// estimate is the number of tokens of a text of n bytes, by the rule of thumb for English.
func estimate(n int) int { return (n + 3) / 4 }

// estimateOf is the number of tokens of messages.
func estimateOf(messages []switchboard.Message) (n int) {
	for _, m := range messages {
		n += estimate(len(m.Text))
	}
	return n
}

// Why models stop, in OpenAI's words.
const (
	finishStop   = "stop"
	finishLength = "length"
	finishFilter = "content_filter"
	finishTools  = "tool_calls"
)

// interned is the reason without an allocation, where it is a known one.
func interned(reason []byte) string {
	switch string(reason) {
	case finishStop:
		return finishStop
	case finishLength:
		return finishLength
	case finishFilter:
		return finishFilter
	case finishTools:
		return finishTools
	}
	return string(reason)
}
