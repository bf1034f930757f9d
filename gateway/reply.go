package gateway

import (
	"context"
	"time"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/guard"
	"switchboard/gateway/llm"
)

// acknowledgeWithin is how long a turn waits for the support team's side to accept a handoff. Later, the queue goes on.
const acknowledgeWithin = 2 * time.Second

// templates names the template of each reply that no model writes. Handoffs that are requested have one for each state.
var templates = map[switchboard.Reason]string{
	switchboard.ReasonGreeting:         "smalltalk-greeting",
	switchboard.ReasonThanks:           "smalltalk-thanks",
	switchboard.ReasonGoodbye:          "smalltalk-goodbye",
	switchboard.ReasonAboutBot:         "smalltalk-about",
	switchboard.ReasonAmbiguous:        "clarify",
	switchboard.ReasonVague:            "clarify-vague",
	switchboard.ReasonOutOfScope:       "decline",
	switchboard.ReasonUnsafeAsk:        "decline-unsafe",
	switchboard.ReasonNoEvidence:       "no-evidence",
	switchboard.ReasonClarifyExhausted: "no-evidence",
	switchboard.ReasonUrgent:           "urgent",
	switchboard.ReasonWithHuman:        "with-human",
	switchboard.ReasonInjection:        "blocked",
	switchboard.ReasonAbuse:            "blocked",
	switchboard.ReasonSearchFailed:     "degraded-empty",
}

// handoffTemplates names the template for a handoff that was asked for, by how far it has come.
var handoffTemplates = map[switchboard.HandoffState]string{
	switchboard.HandoffRequested:    "handoff-requested",
	switchboard.HandoffAcknowledged: "handoff-acknowledged",
	switchboard.HandoffFailed:       "handoff-failed",
}

// reply says what a decision calls for where no model is asked.
func (w *work) reply(ctx context.Context, d fallback.Decision) {
	w.decided(d.Action, d.Reason)
	in, name := w.input(), templates[d.Reason]
	switch {
	case d.Reason == switchboard.ReasonHumanRequested:
		h, err := w.g.requestHuman(ctx, w.conv, &w.t, "", "")
		if err != nil {
			w.g.log.ErrorContext(ctx, "request a human", "turn", w.t.ID, "error", err)
			h = switchboard.Handoff{State: switchboard.HandoffFailed}
		}
		w.t.Answer.Handoff, in.Reference, name = &h, h.Reference, handoffTemplates[h.State]
	case d.Action == switchboard.ActionHandoff || d.Action == switchboard.ActionDegraded:
		w.offerHuman()
	case d.Action == switchboard.ActionClarify:
		w.t.Choices, in.Choices = d.Choices, d.Choices
		w.t.Answer.Suggestions = append(w.t.Answer.Suggestions, d.Choices...)
	case d.Action == switchboard.ActionDecline || d.Action == switchboard.ActionSmallTalk:
		in.Topics = w.rt.Policy.TopicTitles(w.t.Lang)
		w.t.Answer.Suggestions = append(w.t.Answer.Suggestions, w.rt.Policy.Suggestions(w.t.Lang)...)
	}
	w.template(ctx, name, in.Reference, in.Choices, in.Topics)
}

// degrade ends a reply honestly: what was verified stays, a sentence says that there is no more, and passages are
// quoted. A human is offered.
func (w *work) degrade(ctx context.Context, broken *outlet, reason switchboard.Reason) {
	w.decided(switchboard.ActionDegraded, reason)
	w.offerHuman()
	lead := "degraded-lead"
	if broken.raw.Len() > 0 {
		lead = "degraded-tail"
		w.separate()
	}
	if len(w.t.Passages) == 0 || ctx.Err() != nil {
		w.template(ctx, "degraded-empty", "", nil, nil)
		return
	}
	w.template(ctx, lead, "", nil, nil)
	w.separate()
	out := newOutlet(w, guard.Draft{
		Question: w.routed.Resolved, Lang: w.t.Lang, Passages: w.t.Passages, Hosts: w.rt.Policy.Hosts(),
	})
	out.numbers, out.cites = broken.numbers, broken.cites
	req := llm.Request{Question: w.routed.Resolved, Lang: w.t.Lang, Passages: w.t.Passages}
	done, err := w.rt.Quotes.Complete(ctx, req, out.write)
	if err == nil {
		err = out.close()
	}
	if err != nil && w.gone == nil {
		w.g.log.WarnContext(ctx, "quote passages", "turn", w.t.ID, "error", err)
	}
	if out.stop != nil {
		w.t.Stops = append(w.t.Stops, *out.stop)
	}
	out.spent += broken.spent
	if broken.grounded > 0 {
		out.grounded = min(out.grounded, broken.grounded)
	}
	w.settle(done, out)
}

func (w *work) offerHuman() {
	w.t.Answer.Handoff = &switchboard.Handoff{State: switchboard.HandoffOffered}
}

// separate begins a new paragraph, where anything stands before it.
func (w *work) separate() {
	if w.text.Len() > 0 {
		w.say("\n\n") //nolint:errcheck // kept in w.gone
	}
}

// template says a reply template in the customer's language.
func (w *work) template(ctx context.Context, name, reference string, choices, topics []string) {
	in := w.input()
	in.Reference, in.Choices, in.Topics = reference, choices, topics
	p, err := w.rt.Prompts.Prompt(name, w.t.Lang)
	var text string
	if err == nil {
		text, err = p.RenderText(in)
	}
	if err != nil { // the set was checked when it was loaded, so this is a defect of ours
		w.g.log.ErrorContext(ctx, "render reply", "template", name, "turn", w.t.ID, "error", err)
		return
	}
	if w.t.Answer.Prompt == "" {
		w.t.Answer.Prompt = p.Ref()
	}
	w.say(text) //nolint:errcheck // kept in w.gone
}
