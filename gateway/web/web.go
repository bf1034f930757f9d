package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist/widget.js
var widgetJS []byte

//go:embed demo
var demoFiles embed.FS

// DemoCSP is the content security policy of the demo page: strict enough to prove that the widget needs no exception
// from a page that embeds it.
const DemoCSP = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// File is one thing that browsers load.
type File struct {
	Path         string // "/widget.js", "/demo", "/demo/demo.css"
	ContentType  string
	ETag         string // strong, of the content
	CSP          string // "" where the file is no page
	CacheControl string
	Body         []byte
	Gzip         []byte // nil where it would not be smaller
}

// Site serves the widget and the demo page. It is immutable and safe for concurrent use.
type Site struct {
	files []File
	byURL map[string]*File
}

// New reads and compresses the embedded files; it takes about 10 ms.
func New() (*Site, error) {
	widget, err := newFile("/widget.js", widgetJS)
	if err != nil {
		return nil, err
	}
	// Pages keep the script for five minutes, then ask again with its ETag: a new release reaches them soon.
	widget.CacheControl = "public, max-age=300, stale-while-revalidate=86400"
	s := &Site{files: []File{widget}}
	err = fs.WalkDir(demoFiles, "demo", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := demoFiles.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := newFile("/"+strings.TrimSuffix(name, "/index.html"), body)
		s.files = append(s.files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the demo page: %w", err)
	}
	s.byURL = make(map[string]*File, len(s.files))
	for i := range s.files {
		s.byURL[s.files[i].Path] = &s.files[i]
	}
	return s, nil
}

func newFile(url string, body []byte) (File, error) {
	ext := path.Ext(url)
	if ext == "" {
		ext = ".html"
	}
	f := File{Path: url, Body: body, ContentType: contentType(ext), CacheControl: "no-cache"}
	if ext == ".html" {
		f.CSP = DemoCSP
	}
	sum := sha256.Sum256(body)
	f.ETag = `"` + hex.EncodeToString(sum[:12]) + `"`
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return File{}, fmt.Errorf("compress %s: %w", url, err)
	}
	if _, err = w.Write(body); err == nil {
		err = w.Close()
	}
	if err != nil {
		return File{}, fmt.Errorf("compress %s: %w", url, err)
	}
	if buf.Len() < len(body) {
		f.Gzip = buf.Bytes()
	}
	return f, nil
}

// contentType does not ask the system's tables, which differ from machine to machine.
func contentType(ext string) string {
	switch ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

// Files lists everything there is to serve, for a router's table. The bodies must not be changed.
func (s *Site) Files() []File { return s.files }

// ServeHTTP answers GET and HEAD for the paths of Files, and 404 for any other. The caller keeps other methods away.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := s.byURL[strings.TrimSuffix(r.URL.Path, "/")]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Cache-Control", f.CacheControl)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if f.CSP != "" {
		h.Set("Content-Security-Policy", f.CSP)
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	body, etag := f.Body, f.ETag
	if f.Gzip != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			// Another representation has another strong ETag.
			body, etag = f.Gzip, strings.TrimSuffix(etag, `"`)+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader who left is no error of ours
	}
}

// acceptsGzip reads Accept-Encoding as RFC 9110 has it, without ranking: gzip is taken wherever it is allowed.
func acceptsGzip(header string) bool {
	allowed := false
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q=")
		ok := !found || strings.Trim(q, "0.") != ""
		if coding == "gzip" {
			return ok
		}
		allowed = ok
	}
	return allowed
}

// matches compares weakly, as If-None-Match asks for.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == etag || part == "*" {
			return true
		}
	}
	return false
}
