package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a web server on loopback. Paths that are not set give 404.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	asked    []string // paths, in the order in which they were asked for
	conns    atomic.Int64
}

func newSite(t *testing.T) *site { return newSiteAt(t, "127.0.0.1:0") }

func newSiteAt(t *testing.T, address string) *site {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{handlers: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	_ = s.Listener.Close()
	s.Listener = l
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.RequestURI())
	h := s.handlers[r.URL.RequestURI()]
	s.mu.Unlock()
	if h == nil {
		http.Error(w, "SECRET nothing here", http.StatusNotFound)
		return
	}
	h(w, r)
}

func (s *site) port() string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return port
}

func (s *site) set(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[path] = h
}

// requests returns the paths asked for since it was last called, in order.
func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// page sets a page that has an entity tag made of its text.
func (s *site) page(path, contentType, text string) {
	s.set(path, func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf("%q", fmt.Sprint(len(text), text[:min(len(text), 20)]))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		_, _ = io.WriteString(w, text)
	})
}

func (s *site) html(paths ...string) {
	for _, p := range paths {
		s.page(p, "text/html; charset=utf-8", "<h1>Page "+p+"</h1>")
	}
}

func (s *site) status(path string, status int, header ...string) {
	s.set(path, func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "SECRET of the body")
	})
}

func (s *site) redirect(path, to string) { s.status(path, http.StatusFound, "Location", to) }

// sitemap sets a sitemap at /sitemap.xml that lists addresses; those that begin with a slash are the site's.
func (s *site) sitemap(addresses ...string) {
	s.page("/sitemap.xml", "application/xml", urlset(s.URL, addresses...))
}

func urlset(base string, addresses ...string) string {
	return list("urlset", "url", base, addresses)
}

func sitemapIndex(base string, addresses ...string) string {
	return list("sitemapindex", "sitemap", base, addresses)
}

func list(root, element, base string, addresses []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n", root)
	for _, a := range addresses {
		if strings.HasPrefix(a, "/") {
			a = base + a
		}
		fmt.Fprintf(&b, "<%s><loc>%s</loc><lastmod>2026-01-01</lastmod></%s>\n", element, strings.ReplaceAll(a, "&", "&amp;"), element)
	}
	fmt.Fprintf(&b, "</%s>\n", root)
	return b.String()
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// quick are options for tests: loopback is allowed and nothing waits.
func quick() Options {
	return Options{Allow: loopback, Rate: 1e9, Timeout: time.Minute, Idle: time.Minute}
}

// fetched is what a Fetch gave.
type fetched struct {
	Report
	pages []Page
	err   error
}

func (f fetched) urls() []string {
	var out []string
	for _, p := range f.pages {
		out = append(out, p.URL)
	}
	return out
}

// paths are the pages' addresses without what is the same in all.
func (f fetched) paths(s *site) []string {
	var out []string
	for _, u := range f.urls() {
		out = append(out, strings.TrimPrefix(u, s.URL))
	}
	return out
}

// reason is why an address was rejected, or the error, where the address is the target.
func (f fetched) reason(t *testing.T, address string) string {
	t.Helper()
	for _, r := range f.Rejected {
		if r.URL == address {
			return r.Reason
		}
	}
	if f.err == nil {
		t.Fatalf("%s is not rejected: %+v", address, f.Report)
	}
	return f.err.Error()
}

func fetch(t *testing.T, o Options, target string) fetched {
	t.Helper()
	return fetchWith(t.Context(), New(o), target)
}

func fetchWith(ctx context.Context, f *Fetcher, target string) fetched {
	var out fetched
	out.Report, out.err = f.Fetch(ctx, target, func(p Page) error {
		out.pages = append(out.pages, p)
		return nil
	})
	return out
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// clock is a time that goes on only while somebody sleeps.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	slept []time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// timed makes a Fetcher on a clock of its own.
func timed(o Options) (*Fetcher, *clock) {
	c := &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	o.Now = c.now
	f := New(o)
	f.pace.sleep = c.sleep
	return f, c
}

// names is a DNS server that answers for every name with the next of its addresses, the last one for ever.
type names struct {
	conn net.PacketConn
	mu   sync.Mutex
	next []netip.Addr
	done chan struct{}
}

// newResolver returns a resolver that asks a server of its own over UDP.
func newResolver(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{conn: conn, done: make(chan struct{})}
	for _, a := range answers {
		n.next = append(n.next, netip.MustParseAddr(a))
	}
	go n.serve()
	t.Cleanup(func() { _ = conn.Close(); <-n.done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n *names) serve() {
	defer close(n.done)
	buf := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if reply, err := n.answer(buf[:size]); err == nil {
			_, _ = n.conn.WriteTo(reply, from)
		}
	}
}

func (n *names) answer(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	n.mu.Lock()
	defer n.mu.Unlock()
	q, addr := m.Questions[0], n.next[0]
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	switch {
	case q.Type == dnsmessage.TypeA && addr.Is4():
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}}}
	case q.Type == dnsmessage.TypeAAAA && addr.Is6():
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
	}
	if len(m.Answers) > 0 && len(n.next) > 1 {
		n.next = n.next[1:]
	}
	return m.Pack()
}
