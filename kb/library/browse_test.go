package library_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

var today = time.Date(2026, 6, 15, 18, 0, 0, 0, time.FixedZone("east", 10*3600))

func date(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// managed is a library on some day, with documents in every state, from a source and from imports.
func managed(t *testing.T) *library.Library {
	t.Helper()
	src := t.TempDir()
	if err := os.WriteFile(filepath.Join(src, "fares.md"), []byte("---\ntitle: Fares\nowner: Ann\n---\nA ticket costs €9.00.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := newLibrary(t, t.TempDir())
	l.Sources, l.Now = []string{src}, func() time.Time { return today }
	docs := []kb.Document{
		{ID: "a/live", Title: "Roaming", Body: "Roaming costs €5.", ReviewBy: date(t, "2026-06-15"), Topics: []string{"Abroad"}},
		{ID: "b", Title: "Last year's roaming", Body: "Roaming costs €9.", ValidTo: date(t, "2026-06-14")},
		{ID: "c", Title: "Roaming to come", Body: "Roaming costs €1.", ValidFrom: date(t, "2026-06-16")},
		{ID: "d", Title: "Old parcels", Body: "A parcel costs €4."},
		{ID: "e", Title: "Parcels", Body: "A parcel costs €6.", Supersedes: []string{"d"}, Audience: "business"},
		{ID: "f", Title: "Paquetes", Body: "Un paquete cuesta 6 €.", Lang: "es", ValidTo: date(t, "2026-06-15")},
	}
	if _, err := l.Import(t.Context(), docs, false, false); err != nil {
		t.Fatal(err)
	}
	return l
}

func shown(p library.Page) string {
	var ids []string
	for _, e := range p.Entries {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

func TestBrowse(t *testing.T) {
	l := managed(t)
	revise(t, l, library.Edit, "d", &kb.Document{Title: "Old parcels", Body: "A parcel cost €4."})
	tests := []struct {
		name string
		f    library.Filter
		want string
	}{
		{"all", library.Filter{}, "a/live b c d e f fares"},
		{"live", library.Filter{State: library.Live}, "a/live e f fares"},
		{"expired", library.Filter{State: library.Expired}, "b"},
		{"future", library.Filter{State: library.Future}, "c"},
		{"superseded", library.Filter{State: library.Superseded}, "d"},
		{"review due", library.Filter{State: library.ReviewDue}, "a/live"},
		{"draft", library.Filter{State: library.Draft}, "d"},
		{"by words", library.Filter{Text: "ROAMING"}, "a/live b c"},
		{"by topic", library.Filter{Text: "abroad"}, "a/live"},
		{"by id", library.Filter{Text: "a/l"}, "a/live"},
		{"by language", library.Filter{Lang: "es-MX"}, "f"},
		{"by audience", library.Filter{Audience: "business"}, "e"},
		{"by owner", library.Filter{Owner: "ann"}, "fares"},
		{"behind one", library.Filter{After: "d", Limit: 2}, "e f"},
		{"behind one that is gone", library.Filter{After: "dd"}, "e f fares"},
		{"nothing", library.Filter{Text: "roaming", Lang: "es"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := l.Browse(t.Context(), "", tt.f)
			if err != nil || shown(p) != tt.want || p.Served || p.More != (tt.f.Limit == 2) {
				t.Errorf("got %q, more %v, %v", shown(p), p.More, err)
			}
		})
	}
	head, err := l.Head()
	if err != nil || head.Candidate == "" || head.Snapshot() != head.Candidate {
		t.Fatalf("%+v, %v", head, err)
	}
	p, err := l.Browse(t.Context(), head.Served, library.Filter{State: library.Draft})
	if err != nil || shown(p) != "" || !p.Served || p.Snapshot != head.Served {
		t.Errorf("what is served has no drafts: %+v, %v", p, err)
	}
	if _, err := l.Browse(t.Context(), "kb_0011223344556677", library.Filter{}); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("an unknown snapshot: %v", err)
	}
}

func TestWhereADocumentComesFrom(t *testing.T) {
	l := managed(t)
	yes := true
	l.Demo = &yes
	if _, err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]library.Origin{
		"a/live": library.FromImport, "fares": library.FromSource, demoArticle: library.FromDemo,
	} {
		p, err := l.Look(t.Context(), "", id)
		if err != nil || len(p.Entries) != 1 || p.Entries[0].Origin != want || p.Entries[0].Body == "" ||
			p.Entries[0].Hash != p.Entries[0].Document.Hash() {
			t.Errorf("%s: %+v, %v", id, p, err)
		}
	}
	before, err := l.Head()
	if err != nil {
		t.Fatal(err)
	}
	r := revise(t, l, library.Edit, demoArticle, &kb.Document{Title: "Ours", Body: "Ours."})
	if p, err := l.Look(t.Context(), "", demoArticle); err != nil || p.Entries[0].Origin != library.FromImport || !p.Entries[0].Draft {
		t.Errorf("a demo article that was edited: %+v, %v", p, err)
	}
	if err := l.Promote(t.Context(), r.Candidate, "ann"); err != nil {
		t.Fatal(err)
	}
	if p, err := l.Look(t.Context(), before.Served, demoArticle); err != nil || p.Entries[0].Origin != library.FromDemo || p.Served {
		t.Errorf("in the snapshot before: %+v, %v", p, err)
	}
	if _, err := l.Look(t.Context(), "", "none"); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("an unknown document: %v", err)
	}
}

func revise(t *testing.T, l *library.Library, a library.Action, id string, content *kb.Document) library.Revision {
	t.Helper()
	r, err := l.Revise(t.Context(), library.Revision{Author: "ann", Reason: "test", Action: a, Document: id, Content: content}, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPreview(t *testing.T) {
	l := managed(t)
	before, err := l.Store.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	d := kb.Document{
		ID: "g", Title: "Roaming in Spain", Body: "# Prices\r\n\r\nRoaming in Spain costs €2 a day.\r\n\r\n# Limits\n\nUp to 20 GB.\n",
		Questions: []string{"what does Spain cost?"}, ValidFrom: date(t, "2026-07-01"),
	}
	p, err := l.Preview(t.Context(), d, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range p.Passages {
		if x.End <= x.Start || !strings.Contains(p.Document.Body[x.Start:x.End], x.Text) {
			t.Errorf("%s is not at %d to %d", x.ID, x.Start, x.End)
		}
	}
	if len(p.Passages) != 2 || len(p.Ranks) != 2 || p.Ranks[0].Question != "what does Spain cost?" || !p.AsOf.Equal(d.ValidFrom) {
		t.Errorf("%+v", p)
	}
	for _, r := range p.Ranks {
		if r.Rank != 1 || r.Score <= 0 || r.First.DocumentID != "g" || r.Passage != r.First.ID {
			t.Errorf("%+v", r)
		}
	}
	p, err = l.Preview(t.Context(), d, []string{"bicycle", "roaming", "zzz"}, 10)
	if err != nil || p.Ranks[0].First.DocumentID == "g" || p.Ranks[1].Rank == 0 || p.Ranks[2].Rank != 0 || p.Ranks[2].First.ID != "" {
		t.Errorf("%+v, %v", p.Ranks, err)
	}
	if after, err := l.Store.Snapshots(); err != nil || !slices.Equal(before, after) {
		t.Errorf("a preview left %+v, %v", after, err)
	}
	if head, err := l.Head(); err != nil || head.Candidate != "" {
		t.Errorf("a preview made a candidate: %+v, %v", head, err)
	}
	if _, err := l.Preview(t.Context(), kb.Document{ID: "g"}, nil, 0); !errors.Is(err, switchboard.InvalidField) {
		t.Errorf("an empty document: %v", err)
	}
}

// Ids are compared as they are stored.
func TestAnotherSpellingIsNoOtherDocument(t *testing.T) {
	l := managed(t)
	_, err := l.Revise(t.Context(), library.Revision{
		Author: "ann", Reason: "r", Action: library.Create, Document: " b ", Content: &kb.Document{Title: "B", Body: "B."},
	}, "")
	if !errors.Is(err, switchboard.Conflict) {
		t.Errorf("got %v", err)
	}
}

func TestTheLastDocumentStays(t *testing.T) {
	l, no := newLibrary(t, t.TempDir()), false
	l.Demo = &no
	if _, err := l.Import(t.Context(), []kb.Document{{ID: "a", Title: "A", Body: "A."}}, false, false); err != nil {
		t.Fatal(err)
	}
	_, err := l.Revise(t.Context(), library.Revision{Author: "ann", Reason: "r", Action: library.Remove, Document: "a"}, "")
	if !errors.Is(err, switchboard.Conflict) {
		t.Errorf("got %v", err)
	}
}
