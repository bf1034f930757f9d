package fallback_test

import (
	"context"
	"strings"
	"testing"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
)

func TestCompetingArticlesOfTheDemoBaseAreAskedAbout(t *testing.T) {
	snap := demoSnapshot(t)
	for text, want := range map[string]string{
		"how long until my number is ported":                   "port in",
		"how much notice do I have to give to cancel":          "Cancel fibre broadband",
		"how do I activate my SIM":                             "prepaid",
		"how do I change my wifi password":                     "", // two ways of one thing
		"which cards do you take":                              "",
		"how much notice do I have to give to cancel my fibre": "",
	} {
		d, e := ask(t, snap, text, "en")
		if asked := d.Action == switchboard.ActionClarify; asked != (want != "") || !strings.Contains(strings.Join(e.Choices, "\n"), want) {
			t.Errorf("%q: %s with %q, want %q", text, d.Action, e.Choices, want)
		}
	}
}

// garden is a policy that knows no names, of a knowledge base that is not the demo's.
const garden = `
version: 1
languages: [en]
topics:
  - id: mowers
    title: {en: Mowers}
    examples: {en: [how do I sharpen the blade of my mower, my mower does not start, replace the battery of the mower, charge the mower]}
out_of_scope: {en: [who won the match, tell me a joke, what is the weather]}
thresholds: {decline: 0.05, in_scope: 0.1, ambiguous: 0.3, grounded: 0.35, evidence: 0.3}
costs: {wrong: 4, missed: 1, clarify: 0.3}
clarify: {max_choices: 4}
`

func gardenBase(t *testing.T) *kb.Snapshot {
	t.Helper()
	var docs []kb.Document
	for _, d := range [][3]string{
		{"robin", "Replace the blade of the Robin mower", "Turn the mower over, loosen the three screws and put in the new blade."},
		{"heron", "Replace the blade of the Heron mower", "Turn the mower over, open the two clips and put in the new blade."},
		{"start", "The engine does not start", "Check the fuel and the spark plug."},
		{"hedge", "Trim a hedge", "Begin at the bottom and work upwards."},
		{"store", "Winter storage", "## Drain the tank of the R20\n\nEmpty the tank of the fuel with the pump.\n\n## Drain the tank of the H40\n\nEmpty the tank of the fuel by the tap.\n"},
	} {
		docs = append(docs, kb.Document{ID: d[0], Title: d[1], Lang: "en", Body: d[2]})
	}
	store, err := kb.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	id, err := store.Build(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

func TestClarifyingAConversation(t *testing.T) {
	p, err := fallback.Load([]byte(garden))
	if err != nil {
		t.Fatal(err)
	}
	snap := gardenBase(t)
	say := func(text string, previous ...fallback.Exchange) (fallback.Route, fallback.Decision, []switchboard.Passage) {
		r := p.Route(fallback.RouteInput{Text: switchboard.Masked(text), Lang: "en", Previous: previous})
		if r.Kind != switchboard.ActionAnswer {
			return r, p.Decide(r, fallback.Evidence{}, previous), nil
		}
		found, err := snap.Search(context.Background(), kb.Query{Text: r.Search, K: 24, Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		in := fallback.EvidenceInput{Question: text, Lang: "en", Route: r, Passages: found}
		in.Rarity, in.MostIDF = snap.Rarity(context.Background(), "en")
		e := p.Judge(in)
		return r, p.Decide(r, e, previous), found
	}

	const first = "How do I replace the blade of my mower?"
	_, d, _ := say(first)
	if d.Action != switchboard.ActionClarify || len(d.Choices) != 2 {
		t.Fatalf("%q: %s with %q, want a question with two choices", first, d.Action, d.Choices)
	}
	asked := fallback.Exchange{Question: first, Action: d.Action, Reason: d.Reason, Choices: d.Choices}
	at := map[string]string{d.Choices[0]: "1", d.Choices[1]: "2"}
	heron := "Replace the blade of the Heron mower"
	for _, reply := range []string{"Heron", "the heron one", "Hernn", "the Heorn please", at[heron], "option " + at[heron]} {
		r, d, found := say(reply, asked)
		if !r.FollowUp || !strings.HasPrefix(r.Resolved, first) || d.Action != switchboard.ActionAnswer || found[0].DocumentID != "heron" {
			t.Errorf("%q: %s, resolved %q", reply, d.Action, r.Resolved)
		}
	}
	for _, again := range []string{first, "I do not know", "Does the engine of the Heron start?"} {
		if r, d, _ := say(again, asked); d.Action == switchboard.ActionClarify || r.Resolved != again && again != "I do not know" {
			t.Errorf("%q: %s, resolved %q", again, d.Action, r.Resolved)
		}
	}
	if _, d, _ := say("How do I replace the blade of my Robin mower?"); d.Action != switchboard.ActionAnswer {
		t.Errorf("a question that names one is asked about: %q", d.Choices)
	}
	if _, d, _ := say("How do I drain the tank?"); d.Action != switchboard.ActionClarify || !strings.Contains(strings.Join(d.Choices, "\n"), "H40") {
		t.Errorf("two headings that differ by name: %s with %q", d.Action, d.Choices)
	}
}
