package evals

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	assertSet   = "assert-set"
	maxNesting  = 4 // of assert-sets
	templateRef = "#/assertionTemplates/"
)

// Keys of an assertion, and those that change what it would see or run.
var (
	assertKeys = []string{"type", "value", "threshold", "weight", "metric", "assert", "$ref"}
	idleKeys   = []string{"provider", "rubricPrompt", "description", "config"}
	activeKeys = []string{"transform", "contextTransform"}
)

// asserts reads a list of assertions.
func (c config) asserts(d *decoder, v any, depth int) []Assertion {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		d.failf("assert: want a list")
		return nil
	}
	if depth > maxNesting {
		d.failf("assert: sets within sets, deeper than %d", maxNesting)
		return nil
	}
	out := make([]Assertion, 0, len(list))
	for _, item := range list {
		if m := d.object("assert", item); m != nil {
			out = append(out, c.assertion(d, m, depth))
		}
	}
	return out
}

// assertion reads one.
func (c config) assertion(d *decoder, m map[string]any, depth int) Assertion {
	if ref, ok := m["$ref"].(string); ok {
		template, ok := c.templates[strings.TrimPrefix(ref, templateRef)].(map[string]any)
		if !ok {
			d.failf("assert: no such template: %q", ref)
			return Assertion{}
		}
		m = maps.Clone(m)
		for k, v := range template {
			if _, ok := m[k]; !ok {
				m[k] = v
			}
		}
	}
	a := Assertion{Weight: 1}
	a.Type, a.Not = strings.CutPrefix(d.text("assert.type", m["type"]), "not-")
	a.Not = strings.HasPrefix(d.text("assert.type", m["type"]), "not-")
	a.Metric = d.text("assert.metric", m["metric"])
	if m["weight"] != nil {
		a.Weight = d.number("assert.weight", m["weight"])
	}
	if m["threshold"] != nil {
		t := d.number("assert.threshold", m["threshold"])
		a.Threshold = &t
	}
	a.Value = d.value(m["value"])
	if a.Type == assertSet {
		a.Assert = c.asserts(d, m["assert"], depth+1)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch {
		case slices.Contains(activeKeys, key):
			a.Unsupported = key + " would run code of the suite, which is never done"
		case !slices.Contains(assertKeys, key) && !slices.Contains(idleKeys, key) && !strings.HasPrefix(key, "x-"):
			d.failf("assert: unknown key %q", key)
		}
	}
	return a
}

// check finds out before a run what is wrong with an assertion.
func (d *decoder) check(a Assertion) {
	switch {
	case a.Type == "":
		d.failf("assert: type is missing")
	case a.Type == assertSet && (a.Not || len(a.Assert) == 0):
		d.failf("assert-set: want a list of assertions under assert, and no not-")
	case a.Type == assertSet:
		for _, child := range a.Assert {
			d.check(child)
		}
	case a.Unsupported == "":
		if k, ok := kinds[a.Type]; ok {
			if problem := k.check(a); problem != "" {
				d.failf("%s: %s", a.Name(), problem)
			}
		}
	}
}

var variable = regexp.MustCompile(`\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}`)

// substitute puts variables into expected values and says which assertions cannot be made at all.
func substitute(in []Assertion, vars map[string]string) []Assertion {
	out := make([]Assertion, len(in))
	for i, a := range in {
		a.Value.Texts = slices.Clone(a.Value.Texts)
		for j, text := range a.Value.Texts {
			a.Value.Texts[j] = variable.ReplaceAllStringFunc(text, func(ref string) string {
				if v, ok := vars[variable.FindStringSubmatch(ref)[1]]; ok {
					return v
				}
				return ref
			})
		}
		a.Assert = substitute(a.Assert, vars)
		if a.Unsupported == "" && a.Type != assertSet {
			a.Unsupported = unsupportedReason(a)
		}
		out[i] = a
	}
	return out
}

// unsupportedReason says why an assertion cannot be made here, "" where it can.
func unsupportedReason(a Assertion) string {
	for _, text := range a.Value.Texts {
		switch {
		case strings.HasPrefix(text, "file://"):
			return "a value from another file is not read"
		case a.Type != "regex" && (strings.Contains(text, "{{") || strings.Contains(text, "{%")):
			return "only plain {{variables}} are supported in values, and this one is not given"
		}
	}
	k, ok := kinds[a.Type]
	switch {
	case !ok && slices.Contains(codeTypes, a.Type):
		return "code in suites is never run"
	case !ok && (slices.Contains(judgeTypes, a.Type) || strings.HasPrefix(a.Type, "model-graded-")):
		return "needs a model as judge, and runs are deterministic"
	case !ok:
		return "unknown type of assertion"
	case k.unsupported != nil:
		return k.unsupported(a)
	default:
		return ""
	}
}

// Types of promptfoo's that run code or reach elsewhere, and those that ask a model.
var (
	codeTypes  = []string{"javascript", "python", "ruby", "webhook"}
	judgeTypes = []string{
		"llm-rubric", "factuality", "g-eval", "similar", "classifier", "moderation", "answer-relevance",
		"context-faithfulness", "context-recall", "context-relevance", "select-best", "max-score", "pi", "search-rubric",
		"conversation-relevance", "human",
	}
)
