package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"strings"
)

// maxName is how long a segment of a page's name may be, in bytes.
const maxName = 100

// Name is a path for a file with the page's body, with the extension that kb/ingest knows the kind by: that of
// https://help.example.com/roaming/fees is "help.example.com/roaming/fees.html". It is made of the page's URL alone and of
// small letters, digits and ".-_/"; addresses that lose something by that are told apart by a part of their hash.
func (p Page) Name() string {
	u, err := url.Parse(p.URL)
	if err != nil {
		return "page.html"
	}
	ext := ".html"
	for _, k := range kinds {
		if k.mediaType == p.ContentType {
			ext = k.ext
			break
		}
	}
	rest := strings.TrimPrefix(u.Path, "/")
	if rest == "" || strings.HasSuffix(rest, "/") {
		rest += "index"
	}
	switch given := strings.ToLower(path.Ext(rest)); given {
	case ext, ".htm", ".markdown":
		rest = rest[:len(rest)-len(given)]
	}
	parts := []string{nameSegment(strings.ReplaceAll(u.Host, ":", "-"))}
	for segment := range strings.SplitSeq(rest, "/") {
		parts = append(parts, nameSegment(segment))
	}
	name := strings.Join(parts, "/")
	if u.RawQuery != "" || strings.TrimPrefix(name, parts[0]+"/") != rest {
		sum := sha256.Sum256([]byte(p.URL))
		name += "-" + hex.EncodeToString(sum[:4])
	}
	return name + ext
}

// nameSegment makes a path's segment safe for any file system. A dot at the beginning would hide the file.
func nameSegment(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.' && b.Len() > 0:
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	if s = b.String(); s == "" {
		return "-"
	}
	return s[:min(len(s), maxName)]
}
