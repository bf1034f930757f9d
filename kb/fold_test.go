package kb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// long is an article of some passages, each under a heading of its own.
func long(i, passages int) Document {
	var b strings.Builder
	for p := range passages {
		fmt.Fprintf(&b, "# Part %d\n\nRoaming in zone %d.\n\n", p, i)
	}
	return Document{ID: fmt.Sprintf("d%04d", i), Title: fmt.Sprintf("Article %d", i), Body: b.String()}
}

// smallSegments is a store whose segments take few passages.
func smallSegments(t *testing.T) *Store {
	t.Helper()
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.perSegment = 64
	return s
}

func segmentsOf(t *testing.T, s *Store, id string) []string {
	t.Helper()
	m, err := s.manifest(id)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, ref := range m.Segments {
		names = append(names, ref.Name)
	}
	return names
}

// TestAnEditIndexesWhatWasEdited edits articles of many passages in a base of many segments: all but one of the
// segments stay, whatever they hold.
func TestAnEditIndexesWhatWasEdited(t *testing.T) {
	s := smallSegments(t)
	var docs []Document
	for i := range 60 { // four a segment
		docs = append(docs, long(i, 16))
	}
	id, err := s.Build(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	before := segmentsOf(t, s, id)
	if len(before) != 15 {
		t.Fatalf("%d segments", len(before))
	}
	for i := range 5 {
		d := docs[i*9]
		d.Body += "\n\nEdited."
		out, err := s.Apply(t.Context(), id, Change{Put: []Document{d}})
		if err != nil {
			t.Fatal(err)
		}
		after := segmentsOf(t, s, out.ID)
		for _, name := range before {
			if !slices.Contains(after, name) {
				t.Errorf("edit %d: segment %s was written anew", i, name)
			}
		}
		if len(after) != len(before)+1 || len(out.Changed) != 1 {
			t.Errorf("edit %d: %d segments after %d, changed %v", i, len(after), len(before), out.Changed)
		}
		id, before = out.ID, after
	}
}

// TestSmallSegmentsAreFolded adds articles one by one: the segments stay few, and nothing is lost.
func TestSmallSegmentsAreFolded(t *testing.T) {
	s := smallSegments(t)
	id := ""
	for i := range 100 {
		out, err := s.Apply(t.Context(), id, Change{Put: []Document{long(i, 1)}})
		if err != nil {
			t.Fatal(err)
		}
		if id = out.ID; out.Documents != i+1 {
			t.Fatalf("%d documents after %d", out.Documents, i+1)
		}
		// Up to seven of the one size below an eighth of a full one, and those of that and more.
		if n := len(segmentsOf(t, s, id)); n > foldAt-1+(i+1)/(s.perSegment/foldAt) {
			t.Errorf("%d segments of %d documents", n, i+1)
		}
	}
	snap, err := s.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	if found, err := snap.Search(t.Context(), Query{Text: "roaming", K: 200}); err != nil || len(found) != 100 {
		t.Errorf("found %d, %v", len(found), err)
	}
}

// TestAnInterruptedBuildGoesOn ends a build in the middle: the next one uses the segments that it has finished.
func TestAnInterruptedBuildGoesOn(t *testing.T) {
	s := smallSegments(t)
	var docs []Document
	for i := range 40 {
		docs = append(docs, long(i, 16))
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Apply(ctx, "", Change{Put: docs, Progress: func(done, _ int) {
		if done >= 20 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("went on: %v", err)
	}
	names := func() map[string]os.FileInfo {
		all := map[string]os.FileInfo{}
		entries, err := os.ReadDir(filepath.Join(s.dir, segmentsDir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if all[e.Name()], err = os.Stat(filepath.Join(s.dir, segmentsDir, e.Name(), segmentFile)); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	finished := names()
	if len(finished) < 5 || len(finished) >= 10 {
		t.Fatalf("%d segments were finished", len(finished))
	}
	if _, err := s.Build(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	all := names()
	for name, info := range finished {
		if !os.SameFile(info, all[name]) {
			t.Errorf("segment %s was written again", name)
		}
	}
	if len(all) != 10 {
		t.Errorf("%d segments", len(all))
	}
}
