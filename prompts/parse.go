package prompts

import (
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
