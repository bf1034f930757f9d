package prompts

import (
	"strconv"
	"strings"

	"switchboard"
)

// maxDepth bounds nesting of blocks and of expressions.
const maxDepth = 40

// parser builds the tree of a template body.
type parser struct {
	tokens []token
	pos    int
	report reporter
}

// parseTemplate reads a body whose first line is line of its file.
func parseTemplate(body string, line int, report reporter) []node {
	p := &parser{tokens: lex(body, line, report), report: report}
	var all []node
	for {
		nodes, end := p.nodes(0)
		all = append(all, nodes...)
		if end == nil {
			return all
		}
		if end.kind == tokElse {
			p.report(end.line, "{{else}} outside a block")
		} else {
			p.report(end.line, "{{/%s}} closes nothing", end.text)
		}
	}
}

// nodes reads up to the next else or close, which it returns; nil at the end.
func (p *parser) nodes(depth int) ([]node, *token) {
	var out []node
	for p.pos < len(p.tokens) {
		t := &p.tokens[p.pos]
		p.pos++
		switch t.kind {
		case tokText:
			out = append(out, textNode{text: t.text, line: t.line})
		case tokElse, tokClose:
			return out, t
		case tokOpen:
			if n := p.block(t.text, t.line, "", depth+1); n != nil {
				out = append(out, n)
			}
		case tokPartial:
			if n := p.partial(t); n != nil {
				out = append(out, n)
			}
		case tokOut:
			if n := p.output(t); n != nil {
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// block reads a block and what follows up to its close. outer is the name that closes it where it is an {{else if}}.
func (p *parser) block(text string, line int, outer string, depth int) node {
	name, rest := text, ""
	if i := strings.IndexAny(text, " \t\r\n("); i >= 0 {
		name, rest = text[:i], text[i:]
	}
	if depth > maxDepth {
		p.report(line, "blocks are nested more than %d deep", maxDepth)
		p.pos = len(p.tokens)
		return nil
	}
	args := p.expressions(rest, line)
	closes := outer
	if closes == "" {
		closes = name
	}
	body, end := p.nodes(depth)
	var other []node
	if end != nil && end.kind == tokElse {
		if end.text != "" {
			if n := p.block(end.text, end.line, closes, depth+1); n != nil {
				other = []node{n}
			}
			return p.blockNode(name, line, args, body, other)
		}
		if other, end = p.nodes(depth); end != nil && end.kind == tokElse {
			p.report(end.line, "second {{else}} in {{#%s}}", closes)
			_, end = p.nodes(depth)
		}
	}
	switch {
	case end == nil:
		p.report(line, "{{#%s}} is not closed", closes)
	case end.text != closes:
		p.report(end.line, "{{/%s}} closes {{#%s}} of line %d", end.text, closes, line)
	}
	return p.blockNode(name, line, args, body, other)
}

func (p *parser) blockNode(name string, line int, args []expr, body, other []node) node {
	want := 1
	switch name {
	case "if", "unless", "each":
	case "ifEquals", "unlessEquals":
		want = 2
	default:
		p.report(line, "unknown block {{#%s}}: if, unless, each, ifEquals, unlessEquals", name)
		return nil
	}
	if args == nil {
		return nil // reported already
	}
	if len(args) != want {
		p.report(line, "{{#%s}} takes %d argument(s), not %d", name, want, len(args))
		return nil
	}
	switch name {
	case "each":
		return &eachNode{list: args[0], body: body, other: other, line: line}
	case "ifEquals", "unlessEquals":
		eq, _ := helperNamed("eq")
		return &ifNode{
			cond: &callExpr{name: "eq", helper: eq, args: args}, negate: name == "unlessEquals",
			body: body, other: other, line: line,
		}
	}
	return &ifNode{cond: args[0], negate: name == "unless", body: body, other: other, line: line}
}

func (p *parser) partial(t *token) node {
	name, rest, _ := strings.Cut(t.text, " ")
	if !validKey(name) {
		p.report(t.line, "{{> %s}} does not name a partial", name)
		return nil
	}
	n := &partialNode{name: name, line: t.line}
	if strings.TrimSpace(rest) == "" {
		return n
	}
	args := p.expressions(rest, t.line)
	if len(args) > 1 {
		p.report(t.line, "{{> %s}} takes at most one context", name)
	}
	if len(args) != 1 {
		return nil
	}
	n.context = args[0]
	return n
}

func (p *parser) output(t *token) node {
	if t.text == "history" {
		return historyNode{line: t.line}
	}
	args := p.expressions(t.text, t.line)
	if len(args) == 0 {
		if strings.TrimSpace(t.text) == "" {
			p.report(t.line, "empty tag")
		}
		return nil
	}
	e := p.call(args, t.line)
	if c, ok := e.(*callExpr); ok && c.name == "role" {
		return p.role(c, t.line)
	}
	if e == nil {
		return nil
	}
	return &outNode{expr: e, line: t.line}
}

func (p *parser) role(c *callExpr, line int) node {
	lit, ok := c.args[0].(literal)
	if !ok || lit.kind != kindText {
		p.report(line, "{{role}} takes a role in quotes, never a variable")
		return nil
	}
	switch lit.text {
	case "system":
		return roleNode{role: switchboard.RoleSystem, line: line}
	case "user":
		return roleNode{role: switchboard.RoleUser, line: line}
	case "model", "assistant":
		return roleNode{role: switchboard.RoleAssistant, line: line}
	}
	p.report(line, "unknown role %q: system, user, model", lit.text)
	return nil
}

// call turns the parts of a tag or of parentheses into an expression: one part is itself, more are a helper with its
// arguments. It returns nil after a report.
func (p *parser) call(parts []expr, line int) expr {
	head, isPath := parts[0].(*pathExpr)
	name := ""
	if isPath {
		name = head.bare()
	}
	h, known := helperNamed(name)
	if len(parts) == 1 && !known {
		return parts[0]
	}
	switch {
	case name == "":
		p.report(line, "expected a helper's name before arguments")
		return nil
	case !known:
		p.report(line, "unknown helper %q: %s", name, helperNames)
		return nil
	case len(parts)-1 < h.min || len(parts)-1 > h.max:
		p.report(line, "helper %q takes %s, not %d", name, h.arity(), len(parts)-1)
		return nil
	}
	return &callExpr{name: name, helper: h, args: parts[1:], line: line}
}

// expressions reads the space-separated parts of a tag; nil after a report.
func (p *parser) expressions(s string, line int) []expr {
	x := &expressionParser{src: s, line: line, parser: p}
	out := x.sequence(0)
	if x.failed {
		return nil
	}
	if out == nil {
		out = []expr{}
	}
	return out
}

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
