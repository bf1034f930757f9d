package kb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/kb"
)

func openStore(t *testing.T, dir string) *kb.Store {
	t.Helper()
	s, err := kb.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustBuild(t *testing.T, s *kb.Store, docs ...kb.Document) string {
	t.Helper()
	id, err := s.Build(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func mustOpen(t *testing.T, s *kb.Store, id string) *kb.Snapshot {
	t.Helper()
	snap, err := s.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := snap.Close(); err != nil {
			t.Error(err)
		}
	})
	return snap
}

func article(id, text string) kb.Document { return kb.Document{ID: id, Title: id, Body: text} }

func TestBuildPromoteOpen(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if _, err := s.Current(); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("Current of an empty store: %v", err)
	}
	first := mustBuild(t, s, article("a", "Roaming is free."))
	if again := mustBuild(t, openStore(t, t.TempDir()), article("a", "Roaming is free.\n")); again != first {
		t.Errorf("the same content is %s and %s", first, again)
	}
	info, err := os.Stat(filepath.Join(dir, "snapshots", first+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if again := mustBuild(t, s, article("a", "Roaming is free.")); again != first {
		t.Errorf("rebuilt as %s", again)
	}
	if after, err := os.Stat(filepath.Join(dir, "snapshots", first+".json")); err != nil || !os.SameFile(info, after) {
		t.Errorf("building what exists wrote it anew (%v)", err)
	}
	second := mustBuild(t, s, article("a", "Roaming costs €5."))
	for _, id := range []string{first, second, first} {
		if err := s.Promote(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got, err := openStore(t, dir).Current(); err != nil || got != id {
			t.Errorf("Current = %s, %v, want %s", got, err, id)
		}
	}
	list, err := s.Snapshots()
	if err != nil || len(list) != 2 || list[0].Documents != 1 {
		t.Errorf("Snapshots = %+v, %v", list, err)
	}
	for _, i := range list {
		if i.Current != (i.ID == first) {
			t.Errorf("%s: current = %v", i.ID, i.Current)
		}
	}
}

func TestUnknownSnapshots(t *testing.T) {
	s := openStore(t, t.TempDir())
	for _, id := range []string{"kb_0123456789abcdef", "", "..", "../../etc", "kb_0123456789abcdeg"} {
		if err := s.Promote(t.Context(), id); !errors.Is(err, switchboard.NotFound) {
			t.Errorf("Promote(%q): %v", id, err)
		}
		if _, err := s.Open(t.Context(), id); !errors.Is(err, switchboard.NotFound) {
			t.Errorf("Open(%q): %v", id, err)
		}
	}
	if _, err := s.Build(t.Context(), nil); !errors.Is(err, switchboard.InvalidField) {
		t.Errorf("Build of nothing: %v", err)
	}
	if _, err := s.Build(t.Context(), []kb.Document{article("a", "x"), article("a", "y")}); !errors.Is(err, switchboard.InvalidField) {
		t.Errorf("Build with an id twice: %v", err)
	}
}

// TestCrash puts onto disk what a killed process leaves at each step, and expects the old state and a store that
// works.
func TestCrash(t *testing.T) {
	old, next := article("a", "The old text."), article("a", "The new text.")
	nextID := mustBuild(t, openStore(t, t.TempDir()), next)
	for _, c := range []struct {
		name  string
		leave func(dir string) error
	}{
		{"in the middle of a build", func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, "segments", ".build-123", "index", "store"), 0o755)
		}},
		{"a segment that is not whole", func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, "segments", segmentOf(t, next), "index"), 0o755)
		}},
		{"before the manifest was renamed", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "snapshots", "."+nextID+".json"), []byte("{"), 0o644)
		}},
		{"before CURRENT was renamed", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ".CURRENT-9"), []byte("kb_"), 0o644)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir)
			id := mustBuild(t, s, old)
			if err := s.Promote(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if err := c.leave(dir); err != nil {
				t.Fatal(err)
			}
			s = openStore(t, dir)
			if got, err := s.Current(); err != nil || got != id {
				t.Errorf("Current = %s, %v", got, err)
			}
			if list, err := s.Snapshots(); err != nil || len(list) != 1 {
				t.Errorf("Snapshots = %+v, %v", list, err)
			}
			if got := mustBuild(t, s, next); got != nextID {
				t.Errorf("built %s", got)
			}
			found, err := mustOpen(t, s, nextID).Search(t.Context(), kb.Query{Text: "new text"})
			if err != nil || len(found) != 1 {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// segmentOf is the name of the segment that holds one document.
func segmentOf(t *testing.T, d kb.Document) string {
	t.Helper()
	dir := t.TempDir()
	mustBuild(t, openStore(t, dir), d)
	entries, err := os.ReadDir(filepath.Join(dir, "segments"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("segments %v, %v", entries, err)
	}
	return entries[0].Name()
}

func TestSweepTakesWhatIsOld(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	for name, age := range map[string]time.Duration{".build-old": 2 * time.Hour, ".build-young": time.Minute} {
		p := filepath.Join(dir, name)
		when := time.Now().Add(-age)
		if err := errors.Join(os.Mkdir(p, 0o755), os.Chtimes(p, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	mustBuild(t, s, article("a", "x"))
	if _, err := os.Stat(filepath.Join(dir, ".build-old")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one is there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".build-young")); err != nil {
		t.Errorf("the young one is gone: %v", err)
	}
}

func TestBuildStopsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Build(ctx, []kb.Document{article("a", "x")}); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	for _, sub := range []string{"segments", "snapshots"} {
		if left, err := os.ReadDir(filepath.Join(dir, sub)); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v", left, err)
		}
	}
}

// TestDamagedFilesAreRefused flips a bit of each file of a snapshot in turn.
func TestDamagedFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	id := mustBuild(t, openStore(t, dir), article("a", "Roaming costs €5."), article("b", "Calls are free."))
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 6 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for name, damaged := range map[string][]byte{
				"a bit":     append(append(append([]byte{}, whole[:len(whole)/2]...), whole[len(whole)/2]^1), whole[len(whole)/2+1:]...),
				"cut short": whole[:len(whole)/2],
				"empty":     {},
			} {
				if err := os.WriteFile(path, damaged, 0o600); err != nil {
					t.Fatal(err)
				}
				if snap, err := openStore(t, dir).Open(t.Context(), id); err == nil {
					t.Errorf("%s: opened all the same: %v", name, snap.Close())
				}
			}
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			mustOpen(t, openStore(t, dir), id)
		})
	}
}

func TestDocumentsAndPassages(t *testing.T) {
	s := openStore(t, t.TempDir())
	snap := mustOpen(t, s, mustBuild(t, s, article("b", "Two."), article("a", "# One\n\nText.\n\n# Two\n\nMore."),
		kb.Document{ID: "c", Title: "Tres", Lang: "es", Body: "Tres."}))
	docs := snap.Documents()
	if len(docs) != 3 || docs[0].ID != "a" || docs[0].Body != "" {
		t.Errorf("Documents = %+v", docs)
	}
	d, err := snap.Document(t.Context(), "a")
	if err != nil || !strings.HasPrefix(d.Body, "# One") {
		t.Errorf("Document = %+v, %v", d, err)
	}
	passages, err := snap.Passages(t.Context(), "a")
	if err != nil || len(passages) != 2 || passages[1].ID != "a#2" || passages[1].Text != "More." {
		t.Errorf("Passages = %+v, %v", passages, err)
	}
	if _, err := snap.Document(t.Context(), "none"); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("unknown document: %v", err)
	}
	if _, err := snap.Passages(t.Context(), ""); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("unknown document: %v", err)
	}
	if st := snap.Stats(); st.Documents != 3 || st.Passages != 4 || st.Languages["es"] != 1 {
		t.Errorf("Stats = %+v", st)
	}
}

// TestSearchWhilePromoting searches in several goroutines while another builds, promotes and opens snapshots and
// closes the old ones under them.
func TestSearchWhilePromoting(t *testing.T) {
	s := openStore(t, t.TempDir())
	var mu sync.RWMutex
	current := mustOpen(t, s, mustBuild(t, s, article("a", "Generation 0 of roaming.")))
	stop := make(chan struct{})
	var searchers sync.WaitGroup
	for range 4 {
		searchers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				mu.RLock()
				snap := current
				mu.RUnlock()
				found, err := snap.Search(t.Context(), kb.Query{Text: "roaming generation"})
				if errors.Is(err, switchboard.Unavailable) {
					continue // closed since it was taken
				}
				if err != nil || len(found) != 1 {
					t.Errorf("found %v, %v", found, err)
					return
				}
			}
		})
	}
	for i := 1; i <= 10; i++ {
		id := mustBuild(t, s, article("a", fmt.Sprintf("Generation %d of roaming.", i)))
		if err := s.Promote(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		next := mustOpen(t, s, id)
		mu.Lock()
		old := current
		current = next
		mu.Unlock()
		if err := old.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	searchers.Wait()
}

// TestOpenTwice opens one generation several times at once, as a server and a command line do.
func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	id := mustBuild(t, s, article("a", "Roaming is free."))
	one, two := mustOpen(t, s, id), mustOpen(t, openStore(t, dir), id)
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Search(t.Context(), kb.Query{Text: "roaming"}); !errors.Is(err, switchboard.Unavailable) {
		t.Errorf("search after Close: %v", err)
	}
	if found, err := two.Search(t.Context(), kb.Query{Text: "roaming"}); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestProgressIsTold indexes more than one segment takes.
func TestProgressIsTold(t *testing.T) {
	var docs []kb.Document
	for i := range 5000 {
		docs = append(docs, article(fmt.Sprintf("d%04d", i), "Roaming."))
	}
	var told []int
	_, err := openStore(t, t.TempDir()).Apply(t.Context(), "", kb.Change{Put: docs, Progress: func(done, total int) {
		if total != len(docs) {
			t.Errorf("of %d", total)
		}
		told = append(told, done)
	}})
	if err != nil || len(told) < 2 || !slices.IsSorted(told) || told[len(told)-1] != len(docs) {
		t.Errorf("told %v, %v", told, err)
	}
}
