package prompts

import "strings"

type tokenKind uint8

const (
	tokText    tokenKind = iota
	tokOut               // {{expr}}
	tokOpen              // {{#name …}}
	tokClose             // {{/name}}
	tokElse              // {{else …}}
	tokPartial           // {{> name}}
	tokComment
)

// token is a stretch of text or one tag. Of a tag, text is what stands between its braces and sign.
type token struct {
	kind        tokenKind
	text        string
	line        int
	left, right bool // ~ at that end: white space beyond it goes
}

// reporter collects what is wrong with a file, by line.
type reporter func(line int, format string, args ...any)

// lexer cuts a template body into tokens. White space is not yet touched.
type lexer struct {
	src    string
	pos    int
	line   int
	text   strings.Builder // text being gathered
	start  int             // its first line
	tokens []token
	report reporter
}

func lex(src string, line int, report reporter) []token {
	l := &lexer{src: src, line: line, start: line, report: report}
	for l.pos < len(l.src) {
		i := strings.Index(l.src[l.pos:], "{{")
		if i < 0 {
			l.take(len(l.src) - l.pos)
			break
		}
		if l.escaped(i) {
			continue
		}
		l.take(i)
		if !l.tag() {
			break
		}
	}
	l.flush()
	return stripStandalone(l.tokens)
}

// escaped handles \{{, which is the text {{, and \\{{, which is a backslash before a tag.
func (l *lexer) escaped(i int) bool {
	before := l.src[l.pos : l.pos+i]
	if !strings.HasSuffix(before, `\`) {
		return false
	}
	if strings.HasSuffix(before, `\\`) {
		l.take(i - 2)
		l.text.WriteByte('\\')
		l.pos += 2
		if !l.tag() {
			l.pos = len(l.src)
		}
		return true
	}
	l.take(i - 1)
	l.text.WriteString("{{")
	l.pos += len(`\{{`)
	return true
}

// take moves n bytes into the text.
func (l *lexer) take(n int) {
	s := l.src[l.pos : l.pos+n]
	l.text.WriteString(s)
	l.line += strings.Count(s, "\n")
	l.pos += n
}

func (l *lexer) flush() {
	if l.text.Len() > 0 {
		l.tokens = append(l.tokens, token{kind: tokText, text: l.text.String(), line: l.start})
		l.text.Reset()
	}
	l.start = l.line
}

// tag reads the tag that starts at pos. It reports false where the rest of the file cannot be read.
func (l *lexer) tag() bool {
	l.flush()
	rest := l.src[l.pos:]
	t := token{line: l.line}
	body, size, problem := tagBody(rest)
	if problem != "" {
		l.report(l.line, "%s", problem)
		return false
	}
	if body, t.left = strings.CutPrefix(body, "~"); t.left {
		body = strings.TrimLeft(body, " \t\r\n")
	}
	body, t.right = strings.CutSuffix(body, "~")
	t.kind, t.text = classify(body)
	l.tokens = append(l.tokens, t)
	l.line += strings.Count(rest[:size], "\n")
	l.pos += size
	l.start = l.line
	return true
}

// tagBody returns what stands between the braces of the tag that s starts with, and the tag's size.
func tagBody(s string) (body string, size int, problem string) {
	for _, open := range []string{"{{!--", "{{~!--"} {
		if !strings.HasPrefix(s, open) {
			continue
		}
		for _, end := range []string{"--}}", "--~}}"} {
			if i := strings.Index(s[len(open):], end); i >= 0 && (end == "--}}" || !strings.Contains(s[len(open):len(open)+i], "--}}")) {
				whole := s[2 : len(open)+i+len(end)-2]
				return whole, len(open) + i + len(end), ""
			}
		}
		return "", 0, "comment {{!-- is not closed by --}}"
	}
	switch {
	case strings.HasPrefix(s, "{{{{"):
		return "", 0, "raw blocks {{{{ are not supported; write \\{{ for braces in text"
	case strings.HasPrefix(s, "{{{"):
		i := closing(s[3:], "}}}")
		if i < 0 {
			return "", 0, "tag {{{ is not closed by }}}"
		}
		return s[3 : 3+i], 3 + i + 3, ""
	}
	end := closing(s[2:], "}}")
	if strings.HasPrefix(strings.TrimLeft(s[2:], "~"), "!") {
		end = strings.Index(s[2:], "}}")
	}
	if end < 0 {
		return "", 0, "tag {{ is not closed by }}"
	}
	return s[2 : 2+end], 2 + end + 2, ""
}

// closing finds end outside string literals.
func closing(s, end string) int {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.HasPrefix(s[i:], end):
			return i
		}
	}
	return -1
}

func classify(body string) (tokenKind, string) {
	trimmed := strings.TrimSpace(body)
	if trimmed == "" {
		return tokOut, ""
	}
	switch trimmed[0] {
	case '!':
		return tokComment, ""
	case '#':
		return tokOpen, strings.TrimSpace(trimmed[1:])
	case '/':
		return tokClose, strings.TrimSpace(trimmed[1:])
	case '>':
		return tokPartial, strings.TrimSpace(trimmed[1:])
	case '&':
		return tokOut, strings.TrimSpace(trimmed[1:])
	case '^':
		if trimmed == "^" {
			return tokElse, ""
		}
	}
	if trimmed == "else" {
		return tokElse, ""
	}
	if rest, ok := strings.CutPrefix(trimmed, "else"); ok && strings.ContainsAny(rest[:1], " \t\n") {
		return tokElse, strings.TrimSpace(rest)
	}
	return tokOut, trimmed
}

// stripStandalone applies Handlebars' rules for white space: a tag other than an output that has its line to itself
// takes the line with it, and ~ takes all white space up to the next tag. The indent of a partial stays in front of
// its first line only.
func stripStandalone(tokens []token) []token {
	cut := make([]struct{ left, right int }, len(tokens)) // bytes to drop from a text's ends
	for i, t := range tokens {
		if t.kind == tokText {
			continue
		}
		if t.left && i > 0 && tokens[i-1].kind == tokText {
			cut[i-1].right = len(tokens[i-1].text) - len(strings.TrimRight(tokens[i-1].text, " \t\r\n"))
		}
		if t.right && i+1 < len(tokens) && tokens[i+1].kind == tokText {
			cut[i+1].left = len(tokens[i+1].text) - len(strings.TrimLeft(tokens[i+1].text, " \t\r\n"))
		}
		if t.kind == tokOut {
			continue
		}
		before, okBefore := indent(tokens, i)
		after, okAfter := lineEnd(tokens, i)
		if !okBefore || !okAfter {
			continue
		}
		if i > 0 && t.kind != tokPartial {
			cut[i-1].right = max(cut[i-1].right, before)
		}
		if i+1 < len(tokens) {
			cut[i+1].left = max(cut[i+1].left, after)
		}
	}
	out := tokens[:0]
	for i, t := range tokens {
		if t.kind == tokText {
			if cut[i].left+cut[i].right >= len(t.text) {
				continue
			}
			t.line += strings.Count(t.text[:cut[i].left], "\n")
			t.text = t.text[cut[i].left : len(t.text)-cut[i].right]
		}
		out = append(out, t)
	}
	return out
}

// indent is the blank stretch between tag i and the start of its line; false if something else stands there.
func indent(tokens []token, i int) (int, bool) {
	if i == 0 {
		return 0, true
	}
	if tokens[i-1].kind != tokText {
		return 0, false
	}
	s := tokens[i-1].text
	blank := len(s) - len(strings.TrimRight(s, " \t"))
	return blank, blank == len(s) && i == 1 || strings.HasSuffix(s[:len(s)-blank], "\n")
}

// lineEnd is the blank stretch after tag i with its line end.
func lineEnd(tokens []token, i int) (int, bool) {
	if i == len(tokens)-1 {
		return 0, true
	}
	if tokens[i+1].kind != tokText {
		return 0, false
	}
	s := tokens[i+1].text
	rest := strings.TrimLeft(s, " \t")
	blank := len(s) - len(rest)
	if strings.HasPrefix(rest, "\n") {
		return blank + 1, true
	}
	return blank, rest == "" && i+1 == len(tokens)-1
}
