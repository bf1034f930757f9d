package web

import (
	"mime"
	"path"
	"strings"
)

// kind is a sort of page that kb/ingest reads.
type kind struct {
	mediaType string
	ext       string // of files of the kind
	text      bool   // whether it has a charset
}

var kinds = []kind{
	{"text/html", ".html", true},
	{"application/xhtml+xml", ".html", true},
	{"text/markdown", ".md", true},
	{"text/x-markdown", ".md", true},
	{"text/plain", ".txt", true},
	{"application/pdf", ".pdf", false},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", false},
}

// vague are media types under which servers send files that they do not know.
var vague = map[string]bool{"": true, "application/octet-stream": true, "binary/octet-stream": true, "text/plain": true}

// kindOf finds the kind of a response, by its Content-Type, and by the extension of the path where that says little.
func kindOf(contentType, urlPath string) (kind, bool) {
	mediaType := mediaTypeOf(contentType)
	if vague[mediaType] {
		ext := strings.ToLower(path.Ext(urlPath))
		switch ext {
		case ".htm":
			ext = ".html"
		case ".markdown":
			ext = ".md"
		}
		for _, k := range kinds {
			if k.ext == ext {
				return k, true
			}
		}
	}
	for _, k := range kinds {
		if k.mediaType == mediaType {
			return k, true
		}
	}
	return kind{}, false
}

// mediaTypeOf is a Content-Type without parameters, "" if it cannot be read.
func mediaTypeOf(contentType string) string {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil && mediaType == "" {
		return ""
	}
	return mediaType
}

// maySitemap reports whether a response may be a sitemap although nothing but its address was known.
func maySitemap(contentType, urlPath string) bool {
	name := strings.ToLower(path.Base(urlPath))
	switch mediaTypeOf(contentType) {
	case "application/xml", "text/xml", "application/gzip", "application/x-gzip":
		return true
	case "text/plain":
		return strings.Contains(name, "sitemap")
	case "", "application/octet-stream", "binary/octet-stream":
		return strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".gz")
	}
	return false
}
