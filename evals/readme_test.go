package evals

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The suite in the README is one.
func TestTheREADMEsSuiteLoads(t *testing.T) {
	_, rest, _ := strings.Cut(sourceOf(t, "README.md"), "```yaml\n")
	suite, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("no suite in README.md")
	}
	s, err := Load(fstest.MapFS{"readme.yaml": {Data: []byte(suite)}}, "readme.yaml")
	if err != nil || len(s.Cases) != 3 {
		t.Errorf("%d cases, %v", len(s.Cases), err)
	}
	for name := range kinds {
		if !strings.Contains(sourceOf(t, "README.md"), "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
}
