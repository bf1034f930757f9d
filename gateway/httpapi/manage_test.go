package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/kb"
	"switchboard/kb/library"
)

// memoryTrail is an audit trail in memory.
type memoryTrail struct {
	mu      sync.Mutex
	entries []AuditEntry
}

func (m *memoryTrail) Note(_ context.Context, e AuditEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.ID, e.At = "aud_"+string(rune('a'+len(m.entries))), testTime
	m.entries = append(m.entries, e)
	return nil
}

func (m *memoryTrail) Entries(_ context.Context, since time.Time, limit int) ([]AuditEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.entries)
	slices.Reverse(all)
	if since.After(testTime) {
		all = nil
	}
	return all[:min(len(all), limit)], nil
}

// startManaged serves with a real knowledge base on disk, of three articles.
func startManaged(t *testing.T, change ...func(*Config)) (*gatewayUnderTest, *memoryTrail) {
	t.Helper()
	dir := t.TempDir()
	store, err := kb.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := &library.Library{Store: store, Dir: dir, Now: func() time.Time { return testTime }}
	if _, err := l.Import(t.Context(), []kb.Document{
		{ID: "roaming", Title: "Roaming", Body: "Roaming in Switzerland costs €5.99 a day."},
		{ID: "parcels", Title: "Parcels", Body: "A parcel costs €4.", Owner: "Ann"},
		{ID: "staff", Title: "Refunds", Body: "Refund up to €50.", Audience: "internal"},
	}, false, false); err != nil {
		t.Fatal(err)
	}
	trail := &memoryTrail{}
	return start(t, append([]func(*Config){func(c *Config) {
		c.Library, c.Trail = func() *library.Library { return l }, trail
	}}, change...)...), trail
}

func quoted(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A document's life, seen by the one who looks after it.
func TestADocumentsLife(t *testing.T) {
	promoted := 0
	g, trail := startManaged(t, func(c *Config) { c.Promoted = func() { promoted++ } })
	g.keys.set(append(testKeys(), Key{ID: "key_ann", Name: "Ann", Roles: []Role{RoleReviewer}, Hash: hashOf("sk_ann")})...)
	ann := header{"Authorization": "Bearer sk_ann"}
	const at = "/v1/admin/documents/ferry"
	served := g.do("GET", "/v1/admin/documents", "", ann).field("snapshot")

	r := g.do("POST", "/v1/admin/documents", `{"document":{"id":"ferry","title":"Ferry","body":"A ticket costs €3."},"reason":"asked for"}`, ann)
	first, tag := r.field("candidate"), r.header.Get("ETag")
	if r.status != 201 || r.header.Get("Location") != at || tag != `"`+r.field("after")+`"` || r.field("author") != "Ann" ||
		r.field("action") != "create" || r.field("number") != "1" || first == "" || first == served {
		t.Fatalf("create: %d %v %s", r.status, r.header, r.body)
	}
	if r := g.do("POST", "/v1/admin/documents", `{"document":{"id":"ferry","title":"X"},"reason":"again"}`, ann); r.status != 409 || r.field("code") != "conflict" {
		t.Errorf("create again: %d %s", r.status, r.body)
	}
	if r := g.do("GET", at, "", ann); r.status != 200 || r.field("served") != "false" || r.field("snapshot") != first ||
		r.field("document", "body") != "A ticket costs €3." || r.field("document", "draft") != "true" ||
		r.field("document", "state") != "live" || r.field("document", "origin") != "import" || r.header.Get("ETag") != tag {
		t.Errorf("read: %d %s", r.status, r.body)
	}
	if r := g.do("GET", at+"?snapshot="+served, "", ann); r.status != 404 {
		t.Errorf("it is served already: %d %s", r.status, r.body)
	}

	edit := `{"document":{"title":"Ferry","body":"A ticket costs €4.","valid_from":"2026-01-01"},"reason":"dearer"}`
	r = g.do("PUT", at, edit, with(ann, "If-Match", tag))
	if r.status != 200 || r.header.Get("ETag") == tag || r.field("before") != strings.Trim(tag, `"`) {
		t.Fatalf("edit: %d %s", r.status, r.body)
	}
	for name, h := range map[string]header{"If-Match": with(ann, "If-Match", tag), "If-Match of nothing": with(ann, "If-Match", `"`+strings.Repeat("0", 64)+`"`)} {
		if r := g.do("PUT", at, edit, h); r.status != 409 || r.field("code") != "conflict" {
			t.Errorf("edit what was changed since, %s: %d %s", name, r.status, r.body)
		}
	}
	if r := g.do("DELETE", at, `{"reason":"r","expect":`+quoted(t, strings.Trim(tag, `"`))+`}`, ann); r.status != 409 {
		t.Errorf("remove what was changed since: %d %s", r.status, r.body)
	}
	if r := g.do("GET", at+"/diff?from="+first, "", ann); r.status != 200 ||
		r.field("changes") != `[{"field":"valid_from","from":"","to":"2026-01-01"},{"field":"body","from":"A ticket costs €3.","to":"A ticket costs €4."}]` {
		t.Errorf("diff: %d %s", r.status, r.body)
	}

	if r := g.do("POST", at+"/retire", `{"on":"2026-12-31","reason":"the ferry ends"}`, ann); r.status != 200 || r.field("action") != "retire" {
		t.Errorf("retire: %d %s", r.status, r.body)
	}
	r = g.do("GET", "/v1/admin/kb/candidate", "", ann)
	candidate := r.field("snapshot")
	if r.status != 200 || r.field("base") != served || r.field("diff", "added") != `["ferry"]` {
		t.Errorf("candidate: %d %s", r.status, r.body)
	}
	if r := g.do("POST", "/v1/admin/kb/candidate/promote", `{"snapshot":"`+first+`"}`, ann); r.status != 409 || promoted != 0 {
		t.Errorf("promote what was seen before: %d %s", r.status, r.body)
	}
	if r := g.do("POST", "/v1/admin/kb/candidate/promote", `{"snapshot":"`+candidate+`"}`, ann); r.status != 200 || promoted != 1 {
		t.Errorf("promote: %d %s", r.status, r.body)
	}
	if r := g.do("GET", at, "", ann); r.field("served") != "true" || r.field("document", "valid_to") != "2026-12-31" || r.field("document", "draft") != "false" {
		t.Errorf("served: %s", r.body)
	}
	if r := g.do("GET", "/v1/admin/kb/diff?from="+served, "", ann); r.field("added") != `["ferry"]` || r.field("to") != candidate {
		t.Errorf("diff of snapshots: %s", r.body)
	}

	if r := g.do("DELETE", at, `{"reason":"was never there"}`, ann); r.status != 200 || r.field("after") != "" {
		t.Errorf("remove: %d %s", r.status, r.body)
	}
	if r := g.do("GET", at, "", ann); r.status != 404 {
		t.Errorf("removed, and still there: %s", r.body)
	}
	if r := g.do("DELETE", "/v1/admin/kb/candidate", "", ann); r.status != 204 {
		t.Errorf("discard: %d %s", r.status, r.body)
	}
	if r := g.do("GET", "/v1/admin/kb/candidate", "", ann); r.status != 404 {
		t.Errorf("discarded, and still there: %s", r.body)
	}
	if r := g.do("POST", "/v1/admin/kb/rollback", `{"snapshot":"`+served+`"}`, ann); r.status != 200 || r.field("snapshot") != served || promoted != 2 {
		t.Errorf("roll back: %d %s", r.status, r.body)
	}
	if r := g.do("GET", "/v1/admin/kb/snapshots", "", ann); !strings.Contains(string(r.body), served) {
		t.Errorf("snapshots: %s", r.body)
	}

	history := g.pages(at+"/revisions?limit=2", "revisions", ann)
	if got := fieldOfEach(history, "action"); got != "remove retire edit create" {
		t.Errorf("history: %s", got)
	}
	checkTrail(t, trail, "documents.create documents.edit documents.retire kb.promote documents.remove kb.discard kb.rollback")
	if r := g.do("GET", "/v1/admin/audit?limit=1&since=2026-01-01", "", ann); r.field("entries") !=
		`[{"action":"kb.rollback","actor":"key_ann","at":"`+testTime.Format(time.RFC3339)+`","id":"aud_g","subject":"`+served+`"}]` {
		t.Errorf("audit: %s", r.body)
	}
}

func checkTrail(t *testing.T, trail *memoryTrail, want string) {
	t.Helper()
	var actions []string
	for _, e := range trail.entries {
		actions = append(actions, e.Action)
		if e.Actor != "key_ann" || strings.Contains(e.Subject+e.Detail, "ticket") {
			t.Errorf("%+v", e)
		}
	}
	if got := strings.Join(actions, " "); got != want {
		t.Errorf("audit trail: %s", got)
	}
}

// pages reads a list to its end.
func (g *gatewayUnderTest) pages(path, name string, h header) (all []map[string]any) {
	g.t.Helper()
	for cursor := ""; ; {
		r := g.do("GET", path+cursor, "", h)
		var page map[string]json.RawMessage
		var items []map[string]any
		if err := json.Unmarshal(r.body, &page); err != nil || r.status != 200 {
			g.t.Fatalf("%s: %d %s", path+cursor, r.status, r.body)
		}
		if err := json.Unmarshal(page[name], &items); err != nil {
			g.t.Fatal(err)
		}
		all = append(all, items...)
		if r.field("next_cursor") == "" {
			return all
		}
		cursor = "&cursor=" + r.field("next_cursor")
	}
}

func fieldOfEach(items []map[string]any, name string) string {
	var out []string
	for _, item := range items {
		s, _ := item[name].(string)
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// Lists are read page by page, whatever is written meanwhile.
func TestListsAreReadPageByPage(t *testing.T) {
	g, _ := startManaged(t)
	for limit, want := range map[string]string{"1": "parcels roaming staff", "2": "parcels roaming staff", "3": "parcels roaming staff"} {
		if got := fieldOfEach(g.pages("/v1/admin/documents?limit="+limit, "documents", nil), "id"); got != want {
			t.Errorf("by %s: %s", limit, got)
		}
	}
	r := g.do("GET", "/v1/admin/documents?limit=1", "", nil)
	g.write("a-new-one", "A new one.")
	g.write("q", "Another.")
	r = g.do("GET", "/v1/admin/documents?limit=3&cursor="+r.field("next_cursor"), "", nil)
	var rest struct{ Documents []map[string]any }
	if err := json.Unmarshal(r.body, &rest); err != nil || fieldOfEach(rest.Documents, "id") != "q roaming staff" || r.field("next_cursor") != "" {
		t.Errorf("the rest: %s, %v", r.body, err)
	}
	for query, want := range map[string]string{
		"q=ROAM": "roaming", "owner=ann": "parcels", "audience=internal": "staff", "lang=es": "", "state=draft": "a-new-one q",
		"state=draft&snapshot=": "a-new-one q",
	} {
		if got := fieldOfEach(g.pages("/v1/admin/documents?"+query, "documents", nil), "id"); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	if got := g.pages("/v1/admin/kb/snapshots?limit=1", "snapshots", nil); len(got) != 3 {
		t.Errorf("%d snapshots", len(got))
	}
}

func (g *gatewayUnderTest) write(id, text string) reply {
	g.t.Helper()
	b, err := json.Marshal(map[string]any{"document": map[string]string{"id": id, "title": id, "body": text}, "reason": "test"})
	if err != nil {
		g.t.Fatal(err)
	}
	r := g.do("POST", "/v1/admin/documents", string(b), nil)
	if r.status != http.StatusCreated {
		g.t.Fatalf("write %q: %d %s", id, r.status, r.body)
	}
	return r
}

// An id may be any text in one line.
func TestOddIDs(t *testing.T) {
	g, _ := startManaged(t)
	for _, id := range []string{
		"a/b", "a//b/", "/", "preview", "preview/retire", "faq?x=1#top", "100%", "%2F", "a+b c", "über/uns", "日本", "a;b,c:d@e&f=g",
		`"quotes"`, `back\slash`, "..x", "{id}", ":id", "*", "https://help.example/articles/1?lang=en", strings.Repeat("x", 256),
	} {
		made := g.write(id, "Text of "+id)
		at := "/v1/admin/documents/" + url.PathEscape(id)
		if got := made.header.Get("Location"); got != at {
			t.Errorf("%q: Location %q", id, got)
		}
		if r := g.do("GET", at, "", nil); r.status != 200 || r.field("document", "id") != id {
			t.Errorf("read %q: %d %s", id, r.status, r.body)
		}
		if r := g.do("PUT", at, `{"document":{"title":"t","body":"New."},"reason":"r"}`, nil); r.status != 200 || r.field("document_id") != id {
			t.Errorf("edit %q: %d %s", id, r.status, r.body)
		}
		if r := g.do("POST", at+"/retire", `{"reason":"r"}`, nil); r.status != 200 {
			t.Errorf("retire %q: %d %s", id, r.status, r.body)
		}
		if r := g.do("GET", at+"/revisions", "", nil); r.status != 200 || !strings.Contains(string(r.body), `"retire"`) {
			t.Errorf("revisions of %q: %d %s", id, r.status, r.body)
		}
		if r := g.do("DELETE", at, `{"reason":"r"}`, nil); r.status != 200 {
			t.Errorf("remove %q: %d %s", id, r.status, r.body)
		}
	}
	if r := g.do("GET", "/v1/admin/documents/%72oaming", "", nil); r.status != 200 {
		t.Errorf("an id that needed no encoding: %d", r.status)
	}
}

func TestManagersRoles(t *testing.T) {
	g, _ := startManaged(t)
	g.keys.set(testKeys()...)
	const nobody = `{"reason":"r"}`
	calls := []struct {
		method, path, body string
		may                string // which of the keys: r(eader), a(uthor), v (reviewer), m (admin)
		status             int    // for those
	}{
		{"GET", "/v1/admin/documents", "", "ravm", 200},
		{"GET", "/v1/admin/documents/roaming", "", "ravm", 200},
		{"GET", "/v1/admin/documents/roaming/revisions", "", "ravm", 200},
		{"GET", "/v1/admin/documents/roaming/diff", "", "ravm", 200},
		{"POST", "/v1/admin/documents/preview", `{"document":{"id":"x","body":"x"}}`, "ravm", 200},
		{"GET", "/v1/admin/kb/snapshots", "", "ravm", 200},
		{"GET", "/v1/admin/kb/diff", "", "ravm", 200},
		{"GET", "/v1/admin/kb/candidate", "", "ravm", 404},
		{"GET", "/v1/admin/audit", "", "ravm", 200},
		{"POST", "/v1/admin/documents", `{"document":{"id":"x"},"reason":"r"}`, "avm", 400},
		{"PUT", "/v1/admin/documents/none", `{"document":{"body":"x"},"reason":"r"}`, "avm", 404},
		{"POST", "/v1/admin/documents/none/retire", nobody, "avm", 404},
		{"DELETE", "/v1/admin/documents/none", nobody, "avm", 404},
		{"DELETE", "/v1/admin/kb/candidate", "", "avm", 404},
		{"POST", "/v1/admin/kb/candidate/promote", `{"snapshot":"x"}`, "vm", 404},
		{"POST", "/v1/admin/kb/rollback", `{"snapshot":"x"}`, "vm", 404},
	}
	keys := map[string]string{"r": "sk_reader", "a": "sk_author", "v": "sk_reviewer", "m": "sk_admin", "n": "sk_none", "p": "pk_app", "o": "sk_old", "-": ""}
	for _, c := range calls {
		for short, key := range keys {
			want := c.status
			switch {
			case short == "o" || short == "-":
				want = 401
			case !strings.Contains(c.may, short):
				want = 403
			}
			if r := g.do(c.method, c.path, c.body, header{"Authorization": "Bearer " + key}); r.status != want {
				t.Errorf("%q, %s %s: got %d %s, want %d", key, c.method, c.path, r.status, r.body, want)
			}
		}
	}
}

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
		{"DELETE", "/v1/admin/kb/candidate", "", 204, true},
	})
}
