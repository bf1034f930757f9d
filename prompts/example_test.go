package prompts_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"switchboard/prompts"
)

func ExampleSet_With() {
	folder := fstest.MapFS{"decline.prompt": {Data: []byte(`---
input:
  schema:
    topics(array): string
---
Sorry, I only know about {{join topics ", " " and "}}.
`)}}
	set, err := prompts.Default().With(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := set.Text(prompts.NameDecline, "en", prompts.Input{Topics: []string{"bills", "plans", "roaming"}})
	fmt.Println(text, err)
	// Output: Sorry, I only know about bills, plans and roaming. <nil>
}

func ExampleLoad_errors() {
	_, err := prompts.Load(fstest.MapFS{"hello.prompt": {Data: []byte("Hello {{nmae}}!\n{{#if x}}")}})
	fmt.Println(err)
	// Output:
	// hello.prompt:1: "nmae" is not declared: there is no input.schema
	// hello.prompt:2: {{#if}} is not closed
	// hello.prompt:2: "x" is not declared: there is no input.schema
}

func TestReadmeIsComplete(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(b)
	_, err = prompts.Load(fstest.MapFS{"x.prompt": {Data: []byte("---\ninput: {schema: {nothing: string}}\n---\n{{none 1}}")}})
	problems := prompts.Problems(err)
	if len(problems) != 2 {
		t.Fatalf("problems: %v", err)
	}
	for i, start := range []string{"supplied are ", `"none": `} {
		_, names, _ := strings.Cut(problems[i].Text, start)
		for _, name := range strings.Split(names, ", ") {
			if !regexp.MustCompile("`" + name + "\\b").MatchString(readme) {
				t.Errorf("README.md does not say what %q is", name)
			}
		}
	}
	source, err := os.ReadFile("lint.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:Severity\w+, |, )"([a-z]+-[a-z]+)"`).FindAllStringSubmatch(string(source), -1) {
		if !strings.Contains(readme, "`"+m[1]+"`") {
			t.Errorf("README.md does not list the lint rule %q", m[1])
		}
	}
}
