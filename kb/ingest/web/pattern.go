package web

import (
	"net/url"
	"strings"
)

// pattern is a path pattern as robots.txt has them (RFC 9309, 2.2.3): the beginning of a path with its query, where "*"
// stands for any characters and a last "$" for the end. Matching takes time in proportion to the path.
type pattern struct {
	pieces []string // between the asterisks
	end    bool
	length int // bytes of the pattern, by which the most specific rule wins
}

func newPattern(s string) pattern {
	if !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "*") {
		s = "/" + s
	}
	p := pattern{length: len(s)}
	s, p.end = strings.CutSuffix(s, "$")
	for piece := range strings.SplitSeq(s, "*") {
		p.pieces = append(p.pieces, normalEscapes(piece))
	}
	return p
}

func patterns(list []string) []pattern {
	var out []pattern
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, newPattern(s))
		}
	}
	return out
}

// match takes each piece at the first place where it fits, the last at the end if it must reach it.
func (p pattern) match(path string) bool {
	rest, ok := strings.CutPrefix(path, p.pieces[0])
	if !ok {
		return false
	}
	last := len(p.pieces) - 1
	if last == 0 {
		return !p.end || rest == ""
	}
	for _, piece := range p.pieces[1:last] {
		at := strings.Index(rest, piece)
		if at < 0 {
			return false
		}
		rest = rest[at+len(piece):]
	}
	if p.end {
		return strings.HasSuffix(rest, p.pieces[last])
	}
	return strings.Contains(rest, p.pieces[last])
}

func anyMatches(list []pattern, path string) bool {
	for _, p := range list {
		if p.match(path) {
			return true
		}
	}
	return false
}

// pathOf is what patterns are matched with.
func pathOf(u *url.URL) string { return u.RequestURI() }
