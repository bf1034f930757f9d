package prompts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// helper is a function that templates may call. check gives the type of its result, or says what is wrong.
type helper struct {
	min, max int
	check    func(args []*schema) (*schema, string)
	eval     func(args []value) value
}

func (h helper) arity() string {
	if h.min == h.max {
		return fmt.Sprintf("%d argument(s)", h.min)
	}
	return fmt.Sprintf("%d to %d arguments", h.min, h.max)
}

const helperNames = "and, eq, join, json, line, not, or, quote"

// helperNamed is the table of helpers. role is among them so that its argument is parsed like any other.
func helperNamed(name string) (helper, bool) {
	switch name {
	case "eq":
		return helper{2, 2, scalars(typeBoolean), func(a []value) value { return boolValue(same(a[0], a[1])) }}, true
	case "and":
		return helper{1, maxDepth, anything, func(a []value) value { return pick(a, false) }}, true
	case "or":
		return helper{1, maxDepth, anything, func(a []value) value { return pick(a, true) }}, true
	case "not":
		return helper{1, 1, truth, func(a []value) value { return boolValue(!a[0].truth()) }}, true
	case "json":
		return helper{1, 1, text, func(a []value) value { return textValue(string(a[0].appendJSON(nil))) }}, true
	case "join":
		return helper{2, 3, checkJoin, join}, true
	case "line":
		return helper{1, 1, scalars(typeString), func(a []value) value { return textValue(oneLine(a[0].string())) }}, true
	case "quote":
		return helper{1, 1, scalars(typeString), func(a []value) value { return textValue(string(quote(nil, a[0].string(), false))) }}, true
	case "role":
		return helper{1, 1, text, func([]value) value { return value{} }}, true
	}
	return helper{}, false
}

func truth([]*schema) (*schema, string) { return &schema{typ: typeBoolean}, "" }
func text([]*schema) (*schema, string)  { return &schema{typ: typeString}, "" }

// anything types and/or: the type of the arguments if they agree.
func anything(args []*schema) (*schema, string) {
	out := *args[0]
	for _, a := range args[1:] {
		if a.typ != out.typ {
			out = schema{typ: typeAny, foreign: out.foreign}
		}
		out.foreign = out.foreign || a.foreign
	}
	return &out, ""
}

func scalars(result string) func([]*schema) (*schema, string) {
	return func(args []*schema) (*schema, string) {
		for _, a := range args {
			if !a.scalar() {
				return nil, "takes plain values, not " + a.String()
			}
		}
		return &schema{typ: result}, ""
	}
}

func checkJoin(args []*schema) (*schema, string) {
	if args[0].typ != typeArray || !args[0].item.scalar() {
		return nil, "joins a list of plain values, not " + args[0].String()
	}
	return &schema{typ: typeString, foreign: args[0].item.foreign}, ""
}

// pick is "or" (the first true value) or "and" (the first false one); the last value where there is none.
func pick(args []value, want bool) value {
	for _, a := range args {
		if a.truth() == want {
			return a
		}
	}
	return args[len(args)-1]
}

// join puts a separator between items; a third argument stands before the last one: "a, b and c".
func join(args []value) value {
	if args[0].kind != kindList {
		return value{}
	}
	items, sep := args[0].list, args[1].string()
	var b strings.Builder
	for i := range items.len() {
		switch {
		case i == 0:
		case i == items.len()-1 && len(args) == 3:
			b.WriteString(args[2].string())
		default:
			b.WriteString(sep)
		}
		b.WriteString(items.at(i).string())
	}
	return textValue(b.String())
}

// oneLine puts s on one line: every run of white space and control characters becomes one space.
func oneLine(s string) string {
	if onOneLine(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// onOneLine reports whether s is ASCII in one line already, as most is.
func onOneLine(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && last == ' ' {
			return false
		}
		last = s[i]
	}
	return s == "" || last != ' '
}

// quote begins every line of s with "> ", so that nothing in s can look like text outside the quotation: whatever
// ends a line for some reader ends it here.
func quote(b []byte, s string, harden bool) []byte {
	for {
		b = append(b, "> "...)
		i, width := lineBreak(s)
		line := s
		if i >= 0 {
			line = s[:i]
		}
		if harden {
			b = appendHardened(b, line)
		} else {
			b = append(b, line...)
		}
		if i < 0 {
			return b
		}
		b = append(b, '\n')
		s = s[i+width:]
	}
}

// breakStarts are the bytes that a line break can begin with.
var breakStarts = [256]bool{'\n': true, '\v': true, '\f': true, '\r': true, 0xC2: true, 0xE2: true}

// lineBreak finds the first line break by any convention: LF, CR, CRLF, VT, FF, NEL, LS, PS.
func lineBreak(s string) (at, width int) {
	for i := 0; i < len(s); i++ {
		if !breakStarts[s[i]] {
			continue
		}
		switch c := s[i]; {
		case c == '\r' && i+1 < len(s) && s[i+1] == '\n':
			return i, 2
		case c <= '\r':
			return i, 1
		default:
			if r, w := utf8.DecodeRuneInString(s[i:]); r == '\u0085' || r == '\u2028' || r == '\u2029' {
				return i, w
			}
		}
	}
	return -1, 0
}

// controlTokens open or close a role in the chat templates of common models. Some servers read them out of a
// message's text, so that a value could open a role after all.
var controlTokens = [...]string{
	"<|", "<｜", "<s>", "</s>", "<<SYS>>", "<</SYS>>", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>",
	"[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
}

// appendHardened appends a value that goes to a model, with a space inside any control token.
func appendHardened(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '<' && c != '[' {
			continue
		}
		for _, t := range controlTokens {
			if strings.HasPrefix(s[i:], t) {
				b = append(append(b, s[from:i+1]...), ' ')
				from = i + 1
				break
			}
		}
	}
	return append(b, s[from:]...)
}
