package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"switchboard/gateway/web/webtest"
)

// TestKeyboardOnly is a customer without a pointer: from the page's link to a cited answer and back.
func TestKeyboardOnly(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	tab.TabTo("#before")
	tab.Press(kb.Tab)
	if !tab.Focused(".launcher") {
		t.Fatalf("after the page's last link comes %s, want the launcher", tab.Focus())
	}
	tab.Press(kb.Enter)
	tab.Wait("$('.panel[open] .chip')")
	if !tab.Focused("textarea") {
		t.Fatalf("opening moved the focus to %s, want the text field", tab.Focus())
	}
	expect(t, tab, "$('.panel').getAttribute('aria-labelledby') && $('#title').textContent", "Help")

	tab.Press("How much is roaming", kb.Escape)
	tab.Wait("!$('.panel[open]')")
	if !tab.Focused(".launcher") {
		t.Errorf("Escape moved the focus to %s, want the launcher", tab.Focus())
	}
	tab.Press(kb.Enter)
	tab.Wait("$('.panel[open]')")
	tab.Press(" in Switzerland?", kb.Enter)
	tab.Wait("$('.turn[data-action=answer]')")

	heard := tab.String("heard.join(' | ')")
	for _, want := range []string{"You: How much is roaming in Switzerland?", "Assistant: Switzerland is in Zone 2."} {
		if !strings.Contains(strings.Join(strings.Fields(heard), " "), want) {
			t.Errorf("the live region never said %q; it said %q", want, heard)
		}
	}
	// Backwards from the text field: suggestions, thumbs, sources.
	shiftTabTo(t, tab, ".thumb[aria-label=Helpful]")
	tab.Press(" ")
	tab.Wait("$('.thumb').getAttribute('aria-pressed') === 'true'")
	if r := g.Await(t, "/feedback", 1); len(r) != 1 || string(r[0].Body["rating"]) != `"up"` {
		t.Errorf("feedback requests: %v", r)
	}
	tab.Wait("$('[role=status]').textContent.includes('Thank you')")
	shiftTabTo(t, tab, "a.source")
	shiftTabTo(t, tab, "a.cite")
	expect(t, tab, "$('a.cite').rel + ' ' + $('a.cite').target", "noopener noreferrer _blank")
	tab.TabTo(".chip")
	tab.Press(kb.Enter)
	tab.Wait("$$('.turn[data-action]').length === 3") // with the greeting
	if !tab.Focused("textarea") {
		t.Errorf("a suggestion left the focus on %s, want the text field", tab.Focus())
	}
	tab.TabTo(".person")
	tab.Press(kb.Enter)
	if !tab.Focused(".card input") {
		t.Errorf("asking for a person moved the focus to %s, want the contact field", tab.Focus())
	}
	tab.Press("anna@example.org", kb.Enter)
	tab.Wait("$('.card .ref')?.textContent === 'H-7K3F-92QD'")
	if r := g.Requests("/handoff"); len(r) != 1 || string(r[0].Body["contact"]) != `"anna@example.org"` {
		t.Errorf("handoff requests: %v", r)
	}
	if !tab.Focused(".card") {
		t.Errorf("the request left the focus on %s, want its card", tab.Focus())
	}
	tab.Press(kb.Escape)
	tab.Wait("!$('.panel[open]')")
	if !tab.Focused(".launcher") {
		t.Errorf("Escape moved the focus to %s, want the launcher", tab.Focus())
	}
	tab.Clean()
}

func shiftTabTo(t *testing.T, tab *webtest.Tab, selector string) {
	t.Helper()
	for range 20 {
		if tab.Focused(selector) {
			return
		}
		tab.PressShift(kb.Tab)
	}
	t.Fatalf("Shift+Tab never reached %s; focus is on %s", selector, tab.Focus())
}

// TestSurveyByKeyboard ends a chat, rates it and begins another, without a pointer.
func TestSurveyByKeyboard(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	tab.TabTo(".launcher")
	tab.Press(kb.Enter)
	tab.Wait("$('.chip')")
	tab.Ask("hello")
	shiftTabTo(t, tab, ".tool")
	tab.PressShift(kb.Tab)
	tab.Press(kb.Enter)
	tab.Wait("$('.survey')")
	if !tab.Focused(".over button") {
		t.Errorf("ending moved the focus to %s, want the button for a new chat", tab.Focus())
	}
	shiftTabTo(t, tab, ".score:nth-child(4)")
	tab.Press(kb.Enter)
	tab.Wait("$('.survey').innerText.includes('Thank you')")
	if r := g.Await(t, "/csat", 1); len(r) != 1 || string(r[0].Body["score"]) != "4" {
		t.Errorf("csat requests: %v", r)
	}
	tab.TabTo(".over button")
	tab.Press(kb.Enter)
	tab.Wait("$('.chip') && !$('.survey')")
	if !tab.Focused("textarea") {
		t.Errorf("a new chat put the focus on %s, want the text field", tab.Focus())
	}
	if n := len(g.Requests("/v1/conversations")); n != 2 {
		t.Errorf("%d conversations were opened, want 2", n)
	}
	tab.Clean()
}

// TestFocusReturns checks that the focus goes back to what opened the chat, and that a chat which opens by itself
// takes it from nobody.
func TestFocusReturns(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	tab.Run("document.querySelector('#before').focus(); SupportChat.open()")
	tab.Wait("$('.panel[open]')")
	tab.Press(kb.Escape)
	if !tab.Focused("#before") {
		t.Errorf("closing moved the focus to %s, want the link that had it", tab.Focus())
	}
	tab = visit(t, g, "open")
	tab.Wait("$('.panel[open] .chip')")
	if !tab.Focused("body") {
		t.Errorf("the chat took the focus to %s", tab.Focus())
	}
}

// TestModalOnNarrowScreens checks that Tab cannot leave a chat that covers the page.
func TestModalOnNarrowScreens(t *testing.T) {
	tab := browser(t).Tab(t)
	tab.Size(320, 568, true)
	tab.Goto(webtest.NewGateway(t, script).URL + "/page")
	tab.Run("SupportChat.open()")
	tab.Wait("$('.chip')")
	for range 12 {
		tab.Press(kb.Tab)
		if tab.Focused("#before") {
			t.Fatal("Tab reached the page behind the chat")
		}
	}
	expect(t, tab, "$('.panel').matches(':modal')", true)
	tab.Size(1280, 900, false)
	tab.Wait("$('.panel[open]:not(:modal)')")
	tab.Clean()
}

// TestWriting covers the text field: new lines, input methods, and the limit.
func TestWriting(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	tab.Run("SupportChat.open()")
	tab.Wait("$('.chip')")
	tab.Press("one")
	tab.PressShift(kb.Enter)
	tab.Press("two")
	expect(t, tab, "$('textarea').value", "one\ntwo")

	tab.Run(`$("textarea").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }));
		$("textarea").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true }));
		$("textarea").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", isComposing: true, bubbles: true }))`)
	expect(t, tab, "$('textarea').value", "one\ntwo")
	expect(t, tab, "!!$('.panel[open]')", true)

	tab.Run(`$("textarea").value = "😀".repeat(3990); $("textarea").dispatchEvent(new Event("input"))`)
	expect(t, tab, "$('.counter').textContent", "10 characters left")
	tab.Run(`$("textarea").value += "x".repeat(12); $("textarea").dispatchEvent(new Event("input"))`)
	expect(t, tab, "$('.counter').textContent", "2 characters too many")
	tab.Press(kb.Enter)
	tab.Wait("$('.panel > [role=status]').textContent === '2 characters too many'")
	if n := len(g.Requests("/messages")); n != 0 {
		t.Errorf("%d messages were sent, want none", n)
	}
	tab.Axe("too long")
	tab.Shot("too-long")
	tab.Run(`$("textarea").value = "  short  "; $("textarea").dispatchEvent(new Event("input"))`)
	tab.Press(kb.Enter)
	tab.Wait("$('.turn[data-action=answer]')")
	if r := g.Requests("/messages"); len(r) != 1 || string(r[0].Body["text"]) != `"short"` {
		t.Errorf("messages: %v", r)
	}
}
