package web_test

import (
	"testing"

	"switchboard/gateway/web/webtest"
)

// TestStates holds every state that a customer sees to axe-core, with a screenshot of each in testdata/shots.
func TestStates(t *testing.T) {
	const roams = "How much is roaming in Switzerland?"
	g := webtest.NewGateway(t, script)
	open := func(tab *webtest.Tab) {
		tab.Run("SupportChat.open()")
		tab.Wait("$('.panel[open] .chip')")
	}
	ask := func(question string) func(*webtest.Tab) {
		return func(tab *webtest.Tab) {
			open(tab)
			tab.Ask(question)
		}
	}
	dark := []string{"prefers-color-scheme", "dark"}
	tests := []struct {
		name, page    string
		prefer        []string
		width, height int64
		do            func(*webtest.Tab)
	}{
		{name: "launcher", page: "/page", do: func(*webtest.Tab) {}},
		{name: "greeting", page: "/page?title=Vireo+help", do: open},
		{name: "citations", page: "/page", do: ask(roams)},
		{name: "handoff-offered", page: "/page", do: ask("a human please")},
		{name: "rated-and-survey", page: "/page?survey-after=0.05", do: func(tab *webtest.Tab) {
			ask(roams)(tab)
			tab.Run("$('.thumb').click()")
			tab.Wait("$('.survey')")
		}},
		{name: "ended", page: "/page", do: func(tab *webtest.Tab) {
			ask(roams)(tab)
			tab.Run("$$('.tool')[0].click()")
			tab.Wait("$('.survey')")
		}},
		{name: "dark", page: "/page", prefer: dark, do: ask(roams)},
		{name: "dark-by-tag", page: "/page?theme=dark", do: ask("a human please")},
		{name: "left", page: "/page?position=left", do: open},
		{name: "rtl", page: "/page?locale=ar", do: func(tab *webtest.Tab) {
			open(tab)
			tab.Ask("كم تكلفة التجوال في سويسرا؟")
		}},
		{name: "rtl-dark", page: "/page?locale=ar-EG&theme=dark", do: open},
		{name: "german", page: "/page?locale=de-AT", do: ask("human")},
		{name: "mobile", page: "/page", width: 320, height: 568, do: ask(roams)},
		{name: "mobile-rtl-dark", page: "/page?locale=ar&theme=dark", width: 320, height: 568, do: func(tab *webtest.Tab) {
			open(tab)
			tab.Ask("كم تكلفة التجوال في سويسرا؟")
		}},
		{name: "forced-colors", page: "/page", prefer: []string{"forced-colors", "active"}, do: ask(roams)},
		{name: "demo", page: "/demo?theme=light", width: 1280, height: 3200, do: func(*webtest.Tab) {}},
		{name: "demo-dark", page: "/demo?theme=dark", width: 1280, height: 3200, do: func(*webtest.Tab) {}},
		{name: "demo-mobile", page: "/demo?theme=light", width: 320, height: 1600, do: func(*webtest.Tab) {}},
		{name: "demo-chat-dark", page: "/demo?theme=dark", do: ask(roams)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tab := browser(t).Tab(t)
			if tt.width > 0 {
				tab.Size(tt.width, tt.height, tt.width < 480)
			}
			tab.Prefer(tt.prefer...)
			tab.Goto(g.URL + tt.page)
			tt.do(tab)
			tab.Shot(tt.name)
			tab.Axe(tt.name)
			if tt.width == 320 {
				expect(t, tab, "document.documentElement.scrollWidth <= 320", true)
				expect(t, tab, "$('.scroll').scrollWidth <= $('.scroll').clientWidth", true)
			}
		})
	}
}

// TestStreamingState stops the stream in the middle, where the dots and the half answer are.
func TestStreamingState(t *testing.T) {
	before, hold := make(chan struct{}), make(chan struct{})
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: roaming, Before: before, Hold: hold}))
	tab := visit(t, g, "open")
	tab.Wait("$('.chip')")
	tab.Run("SupportChat.send('How much is roaming in Switzerland?')")
	tab.Wait("$('.dots')")
	tab.Shot("waiting")
	tab.Axe("waiting")
	close(before)
	tab.Wait("$('.draft').innerText.includes('Zone 2')")
	tab.Shot("streaming")
	tab.Axe("streaming")
	close(hold)
	tab.Wait("$('.turn[data-action=answer]')")
	tab.Clean()
}

// TestTargets checks that everything that can be pressed is 44 pixels high and wide, links within sentences aside.
func TestTargets(t *testing.T) {
	tab := visit(t, webtest.NewGateway(t, script), "survey-after=0.05")
	tab.Run("SupportChat.open()")
	tab.Wait("$('.chip')")
	tab.Ask("a human please")
	tab.Ask("How much is roaming in Switzerland?")
	tab.Wait("$('.survey')")
	const small = `$$("button, input, textarea, a:not(.cite)").filter((e) => e.checkVisibility())
		.filter((e) => e.getBoundingClientRect().width < 44 || e.getBoundingClientRect().height < 43.5)
		.map((e) => e.className || e.tagName)`
	expect(t, tab, small, "[]")
}

// TestReducedMotion checks that nothing moves for those who asked for that, and that something does for the others.
func TestReducedMotion(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	g := webtest.NewGateway(t, always(webtest.Turn{Answer: said("Never."), Before: hold}))
	for wish, moves := range map[string]bool{"reduce": false, "no-preference": true} {
		t.Run(wish, func(t *testing.T) {
			tab := browser(t).Tab(t)
			tab.Prefer("prefers-reduced-motion", wish)
			tab.Goto(g.URL + "/page")
			tab.Run("SupportChat.open(); SupportChat.send('hello')")
			tab.Wait("$('.dots i')")
			expect(t, tab, "getComputedStyle($('.dots i')).animationName !== 'none'", moves)
			expect(t, tab, "getComputedStyle($('.scroll')).scrollBehavior === 'smooth'", moves)
		})
	}
}
