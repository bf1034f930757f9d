package library_test

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

// play is a library with a source, and the snapshots that it served by name.
type play struct {
	*testing.T
	stage
	*library.Library
	seen map[string]string
}

func newPlay(t *testing.T) *play {
	t.Helper()
	p := &play{T: t, stage: stage{t.TempDir()}, seen: map[string]string{}}
	p.source(1)
	p.restart()
	return p
}

// restart opens the library as another process does.
func (p *play) restart() {
	p.Helper()
	l, err := p.library(world{})
	if err != nil {
		p.Fatal(err)
	}
	p.Library = l
}

func (p *play) source(version int) {
	p.Helper()
	if err := p.writeSource(version); err != nil {
		p.Fatal(err)
	}
}

func (p *play) imports(docs ...kb.Document) {
	p.Helper()
	if _, err := p.Import(p.Context(), docs, false, false); err != nil {
		p.Fatal(err)
	}
}

func (p *play) sync() {
	p.Helper()
	p.restart()
	if done, err := p.Sync(p.Context()); err != nil || len(done.Notes) > 0 {
		p.Fatalf("%+v, %v", done, err)
	}
}

func (p *play) keep(name string) {
	p.Helper()
	id, err := p.Store.Current()
	if err != nil {
		p.Fatal(err)
	}
	p.seen[name] = id
}

func (p *play) back(name string) {
	p.Helper()
	if id, notes, err := p.Rollback(p.Context(), p.seen[name], "ann"); err != nil || id != p.seen[name] || len(notes) > 0 {
		p.Fatalf("%s, %q, %v", id, notes, err)
	}
}

// revise drafts a change of a document to another version, 0 to remove it.
func (p *play) revise(a library.Action, id string, version int) library.Revision {
	p.Helper()
	r := library.Revision{Author: "ann", Reason: "r", Action: a, Document: id}
	if version > 0 {
		d := versioned(id, version)
		r.Content = &d
	}
	r, err := p.Revise(p.Context(), r, "")
	if err != nil {
		p.Fatal(err)
	}
	return r
}

func (p *play) promote() {
	p.Helper()
	c, err := p.Candidate(p.Context())
	if err == nil {
		err = p.Promote(p.Context(), c.Snapshot, "ann")
	}
	if err != nil {
		p.Fatal(err)
	}
}

func TestStories(t *testing.T) {
	doc := versioned
	tests := []struct {
		name string
		tell func(p *play)
		want map[string]int
	}{
		{"a rollback stays after a restart", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("a", 2), doc("b", 2))
			p.back("first")
			p.sync()
		}, map[string]int{"a": 1, "source": 1}},
		{"an import after a rollback comes on top of it", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("a", 2), doc("b", 2))
			p.back("first")
			p.imports(doc("c", 3))
			p.sync()
		}, map[string]int{"a": 1, "c": 3, "source": 1}},
		{"a rollback to before any import", func(p *play) {
			p.sync()
			p.keep("none")
			p.imports(doc("a", 1))
			p.back("none")
			p.sync()
			p.imports(doc("b", 1))
		}, map[string]int{"b": 1, "source": 1}},
		{"a rollback to an older source stays", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.source(2)
			p.sync()
			p.back("first")
			p.sync()
		}, map[string]int{"a": 1, "source": 1}},
		{"a source that had changed before a rollback", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("a", 2))
			p.source(2)
			p.back("first")
			p.sync()
		}, map[string]int{"a": 1, "source": 1}},
		{"a source that changes after a rollback", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("a", 2), doc("b", 2))
			p.back("first")
			p.source(2)
			p.sync()
		}, map[string]int{"a": 1, "source": 2}},
		{"there and back", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("b", 2))
			p.keep("second")
			p.back("first")
			p.back("second")
			p.imports(doc("c", 3))
		}, map[string]int{"a": 1, "b": 2, "c": 3, "source": 1}},
		{"a rollback after prune has what it needs", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("b", 2))
			if _, err := p.Prune(p.Context(), 10); err != nil {
				p.Fatal(err)
			}
			p.back("first")
			p.imports(doc("c", 3))
		}, map[string]int{"a": 1, "c": 3, "source": 1}},
		{"a source with the id of an import, and without", func(p *play) {
			p.imports(doc("source", 7), doc("a", 1))
			if have := p.served(); have["source"] != 1 {
				p.Errorf("the import wins: %v", have)
			}
			if err := kb.ReplaceFile(filepath.Join(p.stage.source(), "fares.jsonl"), []byte(`{"id":"other","title":"Fare","text":"€5."}`)); err != nil {
				p.Fatal(err)
			}
			p.sync()
		}, map[string]int{"source": 7, "a": 1, "other": 5}},
		{"an import under a draft", func(p *play) {
			p.imports(doc("a", 1), doc("b", 1))
			old := p.revise(library.Edit, "a", 5)
			p.imports(doc("b", 2))
			if have := p.served(); have["a"] != 1 || have["b"] != 2 {
				p.Errorf("served before the promotion: %v", have)
			}
			if err := p.Promote(p.Context(), old.Candidate, "ann"); !errors.Is(err, switchboard.Conflict) {
				p.Errorf("a stale candidate: %v", err)
			}
			p.promote()
			p.sync()
		}, map[string]int{"a": 5, "b": 2, "source": 1}},
		{"a draft that removes what goes away by itself", func(p *play) {
			p.imports(doc("a", 1), doc("b", 1))
			p.revise(library.Remove, "a", 0)
			if _, err := p.Remove(p.Context(), []string{"a"}); err != nil {
				p.Fatal(err)
			}
			p.imports(doc("c", 1))
			p.promote()
		}, map[string]int{"b": 1, "c": 1, "source": 1}},
		{"a rollback under a draft", func(p *play) {
			p.imports(doc("a", 1))
			p.keep("first")
			p.imports(doc("a", 2))
			p.revise(library.Create, "n", 9)
			p.back("first")
			p.sync()
			p.promote()
		}, map[string]int{"a": 1, "n": 9, "source": 1}},
		{"drafts thrown away", func(p *play) {
			p.imports(doc("a", 1))
			p.revise(library.Edit, "a", 5)
			p.revise(library.Create, "b", 5)
			if err := p.Discard(p.Context()); err != nil {
				p.Fatal(err)
			}
			if err := p.Discard(p.Context()); !errors.Is(err, switchboard.NotFound) {
				p.Errorf("once more: %v", err)
			}
			p.revise(library.Create, "c", 6)
			p.promote()
			p.sync()
		}, map[string]int{"a": 1, "c": 6, "source": 1}},
		{"several drafts, one after the other", func(p *play) {
			p.imports(doc("a", 1), doc("b", 1))
			p.revise(library.Edit, "a", 5)
			p.revise(library.Remove, "b", 0)
			p.revise(library.Create, "b", 6)
			p.revise(library.Edit, "a", 7)
			p.imports(doc("c", 1))
			p.promote()
		}, map[string]int{"a": 7, "b": 6, "c": 1, "source": 1}},
		{"a source that changes under a draft", func(p *play) {
			p.imports(doc("a", 1))
			p.revise(library.Edit, "a", 5)
			p.source(2)
			p.promote() // what lay over it when it was made
			if have := p.served(); have["source"] != 1 {
				p.Errorf("nobody has seen what is served: %v", have)
			}
			p.sync()
		}, map[string]int{"a": 5, "source": 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlay(t)
			tt.tell(p)
			if have := p.served(); !maps.Equal(have, tt.want) {
				t.Errorf("served %v, want %v", have, tt.want)
			}
			before := p.served()
			p.sync()
			if have := p.served(); !maps.Equal(have, before) {
				t.Errorf("after a restart %v, before %v", have, before)
			}
		})
	}
}

// served is the version of each document that is served.
func (p *play) served() map[string]int {
	p.Helper()
	id, err := p.Store.Current()
	if err != nil {
		p.Fatal(err)
	}
	snap, err := p.Store.Open(p.Context(), id)
	if err != nil {
		p.Fatal(err)
	}
	defer snap.Close()
	have := map[string]int{}
	for _, d := range snap.Documents() {
		whole, err := snap.Document(p.Context(), d.ID)
		if err != nil {
			p.Fatal(err)
		}
		have[d.ID] = versionOf(whole)
	}
	return have
}

// Edits that do not fit what is imported by now keep nobody from importing, and are not promoted.
func TestDraftsThatDoNotFit(t *testing.T) {
	p := newPlay(t)
	a, b := versioned("a", 1), versioned("b", 1)
	p.imports(a, b)
	a.Supersedes = []string{"b"}
	if _, err := p.Revise(p.Context(), library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "a", Content: &a}, ""); err != nil {
		t.Fatal(err)
	}
	b.Supersedes = []string{"a"}
	p.imports(b)
	_, err := p.Candidate(t.Context())
	if !errors.Is(err, switchboard.Conflict) {
		t.Errorf("candidate: %v", err)
	}
	if err := p.Promote(t.Context(), "", "ann"); !errors.Is(err, switchboard.Conflict) {
		t.Errorf("promote: %v", err)
	}
	edit := library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "b", Content: &kb.Document{Title: "B"}}
	if _, err := p.Revise(t.Context(), edit, ""); !errors.Is(err, switchboard.Conflict) {
		t.Errorf("another edit: %v", err)
	}
	if _, err := p.Prune(t.Context(), 0); err != nil {
		t.Error(err)
	}
	p.sync()
	p.imports(versioned("b", 2)) // now they fit again
	if c, err := p.Candidate(t.Context()); err != nil || !slices.Equal(c.Diff.Changed, []string{"a"}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// A dry run says what the import then comes to.
func TestADryRunTellsTheSnapshot(t *testing.T) {
	yes, no := true, false
	demo := kb.Document{ID: demoArticle, Title: "Ours", Body: "Ours."}
	tests := []struct {
		name    string
		demo    *bool
		source  bool
		before  []kb.Document
		docs    []kb.Document
		replace bool
	}{
		{"the first", nil, false, nil, []kb.Document{versioned("a", 1)}, false},
		{"a demo article", nil, false, nil, []kb.Document{demo}, false},
		{"a demo article among others", nil, false, []kb.Document{versioned("a", 1)}, []kb.Document{demo}, false},
		{"a demo article in the place of others", nil, false, []kb.Document{versioned("a", 1)}, []kb.Document{demo}, true},
		{"beside the demo", &yes, false, nil, []kb.Document{versioned("a", 1)}, false},
		{"without the demo", &no, false, []kb.Document{versioned("a", 1)}, []kb.Document{versioned("b", 1)}, false},
		{"all others", &no, true, []kb.Document{versioned("a", 1)}, []kb.Document{versioned("b", 1)}, true},
		{"what a source has", nil, true, []kb.Document{versioned("a", 1)}, []kb.Document{versioned("source", 5)}, false},
		{"the same again", nil, true, []kb.Document{versioned("a", 1)}, []kb.Document{versioned("a", 1)}, false},
		{"an id with blanks", nil, false, []kb.Document{versioned("a", 1)}, []kb.Document{{ID: " a ", Title: "A"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlay(t)
			if p.Demo = tt.demo; !tt.source {
				p.Sources = nil
			}
			if tt.before != nil {
				p.imports(tt.before...)
			}
			dry, err := p.Import(t.Context(), tt.docs, tt.replace, true)
			if err != nil {
				t.Fatal(err)
			}
			done, err := p.Import(t.Context(), tt.docs, tt.replace, false)
			if err != nil || done.Snapshot != dry.Snapshot || done.Added != dry.Added || done.Removed != dry.Removed {
				t.Errorf("came to %+v, %v, the dry run to %+v", done, err, dry)
			}
		})
	}
}
