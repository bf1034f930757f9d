package fallback_test

import (
	"testing"

	"switchboard"
	"switchboard/fallback"
)

// The question before must not make a question about something else one of the operator's.
func TestShortQuestionAboutSomethingElseIsNoFollowUp(t *testing.T) {
	before := []fallback.Exchange{{Question: "How much is roaming in Switzerland?", Action: switchboard.ActionAnswer}}
	p := fallback.Default()
	for text, followUp := range map[switchboard.Masked]bool{
		"What's the weather?": false, "And in Turkey?": true, "what's the price?": true, "Turkey": true, "why is that?": true,
	} {
		r := p.Route(fallback.RouteInput{Text: text, Lang: "en", Previous: before})
		if r.FollowUp != followUp {
			t.Errorf("%q: follow-up %v, scope %.2f", text, r.FollowUp, r.Scope)
		}
		if d := p.Decide(r, fallback.Evidence{}, before); !followUp && d.Action != switchboard.ActionDecline {
			t.Errorf("%q: %s %s", text, d.Action, d.Reason)
		}
	}
}
