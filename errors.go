package switchboard

import (
	"errors"
	"fmt"
	"time"
)

// Kind is a class of error that callers tell apart, and the stable code by which the outside knows it. A Kind is
// itself an error, for errors.Is(err, switchboard.NotFound).
type Kind string

// The kinds of error.
const (
	InvalidJSON          Kind = "invalid_json"
	InvalidField         Kind = "invalid_field"
	MessageTooLong       Kind = "message_too_long"
	BodyTooLarge         Kind = "body_too_large"
	UnsupportedMediaType Kind = "unsupported_media_type"
	Unauthorized         Kind = "unauthorized"
	Forbidden            Kind = "forbidden"
	OriginNotAllowed     Kind = "origin_not_allowed"
	NotFound             Kind = "not_found"
	MethodNotAllowed     Kind = "method_not_allowed"
	Conflict             Kind = "conflict"
	TurnInProgress       Kind = "turn_in_progress"
	RateLimited          Kind = "rate_limited"
	Overloaded           Kind = "overloaded"
	Unavailable          Kind = "unavailable"
	Internal             Kind = "internal"
)

// Error makes a Kind an error.
func (k Kind) Error() string { return string(k) }

// Error is an error whose Text may be shown to a caller. Err, the cause, may not.
type Error struct {
	Kind       Kind
	Text       string
	Field      string        // of InvalidField: a JSON path such as "text" or "messages.0.content"
	RetryAfter time.Duration // of RateLimited and Overloaded
	Err        error
}

// Errorf makes an error of kind k. The text is for callers: no paths, no keys, no customer text, no upstream bodies.
// A cause, which is for logs, goes to Because instead.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Text: fmt.Sprintf(format, args...)}
}

// FieldError says what is wrong with one field of a request.
func FieldError(field, format string, args ...any) *Error {
	return &Error{Kind: InvalidField, Field: field, Text: fmt.Sprintf(format, args...)}
}

// Because returns e with its cause.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// Error is for logs: kind, text and cause.
func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Text
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool { k, ok := target.(Kind); return ok && k == e.Kind }

// KindOf returns the kind of err, Internal where it has none, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return Internal
}
