package kb_test

import (
	"fmt"
	"strings"
	"testing"

	"switchboard/kb"
)

func spreadDocs() []kb.Document {
	var table strings.Builder
	for i := range 12 {
		fmt.Fprintf(&table, "| light %d | steady red | call us |\n", i)
	}
	return []kb.Document{
		{ID: "lights-5", Title: "Hub 5: what the lights mean", Lang: "en", Body: "| Light | Colour | What to do |\n|---|---|---|\n" + table.String()},
		{ID: "lights-6", Title: "Hub 6: what the lights mean", Lang: "en", Body: "The ring is white when all lights work."},
		{ID: "prices", Title: "Prices by country", Lang: "en", Body: "| Country | Daily pass | Data without a pass | Call made |\n|---|---|---|---|\n" +
			"| Japan | €7.99 a day | €1.20 | €1.09 |\n| Cuba | none | €9.00 | €2.99 |\n"},
		{ID: "broadband", Title: "Broadband does not work", Lang: "en", Body: "1. Restart the hub.\n2. Wait 10 minutes."},
		{ID: "repair", Title: "Repair your phone", Lang: "en", Body: "Use the app of your phone to use the warranty. A phone is repaired in 7 days."},
	}
}

func TestSearchFindsWhatIsAsked(t *testing.T) {
	snap := build(t, spreadDocs())
	tests := []struct {
		question string
		want     []string // documents, in any order
		first    string   // document
	}{
		{"What do the lights mean?", []string{"lights-5", "lights-6"}, ""},
		{"my internet does not work", []string{"broadband"}, "broadband"},
		{"my router lights", []string{"lights-5", "lights-6"}, ""},
		{"Can I use my phone in Japan?", []string{"prices"}, ""},
		{"How much is it in Japan, please?", []string{"prices"}, "prices"},
	}
	for _, tt := range tests {
		t.Run(tt.question, func(t *testing.T) {
			found, err := snap.Search(t.Context(), kb.Query{Text: tt.question, Lang: "en"})
			if err != nil {
				t.Fatal(err)
			}
			var docs []string
			for i, p := range found {
				docs = append(docs, p.DocumentID)
				if i > 0 && p.Score > found[i-1].Score {
					t.Errorf("%s stands behind a worse one", p.ID)
				}
			}
			all := strings.Join(docs, " ")
			for _, want := range tt.want {
				if !strings.Contains(all, want) {
					t.Errorf("%s is not among %s", want, all)
				}
			}
			if !strings.HasPrefix(all, tt.first) {
				t.Errorf("%s is not the first of %s", tt.first, all)
			}
		})
	}
}
