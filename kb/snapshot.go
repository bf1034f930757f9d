package kb

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"switchboard"
)

// Snapshot is an immutable state of the whole knowledge base, open for searching. It is safe for concurrent use.
type Snapshot struct {
	id       string
	docs     []Document            // sorted by id
	passages []switchboard.Passage // in the order of docs, then of their text
	docOf    []int32               // the place in docs of each passage's document
	first    []int32               // the place of each document's first passage, and the number of passages at the end
	langs    []*collection         // sorted by language

	ofPassages, ofDocuments factors
	visible                 visibility

	mu       sync.RWMutex // held for reading while searching, so that Close waits for searches
	postings *postings    // nil when closed
	spare    sync.Pool    // of *scratch
}

// Stats are a snapshot's sizes.
type Stats struct {
	Documents int            `json:"documents"`
	Passages  int            `json:"passages"`
	Languages map[string]int `json:"languages"` // to how many documents
}

// Open opens a snapshot for searching; NotFound if the store does not have it. It checks that the documents are those
// that the id stands for. The caller closes it.
func (s *Store) Open(ctx context.Context, id string) (*Snapshot, error) {
	m, err := s.manifest(id)
	if err != nil {
		return nil, err
	}
	if m.Format != formatVersion {
		return nil, fmt.Errorf("open snapshot %s: it has format %d, this program reads %d", id, m.Format, formatVersion)
	}
	snap, err := openSnapshot(ctx, s.path(id), m)
	if err != nil {
		return nil, fmt.Errorf("open snapshot %s: %w", id, err)
	}
	return snap, nil
}

func openSnapshot(ctx context.Context, dir string, m manifest) (*Snapshot, error) {
	snap := &Snapshot{id: m.ID}
	if err := snap.readDocuments(filepath.Join(dir, documentsFile)); err != nil {
		return nil, err
	}
	terms, err := snap.readPassages(filepath.Join(dir, passagesFile), m)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	snap.langs, snap.ofPassages, snap.ofDocuments, err = newCollections(snap.passages, terms, snap.docOf)
	if err != nil {
		return nil, err
	}
	snap.visible = newVisibility(snap.docs)
	if snap.postings, err = openPostings(filepath.Join(dir, indexDir), len(snap.passages)); err != nil {
		return nil, err
	}
	return snap, nil
}

func (s *Snapshot) readDocuments(path string) error {
	lines, _, err := readLines(path)
	if err != nil {
		return err
	}
	if got := snapshotID(lines); got != s.id {
		return fmt.Errorf("its documents are those of %s: the file was changed", got)
	}
	s.docs = make([]Document, len(lines))
	for i, l := range lines {
		if s.docs[i], err = parseCanonical(l); err != nil {
			return fmt.Errorf("%s:%d: %w", documentsFile, i+1, err)
		}
	}
	return nil
}

// readPassages reads the passages, which stand in the order of their documents.
func (s *Snapshot) readPassages(path string, m manifest) ([]lengths, error) {
	lines, sum, err := readLines(path)
	if err != nil {
		return nil, err
	}
	if sum != m.PassagesSum || len(lines) != m.Passages {
		return nil, errors.New("its passages are not those that were built: the file was changed")
	}
	s.passages = make([]switchboard.Passage, len(lines))
	s.docOf = make([]int32, len(lines))
	terms := make([]lengths, len(lines))
	d := -1
	for i, l := range lines {
		var p storedPassage
		if err := json.Unmarshal(l, &p); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", passagesFile, i+1, err)
		}
		for d < 0 || s.docs[d].ID != p.DocumentID {
			if d++; d == len(s.docs) {
				return nil, fmt.Errorf("%s:%d: no document %q at this place", passagesFile, i+1, p.DocumentID)
			}
			s.first = append(s.first, int32(i))
		}
		s.passages[i], s.docOf[i], terms[i] = p.passage(s.docs[d]), int32(d), p.Terms
	}
	if d != len(s.docs)-1 {
		return nil, errors.New("documents without passages")
	}
	s.first = append(s.first, int32(len(lines)))
	return terms, nil
}

// readLines reads a file whose lines all end with a line break. It returns the content's SHA-256 with them.
func readLines(path string) (lines [][]byte, sum string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	h := sha256.Sum256(b)
	for line := range bytes.Lines(b) {
		lines = append(lines, bytes.TrimSuffix(line, []byte{'\n'}))
	}
	return lines, hex.EncodeToString(h[:]), nil
}

// ID is the hash that names the snapshot: "kb_" and 16 hexadecimal digits.
func (s *Snapshot) ID() string { return s.id }

// Documents lists the documents, sorted by id, without their bodies.
func (s *Snapshot) Documents() []Document {
	docs := slices.Clone(s.docs)
	for i := range docs {
		docs[i].Body = ""
		docs[i].Supersedes = slices.Clone(docs[i].Supersedes)
	}
	return docs
}

// Document returns one document whole; NotFound if there is none with that id.
func (s *Snapshot) Document(_ context.Context, id string) (Document, error) {
	i, err := s.find(id)
	if err != nil {
		return Document{}, err
	}
	d := s.docs[i]
	d.Supersedes = slices.Clone(d.Supersedes)
	return d, nil
}

// Passages returns a document's passages in the order of its text; NotFound if there is no such document.
func (s *Snapshot) Passages(_ context.Context, docID string) ([]switchboard.Passage, error) {
	i, err := s.find(docID)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.passages[s.first[i]:s.first[i+1]]), nil
}

func (s *Snapshot) find(docID string) (int, error) {
	i, ok := slices.BinarySearchFunc(s.docs, docID, func(d Document, id string) int { return cmp.Compare(d.ID, id) })
	if !ok {
		return 0, switchboard.Errorf(switchboard.NotFound, "no document has the id %.80q", docID)
	}
	return i, nil
}

// Stats counts.
func (s *Snapshot) Stats() Stats {
	st := Stats{Documents: len(s.docs), Passages: len(s.passages), Languages: map[string]int{}}
	for _, d := range s.docs {
		st.Languages[d.Lang]++
	}
	return st
}

// Close waits for searches in progress and frees the index. A search after it fails.
func (s *Snapshot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.postings == nil {
		return nil
	}
	err := s.postings.Close()
	s.postings = nil
	return err
}
