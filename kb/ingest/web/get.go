package web

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxRedirects  = 5
	maxTries      = 3               // of a request that a server is too busy for
	busyWait      = 5 * time.Second // before the next try, where the server names no time
	maxRetryAfter = 2 * time.Minute // a server that wants us to wait longer is left alone
	maxValidator  = 1 << 10         // bytes of an ETag or a date that is kept
)

// role is what a response is fetched as.
type role int

const (
	asPage    role = iota
	asSitemap      // known to be one
	asTarget       // page or sitemap
	asRobots
)

var accepts = [...]string{
	asPage:    "text/html, text/markdown, application/pdf, text/plain;q=0.9, */*;q=0.5",
	asSitemap: "application/xml, text/xml, */*;q=0.5",
	asTarget:  "text/html, application/xml, text/markdown, application/pdf, */*;q=0.5",
	asRobots:  "text/plain, */*;q=0.5",
}

// response is what an address gave. Whoever has it closes it.
type response struct {
	*entry
	from        *url.URL // after redirects
	notModified bool
}

func (r *response) close() { _ = r.file.Close() }

// get fetches an address, following redirects as far as the rules for the run go. An address that cannot be had is a
// *failure; any other error ends the run.
func (r *run) get(ctx context.Context, u *url.URL, as role) (*response, error) {
	for range maxRedirects + 1 {
		var err error
		if u, err = r.scope.admit(u); err != nil {
			return nil, err
		}
		if err := reachable(r.guardian, u); err != nil {
			return nil, err
		}
		var apart time.Duration
		if as != asRobots {
			rules, err := r.robots(ctx, u)
			if err != nil {
				return nil, err
			}
			if !rules.allows(pathOf(u)) {
				return nil, refuse("robots.txt forbids it")
			}
			apart = rules.delay
		}
		res, next, err := r.patiently(ctx, u, as, apart)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return res, nil
		}
		if _, err := r.scope.admit(next); err != nil {
			return nil, refuse("redirects to where it may not: %v", err)
		}
		u = next
	}
	return nil, refuse("redirects more than %d times", maxRedirects)
}

// patiently asks again where a server is too busy, after as long as it says.
func (r *run) patiently(ctx context.Context, u *url.URL, as role, apart time.Duration) (*response, *url.URL, error) {
	for try := 1; ; try++ {
		if err := r.f.pace.wait(ctx, u.Host, apart); err != nil {
			return nil, nil, err
		}
		res, next, err := r.once(ctx, u, as)
		var busy *busyError
		if !errors.As(err, &busy) {
			return res, next, err
		}
		if busy.wait > maxRetryAfter {
			return nil, nil, temporary("%s and wants to be left alone for more than %v", busy.failure.reason, maxRetryAfter)
		}
		r.f.pace.pause(u.Host, busy.wait)
		if try == maxTries {
			return nil, nil, temporary("%s %d times", busy.failure.reason, maxTries)
		}
	}
}

// busyError is a response that asks for patience.
type busyError struct {
	*failure
	wait time.Duration
}

func (r *run) busy(status int, header http.Header) error {
	b := &busyError{statusFailure(status), busyWait}
	value := header.Get("Retry-After")
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		b.wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		b.wait = max(0, at.Sub(r.f.options.Now()))
	}
	return b
}

// once makes one request. It returns the response, or where it is redirected to, or a *failure or *busyError.
func (r *run) once(run context.Context, u *url.URL, as role) (res *response, next *url.URL, err error) {
	ctx, cancel := context.WithTimeoutCause(run, r.f.options.Timeout, errTimeout)
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	kept := r.cache.open(u)
	if kept != nil && kept.size > r.limit(kept.ContentType, u, as) {
		_ = kept.file.Close() // the limit was higher then
		kept = nil
	}
	defer func() {
		if kept != nil && (res == nil || res.entry != kept) {
			_ = kept.file.Close()
		}
	}()
	req, err := r.request(ctx, u, as, kept)
	if err != nil {
		return nil, nil, explain(run, ctx, err)
	}
	answer, err := r.client.Do(req)
	if err != nil {
		return nil, nil, explain(run, ctx, err)
	}
	defer answer.Body.Close()
	switch s := answer.StatusCode; s {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		e, err := r.take(u, as, answer, fail)
		if err != nil {
			return nil, nil, explain(run, ctx, err)
		}
		return &response{entry: e, from: u}, nil, nil
	case http.StatusNotModified:
		if kept == nil {
			return nil, nil, temporary("server answered 304 to a request without a condition")
		}
		return &response{entry: kept, from: u, notModified: true}, nil, nil
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		next, err := u.Parse(answer.Header.Get("Location"))
		if err != nil || answer.Header.Get("Location") == "" {
			return nil, nil, refuse("redirects to an address that cannot be read")
		}
		return nil, next, nil
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return nil, nil, r.busy(s, answer.Header)
	default:
		if s == http.StatusNotFound || s == http.StatusGone {
			r.cache.drop(u)
		}
		return nil, nil, statusFailure(s)
	}
}

func (r *run) request(ctx context.Context, u *url.URL, as role, kept *entry) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", r.f.options.UserAgent)
	req.Header.Set("Accept", accepts[as])
	req.Header.Set("Accept-Encoding", "gzip")
	if kept != nil && kept.ETag != "" {
		req.Header.Set("If-None-Match", kept.ETag)
	}
	if kept != nil && kept.LastModified != "" {
		req.Header.Set("If-Modified-Since", kept.LastModified)
	}
	return req, nil
}

// limit is how many bytes a response may have.
func (r *run) limit(contentType string, u *url.URL, as role) int64 {
	switch {
	case as == asRobots:
		return maxRobots
	case as == asSitemap, as == asTarget && maySitemap(contentType, u.Path):
		return maxSitemap
	}
	return r.f.options.MaxPage
}

// take reads a response's body into the cache. What is of no kind that is wanted is not read at all.
func (r *run) take(u *url.URL, as role, answer *http.Response, fail func(error)) (*entry, error) {
	contentType := answer.Header.Get("Content-Type")
	limit := r.limit(contentType, u, as)
	if as == asPage || as == asTarget && !maySitemap(contentType, u.Path) {
		if _, ok := kindOf(contentType, u.Path); !ok {
			return nil, refuse("content type %.60q cannot be read", mediaTypeOf(contentType))
		}
	}
	if answer.ContentLength > limit && as != asRobots {
		return nil, tooLarge(limit)
	}
	body, err := r.body(answer, as, limit, fail)
	if err != nil {
		return nil, err
	}
	defer body.stop()
	return r.cache.keep(u, meta{
		URL: u.String(), ContentType: bounded(contentType), ETag: bounded(answer.Header.Get("ETag")), LastModified: bounded(answer.Header.Get("Last-Modified")),
	}, body)
}

func bounded(header string) string {
	if len(header) > maxValidator {
		return ""
	}
	return header
}

// body is a response's body, decompressed and watched.
type body struct {
	io.Reader
	stop func()
}

func (r *run) body(answer *http.Response, as role, limit int64, fail func(error)) (*body, error) {
	w := newWatch(answer.Body, r.f.options.Idle, r.f.options.MinSpeed, fail)
	// What is compressed is limited too: gzip can go on for ever and hold nothing.
	raw := newLimited(w, limit+maxHeader)
	var in io.Reader = raw
	switch encoding := strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		in = &lazyGzip{raw: raw}
	default:
		w.stop()
		return nil, refuse("content encoding %.20q cannot be read", encoding)
	}
	if as == asRobots {
		return &body{io.LimitReader(in, limit), w.stop}, nil
	}
	counted := newLimited(in, limit)
	counted.spend = r.spend
	return &body{counted, w.stop}, nil
}

// lazyGzip decompresses, but reads nothing until it is read.
type lazyGzip struct {
	raw io.Reader
	in  *gzip.Reader
}

func (z *lazyGzip) Read(p []byte) (n int, err error) {
	if z.in == nil {
		if z.in, err = gzip.NewReader(z.raw); err != nil {
			return 0, gzipError(err)
		}
	}
	n, err = z.in.Read(p)
	return n, gzipError(err)
}

func gzipError(err error) error {
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || err != nil && strings.HasPrefix(fmt.Sprint(err), "flate:") {
		return refuse("gzip data is damaged")
	}
	return err
}
