package llm

import (
	"fmt"
	"time"
)

// Class says how an attempt ended. It is the Outcome of a switchboard.Attempt, and a metric label: classes are added,
// never renamed.
type Class string

// The classes.
const (
	OK                Class = "ok"
	Connect           Class = "connect"             // no connection, or it broke before the response's header
	TLS               Class = "tls"                 // no trust: certificate, name or protocol
	BadRequest        Class = "bad_request"         // 400, 422 and other 4xx: this model does not take what was sent
	Auth              Class = "auth"                // 401, 402, 403: key, permission or payment
	ModelNotFound     Class = "model_not_found"     // 404
	ContextLength     Class = "context_length"      // 413, or 400 that says so: too much text for this model
	RateLimited       Class = "rate_limited"        // 429
	Overloaded        Class = "overloaded"          // 503, 529
	ServerError       Class = "server_error"        // 408, 409, other 5xx, and errors inside a stream
	TimeoutFirstToken Class = "timeout_first_token" // the header and the first token took too long together
	TimeoutIdle       Class = "timeout_idle"        // too long between two tokens
	Timeout           Class = "timeout"             // the attempt, or the whole turn, took too long
	Cut               Class = "cut"                 // the stream ended without saying why the model stopped
	Empty             Class = "empty"               // it ended well, with no choices or nothing but white space
	Garbage           Class = "garbage"             // not the protocol: broken JSON, HTML, a line without end
	ContentFilter     Class = "content_filter"      // the provider's own filter stopped it
	Cancelled         Class = "cancelled"           // the customer left, or the caller stopped, or another model was quicker
	LimitReached      Class = "limit_reached"       // nothing was sent: a limit of what may be spent stands in the way
)

// Remedy is what a chain does after an attempt of some class.
type Remedy int

// The remedies.
const (
	// Next goes to the next model at once.
	Next Remedy = iota
	// Retry asks the same model once more, after a short random pause, where no other model could be asked or where
	// the upstream itself named a short pause; otherwise it is Next. Another model answers sooner than a sick one.
	Retry
	// Fail ends the request: nobody waits for a reply any more.
	Fail
)

// Policy is what follows from a class.
type Policy struct {
	Class  Class
	Remedy Remedy
	// Sick says that the attempt counts against the model's breaker; otherwise the request itself was to blame.
	Sick bool
	// Dead opens the breaker at once: the next request will fare no better.
	Dead bool
	// Operator says that somebody must change the configuration before this goes away.
	Operator bool
}

// policies is the whole of what the chain knows about failures.
var policies = [...]Policy{
	{Class: Connect, Remedy: Retry, Sick: true},
	{Class: TLS, Remedy: Next, Sick: true, Operator: true},
	{Class: BadRequest, Remedy: Next, Operator: true},
	{Class: Auth, Remedy: Next, Sick: true, Dead: true, Operator: true},
	{Class: ModelNotFound, Remedy: Next, Sick: true, Dead: true, Operator: true},
	{Class: ContextLength, Remedy: Next},
	{Class: RateLimited, Remedy: Retry, Sick: true},
	{Class: Overloaded, Remedy: Retry, Sick: true},
	{Class: ServerError, Remedy: Retry, Sick: true},
	{Class: TimeoutFirstToken, Remedy: Next, Sick: true},
	{Class: TimeoutIdle, Remedy: Next, Sick: true},
	{Class: Timeout, Remedy: Next, Sick: true},
	{Class: Cut, Remedy: Retry, Sick: true},
	{Class: Empty, Remedy: Retry, Sick: true},
	{Class: Garbage, Remedy: Next, Sick: true},
	{Class: ContentFilter, Remedy: Next},
	{Class: Cancelled, Remedy: Fail},
	{Class: LimitReached, Remedy: Fail},
}

// Policies returns the table of what is done about each class of failure.
func Policies() []Policy { return append([]Policy(nil), policies[:]...) }

// Policy returns what follows from the class.
func (c Class) Policy() Policy {
	for _, p := range policies {
		if p.Class == c {
			return p
		}
	}
	return Policy{Class: c}
}

// Error says that an upstream gave no (whole) reply. Its text names the class and the status and nothing that the
// upstream sent: bodies may hold a customer's words, or a key.
type Error struct {
	Class      Class
	Model      string        // name by configuration
	Status     int           // HTTP status, 0 if there was none
	RetryAfter time.Duration // what the upstream asked for, 0 if nothing
	Err        error         // the cause where it is our side's: a network error, a context's end, emit's error
}

// Error is for logs.
func (e *Error) Error() string {
	s := string(e.Class)
	if e.Model != "" {
		s = "model " + e.Model + ": " + s
	}
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
