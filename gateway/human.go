package gateway

import (
	"context"
	"strings"
	"unicode"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/privacy"
)

// HandoffEvent takes in what the support team's side tells of a handoff: that a person has it, its place in the queue, what
// the person wrote, that it is over. It reports false where there was nothing to do, such as for an event that came before.
func (g *Gateway) HandoffEvent(ctx context.Context, e switchboard.HandoffEvent) (bool, error) {
	rt := g.pin()
	defer rt.unpin()
	text, hidden := rt.Masker.Mask(printable(string(e.Text)))
	e.Text = switchboard.Masked(hidden.RevealOnly(string(text), agentsOwn...))
	return g.journal.HandoffEvent(ctx, e)
}

// agentsOwn are the kinds of personal data that stay as the agent wrote them: their name, the team's number, the address of a
// shop. What only a customer has (cards, accounts, codes, ids) is masked also in the words of an agent who repeats it.
var agentsOwn = []privacy.Type{privacy.Name, privacy.Phone, privacy.Email, privacy.Address, privacy.IP, privacy.MAC}

// printable is text without control characters other than line ends, and without those that turn the direction of text.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d') || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// silent is the decision for what a customer writes while a person has the conversation: it is recorded and delivered to
// that person, and the bot says nothing but, once, why.
func (w *work) silent(ctx context.Context) {
	w.decided(switchboard.ActionHandoff, switchboard.ReasonWithHuman)
	w.t.Answer.Handoff = w.conv.Handoff
	if last := exchanges(w.conv); len(last) > 0 && last[len(last)-1].Reason == switchboard.ReasonWithHuman {
		return
	}
	in := w.input()
	in.Reference = w.conv.Handoff.Reference
	w.template(ctx, templates[switchboard.ReasonWithHuman], in)
}

// urgency is the policy's name of the danger that a conversation's last words tell of, "" for none.
func (w *work) urgency() string {
	if w.routed.Urgency != "" {
		return w.routed.Urgency
	}
	for _, t := range recent(w.conv) {
		if t.Answer.Reason == switchboard.ReasonUrgent {
			return w.rt.Policy.Route(fallback.RouteInput{Text: t.Question, Lang: t.Lang}).Urgency
		}
	}
	return ""
}
