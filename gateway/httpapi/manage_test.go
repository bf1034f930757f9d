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
		c.Library, c.Trail, c.Statement = func() *library.Library { return l }, trail, scriptedStatement
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
		{"GET", "/v1/admin/budget", "", "ravm", 200},
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
