package evals

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The names under which a test's variables may hold the question, in order of precedence. "question" is the one that
// we document; the others are what existing suites use.
var questionKeys = []string{"question", "query", "text", "message", "prompt", "input"}

// Variables with a meaning of their own, besides the question.
var (
	historyKeys  = []string{"history", "turns"}
	localeKeys   = []string{"locale", "lang"}
	audienceKeys = []string{"audience", "audiences"}
)

const asOfKey = "as_of"

// maxExpansion bounds how many cases the lists in one test's variables make.
const maxExpansion = 500

// build makes cases of tests.
func (l *loader) build(c config, rows []row) []Case {
	var cases []Case
	for _, r := range rows {
		made, problems := c.test(r)
		for _, p := range problems {
			l.fail(r.file, r.line, "%s", p)
		}
		if l.cases += len(made); l.cases > maxCases {
			l.fail(r.file, r.line, "more than %d tests", maxCases)
			return cases
		}
		for i := range made {
			made[i].Where = fmt.Sprintf("%s:%d", r.file, r.line)
		}
		cases = append(cases, made...)
	}
	return cases
}

// Keys of a test that mean nothing here, and those that would run code or change what is scored.
var (
	testKeys        = []string{"description", "vars", "assert", "threshold", "metadata"}
	ignoredTestKeys = []string{"providers", "provider", "prompts"}
	activeTestKeys  = []string{"assertScoringFunction", "providerOutput", "options"}
)

// test makes the cases of one test: several where a variable is a list.
func (c config) test(r row) (cases []Case, problems []string) {
	d := &decoder{}
	base := Case{Metadata: map[string][]string{}}
	for _, key := range slices.Sorted(maps.Keys(r.test)) {
		switch {
		case slices.Contains(activeTestKeys, key) && active(r.test[key]):
			base.Unsupported = key + " is not supported"
		case !slices.Contains(testKeys, key) && !slices.Contains(ignoredTestKeys, key) &&
			!slices.Contains(activeTestKeys, key) && !strings.HasPrefix(key, "x-"):
			d.failf("unknown key %q in a test", key)
		}
	}
	base.Description = d.text("description", first(r.test["description"], c.defaults["description"]))
	base.Threshold = d.number("threshold", first(r.test["threshold"], c.defaults["threshold"]))
	for _, m := range []any{c.defaults["metadata"], r.test["metadata"]} {
		for k, v := range d.object("metadata", m) {
			base.Metadata[k] = d.texts("metadata."+k, v)
		}
	}
	vars := merge(d.object("defaultTest.vars", c.defaults["vars"]), d.object("vars", r.test["vars"]))
	base.Assert = append(c.asserts(d, c.defaults["assert"], 0), c.asserts(d, r.test["assert"], 0)...)
	for _, values := range expand(d, vars) {
		made := base
		d.vars(&made, values)
		made.Assert = substitute(base.Assert, made.Vars)
		for _, a := range made.Assert {
			d.check(a)
		}
		cases = append(cases, made)
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return cases, nil
}

// merge lays a test's variables over the defaults. A variable replaces a default of the same meaning, whatever name
// that has.
func merge(defaults, own map[string]any) map[string]any {
	vars := map[string]any{}
	maps.Copy(vars, defaults)
	for key := range own {
		for _, same := range [][]string{questionKeys, historyKeys, localeKeys, audienceKeys} {
			if slices.Contains(same, key) {
				maps.DeleteFunc(vars, func(k string, _ any) bool { return slices.Contains(same, k) })
			}
		}
	}
	maps.Copy(vars, own)
	return vars
}

// active reports whether a key that is not supported asks for anything.
func active(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		for key := range v {
			if key != "disableVarExpansion" && key != "provider" {
				return true
			}
		}
		return false
	default:
		return true
	}
}

func first(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

// vars moves the variables with a meaning into the case; the rest stay variables.
func (d *decoder) vars(c *Case, vars map[string]any) {
	c.Vars = map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(vars)) {
		v := vars[key]
		switch {
		case slices.Contains(historyKeys, key):
			c.History = d.history(v)
		case slices.Contains(localeKeys, key):
			c.Locale = d.text("vars."+key, v)
		case slices.Contains(audienceKeys, key):
			if c.Audiences = d.texts("vars."+key, v); len(c.Audiences) == 1 {
				c.Audiences = splitCommas(c.Audiences[0])
			}
			c.Audiences = slices.DeleteFunc(c.Audiences, func(s string) bool { return s == "" })
		case key == asOfKey:
			c.AsOf = d.date("vars."+key, v)
		default:
			c.Vars[key] = d.plain(v)
		}
	}
	for _, key := range questionKeys {
		if q, ok := c.Vars[key]; ok {
			c.Question = q
			delete(c.Vars, key)
			break
		}
	}
	switch {
	case strings.TrimSpace(c.Question) == "":
		d.failf("no question: vars needs one of %s", strings.Join(questionKeys, ", "))
	case strings.HasPrefix(c.Question, "file://"):
		d.failf("the question cannot come from another file")
	}
}

// history reads earlier messages of the customer: texts, or messages with a role, of which the user's are taken. A
// single text that is no list, as CSV has it, is one message.
func (d *decoder) history(v any) []string {
	list, ok := d.list(v)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			if role, _ := m["role"].(string); role != "user" {
				continue
			}
			item = m["content"]
		}
		if s := d.text("vars.history", item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// date reads a day, taken at noon UTC, or a moment.
func (d *decoder) date(field string, v any) time.Time {
	if t, ok := v.(time.Time); ok {
		v = t.Format(time.RFC3339)
	}
	s := strings.TrimSuffix(d.text(field, v), "T00:00:00Z") // how YAML gives a day
	if s == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Add(12 * time.Hour)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d.failf("%s: want a date such as 2026-11-24 or a moment in RFC 3339", field)
	}
	return t
}

// expand makes one set of variables for each combination of the values in lists, as promptfoo does. History and
// audiences are lists by nature.
func expand(d *decoder, vars map[string]any) []map[string]any {
	sets := []map[string]any{vars}
	for _, key := range slices.Sorted(maps.Keys(vars)) {
		list, ok := vars[key].([]any)
		if !ok || slices.Contains(historyKeys, key) || slices.Contains(audienceKeys, key) {
			continue
		}
		if len(list) == 0 || len(sets)*len(list) > maxExpansion {
			d.failf("vars.%s: want from 1 value to %d combinations", key, maxExpansion)
			return nil
		}
		var next []map[string]any
		for _, set := range sets {
			for _, v := range list {
				one := maps.Clone(set)
				one[key] = v
				next = append(next, one)
			}
		}
		sets = next
	}
	return sets
}
