package httpapi

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
)

const (
	headerRequestID = "X-Request-Id" // canonical form of X-Request-ID
	contextID       = "request_id"
)

// More header values that never change.
var (
	nosniff      = []string{"nosniff"}
	noReferrer   = []string{"no-referrer"}
	apiPolicy    = []string{"default-src 'none'; frame-ancestors 'none'"}
	varyOrigin   = []string{"Origin"}
	exposed      = []string{"X-Request-ID, Retry-After, Idempotent-Replayed, X-Switchboard-Model, X-Switchboard-Attempts, x-vercel-ai-ui-message-stream"}
	allowHeaders = []string{"Authorization, Content-Type, Last-Event-ID, X-Switchboard-Key"}
	allowMethods = []string{"GET, POST, DELETE"}
	maxAge       = []string{"600"}
)

func requestID(c *gin.Context) string { return c.GetString(contextID) }

// identity gives every response its request id and the headers that all of them have.
func (s *Server) identity(c *gin.Context) {
	id := c.GetHeader(headerRequestID)
	if !isRequestID(id) {
		id = switchboard.NewID("req", s.now())
	}
	c.Set(contextID, id)
	h := c.Writer.Header()
	h[headerRequestID] = []string{id}
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = apiPolicy
	h["Cache-Control"] = noStore
}

// isRequestID tells whether a caller's own id is harmless in logs and headers.
func isRequestID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return !isLetter(r) && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}) < 0
}

// measure reports a request once it has ended, and has it traced.
func (s *Server) measure(c *gin.Context) {
	began, route, method := time.Now(), c.FullPath(), knownMethod(c.Request.Method)
	ctx, over := s.trace.Request(c.Request, route, method)
	if ctx != c.Request.Context() {
		c.Request = c.Request.WithContext(ctx)
	}
	defer func() {
		if route == "" {
			route = "none"
		}
		took := time.Since(began)
		status := c.Writer.Status()
		s.observe.HTTP(route, method, status, took)
		over(status)
		if ctx := c.Request.Context(); s.log.Enabled(ctx, slog.LevelDebug) {
			s.log.DebugContext(ctx, "request", "method", method, "route", route, "status", status,
				"ms", switchboard.Milliseconds(took), "request_id", requestID(c))
		}
	}()
	c.Next()
}

// hurryBody bounds the time in which a request's body must come, whatever becomes of the request: what a handler leaves
// unread, net/http reads to its end. The deadline goes once the body is there, because net/http then watches the
// connection for the client's leaving, and a deadline would look like that.
func (s *Server) hurryBody(c *gin.Context) {
	r := c.Request
	if r.ContentLength == 0 {
		return
	}
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(s.bodyWithin)) // not every test's writer has deadlines
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return // readBody's
	}
	if n, err := io.CopyN(io.Discard, r.Body, maxBody); errors.Is(err, io.EOF) && n < maxBody { // nobody wants it
		arrived(c)
	}
}

// arrived says that the body is there.
func arrived(c *gin.Context) {
	if c.Request.ContentLength != 0 {
		_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Time{})
	}
}

// hurryReader bounds the time in which a client must take its answer. The server sets another deadline for the
// connection's next request.
func (s *Server) hurryReader(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(s.writeWithin))
}

// knownMethod keeps a caller's inventions out of metric labels.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// recover turns a panic into an internal error. A stream that has begun is cut: its reader sees that it is not whole.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // the identity of the value is its documented meaning
			panic(v)
		}
		what := fmt.Sprintf("%T", v) // the value itself may hold what somebody typed
		if e, ok := v.(runtime.Error); ok {
			what = e.Error()
		}
		s.log.ErrorContext(c.Request.Context(), "panic", "what", what, "request_id", requestID(c), "stack", string(debug.Stack()))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler)
		}
		s.fail(c, switchboard.Internal)
	}()
	c.Next()
}

// cors answers preflights, and lets pages of allowed origins read what they get, errors included.
func (s *Server) cors(c *gin.Context) {
	if !strings.HasPrefix(c.Request.URL.Path, "/v1/") {
		return
	}
	h := c.Writer.Header()
	h["Vary"] = varyOrigin
	origin := c.GetHeader("Origin")
	if origin == "" {
		return
	}
	preflight := c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != ""
	if !s.mayBeSeen(c.Request.Context(), origin) {
		if preflight {
			s.fail(c, switchboard.Errorf(switchboard.OriginNotAllowed, "No key may be used from this origin."))
		}
		return
	}
	h["Access-Control-Allow-Origin"] = []string{origin}
	h["Access-Control-Expose-Headers"] = exposed
	if preflight {
		h["Access-Control-Allow-Methods"] = allowMethods
		h["Access-Control-Allow-Headers"] = allowHeaders
		h["Access-Control-Max-Age"] = maxAge
		c.AbortWithStatus(http.StatusNoContent)
	}
}
