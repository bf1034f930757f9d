package kb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// damaged is a store with one snapshot of a few documents, and the folder of its one segment.
func damaged(t *testing.T) (s *Store, id, segment string) {
	t.Helper()
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if id, err = s.Build(t.Context(), numbered(4)); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(s.dir, segmentsDir, segmentPrefix+"*"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %v, %v", segments, err)
	}
	return s, id, segments[0]
}

func numbered(n int) []Document {
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{ID: fmt.Sprint("doc-", i), Title: fmt.Sprint("Fare ", i), Body: fmt.Sprintf("A ticket costs €%d.00.", i)}
	}
	return docs
}

// flip changes bits of a byte in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x11
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts text in the place of another in a file.
func replace(t *testing.T, path, old, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%q is not in %s (%v)", old, path, err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(text), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

func indexFiles(t *testing.T, segment string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(segment, indexDir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("index files %v, %v", files, err)
	}
	return files
}

// TestDamageIsToldBeforeTheIndexIsOpened: bleve prints to the standard logger when it comes upon a damaged file.
func TestDamageIsToldBeforeTheIndexIsOpened(t *testing.T) {
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	s, id, segment := damaged(t)
	for _, path := range indexFiles(t, segment) {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(whole); at += len(whole)/16 + 1 {
			b := bytes.Clone(whole)
			b[at] ^= 0x40
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if snap, err := s.Open(t.Context(), id); err == nil {
				t.Errorf("%s: opened all the same (%v)", filepath.Base(path), snap.Close())
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if snap, err := s.Open(t.Context(), id); err != nil {
		t.Errorf("whole again: %v", err)
	} else if err := snap.Close(); err != nil {
		t.Error(err)
	}
	if printed.Len() > 0 {
		t.Errorf("printed %s", &printed)
	}
}

func TestRepair(t *testing.T) {
	at := func(name string) func(*testing.T, string) {
		return func(t *testing.T, segment string) { flip(t, filepath.Join(segment, name)) }
	}
	body := func(t *testing.T, segment string) {
		replace(t, filepath.Join(segment, documentsFile), "€2.00", "€9.00")
	}
	none := func(t *testing.T, segment string) {
		if err := os.WriteFile(filepath.Join(segment, documentsFile), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	both := func(t *testing.T, segment string) { body(t, segment); at(tableFile)(t, segment) }
	docs := numbered(4)
	tests := []struct {
		name   string
		damage func(t *testing.T, segment string)
		known  []Document
		lost   string // of the error; "" where it is mended
	}{
		{"nothing", func(*testing.T, string) {}, nil, ""},
		{"the index", func(t *testing.T, segment string) { flip(t, indexFiles(t, segment)[0]) }, nil, ""},
		{"the index's list of files", func(t *testing.T, segment string) { flip(t, indexFiles(t, segment)[1]) }, nil, ""},
		{"no index", func(t *testing.T, segment string) { _ = os.RemoveAll(filepath.Join(segment, indexDir)) }, nil, ""},
		{"the table", at(tableFile), nil, ""},
		{"the checksums", at(segmentFile), nil, ""},
		{"no checksums", func(t *testing.T, segment string) { _ = os.Remove(filepath.Join(segment, segmentFile)) }, nil, ""},
		{"checksums that say nothing", func(t *testing.T, segment string) {
			replace(t, filepath.Join(segment, segmentFile), `"files"`, `"filex"`)
		}, nil, ""},
		{"another format", func(t *testing.T, segment string) {
			replace(t, filepath.Join(segment, segmentFile), fmt.Sprintf(`"format": %d`, formatVersion), `"format": 99`)
		}, nil, ""},
		{"a document", body, nil, "doc-2"},
		{"a document that is known", body, docs[1:3], ""},
		{"a document, another is known", body, docs[:2], "doc-2"},
		{"every document", none, docs[1:], "doc-0"},
		{"every document, all are known", none, docs, ""},
		{"documents and table", both, nil, "checksum"},
		{"documents and table, all are known", both, docs, "checksum"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, id, segment := damaged(t)
			tt.damage(t, segment)
			mended, err := s.Repair(t.Context(), []string{id, id}, tt.known...)
			if tt.lost != "" {
				if !errors.Is(err, ErrLost) || tt.lost != "checksum" && !strings.Contains(err.Error(), tt.lost) {
					t.Errorf("err = %v", err)
				}
				return
			}
			if err != nil || len(mended) > 1 || (len(mended) == 0) != (tt.name == "nothing") {
				t.Fatalf("mended %v, %v", mended, err)
			}
			snap, err := s.Open(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			defer snap.Close()
			if found, err := snap.Search(t.Context(), Query{Text: "fare 2"}); err != nil || len(found) == 0 || found[0].DocumentID != "doc-2" {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// A snapshot that is open stays what it was while its segment is made anew.
func TestRepairUnderAReader(t *testing.T) {
	s, id, segment := damaged(t)
	server, err := OpenStore(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	open, err := server.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	half, err := s.openAs(t.Context(), id, false) // somebody who only makes another snapshot of it
	if err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(segment, segmentFile))
	if mended, err := s.Repair(t.Context(), []string{id}); err != nil || len(mended) != 1 {
		t.Fatalf("mended %v, %v", mended, err)
	}
	again, err := s.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if again.parts[0].seg == half.parts[0].seg {
		t.Error("the damaged segment passes for the mended one")
	}
	for _, snap := range []*Snapshot{open, again} {
		if found, err := snap.Search(t.Context(), Query{Text: "ticket"}); err != nil || len(found) != 4 {
			t.Errorf("found %v, %v", found, err)
		}
	}
	if err := errors.Join(half.Close(), again.Close()); err != nil {
		t.Error(err)
	}
	if len(s.inUse) != 0 {
		t.Errorf("%d segments are left open", len(s.inUse))
	}
}

// A document whose bytes were changed on disk must not get new checksums by being written into another segment.
func TestNothingDamagedIsMadeToLookWhole(t *testing.T) {
	s, id, segment := damaged(t)
	replace(t, filepath.Join(segment, documentsFile), "€3.00", "€9.00")
	next := numbered(3)
	for i := range next {
		next[i].Body += " Children pay half."
	}
	if out, err := s.Apply(t.Context(), id, Change{Put: next}); err == nil {
		t.Errorf("made %+v", out)
	} else if !strings.Contains(err.Error(), "doc-3") {
		t.Errorf("err = %v", err)
	}
}

// What a killed process has left of a segment is no segment, whatever of it is there.
func TestHalfASegmentIsMadeAnew(t *testing.T) {
	for _, gone := range []string{segmentFile, tableFile, documentsFile, indexDir} {
		t.Run(gone, func(t *testing.T) {
			s, id, segment := damaged(t)
			if err := errors.Join(os.RemoveAll(filepath.Join(segment, gone)), os.Remove(s.manifestPath(id))); err != nil {
				t.Fatal(err)
			}
			if again, err := s.Build(t.Context(), numbered(4)); err != nil || again != id {
				t.Fatalf("%s, %v", again, err)
			}
			snap, err := s.Open(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if err := snap.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPruneLeavesNothing(t *testing.T) {
	s, id, _ := damaged(t)
	next, err := s.Build(t.Context(), numbered(9)[5:])
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Promote(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * abandoned)
	for name, when := range map[string]time.Time{
		"kb_0123456789abcdef":                       long, // format 1 kept its snapshots there
		"segments/.removed-seg_0123456789abcdef":    long,
		"segments/.build-1":                         long,
		"segments/.damaged-seg_0123456789abcdef-1":  time.Now().Add(-2 * forgotten),
		"segments/.damaged-seg_0123456789abcdef-22": long,
	} {
		dir := filepath.Join(s.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, "index"), 0o750), os.Chtimes(dir, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(s.manifestPath("kb_00112233aabbccdd"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Snapshots(); err != nil || len(list) != 3 || !list[2].Outdated {
		t.Errorf("a damaged manifest among others: %+v, %v", list, err)
	}
	if removed, err := s.Prune(); err != nil || len(removed) != 2 {
		t.Fatalf("removed %v, %v", removed, err)
	}
	var left []string
	for _, pattern := range []string{"*", "segments/*", "snapshots/*"} {
		names, err := filepath.Glob(filepath.Join(s.dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, names...)
	}
	// CURRENT, the two folders, a segment with its snapshot, and what was put aside two hours ago.
	if len(left) != 6 {
		t.Errorf("left %v", left)
	}
	if _, err := s.Outdated(id); err == nil {
		t.Errorf("%s is still there", id)
	}
	snap, err := s.Open(context.Background(), next)
	if err != nil {
		t.Fatal(err)
	}
	if err := snap.Close(); err != nil {
		t.Error(err)
	}
}
