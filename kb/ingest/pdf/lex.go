package pdf

import (
	"bytes"
	"strconv"
)

// What a PDF is made of. Numbers are float64, booleans bool, null nil; the rest is:
type (
	name   string
	str    string // the bytes of a string, in whatever encoding
	array  []any
	dict   map[name]any
	ref    int    // the number of another object
	op     string // an operator of a content stream, or a word such as endobj
	stream struct {
		dict
		raw []byte
	}
)

const (
	maxNested = 64      // arrays and dictionaries in each other
	maxItems  = 1 << 20 // values in one object
)

// budget counts the bytes that may still be lexed and unpacked, for a whole file.
type budget struct{ left int64 }

// spend takes n bytes; false means that there are none left.
func (b *budget) spend(n int) bool {
	b.left -= int64(n)
	return b.left >= 0
}

// lexer reads values from bytes. What is malformed is passed over; where the bytes, the budget or a bound end, there is
// no next value.
type lexer struct {
	b      []byte
	at     int
	refs   bool // "1 0 R" is a reference
	budget *budget
	items  int // of the object under way
}

// end is what next returns after the last value.
var end = op("")

// next is the next value or operator, end if there is none.
func (l *lexer) next() any {
	l.items = 0
	from := l.at
	v := l.value(0)
	if !l.budget.spend(l.at - from + 4*l.items) {
		l.at = len(l.b)
		return end
	}
	return v
}

func (l *lexer) value(depth int) any {
	if l.items++; l.items > maxItems || depth > maxNested {
		l.at = len(l.b)
		return end
	}
	l.blanks()
	if l.at >= len(l.b) {
		return end
	}
	switch c := l.b[l.at]; {
	case c == '/':
		l.at++
		return name(l.nameBytes())
	case c == '(':
		return l.literal()
	case c == '<' && l.peek(1) == '<':
		l.at += 2
		return l.dictionary(depth)
	case c == '<':
		return l.hex()
	case c == '[':
		l.at++
		return l.list(depth)
	case c == ']' || c == '{' || c == '}' || c == ')':
		l.at++
		return op(c)
	case c == '>':
		l.at++
		if l.at < len(l.b) && l.b[l.at] == '>' {
			l.at++
			return op(">>")
		}
		return op(">")
	}
	return l.word()
}

func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.b) {
		return l.b[l.at+n]
	}
	return 0
}

// blanks goes past white space and comments.
func (l *lexer) blanks() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case blank(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

func blank(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func regular(c byte) bool { return !blank(c) && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0 }

// word is a number, a reference, true, false, null or an operator.
func (l *lexer) word() any {
	from := l.at
	for l.at < len(l.b) && regular(l.b[l.at]) {
		l.at++
	}
	w := l.b[from:l.at]
	switch string(w) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	if len(w) > 40 || w[0] != '+' && w[0] != '-' && w[0] != '.' && (w[0] < '0' || w[0] > '9') {
		return op(w)
	}
	n, err := strconv.ParseFloat(string(w), 64)
	if err != nil {
		return 0.0 // "--5" and the like, which readers take for nothing
	}
	if l.refs && n >= 0 && n == float64(int32(n)) {
		if after := l.reference(); after > 0 {
			l.at = after
			return ref(n)
		}
	}
	return n
}

// reference is where the rest of a reference ends, a generation and an R, after its number; 0 if this is none.
func (l *lexer) reference() int {
	at := l.at
	for at < len(l.b) && blank(l.b[at]) {
		at++
	}
	digits := at
	for at < len(l.b) && at < digits+5 && l.b[at] >= '0' && l.b[at] <= '9' {
		at++
	}
	gap := at
	for at < len(l.b) && blank(l.b[at]) {
		at++
	}
	if digits == gap || gap == at || at >= len(l.b) || l.b[at] != 'R' || at+1 < len(l.b) && regular(l.b[at+1]) {
		return 0
	}
	return at + 1
}

func (l *lexer) nameBytes() []byte {
	from := l.at
	for l.at < len(l.b) && regular(l.b[l.at]) {
		l.at++
	}
	raw := l.b[from:l.at]
	if bytes.IndexByte(raw, '#') < 0 {
		return raw
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if n, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return out
}

// literal is a string in round brackets, which may hold balanced brackets.
func (l *lexer) literal() any {
	var out []byte
	open := 1
	for l.at++; l.at < len(l.b); l.at++ {
		c := l.b[l.at]
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.at++
				return str(out)
			}
		case '\\':
			l.at++
			out = l.escaped(out)
			continue
		}
		out = append(out, c)
	}
	return end
}

// escaped takes what stands after a backslash and leaves l at its last byte.
func (l *lexer) escaped(out []byte) []byte {
	if l.at >= len(l.b) {
		return out
	}
	c := l.b[l.at]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	switch {
	case c == '\r' && l.peek(1) == '\n':
		l.at++
		return out
	case c == '\n' || c == '\r':
		return out
	case c < '0' || c > '7':
		return append(out, c)
	}
	n := int(c - '0')
	for i := 0; i < 2 && l.peek(1) >= '0' && l.peek(1) <= '7'; i++ {
		l.at++
		n = n*8 + int(l.b[l.at]-'0')
	}
	return append(out, byte(n))
}

func (l *lexer) hex() any {
	l.at++
	stop := bytes.IndexByte(l.b[l.at:], '>')
	if stop < 0 {
		l.at = len(l.b)
		return end
	}
	raw := l.b[l.at : l.at+stop]
	l.at += stop + 1
	return str(unhex(raw))
}

// unhex reads pairs of hexadecimal digits and passes over what is none. A last digit alone is followed by 0.
func unhex(raw []byte) []byte {
	out := make([]byte, 0, len(raw)/2+1)
	high, half := byte(0), false
	for _, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			continue
		}
		if half {
			out = append(out, high<<4|c)
		}
		high, half = c, !half
	}
	if half {
		out = append(out, high<<4)
	}
	return out
}

func (l *lexer) list(depth int) any {
	var out array
	for {
		switch v := l.value(depth + 1); v {
		case end:
			return end
		case op("]"):
			return out
		default:
			if w, is := v.(op); is && (w == "endobj" || w == "endstream") {
				return out
			}
			out = append(out, v)
		}
	}
}

func (l *lexer) dictionary(depth int) any {
	out := dict{}
	for {
		key := l.value(depth + 1)
		switch key {
		case end:
			return end
		case op(">>"), op("endobj"):
			return out
		}
		k, is := key.(name)
		if !is {
			continue
		}
		v := l.value(depth + 1)
		switch v {
		case end:
			return end
		case op(">>"), op("endobj"):
			return out
		}
		out[k] = v
	}
}
