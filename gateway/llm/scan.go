package llm

import (
	"bytes"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner reads JSON that looks as the events of a stream usually do, at a tenth of encoding/json's cost and without
// allocating. Whatever it is not sure of makes it bad for good, and its caller asks encoding/json instead: what it does
// accept, encoding/json reads in the same way.
type scanner struct {
	b   []byte
	i   int
	bad bool
}

// maxDepth is how deeply values that are skipped may be nested.
const maxDepth = 16

// peek returns the next byte that is no white space, 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// eat steps over c, which must be next.
func (s *scanner) eat(c byte) {
	if s.bad || s.peek() != c {
		s.bad = true
		return
	}
	s.i++
}

// has steps over c if it is next.
func (s *scanner) has(c byte) bool {
	if s.bad || s.peek() != c {
		return false
	}
	s.i++
	return true
}

// null steps over a null if it is next.
func (s *scanner) null() bool { return s.peek() == 'n' && s.word("null") }

func (s *scanner) word(w string) bool {
	if s.bad || !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		s.bad = true
		return false
	}
	s.i += len(w)
	return true
}

// member goes to the next member of the object that was begun with eat('{'). At its end, or where anything is wrong, ok
// is false. encoding/json does not mind capitals in names, so they are unusual.
func (s *scanner) member(first bool) (name []byte, ok bool) {
	if s.bad || s.has('}') {
		return nil, false
	}
	if !first {
		s.eat(',')
	}
	name = s.raw()
	for _, c := range name {
		if c == '\\' || c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			s.bad = true
		}
	}
	s.eat(':')
	return name, !s.bad
}

// raw returns what is between the quotes of a string, with its escapes.
func (s *scanner) raw() []byte {
	s.eat('"')
	from := s.i
	for !s.bad {
		s.i += plain(s.b[s.i:])
		if s.i == len(s.b) {
			break
		}
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[from : s.i-1]
		case c < ' ':
			s.bad = true
		default:
			s.escape()
		}
	}
	s.bad = true
	return nil
}

// plain is how many bytes of s come before the first that a JSON string has an escape for: a quote, a backslash or a
// control character. It looks at eight at a time (Hacker's Delight, 6-1).
func plain[S string | []byte](s S) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, backslash := x^ones*'"', x^ones*'\\'
		hit := (x-ones*' ') & ^x | (quote-ones) & ^quote | (backslash-ones) & ^backslash
		if hit &= highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// appendString appends s as a JSON string, with what is no UTF-8 replaced.
func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b, _ = jsontext.AppendQuote(b, s)
		return b
	}
	b = append(b, '"')
	for {
		n := plain(s)
		b, s = append(b, s[:n]...), s[n:]
		if s == "" {
			return append(b, '"')
		}
		switch c := s[0]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
		s = s[1:]
	}
}

// escape steps over one.
func (s *scanner) escape() {
	if s.i+1 >= len(s.b) {
		s.bad = true
		return
	}
	switch s.b[s.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return
	case 'u':
		if s.i+6 <= len(s.b) && isHex(s.b[s.i+2:s.i+6]) {
			s.i += 6
			return
		}
	}
	s.bad = true
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// text returns a string, nil for null. Where it has escapes it is written to buf's end, which is returned.
func (s *scanner) text(buf []byte) (text, grown []byte) {
	if s.null() {
		return nil, buf
	}
	s.peek()
	from := s.i
	raw := s.raw()
	if s.bad {
		return nil, buf
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		s.bad = !utf8.Valid(raw)
		return raw, buf
	}
	n := len(buf)
	buf, err := jsontext.AppendUnquote(buf, s.b[from:s.i])
	s.bad = err != nil
	return buf[n:], buf
}

// count returns a small number without sign, fraction or exponent; null is 0.
func (s *scanner) count() int {
	if s.null() {
		return 0
	}
	c, n, from := s.peek(), 0, s.i
	for ; c >= '0' && c <= '9'; c = s.at() {
		n = n*10 + int(c-'0')
		s.i++
	}
	digits := s.i - from
	if digits == 0 || digits > 9 || digits > 1 && s.b[from] == '0' || c == '.' || c|0x20 == 'e' {
		s.bad = true
	}
	return n
}

// at returns the next byte, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// skip steps over any value.
func (s *scanner) skip(depth int) {
	if s.bad || depth > maxDepth {
		s.bad = true
		return
	}
	switch c := s.peek(); c {
	case '"':
		s.raw()
	case '{':
		s.i++
		for first := true; !s.bad && !s.has('}'); first = false {
			if !first {
				s.eat(',')
			}
			s.peek()
			s.raw()
			s.eat(':')
			s.skip(depth + 1)
		}
	case '[':
		s.i++
		for first := true; !s.bad && !s.has(']'); first = false {
			if !first {
				s.eat(',')
			}
			s.skip(depth + 1)
		}
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
}

// number steps over one.
func (s *scanner) number() {
	if s.at() == '-' {
		s.i++
	}
	from := s.i
	s.digits()
	if s.i-from > 1 && s.b[from] == '0' {
		s.bad = true
	}
	if s.at() == '.' {
		s.i++
		s.digits()
	}
	if s.at()|0x20 == 'e' {
		s.i++
		if c := s.at(); c == '+' || c == '-' {
			s.i++
		}
		s.digits()
	}
}

// digits steps over at least one.
func (s *scanner) digits() {
	from := s.i
	for c := s.at(); c >= '0' && c <= '9'; c = s.at() {
		s.i++
	}
	if s.i == from {
		s.bad = true
	}
}

// whole reports whether everything was as usual and nothing is left.
func (s *scanner) whole() bool { return !s.bad && s.peek() == 0 && s.i == len(s.b) }
