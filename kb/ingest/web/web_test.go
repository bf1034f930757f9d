package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAPage(t *testing.T) {
	s := newSite(t)
	s.set("/help/fees", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "Text/HTML; charset=UTF-8")
		w.Header().Set("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")
		w.Header().Set("ETag", `W/"7"`)
		_, _ = io.WriteString(w, "<h1>Fees</h1>")
	})
	got := fetch(t, quick(), s.URL+"/help/../help/%66ees#top")
	if got.err != nil || len(got.pages) != 1 {
		t.Fatalf("got %+v, %v", got.Report, got.err)
	}
	p := got.pages[0]
	if p.URL != s.URL+"/help/fees" || p.ContentType != "text/html" || string(p.Body) != "<h1>Fees</h1>" || p.ETag != `W/"7"` ||
		!p.LastModified.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) || p.NotModified || p.Position != 1 || p.Total != 1 {
		t.Errorf("page %+v", p)
	}
	if r := got.Report; r.Pages != 1 || r.Sitemaps != 0 || r.Bytes != 13 || r.Incomplete != "" {
		t.Errorf("report %+v", r)
	}
	equal(t, "requests", s.requests(), []string{"/robots.txt", "/help/fees"})
}

func TestWhatARequestSays(t *testing.T) {
	s := newSite(t)
	headers := make(chan http.Header, 1)
	s.set("/a", func(w http.ResponseWriter, r *http.Request) { headers <- r.Header; w.WriteHeader(http.StatusNoContent) })
	fetch(t, quick(), s.URL+"/a")
	h := <-headers
	if h.Get("User-Agent") != "SwitchboardBot/1.0" || h.Get("Accept-Encoding") != "gzip" || h.Get("Cookie")+h.Get("Referer")+h.Get("Authorization") != "" {
		t.Errorf("headers %v", h)
	}
}

func TestASite(t *testing.T) {
	s := newSite(t)
	s.page("/robots.txt", "text/plain", "User-agent: *\nDisallow: /private\nSitemap: "+s.URL+"/maps/index.xml\nSitemap: /maps/more.txt\n")
	s.page("/maps/index.xml", "application/xml", sitemapIndex(s.URL, "/maps/b.xml.gz", "/maps/a.xml", "/maps/b.xml.gz"))
	s.page("/maps/b.xml.gz", "application/gzip", gzipped(urlset(s.URL, "/b/2", "/b/1?x=1&y=2", "/private/x")))
	s.set("/maps/a.xml", func(w http.ResponseWriter, _ *http.Request) { // compressed on its way as well
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, gzipped(urlset(s.URL, "/guide.md", "/terms.pdf", "/b/2#again", "/form.docx", "/gone")))
	})
	s.page("/maps/more.txt", "text/plain", s.URL+"/note\n\n"+s.URL+"/latin\n")
	s.html("/b/2", "/b/1?x=1&y=2")
	s.page("/guide.md", "text/plain", "# Guide")
	s.page("/terms.pdf", "application/octet-stream", "%PDF-1.4")
	s.page("/form.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK")
	s.page("/note", "text/plain", "Note")
	s.page("/latin", "text/html; charset=iso-8859-1", "<p>Geb\xfchr</p>")

	o := quick()
	o.Concurrency = 3
	got := fetch(t, o, s.URL)
	if got.err != nil {
		t.Fatal(got.err)
	}
	equal(t, "pages", got.paths(s), []string{"/b/2", "/b/1?x=1&y=2", "/guide.md", "/terms.pdf", "/form.docx", "/note", "/latin"})
	var kinds []string
	for _, p := range got.pages {
		kinds = append(kinds, p.ContentType)
	}
	equal(t, "kinds", kinds, []string{"text/html", "text/html", "text/markdown", "application/pdf",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text/plain", "text/html"})
	if last := string(got.pages[6].Body); last != "<p>Gebühr</p>" {
		t.Errorf("latin page %q", last)
	}
	if r := got.Report; r.Pages != 7 || r.Sitemaps != 4 || r.Duplicates != 1 || r.Incomplete != "" || len(r.Rejected) != 2 {
		t.Errorf("report %+v", r)
	}
	if r := got.reason(t, s.URL+"/private/x"); r != "robots.txt forbids it" {
		t.Errorf("private: %s", r)
	}
	if r := got.reason(t, s.URL+"/gone"); r != "server answered 404 Not Found" {
		t.Errorf("gone: %s", r)
	}
	if last := got.pages[6]; last.Position != 9 || last.Total != 9 {
		t.Errorf("position %d of %d", last.Position, last.Total)
	}
}

func TestWhatATargetStandsFor(t *testing.T) {
	for _, c := range []struct {
		name, target string
		set          func(s *site)
		want         []string
		sitemaps     int
	}{
		{"a root with the usual sitemap", "", func(s *site) { s.sitemap("/a") }, []string{"/a"}, 1},
		{"a root without", "/", func(s *site) { s.html("/") }, []string{"/"}, 0},
		{"a root that answers everything with a page", "/", func(s *site) { s.html("/", "/sitemap.xml") }, []string{"/"}, 0},
		{"a root that redirects", "/", func(s *site) { s.redirect("/", "/a") }, []string{"/a"}, 0},
		{"a root with a question", "/?id=7", func(s *site) { s.html("/?id=7"); s.sitemap("/a") }, []string{"/?id=7"}, 0},
		{"a sitemap", "/map", func(s *site) { s.page("/map", "text/xml", urlset(s.URL, "/a")) }, []string{"/a"}, 1},
		{"a gzipped sitemap", "/map.xml.gz", func(s *site) { s.page("/map.xml.gz", "", gzipped(urlset(s.URL, "/a"))) }, []string{"/a"}, 1},
		{"a list of addresses", "/sitemap.txt", func(s *site) { s.page("/sitemap.txt", "text/plain", s.URL+"/a\n") }, []string{"/a"}, 1},
		{"a text", "/notes.txt", func(s *site) { s.page("/notes.txt", "text/plain", s.URL+"/a\n") }, []string{"/notes.txt"}, 0},
		{"a page about sitemaps", "/sitemap.html", func(s *site) { s.html("/sitemap.html") }, []string{"/sitemap.html"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.html("/a")
			c.set(s)
			got := fetch(t, quick(), s.URL+c.target)
			if got.err != nil {
				t.Fatal(got.err)
			}
			equal(t, "pages", got.paths(s), c.want)
			if got.Sitemaps != c.sitemaps {
				t.Errorf("%d sitemaps, want %d", got.Sitemaps, c.sitemaps)
			}
		})
	}
}

func TestRejectedPages(t *testing.T) {
	s := newSite(t)
	s.html("/ok", "/new")
	s.redirect("/old", "/new")
	s.status("/forbidden", http.StatusForbidden)
	s.status("/gone", http.StatusGone)
	s.status("/broken", http.StatusInternalServerError)
	s.page("/picture", "image/png", "SECRET")
	s.page("/chinese", "text/html; charset=gb2312", "<p>\xc4\xe3</p>")
	s.page("/utf16", "text/html", "\xff\xfeS\x00E\x00")
	s.set("/brotli", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "SECRET")
	})
	s.set("/damaged", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "SECRET is no gzip data")
	})
	s.set("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "SECRET")
	})
	s.set("/noise", func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "SECRET noise\r\n\r\n")
			_ = c.Close()
		}
	})
	s.status("/unasked", http.StatusNotModified)
	want := []struct{ address, reason string }{
		{s.URL + "/forbidden", "server answered 403 Forbidden"},
		{s.URL + "/gone", "server answered 410 Gone"},
		{s.URL + "/missing", "server answered 404 Not Found"},
		{s.URL + "/broken", "server answered 500 Internal Server Error (later)"},
		{s.URL + "/picture", `content type "image/png" cannot be read`},
		{s.URL + "/chinese", `charset "gb2312" cannot be read`},
		{s.URL + "/utf16", "text is not valid UTF-8 and names no other charset"},
		{s.URL + "/brotli", `content encoding "br" cannot be read`},
		{s.URL + "/damaged", "gzip data is damaged"},
		{s.URL + "/short", "connection broke off (later)"},
		{s.URL + "/noise", "server gave no answer that can be read (later)"},
		{s.URL + "/unasked", "server answered 304 to a request without a condition (later)"},
		{"https://other.example/a", `host "other.example" is neither the one that was asked for nor listed`},
		{"ftp://127.0.0.1/a", `address has the scheme "ftp", neither http nor https`},
		{"http://me:xxxxx@127.0.0.1/a", "address holds a user name or a password"},
		{"http://127.0.0.1:22/", "port 22 is neither 80, 443 nor the one that was asked for"},
	}
	listed := []string{"/old", "/new"}
	for _, w := range want {
		listed = append(listed, strings.Replace(w.address, "xxxxx", "secret", 1))
	}
	s.sitemap(append(listed, "/ok")...)
	got := fetch(t, quick(), s.URL)
	if got.err != nil {
		t.Fatal(got.err)
	}
	equal(t, "pages", got.paths(s), []string{"/new", "/ok"})
	if got.Duplicates != 1 || got.Incomplete != "" {
		t.Errorf("report %+v", got.Report)
	}
	if len(got.Rejected) != len(want) {
		t.Errorf("%d rejected, want %d: %+v", len(got.Rejected), len(want), got.Rejected)
	}
	for _, w := range want {
		reason := got.reason(t, w.address)
		for _, r := range got.Rejected {
			if r.URL == w.address && r.Temporary {
				reason += " (later)"
			}
		}
		if reason != w.reason {
			t.Errorf("%s: %s, want %s", w.address, reason, w.reason)
		}
	}
}

func TestATargetThatCannotBeHad(t *testing.T) {
	s := newSite(t)
	s.status("/secret", http.StatusForbidden)
	s.page("/bad.xml", "text/xml", "<urlset><url>SECRET &undefined;")
	s.page("/feed.xml", "text/xml", "<rss><channel/></rss>")
	s.page("/picture", "image/png", "SECRET")
	for target, want := range map[string]string{
		s.URL + "/secret":   ": server answered 403 Forbidden",
		s.URL + "/missing":  ": server answered 404 Not Found",
		s.URL + "/bad.xml":  ": sitemap is not well-formed XML at line 1",
		s.URL + "/feed.xml": ": is not a sitemap",
		s.URL + "/picture":  `: content type "image/png" cannot be read`,
	} {
		got := fetch(t, quick(), target)
		if got.err == nil || got.err.Error() != "fetch "+target+want {
			t.Errorf("%s: %v", target, got.err)
		}
	}
}

func TestASiteWhoseSitemapsCannotBeHad(t *testing.T) {
	s := newSite(t)
	s.html("/", "/page")
	for named, want := range map[string]string{
		"/page":                 "sitemap " + s.URL + "/page: is not a sitemap",
		"/missing":              "sitemap " + s.URL + "/missing: server answered 404 Not Found",
		"http://cdn.test/1.xml": `sitemap http://cdn.test/1.xml: host "cdn.test" is neither the one that was asked for nor listed`,
		"http://[":              "sitemap the given address: address cannot be read",
	} {
		s.page("/robots.txt", "text/plain", "Sitemap: "+named)
		if got := fetch(t, quick(), s.URL); got.err == nil || got.err.Error() != "fetch "+s.URL+"/: "+want {
			t.Errorf("%s: %v", named, got.err)
		}
	}
	s.page("/robots.txt", "text/plain", "")
	s.status("/sitemap.xml", http.StatusBadGateway)
	want := "fetch " + s.URL + "/: sitemap " + s.URL + "/sitemap.xml: server answered 502 Bad Gateway"
	if got := fetch(t, quick(), s.URL); got.err == nil || got.err.Error() != want {
		t.Errorf("the usual one: %v, want %s", got.err, want)
	}
}

func TestIncludeAndExclude(t *testing.T) {
	s := newSite(t)
	all := []string{"/help/a", "/help/old/b", "/help/c?print=1", "/blog/d", "/help/e.pdf", "/help/moved"}
	s.html(all...)
	s.redirect("/help/moved", "/blog/d")
	s.sitemap(all...)
	o := quick()
	o.Include = []string{"/help/"}
	o.Exclude = []string{"/help/old/", "*print=", "*.pdf$"}
	got := fetch(t, o, s.URL)
	equal(t, "pages", got.paths(s), []string{"/help/a"})
	if got.Excluded != 4 || got.reason(t, s.URL+"/help/moved") != "redirects to a page that is excluded" {
		t.Errorf("report %+v", got.Report)
	}
}

// TestOrder lets the first page come last.
func TestOrder(t *testing.T) {
	s := newSite(t)
	var under, most atomic.Int64
	second := make(chan struct{})
	enter := func() {
		if n := under.Add(1); n > most.Load() {
			most.Store(n)
		}
	}
	s.sitemap("/1", "/2", "/3", "/4")
	s.set("/1", func(w http.ResponseWriter, _ *http.Request) {
		enter()
		defer under.Add(-1)
		<-second
		w.Header().Set("Content-Type", "text/html")
	})
	s.set("/2", func(w http.ResponseWriter, _ *http.Request) {
		enter()
		defer under.Add(-1)
		w.Header().Set("Content-Type", "text/html")
		close(second)
	})
	s.html("/3", "/4")
	got := fetch(t, quick(), s.URL)
	equal(t, "pages", got.paths(s), []string{"/1", "/2", "/3", "/4"})
	if most.Load() > 2 {
		t.Errorf("%d requests at a time", most.Load())
	}
}

func TestFetchEnds(t *testing.T) {
	s := newSite(t)
	s.sitemap("/1", "/2", "/3")
	s.html("/1", "/3")
	hanging := make(chan struct{})
	s.set("/2", func(_ http.ResponseWriter, r *http.Request) {
		close(hanging)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-hanging; cancel() }()
	if got := fetchWith(ctx, New(quick()), s.URL); !errors.Is(got.err, context.Canceled) {
		t.Errorf("cancelled: %v", got.err)
	}

	full := errors.New("disk full")
	s.html("/2")
	report, err := New(quick()).Fetch(t.Context(), s.URL, func(Page) error { return full })
	if err != full || report.Pages != 1 {
		t.Errorf("each failed: %v, %+v", err, report)
	}
}

func TestAServerThatFailsIsLeftAlone(t *testing.T) {
	s := newSite(t)
	var listed []string
	for c := 'a'; c <= 'z'; c++ {
		listed = append(listed, "/"+string(c))
	}
	for _, p := range listed[1:] {
		s.status(p, http.StatusInternalServerError)
	}
	s.html("/a")
	s.sitemap(listed...)
	o := quick()
	o.Concurrency = 1
	got := fetch(t, o, s.URL)
	if got.err != nil || len(got.Rejected) != maxFailures || got.Incomplete != "10 pages in a row failed, 15 of 26 were not tried" {
		t.Errorf("got %+v, %v", got.Report, got.err)
	}
}

func TestPagesOfOtherHosts(t *testing.T) {
	s := newSite(t)
	other := "http://www.help.test:" + s.port()
	s.page("/sitemap.xml", "text/xml", urlset("", other+"/a", "http://docs.test:"+s.port()+"/a", "http://evil.test:"+s.port()+"/a"))
	s.html("/a")
	o := quick()
	o.Hosts = []string{"Docs.test."}
	o.Resolver = newResolver(t, "127.0.0.1")
	got := fetch(t, o, "http://HELP.test:"+s.port())
	equal(t, "pages", got.urls(), []string{other + "/a", "http://docs.test:" + s.port() + "/a"})
	if len(got.Rejected) != 1 || !strings.Contains(got.Rejected[0].Reason, "evil.test") {
		t.Errorf("rejected %+v", got.Rejected)
	}
}
