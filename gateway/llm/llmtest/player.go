package llmtest

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
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
	voice  voice
	script Script
	left   <-chan struct{}
	stop   <-chan struct{}

	begun bool
	sent  int
	text  strings.Builder
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
		p.w.Header().Set("Content-Type", "application/json")
		p.w.WriteHeader(status)
		if p.script.Stuck {
			_ = p.out.Flush()
			return p.wait(forever)
		}
		_, _ = io.WriteString(p.w, p.voice.failure(p.script.Code, "the stub says "+p.script.Code))
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
	if !p.begun && s.speaks() {
		p.begun = true
		in, _ := p.count(p.usage())
		if err := p.write(p.voice.begin(in)); err != nil {
			return err
		}
	}
	switch s.op {
	case opToken:
		if p.sent > 0 {
			if err := p.wait(p.script.Gap); err != nil {
				return err
			}
		}
		p.sent++
		p.text.WriteString(s.text)
		return p.write(p.voice.token(s.text))
	case opRole:
		return p.write(p.voice.role())
	case opFinish:
		_, out := p.count(p.usage())
		return p.write(p.voice.finish(s.text, out))
	case opUsage:
		return p.write(p.voice.usage(p.count(s)))
	case opDone:
		return p.write(p.voice.done())
	case opNothing:
		return p.write(p.voice.nothing())
	case opError:
		return p.write(p.voice.failed(s.text, s.more))
	case opHalf:
		return p.write(p.voice.half())
	case opLines:
		return p.write(p.voice.lines(s.text))
	case opCall:
		return p.write(p.voice.call(s.n, s.text, s.more))
	case opDrip:
		return p.drip(p.voice.token(s.text), s.d)
	case opEndless:
		return p.endless(s.text)
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
			if err := errors.Join(p.wait(s.d), p.write(p.voice.ping())); err != nil {
				return err
			}
		}
		return nil
	}
	return p.write(s.text)
}

// whole answers a request that did not ask for a stream.
func (p *player) whole() error {
	finish := "stop"
	for _, s := range p.script.Steps {
		switch s.op {
		case opToken:
			p.sent++
			p.text.WriteString(s.text)
		case opFinish:
			finish = s.text
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
	in, out := p.count(p.usage())
	_, err := io.WriteString(p.w, p.voice.whole(p.text.String(), finish, in, out))
	return err
}

// usage is the script's step with the usage, which some protocols tell at the beginning.
func (p *player) usage() Step {
	for _, s := range p.script.Steps {
		if s.op == opUsage {
			return s
		}
	}
	return Step{}
}

// count counts what the step leaves at zero.
func (p *player) count(s Step) (in, out int) {
	in, out = s.n, s.m
	if in == 0 {
		in = p.asked()
	}
	if out == 0 {
		out = p.sent
	}
	return in, out
}

// asked is four bytes of the messages a token.
func (p *player) asked() (n int) {
	for _, m := range p.call.Messages {
		n += (len(m.Content) + 3) / 4
	}
	return n
}

// drip writes the text a byte at a time.
func (p *player) drip(text string, gap time.Duration) error {
	for _, b := range []byte(text) {
		if err := errors.Join(p.write(string(b)), p.wait(gap)); err != nil {
			return err
		}
	}
	return nil
}

// endless writes the text as often and as fast as the client takes it.
func (p *player) endless(text string) error {
	text = strings.Repeat(text, 1+4096/len(text))
	for {
		select {
		case <-p.left:
			return errLeft
		case <-p.stop:
			return errLeft
		default:
		}
		if err := p.write(text); err != nil {
			return err
		}
	}
}

func (p *player) write(s string) error {
	if s == "" {
		return nil
	}
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
