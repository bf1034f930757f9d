package evals

import (
	"context"
	"slices"
	"strings"

	"switchboard"
)

// The checks on what a reply is, as against what it says.

// scoreAction checks the action: the value, or one of a list.
func scoreAction(_ context.Context, a Assertion, r Reply) (Score, error) {
	got := string(r.Answer.Action)
	return verdict(slices.Contains(a.Value.Items(), got), "the action is %s (%s)", got, r.Answer.Reason)
}

func wantActions(a Assertion) string {
	if problem := wantItems(a); problem != "" {
		return problem
	}
	for _, item := range a.Value.Items() {
		if !slices.Contains(switchboard.Actions, switchboard.Action(item)) {
			return "there is no action " + item
		}
	}
	return ""
}

// scoreReason checks the reason's code: the value, or one of a list.
func scoreReason(_ context.Context, a Assertion, r Reply) (Score, error) {
	return verdict(slices.Contains(a.Value.Items(), string(r.Answer.Reason)), "the reason is %s", r.Answer.Reason)
}

// refusals are the actions that claim nothing.
var refusals = []switchboard.Action{
	switchboard.ActionDecline, switchboard.ActionHandoff, switchboard.ActionBlocked, switchboard.ActionClarify,
}

// scoreRefuses checks that no answer was given: another action, and nothing cited.
func scoreRefuses(_ context.Context, _ Assertion, r Reply) (Score, error) {
	refused := slices.Contains(refusals, r.Answer.Action) && len(r.Answer.Citations) == 0
	return verdict(refused, "the action is %s (%s), with %d citations",
		r.Answer.Action, r.Answer.Reason, len(r.Answer.Citations))
}

// scoreAsksFor checks what a clarifying question offers: each value is part of one of the choices, whatever its case.
func scoreAsksFor(_ context.Context, a Assertion, r Reply) (Score, error) {
	if r.Answer.Action != switchboard.ActionClarify {
		return verdict(false, "nothing was asked: the action is %s (%s)", r.Answer.Action, r.Answer.Reason)
	}
	offered := strings.ToLower(strings.Join(append([]string{r.Answer.Text}, r.Answer.Suggestions...), "\n"))
	for _, item := range a.Value.Items() {
		if !strings.Contains(offered, strings.ToLower(item)) {
			return verdict(false, "%q is not among the choices: %s", item, strings.Join(r.Answer.Suggestions, ", "))
		}
	}
	return verdict(true, "the choices are %s", strings.Join(r.Answer.Suggestions, ", "))
}
