package library_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

func newLibrary(t *testing.T, dir string) *library.Library {
	t.Helper()
	store, err := kb.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &library.Library{Store: store, Dir: dir}
}

func ids(t *testing.T, l *library.Library) map[string]bool {
	t.Helper()
	id, err := l.Store.Current()
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out := map[string]bool{}
	for _, d := range s.Documents() {
		out[d.ID] = true
	}
	return out
}

const demoArticle = "roaming-switzerland"

func TestTheDemoBelongsToItWhileThereIsNothingElse(t *testing.T) {
	yes, no := true, false
	own := []kb.Document{{ID: "own", Title: "Ferry", Body: "A ticket costs €3.10."}}
	tests := []struct {
		name     string
		demo     *bool
		imported []kb.Document
		want     bool
	}{
		{"nothing else", nil, nil, true},
		{"something else", nil, own, false},
		{"wanted all the same", &yes, own, true},
		{"not wanted", &no, own, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLibrary(t, t.TempDir())
			l.Demo = tt.demo
			if tt.imported != nil {
				if _, err := l.Import(t.Context(), tt.imported, false, false); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := l.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := ids(t, l); got[demoArticle] != tt.want || got["own"] != (tt.imported != nil) {
				t.Errorf("demo %v, own %v", got[demoArticle], got["own"])
			}
		})
	}
	l := newLibrary(t, t.TempDir())
	l.Demo = &no
	if _, err := l.Sync(t.Context()); err == nil {
		t.Error("an empty knowledge base was taken")
	}
}

func TestImportsAddReplaceAndGo(t *testing.T) {
	dir := t.TempDir()
	l := newLibrary(t, dir)
	a := kb.Document{ID: "a", Title: "A", Body: "Alpha costs €1.00."}
	b := kb.Document{ID: "b", Title: "B", Body: "Beta costs €2.00."}
	first, err := l.Import(t.Context(), []kb.Document{a, b}, false, false)
	if err != nil || first.Added != 2 {
		t.Fatalf("%+v, %v", first, err)
	}
	dry, err := l.Import(t.Context(), []kb.Document{{ID: "c", Title: "C", Body: "Gamma."}}, false, true)
	if err != nil || dry.Added != 1 || dry.Snapshot == first.Snapshot || ids(t, l)["c"] {
		t.Fatalf("a dry run: %+v, %v", dry, err)
	}
	b.Body = "Beta costs €3.00."
	second, err := l.Import(t.Context(), []kb.Document{a, b}, false, false)
	if err != nil || second.Updated != 1 || second.Same != 1 || second.Snapshot == first.Snapshot {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := l.Remove(t.Context(), []string{"a", "none"}); !errors.Is(err, switchboard.NotFound) || !ids(t, l)["a"] {
		t.Errorf("removing one that is not there: %v", err)
	}
	if c, err := l.Remove(t.Context(), []string{"a"}); err != nil || c.Removed != 1 || ids(t, l)["a"] {
		t.Errorf("%+v, %v", c, err)
	}
	only, err := l.Import(t.Context(), []kb.Document{a}, true, false)
	if err != nil || only.Removed != 1 || ids(t, l)["b"] {
		t.Errorf("replacing: %+v, %v", only, err)
	}
	// Another process, later: the same documents, the same snapshot.
	again := newLibrary(t, dir)
	if done, err := again.Sync(t.Context()); err != nil || done.Snapshot != only.Snapshot {
		t.Errorf("%+v, %v, want %s", done, err, only.Snapshot)
	}
}

func TestSourcesWinOverImports(t *testing.T) {
	src := t.TempDir()
	if err := os.WriteFile(filepath.Join(src, "fares.md"), []byte("---\ntitle: Fares\n---\nA ticket costs €9.00.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := newLibrary(t, t.TempDir())
	l.Sources = []string{src}
	if _, err := l.Import(t.Context(), []kb.Document{{ID: "fares", Title: "Old", Body: "A ticket costs €1.00."}}, false, false); err != nil {
		t.Fatal(err)
	}
	id, err := l.Store.Current()
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d, err := s.Document(t.Context(), "fares"); err != nil || d.Title != "Fares" {
		t.Errorf("%+v, %v", d, err)
	}
}
