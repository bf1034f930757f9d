package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHostileAnswers has each limit met by a server that would go on for ever or nearly.
func TestHostileAnswers(t *testing.T) {
	endless := func(line string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for block := []byte(strings.Repeat(line, 1024)); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
	}
	bomb := zeros(64 << 20)
	for _, c := range []struct {
		name, want string
		handler    http.HandlerFunc
		set        func(o *Options)
	}{
		{"a body that never ends", "is too large: more than 100000 bytes", endless("endless "), nil},
		{"a body that is announced too large", "is too large: more than 100000 bytes", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "100001")
			_, _ = io.WriteString(w, "x")
		}, nil},
		{"a gzip bomb", "is too large: more than 100000 bytes", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, nil},
		{"gzip that goes on and holds nothing", "is too large: more than", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			for empty := []byte(strings.Repeat(gzipped(""), 1024)); ; {
				if _, err := w.Write(empty); err != nil {
					return
				}
			}
		}, nil},
		{"a header that is too large", "server gave no answer that can be read", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 2000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 100))
			}
		}, nil},
		{"a byte now and then", "came too slowly", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for tick := time.NewTicker(time.Millisecond); ; {
				select {
				case <-tick.C:
					_, _ = w.Write([]byte("x"))
					_ = http.NewResponseController(w).Flush()
				case <-r.Context().Done():
					tick.Stop()
					return
				}
			}
		}, func(o *Options) { o.Idle, o.MinSpeed = time.Second/2, 1<<20 }},
		{"silence after the header", "came too slowly", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, func(o *Options) { o.Idle = time.Second / 2 }},
		{"silence", "took too long", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(o *Options) { o.Idle = time.Second / 2 }},
		{"a header a byte at a time", "took too long", func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Slow: ")
			for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
				if _, err := c.Write([]byte("x")); err != nil {
					tick.Stop()
					return
				}
			}
		}, func(o *Options) { o.Idle = time.Second / 2 }},
		{"a body over the whole time", "took too long", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, func(o *Options) { o.Timeout = time.Second / 2 }},
		{"a connection that is closed", "connection broke off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // those that are slow take their limit's time
			s := newSite(t)
			s.set("/a", c.handler)
			o := quick()
			o.MaxPage = 100_000
			if c.set != nil {
				c.set(&o)
			}
			got := fetch(t, o, s.URL+"/a")
			if got.err == nil || !strings.Contains(got.err.Error(), c.want) {
				t.Errorf("got %v, want %s", got.err, c.want)
			}
		})
	}
}

// zeros is n zeros, gzipped.
func zeros(n int64) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.CopyN(w, zeroReader{}, n)
	_ = w.Close()
	return b.Bytes()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestARefusedServer(t *testing.T) {
	s := newSite(t)
	address := s.URL
	s.Close()
	if got := fetch(t, quick(), address+"/a"); got.err == nil || !strings.HasSuffix(got.err.Error(), "robots.txt: connection refused") {
		t.Errorf("got %v", got.err)
	}
}

func TestTotals(t *testing.T) {
	s := newSite(t)
	s.sitemap("/1", "/2", "/3", "/4", "/5")
	for _, p := range []string{"/1", "/2", "/3", "/4", "/5"} {
		s.page(p, "text/html", strings.Repeat("x", 1000))
	}
	o := quick()
	o.MaxPages = 3
	if got := fetch(t, o, s.URL); got.Pages != 3 || got.Incomplete != "more than 3 pages are listed" {
		t.Errorf("pages: %+v", got.Report)
	}
	o = quick()
	o.MaxTotal, o.Concurrency = 3000, 1
	got := fetch(t, o, s.URL)
	if got.err != nil || got.Pages != 2 || got.Incomplete != "more than 3000 bytes were downloaded" {
		t.Errorf("bytes: %+v, %v", got.Report, got.err)
	}
}

func TestSitemapsThatListEachOther(t *testing.T) {
	s := newSite(t)
	s.page("/sitemap.xml", "text/xml", sitemapIndex(s.URL, "/sitemap.xml", "/2.xml", "/bad.xml", "/missing.xml", "http://127.0.0.9/x.xml"))
	s.page("/2.xml", "text/xml", sitemapIndex(s.URL, "/3.xml", "/sitemap.xml"))
	s.page("/3.xml", "text/xml", sitemapIndex(s.URL, "/4.xml"))
	s.page("/4.xml", "text/xml", urlset(s.URL, "/too-deep"))
	s.page("/bad.xml", "text/xml", strings.TrimSuffix(urlset(s.URL, "/a", "/b"), "</urlset>\n"))
	s.html("/a", "/b")
	got := fetch(t, quick(), s.URL)
	equal(t, "pages", got.paths(s), []string{"/a", "/b"})
	if got.Sitemaps != 3 || got.Incomplete != "sitemap "+s.URL+"/4.xml: sitemaps list each other deeper than 3" {
		t.Errorf("report %+v", got.Report)
	}
	for address, want := range map[string]string{
		s.URL + "/4.xml":         "sitemaps list each other deeper than 3",
		s.URL + "/bad.xml":       "sitemap ends before it is complete",
		s.URL + "/missing.xml":   "server answered 404 Not Found",
		"http://127.0.0.9/x.xml": `host "127.0.0.9" is neither the one that was asked for nor listed`,
	} {
		if reason := got.reason(t, address); reason != want {
			t.Errorf("%s: %s, want %s", address, reason, want)
		}
	}
}
