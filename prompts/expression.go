package prompts

import (
	"strconv"
	"strings"
)

// expressionParser reads what stands inside a tag: terms, separated by white space.
type expressionParser struct {
	src    string
	pos    int
	line   int
	parser *parser
	failed bool
}

func (x *expressionParser) fail(format string, args ...any) {
	if !x.failed {
		x.parser.report(x.line, format, args...)
	}
	x.failed = true
}

func (x *expressionParser) space() {
	for x.pos < len(x.src) && strings.IndexByte(" \t\r\n", x.src[x.pos]) >= 0 {
		x.pos++
	}
}

// sequence reads terms up to the end or a closing parenthesis.
func (x *expressionParser) sequence(depth int) []expr {
	var out []expr
	for !x.failed {
		x.space()
		if x.pos == len(x.src) {
			if depth > 0 {
				x.fail("parenthesis is not closed")
			}
			return out
		}
		if x.src[x.pos] == ')' {
			if depth == 0 {
				x.fail("parenthesis closes nothing")
			}
			return out
		}
		if e := x.term(depth); e != nil {
			out = append(out, e)
		}
	}
	return out
}

func (x *expressionParser) term(depth int) expr {
	switch c := x.src[x.pos]; {
	case c == '(':
		return x.parenthesis(depth + 1)
	case c == '"' || c == '\'':
		end := strings.IndexByte(x.src[x.pos+1:], c)
		if end < 0 {
			x.fail("string is not closed")
			return nil
		}
		s := x.src[x.pos+1 : x.pos+1+end]
		x.pos += end + 2
		return literal(textValue(s))
	case c == '|':
		x.fail("block parameters (as |…|) are not supported")
		return nil
	}
	end := strings.IndexAny(x.src[x.pos:], " \t\r\n()\"'")
	if end < 0 {
		end = len(x.src) - x.pos
	}
	if end == 0 {
		x.fail("unexpected %q", x.src[x.pos])
		return nil
	}
	word := x.src[x.pos : x.pos+end]
	x.pos += end
	return x.word(word)
}

func (x *expressionParser) parenthesis(depth int) expr {
	if depth > maxDepth {
		x.fail("expressions are nested more than %d deep", maxDepth)
		return nil
	}
	x.pos++
	parts := x.sequence(depth)
	if x.failed {
		return nil
	}
	x.pos++ // the closing one
	if len(parts) == 0 {
		x.fail("empty parentheses")
		return nil
	}
	e := x.parser.call(parts, x.line)
	if e == nil {
		x.failed = true // reported by call
		return nil
	}
	if c, ok := e.(*callExpr); ok && c.name == "role" {
		x.fail("{{role}} cannot stand in an expression")
		return nil
	}
	return e
}

func (x *expressionParser) word(w string) expr {
	switch {
	case w == "true" || w == "false":
		return literal(boolValue(w == "true"))
	case strings.Contains(w, "="):
		x.fail("named arguments (%s) are not supported", w)
		return nil
	case w[0] == '-' || w[0] >= '0' && w[0] <= '9':
		n, err := strconv.ParseFloat(w, 64)
		if err != nil || strings.ContainsAny(w, "xXpP_iInN") {
			x.fail("%q is not a number", w)
			return nil
		}
		return literal(value{kind: kindNumber, num: n})
	}
	e := &pathExpr{text: w, line: x.line}
	if !e.parse() {
		x.fail("%q is not a variable", w)
		return nil
	}
	return e
}

// parse reads "../passages", "this.title", "@../index", "@root.operator".
func (e *pathExpr) parse() bool {
	rest, at := strings.CutPrefix(e.text, "@")
	for strings.HasPrefix(rest, "../") {
		e.up++
		rest = rest[3:]
	}
	switch {
	case rest == "..":
		e.up++
		rest = ""
	case rest == "this" || rest == ".":
		rest = ""
	default:
		rest = strings.TrimPrefix(rest, "this.")
		rest = strings.TrimPrefix(rest, "this/")
		rest = strings.TrimPrefix(rest, "./")
		if rest == "" {
			return false
		}
	}
	if rest != "" {
		e.fields = strings.FieldsFunc(rest, func(r rune) bool { return r == '.' || r == '/' })
		if strings.Join(e.fields, ".") != strings.ReplaceAll(rest, "/", ".") {
			return false
		}
	}
	for _, f := range e.fields {
		if !validName(f) {
			return false
		}
	}
	if !at {
		return true
	}
	if len(e.fields) == 0 {
		return false
	}
	e.data, e.fields = e.fields[0], e.fields[1:]
	switch e.data {
	case "root":
		return e.up == 0
	case "index", "first", "last":
		return len(e.fields) == 0
	}
	return false
}

// bare is the path's name if it is a single plain word.
func (e *pathExpr) bare() string {
	if len(e.fields) == 1 && e.text == e.fields[0] {
		return e.text
	}
	return ""
}

// validName reports whether s can name a variable: letters, digits, _ and -, not starting with a digit.
func validName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// validKey reports whether s can name a prompt or partial, variants and all: letters, digits, - _ and single dots
// inside.
func validKey(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for _, r := range part {
			word := r == '_' || r == '-' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
			if !word {
				return false
			}
		}
	}
	return true
}
