package gateway_test

import (
	"strings"
	"testing"

	"switchboard"
)

func TestAnUrgentMessageAsksForAHumanAtOnce(t *testing.T) {
	b := newBot(t)
	for _, tt := range []struct{ ask, says string }{
		{"I want to hurt myself", "116 123"},
		{"They are doing a sim swap on me right now", "+353 1 555 0117"},
		{"112 doesn't work on my line", "112"},
		{"mi marido me pega y controla mi móvil", "112"},
	} {
		a, _ := b.ask(b.open(), tt.ask)
		if a.Reason != switchboard.ReasonUrgent || a.Handoff == nil || a.Handoff.State != switchboard.HandoffRequested {
			t.Fatalf("%q: %s, handoff %+v", tt.ask, a.Reason, a.Handoff)
		}
		if !strings.Contains(a.Text, tt.says) || !strings.Contains(a.Text, a.Handoff.Reference) {
			t.Errorf("%q: %q", tt.ask, a.Text)
		}
		if strings.Contains(a.Text, "has confirmed") || strings.Contains(a.Text, "lo ha confirmado") && !strings.Contains(a.Text, "aún no") {
			t.Errorf("%q: nobody has confirmed, but it says %q", tt.ask, a.Text)
		}
	}
}

func TestAnAngryQuestionIsAnswered(t *testing.T) {
	b := newBot(t)
	a, _ := b.ask(b.open(), "This is ridiculous. How much is roaming in Switzerland?")
	if a.Action != switchboard.ActionAnswer || a.Handoff == nil || a.Handoff.State != switchboard.HandoffOffered {
		t.Fatalf("%s (%s), handoff %+v", a.Action, a.Reason, a.Handoff)
	}
	if !strings.HasPrefix(a.Text, "I am sorry about the trouble") || !strings.Contains(a.Text, "€4.99") {
		t.Errorf("%q", a.Text)
	}
}

func TestALaterRefusalIsShorter(t *testing.T) {
	b := newBot(t)
	id := b.open()
	first, _ := b.ask(id, "What will the weather be like in Paris tomorrow?")
	second, _ := b.ask(id, "What is the capital of Australia?")
	if second.Action != switchboard.ActionDecline || len(second.Text) >= len(first.Text) || !strings.Contains(second.Text, "person") {
		t.Errorf("%s: %q after %q", second.Action, second.Text, first.Text)
	}
}

func TestALanguageWithoutTemplatesGetsTheDefaultOnes(t *testing.T) {
	b := newBot(t)
	for _, ask := range []string{"Wie wird das Wetter morgen in Paris und wer hat das Spiel gewonnen?", "Quel temps fera-t-il demain à Paris ?", "こんにちは、明日の天気は?"} {
		if a, _ := b.ask(b.open(), ask); strings.TrimSpace(a.Text) == "" {
			t.Errorf("%q: an empty reply (%s, %s)", ask, a.Action, a.Reason)
		}
	}
}
