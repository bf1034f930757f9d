package llmtest

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const forever = time.Duration(math.MaxInt64)

var (
	errLeft = errors.New("the client left, or the server closed")
	errCut  = errors.New("the script breaks off")
)

// player plays one script to one client.
type player struct {
	w      http.ResponseWriter
	out    *http.ResponseController
	call   Call
	script Script
	left   <-chan struct{}
	stop   <-chan struct{}

	sent int
	text strings.Builder
}

func (p *player) play() error {
	if err := p.wait(p.script.Before); err != nil {
		return err
	}
	for name, values := range p.script.Header {
		p.w.Header()[name] = values
	}
	status := p.script.Status
	switch {
	case p.script.Body != "":
		if status == 0 {
			status = http.StatusOK
		}
		p.w.WriteHeader(status)
		_, err := io.WriteString(p.w, p.script.Body)
		return err
	case status != 0 && status != http.StatusOK:
		writeError(p.w, status, p.script.Code)
		return nil
	case !p.call.Stream:
		return p.whole()
	}
	p.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	p.w.WriteHeader(http.StatusOK)
	_ = p.out.Flush()
	for _, s := range p.script.Steps {
		if err := p.step(s); err != nil {
			return err
		}
	}
	return nil
}

// step does one step of a stream.
func (p *player) step(s Step) error {
	switch s.op {
	case opToken:
		if p.sent > 0 {
			if err := p.wait(p.script.Gap); err != nil {
				return err
			}
		}
		p.sent++
		p.text.WriteString(s.text)
		return p.write(chunk(p.call.Model, `{"content":`+quoteJSON(s.text)+`}`, ""))
	case opRole:
		return p.write(chunk(p.call.Model, `{"role":"assistant","content":""}`, ""))
	case opFinish:
		return p.write(chunk(p.call.Model, `{}`, s.text))
	case opUsage:
		if !p.call.IncludeUsage {
			return nil
		}
		return p.write(`data: {"id":"stub","object":"chat.completion.chunk","choices":[],"usage":` + p.usage(s) + "}\n\n")
	case opDone:
		return p.write("data: [DONE]\n\n")
	case opPause:
		return p.wait(s.d)
	case opHang:
		return p.wait(forever)
	case opCut:
		return errCut
	case opLongLine:
		return p.write("data: " + string(bytes.Repeat([]byte("x"), s.n)))
	case opPings:
		for range s.n {
			if err := errors.Join(p.wait(s.d), p.write(": ping\n\n")); err != nil {
				return err
			}
		}
		return nil
	}
	return p.write(s.text)
}

// whole answers a request that did not ask for a stream.
func (p *player) whole() error {
	finish, usage := "stop", Step{}
	for _, s := range p.script.Steps {
		switch s.op {
		case opToken:
			p.sent++
			p.text.WriteString(s.text)
		case opFinish:
			finish = s.text
		case opUsage:
			usage = s
		case opPause:
			if err := p.wait(s.d); err != nil {
				return err
			}
		case opHang:
			return p.wait(forever)
		case opCut:
			return errCut
		}
	}
	p.w.Header().Set("Content-Type", "application/json")
	_, err := io.WriteString(p.w, `{"id":"stub","object":"chat.completion","created":1,"model":`+quoteJSON(p.call.Model)+
		`,"choices":[{"index":0,"message":{"role":"assistant","content":`+quoteJSON(p.text.String())+
		`},"finish_reason":`+quoteJSON(finish)+`}],"usage":`+p.usage(usage)+`}`)
	return err
}

// usage counts what the step leaves at zero.
func (p *player) usage(s Step) string {
	in, out := s.n, s.m
	if in == 0 {
		for _, m := range p.call.Messages {
			in += (len(m.Content) + 3) / 4
		}
	}
	if out == 0 {
		out = p.sent
	}
	return `{"prompt_tokens":` + strconv.Itoa(in) + `,"completion_tokens":` + strconv.Itoa(out) +
		`,"total_tokens":` + strconv.Itoa(in+out) + `}`
}

func chunk(model, delta, finish string) string {
	reason := "null"
	if finish != "" {
		reason = quoteJSON(finish)
	}
	return `data: {"id":"stub","object":"chat.completion.chunk","created":1,"model":` + quoteJSON(model) +
		`,"choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + reason + "}]}\n\n"
}

func (p *player) write(s string) error {
	if _, err := io.WriteString(p.w, s); err != nil {
		return errLeft
	}
	if p.out.Flush() != nil {
		return errLeft
	}
	return nil
}

// wait waits for d, unless the client leaves or the server closes before.
func (p *player) wait(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-p.left:
	case <-p.stop:
	}
	return errLeft
}
