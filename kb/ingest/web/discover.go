package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
)

// robots returns what the robots.txt of u's origin says. One that is not there (4xx) allows all; one that cannot be had
// forbids all, since it may well forbid something.
func (r *run) robots(ctx context.Context, u *url.URL) (*robots, error) {
	root := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	r.mu.Lock()
	o := r.rules[root.String()]
	if o == nil {
		o = new(origin)
		r.rules[root.String()] = o
	}
	r.mu.Unlock()
	o.once.Do(func() { o.rules, o.err = r.fetchRobots(ctx, root) })
	return o.rules, o.err
}

func (r *run) fetchRobots(ctx context.Context, root *url.URL) (*robots, error) {
	res, err := r.get(ctx, root, asRobots)
	var f *failure
	switch {
	case errors.As(err, &f):
		if f.status >= 400 && f.status < 500 && !f.temporary {
			return &robots{}, nil
		}
		return nil, &failure{reason: "robots.txt: " + f.reason, temporary: f.temporary}
	case err != nil:
		return nil, err
	}
	defer res.close()
	body, err := io.ReadAll(res.file)
	if err != nil {
		return nil, &cacheError{err}
	}
	if len(body) == maxRobots { // cut there: half a rule would say another thing
		body = body[:bytes.LastIndexByte(body, '\n')+1]
	}
	return parseRobots(body, r.f.agent), nil
}

// discover reads the sitemaps of a site that only its root is known of, and reports whether there are any.
func (r *run) discover(ctx context.Context) (bool, error) {
	start := r.scope.start
	rules, err := r.robots(ctx, start)
	if err != nil {
		return false, err
	}
	if len(rules.sitemaps) == 0 {
		return r.usual(ctx)
	}
	var last *failure
	for _, s := range rules.sitemaps {
		u, err := start.Parse(s)
		if err != nil {
			last = r.sitemapFailed(shown(s), refuse("address cannot be read"))
			continue
		}
		if err := r.sitemap(ctx, u, 0); err != nil && !isFailure(err) {
			return false, err
		} else if err != nil {
			last = r.sitemapFailed(shown(u.String()), err)
		}
	}
	if len(r.pages) == 0 && last != nil {
		return false, last
	}
	return true, nil
}

// usual reads the sitemap where sites that do not name one have it.
func (r *run) usual(ctx context.Context) (bool, error) {
	u := r.scope.start.JoinPath("sitemap.xml")
	err := r.sitemap(ctx, u, 0)
	var f *failure
	switch {
	case err == nil:
		return true, nil
	case !errors.As(err, &f):
		return false, err
	case len(r.pages) > 0:
		r.sitemapFailed(u.String(), err)
		return true, nil
	case f.temporary:
		return false, r.sitemapFailed(u.String(), err)
	}
	return false, nil // not there, or a page that says so, or not for us: then the root is a page
}

// sitemapFailed reports a sitemap and returns what went wrong with its address.
func (r *run) sitemapFailed(address string, err error) *failure {
	f := &failure{reason: err.Error()}
	errors.As(err, &f)
	r.report.reject(address, f)
	r.report.incomplete("sitemap %s: %s", address, f.reason)
	return &failure{reason: "sitemap " + address + ": " + f.reason, temporary: f.temporary}
}

// sitemap fetches and reads a sitemap and those under it, each once.
func (r *run) sitemap(ctx context.Context, u *url.URL, depth int) error {
	if a, err := r.scope.admit(u); err != nil {
		return err
	} else if u = a; r.sitemaps[u.String()] {
		return nil
	}
	if len(r.sitemaps) >= maxSitemaps {
		r.report.incomplete("more than %d sitemaps are listed", maxSitemaps)
		return nil
	}
	r.sitemaps[u.String()] = true
	res, err := r.get(ctx, u, asSitemap)
	if err != nil {
		return err
	}
	return r.read(ctx, res, depth)
}

// errFull ends the reading of a sitemap when there are pages enough.
var errFull = errors.New("pages enough")

// read takes in what a sitemap lists and closes it. Sitemaps under it that fail are reported.
func (r *run) read(ctx context.Context, res *response, depth int) error {
	var under []*url.URL
	err := readSitemap(res.file, maxSitemap, func(address string, index bool) error {
		u, err := res.from.Parse(address)
		if err != nil || address == "" || len(address) > maxAddress {
			r.report.reject(shown(address), refuse("address cannot be read"))
			return ctx.Err()
		}
		if index {
			if len(under) < maxSitemaps {
				under = append(under, u)
			} else {
				r.report.incomplete("more than %d sitemaps are listed", maxSitemaps)
			}
			return ctx.Err()
		}
		return r.list(ctx, u)
	})
	res.close()
	if errors.Is(err, errFull) {
		err = nil
	}
	if err != nil && !isFailure(err) {
		return err
	}
	if err == nil {
		r.report.Sitemaps++
	}
	if e := r.readAll(ctx, under, depth+1); e != nil {
		return e
	}
	return err
}

// readAll reads the sitemaps of an index. Those that fail are reported; an error ends the run.
func (r *run) readAll(ctx context.Context, under []*url.URL, depth int) error {
	for _, u := range under {
		if len(r.pages) >= r.f.options.MaxPages {
			r.report.incomplete("more than %d pages are listed", r.f.options.MaxPages)
			break
		}
		var err error = refuse("sitemaps list each other deeper than %d", maxSitemapDepth)
		if depth < maxSitemapDepth {
			err = r.sitemap(ctx, u, depth)
		}
		if err != nil && !isFailure(err) {
			return err
		} else if err != nil {
			r.sitemapFailed(shown(u.String()), err)
		}
	}
	return nil
}

// list takes in a page that a sitemap names.
func (r *run) list(ctx context.Context, u *url.URL) error {
	page, err := r.scope.admit(u)
	var f *failure
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &f):
		r.report.reject(shown(u.String()), f)
	case err != nil:
		return err
	case r.listed[page.String()]:
		r.report.Duplicates++
	case !r.wanted(page):
		r.report.Excluded++
	case len(r.pages) >= r.f.options.MaxPages:
		r.report.incomplete("more than %d pages are listed", r.f.options.MaxPages)
		return errFull
	default:
		r.listed[page.String()] = true
		r.pages = append(r.pages, page)
	}
	return nil
}
