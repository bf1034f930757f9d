package web_test

import (
	"testing"

	"switchboard"
	"switchboard/gateway/web/webtest"
)

// TestPageAPI drives the chat as the embedding page does.
func TestPageAPI(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "key=pk_test&locale=fr-CA&survey-after=0.05")
	tab.Run(`window.log = [];
		for (const e of ["open", "close", "message", "action", "handoff", "error", "csat"])
			SupportChat.on(e, (d) => log.push(e + " " + (d.role ?? d.action ?? d.state ?? d.score ?? "")));
		window.off = SupportChat.on("open", () => log.push("never"));
		SupportChat.on("open", () => { throw new Error("of the page") });
		off();
		addEventListener("error", (e) => e.preventDefault());
		SupportChat.toggle(); SupportChat.toggle(); SupportChat.send("a human please")`)
	tab.Wait("$('.card input')")
	tab.Run("$('.card form').requestSubmit()")
	tab.Wait("$('.card .ref')")
	tab.Wait("$('.survey')")
	tab.Run("$$('.score')[4].click()")
	tab.Wait("log.at(-1) === 'csat 5'")
	expect(t, tab, "log.join(', ')",
		"open , close , open , message user, message handoff, action handoff, handoff offered, handoff requested, csat 5")
	opened := g.Requests("/v1/conversations")
	if len(opened) != 1 || opened[0].Token != "pk_test" || string(opened[0].Body["locale"]) != `"fr"` {
		t.Errorf("opened: %v", opened)
	}
	if r := g.Requests("/messages"); r[0].Token == "pk_test" || r[0].Token == "" {
		t.Errorf("the message's bearer is %q, want the conversation's token", r[0].Token)
	}
	tab.Run("SupportChat.reset()")
	tab.Wait("$('.chip') && !$('.card')")
}

// TestTabGoesOn reloads the page: the conversation, the rating and the open panel are still there.
func TestTabGoesOn(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	ask(t, tab, "How much is roaming in Switzerland?")
	tab.Wait(answered)
	tab.Run("$$('.thumb')[1].click(); $('.person').click()")
	tab.Run("$('.card form').requestSubmit()")
	tab.Wait("$('.card .ref')")

	tab.Goto(g.URL + "/page?again")
	tab.Wait("$('.panel[open]') && " + answered)
	expect(t, tab, "$('.mine .bubble').innerText", "How much is roaming in Switzerland?")
	expect(t, tab, "$$('.thumb')[1].getAttribute('aria-pressed')", "true")
	expect(t, tab, "$$('a.cite').length", 3)
	expect(t, tab, "$('.card .ref').innerText", "H-7K3F-92QD")
	if n := len(g.Requests("/v1/conversations")); n != 1 {
		t.Errorf("%d conversations were opened, want 1", n)
	}

	g.Expire() // the token ends while the customer is on another page
	tab.Goto(g.URL + "/page?and-again")
	tab.Wait("$('.chip')")
	expect(t, tab, "$$('.mine').length", 0)
	tab.Clean()
}

// TestPageLeftWhileAnswering leaves the page in the middle of an answer. The next page asks under the same id.
func TestPageLeftWhileAnswering(t *testing.T) {
	hold := make(chan struct{})
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: said("First. Second."), Before: hold}))
	tab := visit(t, g, "")
	ask(t, tab, "hello")
	tab.Wait("$('.dots')")
	tab.Goto(g.URL + "/page?next")
	tab.Wait("$('.dots')")
	close(hold)
	tab.Wait(answered)
	expect(t, tab, "$$('.mine').length", 1)
	asked := g.Requests("/messages")
	if len(asked) != 2 || string(asked[0].Body["client_message_id"]) != string(asked[1].Body["client_message_id"]) {
		t.Errorf("asked: %v", asked)
	}
}

// TestSourcesOfOneDocument lists a document once, whose passages are cited under several numbers.
func TestSourcesOfOneDocument(t *testing.T) {
	cite := func(n int, title string) switchboard.Citation {
		return switchboard.Citation{N: n, Title: title, URL: "https://help.vireo.example/" + title}
	}
	answer := said("Green. [1] Red. [2] Amber. [3] Elsewhere. [4]")
	answer.Citations = []switchboard.Citation{cite(1, "lights"), cite(2, "lights"), cite(3, "lights"), cite(4, "outages")}
	tab := visit(t, webtest.NewGateway(t, always(webtest.Turn{Answer: answer})), "")
	ask(t, tab, "lights")
	tab.Wait(answered)
	expect(t, tab, "$$('.source').map((s) => s.innerText.replace(/\\s+/g, ' ')).join(' | ')",
		"1, 2, 3 lights opens in a new tab | 4 outages opens in a new tab")
	expect(t, tab, "$$('a.cite').length", 4)
	tab.Shot("sources")
	tab.Axe("sources")
}

// TestUnread counts the answers that come while the panel is closed.
func TestUnread(t *testing.T) {
	hold := make(chan struct{})
	tab := visit(t, webtest.NewGateway(t, always(webtest.Turn{Answer: said("Done."), Before: hold})), "")
	ask(t, tab, "hello")
	tab.Wait("$('.dots')")
	tab.Run("SupportChat.close()")
	close(hold)
	tab.Wait("!$('.badge').hidden")
	expect(t, tab, "$('.badge').textContent + ' ' + $('.launcher').getAttribute('aria-label')", "1 Open chat, 1 new")
	tab.Axe("unread")
	tab.Shot("unread")
	tab.Run("SupportChat.open()")
	tab.Run("SupportChat.close()")
	expect(t, tab, "$('.badge').hidden", true)
}

// TestQueue asks two questions at once: the second waits for the first.
func TestQueue(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	tab.Run("SupportChat.open(); SupportChat.send('one'); SupportChat.send('two')")
	tab.Wait("$$('.turn[data-action=answer]').length === 2")
	expect(t, tab, "$$('.log .bubble').slice(1).map((b) => b.innerText).join()", "one,You said: one,two,You said: two")
}

// TestAcknowledged watches a request for a person until the other side has taken it.
func TestAcknowledged(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "")
	ask(t, tab, "a human please")
	tab.Wait("$('.card form')")
	tab.Run("$('.card form').requestSubmit()")
	tab.Wait("$('.card').innerText.includes('being passed on')")
	g.Acknowledge()
	tab.Wait("$('.card').innerText.includes('Our team has your request')")
	tab.Shot("acknowledged")
}

// TestHostile checks that nothing an answer, a source or a page says becomes more than text.
func TestHostile(t *testing.T) {
	const attack = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: switchboard.Answer{
		Action: switchboard.ActionAnswer,
		Text:   attack + " **<b>x</b>** [1] [2] [3] [9]\n- <i>item</i> [link](javascript:alert(1))",
		Citations: []switchboard.Citation{
			{N: 1, PassageID: "a", Title: attack, URL: "javascript:window.hacked=1"},
			{N: 2, PassageID: "b", Title: "Data", URL: "data:text/html,<script>window.hacked=1</script>"},
			{N: 3, PassageID: "c", Title: `"><img src=x>`, URL: `https://help.example/"onclick="window.hacked=1`},
		},
		Suggestions: []string{attack},
		Handoff:     &switchboard.Handoff{State: switchboard.HandoffRequested, Reference: attack},
	}}))
	tab := visit(t, g, "title=%3Cimg+src%3Dx%3E")
	ask(t, tab, attack)
	tab.Wait(answered)
	expect(t, tab, "typeof window.hacked", "undefined")
	expect(t, tab, "$$('img, script, b > b, i, [onclick], [onerror], [style]:not(textarea)').length", 0)
	expect(t, tab, "$$('a').map((a) => new URL(a.href).protocol).join()", "https:,https:")
	expect(t, tab, "$('.turn[data-action=answer] .bubble').textContent.startsWith("+quoteJS(attack)+")", true)
	expect(t, tab, "$('.turn[data-action=answer] .bubble').textContent.includes('[9]')", true)
	tab.Shot("hostile")
	tab.Clean()
}

func quoteJS(s string) string { return "`" + s + "`" }

// TestGatewayElsewhere embeds the widget from another origin, as operators do.
func TestGatewayElsewhere(t *testing.T) {
	g := webtest.NewGateway(t, script)
	page := webtest.NewPage(t, g.URL)
	tab := browser(t).Tab(t)
	tab.Goto(page)
	ask(t, tab, "hello")
	tab.Wait(answered)
	tab.Clean()
}

// TestIdentityIsPassedOn opens the chat as a customer who is logged in, and again after logging out.
func TestIdentityIsPassedOn(t *testing.T) {
	g := webtest.NewGateway(t, script)
	tab := visit(t, g, "identity=signed.by.us")
	ask(t, tab, "How much is roaming in Switzerland?")
	tab.Wait(answered)
	tab.Goto(g.URL + "/page?identity=signed.again")
	tab.Wait("$('.panel[open]') && " + answered)
	tab.Goto(g.URL + "/page")
	tab.Run("SupportChat.open()")
	tab.Wait("$('.chip')")
	expect(t, tab, "$$('.mine').length", 0)
	opened := g.Requests("/v1/conversations")
	if len(opened) != 2 || string(opened[0].Body["identity"]) != `"signed.by.us"` || opened[1].Body["identity"] != nil {
		t.Errorf("opened: %v", opened)
	}
	tab.Clean()
}
