package webtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// MainFlow is a customer's story on the demo page of the gateway at base, "http://127.0.0.1:8080": a cited answer, a
// question out of scope, a person with a reference. It holds for any gateway that answers from the demo articles.
func MainFlow(t *testing.T, b *Browser, base string) {
	t.Helper()
	tab := b.Tab(t)
	tab.Goto(base + "/demo?locale=en&theme=light")
	tab.Axe("demo page")
	tab.Shot("flow-1-demo")
	tab.Run("SupportChat.open()")
	tab.Wait("$('.panel[open] .chip')")

	action := tab.Ask("How much is roaming in Switzerland?")
	if action != "answer" {
		t.Errorf("roaming: action %q, want answer", action)
	}
	if text := tab.LastAnswer(); !strings.Contains(text, "4.99") {
		t.Errorf("roaming: the answer does not give the day pass's price: %q", text)
	}
	if n := tab.String("$$('.turn[data-action]:last-of-type a.source').length"); n == "0" {
		t.Error("roaming: no source is linked")
	}
	tab.Axe("cited answer")
	tab.Shot("flow-2-answer")

	if action := tab.Ask("What will the weather be like tomorrow?"); action != "decline" {
		t.Errorf("weather: action %q, want decline", action)
	}
	if action := tab.Ask("I want to talk to a human"); action != "handoff" {
		t.Errorf("human: action %q, want handoff", action)
	}
	tab.Wait("$('.card')")
	if tab.String("!!$('.card input')") == "true" {
		tab.Run("$('.card input').focus()")
		tab.Press("anna@example.org", kb.Enter)
	}
	tab.Wait("/^H-/.test($('.card .ref')?.textContent ?? '')")
	tab.Axe("handoff")
	tab.Shot("flow-3-handoff")
	tab.Clean()
}

// Ask writes a question, waits for the whole reply and returns its action.
func (tab *Tab) Ask(question string) string {
	tab.t.Helper()
	before := tab.String("$$('.turn[data-action]').length")
	tab.Run("$('textarea').focus()")
	tab.Press(question, kb.Enter)
	tab.Wait(fmt.Sprintf("$$('.turn[data-action]').length > %s", before))
	return tab.String("$$('.turn[data-action]').at(-1).dataset.action")
}

// LastAnswer is the text of the last finished reply.
func (tab *Tab) LastAnswer() string {
	tab.t.Helper()
	return tab.String("$$('.turn[data-action] .bubble').at(-1).innerText")
}
