package llm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// classOfStatus is the class of a response that is not a success.
func classOfStatus(status int) Class {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		return Auth
	case http.StatusNotFound:
		return ModelNotFound
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		return ServerError
	case http.StatusRequestEntityTooLarge:
		return ContextLength
	case http.StatusTooManyRequests:
		return RateLimited
	case http.StatusServiceUnavailable, 529:
		return Overloaded
	}
	if status >= 500 {
		return ServerError
	}
	return BadRequest // a redirect too: the base URL is wrong
}

// upstreamError is the part of an error object that helps to classify it. Providers put a string or an object under
// "error", a number or a word under "code".
type upstreamError struct {
	Type    string          `json:"type"`
	Code    json.RawMessage `json:"code"`
	Message string          `json:"message"`
}

// classOfBody refines the class of a status by what the error object says. status is 0 inside a stream.
func classOfBody(status int, body []byte) Class {
	var e upstreamError
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) != nil || len(outer.Error) == 0 {
		e.Message = string(body)
	} else if json.Unmarshal(outer.Error, &e) != nil {
		e.Message = string(outer.Error)
	}
	code := strings.Trim(string(e.Code), `"`)
	if n, err := strconv.Atoi(code); err == nil && status == 0 && n >= 300 && n < 600 {
		status = n
	}
	if c := classOfWords(status, strings.ToLower(code+" "+e.Type), strings.ToLower(e.Message)); c != "" {
		return c
	}
	if status == 0 {
		return ServerError
	}
	return classOfStatus(status)
}

// classOfWords knows what providers call things. Only messages about the length of the text are read, because no code
// is common for them; "" is no opinion.
func classOfWords(status int, code, message string) Class {
	switch {
	case status >= 500:
		return ""
	case has(code, "context_length", "context_window", "exceed_context_size"),
		status != http.StatusTooManyRequests && has(message, "maximum context length", "context window", "context size",
			"prompt is too long", "too many tokens", "context length"):
		return ContextLength
	case has(code, "content_filter", "content_policy", "responsibleai", "moderation"):
		return ContentFilter
	case status != 0:
		return ""
	case has(code, "rate_limit", "insufficient_quota", "resource_exhausted"):
		return RateLimited
	case has(code, "overloaded", "unavailable", "capacity"):
		return Overloaded
	case has(code, "api_key", "authentication", "permission", "billing"):
		return Auth
	case has(code, "not_found"):
		return ModelNotFound
	case has(code, "request_too_large"):
		return ContextLength
	case has(code, "invalid_request"):
		return BadRequest
	}
	return ""
}

func has(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// retryAfter reads how long the upstream wants to be left alone: Retry-After in seconds or as a date, or the finer
// retry-after-ms. 0 is nothing said.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return seconds(ms / 1000)
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return seconds(s)
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// seconds keeps absurd values from overflowing.
func seconds(s float64) time.Duration {
	return time.Duration(min(s, (24*time.Hour).Seconds()) * float64(time.Second))
}

// classify turns what came out of the client library into an *Error. caller is the context of the one who asked, run
// the attempt's own; streaming says that the response's header had arrived.
func classify(caller, run context.Context, err error, streaming bool) *Error {
	switch cause := caller.Err(); {
	case errors.Is(cause, context.DeadlineExceeded):
		return &Error{Class: Timeout, Err: cause}
	case cause != nil:
		return &Error{Class: Cancelled, Err: context.Cause(caller)}
	}
	var e *Error // a verdict on what has arrived stands, whatever ran out meanwhile
	if errors.As(err, &e) || errors.As(context.Cause(run), &e) && e.Class != OK {
		return &Error{Class: e.Class, Status: e.Status, RetryAfter: e.RetryAfter, Err: e.Err}
	}
	switch {
	case isTrust(err), !streaming && isAlert(err):
		return &Error{Class: TLS, Err: rootCause(err)}
	case streaming, errors.Is(err, errBroken):
		return &Error{Class: Cut}
	case isNonsense(err):
		return &Error{Class: Garbage}
	}
	return &Error{Class: Connect, Err: dialError(err)}
}

// isNonsense reports whether what came in place of a header is none, or one without end. net/http has no types for it.
func isNonsense(err error) bool {
	return has(err.Error(), "malformed HTTP", "response headers exceeded", "response header list larger")
}

func isTrust(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &unknown) || errors.As(err, &host)
}

// isAlert reports whether one side ended TLS because it did not like the other: a version, a missing certificate.
// crypto/tls has no exported type for what it makes of an alert, only the name of the operation.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

// rootCause returns the innermost error, which names neither URL nor key.
func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// dialError returns the part of err that says why no connection came about, nil if that is not what it says: other
// errors of the transport quote what the upstream sent.
func dialError(err error) error {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return dns
	case errors.As(err, &op):
		return op
	}
	return nil
}
