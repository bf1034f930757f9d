package llm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

// maxParts is of how many lines an event's data may consist.
const maxParts = 256

// events reads a stream of server-sent events (WHATWG HTML, section 9.2). Comments and ids are left out, and so are
// names: what matters of them, the data repeats. An event named "error", or one whose data is an error object, ends the
// stream with an *Error, and so does anything without end. "[DONE]" ends it with [io.EOF].
//
// Its buffers are used again: get one with newEvents, give it back with release.
type events struct {
	body io.ReadCloser
	in   *bufio.Reader
	left int    // bytes that may still come
	line []byte // the line under way, where it is longer than the reader's buffer
	data []byte // of the event under way; lines are joined by spaces, which JSON does not mind
	held []byte // data of the event after it, where a server forgot the empty line between them
	done bool   // "[DONE]" has come
}

var eventReaders = sync.Pool{New: func() any { return &events{in: bufio.NewReader(nil)} }}

func newEvents(body io.ReadCloser) *events {
	e := eventReaders.Get().(*events)
	e.body, e.left, e.done, e.held = body, maxStream, false, e.held[:0]
	e.in.Reset(body)
	return e
}

// release closes the body. The reader must not be used again.
func (e *events) release() {
	e.body.Close()
	e.body = nil
	e.in.Reset(nil)
	const keep = 16 << 10
	if cap(e.line)+cap(e.data)+cap(e.held) <= keep {
		eventReaders.Put(e)
	}
}

// next returns the next event's data, valid until the next call.
func (e *events) next() ([]byte, error) {
	e.data, e.held = append(e.data[:0], e.held...), e.held[:0]
	failed, parts := false, 0
	for {
		line, err := e.readLine()
		if err != nil {
			return e.last(err, failed)
		}
		if len(line) == 0 {
			if data, err := e.event(failed); data != nil || err != nil {
				return data, err
			}
			e.data, failed, parts = e.data[:0], false, 0
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch string(name) {
		case "event":
			failed = string(value) == "error"
		case "data":
			if parts++; parts > maxParts {
				return nil, &Error{Class: Garbage}
			}
			if !e.add(value) {
				continue
			}
			return e.event(failed)
		}
		if len(e.data) > maxLine {
			return nil, &Error{Class: Garbage}
		}
	}
}

// add takes in one line of data. It reports whether the event was whole without it, because the server forgot the empty
// line.
func (e *events) add(value []byte) (whole bool) {
	if len(value) == 0 {
		return false
	}
	if len(e.data) > 0 && (string(value) == "[DONE]" || json.Valid(e.data)) {
		e.held = append(e.held, value...)
		return true
	}
	if len(e.data) > 0 {
		e.data = append(e.data, ' ')
	}
	e.data = append(e.data, value...)
	return false
}

// event says what the event under way is: data, an end, or nothing.
func (e *events) event(failed bool) ([]byte, error) {
	data := e.data
	switch {
	case failed, isErrorObject(data):
		return nil, &Error{Class: classOfBody(0, data)}
	case len(data) == 0:
		return nil, nil
	case string(data) == "[DONE]":
		e.done = true
		return nil, io.EOF
	}
	return data, nil
}

// last says what the end of the body means. Data that is whole is an event even without its empty line.
func (e *events) last(err error, failed bool) ([]byte, error) {
	if !errors.Is(err, io.EOF) || len(e.data) == 0 {
		return nil, err
	}
	if !json.Valid(e.data) && string(e.data) != "[DONE]" {
		return nil, &Error{Class: Cut}
	}
	return e.event(failed)
}

// readLine returns the next line without its end, valid until the next call. A line that the end of the body cuts off
// is one too.
func (e *events) readLine() ([]byte, error) {
	e.line = e.line[:0]
	for {
		part, err := e.in.ReadSlice('\n')
		if e.left -= len(part); e.left < 0 {
			return nil, &Error{Class: Garbage}
		}
		switch {
		case err == nil && len(e.line) == 0:
			return trimEnd(part), nil
		case err == nil, errors.Is(err, io.EOF) && len(e.line)+len(part) > 0:
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

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}

var errorWord = []byte(`"error"`)

// isErrorObject reports whether data is an object with an "error" in it. The word in a reply's text has its quotes
// escaped, so most events are told apart without being parsed.
func isErrorObject(data []byte) bool {
	if !bytes.Contains(data, errorWord) {
		return false
	}
	var v struct {
		Error json.RawMessage `json:"error"`
	}
	return json.Unmarshal(data, &v) == nil && len(v.Error) > 0 && string(v.Error) != "null"
}
