package evals

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Suite is a set of cases with the rule by which a run of it passes.
type Suite struct {
	Name        string // the file's name
	Description string
	Cases       []Case
	Gate        Gate
	// Ignored names what the file says that has no meaning here, such as "providers".
	Ignored []string
}

// Case is one example: what a customer says, and what is expected of the reply to the last message.
type Case struct {
	Name        string // unique in its suite and stable: the description, or else the question
	Where       string // "demo.yaml:12"
	Description string

	Question  string
	History   []string  // what the customer said before, oldest first; it is really asked, in the same conversation
	Locale    string    // BCP 47; "" leaves it to the gateway
	Audiences []string  // nil is the public
	AsOf      time.Time // the moment at which the question is asked; zero is now

	Vars      map[string]string // all other variables, for {{name}} in expected values
	Assert    []Assertion
	Threshold float64 // 0..1; above 0 the case passes by its weighted score alone
	Metadata  map[string][]string

	// Unsupported says what of the case cannot be done here, such as a transform; "" is the usual.
	Unsupported string
}

// Assertion is one check on a reply.
type Assertion struct {
	Type      string // without "not-": a row of the table in assertions.go, or "assert-set"
	Not       bool
	Value     Value
	Threshold *float64
	Weight    float64 // share in the case's score; 0 counts for its metric only and always passes
	Metric    string  // the name under which scores are added up over the run
	Assert    []Assertion

	// Unsupported says why this check cannot be made, such as code that is never run; "" where it can.
	Unsupported string
}

// Name is the type as suites write it.
func (a Assertion) Name() string {
	if a.Not {
		return "not-" + a.Type
	}
	return a.Type
}

// String is the assertion in a line, for people.
func (a Assertion) String() string {
	s := a.Name()
	if v := a.Value.String(); v != "" {
		s += " " + v
	}
	if a.Threshold != nil {
		s += fmt.Sprintf(" (threshold %g)", *a.Threshold)
	}
	return s
}

// Value is what an assertion compares with: a text, a list of texts, or a JSON object.
type Value struct {
	Texts  []string // one for a text, each of a list
	List   bool
	Object json.RawMessage // nil unless the value is an object or a list of them
}

// Text returns a text value.
func Text(s string) Value { return Value{Texts: []string{s}} }

// List returns a list value.
func List(s ...string) Value { return Value{Texts: s, List: true} }

// Missing reports whether no value was given.
func (v Value) Missing() bool { return len(v.Texts) == 0 && v.Object == nil }

// Text is the value where it is a single text, else "".
func (v Value) Text() string {
	if len(v.Texts) == 1 && !v.List {
		return v.Texts[0]
	}
	return ""
}

// Items is the value as a list. A single text is split at its commas; double quotes keep a comma.
func (v Value) Items() []string {
	if v.List || v.Object != nil {
		return v.Texts
	}
	var out []string
	for _, item := range splitCommas(v.Text()) {
		if item != "" {
			out = append(out, item)
		}
	}
	return out
}

// String is the value for people.
func (v Value) String() string {
	switch {
	case v.Object != nil:
		return string(v.Object)
	case v.List:
		return "[" + strings.Join(v.Texts, ", ") + "]"
	default:
		return v.Text()
	}
}

// MarshalJSON writes the value as suites have it.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.Object != nil:
		return v.Object, nil
	case v.List:
		return json.Marshal(v.Texts)
	default:
		return json.Marshal(v.Text())
	}
}

// splitCommas splits s at commas outside double quotes and trims the parts.
func splitCommas(s string) []string {
	var out []string
	var part strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			out = append(out, strings.TrimSpace(part.String()))
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	return append(out, strings.TrimSpace(part.String()))
}

// Category is the case's metadata under key, "" where it has none.
func (c Case) Category(key string) string { return strings.Join(c.Metadata[key], ", ") }

// Where returns the suite with only those cases whose metadata has the value under key.
func (s Suite) Where(key, value string) Suite {
	kept := s
	kept.Cases = nil
	for _, c := range s.Cases {
		for _, v := range c.Metadata[key] {
			if v == value {
				kept.Cases = append(kept.Cases, c)
				break
			}
		}
	}
	return kept
}

// nameCases gives each case a name of its own.
func nameCases(cases []Case) {
	seen := map[string]int{}
	for i := range cases {
		c := &cases[i]
		c.Name = c.Description
		if c.Name == "" {
			c.Name = strings.Join(append(append([]string{}, c.History...), c.Question), " / ")
		}
		seen[c.Name]++
		if n := seen[c.Name]; n > 1 {
			c.Name = fmt.Sprintf("%s #%d", c.Name, n)
		}
	}
}
