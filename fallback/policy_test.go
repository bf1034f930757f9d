package fallback_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"switchboard/fallback"
)

const small = `version: 1
languages: [en]
topics:
  - id: billing
    title: {en: Bills}
    examples: {en: [why is my bill high, pay my bill, bill date]}
out_of_scope: {en: [weather tomorrow, tell me a joke]}
thresholds: {decline: 0.1, in_scope: 0.5, evidence: 0.5, model: 0.1, ambiguous: 0.1, grounded: 0.3}
clarify: {max_choices: 3}
`

func TestLoadNamesEveryMistakeWithItsLine(t *testing.T) {
	tests := []struct {
		name, from, to string
		want           []string
	}{
		{"unknown keys", "version: 1", "version: 1\ncolour: red\nmood: good", []string{"line 2: unknown key colour", "line 3: unknown key mood"}},
		{"wrong types", "[en]", "{en: 1}", []string{"line 2: wrong type"}},
		{"key twice", "version: 1", "version: 1\nversion: 1", []string{"line 2"}},
		{"version", "version: 1", "version: 7", []string{"line 1: version must be 1"}},
		{"topic id", "id: billing", "id: Billing Stuff", []string{"line 4: topic id"}},
		{"no title", "title: {en: Bills}", "title: {es: Facturas}", []string{"line 4: topic \"billing\" has no title in en"}},
		{"thresholds", "decline: 0.1", "decline: 1.5", []string{"line 8: decline must be between 0 and 1", "line 8: decline must not be above"}},
		{"choices", "max_choices: 3", "max_choices: 9", []string{"line 9: max_choices must be"}},
		{"pattern", "clarify:", "human: {patterns: ['.. agent', 'a||b']}\nclarify:", []string{"line 9: pattern \".. agent\"", "line 9: pattern \"a||b\""}},
		{"zone", "clarify:", "handoff: {business_hours: {time_zone: Mars/Base, open: [{days: [xyz], from: '9', to: '8'}], closed: ['2026-02-30', '2027-01-01/2026-12-24'], special: [{on: [today], from: '08:00', to: '13:00'}]}}\nclarify:",
			[]string{"time zone \"Mars/Base\"", "\"xyz\" is not a day", "opening hours must be", "\"2026-02-30\" is not a date", "\"2027-01-01/2026-12-24\" is not a date", "\"today\" is not a date"}},
		{"host", "clarify:", "links: {hosts: ['https://x.example']}\nclarify:", []string{"is not a host name"}},
		{"expression", "clarify:", "privacy: {patterns: [{type: ACCOUNT, regexp: '('}]}\nclarify:", []string{"personal data pattern ACCOUNT"}},
		{"small talk", "clarify:", "smalltalk: {gossip: {patterns: [hi]}}\nclarify:", []string{"small talk \"gossip\""}},
		{"two documents", "clarify: {max_choices: 3}\n", "clarify: {max_choices: 3}\n---\nversion: 1\n", []string{"more than one document"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fallback.Load([]byte(strings.Replace(small, tt.from, tt.to, 1)))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in:\n%v", want, err)
				}
			}
		})
	}
	if _, err := fallback.Load(nil); err == nil {
		t.Error("an empty file was accepted")
	}
	var p fallback.Problem
	if _, err := fallback.Load([]byte("version: [")); !errors.As(err, &p) {
		t.Errorf("%v is no Problem", err)
	}
}

func TestHashIsOfTheContent(t *testing.T) {
	a, err := fallback.Load([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	b, err := fallback.Load([]byte(small + "\n# a note\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Hash()) != 64 || a.Hash() == b.Hash() {
		t.Errorf("hashes %s and %s", a.Hash(), b.Hash())
	}
}

func TestDefaultPolicy(t *testing.T) {
	p := fallback.Default()
	if n := len(p.Topics()); n < 20 {
		t.Errorf("%d topics", n)
	}
	for _, lang := range []string{"en", "es", "fr"} {
		if s := p.Suggestions(lang); len(s) == 0 || s[0] == "" {
			t.Errorf("no suggestions in %s", lang)
		}
		if titles := p.TopicTitles(lang); len(titles) != len(p.Topics()) {
			t.Errorf("%d titles in %s", len(titles), lang)
		}
	}
	if p.Suggestions("es")[0] == p.Suggestions("en")[0] {
		t.Error("Spanish suggestions are English")
	}
	if !bytes.Contains(fallback.DefaultYAML(), []byte("version: 1")) {
		t.Error("the embedded file is not there")
	}
}

func TestScopeModelIsDeterministic(t *testing.T) {
	var examples []fallback.Example
	for _, s := range []string{"pay my bill", "bill is high", "bill date", "late bill"} {
		examples = append(examples, fallback.Example{Text: s, Label: "billing"})
	}
	for _, s := range []string{"roaming in france", "use phone abroad", "roaming price", "abroad data"} {
		examples = append(examples, fallback.Example{Text: s, Label: "roaming"})
	}
	for _, s := range []string{"weather tomorrow", "tell me a joke", "boil an egg", "football result"} {
		examples = append(examples, fallback.Example{Text: s, Label: fallback.OutOfScope})
	}
	a, b := fallback.FitScope(examples), fallback.FitScope(examples)
	for _, text := range []string{"my bill", "roaming abroad", "weather", "", "zzz"} {
		l1, s1 := a.Classify(text)
		l2, s2 := b.Classify(text)
		if l1 != l2 || s1 != s2 || s1 < 0 || s1 > 1 {
			t.Errorf("%q: %s %v and %s %v", text, l1, s1, l2, s2)
		}
	}
	if l := a.Nearest("the bill"); l != "billing" {
		t.Errorf("the bill is %s", l)
	}
	if l, oos := fallback.FitScope(nil).Classify("anything"); l != fallback.OutOfScope || oos < 0 || oos > 1 {
		t.Errorf("a model of nothing says %s %v", l, oos)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("version: 1\ntopics: [{id: a, examples: {en: [x]}}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := fallback.Load(data)
		if (p == nil) == (err == nil) {
			t.Errorf("policy %v, error %v", p, err)
		}
	})
}
