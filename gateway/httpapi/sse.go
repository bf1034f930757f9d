package httpapi

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

var (
	eventStreamType = []string{"text/event-stream"}
	uiStreamVersion = []string{"v1"}
	unbuffered      = []string{"no"}
)

// events writes server-sent events to one client: what comes together is flushed together, none waits for longer than a deadline on a client
// that does not read, and a comment keeps proxies open while there is nothing to say. It is safe for concurrent use;
// end must be called before the handler returns.
type events struct {
	every  time.Duration // between comments
	within time.Duration // for one write

	mu   sync.Mutex
	w    http.ResponseWriter
	rc   *http.ResponseController
	buf  bytes.Buffer
	beat *time.Timer
	err  error // the first failure; nothing is written after it
	over bool
}

// newEvents sends the headers of a stream.
func (s *Server) newEvents(c *gin.Context) *events {
	h := c.Writer.Header()
	h["Content-Type"] = eventStreamType
	h["X-Accel-Buffering"] = unbuffered
	c.Writer.WriteHeader(http.StatusOK)
	e := &events{every: s.heartbeat, within: s.writeWithin, w: c.Writer, rc: http.NewResponseController(c.Writer)}
	e.beat = time.AfterFunc(e.every, e.comment)
	return e
}

// send writes one event. An id of 0 is left out. data must not contain a line break; JSON never does.
func (e *events) send(id int64, data []byte) error {
	e.add(id, data)
	return e.push()
}

// add is send without the writing: what comes together is written together, by push.
func (e *events) add(id int64, data []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		e.frame(id, data)
	}
}

// push writes what has been added.
func (e *events) push() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.buf.Len() == 0 {
		return e.err
	}
	return e.flush()
}

func (e *events) frame(id int64, data []byte) {
	if id > 0 {
		e.buf.WriteString("id: ")
		e.buf.Write(strconv.AppendInt(e.buf.AvailableBuffer(), id, 10))
		e.buf.WriteByte('\n')
	}
	e.buf.WriteString("data: ")
	e.buf.Write(data)
	e.buf.WriteString("\n\n")
}

// flush writes what is buffered, and puts the next comment off.
func (e *events) flush() error {
	defer e.buf.Reset()
	if e.err != nil || e.over {
		return e.err
	}
	_ = e.rc.SetWriteDeadline(time.Now().Add(e.within)) // where there are no deadlines, a slow client is waited for
	if _, e.err = e.w.Write(e.buf.Bytes()); e.err == nil {
		e.err = e.rc.Flush()
	}
	e.beat.Reset(e.every)
	return e.err
}

func (e *events) comment() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return
	}
	e.buf.WriteString(": keep-alive\n\n")
	_ = e.flush() // kept in e.err
}

// end stops the comments. Nothing is written after it but the end of the response, which is not waited for longer
// than for an event either; the server sets another deadline for the connection's next request.
func (e *events) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	e.beat.Stop()
	_ = e.rc.SetWriteDeadline(time.Now().Add(e.within))
}

// wantsEvents tells whether the request accepts text/event-stream, by name.
func wantsEvents(r *http.Request) bool {
	for _, accept := range r.Header["Accept"] {
		for part := range strings.SplitSeq(accept, ",") {
			media, params, _ := strings.Cut(part, ";")
			if !strings.EqualFold(strings.TrimSpace(media), "text/event-stream") {
				continue
			}
			q := strings.ReplaceAll(strings.ToLower(params), " ", "")
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q[3:], "0.") != ""
		}
	}
	return false
}
