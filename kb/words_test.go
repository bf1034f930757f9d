package kb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// first searches and returns the ids of the documents found, best first.
func firsts(t *testing.T, s *Snapshot, q Query) []string {
	t.Helper()
	if q.Lang == "" {
		q.Lang = "en"
	}
	found, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range found {
		ids = append(ids, p.DocumentID)
	}
	return slices.Compact(ids)
}

func TestAcronymsAreFoundInArticles(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"A credit limit increase (CLI) takes a day.", "cli=credit limit increase"},
		{"Annual Percentage Rates (APRs) vary.", "apr=annual percentage rates"},
		{"the Bank of Ruritania Card (BRC)", "brc=bank of ruritania card"},
		{"two at once: short message service (SMS) and over-the-air (OTA) setup", "sms=short message service ota=over the air"},
		{"Not one (see below), nor (NASA) from nothing, nor a (B).", ""},
		{"A thing (AT) is too short.", ""},
		{"unclosed (ABC", ""},
		{"(XYZ)", ""},
		{"número de identificación fiscal (NIF)", "nif=número de identificación fiscal"},
	} {
		var got []string
		acronymsIn(c.text, func(a acronym) { got = append(got, a.short+"="+a.long) })
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: %q, want %q", c.text, s, c.want)
		}
	}
}

func TestAQuestionInFullFindsTheAcronym(t *testing.T) {
	s := open(t, Change{Put: []Document{
		{ID: "what", Title: "Words", Body: "A credit limit increase (CLI) is asked for in the app."},
		{ID: "how", Title: "CLI rules", Body: "One CLI a year. A CLI needs six months of payments."},
		{ID: "else", Title: "Fees", Body: "A fee is due in a month with an increase of the price."},
	}})
	if got := firsts(t, s, Query{Text: "when do I get a credit limit increase"}); !slices.Contains(got, "how") {
		t.Errorf("found %v", got)
	}
	if got := firsts(t, s, Query{Text: "limit of credit"}); slices.Contains(got, "how") {
		t.Errorf("other words in other order find the acronym: %v", got)
	}
}

func TestSynonymsOfSeveralWords(t *testing.T) {
	synonyms := "[en]\ndigital sim, eSIM\nflat rate => bundle\n"
	s := open(t, Change{Put: []Document{
		{ID: "esim", Title: "eSIM", Body: "Scan the code to activate it."},
		{ID: "digital", Title: "Digital SIM", Body: "Also for watches."},
		{ID: "tv", Title: "Digital television", Body: "Channels."},
		{ID: "bundle", Title: "Bundle", Body: "All in one."},
	}, Synonyms: &synonyms})
	if got := firsts(t, s, Query{Text: "digital sim"}); !slices.Contains(got, "esim") || got[0] != "digital" {
		t.Errorf("digital sim: %v", got)
	}
	if got := firsts(t, s, Query{Text: "esim"}); !slices.Equal(got, []string{"esim", "digital"}) {
		t.Errorf("esim: %v", got)
	}
	if got := firsts(t, s, Query{Text: "flat rate"}); !slices.Equal(got, []string{"bundle"}) {
		t.Errorf("flat rate: %v", got)
	}
	if got := firsts(t, s, Query{Text: "bundle"}); !slices.Equal(got, []string{"bundle"}) {
		t.Errorf("one way: %v", got)
	}
	bad := "[en\na, b => \n"
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out, err := store.Apply(t.Context(), "", Change{Put: []Document{{ID: "a", Title: "A"}}, Synonyms: &bad})
	if err == nil {
		t.Errorf("bad synonyms made %s", out.ID)
	}
}

func TestMisspeltWordsAreASecondTry(t *testing.T) {
	s := open(t, Change{Put: []Document{
		{ID: "router", Title: "Router settings", Body: "Open the router's page."},
		{ID: "roaming", Title: "Roaming", Body: "Roaming is free in the zone."},
	}})
	for _, c := range []struct{ text, want string }{
		{"ruoter", "router"},
		{"raoming", "roaming"},
		{"setings of the ruoter", "router"},
		{"xylophone", ""},
		{"roaming router page zone raomin", "router roaming"}, // enough words are known
	} {
		got := firsts(t, s, Query{Text: c.text})
		slices.Sort(got)
		want := strings.Fields(c.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.text, got, want)
		}
	}
}

func TestAPinnedQuestionFindsItsDocumentFirst(t *testing.T) {
	docs := []Document{
		{ID: "fees", Title: "Cancelling a contract", Body: "Cancel your contract early: the fees for cancelling the contract."},
		{ID: "stay", Title: "Offers", Body: "Talk to us first.", Questions: []string{"How do I cancel my contract?", "Contract kündigen"}},
		{ID: "gone", Title: "Old offers", Body: "Talk.", Questions: []string{"cancel contract"}, ValidTo: on("2025-01-01")},
	}
	s := open(t, Change{Put: docs})
	for _, byDocument := range []bool{false, true} {
		for text, want := range map[string]string{
			"how can I cancel the contract": "stay", "Cancel contract!": "stay", "cancel contract early fees": "fees", "contract": "fees",
		} {
			found, err := s.Search(t.Context(), Query{Text: text, Lang: "en", AsOf: on("2026-01-01"), ByDocument: byDocument})
			if err != nil || len(found) == 0 || found[0].DocumentID != want || found[0].Pinned != (want == "stay") {
				t.Errorf("%s: %v, %v", text, brief(found), err)
			}
			seen := map[string]bool{}
			for i, p := range found {
				if seen[p.ID] || i > 0 && (p.Pinned || p.Score > found[i-1].Score) {
					t.Errorf("%s, by document %v:\n%s", text, byDocument, brief(found))
				}
				seen[p.ID] = true
			}
		}
	}
	if got := firsts(t, s, Query{Text: "cancel contract", AsOf: on("2024-06-01")}); got[0] != "gone" && got[0] != "stay" {
		t.Errorf("as of then: %v", got)
	}
}

func TestAConversationIsAboutSomething(t *testing.T) {
	var docs []Document
	for _, name := range []string{"Avalon Hotel", "Hamilton Lodge", "Dragoneats", "Cityroomz", "Lensfield Hotel", "Ashley Hotel", "Gonville Hotel",
		"Bridge Guest House", "Carolina Bed and Breakfast", "Hotel Zephyr", "The Gotham", "Worth House"} {
		id := strings.ReplaceAll(strings.ToLower(name), " ", "-")
		docs = append(docs,
			Document{ID: id + "/parking", Title: "Is there parking?", Body: "Parking is on site.", Topics: []string{"place", name}},
			Document{ID: id + "/pets", Title: "Are pets allowed?", Body: "Pets are not allowed.", Topics: []string{"place", name}})
	}
	s := open(t, Change{Put: docs})
	history := func(turns ...string) []string { return turns }
	for _, c := range []struct {
		text    string
		history []string
		want    string
	}{
		{"and do they have parking", history("I need a room at hamilton lodge", "Sure, it is booked."), "hamilton-lodge/parking"},
		{"may I bring my dog, a pet", history("hamilton lodge please", "What about the lensfield hotel?", "yes the lensfield hotel"), "lensfield-hotel/pets"},
		{"is there parking", history("a table at dragon eats", "At seven?"), "dragoneats/parking"},
		{"is there parking at hotel zephyr", history("a room at hamilton lodge"), "hotel-zephyr/parking"},
		{"what about parking", history("do pets stay free in this place"), ""},
	} {
		got := firsts(t, s, Query{Text: c.text, History: c.history, ByDocument: true})
		if c.want != "" && (len(got) == 0 || got[0] != c.want) || c.want == "" && len(got) == 0 {
			t.Errorf("%s after %v: %v, want %s", c.text, c.history, got, c.want)
		}
	}
	// What is filed under a subject stays first whatever was found by pruning.
	for _, q := range []Query{{Text: "parking", History: history("avalon hotel"), K: 3}, {Text: "parking", History: history("avalon hotel"), K: 3, ByDocument: true}} {
		pruned, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		q.Exhaustive = true
		all, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		same(t, q.Text, pruned, all)
	}
}

// TestCorrectionsFollowTheSnapshot edits a base whose words were learnt before: what is near a word is what the snapshot
// has, whatever the store has kept, and the same as in a store that never had anything else.
func TestCorrectionsFollowTheSnapshot(t *testing.T) {
	var docs []Document
	for i := range 200 {
		docs = append(docs, Document{ID: fmt.Sprintf("d%03d", i), Title: "Roaming", Body: fmt.Sprintf("Zone number %d.", i)})
	}
	router := Document{ID: "router", Title: "Router", Body: "Restart the router."}
	steps := []Change{{Put: append(slices.Clone(docs), router)}, {Put: []Document{{ID: "modem", Title: "Decoder", Body: "The decoder."}}}, {Drop: []string{"router"}}}
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for i, want := range []map[string]string{{"ruoter": "router", "decodr": ""}, {"ruoter": "router", "decodr": "modem"}, {"ruoter": "", "decodr": "modem"}} {
		out, err := store.Apply(t.Context(), id, steps[i])
		if err != nil {
			t.Fatal(err)
		}
		id = out.ID
		s, err := store.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		s.Warm()
		fresh := open(t, steps[:i+1]...)
		for text, doc := range want {
			for _, snap := range []*Snapshot{s, fresh} {
				if got := strings.Join(firsts(t, snap, Query{Text: text}), " "); got != doc {
					t.Errorf("step %d, %s: %q, want %q", i, text, got, doc)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
