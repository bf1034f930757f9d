package httpapi

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestManagersBadInput(t *testing.T) {
	g, trail := startManaged(t)
	const docs, one = "/v1/admin/documents", "/v1/admin/documents/roaming"
	document := func(members string) string { return `{"document":{"id":"x","title":"X"` + members + `},"reason":"r"}` }
	tests := []struct {
		name, method, path, body string
		status                   int
		code, field              string
	}{
		{"no body", "POST", docs, "", 400, "invalid_json", ""},
		{"trailing garbage", "POST", docs, document("") + "x", 400, "invalid_json", ""},
		{"invalid UTF-8", "POST", docs, document(",\"body\":\"a\xff\""), 400, "invalid_json", ""},
		{"too large", "POST", docs, document(`,"body":"` + strings.Repeat("x", 1<<20) + `"`), 413, "body_too_large", ""},
		{"unknown field", "POST", docs, `{"document":{"id":"x","text":"X"},"reason":"r"}`, 400, "invalid_field", "document.text"},
		{"unknown field outside", "POST", docs, `{"document":{"id":"x","body":"X"},"reason":"r","author":"me"}`, 400, "invalid_field", "author"},
		{"no document", "POST", docs, `{"reason":"r"}`, 400, "invalid_field", "document.id"},
		{"null document", "POST", docs, `{"document":null,"reason":"r"}`, 400, "invalid_field", "document.id"},
		{"a list", "POST", docs, `{"document":[],"reason":"r"}`, 400, "invalid_field", "document"},
		{"no id", "POST", docs, `{"document":{"body":"x"},"reason":"r"}`, 400, "invalid_field", "document.id"},
		{"blank id", "POST", docs, `{"document":{"id":" ","body":"x"},"reason":"r"}`, 400, "invalid_field", "document.id"},
		{"id with a line break", "POST", docs, `{"document":{"id":"a\nb","body":"x"},"reason":"r"}`, 400, "invalid_field", "document"},
		{"long id", "POST", docs, `{"document":{"id":"` + strings.Repeat("x", 257) + `","body":"x"},"reason":"r"}`, 400, "invalid_field", "document"},
		{"nothing in it", "POST", docs, `{"document":{"id":"x"},"reason":"r"}`, 400, "invalid_field", "document"},
		{"null character", "POST", docs, document(`,"body":"a\u0000"`), 400, "invalid_field", "document"},
		{"lang", "POST", docs, document(`,"lang":"english language"`), 400, "invalid_field", "document"},
		{"audience", "POST", docs, document(`,"audience":"big business"`), 400, "invalid_field", "document.audience.0"},
		{"a script for a link", "POST", docs, document(`,"url":"javascript:alert(1)"`), 400, "invalid_field", "document.url"},
		{"no link at all", "POST", docs, document(`,"url":"http://[::1"`), 400, "invalid_field", "document.url"},
		{"date", "POST", docs, document(`,"valid_from":"31.1.2026"`), 400, "invalid_field", "document.valid_from"},
		{"no such day", "POST", docs, document(`,"valid_to":"2026-02-30"`), 400, "invalid_field", "document.valid_to"},
		{"date with a time", "POST", docs, document(`,"review_by":"2026-02-03T00:00:00Z"`), 400, "invalid_field", "document.review_by"},
		{"ends before it begins", "POST", docs, document(`,"valid_from":"2026-02-03","valid_to":"2026-02-02"`), 400, "invalid_field", "document"},
		{"supersedes itself", "POST", docs, document(`,"supersedes":["x"]`), 400, "invalid_field", "document"},
		{"topics", "POST", docs, document(`,"topics":"a"`), 400, "invalid_field", "document.topics"},
		{"no reason", "POST", docs, `{"document":{"id":"x","body":"x"}}`, 400, "invalid_field", "reason"},
		{"blank reason", "DELETE", one, `{"reason":" \u200b"}`, 400, "invalid_field", "reason"},
		{"long reason", "DELETE", one, `{"reason":"` + strings.Repeat("é", 501) + `"}`, 400, "invalid_field", "reason"},
		{"nothing said", "DELETE", one, "", 400, "invalid_json", ""},
		{"another id", "PUT", one, `{"document":{"id":"x","body":"x"},"reason":"r"}`, 400, "invalid_field", "document.id"},
		{"expect", "PUT", one, `{"document":{"body":"x"},"reason":"r","expect":"abc"}`, 400, "invalid_field", "expect"},
		{"unknown", "PUT", docs + "/none", `{"document":{"body":"x"},"reason":"r"}`, 404, "not_found", ""},
		{"unknown, invalid UTF-8", "GET", docs + "/%ff", "", 404, "not_found", ""},
		{"unknown, null", "GET", docs + "/%00", "", 404, "not_found", ""},
		{"unknown, long", "GET", docs + "/" + strings.Repeat("x", 5000), "", 404, "not_found", ""},
		{"retire, date", "POST", one + "/retire", `{"on":"soon","reason":"r"}`, 400, "invalid_field", "on"},
		{"slash at the end", "GET", docs + "/", "", 404, "not_found", ""},
		{"method", "PATCH", one, "{}", 405, "method_not_allowed", ""},
		{"limit", "GET", docs + "?limit=201", "", 400, "invalid_field", "limit"},
		{"cursor", "GET", docs + "?cursor=%21", "", 400, "invalid_field", "cursor"},
		{"cursor of no text", "GET", docs + "?cursor=_w", "", 400, "invalid_field", "cursor"},
		{"cursor of no number", "GET", one + "/revisions?cursor=eA", "", 400, "invalid_field", "cursor"},
		{"cursor of no snapshot", "GET", "/v1/admin/kb/snapshots?cursor=eA", "", 400, "invalid_field", "cursor"},
		{"state", "GET", docs + "?state=dead", "", 400, "invalid_field", "state"},
		{"language", "GET", docs + "?lang=e", "", 400, "invalid_field", "lang"},
		{"audience of a list", "GET", docs + "?audience=%20", "", 400, "invalid_field", "audience"},
		{"text", "GET", docs + "?q=%ff", "", 400, "invalid_field", "q"},
		{"owner", "GET", docs + "?owner=%00", "", 400, "invalid_field", "owner"},
		{"snapshot", "GET", docs + "?snapshot=..", "", 404, "not_found", ""},
		{"snapshot that is not there", "GET", one + "?snapshot=kb_0011223344556677", "", 404, "not_found", ""},
		{"diff of nothing", "GET", "/v1/admin/kb/diff?from=kb_0011223344556677", "", 404, "not_found", ""},
		{"diff of no document", "GET", docs + "/none/diff", "", 404, "not_found", ""},
		{"promote nothing", "POST", "/v1/admin/kb/candidate/promote", `{}`, 400, "invalid_field", "snapshot"},
		{"promote where nothing waits", "POST", "/v1/admin/kb/candidate/promote", `{"snapshot":"x"}`, 404, "not_found", ""},
		{"roll back to nothing", "POST", "/v1/admin/kb/rollback", `{"snapshot":"../../etc"}`, 404, "not_found", ""},
		{"roll back by type", "POST", "/v1/admin/kb/rollback", `{"snapshot":7}`, 400, "invalid_field", "snapshot"},
		{"audit since", "GET", "/v1/admin/audit?since=ever", "", 400, "invalid_field", "since"},
		{"audit limit", "GET", "/v1/admin/audit?limit=1001", "", 400, "invalid_field", "limit"},
		{"month of the budget", "GET", "/v1/admin/budget?month=2026-13", "", 400, "invalid_field", "month"},
		{"preview of nothing", "POST", docs + "/preview", `{"document":{"id":"x"}}`, 400, "invalid_field", "document"},
		{"preview, k", "POST", docs + "/preview", `{"document":{"id":"x","body":"x"},"k":0}`, 400, "invalid_field", "k"},
		{"preview, empty question", "POST", docs + "/preview", `{"document":{"id":"x","body":"x"},"questions":["a"," "]}`, 400, "invalid_field", "questions.1"},
		{"preview, many questions", "POST", docs + "/preview", `{"document":{"id":"x","body":"x"},"questions":["a"` + strings.Repeat(`,"a"`, 50) + `]}`, 400, "invalid_field", "questions"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := g.do(tt.method, tt.path, tt.body, nil)
			if r.status != tt.status || r.field("code") != tt.code || r.field("field") != tt.field {
				t.Errorf("got %d %s, want %d %s %q", r.status, r.body, tt.status, tt.code, tt.field)
			}
			checkProblem(t, r)
		})
	}
	for _, tag := range []string{"x", `"x"`, `W/"` + strings.Repeat("0", 64) + `"`, strings.Repeat("0", 64), `"a", "b"`} {
		r := g.do("DELETE", one, `{"reason":"r"}`, header{"If-Match": tag})
		if r.status != 400 || r.field("field") != "If-Match" {
			t.Errorf("If-Match %s: %d %s", tag, r.status, r.body)
		}
	}
	if r := g.do("POST", docs, "a=b", header{"Content-Type": "text/plain"}); r.status != 415 {
		t.Errorf("media type: %d", r.status)
	}
	if len(trail.entries) > 0 {
		t.Errorf("what was refused is in the trail: %+v", trail.entries)
	}
}

// Documents that replace each other in a circle are the caller's mistake.
func TestACircleIsRefused(t *testing.T) {
	g, _ := startManaged(t)
	edit := func(id, other string) reply {
		return g.do("PUT", "/v1/admin/documents/"+id, `{"document":{"title":"x","supersedes":["`+other+`"]},"reason":"r"}`, nil)
	}
	if r := edit("roaming", "parcels"); r.status != 200 {
		t.Fatalf("one way: %d %s", r.status, r.body)
	}
	if r := edit("parcels", "roaming"); r.status != 400 || r.field("code") != "invalid_field" {
		t.Errorf("and back: %d %s", r.status, r.body)
	}
}

func TestPreviewOverHTTP(t *testing.T) {
	g, _ := startManaged(t)
	before := g.do("GET", "/v1/admin/kb/snapshots", "", nil).body
	body := "# Zones\r\n\r\nZürich is zone 1.\r\n\r\n| Zone | Price |\r\n|---|---|\r\n| 1 | €3 |\r\n"
	r := g.do("POST", "/v1/admin/documents/preview", `{"document":{"id":"zones","title":"Zones","body":`+quoted(t, body)+`},
		"questions":["Which zone is Zürich?","How much is roaming?","Nothing of this kind"],"k":5}`, nil)
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	var p struct {
		Document struct{ Body string }
		Passages []struct {
			Text       string
			Start, End int
		}
		Questions []struct {
			Rank  *int
			Score float64
			First *struct {
				ID string `json:"document_id"`
			}
		}
	}
	if err := json.Unmarshal(r.body, &p); err != nil || len(p.Passages) != 2 || len(p.Questions) != 3 {
		t.Fatalf("%s, %v", r.body, err)
	}
	if got := p.Document.Body[p.Passages[0].Start:p.Passages[0].End]; got != "Zürich is zone 1." {
		t.Errorf("the first passage is %q", got)
	}
	wins, loses, finds := p.Questions[0], p.Questions[1], p.Questions[2]
	if wins.Rank == nil || *wins.Rank != 1 || wins.First.ID != "zones" || wins.Score <= 0 {
		t.Errorf("wins: %s", r.body)
	}
	if loses.Rank != nil || loses.First == nil || loses.First.ID != "roaming" {
		t.Errorf("loses: %s", r.body)
	}
	if finds.Rank != nil || finds.First != nil {
		t.Errorf("finds nothing: %s", r.body)
	}
	if after := g.do("GET", "/v1/admin/kb/snapshots", "", nil).body; string(after) != string(before) {
		t.Errorf("it left %s", after)
	}
	hostile := strings.Repeat("> ", 100_000) + strings.Repeat("[", 100_000)
	if r := g.do("POST", "/v1/admin/documents/preview", `{"document":{"id":"x","body":`+quoted(t, hostile)+`}}`, nil); r.status != 200 {
		t.Errorf("a hostile body: %d %s", r.status, r.body)
	}
}

// Managers' requests and answers are as the document says.
func TestDocumentIsTrueForManagers(t *testing.T) {
	g, _ := startManaged(t)
	const docs, ferry = "/v1/admin/documents", `{"document":{"id":"ferry","title":"Ferry","body":"€3","valid_to":"2027-01-31","topics":["a"]},"reason":"r"}`
	g.conform(nil, []call{
		{"GET", "/v1/admin/kb/candidate", "", 404, true},
		{"POST", docs + "/preview", `{"document":{"id":"x","body":"Roaming."},"questions":["roaming","zzz"],"k":3}`, 200, true},
		{"POST", docs, ferry, 201, true},
		{"POST", docs, `{"document":{"id":"ferry","text":"x"},"reason":"r"}`, 400, false},
		{"GET", docs + "?limit=2&state=live&q=r", "", 200, true},
		{"GET", docs + "?limit=0", "", 400, false},
		{"GET", docs + "/ferry", "", 200, true},
		{"PUT", docs + "/ferry", `{"document":{"body":"€4"},"reason":"r"}`, 200, true},
		{"GET", docs + "/ferry/diff", "", 200, true},
		{"GET", docs + "/ferry/revisions?limit=1", "", 200, true},
		{"POST", docs + "/ferry/retire", `{"on":"2026-12-31","reason":"r"}`, 200, true},
		{"GET", "/v1/admin/kb/candidate", "", 200, true},
		{"GET", "/v1/admin/kb/snapshots?limit=3", "", 200, true},
		{"GET", "/v1/admin/kb/diff", "", 200, true},
		{"POST", "/v1/admin/kb/candidate/promote", `{"snapshot":"kb_0011223344556677"}`, 409, true},
		{"POST", "/v1/admin/kb/rollback", `{"snapshot":"` + g.do("GET", docs, "", nil).field("snapshot") + `"}`, 200, true},
		{"DELETE", docs + "/parcels", `{"reason":"r"}`, 200, true},
		{"DELETE", docs + "/parcels", `{}`, 400, false},
		{"GET", "/v1/admin/audit?limit=5", "", 200, true},
		{"GET", "/v1/admin/budget?month=2026-11", "", 200, true},
		{"GET", "/v1/admin/budget?month=now", "", 400, true},
		{"DELETE", "/v1/admin/kb/candidate", "", 204, true},
	})
}
