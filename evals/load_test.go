package evals

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// brief is what matters of a case, in lines.
func brief(c Case) []string {
	lines := []string{c.Name + " <- " + c.Where}
	for _, a := range c.Assert {
		lines = append(lines, describe(a, "  "))
	}
	return lines
}

func describe(a Assertion, indent string) string {
	s := indent + a.String()
	if a.Weight != 1 {
		s += " weightless"
	}
	if a.Metric != "" {
		s += " as " + a.Metric
	}
	if a.Unsupported != "" {
		s += " UNSUPPORTED: " + a.Unsupported
	}
	for _, child := range a.Assert {
		s += "\n" + describe(child, indent+"  ")
	}
	return s
}

func TestLoadReadsTheThreeFormats(t *testing.T) {
	fsys := os.DirFS("testdata")
	_, err := Load(fsys, "shop.yaml")
	var at *SuiteError
	if !errors.As(err, &at) || at.File != "cells.csv" || at.Line != 4 {
		t.Fatalf("the row without a question: got %v", err)
	}
	cells, err := fs.ReadFile(fsys, "cells.csv")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"cells.csv": {Data: cells[:strings.LastIndex(string(cells), ",,equals")]}}
	for _, name := range []string{"shop.yaml", "rows.jsonl"} {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	s, err := Load(files, "shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range s.Cases {
		got = append(got, brief(c)...)
	}
	want := `a price, with the name from a variable <- shop.yaml:18
  latency (threshold 5000)
  contains Vireo
  not-contains free
  icontains please weightless as politeness
Where is the shop? / Thanks. / Is it open on Monday? <- shop.yaml:25
  latency (threshold 5000)
  action [answer, clarify]
  assert-set (threshold 0.5) as hours
    contains-any open, "closed, sorry"
    regex \d\d:\d\d
Where is the shop? / Thanks. / Is it open on Sunday? <- shop.yaml:25
  latency (threshold 5000)
  action [answer, clarify]
  assert-set (threshold 0.5) as hours
    contains-any open, "closed, sorry"
    regex \d\d:\d\d
code is never run <- shop.yaml:40
  latency (threshold 5000)
  javascript output.length < 10 && process.exit(1) UNSUPPORTED: code in suites is never run
  equals 4
nor is a model asked to judge <- shop.yaml:46
  latency (threshold 5000)
  llm-rubric is nice UNSUPPORTED: needs a model as judge, and runs are deterministic
  contains {{ missing | upper }} UNSUPPORTED: only plain {{variables}} are supported in values, and this one is not given
  regex (?=lookahead) UNSUPPORTED: not a regular expression of Go's: error parsing regexp: invalid or unsupported Perl syntax: ` + "`(?=`" + `
  contains a UNSUPPORTED: transform would run code of the suite, which is never done
  is-json {"type":"object"} UNSUPPORTED: JSON schemas are not checked
Say it in 😀 <- rows.jsonl:1
  latency (threshold 5000)
  equals {"a":[1,2.50]}
Two <- rows.jsonl:3
  latency (threshold 5000)
  cites [one, two] (threshold 0.5)
first row <- cells.csv:2
  latency (threshold 5000)
  contains Vireo as quality
  latency (threshold 700) as quality
  not-action handoff as quality
Hello, you <- cells.csv:3
  latency (threshold 5000)
  equals Hi there
  grounded (threshold 0.6)
  javascript output.length UNSUPPORTED: code in suites is never run`
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
	checkDetails(t, s)
}

func checkDetails(t *testing.T, s Suite) {
	t.Helper()
	open := s.Cases[1]
	open.Assert = nil
	want := Case{
		Name: "Where is the shop? / Thanks. / Is it open on Monday?", Where: "shop.yaml:25",
		Question: "Is it open on Monday?", History: []string{"Where is the shop?", "Thanks."}, Locale: "en",
		Audiences: []string{"public", "business"}, AsOf: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Vars: map[string]string{"shop": "Vireo"}, Threshold: 0.5,
		Metadata: map[string][]string{"team": {"support"}, "category": {"hours"}},
	}
	if diff := cmp.Diff(want, open, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b,c"}, s.Cases[7].Metadata["tags"]); diff != "" {
		t.Error(diff)
	}
	if s.Cases[6].Locale != "es" || s.Cases[7].Threshold != 0.7 {
		t.Errorf("locale %q, threshold %g", s.Cases[6].Locale, s.Cases[7].Threshold)
	}
	gate := Gate{
		PassRate: 0.5, By: map[string]map[string]float64{"category": {"prices": 1, "code": 0}},
		Metrics: map[string]float64{"politeness": 0.25},
	}
	gate.Most.LatencyP95, gate.Most.CostUSD = 5000, 1
	if diff := cmp.Diff(gate, s.Gate); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"providers", "prompts"}, s.Ignored); diff != "" {
		t.Error(diff)
	}
	if got := len(s.Where("category", "code").Cases); got != 2 {
		t.Errorf("%d cases are about code, want 2", got)
	}
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"no such file", "", "", "read suite"},
		{"another format", "a.txt", "x", "a.txt: want a file ending in"},
		{"empty", "a.yaml", "", "a.yaml: the file is empty"},
		{"no tests", "a.yaml", "description: x", "a.yaml: the configuration has no tests"},
		{"empty tests", "a.yaml", "tests: []", "a.yaml: the suite has no tests"},
		{"not YAML", "a.yaml", "tests: [", "a.yaml: "},
		{"not JSON", "a.json", "[{]", "a.json: not valid JSON"},
		{"unknown key", "a.yaml", "test: []\ntests: []", `a.yaml:1: unknown key "test"`},
		{"unknown key of a test", "a.yaml", "- vars: {question: a}\n- vars: {question: a}\n  asert: []", `a.yaml:2: unknown key "asert" in a test`},
		{"unknown key of an assertion", "a.yaml", "- {vars: {question: a}, assert: [{type: equals, val: b}]}", `a.yaml:1: assert: unknown key "val"`},
		{"no question", "a.yaml", "- vars: {answer: a}", "a.yaml:1: no question: vars needs one of question, query"},
		{"a question from elsewhere", "a.yaml", "- vars: {question: 'file:///etc/passwd'}", "the question cannot come from another file"},
		{"no type", "a.yaml", "- {vars: {question: a}, assert: [{value: b}]}", "type is missing"},
		{"no value", "a.yaml", "- {vars: {question: a}, assert: [{type: contains}]}", "contains: value: want a text"},
		{"no threshold", "a.yaml", "- {vars: {question: a}, assert: [{type: not-latency}]}", "not-latency: threshold is missing"},
		{"no such action", "a.yaml", "- {vars: {question: a}, assert: [{type: action, value: run}]}", "action: there is no action run"},
		{"no rank", "a.yaml", "- {vars: {question: a}, assert: [{type: retrieves, value: a@0}]}", "want a document's id"},
		{"no such template", "a.yaml", "- {vars: {question: a}, assert: [{$ref: '#/assertionTemplates/x'}]}", "no such template"},
		{"bad date", "a.yaml", "- vars: {question: a, as_of: yesterday}", "vars.as_of: want a date"},
		{"bad threshold", "a.yaml", "- {vars: {question: a}, threshold: -1}", "threshold: want a number"},
		{"assert is no list", "a.yaml", "- {vars: {question: a}, assert: {type: equals}}", "assert: want a list"},
		{"bad gate", "a.yaml", "x-gate: {pass_rate: 90}\ntests: [{vars: {question: a}}]", "a.yaml:1: x-gate: a rate is from 0 to 1, not 90"},
		{"unknown key of a gate", "a.yaml", "x-gate: {passrate: 0.9}\ntests: [{vars: {question: a}}]", `x-gate: unknown key "passrate"`},
		{"scenarios", "a.yaml", "scenarios: []\ntests: [{vars: {question: a}}]", "scenarios are not supported"},
		{"generated tests", "a.yaml", "tests: file://tests.js", "code is never run"},
		{"a file elsewhere", "a.yaml", "tests: [file://../b.yaml]", "must lie in the same folder"},
		{"wildcards elsewhere", "a.yaml", "tests: [file://b/*.yaml]", "must lie in the same folder"},
		{"itself", "a.yaml", "tests: [a.yaml]", "a suite cannot name itself"},
		{"too many combinations", "a.yaml", "- vars: {question: [" + strings.Repeat("a,", 600) + "a]}", "want from 1 value to 500 combinations"},
		{"JSONL that is none", "a.jsonl", "{}\n{\"vars\":", "a.jsonl:2: want a JSON object"},
		{"two in a line", "a.jsonl", `{"vars":{"question":"a"}} {}`, "a.jsonl:1: want one JSON object a line"},
		{"CSV with too few columns", "a.csv", "question,__expected\na\n", "a.csv:2: 1 columns, the header has 2"},
		{"CSV with a column twice", "a.csv", "question,question\na,b\n", `two columns are called "question"`},
		{"CSV with an unknown column", "a.csv", "question,__expect\na,b\n", `a.csv:2: unknown column "__expect"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{}
			if tt.file != "" {
				files[tt.file] = &fstest.MapFile{Data: []byte(tt.text)}
			}
			_, err := Load(files, tt.file)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// All errors come at once.
func TestLoadReportsEveryError(t *testing.T) {
	files := fstest.MapFS{"a.yaml": {Data: []byte("- vars: {}\n- {vars: {question: a}, assert: [{type: cost}, {type: equals}]}\n")}}
	_, err := Load(files, "a.yaml")
	for _, want := range []string{"a.yaml:1: no question", "a.yaml:2: cost: threshold", "a.yaml:2: equals: value is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"shop.yaml", "rows.jsonl", "cells.csv"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.TrimPrefix(name[strings.IndexByte(name, '.'):], "."), data)
	}
	f.Add("yaml", []byte("a: &a [*a]\ntests: *a"))
	f.Add("yaml", []byte("- &x {vars: {question: {<<: *x}}}"))
	f.Add("json", []byte(`{"tests":[{"vars":{"question":["a",{"b":1}],"history":"[1,[2]]"},"assert":[{"type":"assert-set","assert":[]}]}]}`))
	f.Fuzz(func(t *testing.T, ext string, data []byte) {
		name := "suite." + ext
		if !fs.ValidPath(name) {
			return
		}
		s, err := Load(fstest.MapFS{name: {Data: data}}, name)
		if err != nil {
			return
		}
		names := map[string]bool{}
		for _, c := range s.Cases {
			if strings.TrimSpace(c.Question) == "" {
				t.Errorf("a case without a question: %+v", c)
			}
			names[c.Name] = true
			for _, a := range c.Assert {
				if _, known := kinds[a.Type]; !known && a.Type != assertSet && a.Unsupported == "" {
					t.Errorf("%q is neither known nor unsupported", a.Type)
				}
			}
		}
	})
}
