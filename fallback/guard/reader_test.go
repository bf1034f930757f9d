package guard

import (
	"sync"
	"testing"

	"switchboard"
)

// What a reader remembers changes no verdict, whichever passages stand beside each other, and however many ask at once.
func TestAReaderChangesNoVerdict(t *testing.T) {
	row := func(id, text string) switchboard.Passage {
		return switchboard.Passage{ID: id, DocumentID: "prices", Title: "Prices", Section: []string{"Plans"}, Text: text, Lang: "en"}
	}
	lite, plus := row("1", "Prices — Plan: Lite; Price a month: €11.99."), row("2", "Prices — Plan: Plus; Price a month: €17.99.")
	other := switchboard.Passage{ID: "3", DocumentID: "fees", Title: "Fees", Text: "A late fee of €7.50 is added.", Lang: "en"}
	orders := [][]switchboard.Passage{{lite, plus}, {plus, lite}, {lite}, {other, plus, lite}}
	sentences := []string{
		"Lite costs €11.99 a month [1].", "Lite costs €17.99 a month.", "Plus costs €17.99 a month.", "The late fee is €7.50.",
		"You will get a refund tomorrow.", "Lite costs €11.99 a day.",
	}
	var r Reader
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, passages := range orders {
				for _, s := range sentences {
					d := Draft{Sentence: s, Lang: "en", Passages: passages, Instructions: "Answer only from the passages."}
					got, want := Check(r.Prepare(d)), Check(d)
					if got.OK != want.OK || got.Reason != want.Reason || got.Detail != want.Detail || got.Grounded != want.Grounded {
						t.Errorf("%q: %+v with a reader, %+v without", s, got, want)
					}
				}
			}
		})
	}
	all.Wait()
}
