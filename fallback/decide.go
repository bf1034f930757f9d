package fallback

import "switchboard"

// Decision is what the reply will be.
type Decision struct {
	Action  switchboard.Action
	Reason  switchboard.Reason // empty for ActionAnswer: how it is answered decides
	Choices []string           // of a clarifying question
	// OfferHuman says that a human should be offered along with the reply, because declining or asking has not helped.
	OfferHuman bool
}

// Decide says what follows from the message and from what was found. previous are the exchanges before, oldest first.
// Where the route alone decides, the evidence does not matter and may be empty.
func (p *Policy) Decide(r Route, e Evidence, previous []Exchange) Decision {
	d := p.decide(r, e, previous)
	if r.Care != "" {
		d.OfferHuman = true
		switch d.Reason {
		case switchboard.ReasonNoEvidence, switchboard.ReasonOutOfScope, switchboard.ReasonVague, switchboard.ReasonClarifyExhausted:
			d = Decision{Action: switchboard.ActionHandoff, Reason: r.Care, OfferHuman: true}
		}
	}
	return d
}

func (p *Policy) decide(r Route, e Evidence, previous []Exchange) Decision {
	if r.Kind != switchboard.ActionAnswer {
		return p.routed(r, previous)
	}
	clarified := len(previous) > 0 && previous[len(previous)-1].Action == switchboard.ActionClarify
	switch e.Outcome {
	case EvidenceEnough:
		return Decision{Action: switchboard.ActionAnswer}
	case EvidenceAmbiguous:
		if !clarified && len(e.Choices) > 1 {
			return Decision{Action: switchboard.ActionClarify, Reason: switchboard.ReasonAmbiguous, Choices: e.Choices}
		}
		return Decision{Action: switchboard.ActionAnswer} // asked once is enough: the best effort
	}
	switch {
	case r.Scope < p.limits.InScope && !(clarified && r.FollowUp):
		return p.declined(switchboard.ReasonOutOfScope, previous)
	case clarified:
		return Decision{Action: switchboard.ActionHandoff, Reason: switchboard.ReasonClarifyExhausted, OfferHuman: true}
	}
	return Decision{Action: switchboard.ActionHandoff, Reason: switchboard.ReasonNoEvidence, OfferHuman: true}
}

func (p *Policy) routed(r Route, previous []Exchange) Decision {
	switch r.Kind {
	case switchboard.ActionDecline:
		return p.declined(r.Reason, previous)
	case switchboard.ActionHandoff:
		return Decision{Action: r.Kind, Reason: r.Reason, OfferHuman: true}
	}
	return Decision{Action: r.Kind, Reason: r.Reason, Choices: r.Choices}
}

// declined declines, and offers a human once declining has gone on for as long as the policy says.
func (p *Policy) declined(why switchboard.Reason, previous []Exchange) Decision {
	run := 1
	for i := len(previous) - 1; i >= 0 && previous[i].Action == switchboard.ActionDecline; i-- {
		run++
	}
	return Decision{Action: switchboard.ActionDecline, Reason: why, OfferHuman: p.declines > 0 && run >= p.declines}
}
