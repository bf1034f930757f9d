package prompts

import (
	"fmt"

	"switchboard"
)

// checker walks a prompt's tree with the types of its variables, as rendering will walk it with their values.
type checker struct {
	problems *problems
	file     *source   // whose nodes are being read
	role     string    // of the section being read
	scopes   []*schema // contexts, the root's first
	loops    []bool    // whether the scope is a round of an each
	used     map[string]bool
	exposed  []Finding // foreign text among instructions
	visits   int       // of partials
}

// maxVisits bounds how often one prompt includes partials, all levels together.
const maxVisits = 200

func (c *checker) report(line int, format string, args ...any) {
	c.problems.add(c.file.file, line, format, args...)
}

func (c *checker) nodes(nodes []node) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *outNode:
			c.output(n)
		case *ifNode:
			c.typeOf(n.cond, n.line)
			c.nodes(n.body)
			c.nodes(n.other)
		case *eachNode:
			c.each(n)
		case *partialNode:
			c.partial(n)
		case roleNode:
			c.report(n.line, "{{role}} stands at the top level of a prompt, not in a block or a partial")
		case historyNode:
			c.report(n.line, "{{history}} stands at the top level of a prompt, not in a block or a partial")
		}
	}
}

func (c *checker) output(n *outNode) {
	t := c.typeOf(n.expr, n.line)
	if !t.scalar() {
		c.report(n.line, "a whole %s cannot be written out: use {{#each}}, {{join}} or {{json}}", t)
	}
	if t.foreign && c.role == string(switchboard.RoleSystem) {
		c.exposed = append(c.exposed, Finding{
			File: c.file.file, Line: n.line, Severity: SeverityWarning, Rule: "foreign-text",
			Text: "text from outside stands bare among the system's instructions: put it in {{quote}} or {{line}}",
		})
	}
}

func (c *checker) each(n *eachNode) {
	t := c.typeOf(n.list, n.line)
	item := &schema{typ: typeAny}
	switch t.typ {
	case typeArray:
		item = t.item
	case typeAny:
	default:
		c.report(n.line, "{{#each}} over %s, which is no list", t)
	}
	c.push(item, true)
	c.nodes(n.body)
	c.pop()
	c.nodes(n.other)
}

func (c *checker) push(s *schema, loop bool) {
	c.scopes = append(c.scopes, s)
	c.loops = append(c.loops, loop)
}

func (c *checker) pop() {
	c.scopes = c.scopes[:len(c.scopes)-1]
	c.loops = c.loops[:len(c.loops)-1]
}

func (c *checker) partial(n *partialNode) {
	if n.context != nil {
		c.push(c.typeOf(n.context, n.line), false)
		defer c.pop()
	}
	if n.file == nil {
		return // reported by linking
	}
	if c.visits++; c.visits > maxVisits {
		if c.visits == maxVisits+1 {
			c.report(n.line, "more than %d inclusions of partials", maxVisits)
		}
		return
	}
	outer := c.file
	c.file = n.file
	c.nodes(n.file.nodes)
	c.file = outer
}

func (c *checker) typeOf(e expr, line int) *schema {
	switch e := e.(type) {
	case literal:
		return literalType(value(e))
	case *callExpr:
		args := make([]*schema, len(e.args))
		for i, a := range e.args {
			args[i] = c.typeOf(a, line)
		}
		t, problem := e.helper.check(args)
		if problem != "" {
			c.report(line, "helper %q %s", e.name, problem)
			return &schema{typ: typeAny}
		}
		return t
	case *pathExpr:
		return c.path(e)
	}
	return &schema{typ: typeAny}
}

func literalType(v value) *schema {
	switch v.kind {
	case kindNumber:
		return &schema{typ: typeNumber}
	case kindBool:
		return &schema{typ: typeBoolean}
	}
	return &schema{typ: typeString}
}

func (c *checker) path(e *pathExpr) *schema {
	if e.up >= len(c.scopes) {
		c.report(e.line, "%q goes above the outermost context", e.text)
		return &schema{typ: typeAny}
	}
	at := len(c.scopes) - 1 - e.up
	switch e.data {
	case "index", "first", "last":
		if !c.loops[at] {
			c.report(e.line, "%q outside {{#each}}", e.text)
		}
		if e.data == "index" {
			return &schema{typ: typeInteger}
		}
		return &schema{typ: typeBoolean}
	case "root":
		at = 0
	}
	return c.walk(e, at)
}

// walk follows a path's fields from the context at a level.
func (c *checker) walk(e *pathExpr, at int) *schema {
	t := c.scopes[at]
	for i, name := range e.fields {
		if t.typ == typeAny {
			return &schema{typ: typeAny, foreign: t.foreign}
		}
		p := t.property(name)
		if i == 0 && at == 0 {
			c.used[name] = true
		}
		if p == nil {
			if t.typ != typeObject || !t.open {
				c.report(e.line, "%s", c.unknown(e, name, at, t))
			}
			return &schema{typ: typeAny}
		}
		t = p.typ
	}
	return t
}

func (c *checker) unknown(e *pathExpr, name string, at int, t *schema) string {
	switch {
	case at == 0 && len(c.scopes[0].fields) == 0:
		return fmt.Sprintf("%q is not declared: there is no input.schema", e.text)
	case at == 0 && t == c.scopes[0]:
		return fmt.Sprintf("%q is not declared in input.schema", e.text)
	case t.typ != typeObject:
		return fmt.Sprintf("%q has no fields: it is %s, so there is no %q", e.text, t, name)
	case c.scopes[0].property(name) != nil:
		return fmt.Sprintf("%q is not a field of %s: outside the loop it is @root.%s", e.text, t, name)
	}
	return fmt.Sprintf("%q is not a field of %s", e.text, t)
}
