package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// A running server takes up a fit, and its going back, as new releases.
func TestServeTakesUpAFit(t *testing.T) {
	s := serve(t, "", nil)
	first := s.ask(s.open(), "Hello")
	var rows strings.Builder
	for _, text := range []string{"the invoice looks odd", "explain this month's charge"} {
		if err := json.NewEncoder(&rows).Encode(map[string]string{"text": text, "label": "billing"}); err != nil {
			t.Fatal(err)
		}
	}
	s.write("rows.jsonl", rows.String())
	s.cli("policy", "fit", s.dir+"/rows.jsonl")
	second := s.release(first.Release)
	s.cli("policy", "fit", "--reset")
	if third := s.release(second.Release); third.Release != first.Release {
		t.Errorf("gone back to %s, not to %s", third.Release, first.Release)
	}
}
