package web_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"switchboard"
	"switchboard/gateway/web/webtest"
)

// chromium is the one browser that all tests of the package share, started by the first that needs it.
var chromium = sync.OnceValues(webtest.Launch)

func TestMain(m *testing.M) {
	code := m.Run()
	if b, err := chromium(); err == nil {
		b.Close()
	}
	os.Exit(code)
}

func browser(t *testing.T) *webtest.Browser {
	t.Helper()
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// visit opens a page that embeds the widget with the given attributes: "locale=ar&open".
func visit(t *testing.T, g *webtest.Gateway, attributes string) *webtest.Tab {
	t.Helper()
	tab := browser(t).Tab(t)
	tab.Goto(g.URL + "/page?" + attributes)
	return tab
}

// always is a script with one turn for every question.
func always(turn webtest.Turn) func(string) webtest.Turn {
	return func(string) webtest.Turn { return turn }
}

// script is what the stand-in answers in most tests.
func script(question string) webtest.Turn {
	about := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(question, w) {
				return true
			}
		}
		return false
	}
	switch {
	case about("Switzerland"):
		return webtest.Turn{Answer: roaming}
	case about("سويسرا"):
		return webtest.Turn{Answer: roamingArabic}
	case about("weather", "rain"):
		return webtest.Turn{Answer: switchboard.Answer{
			Action: switchboard.ActionDecline, Reason: switchboard.ReasonOutOfScope,
			Text:        "I can only help with Vireo's mobile and fibre services.",
			Suggestions: []string{"How do I activate an eSIM?"},
		}}
	case about("human", "person"):
		return webtest.Turn{Answer: switchboard.Answer{
			Action: switchboard.ActionHandoff, Reason: switchboard.ReasonHumanRequested,
			Text:    "I can pass you on to a colleague.",
			Handoff: &switchboard.Handoff{State: switchboard.HandoffOffered},
		}}
	default:
		return webtest.Turn{Answer: said("You said: " + question)}
	}
}

func said(text string) switchboard.Answer {
	return switchboard.Answer{Action: switchboard.ActionAnswer, Reason: switchboard.ReasonGrounded, Text: text}
}

var roaming = switchboard.Answer{
	Action: switchboard.ActionAnswer, Reason: switchboard.ReasonGrounded,
	Text: "Switzerland is in **Zone 2**. A day pass costs €4.99 and lasts 24 hours from first use. [1] It holds:\n" +
		"- 500 MB of data\n- 60 minutes and 60 texts [1]\n\nTo switch passes off, text PASS OFF to 1717. [2]",
	Citations: []switchboard.Citation{
		{
			N: 1, DocumentID: "roaming-prices", PassageID: "p1", Title: "Roaming prices by country",
			URL: "https://help.vireo.example/roaming/prices", Quote: "Switzerland €4.99",
		},
		{
			N: 2, DocumentID: "day-passes", PassageID: "p2", Title: "How day passes work",
			URL: "https://help.vireo.example/roaming/passes", Quote: "PASS OFF to 1717",
		},
	},
	Suggestions: []string{"How much is a 7-day pass?", "What counts as Zone 2?"},
}

var roamingArabic = switchboard.Answer{
	Action: switchboard.ActionAnswer, Reason: switchboard.ReasonGrounded,
	Text: "تقع سويسرا في المنطقة 2. تكلفة الباقة اليومية 4.99 يورو وتدوم 24 ساعة من أول استخدام. [1]",
	Citations: []switchboard.Citation{
		{N: 1, PassageID: "p1", Title: "أسعار التجوال حسب البلد", URL: "https://help.vireo.example/ar/roaming"},
	},
	Suggestions: []string{"ما هي المنطقة 2؟"},
}

// TestMainFlow runs the customer's story against the stand-in, or against the gateway that SWITCHBOARD_WEB_URL names.
func TestMainFlow(t *testing.T) {
	base := os.Getenv("SWITCHBOARD_WEB_URL")
	if base == "" {
		base = webtest.NewGateway(t, script).URL
	}
	webtest.MainFlow(t, browser(t), base)
}

// expect fails the test where a JavaScript expression does not have the wanted value.
func expect(t *testing.T, tab *webtest.Tab, expression string, want any) {
	t.Helper()
	if got := tab.String(expression); got != fmt.Sprint(want) {
		t.Errorf("%s = %s, want %v", expression, got, want)
	}
}
