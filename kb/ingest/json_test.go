package ingest

import (
	"fmt"
	"strings"
	"testing"

	"switchboard/kb"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          []kb.Document
	}{
		{"an export with sections after its articles", `{"count": 2, "next_page": null, "articles": [
			{"id": 360, "url": "https://x.example/api/v2/articles/360.json", "html_url": "https://help.example/hc/360", "name": "n", "title": "Late fees", "locale": "en-gb",
			 "draft": false, "section_id": 7, "user_segment_id": null, "label_names": ["fees"], "body": "<h1>Late fees</h1><p>A late fee is <b>€5</b>.</p><ul><li>Once a month</li></ul>"}],
			"sections": [{"id": 7, "name": "Bills", "category_id": 3}], "categories": [{"id": 3, "name": "Billing"}]}`,
			[]kb.Document{{ID: "360", Title: "Late fees", URL: "https://help.example/hc/360", Topics: []string{"Billing", "Bills", "fees"}, Body: "# Late fees\n\nA late fee is **€5**.\n\n- Once a month"}}},
		{"translations share an id", `[{"id": 1, "title": "Fees", "body": "<p>Five.</p>", "locale": "en-us"}, {"id": 1, "title": "Recargos", "body": "<p>Cinco.</p>", "locale": "es"}]`,
			[]kb.Document{{ID: "1", Title: "Fees", Body: "Five."}, {ID: "1-es", Title: "Recargos", Lang: "es", Body: "Cinco."}}},
		{"a list of questions", `[{"question": "Open?", "answer": "Yes.", "category": {"id": 1, "name": "Shops"}, "tags": ["a", "b"]}]`,
			[]kb.Document{{ID: "help-" + digest("Open?"), Title: "Open?", Topics: []string{"Shops", "a", "b"}, Body: "Yes."}}},
		{"one object", "\ufeff" + `{"title": "Fees", "content": "Text with <br> in **Markdown**.", "author": {"name": "Sam"}}`,
			[]kb.Document{{ID: "help", Title: "Fees", Body: "Text with <br> in **Markdown**."}}},
		{"wrapped twice", `{"data": {"items": [{"id": "a", "text": "Text."}]}, "links": {}}`, []kb.Document{{ID: "a", Title: "Text.", Body: "Text."}}},
		{"only for some", `[{"id": "a", "text": "Text.", "user_segment_id": 12}, {"id": "b", "text": "Text.", "user_segment_id": 12, "audience": "business"}, {"id": "c", "text": "Text.", "visibility": "internal"}]`,
			[]kb.Document{{ID: "a", Title: "Text.", Audience: "internal", Body: "Text."}, {ID: "b", Title: "Text.", Audience: "business", Body: "Text."},
				{ID: "c", Title: "Text.", Audience: "internal", Body: "Text."}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, rejected := read(t, Options{}, "help.json", c.content)
			if len(rejected) > 0 {
				t.Errorf("rejected %v", rejected)
			}
			if len(docs) != len(c.want) {
				t.Fatalf("got %d documents: %+v", len(docs), docs)
			}
			for i, want := range c.want {
				if want = want.Normalize(); fmt.Sprintf("%+v", docs[i]) != fmt.Sprintf("%+v", want) {
					t.Errorf("got  %+v\nwant %+v", docs[i], want)
				}
			}
		})
	}
}

// An export may come as a file for each kind of thing.
func TestExportInParts(t *testing.T) {
	docs, rejected := read(t, Options{}, "x.zip", packed(t,
		"articles.json", `[{"id": 1, "title": "Fees", "body": "<p>Five.</p>", "section_id": 7}]`,
		"categories.json", `[{"id": 7, "name": "Billing"}]`,
		"sections.json", `{"sections": [{"id": 7, "name": "Bills", "category_id": 7}]}`))
	if len(docs) != 1 || len(rejected) != 0 || strings.Join(docs[0].Topics, " > ") != "Billing > Bills" {
		t.Errorf("got %+v, rejected %v", docs, rejected)
	}
}

func TestBadJSON(t *testing.T) {
	const fine = `{"id": "x", "text": "Text."}`
	for _, c := range []struct {
		name, content, where, reason string
		documents                    int
	}{
		{"drafts", `{"articles": [` + fine + `, {"id": 1, "body": "x", "draft": true}]}`, "a.json:2", "not published", 1},
		{"unpublished", `[{"id": 1, "body": "x", "status": "unpublished"}]`, "a.json:1", "not published", 0},
		{"no text", `[{"id": 1, "title": "x"}, ` + fine + `]`, "a.json:1", "no text", 1},
		{"no object", `[5, ` + fine + `]`, "a.json:1", "no JSON object", 1},
		{"a number", `5`, "a.json", "neither a list", 0},
		{"nothing", ``, "a.json", "not JSON, or cut short", 0},
		{"cut short", `[` + fine + `, {"id": "y", "te`, "a.json", "cut short, after 1", 1},
		{"cut short between objects", `{"articles": [` + fine, "a.json", "cut short, after 1", 1},
		{"broken", `[` + fine + `, {]`, "a.json", "not JSON", 1},
		{"invalid UTF-8", "[{\"id\": \"y\", \"text\": \"caf\xe9\"}, " + fine + "]", "a.json:1", "UTF-8", 1},
		{"a huge object", `[` + fine + `, {"text": "` + strings.Repeat("x", 200_000) + `"}]`, "a.json", "longer than 500 bytes", 1},
		{"too many", `[` + fine + `, {"text": "1"}, {"text": "2"}, {"text": "3"}]`, "a.json", "more than 3 objects", 3},
		{"deep", strings.Repeat(`{"data":`, 100_000), "a.json", "too deep", 0},
		{"deep in a value", `[` + fine + `, {"x": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `, "text": ["x"]}]`, "a.json:2", "text is not a single value", 1},
		{"addresses that run something", `[{"id": 1, "text": "x", "url": "javascript:alert(1)"}]`, "a.json:1", "scheme", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, rejected := read(t, Options{MaxRow: 500, MaxRows: 3}, "a.json", c.content, "fine.md", "Text")
			if len(docs) != c.documents+1 || len(rejected) != 1 || rejected[0].Where() != c.where || !strings.Contains(rejected[0].Reason, c.reason) {
				t.Errorf("got %d documents, rejected %+v", len(docs), rejected)
			}
		})
	}
}
