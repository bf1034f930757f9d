package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"switchboard/kb"
)

// titleLen is how many characters a derived title has at most.
const titleLen = 80

// readText takes a text file as it is. A short first line with an empty one below it is the title.
func readText(text string) (kb.Document, error) {
	body := strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	first, rest, ok := strings.Cut(body, "\n")
	if ok && strings.HasPrefix(rest, "\n") && utf8.RuneCountInString(first) <= titleLen && !strings.HasSuffix(first, ".") {
		return kb.Document{Title: strings.TrimSpace(first), Body: strings.TrimSpace(rest)}, nil
	}
	return kb.Document{Body: body}, nil
}

// deriveTitle takes the first heading, else the file's name; name is "" for rows, whose title is then the beginning
// of the text.
func deriveTitle(body, name string) string {
	for line := range strings.Lines(body) {
		if h := strings.TrimLeft(line, "#"); len(h) < len(line) && len(line)-len(h) <= 6 && strings.HasPrefix(h, " ") {
			if t := strings.Trim(h, "# \t\r\n"); t != "" {
				return cutAt(strings.NewReplacer("**", "", "__", "", "`", "").Replace(t), titleLen)
			}
		}
	}
	if name != "" {
		base := strings.TrimSuffix(path.Base(name), path.Ext(name))
		words := strings.FieldsFunc(base, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) })
		if t := strings.Join(words, " "); t != "" {
			first, size := utf8.DecodeRuneInString(t)
			return cutAt(string(unicode.ToUpper(first))+t[size:], titleLen)
		}
	}
	return cutAt(strings.Join(strings.Fields(body), " "), titleLen)
}

// cutAt cuts s between words so that it has at most n characters.
func cutAt(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)[:n-1]
	s = string(runes)
	if i := strings.LastIndexByte(s, ' '); i > len(s)/2 {
		s = s[:i]
	}
	return s + "…"
}

// slug makes an id of a name: letters in lower case, digits, and hyphens, dots or underscores between them.
func slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(strings.ToLower(name)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	s := strings.Trim(b.String(), "-.")
	if len(s) > kb.MaxIDBytes/2 {
		return "doc-" + digest(name)
	}
	return s
}

// digest is a short hash for ids of things that have no name.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
