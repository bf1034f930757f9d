package main

import (
	"fmt"
	"net/http"
	"testing"

	"switchboard/fallback/gaps"
)

// A gap is seen, an article written for it and promoted, and only then does asking again close it.
func TestAGapIsClosedByAnArticle(t *testing.T) {
	m := managed{server: serve(t, "kb: {demo: true}\n", nil)}
	const question = "How much is a landline without internet?"
	m.ask(m.open(), question)
	var list struct{ Gaps []gaps.Gap }
	m.must(http.StatusOK, "GET", "/v1/admin/gaps", "", &list)
	if len(list.Gaps) != 1 || string(list.Gaps[0].Title) != question {
		t.Fatalf("gaps: %+v", list.Gaps)
	}
	one := "/v1/admin/gaps/" + list.Gaps[0].ID
	var g gaps.Gap
	m.must(http.StatusOK, "POST", one+"/check", "", &g)
	if g.State != "open" || g.Proof == nil || g.Proof.Answered != 0 {
		t.Errorf("closed without an article: %+v", g)
	}
	m.must(http.StatusCreated, "POST", one+"/draft", fmt.Sprintf(
		`{"answer":%q}`, "A landline without internet costs €12 per month. There is no connection fee."), nil)
	m.must(http.StatusOK, "POST", one+"/check", "", &g)
	if g.State != "drafted" {
		t.Errorf("closed by an article that nobody has promoted: %+v", g)
	}
	m.promote()
	m.must(http.StatusOK, "POST", one+"/check", "", &g)
	if g.State != "closed" || g.Proof.Answered != 1 || g.Examples[0].Checked.Documents[0] != g.Draft {
		t.Errorf("with the article: %+v %+v", g, g.Proof)
	}
	var c struct{ Conversations []any }
	if m.call("GET", "/v1/admin/conversations", "", "", &c) == http.StatusOK && len(c.Conversations) != 1 {
		t.Errorf("asking again has left %d conversations", len(c.Conversations))
	}
}
