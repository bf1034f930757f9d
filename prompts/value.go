package prompts

import (
	"encoding/json"
	"strconv"
	"strings"
)

type kind uint8

const (
	kindNone kind = iota
	kindText
	kindNumber
	kindBool
	kindList
	kindObject
)

// value is what an expression yields. Lists and objects are read in place from the Input, nothing is copied.
type value struct {
	kind kind
	flag bool
	num  float64
	text string
	list list
	obj  object
}

type list interface {
	len() int
	at(i int) value
}

type object interface {
	field(name string) value
	names() []string
}

func textValue(s string) value { return value{kind: kindText, text: s} }
func boolValue(b bool) value   { return value{kind: kindBool, flag: b} }
func listValue(l list) value   { return value{kind: kindList, list: l} }

type (
	textList    []string
	passageList []Passage
	valueList   []value
)

func (l textList) len() int          { return len(l) }
func (l textList) at(i int) value    { return textValue(l[i]) }
func (l passageList) len() int       { return len(l) }
func (l passageList) at(i int) value { return value{kind: kindObject, obj: &l[i]} }
func (l valueList) len() int         { return len(l) }
func (l valueList) at(i int) value   { return l[i] }

// record is an object that a template's defaults spell out.
type record struct {
	keys   []string
	values []value
}

func (r *record) names() []string { return r.keys }

func (r *record) field(name string) value {
	for i, k := range r.keys {
		if k == name {
			return r.values[i]
		}
	}
	return value{}
}

// truth follows Handlebars: nothing, false, zero, the empty string and the empty list are false.
func (v value) truth() bool {
	switch v.kind {
	case kindText:
		return v.text != ""
	case kindNumber:
		return v.num != 0
	case kindBool:
		return v.flag
	case kindList:
		return v.list.len() > 0
	case kindObject:
		return true
	}
	return false
}

// append writes the value as text; lists and objects as JSON.
func (v value) append(b []byte) []byte {
	switch v.kind {
	case kindText:
		return append(b, v.text...)
	case kindNumber:
		return strconv.AppendFloat(b, v.num, 'f', -1, 64)
	case kindBool:
		return strconv.AppendBool(b, v.flag)
	case kindList, kindObject:
		return v.appendJSON(b)
	}
	return b
}

func (v value) string() string {
	if v.kind == kindText {
		return v.text
	}
	return string(v.append(nil))
}

func (v value) appendJSON(b []byte) []byte {
	switch v.kind {
	case kindText:
		return appendJSONString(b, v.text)
	case kindNumber, kindBool:
		return v.append(b)
	case kindList:
		b = append(b, '[')
		for i := range v.list.len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = v.list.at(i).appendJSON(b)
		}
		return append(b, ']')
	case kindObject:
		b = append(b, '{')
		for i, name := range v.obj.names() {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSONString(b, name), ':')
			b = v.obj.field(name).appendJSON(b)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

func appendJSONString(b []byte, s string) []byte {
	var w strings.Builder
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string and a builder cannot fail
	return append(b, strings.TrimSuffix(w.String(), "\n")...)
}

// same compares scalars by kind and value; a number and its text are the same, as in the reference's loose values.
func same(a, b value) bool {
	if a.kind == kindList || a.kind == kindObject || b.kind == kindList || b.kind == kindObject {
		return false
	}
	return a.string() == b.string()
}
