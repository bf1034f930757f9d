package gateway_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
)

// What was said once is not said again: by a model that goes in circles, nor by the passages that a broken reply ends with.
func TestNothingIsSaidTwice(t *testing.T) {
	const whole = "A daily pass for Switzerland costs €4.99 a day and includes 500 MB, 60 minutes and 60 texts"
	const more = "Mobile data in Switzerland stops when the 500 MB of the daily pass is used"
	tests := []struct {
		name   string
		says   llmtest.Script
		action switchboard.Action
		want   string // the reply begins with
	}{
		{"once again", llmtest.Say(whole + ". " + whole + " [1]. " + more + "."), switchboard.ActionAnswer, whole + ". [1] " + more},
		{"in circles", llmtest.Say(strings.Repeat(whole+". "+more+". ", 200)), switchboard.ActionDegraded, whole + ". [1] " + more},
		{
			"cut", llmtest.Stream(llmtest.Role(), llmtest.Text(whole+". Calls cost"), llmtest.Cut()),
			switchboard.ActionDegraded, whole + ". [1]",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newModelBot(t, tt.says, tt.says)
			a, _ := b.ask(b.open(), "How much is roaming in Switzerland?")
			if a.Action != tt.action || !strings.HasPrefix(a.Text, tt.want) {
				t.Errorf("got %s: %s", a.Action, a.Text)
			}
			for _, s := range []string{whole, more} {
				if n := strings.Count(a.Text, s); n > 1 {
					t.Errorf("%q is said %d times: %s", s, n, a.Text)
				}
			}
		})
	}
}
