package fallback_test

import (
	"slices"
	"strings"
	"testing"

	"switchboard/fallback"
)

const before = `
version: 1
languages: [en, es]
topics:
  - id: bills
    title: {en: Bills}
    examples: {en: [why is my bill high, when is it due], es: [mi factura]}
  - id: phones
    title: {en: Phones}
    examples: {en: [a new phone]}
costs: {wrong: 1.5}
links: {hosts: [a.example]}
handoff: {business_hours: {open: [{days: [mon], from: "08:00", to: "20:00"}]}}
`

func TestDiff(t *testing.T) {
	tests := []struct {
		name, from, to string
		want           []fallback.Change
	}{
		{"nothing", "version: 1", "version:   1", nil},
		{"title", "{en: Bills}", "{en: Invoices}", []fallback.Change{{"changed", "topics.bills.title.en", "Bills", "Invoices"}}},
		{"example", "when is it due]", "when do I pay]", []fallback.Change{
			{"removed", "topics.bills.examples.en", "when is it due", ""}, {"added", "topics.bills.examples.en", "", "when do I pay"}}},
		{"language", ", es: [mi factura]", "", []fallback.Change{{"removed", "topics.bills.examples.es", "mi factura", ""}}},
		{"topic", "id: phones", "id: handsets", []fallback.Change{
			{"added", "topics.handsets", "", ""}, {"added", "topics.handsets.examples.en", "", "a new phone"}, {"added", "topics.handsets.title.en", "", "Phones"},
			{"removed", "topics.phones", "", ""}, {"removed", "topics.phones.examples.en", "a new phone", ""}, {"removed", "topics.phones.title.en", "Phones", ""}}},
		{"order", "[en, es]", "[es, en]", []fallback.Change{{"moved", "languages", "", ""}}},
		{"costs", "{wrong: 1.5}", "{wrong: 2, missed: 1}", []fallback.Change{{"added", "costs.missed", "", "1"}, {"changed", "costs.wrong", "1.5", "2"}}},
		{"topic's costs and handoff", "    title: {en: Phones}", "    title: {en: Phones}\n    handoff: true\n    costs: {wrong: 3}", []fallback.Change{
			{"added", "topics.phones.costs.wrong", "", "3"}, {"added", "topics.phones.handoff", "", "true"}}},
		{"hosts", "[a.example]", "[b.example]", []fallback.Change{{"removed", "links.hosts", "a.example", ""}, {"added", "links.hosts", "", "b.example"}}},
		{"hours", `"20:00"`, `"21:00"`, []fallback.Change{
			{"removed", "handoff.business_hours.open", `{"days":["mon"],"from":"08:00","to":"20:00"}`, ""},
			{"added", "handoff.business_hours.open", "", `{"days":["mon"],"from":"08:00","to":"21:00"}`}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := fallback.Diff([]byte(before), []byte(strings.Replace(before, tt.from, tt.to, 1)))
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v\nwant %q", got, err, tt.want)
			}
		})
	}
	if _, err := fallback.Diff([]byte(before), []byte("topics: 3")); err == nil || !strings.Contains(err.Error(), "second") {
		t.Errorf("a malformed file: %v", err)
	}
}

func TestDiffExamples(t *testing.T) {
	got := fallback.DiffExamples([]fallback.Example{{"a", "x"}, {"b", "x"}}, []fallback.Example{{"b", "x"}, {"a", "y"}})
	want := []fallback.Change{{"removed", "x", "a", ""}, {"added", "y", "", "a"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLint(t *testing.T) {
	twice := strings.Replace(string(fallback.DefaultYAML()), "'I want a refund for a wrong charge'", "'tell me a funny story about the weather'", 1)
	twice = strings.Replace(twice, "out_of_scope:\n", "out_of_scope:\n  fr: ['how can I pay my last bill', 'block  my SIM']\n", 1)
	advice, err := fallback.Lint([]byte(twice + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(twice, "\n")
	for rule, text := range map[string]string{
		fallback.RuleOutside: "funny story", fallback.RuleInside: "how can I pay my last bill", fallback.RuleTwice: "block  my SIM",
	} {
		if !slices.ContainsFunc(advice, func(a fallback.Advice) bool {
			return a.Rule == rule && strings.Contains(a.Text, text) && strings.Contains(lines[a.Line-1], text)
		}) {
			t.Errorf("no %s on %q in %+v", rule, text, advice)
		}
	}
	advice, err = fallback.Lint([]byte(before))
	if err != nil || len(advice) != 2 || advice[0].Rule != fallback.RuleFew || advice[0].Line != 5 {
		t.Errorf("few examples: %+v, %v", advice, err)
	}
}
