package llm

import (
	"bytes"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	maxErrorBody = 64 << 10 // bytes of an error's body that are read, to classify it and to keep the connection
	maxLine      = 256 << 10
	maxWhole     = 1 << 20 // bytes of a reply that was not streamed
)

// zeroTemperature stands for a temperature of 0 on the way through the client library, which leaves out a plain zero.
// The transport puts the zero back.
const zeroTemperature = math.SmallestNonzeroFloat32

var (
	standIn = []byte(`"temperature":1e-45`) // as encoding/json writes it; inside a string its quotes would be escaped
	zero    = []byte(`"temperature":0`)
)

// mender is the http.RoundTripper under the client library. What leaves it upwards is either an *Error or a stream of
// one-line data events without anything that the library would trip over.
type mender struct {
	base *http.Transport
	now  func() time.Time
}

// newTransport is tuned for one upstream: enough idle connections that a burst finds them open again, and no
// compression, because it would hold back tokens.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		ExpectContinueTimeout:  time.Second,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// RoundTrip sends the request and mends the response.
func (m *mender) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := m.base.RoundTrip(replayable(withZero(req)))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		return nil, &Error{
			Class:  classOfBody(resp.StatusCode, body),
			Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, m.now()),
		}
	}
	switch kind := strings.ToLower(resp.Header.Get("Content-Type")); {
	case resp.Header.Get("Content-Encoding") != "", strings.HasPrefix(kind, "text/html"):
		resp.Body.Close()
		return nil, &Error{Class: Garbage, Status: resp.StatusCode}
	case strings.Contains(kind, "json"):
		if resp.Body, err = wholeAsStream(resp.Body); err != nil {
			return nil, err
		}
	default:
		resp.Body = newEvents(resp.Body)
	}
	return resp, nil
}

// replayable lets net/http send the request again on another connection where an idle one turns out to have been closed
// by the upstream before it answered anything. The empty header tells net/http so, and is not sent.
func replayable(req *http.Request) *http.Request {
	out := *req
	out.Header = req.Header.Clone()
	out.Header["Idempotency-Key"] = []string{}
	return &out
}

// withZero puts a temperature of 0 back where the stand-in is.
func withZero(req *http.Request) *http.Request {
	if req.GetBody == nil {
		return req
	}
	body, err := req.GetBody()
	if err != nil {
		return req
	}
	b, err := io.ReadAll(body)
	if err != nil || !bytes.Contains(b, standIn) {
		return req
	}
	b = bytes.Replace(b, standIn, zero, 1)
	out := req.Clone(req.Context())
	out.ContentLength = int64(len(b))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
	out.Body, _ = out.GetBody()
	return out
}
