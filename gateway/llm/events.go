package llm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	openai "github.com/sashabaranov/go-openai"
)

// events reads a stream of server-sent events (WHATWG HTML, section 9.2) and gives its data on, one line an event.
// Comments, ids and names are left out. An event named "error", or one whose data is an error object, ends it with an
// *Error, and so does a line without end.
type events struct {
	body   io.ReadCloser
	in     *bufio.Reader
	line   []byte // the line under way, where it is longer than the reader's buffer
	data   []byte // of the event under way; lines are joined by spaces, which JSON does not mind
	failed bool   // the event under way is named "error"
	out    []byte // ready to be read
	ready  []byte // backs out
	err    error
}

func newEvents(body io.ReadCloser) *events {
	return &events{body: body, in: bufio.NewReader(body)}
}

// Read implements io.Reader.
func (e *events) Read(p []byte) (int, error) {
	for len(e.out) == 0 {
		if e.err != nil {
			return 0, e.err
		}
		e.err = e.next()
	}
	n := copy(p, e.out)
	e.out = e.out[n:]
	return n, nil
}

// Close closes the body.
func (e *events) Close() error { return e.body.Close() }

// next takes in one line.
func (e *events) next() error {
	line, err := e.readLine()
	if err != nil {
		return e.end(err)
	}
	if len(line) == 0 {
		return e.dispatch()
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "event":
		e.failed = string(value) == "error"
	case "data":
		return e.add(value)
	}
	return nil
}

// add takes in one line of data. Where a server forgets the empty line between events, the data so far is whole.
func (e *events) add(value []byte) error {
	if len(e.data) > 0 && (json.Valid(e.data) || string(value) == "[DONE]") {
		if err := e.dispatch(); err != nil {
			return err
		}
	}
	if len(e.data) > 0 {
		e.data = append(e.data, ' ')
	}
	e.data = append(e.data, value...)
	if len(e.data) > maxLine {
		return &Error{Class: Garbage}
	}
	return nil
}

// dispatch ends the event under way.
func (e *events) dispatch() error {
	data, failed := bytes.TrimSpace(e.data), e.failed
	e.data, e.failed = e.data[:0], false
	switch {
	case len(data) == 0 && !failed:
		return nil
	case string(data) == "[DONE]":
		// The client library would stop here and leave the response's end unread, and with it the connection unusable.
		_, _ = io.CopyN(io.Discard, e.in, maxErrorBody)
		return io.EOF
	case failed, isErrorObject(data):
		return &Error{Class: classOfBody(0, data)}
	}
	e.ready = append(append(append(e.ready[:0], "data: "...), data...), '\n')
	e.out = e.ready // read to its end before the next line is taken in
	return nil
}

// end says what the end of the body means. Data that is whole is an event even without its empty line.
func (e *events) end(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if len(e.data) > 0 {
		if !json.Valid(e.data) && string(e.data) != "[DONE]" {
			return &Error{Class: Cut}
		}
		if err := e.dispatch(); err != nil {
			return err
		}
	}
	return io.EOF
}

// readLine returns the next line without its end, valid until the next call. A line that the end of the body cuts off
// is lost, unless it is data that turns out whole.
func (e *events) readLine() ([]byte, error) {
	e.line = e.line[:0]
	for {
		part, err := e.in.ReadSlice('\n')
		switch {
		case err == nil && len(e.line) == 0:
			return trimEnd(part), nil
		case err == nil:
			e.line = append(e.line, part...)
			return trimEnd(e.line), nil
		case errors.Is(err, io.EOF) && len(e.line)+len(part) > 0:
			e.line = append(e.line, part...)
			return trimEnd(e.line), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
		if e.line = append(e.line, part...); len(e.line) > maxLine {
			return nil, &Error{Class: Garbage}
		}
	}
}

func trimEnd(line []byte) []byte { return bytes.TrimRight(line, "\r\n") }

// isErrorObject reports whether data is an object with an "error" in it. The word in a reply's text has its quotes
// escaped, so most events are told apart without being parsed.
func isErrorObject(data []byte) bool {
	if !bytes.Contains(data, []byte(`"error"`)) {
		return false
	}
	var v struct {
		Error json.RawMessage `json:"error"`
	}
	return json.Unmarshal(data, &v) == nil && len(v.Error) > 0 && string(v.Error) != "null"
}

// wholeAsStream turns a reply that was not streamed, though it was asked to be, into a stream of one event.
func wholeAsStream(body io.ReadCloser) (io.ReadCloser, error) {
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, maxWhole+1))
	switch {
	case err != nil:
		return nil, &Error{Class: Cut}
	case len(b) > maxWhole:
		return nil, &Error{Class: Garbage}
	case isErrorObject(b):
		return nil, &Error{Class: classOfBody(0, b)}
	}
	var whole openai.ChatCompletionResponse
	if json.Unmarshal(b, &whole) != nil {
		return nil, &Error{Class: Garbage}
	}
	chunk := openai.ChatCompletionStreamResponse{Usage: &whole.Usage}
	if len(whole.Choices) > 0 {
		c := whole.Choices[0]
		chunk.Choices = []openai.ChatCompletionStreamChoice{{
			Delta:        openai.ChatCompletionStreamChoiceDelta{Content: c.Message.Content, Refusal: c.Message.Refusal},
			FinishReason: c.FinishReason,
		}}
	}
	line, err := json.Marshal(chunk)
	if err != nil {
		return nil, &Error{Class: Garbage}
	}
	return io.NopCloser(bytes.NewReader(append(append([]byte("data: "), line...), '\n'))), nil
}
