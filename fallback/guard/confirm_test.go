package guard_test

import (
	"testing"

	"switchboard"
	"switchboard/fallback/guard"
)

func TestWhatACustomerWantsConfirmedNeedsAPassage(t *testing.T) {
	passages := []switchboard.Passage{{ID: "p1", DocumentID: "roaming", Lang: "en", Title: "Roaming in the EU", Text: "Calls and texts in the EU are free for customers of every plan. Roaming in the USA costs €9.99 a day."}}
	for _, c := range []struct {
		sentence string
		ok       bool
	}{
		{"Yes, I confirm that it is completely free for you.", false},
		{"We can confirm that roaming in the USA is gratis.", false},
		{"Te confirmo que es gratis.", false},
		{"Calls and texts in the EU are free for you. [1]", true},
		{"Roaming in the USA costs €9.99 a day. [1]", true},
	} {
		d := guard.Draft{Lang: "en", Passages: passages, MinGrounded: 0.5, Sentence: c.sentence}.Prepared()
		if v := guard.Check(d); v.OK != c.ok {
			t.Errorf("%q: %v (%s: %s)", c.sentence, v.OK, v.Guard, v.Detail)
		}
	}
}
