package embed

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Class is a kind of failure. It is a stable word, for metrics.
type Class string

// The classes of errors.
const (
	BadText     Class = "bad_text"     // a text is empty; nothing was sent
	Refused     Class = "refused"      // the upstream does not accept the request: key, model, size
	RateLimited Class = "rate_limited" // too many requests
	ServerError Class = "server_error" // the upstream failed
	Connect     Class = "connect"      // no connection, or it broke
	Untrusted   Class = "untrusted"    // its certificate is not to be trusted
	Timeout     Class = "timeout"      // it took too long
	Cancelled   Class = "cancelled"    // the caller gave up
	Garbage     Class = "garbage"      // the response is not what was asked for
)

// Error is what went wrong with a call. Its text has neither texts nor keys nor anything that an upstream wrote.
type Error struct {
	Class      Class
	Status     int           // of the response, 0 if there was none
	RetryAfter time.Duration // for which the upstream wants to be left alone, 0 if it does not say
	Reason     string        // what is wrong with a response or a text; may be empty
	Err        error         // why no connection came about, or the context's error; may be nil
}

func (e *Error) Error() string {
	s := string(e.Class)
	if e.Status != 0 {
		s += fmt.Sprintf(", status %d", e.Status)
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// passing reports whether the same request may well succeed a little later. A response that was cut off or is
// garbage is: proxies send such when what is behind them restarts.
func (e *Error) passing() bool {
	switch e.Class {
	case RateLimited, ServerError, Connect, Timeout, Garbage:
		return true
	}
	return false
}

func garbage(format string, args ...any) *Error {
	return &Error{Class: Garbage, Status: http.StatusOK, Reason: fmt.Sprintf(format, args...)}
}

// classOfStatus is the class of a response that is not a success.
func classOfStatus(status int) Class {
	switch {
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		return ServerError
	}
	return Refused // a redirect too: the base URL is wrong
}

// retryAfter reads how long the upstream wants to be left alone: in seconds, as a date, or 0 where it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return time.Duration(min(s, (24*time.Hour).Seconds()) * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), 24*time.Hour)
	}
	return 0
}

// classify turns what came out of a client into an *Error. caller is the context of the one who asked, run that of the
// one request.
func classify(caller, run context.Context, err error) *Error {
	switch {
	case errors.Is(caller.Err(), context.DeadlineExceeded):
		return &Error{Class: Timeout, Err: caller.Err()}
	case caller.Err() != nil:
		return &Error{Class: Cancelled, Err: caller.Err()}
	case run.Err() != nil:
		return &Error{Class: Timeout}
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	if cause := untrusted(err); cause != nil {
		return &Error{Class: Untrusted, Err: cause}
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return &Error{Class: Connect, Err: dns}
	case errors.As(err, &op):
		return &Error{Class: Connect, Err: op}
	}
	return &Error{Class: Connect} // other errors of the transport quote what came
}

// untrusted returns the part of err that says why a certificate was not accepted, nil if that is not what it says.
func untrusted(err error) error {
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &host):
		return host
	case errors.As(err, &unknown):
		return unknown
	case errors.As(err, &verify):
		return errors.New("its certificate is not valid")
	}
	return nil
}
