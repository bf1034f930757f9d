package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"code.dny.dev/ssrf"
)

// maxFailures is how many pages in a row may fail for the time being before the rest is left alone.
const maxFailures = 10

// run is one Fetch.
type run struct {
	f        *Fetcher
	scope    scope
	guardian *ssrf.Guardian
	client   *http.Client
	cache    *cache
	spent    atomic.Int64 // bytes downloaded
	report   Report

	mu    sync.Mutex
	rules map[string]*origin // by scheme and host

	pages    []*url.URL      // that are to be fetched
	listed   map[string]bool // pages
	sitemaps map[string]bool // that were read or tried
}

// origin is what is known of a scheme and host. The first who asks for its robots.txt fetches it, the others wait.
type origin struct {
	once  sync.Once
	rules *robots
	err   error
}

func newRun(f *Fetcher, start *url.URL) (*run, error) {
	s := newScope(start, f.options.Hosts)
	if _, err := s.admit(start); err != nil {
		return nil, err
	}
	g := newGuardian(f.allow, start)
	if err := reachable(g, start); err != nil {
		return nil, err
	}
	c, err := openCache(f.options.Cache, start)
	if err != nil {
		return nil, err
	}
	return &run{
		f: f, scope: s, guardian: g, client: newClient(f, g), cache: c,
		rules: map[string]*origin{}, listed: map[string]bool{}, sitemaps: map[string]bool{},
	}, nil
}

func (r *run) close() {
	r.client.CloseIdleConnections()
	r.cache.close()
}

// spend counts what is downloaded.
func (r *run) spend(n int) error {
	if r.spent.Add(int64(n)) > r.f.options.MaxTotal {
		return errEnough
	}
	return nil
}

func (r *run) fetch(ctx context.Context, each func(Page) error) error {
	err := r.target(ctx, each)
	if errors.Is(err, errEnough) {
		r.report.incomplete("more than %d bytes were downloaded", r.f.options.MaxTotal)
		err = nil
	}
	if err == nil && r.report.Incomplete == "" {
		err = r.cache.sweep(r.f.options.Now())
	}
	return err
}

// target finds out what the target is and fetches the pages that it stands for.
func (r *run) target(ctx context.Context, each func(Page) error) error {
	start := r.scope.start
	if start.Path == "/" && start.RawQuery == "" {
		found, err := r.discover(ctx)
		if err != nil {
			return r.wrap(err)
		}
		if found {
			return r.all(ctx, each)
		}
	}
	res, err := r.get(ctx, start, asTarget)
	if err != nil {
		return r.wrap(err)
	}
	if !maySitemap(res.ContentType, res.from.Path) {
		page, err := r.page(res)
		if err != nil {
			return r.wrap(err)
		}
		page.Position, page.Total = 1, 1
		return r.hand(page, each)
	}
	r.sitemaps[start.String()] = true
	if err := r.read(ctx, res, 0); err != nil && (len(r.pages) == 0 || !isFailure(err)) {
		return r.wrap(err)
	} else if err != nil {
		r.sitemapFailed(start.String(), err)
	}
	return r.all(ctx, each)
}

// wrap says which target an error is about. Errors that the caller knows are left as they are.
func (r *run) wrap(err error) error {
	if errors.Is(err, errEnough) {
		return err
	}
	return fmt.Errorf("fetch %s: %w", r.scope.start, err)
}

func isFailure(err error) bool {
	var f *failure
	return errors.As(err, &f)
}

// all fetches the pages that sitemaps listed and hands them on in order. A page is fetched while those before it are
// still under way, as many at a time as Concurrency says; no more are held.
func (r *run) all(ctx context.Context, each func(Page) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var fetchers sync.WaitGroup
	defer fetchers.Wait()
	defer cancel()
	type result struct {
		page Page
		err  error
	}
	queue := make(chan chan result, r.f.options.Concurrency-1)
	fetchers.Go(func() {
		defer close(queue)
		for _, u := range r.pages {
			done := make(chan result, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return
			}
			fetchers.Go(func() {
				page, err := r.listedPage(ctx, u)
				done <- result{page, err}
			})
		}
	})
	handed := map[string]bool{}
	failures := 0
	for i, u := range r.pages {
		done, ok := <-queue
		if !ok {
			return r.wrap(context.Cause(ctx))
		}
		res := <-done
		var f *failure
		switch {
		case errors.As(res.err, &f):
			r.report.reject(u.String(), f)
			if failures++; !f.temporary {
				failures = 0
			}
			if failures == maxFailures {
				r.report.incomplete("%d pages in a row failed, %d of %d were not tried", failures, len(r.pages)-i-1, len(r.pages))
				return nil
			}
		case res.err != nil:
			return r.wrap(res.err)
		case handed[res.page.URL]:
			r.report.Duplicates++
		default:
			failures = 0
			handed[res.page.URL] = true
			res.page.Position, res.page.Total = i+1, len(r.pages)
			if err := r.hand(res.page, each); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) hand(p Page, each func(Page) error) error {
	r.report.Pages++
	if p.NotModified {
		r.report.NotModified++
	}
	return each(p)
}

func (r *run) listedPage(ctx context.Context, u *url.URL) (Page, error) {
	res, err := r.get(ctx, u, asPage)
	if err != nil {
		return Page{}, err
	}
	if res.from.String() != u.String() && !r.wanted(res.from) {
		res.close()
		return Page{}, refuse("redirects to a page that is excluded")
	}
	return r.page(res)
}

// page reads a response from the cache and closes it.
func (r *run) page(res *response) (Page, error) {
	defer res.close()
	k, ok := kindOf(res.ContentType, res.from.Path)
	if !ok {
		return Page{}, refuse("content type %.60q cannot be read", mediaTypeOf(res.ContentType))
	}
	body, err := io.ReadAll(res.file)
	if err != nil {
		return Page{}, &cacheError{err}
	}
	if k.text {
		if body, err = toUTF8(body, res.ContentType); err != nil {
			return Page{}, err
		}
	}
	p := Page{URL: res.from.String(), ContentType: k.mediaType, Body: body, ETag: res.ETag, NotModified: res.notModified}
	if at, err := http.ParseTime(res.LastModified); err == nil {
		p.LastModified = at
	}
	return p, nil
}

// wanted says whether a listed page is one of those that Include and Exclude choose.
func (r *run) wanted(u *url.URL) bool {
	path := pathOf(u)
	return (len(r.f.include) == 0 || anyMatches(r.f.include, path)) && !anyMatches(r.f.exclude, path)
}
