package library_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/kb"
	"switchboard/kb/library"
)

// writeFormat1 lays out a store as format 1 did: the imported documents in a file of their own, each snapshot in a folder.
func writeFormat1(t *testing.T, dir string, docs []kb.Document) {
	t.Helper()
	var rows bytes.Buffer
	enc := json.NewEncoder(&rows) // of kb.Document as it is, without names of its own
	for _, d := range docs {
		if err := enc.Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	const id = "kb_0123456789abcdef"
	for name, content := range map[string]string{
		"imports.jsonl":         rows.String(),
		"CURRENT":               id + "\n",
		id + "/manifest.json":   `{"id":"` + id + `","format":1,"documents":2,"passages":2,"files":[]}`,
		id + "/documents.jsonl": "{}\n",
		id + "/passages.jsonl":  "{}\n",
		id + "/index/root.bolt": "old",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFormat1IsTakenOver(t *testing.T) {
	dir := t.TempDir()
	until := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	docs := []kb.Document{
		{ID: "a", Title: "Fares", Lang: "en", Audience: "public", Body: "A ticket costs €3.", ValidTo: until, Supersedes: []string{"b"}},
		{ID: "b", Title: "Old fares", Lang: "en", Audience: "public", Body: "A ticket costs €2."},
	}
	writeFormat1(t, dir, docs)
	l := newLibrary(t, dir)
	done, err := l.Sync(t.Context())
	if err != nil || len(done.Notes) != 1 || !strings.Contains(done.Notes[0], "older version") {
		t.Fatalf("%+v, %v", done, err)
	}
	if have := ids(t, l); len(have) != 2 {
		t.Errorf("holds %v", have)
	}
	if now, err := l.Store.Current(); err != nil || now != done.Snapshot {
		t.Errorf("current is %s, %v", now, err)
	}
	snap, err := l.Store.Open(t.Context(), done.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	if d, err := snap.Document(t.Context(), "a"); err != nil || d.Hash() != docs[0].Hash() {
		t.Errorf("%+v, %v", d, err)
	}
	// Only once, and what is imported comes on top of it.
	if done, err := newLibrary(t, dir).Sync(t.Context()); err != nil || len(done.Notes) != 0 {
		t.Errorf("once more: %+v, %v", done, err)
	}
	if _, err := l.Import(t.Context(), []kb.Document{{ID: "c", Title: "C"}}, false, false); err != nil {
		t.Error(err)
	}
	if have := ids(t, l); len(have) != 3 {
		t.Errorf("holds %v", have)
	}
	if _, err := l.Prune(t.Context(), 5); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "kb_0123456789abcdef")); err == nil {
		t.Error("the old snapshot stays for ever")
	}
}

func TestFormat1CutShort(t *testing.T) {
	dir := t.TempDir()
	writeFormat1(t, dir, []kb.Document{{ID: "a", Title: "A"}})
	path := filepath.Join(dir, "imports.jsonl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b[:len(b)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if done, err := newLibrary(t, dir).Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "older version imported") {
		t.Errorf("%+v, %v", done, err)
	}
}

// outdate makes all that a store has look like that of another version.
func outdate(t *testing.T, dir string) {
	t.Helper()
	for _, pattern := range []string{"snapshots/*.json", "segments/*/segment.json"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%v, %v", files, err)
		}
		for _, f := range files {
			var m map[string]any
			b, err := os.ReadFile(f)
			if err == nil {
				err = json.Unmarshal(b, &m)
			}
			if err != nil {
				t.Fatal(err)
			}
			m["format"] = m["format"].(float64) + 7
			if b, err = json.Marshal(m); err == nil {
				err = os.WriteFile(f, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The snapshots' ids stay what they were here, which those of a real other format would not: all the more must not be
// taken for what it is.
func TestAnotherFormatIsBuiltAnew(t *testing.T) {
	for _, first := range []string{"sync", "import", "revise", "rollback"} {
		t.Run(first, func(t *testing.T) {
			dir := t.TempDir()
			l := newLibrary(t, dir)
			before, err := l.Import(t.Context(), []kb.Document{versioned("a", 1), versioned("b", 1)}, false, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Import(t.Context(), []kb.Document{versioned("b", 2)}, false, false); err != nil {
				t.Fatal(err)
			}
			edit := library.Revision{Author: "ann", Reason: "r", Action: library.Edit, Document: "a", Content: &kb.Document{Title: "A", Body: "€7."}}
			if _, err := l.Revise(t.Context(), edit, ""); err != nil {
				t.Fatal(err)
			}
			outdate(t, dir)
			l = newLibrary(t, dir)
			var notes []string
			want := map[string]int{"a": 1, "b": 2}
			switch first {
			case "sync":
				var done library.Synced
				done, err = l.Sync(t.Context())
				notes = done.Notes
			case "import":
				want["c"] = 1
				_, err = l.Import(t.Context(), []kb.Document{versioned("c", 1)}, false, false)
			case "revise":
				edit.Document = "b"
				_, err = l.Revise(t.Context(), edit, "")
			case "rollback":
				want["b"] = 1
				_, notes, err = l.Rollback(t.Context(), before.Snapshot, "ann")
			}
			if err != nil {
				t.Fatal(err)
			}
			if (first == "sync" || first == "rollback") && (len(notes) == 0 || !strings.Contains(notes[0], "another version")) {
				t.Errorf("notes %q", notes)
			}
			holds(t, l, world{Served: want})
			if done, err := newLibrary(t, dir).Sync(t.Context()); err != nil || len(done.Notes) != 0 {
				t.Errorf("afterwards: %+v, %v", done, err)
			}
			c, err := l.Candidate(t.Context())
			if err != nil || len(c.Diff.Changed) == 0 {
				t.Fatalf("the edit is gone: %+v, %v", c, err)
			}
			if err := l.Promote(t.Context(), c.Snapshot, "ann"); err != nil {
				t.Error(err)
			}
			want["a"] = 7
			if first == "revise" {
				want["b"] = 7
			}
			holds(t, l, world{Served: want})
		})
	}
}
