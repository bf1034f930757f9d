package kb_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/kb"
)

// What is tried answers as what is made would, and leaves nothing behind.
func TestTryIsApplyWithoutATrace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	s := openStore(t, dir)
	base := mustBuild(t, s,
		article("a", "Roaming costs €5 a day."), article("b", "A parcel costs €4."), article("c", "Roaming in Spain is free."))
	changes := map[string]kb.Change{
		"new":     {Put: []kb.Document{article("d", "Roaming in Turkey costs €9.")}},
		"edited":  {Put: []kb.Document{article("a", "Roaming is cheap.")}},
		"dropped": {Drop: []string{"c"}},
		"nothing": {Put: []kb.Document{article("b", "A parcel costs €4.")}},
	}
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			before := files(t, dir)
			tried, err := s.Try(t.Context(), base, c)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tried.Search(t.Context(), kb.Query{Text: "roaming costs"})
			if err != nil {
				t.Fatal(err)
			}
			if after := files(t, dir); !slices.Equal(before, after) {
				t.Errorf("the store has %v, had %v", after, before)
			}
			if err := tried.Close(); err != nil {
				t.Fatal(err)
			}
			if left := files(t, os.TempDir()); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			made, err := s.Apply(t.Context(), base, c)
			if err != nil {
				t.Fatal(err)
			}
			want, err := mustOpen(t, s, made.ID).Search(t.Context(), kb.Query{Text: "roaming costs"})
			if err != nil || tried.ID() != made.ID {
				t.Fatalf("tried %s, made %s, %v", tried.ID(), made.ID, err)
			}
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("made (-) and tried (+) differ: %s", diff)
			}
		})
	}
	if _, err := s.Try(t.Context(), base, kb.Change{Put: []kb.Document{{ID: "x"}}}); !errors.Is(err, switchboard.InvalidField) {
		t.Errorf("a bad document: %v", err)
	}
	if _, err := s.Try(t.Context(), base, kb.Change{Drop: []string{"a", "b", "c"}}); !errors.Is(err, kb.ErrEmpty) {
		t.Errorf("nothing left: %v", err)
	}
	if left := files(t, os.TempDir()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
