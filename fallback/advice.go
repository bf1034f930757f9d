package fallback

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Advice is a weakness of a policy that is no error.
type Advice struct {
	Line int    `json:"line"`
	Rule string `json:"rule"`
	Text string `json:"text"`
}

// The rules of [Lint].
const (
	RuleFew      = "few_examples"  // a topic with too few to learn from
	RuleTwice    = "two_topics"    // the same example under two topics
	RuleMistaken = "other_topic"   // a model that has not seen the example gives it to another topic
	RuleOutside  = "looks_outside" // or takes it for out of scope
	RuleNoReply  = "no_reply"      // a kind of danger without words of its own in a language
	RuleInside   = "looks_inside"  // or takes an example out of scope for one in scope
)

// fewExamples is below how many examples of a topic advice is given.
const fewExamples = 5

// clearly is the score, 0..1, from which a held-back example is said to look outside, and what is left of one below which
// it is said to look inside. Nearer to the middle the model is only unsure.
const clearly = 0.8

// clearLead is how far ahead of all others a wrong topic must be. Most topics have neighbours that some of their examples
// could as well belong to, which is nothing to correct.
const clearLead = 0.25

// exampleAt is where an example stands in the file.
type exampleAt struct {
	Example
	line int
}

// Lint reads a policy that loads for what makes its scope model weak, in the order of the lines.
func Lint(data []byte) ([]Advice, error) {
	f, root, err := decode(data)
	if err != nil {
		return nil, err
	}
	var places []exampleAt
	list := func(label string, by byLang, path ...any) (n int) {
		for _, lang := range slices.Sorted(maps.Keys(by)) {
			for i, text := range by[lang] {
				places = append(places, exampleAt{Example{text, label}, lineOf(root, append(slices.Clone(path), lang, i)...)})
				n++
			}
		}
		return n
	}
	out := []Advice{}
	for i, t := range f.Topics {
		if n := list(t.ID, t.Examples, "topics", i, "examples"); n < fewExamples {
			out = append(out, Advice{lineOf(root, "topics", i), RuleFew, fmt.Sprintf("topic %s has %d examples; it takes %d to learn from", t.ID, n, fewExamples)})
		}
	}
	out = append(out, wordless(f, root)...)
	list(OutOfScope, f.OutOfScope, "out_of_scope")
	of, twice := repeated(places)
	out = append(append(out, twice...), mistaken(f.examples(), of)...)
	slices.SortStableFunc(out, func(a, b Advice) int { return cmp.Compare(a.Line, b.Line) })
	return out, nil
}

// wordless says which kinds of danger have no reply in which of the policy's languages.
func wordless(f file, root *yaml.Node) []Advice {
	var out []Advice
	for _, kind := range slices.Sorted(maps.Keys(f.Urgent)) {
		for _, lang := range f.Languages {
			if strings.TrimSpace(f.Urgent[kind].Reply[lang]) == "" {
				out = append(out, Advice{lineOf(root, "urgent", kind), RuleNoReply, fmt.Sprintf("urgent %s has no reply in %s", kind, lang)})
			}
		}
	}
	return out
}

// repeated returns the examples by their text, and advice on those that stand under two labels.
func repeated(places []exampleAt) (map[string]exampleAt, []Advice) {
	of := map[string]exampleAt{}
	first := map[string]exampleAt{}
	var out []Advice
	for _, e := range places {
		key := folded(e.Text)
		if was, ok := first[key]; ok && was.Label != e.Label {
			out = append(out, Advice{e.line, RuleTwice, fmt.Sprintf("%q stands under both %s and %s", e.Text, was.Label, e.Label)})
		} else if !ok {
			first[key] = e
		}
		of[e.Text] = e
	}
	return of, out
}

// folded is a text but for case and space.
func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// mistaken judges the examples by models that have not seen them. Those of labels held back whole say nothing.
func mistaken(examples []Example, of map[string]exampleAt) []Advice {
	var out []Advice
	_, judged := FitScopeJudged(examples)
	for _, j := range judged {
		e, ok := of[j.Text]
		if !ok || e.Label != j.Label {
			continue
		}
		inside := j.Label != OutOfScope
		switch {
		case !inside && j.Score <= 1-clearly:
			out = append(out, Advice{e.line, RuleInside, fmt.Sprintf("%q is out of scope, but looks like %s (%.2f in scope) to a model that has not seen it", j.Text, j.Nearest, 1-j.Score)})
		case inside && j.Score >= clearly:
			out = append(out, Advice{e.line, RuleOutside, fmt.Sprintf("%q of %s looks out of scope (%.2f) to a model that has not seen it", j.Text, j.Label, j.Score)})
		case inside && j.Nearest != j.Label && j.Score <= 1-clearly && j.lead >= clearLead:
			out = append(out, Advice{e.line, RuleMistaken, fmt.Sprintf("%q of %s looks like %s to a model that has not seen it", j.Text, j.Label, j.Nearest)})
		}
	}
	return out
}
