package gaps

import (
	"strings"
	"time"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// Cause is why a question counts as not answered.
type Cause string

// The causes. A question has the first that holds.
const (
	NothingFound Cause = "nothing_found" // no passage is about it
	NearMiss     Cause = "near_miss"     // passages are about it, and do not answer it
	GuardStopped Cause = "guard_stopped" // an answer was written, and a guard stopped it
	Refused      Cause = "refused"       // declined as out of scope, though not far from it
	RatedDown    Cause = "rated_down"    // answered, and the customer said that it does not help
	HumanAsked   Cause = "human_asked"   // answered, and the customer asked for a person next
	AskedAgain   Cause = "asked_again"   // answered, and the customer asked the same in other words next
)

// Causes lists every cause, in the order in which they are tried.
var Causes = []Cause{NothingFound, NearMiss, GuardStopped, Refused, RatedDown, HumanAsked, AskedAgain}

const (
	// nearEvidence is the probability of being answered from which passages count as a near miss.
	nearEvidence = 0.15
	// nearScope is how far inside the policy's topics a declined question must be to be worth a look.
	nearScope = 0.1
	// nextWithin is how soon something must follow to be about what was said before.
	nextWithin = 10 * time.Minute
	// sameAsked is the share of the words of both questions that they have in common when one says the other again.
	sameAsked = 0.5
)

// unanswered is a question that was not answered.
type unanswered struct {
	switchboard.Asked
	cause Cause
}

// sieve picks what was not answered from turns, which come in the order of their time.
type sieve struct {
	out  []unanswered
	last map[string]switchboard.Asked // by conversation
	at   map[string]int               // message id to its place in out
}

// take looks at the next turn. It may tell about the turn before it in the same conversation.
func (s *sieve) take(t switchboard.Asked) {
	if s.last == nil {
		s.last, s.at = map[string]switchboard.Asked{}, map[string]int{}
	}
	before, talked := s.last[t.ConversationID]
	talked = talked && t.At.Sub(before.At) <= nextWithin
	s.last[t.ConversationID] = t
	switch t.Reason {
	case switchboard.ReasonHumanRequested:
		if talked && before.Action == switchboard.ActionAnswer {
			s.add(before, HumanAsked)
		}
		return
	case switchboard.ReasonClarifyExhausted:
		if talked && before.Action == switchboard.ActionClarify { // the choice says less than the question did
			before.Found, before.EvidenceScore, before.Missing = t.Found, t.EvidenceScore, t.Missing
			s.add(before, found(t))
			return
		}
	}
	if cause := causeOf(t); cause != "" {
		s.add(t, cause)
	}
	if talked && before.Action == switchboard.ActionAnswer && asks(t) && again(before, t) {
		s.add(before, AskedAgain)
	}
}

// add notes a question, unless it counts already.
func (s *sieve) add(t switchboard.Asked, c Cause) {
	if _, known := s.at[t.ID]; known || t.Question == "" {
		return
	}
	s.at[t.ID] = len(s.out)
	s.out = append(s.out, unanswered{t, c})
}

// causeOf is why a turn by itself was no answer, "" where it was one or never was to be.
func causeOf(t switchboard.Asked) Cause {
	switch t.Reason {
	case switchboard.ReasonNoEvidence, switchboard.ReasonClarifyExhausted, switchboard.ReasonAngry, switchboard.ReasonVulnerable:
		return found(t)
	case switchboard.ReasonUngrounded:
		return GuardStopped
	case switchboard.ReasonOutOfScope:
		if t.Scope >= nearScope {
			return Refused
		}
		return ""
	}
	if strings.HasPrefix(string(t.Reason), "guard_") {
		return GuardStopped
	}
	if t.Rating == "down" && asks(t) {
		return RatedDown
	}
	return ""
}

func found(t switchboard.Asked) Cause {
	if t.Found && t.EvidenceScore >= nearEvidence {
		return NearMiss
	}
	return NothingFound
}

// asks tells whether a turn was a question to the knowledge base.
func asks(t switchboard.Asked) bool {
	switch t.Action {
	case switchboard.ActionAnswer, switchboard.ActionClarify, switchboard.ActionDegraded:
		return true
	case switchboard.ActionHandoff:
		return t.Reason == switchboard.ReasonNoEvidence || t.Reason == switchboard.ReasonClarifyExhausted
	}
	return false
}

// again tells whether b asks what a asked.
func again(a, b switchboard.Asked) bool {
	in := stems(a)
	both, all := 0, len(in)
	for w := range stems(b) {
		if in[w] {
			both++
		} else {
			all++
		}
	}
	return both >= 2 && float64(both) >= sameAsked*float64(all)
}

func stems(t switchboard.Asked) map[string]bool {
	out := map[string]bool{}
	for _, w := range lex.Words(string(t.Question)) {
		if !lex.Function(w) {
			out[lex.Stem(w, t.Lang)] = true
		}
	}
	return out
}
