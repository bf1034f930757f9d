package llm

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	maxHeader    = 64 << 10 // bytes of a response's header
	maxErrorBody = 64 << 10 // bytes of an error's body that are read, to classify it and to keep the connection
	maxLine      = 256 << 10
	maxWhole     = 1 << 20  // bytes of a reply that was not streamed
	maxStream    = 16 << 20 // bytes of a stream, with everything in it that is no text
	maxIdle      = 256      // connections that are kept open while nobody uses them

	// rest is how long the end of a response is awaited after its last event. A connection whose response was read to
	// its end can be used again, which the next call is glad of, but not at any price.
	rest = 50 * time.Millisecond
)

// errBroken is that a body broke off.
var errBroken = errors.New("the response broke off")

// newTransport is tuned for one upstream: enough idle connections that a burst finds them open again, and no
// compression, because it would hold back tokens.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		ExpectContinueTimeout:  time.Second,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		// All calls share one HTTP/2 connection: one that is dead must be noticed before each of them has timed out.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// exchange is one request and its response. It follows no redirect, which would take the key and the customer's words
// elsewhere, keeps no cookies and never asks twice.
type exchange struct {
	base  *http.Transport
	dog   *watchdog
	asked bool    // the request was on its way
	in    *events // the response as it comes
	whole []byte  // a response that was not streamed, though it was asked to be
}

// Do sends the request. The response is the caller's to read with next, not the *http.Response, which has no body.
// Whatever is no success is an *Error or an error of the transport.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	x.asked = true
	// net/http sends a request again on another connection, where an idle one turns out to have been closed by the
	// upstream before it answered anything, if the request says that it may. The empty header says so, and is not sent.
	req.Header["Idempotency-Key"] = []string{}
	nameAndPassword(req)
	resp, err := x.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if err := x.take(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	resp.Body = http.NoBody
	return resp, nil
}

// nameAndPassword uses those of the address, where there is no key.
func nameAndPassword(req *http.Request) {
	if u := req.URL.User; u != nil && req.Header.Get("Authorization") == "" {
		password, _ := u.Password()
		req.SetBasicAuth(u.Username(), password)
	}
}

// take takes in the header of a response, and as much of the body as there is to it where it is no stream.
func (x *exchange) take(resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		// The status says most of it: the next model need not wait for a body that does not come.
		x.dog.expect(finished, grace)
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		return &Error{
			Class:  classOfBody(resp.StatusCode, body),
			Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, time.Now()),
		}
	}
	kind := strings.ToLower(resp.Header.Get("Content-Type"))
	switch {
	case resp.Header.Get("Content-Encoding") != "", strings.HasPrefix(kind, "text/html"):
		return &Error{Class: Garbage, Status: resp.StatusCode}
	case !strings.Contains(kind, "json"):
		x.in = newEvents(resp.Body)
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxWhole+1))
	resp.Body.Close()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errBroken, err)
	case len(b) > maxWhole:
		return &Error{Class: Garbage}
	case isErrorObject(b):
		return &Error{Class: classOfBody(0, b)}
	}
	x.whole = b
	return nil
}

// next returns the next event's data, valid until the next call; [io.EOF] at the end.
func (x *exchange) next() ([]byte, error) {
	if x.in != nil {
		return x.in.next()
	}
	b := x.whole
	x.whole = nil
	if b == nil {
		return nil, io.EOF
	}
	return b, nil
}

// end reads what is left after the last event, without waiting for it longer than a moment.
func (x *exchange) end() {
	if x.in == nil {
		return
	}
	x.dog.expect(finished, rest)
	_, _ = x.in.in.Discard(maxErrorBody)
}

// close ends the exchange. Where the response has not been read to its end, the connection is closed.
func (x *exchange) close() {
	if x.in != nil {
		x.in.release()
		x.in = nil
	}
}
