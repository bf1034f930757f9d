package library_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/kb"
	"switchboard/kb/library"
)

// fullDisk imports with a limit on files' sizes: writes beyond it fail, as they do on a full disk. The seed is the limit.
func fullDisk(dir string, limit uint64) error {
	l, err := stage{dir}.library(world{})
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ) // the write fails then
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	_, err = l.Import(context.Background(), manyFares(), false, false)
	if err == nil {
		return errors.New("it was imported all the same")
	}
	if !errors.Is(err, syscall.EFBIG) && !strings.Contains(err.Error(), "file too large") {
		return fmt.Errorf("the error does not say why: %w", err)
	}
	fmt.Println(err)
	return nil
}

func manyFares() []kb.Document {
	docs := make([]kb.Document, 600)
	for i := range docs {
		docs[i] = versioned(fmt.Sprint("fare-", i), i)
		docs[i].Body += strings.Repeat(fmt.Sprintf("\n\nStop %d is in zone %d.", i, i%7), 5)
	}
	return docs
}

// TestFullDisk runs out of room at every size of file that an import writes.
func TestFullDisk(t *testing.T) {
	s := stage{t.TempDir()}
	w := world{Imports: map[string]int{"a": 1}, Source: 1}.compose()
	if err := s.writeSource(1); err != nil {
		t.Fatal(err)
	}
	l, err := s.library(world{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := l.Import(t.Context(), []kb.Document{versioned("a", 1)}, false, false)
	if err != nil {
		t.Fatal(err)
	}
	for limit := uint64(0); limit < 100<<10; limit = 2*limit + 90 {
		p := start(t, "full", s.dir, limit)
		said, _ := p.out.ReadString('\n')
		if err := p.Wait(); err != nil {
			t.Fatalf("%d bytes: %v: %s", limit, err, &p.stderr)
		}
		if strings.Contains(said, "panic") || p.stderr.Len() > 0 {
			t.Errorf("%d bytes: %s%s", limit, said, &p.stderr)
		}
		if id, err := l.Store.Current(); err != nil || id != before.Snapshot {
			t.Fatalf("%d bytes: current is %s, %v", limit, id, err)
		}
		holds(t, l, w)
		if done, err := l.Sync(t.Context()); err != nil || done.Snapshot != before.Snapshot || len(done.Notes) > 0 {
			t.Fatalf("%d bytes: %+v, %v", limit, done, err)
		}
	}
	segments, err := filepath.Glob(filepath.Join(s.store(), "segments", "*"))
	if err != nil || len(segments) > 4 { // those of the snapshot, and what came to its end
		t.Errorf("left %v, %v", segments, err)
	}
	after, err := l.Import(t.Context(), manyFares(), false, false)
	if err != nil || after.Added != 600 {
		t.Fatalf("with room again: %+v, %v", after, err)
	}
	if have := ids(t, l); len(have) != 602 {
		t.Errorf("%d documents", len(have))
	}
}

// holds compares what is served.
func holds(t *testing.T, l *library.Library, w world) {
	t.Helper()
	c := &crash{T: t}
	id, err := l.Store.Current()
	if err != nil {
		t.Fatal(err)
	}
	c.holds(l.Store, id, w)
}

// TestUnwritable puts files where folders are wanted, which hinders even who may do everything.
func TestUnwritable(t *testing.T) {
	if _, err := kb.OpenStore(filepath.Join(blocked(t), "kb")); err == nil || !strings.Contains(err.Error(), "open knowledge store") {
		t.Errorf("err = %v", err)
	}
	for _, sub := range []string{"segments", "snapshots"} {
		t.Run(sub, func(t *testing.T) {
			s := stage{t.TempDir()}
			if err := s.writeSource(1); err != nil {
				t.Fatal(err)
			}
			l, err := s.library(world{})
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(s.store(), sub)
			if err := errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			if c, err := l.Import(t.Context(), []kb.Document{versioned("a", 1)}, false, false); err == nil || !strings.Contains(err.Error(), sub) {
				t.Errorf("%+v, %v", c, err)
			}
			if id, err := l.Store.Current(); err == nil {
				t.Errorf("current is %s", id)
			}
			if err := errors.Join(os.Remove(dir), os.Mkdir(dir, 0o700)); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Import(t.Context(), []kb.Document{versioned("a", 1)}, false, false); err != nil {
				t.Errorf("with a folder again: %v", err)
			}
		})
	}
}

// blocked is the path of a file.
func blocked(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// imported is a library with some documents, and the file of one segment that holds them.
func imported(t *testing.T, file string) (stage, *library.Library, string) {
	t.Helper()
	s := stage{t.TempDir()}
	if err := s.writeSource(1); err != nil {
		t.Fatal(err)
	}
	l, err := s.library(world{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), []kb.Document{versioned("a", 1), versioned("b", 1)}, false, false); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.store(), "segments", "*", file))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		docs, err := os.ReadFile(filepath.Join(s.store(), "segments", filepath.Base(segmentDir(s, f)), "documents.jsonl"))
		if err == nil && bytes.Contains(docs, []byte(`"id":"a"`)) {
			return s, l, f
		}
	}
	t.Fatalf("none of %v", files)
	return s, l, ""
}

// segmentDir is the folder of the segment to which a file belongs.
func segmentDir(s stage, file string) string {
	rel, err := filepath.Rel(filepath.Join(s.store(), "segments"), file)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	return filepath.Join(s.store(), "segments", name)
}

// damage puts a damaged copy in the place of a file, so that who has it open keeps what it was.
func damage(t *testing.T, path, old, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if old == "" {
		b[len(b)/2] ^= 0x11
	} else if b = bytes.Replace(b, []byte(old), []byte(text), 1); !bytes.Contains(b, []byte(text)) {
		t.Fatalf("no %q in %s", old, path)
	}
	if err := kb.ReplaceFile(path, b); err != nil {
		t.Fatal(err)
	}
}

func TestSyncMendsWhatIsDamaged(t *testing.T) {
	for _, file := range []string{"table", "segment.json", "index/root.bolt", "index/*.zap"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s, l, path := imported(t, file)
			want := world{Imports: map[string]int{"a": 1, "b": 1}, Source: 1}.compose()
			id, err := l.Store.Current()
			if err != nil {
				t.Fatal(err)
			}
			served, err := l.Store.Open(t.Context(), id) // by the gateway
			if err != nil {
				t.Fatal(err)
			}
			defer served.Close()
			damage(t, path, "", "")
			other, err := s.library(world{})
			if err != nil {
				t.Fatal(err)
			}
			done, err := other.Sync(t.Context())
			if err != nil || done.Snapshot != id || len(done.Notes) != 1 || !strings.Contains(done.Notes[0], "damaged") {
				t.Fatalf("%+v, %v", done, err)
			}
			holds(t, other, want)
			if found, err := served.Search(t.Context(), kb.Query{Text: "What does a ticket cost?"}); err != nil || len(found) != 3 {
				t.Errorf("who had it open found %v, %v", found, err)
			}
			if done, err := other.Sync(t.Context()); err != nil || len(done.Notes) > 0 {
				t.Errorf("once more: %+v, %v", done, err)
			}
		})
	}
}

func TestLostDocumentsAreBroughtBackByAnImport(t *testing.T) {
	s, l, path := imported(t, "documents.jsonl")
	damage(t, path, "€1", "€9")
	damage(t, path, `"b"`, `"c"`)
	for range 2 {
		_, err := l.Sync(t.Context())
		if !errors.Is(err, kb.ErrLost) || !strings.Contains(err.Error(), "import them again") {
			t.Fatalf("err = %v", err)
		}
	}
	if _, err := l.Import(t.Context(), []kb.Document{versioned("a", 1)}, false, false); !errors.Is(err, kb.ErrLost) {
		t.Errorf("an import with half of them: %v", err)
	}
	c, err := l.Import(t.Context(), []kb.Document{versioned("a", 1), versioned("b", 1), versioned("d", 2)}, false, false)
	if err != nil || c.Added != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	holds(t, l, world{Imports: map[string]int{"a": 1, "b": 1, "d": 2}, Source: 1}.compose())
	again, err := s.library(world{})
	if err != nil {
		t.Fatal(err)
	}
	if done, err := again.Sync(t.Context()); err != nil || len(done.Notes) > 0 || done.Snapshot != c.Snapshot {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestLostDocumentsOfASourceAreReadAgain(t *testing.T) {
	_, l, _ := imported(t, "table")
	files, err := filepath.Glob(filepath.Join(l.Dir, "segments", "*", "documents.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(`"source"`)) && !bytes.Contains(b, []byte(`"a"`)) {
			damage(t, f, "€", "£")
		}
	}
	if done, err := l.Sync(t.Context()); err != nil || len(done.Notes) != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	holds(t, l, world{Imports: map[string]int{"a": 1, "b": 1}, Source: 1}.compose())
}

// TestDamagedFilesBesideTheSegments damages what the library and the store write down.
func TestDamagedFilesBesideTheSegments(t *testing.T) {
	want := world{Imports: map[string]int{"a": 1, "b": 1}, Source: 1}.compose()
	read := func(t *testing.T, dir string) (state struct{ Imports, Served string }) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, "library.json"))
		if err == nil {
			err = json.Unmarshal(b, &state)
		}
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	tests := []struct {
		name  string
		file  func(t *testing.T, dir string) string
		notes int
	}{
		{"CURRENT", func(*testing.T, string) string { return "CURRENT" }, 0},
		{"the library's state", func(*testing.T, string) string { return "library.json" }, 1},
		{"what is served", func(t *testing.T, dir string) string { return "snapshots/" + read(t, dir).Served + ".json" }, 1},
	}
	for _, tt := range tests {
		for _, rest := range []string{"", "{", "garbage\x00"} {
			t.Run(tt.name+" "+rest, func(t *testing.T) {
				s, _, _ := imported(t, "table")
				if err := os.WriteFile(filepath.Join(s.store(), tt.file(t, s.store())), []byte(rest), 0o600); err != nil {
					t.Fatal(err)
				}
				l, err := s.library(world{})
				if err != nil {
					t.Fatal(err)
				}
				if done, err := l.Sync(t.Context()); err != nil || len(done.Notes) != tt.notes {
					t.Fatalf("%+v, %v", done, err)
				}
				holds(t, l, want)
				if done, err := l.Sync(t.Context()); err != nil || len(done.Notes) != 0 {
					t.Errorf("once more: %+v, %v", done, err)
				}
			})
		}
	}
	t.Run("what was imported", func(t *testing.T) {
		s, l, _ := imported(t, "table")
		first := read(t, s.store())
		if _, err := l.Import(t.Context(), []kb.Document{versioned("c", 1)}, false, false); err != nil {
			t.Fatal(err)
		}
		damaged := filepath.Join(s.store(), "snapshots", read(t, s.store()).Imports+".json")
		if err := os.WriteFile(damaged, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "roll back") {
			t.Errorf("err = %v", err)
		}
		if id, _, err := l.Rollback(t.Context(), first.Served, "ann"); err != nil || id != first.Served {
			t.Errorf("%s, %v", id, err)
		}
		if _, err := l.Sync(t.Context()); err != nil {
			t.Error(err)
		}
		holds(t, l, want)
	})
}
