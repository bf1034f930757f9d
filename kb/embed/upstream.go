package embed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of what an upstream may send, in bytes uncompressed.
const (
	maxVectors = 32 << 20 // 64 vectors of 4096 numbers take 6 MiB
	maxScores  = 1 << 20  // some echo the texts

	maxDimensions = 1 << 14
)

// How long to wait before a request is made again: twice as long each time, less a random part of up to a half, so
// that many who failed together do not come back together.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 8 * time.Second
)

// upstream makes requests to one server, again where that may help.
type upstream struct {
	http     *http.Client
	base     *http.Transport
	timeout  time.Duration
	attempts int
	random   func() float64 // 0 to 1
	pause    time.Duration  // the first
}

func newUpstream(timeout time.Duration, attempts int, maxBody int64) *upstream {
	base := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &upstream{
		http: &http.Client{
			Transport: &bounded{base: base, maxBody: maxBody, now: time.Now},
			// A redirect would take the key and the texts elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		base: base, timeout: timeout, attempts: attempts, random: rand.Float64, pause: firstPause,
	}
}

// try calls once until it succeeds, fails for good, or has failed as often as allowed. It waits between, as long as the
// upstream says if it does, and does not begin a wait that ctx would end.
func (u *upstream) try(ctx context.Context, once func(context.Context) error) error {
	pause := u.pause
	for n := 1; ; n++ {
		err := u.once(ctx, once)
		if err == nil {
			return nil
		}
		if n >= u.attempts || !err.passing() || ctx.Err() != nil {
			return err
		}
		wait := max(err.RetryAfter, time.Duration(float64(pause)*(1-u.random()/2)))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return classify(ctx, ctx, ctx.Err())
		case <-timer.C:
		}
		pause = min(2*pause, lastPause)
	}
}

func (u *upstream) once(ctx context.Context, once func(context.Context) error) *Error {
	run, cancel := context.WithTimeout(ctx, u.timeout)
	defer cancel()
	if err := once(run); err != nil {
		return classify(ctx, run, err)
	}
	return nil
}

// close closes idle connections. Calls under way go on.
func (u *upstream) close() { u.base.CloseIdleConnections() }

// bounded is the http.RoundTripper under the clients. What leaves it upwards is either an *Error or the whole body of
// a success, of bounded size.
type bounded struct {
	base    *http.Transport
	maxBody int64
	now     func() time.Time
}

// RoundTrip sends the request and reads the response.
func (b *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		// Not for what it says, but to keep the connection.
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
		return nil, &Error{
			Class: classOfStatus(resp.StatusCode), Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, b.now()),
		}
	}
	if kind := strings.ToLower(resp.Header.Get("Content-Type")); !strings.Contains(kind, "json") {
		return nil, garbage("it is not JSON")
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, b.maxBody+1))
	switch {
	case int64(len(body)) > b.maxBody:
		return nil, garbage("it has more than %d bytes", b.maxBody)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, garbage("it was cut off")
	case err != nil:
		return nil, err
	case nullInArray(body):
		return nil, garbage("it has null in the place of a number")
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// nullInArray finds what some servers write for numbers that are none, and what Go's decoder takes for zero. Inside
// objects null stands after a colon and is harmless.
func nullInArray(body []byte) bool {
	for rest := body; ; {
		i := bytes.Index(rest, []byte("null"))
		if i < 0 {
			return false
		}
		before := bytes.TrimRight(rest[:i], " \t\r\n")
		if n := len(before); n > 0 && (before[n-1] == ',' || before[n-1] == '[') {
			return true
		}
		rest = rest[i+len("null"):]
	}
}
