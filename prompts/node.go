package prompts

import "switchboard"

// node is a piece of a template. Rendering walks the tree; no text is ever parsed again.
type node interface{ render(m *machine) }

type (
	textNode struct {
		text string
		line int
	}
	outNode struct {
		expr expr
		line int
	}
	ifNode struct {
		cond        expr
		negate      bool
		body, other []node
		line        int
	}
	eachNode struct {
		list        expr
		body, other []node
		line        int
	}
	partialNode struct {
		name    string
		context expr    // nil: the current one
		file    *source // set by linking
		line    int
	}
	roleNode struct {
		role switchboard.Role
		line int
	}
	historyNode struct{ line int }
)

// expr is the part of a tag that has a value.
type expr interface{ eval(m *machine) value }

type (
	literal  value
	pathExpr struct {
		text   string   // as written
		data   string   // root, index, first, last; "" for a variable
		up     int      // number of ../
		fields []string // none: the context itself
		line   int
	}
	callExpr struct {
		name   string
		helper helper
		args   []expr
		line   int
	}
)

// scope is one level of context: the root's, or one round of an each.
type scope struct {
	context  value
	index, n int
}

// machine renders one prompt once.
type machine struct {
	in       *Input
	defaults *record
	harden   bool // the text goes to a model
	out      []byte
	scopes   []scope
	args     []value
	room     [4]scope
	argRoom  [4]value
}

func newMachine(in *Input, defaults *record, harden bool, size int) *machine {
	m := &machine{in: in, defaults: defaults, harden: harden, out: make([]byte, 0, size)}
	m.scopes = append(m.room[:0], scope{context: value{kind: kindObject, obj: m}})
	m.args = m.argRoom[:0]
	return m
}

// field makes the machine the root context: the Input's field, or its default where that is empty.
func (m *machine) field(name string) value {
	v := m.in.field(name)
	if !v.truth() {
		if d := m.defaults.field(name); d.kind != kindNone {
			return d
		}
	}
	return v
}

func (m *machine) names() []string { return m.in.names() }

func (m *machine) run(nodes []node) {
	for _, n := range nodes {
		n.render(m)
	}
}

func (n textNode) render(m *machine) { m.out = append(m.out, n.text...) }

func (n *outNode) render(m *machine) {
	if c, ok := n.expr.(*callExpr); ok && c.name == "quote" { // passages: the bulk of a prompt, copied once
		m.out = quote(m.out, c.args[0].eval(m).string(), m.harden)
		return
	}
	v := n.expr.eval(m)
	if m.harden && v.kind == kindText {
		m.out = appendHardened(m.out, v.text)
		return
	}
	m.out = v.append(m.out)
}

func (n *ifNode) render(m *machine) {
	if n.cond.eval(m).truth() != n.negate {
		m.run(n.body)
	} else {
		m.run(n.other)
	}
}

func (n *eachNode) render(m *machine) {
	v := n.list.eval(m)
	if v.kind != kindList || v.list.len() == 0 {
		m.run(n.other)
		return
	}
	size := v.list.len()
	m.scopes = append(m.scopes, scope{n: size})
	for i := range size {
		top := &m.scopes[len(m.scopes)-1]
		top.context, top.index = v.list.at(i), i
		m.run(n.body)
	}
	m.scopes = m.scopes[:len(m.scopes)-1]
}

func (n *partialNode) render(m *machine) {
	if n.context == nil {
		m.run(n.file.nodes)
		return
	}
	m.scopes = append(m.scopes, scope{context: n.context.eval(m)})
	m.run(n.file.nodes)
	m.scopes = m.scopes[:len(m.scopes)-1]
}

// Roles and history are taken out of the tree when a prompt is loaded.
func (roleNode) render(*machine)    {}
func (historyNode) render(*machine) {}

func (l literal) eval(*machine) value { return value(l) }

func (e *pathExpr) eval(m *machine) value {
	s := &m.scopes[len(m.scopes)-1-e.up]
	v := s.context
	switch e.data {
	case "index":
		return value{kind: kindNumber, num: float64(s.index)}
	case "first":
		return boolValue(s.index == 0)
	case "last":
		return boolValue(s.index == s.n-1)
	case "root":
		v = m.scopes[0].context
	}
	for _, name := range e.fields {
		if v.kind != kindObject {
			return value{}
		}
		v = v.obj.field(name)
	}
	return v
}

func (e *callExpr) eval(m *machine) value {
	base := len(m.args)
	for _, a := range e.args {
		v := a.eval(m)
		m.args = append(m.args, v)
	}
	v := e.helper.eval(m.args[base:])
	m.args = m.args[:base]
	return v
}
