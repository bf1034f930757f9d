package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/gateway/web"
	"switchboard/gateway/web/internal/bundle"
)

// widgetLimit is what the widget may cost a page, gzipped, in bytes.
const widgetLimit = 15_500 // a human's words while they have the conversation take 350 of them

func site(t *testing.T) *web.Site {
	t.Helper()
	s, err := web.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWidgetIsFresh bundles the sources again: the committed script must be what they make.
func TestWidgetIsFresh(t *testing.T) {
	want, err := bundle.Widget("widget")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("dist/widget.js")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("dist/widget.js is older than its sources: run `go generate ./gateway/web` and commit it")
	}
}

func TestWidgetSize(t *testing.T) {
	f := site(t).Files()[0]
	t.Logf("widget.js: %d bytes, %d gzipped", len(f.Body), len(f.Gzip))
	if f.Path != "/widget.js" || len(f.Gzip) == 0 || len(f.Gzip) > widgetLimit {
		t.Errorf("%s is %d bytes gzipped, want at most %d", f.Path, len(f.Gzip), widgetLimit)
	}
}

// TestSourcesAreStrict looks for what a strict policy or a hostile answer would make matter, and for untyped values.
func TestSourcesAreStrict(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|` +
		`DOMParser|createContextualFragment|:\s*any\b|\bas any\b|<any>|@ts-ignore|setAttribute\("style"`)
	files, err := filepath.Glob("widget/*.ts")
	if err != nil || len(files) < 10 {
		t.Fatalf("sources: %d files, %v", len(files), err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if m := forbidden.Find(source); m != nil {
			t.Errorf("%s has %q", f, m)
		}
	}
	inline := regexp.MustCompile(`\sstyle=|\son\w+=|<style|<script>|javascript:`)
	for _, f := range site(t).Files() {
		if m := inline.Find(f.Body); strings.HasPrefix(f.ContentType, "text/html") && m != nil {
			t.Errorf("%s has %q, which its own policy forbids", f.Path, m)
		}
	}
}

// TestLocales checks that each language has every text, with the placeholders of the English one.
func TestLocales(t *testing.T) {
	files, err := filepath.Glob("widget/locales/*.json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]string
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		texts[strings.TrimSuffix(filepath.Base(f), ".json")] = m
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	for _, lang := range []string{"ar", "de", "en", "es", "fr", "pt"} {
		for key, english := range texts["en"] {
			got := texts[lang][key]
			want := placeholder.FindAllString(english, -1)
			have := placeholder.FindAllString(got, -1)
			slices.Sort(want)
			slices.Sort(have)
			if strings.TrimSpace(got) == "" || !slices.Equal(want, have) {
				t.Errorf("%s: %s is %q, in English %q", lang, key, got, english)
			}
			if lang != "en" && got == english && len(english) > 12 {
				t.Errorf("%s: %s is not translated", lang, key)
			}
		}
	}
}

func get(s http.Handler, path string, header http.Header) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func TestServe(t *testing.T) {
	s := site(t)
	tests := []struct {
		path, accept string
		status       int
		contentType  string
		encoding     string
		csp          string
	}{
		{"/widget.js", "", 200, "text/javascript; charset=utf-8", "", ""},
		{"/widget.js", "gzip, br", 200, "text/javascript; charset=utf-8", "gzip", ""},
		{"/widget.js", "br;q=1, *;q=0.1", 200, "text/javascript; charset=utf-8", "gzip", ""},
		{"/widget.js", "gzip;q=0, *", 200, "text/javascript; charset=utf-8", "", ""},
		{"/widget.js", "GZIP;Q=0.000", 200, "text/javascript; charset=utf-8", "", ""},
		{"/demo", "gzip", 200, "text/html; charset=utf-8", "gzip", web.DemoCSP},
		{"/demo/", "", 200, "text/html; charset=utf-8", "", web.DemoCSP},
		{"/demo/demo.css", "", 200, "text/css; charset=utf-8", "", ""},
		{"/demo/demo.js", "", 200, "text/javascript; charset=utf-8", "", ""},
		{"/demo/mark.svg", "", 200, "image/svg+xml", "", ""},
		{"/demo/none.js", "", 404, "text/plain; charset=utf-8", "", ""},
		{"/", "", 404, "text/plain; charset=utf-8", "", ""},
		{"/demo/../widget.js", "", 404, "text/plain; charset=utf-8", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.accept, func(t *testing.T) {
			r := get(s, tt.path, http.Header{"Accept-Encoding": {tt.accept}})
			h := r.Header
			if r.StatusCode != tt.status || h.Get("Content-Type") != tt.contentType ||
				h.Get("Content-Encoding") != tt.encoding || h.Get("Content-Security-Policy") != tt.csp {
				t.Errorf("status %d, headers %v", r.StatusCode, h)
			}
			if tt.status != 200 {
				return
			}
			if h.Get("Etag") == "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("headers %v", h)
			}
			again := get(s, tt.path, http.Header{
				"Accept-Encoding": {tt.accept}, "If-None-Match": {`"other", W/` + h.Get("Etag")},
			})
			if body, _ := io.ReadAll(again.Body); again.StatusCode != 304 || len(body) != 0 {
				t.Errorf("with its ETag: status %d, %d bytes", again.StatusCode, len(body))
			}
		})
	}
}

// TestGzipIsTheFile unpacks what is served compressed.
func TestGzipIsTheFile(t *testing.T) {
	for _, f := range site(t).Files() {
		if f.Gzip == nil {
			continue
		}
		z, err := gzip.NewReader(bytes.NewReader(f.Gzip))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, f.Body) {
			t.Errorf("%s unpacks to %d bytes, want %d (%v)", f.Path, len(got), len(f.Body), err)
		}
	}
}

func TestHead(t *testing.T) {
	w := httptest.NewRecorder()
	site(t).ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/demo", nil))
	if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("status %d, %d bytes, headers %v", w.Code, w.Body.Len(), w.Header())
	}
}

// TestDemoNamesItsFiles checks that everything the demo page loads is served.
func TestDemoNamesItsFiles(t *testing.T) {
	s := site(t)
	page, err := io.ReadAll(get(s, "/demo", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/[^"]*)"`).FindAllSubmatch(page, -1) {
		if r := get(s, string(m[1]), nil); r.StatusCode != 200 {
			t.Errorf("%s: status %d", m[1], r.StatusCode)
		}
	}
}
