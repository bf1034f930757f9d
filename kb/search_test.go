package kb_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/kb"
)

func on(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func ids(found []switchboard.Passage) string {
	var all []string
	for _, p := range found {
		all = append(all, p.DocumentID)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestFilters(t *testing.T) {
	snap := build(t, []kb.Document{
		{ID: "always", Title: "Price", Body: "The price."},
		{ID: "y2025", Title: "Price", Body: "The price.", ValidFrom: on("2025-01-01"), ValidTo: on("2025-12-31")},
		{ID: "y2026", Title: "Price", Body: "The price.", ValidFrom: on("2026-01-01"), ValidTo: on("2026-12-31"), Supersedes: []string{"old"}},
		{ID: "old", Title: "Price", Body: "The price.", Supersedes: []string{"older"}},
		{ID: "older", Title: "Price", Body: "The price."},
		{ID: "trade", Title: "Price", Body: "The price.", Audience: "business"},
		{ID: "staff", Title: "Price", Body: "The price.", Audience: "internal"},
		{ID: "precio", Title: "Price", Body: "Price: el precio.", Lang: "es"},
	})
	dublin := time.FixedZone("", 3600)
	for _, c := range []struct {
		name string
		q    kb.Query
		want string
	}{
		{"before", kb.Query{AsOf: on("2024-06-01")}, "always old precio"},
		{"first day", kb.Query{AsOf: on("2025-01-01")}, "always old precio y2025"},
		{"last day, to its end", kb.Query{AsOf: on("2025-12-31").Add(24*time.Hour - 1)}, "always old precio y2025"},
		{"the day is the caller's", kb.Query{AsOf: time.Date(2026, 1, 1, 0, 30, 0, 0, dublin)}, "always precio y2026"},
		{"superseded, and what that superseded", kb.Query{AsOf: on("2026-06-01")}, "always precio y2026"},
		{"the successor has ended", kb.Query{AsOf: on("2027-01-01")}, "always old precio"},
		{"an audience", kb.Query{AsOf: on("2027-01-01"), Audiences: []string{"business"}}, "trade"},
		{"audiences", kb.Query{AsOf: on("2027-01-01"), Audiences: []string{"public", "business"}}, "always old precio trade"},
		{"no audience", kb.Query{AsOf: on("2027-01-01"), Audiences: []string{}}, ""},
		{"a language", kb.Query{AsOf: on("2027-01-01"), Lang: "es-ES"}, "precio"},
		{"a language without documents", kb.Query{AsOf: on("2027-01-01"), Lang: "fr"}, "always old precio"},
		{"a language without a document for the audience", kb.Query{AsOf: on("2027-01-01"), Lang: "es", Audiences: []string{"internal"}}, "staff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, byDocument := range []bool{false, true} {
				c.q.Text, c.q.ByDocument = "price", byDocument
				found, err := snap.Search(t.Context(), c.q)
				if err != nil || ids(found) != c.want {
					t.Errorf("found %q, %v, want %q", ids(found), err, c.want)
				}
			}
		})
	}
}

// TestFiltersLeaveNoHoles wants K results where K can be had, however many better ones the query may not see.
func TestFiltersLeaveNoHoles(t *testing.T) {
	var docs []kb.Document
	for i := range 200 {
		docs = append(docs, kb.Document{ID: fmt.Sprintf("hidden%03d", i), Title: "Roaming roaming", Body: "Roaming.", Audience: "internal"})
	}
	for i := range 5 {
		docs = append(docs, kb.Document{ID: fmt.Sprintf("seen%d", i), Title: "Other", Body: "One word on roaming among many others here."})
	}
	found, err := build(t, docs).Search(t.Context(), kb.Query{Text: "roaming", K: 5})
	if err != nil || len(found) != 5 {
		t.Fatalf("found %d, %v", len(found), err)
	}
	for i, p := range found { // equal scores: in the order of ids
		if want := fmt.Sprintf("seen%d", i); p.DocumentID != want {
			t.Errorf("place %d: %s, want %s", i, p.DocumentID, want)
		}
	}
}

func TestByDocument(t *testing.T) {
	snap := build(t, []kb.Document{
		{ID: "a", Title: "Roaming", Body: "# One\n\nRoaming here.\n\n# Two\n\nRoaming there, zone 2.\n\n# Three\n\nMore roaming."},
		{ID: "b", Title: "Zones", Body: "Zone 2 roaming."},
		{ID: "c", Title: "Bills", Body: "Pay a bill."},
	})
	found, err := snap.Search(t.Context(), kb.Query{Text: "roaming zone", ByDocument: true})
	if err != nil || len(found) != 2 {
		t.Fatalf("found %v, %v", found, err)
	}
	if found[0].Score < found[1].Score {
		t.Errorf("scores %v, %v", found[0].Score, found[1].Score)
	}
	for _, p := range found {
		if p.DocumentID == "a" && p.ID != "a#2" {
			t.Errorf("a is represented by %s", p.ID)
		}
	}
	all, err := snap.Search(t.Context(), kb.Query{Text: "roaming zone"})
	if err != nil || len(all) != 4 {
		t.Errorf("found %v, %v", all, err)
	}
}

func TestCoverage(t *testing.T) {
	snap := build(t, []kb.Document{
		{ID: "a", Title: "Roaming", Body: "Prices in Switzerland."},
		{ID: "b", Title: "Roaming", Body: "Prices in Turkey."},
		{ID: "c", Title: "Bills", Body: "Prices."},
	})
	for _, c := range []struct {
		query    string
		min, max float64
	}{
		{"roaming in switzerland", 1, 1},
		{"how much is roaming in switzerland please", 1, 1}, // words that only ask do not count
		{"roaming in switzerland with bitcoin", 0.4, 0.7},   // a word that nobody has counts most
		{"bitcoin mining rigs in switzerland", 0.1, 0.3},
	} {
		found, err := snap.Search(t.Context(), kb.Query{Text: c.query})
		if err != nil || len(found) == 0 || found[0].DocumentID != "a" {
			t.Fatalf("%s: %v, %v", c.query, found, err)
		}
		if got := found[0].Coverage; got < c.min || got > c.max {
			t.Errorf("%s: coverage %.3f, want %v to %v", c.query, got, c.min, c.max)
		}
	}
}

func TestOddQueries(t *testing.T) {
	snap := build(t, []kb.Document{{ID: "a", Title: "Roaming", Body: "Roaming is free."}})
	for _, text := range []string{
		"", " ", "the", "\xff\xfe roaming", "roaming\x00", strings.Repeat("roaming ", 100_000), strings.Repeat("word1 word2 ", 5000),
		"+roaming -free \"x", "ROAMING", "🙂",
	} {
		if _, err := snap.Search(t.Context(), kb.Query{Text: text}); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := snap.Search(ctx, kb.Query{Text: "roaming"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// A search that broke off leaves nothing behind.
	if found, err := snap.Search(t.Context(), kb.Query{Text: "roaming"}); err != nil || len(found) != 1 {
		t.Errorf("after it: %v, %v", found, err)
	}
}

// BenchmarkSearch searches about 1,000 passages, the size of a small company's help centre.
func BenchmarkSearch(b *testing.B) {
	words := strings.Fields("roaming switzerland bill fibre router sim number transfer price zone pass data limit refund app call text")
	var docs []kb.Document
	for i := range 250 {
		var body strings.Builder
		for s := range 4 {
			fmt.Fprintf(&body, "# Section %s\n\n", words[(i+s)%len(words)])
			for w := range 60 {
				body.WriteString(words[(i*7+s*3+w*w)%len(words)] + fmt.Sprintf(" term%d ", (i+w*s)%500))
			}
			body.WriteString("\n\n")
		}
		docs = append(docs, kb.Document{ID: fmt.Sprintf("d%03d", i), Title: words[i%len(words)] + " help", Body: body.String()})
	}
	snap := build(b, docs)
	for _, byDocument := range []bool{false, true} {
		b.Run(fmt.Sprintf("document=%v", byDocument), func(b *testing.B) {
			b.ReportAllocs()
			q := kb.Query{Text: "How much is a roaming pass for term42 in Switzerland?", Lang: "en", ByDocument: byDocument}
			for b.Loop() {
				if _, err := snap.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(snap.Stats().Passages), "passages")
		})
	}
}
