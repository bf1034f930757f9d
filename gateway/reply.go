package gateway

import (
	"context"
	"time"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/guard"
	"switchboard/gateway/llm"
	"switchboard/prompts"
)

// acknowledgeWithin is how long a turn waits for the support team's side to accept a handoff. Later, the queue goes on.
const acknowledgeWithin = 2 * time.Second

// topicsNamed is how many topics a reply names: enough to give an idea, few enough to read.
const topicsNamed = 6

// templates names the template of each reply that no model writes. Handoffs that are requested have one for each state.
var templates = map[switchboard.Reason]string{
	switchboard.ReasonGreeting:         prompts.NameSmallTalkGreeting,
	switchboard.ReasonThanks:           prompts.NameSmallTalkThanks,
	switchboard.ReasonGoodbye:          prompts.NameSmallTalkGoodbye,
	switchboard.ReasonAboutBot:         prompts.NameSmallTalkAbout,
	switchboard.ReasonAmbiguous:        prompts.NameClarify,
	switchboard.ReasonVague:            prompts.NameClarifyVague,
	switchboard.ReasonOutOfScope:       prompts.NameDecline,
	switchboard.ReasonUnsafeAsk:        prompts.NameDeclineUnsafe,
	switchboard.ReasonNoEvidence:       prompts.NameNoEvidence,
	switchboard.ReasonClarifyExhausted: prompts.NameClarifyExhausted,
	switchboard.ReasonUrgent:           prompts.NameUrgent,
	switchboard.ReasonAngry:            prompts.NameAngry,
	switchboard.ReasonVulnerable:       prompts.NameVulnerable,
	switchboard.ReasonWithHuman:        prompts.NameWithHuman,
	switchboard.ReasonInjection:        prompts.NameBlocked,
	switchboard.ReasonAbuse:            prompts.NameBlocked,
	switchboard.ReasonSearchFailed:     prompts.NameDegradedEmpty,
}

// handoffTemplates names the template for a handoff that was asked for, by how far it has come.
var handoffTemplates = map[switchboard.HandoffState]string{
	switchboard.HandoffRequested:    prompts.NameHandoffRequested,
	switchboard.HandoffAcknowledged: prompts.NameHandoffAcknowledged,
	switchboard.HandoffFailed:       prompts.NameHandoffFailed,
}

// reply says what a decision calls for where no model is asked.
func (w *work) reply(ctx context.Context, d fallback.Decision) {
	w.decided(d.Action, d.Reason)
	in, name := w.input(), templates[d.Reason]
	now := w.g.now()
	if d.Action == switchboard.ActionHandoff {
		open, next := w.rt.Policy.Open(now)
		in.Back = back(open, next, now, w.t.Lang)
	}
	switch {
	case d.Reason == switchboard.ReasonHumanRequested:
		h, err := w.requestHuman(ctx)
		if err != nil {
			w.g.log.ErrorContext(ctx, "request a human", "turn", w.t.ID, "error", err)
			h = switchboard.Handoff{State: switchboard.HandoffFailed}
		}
		w.t.Answer.Handoff, in.Reference, name = &h, h.Reference, handoffTemplates[h.State]
		in.Position, in.Wait = queue(h, w.t.Lang)
	case d.Reason == switchboard.ReasonUrgent:
		in.Urgent = w.rt.Policy.UrgentReply(w.routed.Urgency, w.t.Lang)
		w.requestUrgently(ctx, &in)
	case d.Action == switchboard.ActionClarify:
		w.t.Choices, in.Choices = d.Choices, d.Choices
		w.t.Answer.Suggestions = append(w.t.Answer.Suggestions, d.Choices...)
	case d.Action == switchboard.ActionDecline || d.Action == switchboard.ActionSmallTalk:
		titles := w.rt.Policy.TopicTitles(w.t.Lang)
		in.Topics = titles[:min(topicsNamed, len(titles))]
		w.t.Answer.Suggestions = append(w.t.Answer.Suggestions, w.rt.Policy.Suggestions(w.t.Lang)...)
	}
	if d.Reason == switchboard.ReasonOutOfScope && w.declinedBefore() {
		name = prompts.NameDeclineAgain
	}
	if w.t.Answer.Handoff == nil && (d.OfferHuman || d.Action == switchboard.ActionDegraded) {
		w.offerHuman()
	}
	w.template(ctx, name, in)
}

// requestUrgently asks for a person without waiting to be asked. What the policy says to the danger is said whatever
// becomes of the request.
func (w *work) requestUrgently(ctx context.Context, in *prompts.Input) {
	h, err := w.requestHuman(ctx)
	if err != nil {
		w.g.log.ErrorContext(ctx, "request a human for an urgent message", "turn", w.t.ID, "error", err)
		return
	}
	switch w.t.Answer.Handoff = &h; h.State {
	case switchboard.HandoffAcknowledged:
		in.Confirmed = h.Reference
	case switchboard.HandoffRequested:
		in.Reference = h.Reference
	}
}

// declinedBefore reports whether the reply before this one was a refusal too.
func (w *work) declinedBefore() bool {
	n := len(w.conv.Turns)
	return n > 0 && w.conv.Turns[n-1].Answer.Action == switchboard.ActionDecline
}

// care says a kind word before an answer, where the message tells of anger or need, and offers a human.
func (w *work) care(ctx context.Context) {
	name := prompts.NameCareAngry
	if w.routed.Care == switchboard.ReasonVulnerable {
		name = prompts.NameCareVulnerable
	}
	w.offerHuman()
	prompt := w.t.Answer.Prompt
	w.template(ctx, name, w.input())
	w.t.Answer.Prompt = prompt // the answer's own, not the kind word's
	w.separate()
}

// requestHuman asks for a person on behalf of the turn. A conversation that the turn was to open is opened first, since
// the request belongs to it.
func (w *work) requestHuman(ctx context.Context) (switchboard.Handoff, error) {
	if w.t.Opens != nil {
		if err := w.g.journal.OpenConversation(ctx, *w.t.Opens, ""); err != nil {
			return switchboard.Handoff{}, err
		}
		w.t.Opens = nil
	}
	return w.g.requestHuman(ctx, w.conv, asking{&w.t, w.urgency()}, "", "")
}

// degrade ends a reply honestly: what was verified stays, a sentence says that there is no more, and passages are
// quoted. A human is offered.
func (w *work) degrade(ctx context.Context, broken *outlet, reason switchboard.Reason) {
	w.decided(switchboard.ActionDegraded, reason)
	w.offerHuman()
	lead := prompts.NameDegradedLead
	if broken.raw.Len() > 0 {
		lead = prompts.NameDegradedTail
		w.separate()
	}
	if !w.quotable || ctx.Err() != nil {
		w.template(ctx, prompts.NameDegradedEmpty, w.input())
		return
	}
	out := newOutlet(w, guard.Draft{
		Question: w.routed.Resolved, Lang: w.t.Lang, Passages: w.t.Passages, Hosts: w.rt.Policy.Hosts(),
		Known: asked(w.conv),
	})
	out.numbers, out.cites, out.said.known = broken.numbers, broken.cites, broken.said.known
	out.before = func() { // the lead is said only when there is something to lead to
		w.template(ctx, lead, w.input())
		w.separate()
	}
	req := llm.Request{Question: w.routed.Resolved, Lang: w.t.Lang, Passages: w.t.Passages}
	done, err := w.rt.Quotes.Complete(ctx, req, out.write)
	if err == nil {
		err = out.close()
	}
	if err != nil && w.gone == nil {
		w.g.log.WarnContext(ctx, "quote passages", "turn", w.t.ID, "error", err)
	}
	switch {
	case out.raw.Len() > 0:
	case broken.raw.Len() > 0: // all that could be quoted has been said
		w.template(ctx, lead, w.input())
	default:
		w.template(ctx, prompts.NameDegradedEmpty, w.input())
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
func (w *work) template(ctx context.Context, name string, in prompts.Input) {
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
