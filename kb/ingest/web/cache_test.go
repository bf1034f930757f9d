package web

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWhatHasNotChangedIsNotDownloaded(t *testing.T) {
	s := newSite(t)
	s.page("/robots.txt", "text/plain", "User-agent: *\nDisallow: /private\n")
	s.sitemap("/a", "/dated", "/moved", "/gone")
	s.html("/a", "/b", "/gone")
	s.redirect("/moved", "/b")
	s.set("/dated", func(w http.ResponseWriter, r *http.Request) {
		const date = "Sun, 01 Mar 2026 12:00:00 GMT"
		if r.Header.Get("If-Modified-Since") == date {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Last-Modified", date)
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "dated")
	})
	o := quick()
	o.Cache = t.TempDir()
	first := fetch(t, o, s.URL)
	equal(t, "first", first.paths(s), []string{"/a", "/dated", "/b", "/gone"})
	if first.NotModified != 0 || first.Bytes == 0 {
		t.Errorf("first %+v", first.Report)
	}

	second := fetch(t, o, s.URL)
	equal(t, "second", second.paths(s), first.paths(s))
	if second.err != nil || second.NotModified != 4 || second.Bytes != 0 {
		t.Errorf("second %+v, %v", second.Report, second.err)
	}
	for i, p := range second.pages {
		was := first.pages[i]
		if !p.NotModified || !bytes.Equal(p.Body, was.Body) || p.ContentType != was.ContentType || p.ETag != was.ETag || !p.LastModified.Equal(was.LastModified) {
			t.Errorf("page %d: %+v, was %+v", i, p, was)
		}
	}

	s.page("/a", "text/html", "<h1>New</h1>")
	s.status("/gone", http.StatusGone)
	third := fetch(t, o, s.URL)
	equal(t, "third", third.paths(s), []string{"/a", "/dated", "/b"})
	if third.NotModified != 2 || third.Bytes != int64(len("<h1>New</h1>")) || string(third.pages[0].Body) != "<h1>New</h1>" {
		t.Errorf("third %+v", third.Report)
	}
	if n := len(cached(t, o.Cache)); n != 5 { // robots.txt, sitemap, /a, /dated, /b
		t.Errorf("%d files are kept", n)
	}

	s.sitemap("/b")
	fetch(t, o, s.URL)
	if n := len(cached(t, o.Cache)); n != 3 { // robots.txt, sitemap, /b
		t.Errorf("%d files are kept", n)
	}
}

// cached returns the files of a cache with one target.
func cached(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestADamagedCacheCostsADownload(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
	}{
		{"cut short", func(b []byte) []byte { return b[:len(b)-1] }},
		{"cut in the head", func(b []byte) []byte { return b[:20] }},
		{"empty", func([]byte) []byte { return nil }},
		{"a bit turned in the body", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }},
		{"a bit turned in the tag", func(b []byte) []byte { b[bytes.Index(b, []byte(`"etag"`))+10] ^= 1; return b }},
		{"another version", func(b []byte) []byte { b[17] = '2'; return b }},
		{"another page's", func(b []byte) []byte {
			return kept(strings.Replace(string(b[cacheHead:]), "127.0.0.1", "127.0.0.9", 1) + "other")
		}},
		{"no meta", func([]byte) []byte { return kept("") }},
		{"endless meta", func([]byte) []byte { return kept(strings.Repeat("x", 2*maxMeta)) }},
		{"meta of another form", func([]byte) []byte { return kept("[]\nbody") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.html("/a")
			o := quick()
			o.Cache = t.TempDir()
			first := fetch(t, o, s.URL+"/a")
			files := cached(t, o.Cache)
			if len(files) != 1 {
				t.Fatalf("files %v", files)
			}
			b, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(files[0], c.damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			second := fetch(t, o, s.URL+"/a")
			if second.err != nil || second.NotModified != 0 || !bytes.Equal(second.pages[0].Body, first.pages[0].Body) {
				t.Errorf("second %+v, %v", second.Report, second.err)
			}
			if third := fetch(t, o, s.URL+"/a"); third.NotModified != 1 {
				t.Errorf("third %+v", third.Report)
			}
		})
	}
}

// kept is a cached file with a right hash.
func kept(rest string) []byte {
	return fmt.Appendf(nil, "%s%x\n%s", cacheMagic, sha256.Sum256([]byte(rest)), rest)
}

func TestACacheKeepsWhatAnIncompleteRunDidNotSee(t *testing.T) {
	s := newSite(t)
	s.sitemap("/a", "/b")
	s.html("/a", "/b")
	o := quick()
	o.Cache = t.TempDir()
	fetch(t, o, s.URL)
	before := len(cached(t, o.Cache))
	o.MaxPages = 1
	if got := fetch(t, o, s.URL); got.Incomplete != "more than 1 pages are listed" || len(cached(t, o.Cache)) != before {
		t.Errorf("report %+v, %d files, were %d", got.Report, len(cached(t, o.Cache)), before)
	}
	o.MaxPages = 2
	if got := fetch(t, o, s.URL); got.NotModified != 2 {
		t.Errorf("report %+v", got.Report)
	}
}

func TestALowerLimitCountsForTheCacheToo(t *testing.T) {
	s := newSite(t)
	s.html("/a")
	o := quick()
	o.Cache = t.TempDir()
	fetch(t, o, s.URL+"/a")
	o.MaxPage = 5
	if got := fetch(t, o, s.URL+"/a"); got.err == nil || !strings.HasSuffix(got.err.Error(), "is too large: more than 5 bytes") {
		t.Errorf("got %v", got.err)
	}
}

func TestLeftoversOfACrashGo(t *testing.T) {
	s := newSite(t)
	s.html("/a")
	f, c := timed(Options{Allow: loopback, Cache: t.TempDir()})
	fetchWith(t.Context(), f, s.URL+"/a")
	left := filepath.Join(filepath.Dir(cached(t, f.options.Cache)[0]), tempPrefix+"1")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, age := range []time.Duration{time.Hour, 48 * time.Hour} {
		if err := os.Chtimes(left, c.now(), c.now().Add(-age)); err != nil {
			t.Fatal(err)
		}
		fetchWith(t.Context(), f, s.URL+"/a")
		if _, err := os.Stat(left); (err == nil) != (age < staleTemp) {
			t.Errorf("after %v: %v", age, err)
		}
	}
}

func TestNothingIsLeftWithoutACache(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newSite(t)
	s.sitemap("/a", "/gone", "/b")
	s.html("/a", "/b")
	if got := fetch(t, quick(), s.URL); len(got.pages) != 2 {
		t.Fatalf("got %+v, %v", got.Report, got.err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestACacheThatCannotBeWritten(t *testing.T) {
	s := newSite(t)
	s.html("/a")
	o := quick()
	o.Cache = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(o.Cache, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, o, s.URL+"/a"); !errors.As(got.err, new(*cacheError)) {
		t.Errorf("got %v", got.err)
	}
}
