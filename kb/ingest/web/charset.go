package web

import (
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charsets are those of one byte a letter that pages are still written in, by the names of the Encoding Standard, which
// takes Latin 1 for Windows 1252. Pages in others are refused rather than guessed at.
var charsets = map[string]*charmap.Charmap{
	"iso-8859-1": charmap.Windows1252, "latin1": charmap.Windows1252, "us-ascii": charmap.Windows1252, "ascii": charmap.Windows1252,
	"windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252,
	"iso-8859-2": charmap.ISO8859_2, "windows-1250": charmap.Windows1250,
	"iso-8859-5": charmap.ISO8859_5, "windows-1251": charmap.Windows1251, "koi8-r": charmap.KOI8R, "koi8-u": charmap.KOI8U,
	"iso-8859-7": charmap.ISO8859_7, "windows-1253": charmap.Windows1253,
	"iso-8859-9": charmap.Windows1254, "windows-1254": charmap.Windows1254,
	"iso-8859-8": charmap.ISO8859_8, "windows-1255": charmap.Windows1255,
	"iso-8859-6": charmap.ISO8859_6, "windows-1256": charmap.Windows1256,
	"iso-8859-13": charmap.ISO8859_13, "windows-1257": charmap.Windows1257, "windows-1258": charmap.Windows1258,
	"iso-8859-15": charmap.ISO8859_15, "windows-874": charmap.Windows874, "tis-620": charmap.Windows874, "iso-8859-11": charmap.Windows874,
}

// declared finds a charset in a page's head: HTML 4's http-equiv and HTML 5's attribute alike.
var declared = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?\s*([a-z0-9_-]{1,40})`)

// toUTF8 returns a page's text in UTF-8. What is valid UTF-8 is taken for it whatever the page says: other text never is
// by chance, and servers often name a charset that is not the page's.
func toUTF8(body []byte, contentType string) ([]byte, error) {
	if utf8.Valid(body) {
		return body, nil
	}
	name := charsetOf(contentType)
	if name == "" {
		if m := declared.FindSubmatch(body[:min(len(body), 1024)]); m != nil {
			name = strings.ToLower(string(m[1]))
		}
	}
	if name == "" || name == "utf-8" || name == "utf8" {
		return nil, refuse("text is not valid UTF-8 and names no other charset")
	}
	cs := charsets[name]
	if cs == nil {
		return nil, refuse("charset %.40q cannot be read", name)
	}
	return cs.NewDecoder().Bytes(body)
}

func charsetOf(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(params["charset"]))
}

// xmlCharset is for XML that declares another charset than UTF-8.
func xmlCharset(name string, in io.Reader) (io.Reader, error) {
	if cs := charsets[strings.ToLower(name)]; cs != nil {
		return cs.NewDecoder().Reader(in), nil
	}
	return nil, refuse("charset %.40q cannot be read", name)
}
