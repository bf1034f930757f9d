package library_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

func TestReviseRefuses(t *testing.T) {
	p := newPlay(t)
	p.imports(versioned("a", 1))
	stale := versioned("a", 1).Hash()
	p.revise(library.Edit, "a", 2)
	yes := true
	p.Demo = &yes
	if _, err := p.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, empty, backwards := versioned("a", 3), kb.Document{}, versioned("a", 3)
	backwards.ValidFrom, backwards.ValidTo = time.Unix(1e9, 0), time.Unix(1e8, 0)
	tests := []struct {
		name   string
		r      library.Revision
		expect string
		want   switchboard.Kind
	}{
		{"no reason", library.Revision{Author: "ann", Action: library.Edit, Document: "a", Content: &a}, "", switchboard.InvalidField},
		{"no author", library.Revision{Reason: "r", Action: library.Edit, Document: "a", Content: &a}, "", switchboard.InvalidField},
		{"what is there", library.Revision{Author: "ann", Reason: "r", Action: library.Create, Document: "a", Content: &a}, "", switchboard.Conflict},
		{"what is there, with blanks", library.Revision{Author: "ann", Reason: "r", Action: library.Create, Document: " a ", Content: &a}, "", switchboard.Conflict},
		{"what is not there", library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "x", Content: &a}, "", switchboard.NotFound},
		{"retire what is not there", library.Revision{Author: "ann", Reason: "r", Action: library.Retire, Document: "x"}, "", switchboard.NotFound},
		{"no id", library.Revision{Author: "ann", Reason: "r", Action: library.Create, Content: &a}, "", switchboard.InvalidField},
		{"without a text", library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "a"}, "", switchboard.InvalidField},
		{"with an empty text", library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "a", Content: &empty}, "", switchboard.InvalidField},
		{"days the wrong way round", library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "a", Content: &backwards}, "", switchboard.InvalidField},
		{"what somebody else has changed", library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "a", Content: &a}, stale, switchboard.Conflict},
		{"a source's", library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: sourceID, Content: &a}, "", switchboard.Conflict},
		{"retire a source's", library.Revision{Author: "ann", Reason: "r", Action: library.Retire, Document: sourceID}, "", switchboard.Conflict},
		{"remove a demo article", library.Revision{Author: "ann", Reason: "r", Action: library.Remove, Document: demoArticle}, "", switchboard.Conflict},
	}
	before, err := p.Revisions("")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := p.Revise(t.Context(), tt.r, tt.expect); !errors.Is(err, tt.want) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	if after, err := p.Revisions(""); err != nil || len(after) != len(before) {
		t.Errorf("what was refused is in the history: %+v, %v", after, err)
	}
	// A file of a source that bears a demo article's name is still a file of a source.
	row := `{"id":"` + demoArticle + `","title":"Fare","text":"€5."}`
	if err := kb.ReplaceFile(filepath.Join(p.stage.source(), "fares.jsonl"), []byte(row)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	edit := library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: demoArticle, Content: &a}
	if _, err := p.Revise(t.Context(), edit, ""); !errors.Is(err, switchboard.Conflict) {
		t.Errorf("a source's with a demo article's name: %v", err)
	}
}

func TestAnEditedDemoArticleKeepsTheOthers(t *testing.T) {
	l := newLibrary(t, t.TempDir())
	if _, err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := len(ids(t, l))
	p := &play{T: t, Library: l}
	p.revise(library.Edit, demoArticle, 5)
	p.promote()
	if have := p.served(); len(have) != before || have[demoArticle] != 5 {
		t.Errorf("%d of %d documents, the edited one is %d", len(have), before, have[demoArticle])
	}
	p.revise(library.Remove, demoArticle, 0) // the edit of it; then the article is what it was
	p.promote()
	if have := p.served(); len(have) != before || have[demoArticle] == 5 {
		t.Errorf("%d of %d documents, the edited one is %d", len(have), before, have[demoArticle])
	}
}

func TestTheDemoComesBackWithTheLastImportGone(t *testing.T) {
	l := newLibrary(t, t.TempDir())
	if _, err := l.Import(t.Context(), []kb.Document{versioned("a", 1)}, false, false); err != nil {
		t.Fatal(err)
	}
	if c, err := l.Remove(t.Context(), []string{"a"}); err != nil || c.Removed != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if have := ids(t, l); !have[demoArticle] || have["a"] {
		t.Errorf("holds %v", have)
	}
	if _, err := newLibrary(t, l.Dir).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	no := false
	l.Demo = &no
	if _, err := l.Import(t.Context(), []kb.Document{versioned("b", 1)}, false, false); err != nil {
		t.Fatal(err)
	}
	if c, err := l.Remove(t.Context(), []string{"b"}); err == nil {
		t.Errorf("nothing is left: %+v", c)
	}
	if have := ids(t, l); !have["b"] {
		t.Errorf("holds %v", have)
	}
}

func TestRetiredDocumentsAnswerForTheirTime(t *testing.T) {
	p := newPlay(t)
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	p.Now = func() time.Time { return now }
	p.imports(versioned("parcel", 4))
	p.revise(library.Retire, "parcel", 0)
	p.promote()
	id, err := p.Store.Current()
	if err != nil {
		t.Fatal(err)
	}
	snap, err := p.Store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	for days, want := range map[int]bool{0: false, -1: true, -100: true, 30: false} {
		found, err := snap.Search(t.Context(), kb.Query{Text: "a ticket of parcel", AsOf: now.AddDate(0, 0, days)})
		has := false
		for _, x := range found {
			has = has || x.DocumentID == "parcel"
		}
		if err != nil || has != want {
			t.Errorf("%d days on: found %v, %v", days, has, err)
		}
	}
}

// A crash may tear the last line of a log. The line was never answered for; those before and after it count.
func TestTornLogs(t *testing.T) {
	for _, rest := range []string{`{"number":2,"author":"a`, "{", "\x00\x00\x00", `{"number":`} {
		p := newPlay(t)
		p.imports(versioned("a", 1))
		p.keep("first")
		first := p.revise(library.Edit, "a", 2)
		for _, name := range []string{"revisions.jsonl", "history.jsonl"} {
			f, err := os.OpenFile(filepath.Join(p.Dir, name), os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				_, err = f.WriteString(rest)
				err = errors.Join(err, f.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		p.restart()
		second := p.revise(library.Create, "b", 3)
		all, err := p.Revisions("")
		if err != nil || len(all) != 2 || all[0].Number != second.Number || all[1].Number != first.Number || first.Number >= second.Number {
			t.Errorf("behind %q: %+v, %v", rest, all, err)
		}
		p.promote()
		p.back("first")
		p.imports(versioned("c", 4))
		if have := p.served(); len(have) != 3 || have["a"] != 1 || have["c"] != 4 {
			t.Errorf("behind %q: %v", rest, have)
		}
	}
}
