package httpapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"switchboard"
)

// problem is how the outside sees a kind of error. OpenAI's clients tell errors apart by status and type.
type problem struct {
	status     int
	title      string
	openAIType string
}

// problems is the one place where kinds of error become statuses.
var problems = map[switchboard.Kind]problem{
	switchboard.InvalidJSON:          {http.StatusBadRequest, "The request is not valid JSON", "invalid_request_error"},
	switchboard.InvalidField:         {http.StatusBadRequest, "A field is not valid", "invalid_request_error"},
	switchboard.MessageTooLong:       {http.StatusRequestEntityTooLarge, "The message is too long", "invalid_request_error"},
	switchboard.BodyTooLarge:         {http.StatusRequestEntityTooLarge, "The request is too large", "invalid_request_error"},
	switchboard.UnsupportedMediaType: {http.StatusUnsupportedMediaType, "The media type is not supported", "invalid_request_error"},
	switchboard.Unauthorized:         {http.StatusUnauthorized, "Authentication is needed", "authentication_error"},
	switchboard.Forbidden:            {http.StatusForbidden, "This is not allowed", "permission_error"},
	switchboard.OriginNotAllowed:     {http.StatusForbidden, "The origin is not allowed", "permission_error"},
	switchboard.NotFound:             {http.StatusNotFound, "Not found", "invalid_request_error"},
	switchboard.MethodNotAllowed:     {http.StatusMethodNotAllowed, "The method is not allowed", "invalid_request_error"},
	switchboard.Conflict:             {http.StatusConflict, "Conflict", "invalid_request_error"},
	switchboard.TurnInProgress:       {http.StatusConflict, "A turn is in progress", "invalid_request_error"},
	switchboard.RateLimited:          {http.StatusTooManyRequests, "Too many requests", "rate_limit_error"},
	switchboard.Overloaded:           {http.StatusServiceUnavailable, "The gateway is busy", "server_error"},
	switchboard.Unavailable:          {http.StatusServiceUnavailable, "Not available", "server_error"},
	switchboard.Internal:             {http.StatusInternalServerError, "Internal error", "server_error"},
}

// problemType makes the problem's type URI of a kind.
func problemType(k switchboard.Kind) string { return "urn:problem-type:switchboard:" + string(k) }

// shown is an error reduced to what a caller may see.
func shown(err error) *switchboard.Error {
	k := switchboard.KindOf(err)
	if _, known := problems[k]; !known {
		k = switchboard.Internal
	}
	var e *switchboard.Error
	if k != switchboard.Internal && errors.As(err, &e) {
		return e
	}
	said := plainText[k]
	if said == "" {
		said = problems[k].title + "."
	}
	return &switchboard.Error{Kind: k, Text: said}
}

// plainText is said where an error is a bare kind or must not speak for itself.
var plainText = map[switchboard.Kind]string{
	switchboard.Internal:         "Something went wrong on our side. The request id names it in our logs.",
	switchboard.NotFound:         "There is nothing here.",
	switchboard.MethodNotAllowed: "This path has no such method.",
	switchboard.Unavailable:      "A part that this needs is not available. Please try again.",
}

type problemBody struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Detail    string            `json:"detail"`
	Code      switchboard.Kind  `json:"code"`
	Field     string            `json:"field,omitzero"`
	RequestID string            `json:"request_id"`
	Parts     map[string]string `json:"parts,omitzero"` // of readiness only
}

type openAIError struct {
	Error openAIErrorBody `json:"error"`
}

type openAIErrorBody struct {
	Message string           `json:"message"`
	Type    string           `json:"type"`
	Param   *string          `json:"param"`
	Code    switchboard.Kind `json:"code"`
}

// fail answers with an error, in the shape that the route's callers read. Where a reply has begun already there is
// nothing left to say, and the connection is cut.
func (s *Server) fail(c *gin.Context, err error) {
	e := shown(err)
	ours := e.Kind == switchboard.Internal || e.Kind == switchboard.Unavailable
	if ours && c.Request.Context().Err() == nil {
		s.log.ErrorContext(c.Request.Context(), "request failed", "route", c.FullPath(), "request_id", requestID(c), "error", err)
	}
	if c.Writer.Written() {
		c.Abort()
		return
	}
	if e.Kind == switchboard.Internal && c.Request.Context().Err() != nil {
		if !s.draining.Load() {
			c.AbortWithStatus(statusClientGone) // nobody reads it but the metrics
			return
		}
		e = switchboard.Errorf(switchboard.Unavailable, "The gateway is being restarted. Please try again.")
	}
	if e.RetryAfter > 0 || e.Kind == switchboard.RateLimited || e.Kind == switchboard.Overloaded {
		c.Writer.Header().Set("Retry-After", retryAfter(e.RetryAfter))
	}
	if e.Kind == switchboard.Unauthorized {
		c.Writer.Header().Set("WWW-Authenticate", `Bearer realm="switchboard"`)
	}
	if speaksOpenAI(c.Request.URL.Path) {
		writeJSON(c, problems[e.Kind].status, jsonType, openAIErrorOf(e))
	} else {
		writeProblem(c, e, nil)
	}
	c.Abort()
}

func writeProblem(c *gin.Context, e *switchboard.Error, parts map[string]string) {
	p := problems[e.Kind]
	writeJSON(c, p.status, problemJSONType, problemBody{
		Type: problemType(e.Kind), Title: p.title, Status: p.status, Detail: e.Text, Code: e.Kind, Field: e.Field,
		RequestID: requestID(c), Parts: parts,
	})
}

func openAIErrorOf(e *switchboard.Error) openAIError {
	b := openAIErrorBody{Message: e.Text, Type: problems[e.Kind].openAIType, Code: e.Kind}
	if e.Field != "" {
		b.Param = &e.Field
	}
	return openAIError{b}
}

// statusClientGone is what proxies log for a client that left before its answer.
const statusClientGone = 499

func speaksOpenAI(path string) bool {
	return strings.HasPrefix(path, "/v1/chat/") || path == "/v1/models" || strings.HasPrefix(path, "/v1/models/")
}

// retryAfter is a wait in whole seconds, rounded up, at least one.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

// Header values that never change, shared between responses. Nothing appends to them.
var (
	jsonType        = []string{"application/json; charset=utf-8"}
	problemJSONType = []string{"application/problem+json"}
	noStore         = []string{"no-store"}
)

// writeJSON encodes v whole before a byte is sent, so that a failure to encode is still an honest 500.
func writeJSON(c *gin.Context, status int, contentType []string, v any) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err) // one of our own types cannot be encoded
	}
	c.Writer.Header()["Content-Type"] = contentType
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(b) // an error means that the client is gone
}
