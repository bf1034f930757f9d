package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// linker joins the files of a set into prompts.
type linker struct {
	set      *Set
	problems *problems
	cyclic   bool
}

// partials points every {{> name}} to its file and refuses circles.
func (l *linker) partials() {
	for _, file := range slices.Sorted(maps.Keys(l.set.files)) {
		src := l.set.files[file]
		for n := range partialsOf(src.nodes) {
			n.file = l.set.files["_"+n.name+extension]
			if n.file == nil {
				l.problems.add(file, n.line, "there is no partial %q: _%s%s is missing", n.name, n.name, extension)
			}
		}
	}
	done := map[*source]bool{}
	for _, file := range slices.Sorted(maps.Keys(l.set.files)) {
		l.circle(l.set.files[file], nil, done)
	}
}

func (l *linker) circle(src *source, above []*source, done map[*source]bool) {
	if done[src] {
		return
	}
	above = append(above, src)
	for n := range partialsOf(src.nodes) {
		if n.file == nil {
			continue
		}
		if slices.Contains(above, n.file) {
			l.problems.add(src.file, n.line, "partial %q includes itself", n.name)
			l.cyclic = true
			continue
		}
		l.circle(n.file, above, done)
	}
	done[src] = true
}

// partialsOf visits the inclusions in a tree, blocks and all.
func partialsOf(nodes []node) func(yield func(*partialNode) bool) {
	return func(yield func(*partialNode) bool) {
		walkNodes(nodes, func(n node) bool {
			p, ok := n.(*partialNode)
			return !ok || yield(p)
		})
	}
}

// walkNodes visits nodes and what is inside them until visit returns false.
func walkNodes(nodes []node, visit func(node) bool) bool {
	for _, n := range nodes {
		if !visit(n) {
			return false
		}
		var body, other []node
		switch n := n.(type) {
		case *ifNode:
			body, other = n.body, n.other
		case *eachNode:
			body, other = n.body, n.other
		}
		if !walkNodes(body, visit) || !walkNodes(other, visit) {
			return false
		}
	}
	return true
}

// used lists the partials that a file includes, directly or not, by file name.
func used(src *source, into map[string]*source) {
	for n := range partialsOf(src.nodes) {
		if n.file != nil && into[n.file.file] == nil {
			into[n.file.file] = n.file
			used(n.file, into)
		}
	}
}

func (l *linker) prompt(src *source) *Prompt {
	p := &Prompt{key: src.key, src: src, partials: map[string]*source{}}
	p.says = sync.OnceValue(p.instructions)
	p.name, p.variant, _ = strings.Cut(src.key, ".")
	used(src, p.partials)
	p.hash = contentHash(src, p.partials)
	p.schema, p.defaults = l.variables(p)
	p.sections, p.chat = split(src.nodes)
	c := &checker{
		problems: l.problems, file: src, scopes: []*schema{p.schema}, loops: []bool{false}, used: map[string]bool{},
	}
	for _, s := range p.sections {
		c.role = string(s.role)
		c.nodes(s.nodes)
	}
	p.used, p.exposed = c.used, c.exposed
	for _, s := range p.sections {
		p.size += staticSize(s.nodes)
	}
	return p
}

// contentHash is the version of a prompt: SHA-256 over its text and its partials', in order of name, each with its
// length so that text cannot move from one to the next unseen.
func contentHash(src *source, partials map[string]*source) string {
	h := sha256.New()
	fmt.Fprintf(h, "switchboard prompt 1\n%d\n%s", len(src.text), src.text)
	for _, file := range slices.Sorted(maps.Keys(partials)) {
		fmt.Fprintf(h, "%s %d\n%s", file, len(partials[file].text), partials[file].text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// variables joins what a prompt and its partials declare, and holds it against what callers supply.
func (l *linker) variables(p *Prompt) (*schema, *record) {
	all, defaults := &schema{typ: typeObject}, &record{}
	supplied := inputSchema()
	files := []*source{p.src}
	for _, file := range slices.Sorted(maps.Keys(p.partials)) {
		files = append(files, p.partials[file])
	}
	for _, src := range files {
		if src.front.schema == nil {
			continue
		}
		for _, v := range src.front.schema.fields {
			l.supply(src, v, supplied)
			have := all.property(v.name)
			if have == nil {
				all.fields = append(all.fields, v)
			} else if have.typ.String() != v.typ.String() {
				l.problems.add(src.file, v.line, "%q is %s here and %s in %s", v.name, v.typ, have.typ, p.src.file)
			}
		}
		for i, name := range src.front.defaults.keys {
			if !slices.Contains(defaults.keys, name) { // the prompt's own default before a partial's
				defaults.keys = append(defaults.keys, name)
				defaults.values = append(defaults.values, src.front.defaults.values[i])
			}
		}
	}
	return all, defaults
}

// supply says if a declared variable has nothing that fills it, or something of another type.
func (l *linker) supply(src *source, v property, supplied *schema) {
	if _, helper := helperNamed(v.name); helper || v.name == "history" {
		l.problems.add(src.file, v.line, "%q cannot be a variable: it is a helper's name", v.name)
		return
	}
	have := supplied.property(v.name)
	if have == nil {
		if !slices.Contains(src.front.defaults.keys, v.name) {
			l.problems.add(src.file, v.line, "nothing supplies %q and it has no default; supplied are %s",
				v.name, strings.Trim(supplied.String(), "{}"))
		}
		return
	}
	if why := v.typ.accept(have.typ); why != "" {
		l.problems.add(src.file, v.line, "%q %s", v.name, why)
	}
}

// split cuts a tree at its role markers, which only stand at its top level. Text before the first one is the user's,
// as the format has it.
func split(nodes []node) (sections []section, chat bool) {
	current := section{role: "user"}
	flush := func(next section) {
		if len(current.nodes) > 0 || current.marked {
			sections = append(sections, current)
		}
		current = next
	}
	for _, n := range nodes {
		switch n := n.(type) {
		case roleNode:
			if blank(current.nodes) {
				current = section{}
			}
			flush(section{role: n.role, line: n.line, marked: true})
			chat = true
		case historyNode:
			if blank(current.nodes) {
				current = section{}
			}
			flush(section{history: true, line: n.line, marked: true})
			flush(section{role: "assistant", line: n.line})
			chat = true
		default:
			current.nodes = append(current.nodes, n)
		}
	}
	flush(section{})
	return sections, chat
}

// blank reports whether nodes are nothing but white space.
func blank(nodes []node) bool {
	for _, n := range nodes {
		if t, ok := n.(textNode); !ok || strings.TrimSpace(t.text) != "" {
			return false
		}
	}
	return true
}

func staticSize(nodes []node) int {
	var b strings.Builder
	writeStatic(&b, nodes)
	return b.Len()
}
