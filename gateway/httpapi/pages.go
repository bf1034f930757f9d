package httpapi

import (
	"compress/gzip"
	_ "embed"
	"io"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/swaggest/swgui/v5/static"
	"go.yaml.in/yaml/v3"

	"switchboard"
	"switchboard/gateway/web"
)

//go:embed openapi.yaml
var openAPIYAML []byte

// openAPIDocument is the document as JSON. It costs a few milliseconds.
func openAPIDocument() ([]byte, error) {
	var doc any
	if err := yaml.Unmarshal(openAPIYAML, &doc); err != nil {
		return nil, err
	}
	return json.Marshal(doc, json.Deterministic(true))
}

func (s *Server) openAPI(c *gin.Context, _ caller) error {
	b, err := s.openAPIJSON()
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h["Content-Type"], h["Access-Control-Allow-Origin"] = jsonType, []string{"*"} // it is the same for everybody
	_, _ = c.Writer.Write(b)
	return nil
}

//go:embed docs.html
var docsPage []byte

//go:embed docs.js
var docsScript []byte

// docsPolicy is for a page that runs Swagger UI, which sets styles of its own, and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs is a page that reads /openapi.json out.
func (s *Server) docs(c *gin.Context, _ caller) error {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", docsPolicy)
	switch name := c.Param("file"); name {
	case "":
		h.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = c.Writer.Write(docsPage)
		return nil
	case "docs.js":
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = c.Writer.Write(docsScript)
		return nil
	default:
		return docsAsset(c, name)
	}
}

// docsAsset serves a file of Swagger UI, most of which are kept compressed.
func docsAsset(c *gin.Context, name string) error {
	h := c.Writer.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=3600")
	if f, err := static.FS.Open(name); err == nil && path.Ext(name) == ".png" {
		_, _ = io.Copy(c.Writer, f)
		return f.Close()
	}
	f, err := static.FS.Open(name + ".gz")
	if err != nil {
		h["Cache-Control"] = noStore
		return switchboard.NotFound
	}
	defer f.Close() //nolint:errcheck // it is in memory
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = io.Copy(c.Writer, f)
		return nil
	}
	plain, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	_, _ = io.Copy(c.Writer, plain) //nolint:gosec // the archive is part of this program
	return nil
}

// page serves the widget and the demo page. Their headers are the site's to say.
func (s *Server) page(c *gin.Context, _ caller) error {
	known := s.pages != nil && slices.ContainsFunc(s.pages.Files(), func(f web.File) bool { return f.Path == c.Request.URL.Path })
	if !known {
		return switchboard.NotFound // as a problem, which the site's own answer is not
	}
	c.Writer.Header().Del("Cache-Control")
	s.pages.ServeHTTP(c.Writer, c.Request)
	return nil
}

func (s *Server) metrics(c *gin.Context, _ caller) error {
	if s.metricsHandler == nil {
		return switchboard.NotFound
	}
	s.metricsHandler.ServeHTTP(c.Writer, c.Request)
	return nil
}
