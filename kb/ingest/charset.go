package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// clean refuses what is not text and takes a byte order mark off. Text in UTF-16 must have one.
func clean(b []byte) (string, error) {
	if utf16 := bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")); utf16 {
		decoded, _, err := transform.Bytes(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder(), b)
		if err != nil || bytes.Contains(decoded, []byte("\ufffd")) {
			return "", errors.New("text is not valid UTF-16")
		}
		b = decoded
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(b, 0) >= 0 {
		return "", errors.New("text has a null byte: not a text file, or not in UTF-8")
	}
	if !utf8.Valid(b) {
		return "", errors.New("text is not valid UTF-8")
	}
	return string(b), nil
}

// declared finds the character set that a page's head names; it must do so within the first 1024 bytes, by HTML's
// standard.
var declared = regexp.MustCompile(`(?i)<meta[^>]{1,200}charset\s*=\s*["']?\s*([a-z0-9_:.-]+)`)

// decodeHTML reads a page in the character set that a byte order mark or its head names, else in UTF-8. None is
// guessed: a wrong guess spoils every letter outside ASCII, and nobody sees it.
func decodeHTML(b []byte) (string, error) {
	m := declared.FindSubmatch(b[:min(len(b), 1024)])
	if m == nil || bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) || bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		return clean(b)
	}
	encoding, name := charset.Lookup(string(m[1]))
	switch {
	case encoding == nil:
		return "", fmt.Errorf("page names the character set %.20q, which is not known", m[1])
	case name == "utf-8" || strings.HasPrefix(name, "utf-16"): // a head that can be read is not in UTF-16
		return clean(b)
	}
	out, err := encoding.NewDecoder().Bytes(b)
	if err != nil {
		return "", fmt.Errorf("text is not valid %s", name)
	}
	return clean(out)
}
