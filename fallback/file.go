package fallback

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// file is policy.yaml as it is written. Every field has a place in the documentation at the head of the embedded
// policy; unknown keys are errors.
type file struct {
	Version    int                   `yaml:"version"`
	Languages  []string              `yaml:"languages"`
	Topics     []topicFile           `yaml:"topics"`
	OutOfScope byLang                `yaml:"out_of_scope"`
	SmallTalk  map[string]phrasesDef `yaml:"smalltalk"`
	Human      phrasesDef            `yaml:"human"`
	Urgent     map[string]urgentDef  `yaml:"urgent"`
	Care       map[string]phrasesDef `yaml:"care"`
	Unsafe     unsafeFile            `yaml:"unsafe"`
	Vague      phrasesDef            `yaml:"vague"`
	Names      map[string][]string   `yaml:"names"`
	Synonyms   []string              `yaml:"synonyms"`
	Thresholds thresholds            `yaml:"thresholds"`
	Costs      Costs                 `yaml:"costs"`
	Evidence   calibration           `yaml:"evidence"`
	Clarify    clarifyFile           `yaml:"clarify"`
	Handoff    handoffFile           `yaml:"handoff"`
	Links      linksFile             `yaml:"links"`
	Privacy    privacyFile           `yaml:"privacy"`
}

// byLang is texts by language: {en: […], es: […]}.
type byLang map[string][]string

type topicFile struct {
	ID         string            `yaml:"id"`
	Title      map[string]string `yaml:"title"`
	Suggestion map[string]string `yaml:"suggestion"`
	Examples   byLang            `yaml:"examples"`
	Handoff    bool              `yaml:"handoff"` // always to a human
	Costs      Costs             `yaml:"costs"`   // where they differ from the policy's
}

type phrasesDef struct {
	Patterns []string `yaml:"patterns"`
	Examples byLang   `yaml:"examples"`
}

// urgentDef is a kind of danger, with what is said at once where it is told of, by language.
type urgentDef struct {
	Patterns []string          `yaml:"patterns"`
	Unless   []string          `yaml:"unless"` // what only sounds so
	Reply    map[string]string `yaml:"reply"`
}

type unsafeFile struct {
	Injection injectionFile `yaml:"injection"`
	Abuse     phrasesDef    `yaml:"abuse"`
	Harm      phrasesDef    `yaml:"harm"`
}

type injectionFile struct {
	Patterns []string `yaml:"patterns"` // one is enough
	Hints    []string `yaml:"hints"`    // two different ones are
	Runs     []string `yaml:"runs"`     // of letters, whose parts must stand in this order
	Examples byLang   `yaml:"examples"` // a classifier learns from them
	Harmless byLang   `yaml:"harmless"` // and from these, which have their words
}

type thresholds struct {
	Decline   float64 `yaml:"decline"`   // below this scope a message is declined without a search
	InScope   float64 `yaml:"in_scope"`  // from this scope on a question without evidence is offered a human
	Evidence  float64 `yaml:"evidence"`  // from this evidence on passages are quoted as the answer
	Model     float64 `yaml:"model"`     // from this evidence on a model is asked, which may still say that it is not there
	Ambiguous float64 `yaml:"ambiguous"` // how far the second of two competing passages may lie behind the first, 0..1
	Grounded  float64 `yaml:"grounded"`  // least support of a sentence
}

type clarifyFile struct {
	MaxChoices int       `yaml:"max_choices"`
	Between    []string  `yaml:"between"` // kinds of names that a question must choose between
	Ask        []askFile `yaml:"ask"`
}

// askFile is a question known to mean several things.
type askFile struct {
	Patterns []string `yaml:"patterns"`
	Choices  byLang   `yaml:"choices"`
}

type handoffFile struct {
	Declines      int           `yaml:"after_declines"` // a human is offered with the n-th decline in a row
	BusinessHours businessHours `yaml:"business_hours"`
}

type businessHours struct {
	TimeZone string      `yaml:"time_zone"`
	Open     []openHours `yaml:"open"`
	Closed   []string    `yaml:"closed"` // dates, "2026-12-25", and ranges, "2026-12-24/2027-01-01"
	Special  []special   `yaml:"special"`
}

type special struct {
	On   []string `yaml:"on"` // as Closed
	From string   `yaml:"from"`
	To   string   `yaml:"to"`
}

type openHours struct {
	Days []string `yaml:"days"`
	From string   `yaml:"from"`
	To   string   `yaml:"to"`
}

type linksFile struct {
	Hosts []string `yaml:"hosts"`
}

type privacyFile struct {
	Patterns []privacyPattern `yaml:"patterns"`
}

type privacyPattern struct {
	Type   string `yaml:"type"`
	Regexp string `yaml:"regexp"`
}

// Problem is one thing that is wrong with a policy file.
type Problem struct {
	Line int // 0 where it concerns the whole file
	Text string
}

// Error is "line 12: …".
func (p Problem) Error() string {
	if p.Line == 0 {
		return "policy: " + p.Text
	}
	return fmt.Sprintf("policy line %d: %s", p.Line, p.Text)
}

// decode reads a policy file strictly. Its error joins a Problem for everything that is wrong with the form.
func decode(data []byte) (file, *yaml.Node, error) {
	var f file
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return f, nil, problems(err)
	}
	if root.Kind == 0 {
		return f, nil, Problem{Text: "the file is empty"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return f, &root, problems(err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return f, &root, Problem{Text: "the file has more than one document"}
	}
	return f, &root, nil
}

// problems turns the decoder's error into Problems.
func problems(err error) error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return problem(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var errs []error
	for _, text := range typed.Errors {
		errs = append(errs, problem(text))
	}
	return errors.Join(errs...)
}

// problem reads the line back from the decoder's "line 12: …".
func problem(text string) Problem {
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, rest, _ := strings.Cut(text, ": ")
		return Problem{line, humanYAML(rest)}
	}
	return Problem{Text: text}
}

// humanYAML rewords what the decoder says of Go types.
func humanYAML(s string) string {
	if field, rest, ok := strings.Cut(s, " not found in type "); ok && rest != "" {
		return "unknown key " + strings.TrimPrefix(field, "field ")
	}
	if what, _, ok := strings.Cut(s, " into "); ok {
		return strings.Replace(what, "cannot unmarshal ", "wrong type: ", 1)
	}
	return s
}

// lineOf returns the line of the value at a path of keys (string) and indexes (int), or of the nearest parent there is.
func lineOf(root *yaml.Node, path ...any) int {
	n := root
	if n == nil {
		return 0
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, step := range path {
		next := child(n, step)
		if next == nil {
			break
		}
		n = next
	}
	return n.Line
}

func child(n *yaml.Node, step any) *yaml.Node {
	switch s := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && s < len(n.Content) {
			return n.Content[s]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
