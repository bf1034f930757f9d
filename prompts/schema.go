package prompts

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// schema is a type in Picoschema, Dotprompt's short form of JSON Schema.
type schema struct {
	typ         string
	description string
	enum        []string
	item        *schema    // of an array
	fields      []property // of an object, as the file has them
	open        bool       // an object with a (*) wildcard: any field
	foreign     bool       // written by somebody outside the company
}

type property struct {
	name     string
	optional bool
	typ      *schema
	line     int
}

const (
	typeString  = "string"
	typeNumber  = "number"
	typeInteger = "integer"
	typeBoolean = "boolean"
	typeNull    = "null"
	typeAny     = "any"
	typeArray   = "array"
	typeObject  = "object"
)

func (s *schema) property(name string) *property {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func (s *schema) scalar() bool { return s.typ != typeArray && s.typ != typeObject }

// String is the type in a few words, for lists and messages.
func (s *schema) String() string {
	switch s.typ {
	case typeArray:
		return "array of " + s.item.String()
	case typeObject:
		names := make([]string, len(s.fields))
		for i, f := range s.fields {
			names[i] = f.name
		}
		if s.open {
			names = append(names, "*")
		}
		return "{" + strings.Join(names, ", ") + "}"
	}
	if len(s.enum) > 0 {
		return "one of " + strings.Join(s.enum, ", ")
	}
	return s.typ
}

// schemaReader turns YAML into schemas, collecting what is wrong.
type schemaReader struct {
	report func(line int, format string, args ...any)
}

const maxSchemaDepth = 16

func (r schemaReader) read(n *yaml.Node, depth int) *schema {
	if depth > maxSchemaDepth {
		r.report(n.Line, "schema is nested more than %d deep", maxSchemaDepth)
		return &schema{typ: typeAny}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return r.scalar(n)
	case yaml.MappingNode:
		return r.object(n, depth)
	}
	r.report(n.Line, "a schema is a type such as \"string\" or a mapping of names to types")
	return &schema{typ: typeAny}
}

func (r schemaReader) scalar(n *yaml.Node) *schema {
	typ, description, _ := strings.Cut(n.Value, ",")
	s := &schema{typ: strings.TrimSpace(typ), description: strings.TrimSpace(description)}
	switch s.typ {
	case typeString, typeNumber, typeInteger, typeBoolean, typeNull, typeAny:
		return s
	}
	r.report(n.Line, "unknown type %q: string, number, integer, boolean, null or any", s.typ)
	s.typ = typeAny
	return s
}

func (r schemaReader) object(n *yaml.Node, depth int) *schema {
	s := &schema{typ: typeObject}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Value == "(*)" {
			s.open = true
			continue
		}
		p := r.property(key, val, depth)
		if s.property(p.name) != nil {
			r.report(key.Line, "%q is declared twice", p.name)
			continue
		}
		s.fields = append(s.fields, p)
	}
	return s
}

// property reads "name?(array, what it is): type".
func (r schemaReader) property(key, val *yaml.Node, depth int) property {
	name, paren, has := strings.Cut(key.Value, "(")
	name = strings.TrimSpace(name)
	p := property{line: key.Line, name: strings.TrimSuffix(name, "?"), optional: strings.HasSuffix(name, "?")}
	if !validName(p.name) {
		r.report(key.Line, "%q is not a variable's name", p.name)
	}
	if !has {
		p.typ = r.read(val, depth+1)
		return p
	}
	form, description, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(paren), ")"), ",")
	switch form = strings.TrimSpace(form); form {
	case typeArray:
		p.typ = &schema{typ: typeArray, item: r.read(val, depth+1)}
	case typeObject:
		if p.typ = r.read(val, depth+1); p.typ.typ != typeObject {
			r.report(val.Line, "%s(object) needs a mapping of fields", p.name)
		}
	case "enum":
		p.typ = r.enum(p.name, val)
	default:
		r.report(key.Line, "unknown form (%s) of %s: array, object or enum", form, p.name)
		p.typ = &schema{typ: typeAny}
	}
	p.typ.description = strings.TrimSpace(description)
	return p
}

func (r schemaReader) enum(name string, val *yaml.Node) *schema {
	s := &schema{typ: typeString}
	if val.Kind != yaml.SequenceNode || len(val.Content) == 0 {
		r.report(val.Line, "%s(enum) needs a list of values", name)
		return s
	}
	for _, v := range val.Content {
		if v.Kind != yaml.ScalarNode {
			r.report(v.Line, "a value of %s(enum) is not a scalar", name)
			continue
		}
		s.enum = append(s.enum, v.Value)
	}
	return s
}

// accept says why a supplied type cannot stand where declared was asked for; "" if it can. It also hands down which
// parts are foreign.
func (declared *schema) accept(supplied *schema) string {
	declared.foreign = supplied.foreign
	switch {
	case declared.typ == typeAny:
		declared.item, declared.fields, declared.open = supplied.item, supplied.fields, false
		declared.typ = supplied.typ
		return ""
	case declared.typ == typeNumber && supplied.typ == typeInteger:
		return ""
	case declared.typ != supplied.typ:
		return fmt.Sprintf("is supplied as %s, not as %s", supplied, declared)
	case declared.typ == typeArray:
		if why := declared.item.accept(supplied.item); why != "" {
			return "is a list whose item " + why
		}
	case declared.typ == typeObject:
		for _, f := range declared.fields {
			have := supplied.property(f.name)
			if have == nil {
				return fmt.Sprintf("has no field %q: %s", f.name, supplied)
			}
			if why := f.typ.accept(have.typ); why != "" {
				return fmt.Sprintf("has a field %q that %s", f.name, why)
			}
		}
	}
	return ""
}

// constant reads a default of type s.
func (r schemaReader) constant(name string, s *schema, n *yaml.Node) value {
	switch n.Kind {
	case yaml.ScalarNode:
		return r.constantScalar(name, s, n)
	case yaml.SequenceNode:
		if s.typ != typeArray && s.typ != typeAny {
			r.report(n.Line, "default of %s is a list, not %s", name, s)
			return value{}
		}
		item := s.item
		if item == nil {
			item = &schema{typ: typeAny}
		}
		l := make(valueList, len(n.Content))
		for i, c := range n.Content {
			l[i] = r.constant(fmt.Sprintf("%s[%d]", name, i), item, c)
		}
		return listValue(l)
	case yaml.MappingNode:
		return r.constantObject(name, s, n)
	}
	r.report(n.Line, "default of %s is not a plain value", name)
	return value{}
}

func (r schemaReader) constantScalar(name string, s *schema, n *yaml.Node) value {
	v := value{kind: kindText, text: n.Value}
	got := typeString
	switch n.Tag {
	case "!!int":
		got = typeInteger
	case "!!float":
		got = typeNumber
	case "!!bool":
		got = typeBoolean
	case "!!null":
		got = typeNull
	}
	fits := s.typ == typeAny || s.typ == got || (s.typ == typeNumber && got == typeInteger)
	if !fits {
		r.report(n.Line, "default of %s is %s, not %s", name, got, s)
		return value{}
	}
	if len(s.enum) > 0 && !slices.Contains(s.enum, n.Value) {
		r.report(n.Line, "default of %s is %q, not %s", name, n.Value, s)
	}
	var err error
	switch got {
	case typeInteger, typeNumber:
		v.kind = kindNumber
		err = n.Decode(&v.num)
	case typeBoolean:
		v.kind = kindBool
		err = n.Decode(&v.flag)
	case typeNull:
		v = value{}
	}
	if err != nil {
		r.report(n.Line, "default of %s cannot be read as %s", name, got)
	}
	return v
}

func (r schemaReader) constantObject(name string, s *schema, n *yaml.Node) value {
	if s.typ != typeObject && s.typ != typeAny {
		r.report(n.Line, "default of %s is a mapping, not %s", name, s)
		return value{}
	}
	rec := &record{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		typ := &schema{typ: typeAny}
		if s.typ == typeObject {
			if p := s.property(key.Value); p != nil {
				typ = p.typ
			} else if !s.open {
				r.report(key.Line, "default of %s has a field %q that is not declared", name, key.Value)
			}
		}
		rec.keys = append(rec.keys, key.Value)
		rec.values = append(rec.values, r.constant(name+"."+key.Value, typ, val))
	}
	for _, f := range s.fields {
		if !f.optional && !slices.Contains(rec.keys, f.name) {
			r.report(n.Line, "default of %s lacks %q", name, f.name)
		}
	}
	return value{kind: kindObject, obj: rec}
}
