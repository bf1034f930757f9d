package kb

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"switchboard"
)

// formatVersion is part of every snapshot's id. Raise it when the same documents would be cut, analysed or stored
// differently, so that a new binary builds a new snapshot and leaves the old one to old binaries.
const formatVersion = 1

// Names in a store's folder and in a snapshot's.
const (
	currentFile   = "CURRENT"
	documentsFile = "documents.jsonl"
	passagesFile  = "passages.jsonl"
	manifestFile  = "manifest.json"
	indexDir      = "index"
	buildPrefix   = ".build-"
	idPrefix      = "kb_"
)

// abandoned is the age from which a half-built folder is taken for the rest of a process that died.
const abandoned = time.Hour

// Store keeps snapshots in a folder: DIR/kb_…/ each, and DIR/CURRENT with the id of the one to serve. Everything is
// written aside, synced and renamed into place, so that a crash at any point leaves what was there before. It is safe
// for concurrent use, by several processes too.
type Store struct {
	dir string
}

// Info describes a snapshot that a store has.
type Info struct {
	ID        string    `json:"id"`
	Documents int       `json:"documents"`
	Passages  int       `json:"passages"`
	BuiltAt   time.Time `json:"built_at"`
	Current   bool      `json:"current"`
}

// manifest is what a snapshot's folder says about itself. It is written last: a folder with one is complete.
type manifest struct {
	ID        string    `json:"id"`
	Format    int       `json:"format"`
	Documents int       `json:"documents"`
	Passages  int       `json:"passages"`
	BuiltAt   time.Time `json:"built_at"`
	// PassagesSum is the SHA-256 of the passages' file. The documents' file needs none: the id is one.
	PassagesSum string `json:"passages_sha256"`
}

// OpenStore opens the store in dir, making the folder where there is none.
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open knowledge store: %w", err)
	}
	return &Store{dir: dir}, nil
}

// Close frees what the store holds. Snapshots that were opened stay open.
func (s *Store) Close() error { return nil }

// Build makes a snapshot of docs and returns its id, which depends on their content alone. Where it exists already,
// Build only computes the id. It refuses documents that CheckAll finds wrong, and an empty list. It takes about a
// second for 3,000 passages and stops early when ctx ends.
func (s *Store) Build(ctx context.Context, docs []Document) (id string, err error) {
	docs, id, lines, err := canonicalize(docs)
	if err != nil {
		return "", err
	}
	if _, err := s.manifest(id); err == nil {
		return id, nil
	}
	if err := s.sweep(time.Now()); err != nil {
		return "", fmt.Errorf("build %s: %w", id, err)
	}
	tmp, err := os.MkdirTemp(s.dir, buildPrefix)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", id, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := writeSnapshot(ctx, tmp, id, docs, lines, indexBatch); err != nil {
		return "", fmt.Errorf("build %s: %w", id, err)
	}
	if err := s.install(tmp, id); err != nil {
		return "", fmt.Errorf("build %s: %w", id, err)
	}
	return id, nil
}

// canonicalize normalises, checks and sorts docs, and computes the id of their snapshot. Lines are their canonical
// forms, in the same order.
func canonicalize(docs []Document) (sorted []Document, id string, lines [][]byte, err error) {
	if len(docs) == 0 {
		return nil, "", nil, switchboard.Errorf(switchboard.InvalidField, "a snapshot needs at least one document")
	}
	sorted = make([]Document, len(docs))
	for i, d := range docs {
		sorted[i] = d.Normalize()
	}
	if err := CheckAll(sorted); err != nil {
		return nil, "", nil, switchboard.Errorf(switchboard.InvalidField, "%s", err)
	}
	slices.SortFunc(sorted, func(a, b Document) int { return cmp.Compare(a.ID, b.ID) })
	lines = make([][]byte, len(sorted))
	for i, d := range sorted {
		if lines[i], err = d.canonical(); err != nil {
			return nil, "", nil, fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	return sorted, snapshotID(lines), lines, nil
}

func snapshotID(lines [][]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "switchboard kb %d\n", formatVersion)
	for _, l := range lines {
		h.Write(l)
		h.Write([]byte{'\n'})
	}
	return idPrefix + hex.EncodeToString(h.Sum(nil)[:8])
}

// SnapshotID is the id that Build would give to docs, or the error with which it would refuse them.
func SnapshotID(docs []Document) (string, error) {
	_, id, _, err := canonicalize(docs)
	return id, err
}

// writeSnapshot writes a whole snapshot into dir, which exists, and syncs it.
func writeSnapshot(ctx context.Context, dir, id string, docs []Document, lines [][]byte, batch int) error {
	if _, err := writeLines(filepath.Join(dir, documentsFile), lines); err != nil {
		return err
	}
	var cuts []cut
	for _, d := range docs {
		cuts = append(cuts, cutDocument(d)...)
	}
	terms, err := buildIndex(ctx, filepath.Join(dir, indexDir), dir, cuts, batch)
	if err != nil {
		return err
	}
	passages, err := encodePassages(cuts, terms)
	if err != nil {
		return err
	}
	sum, err := writeLines(filepath.Join(dir, passagesFile), passages)
	if err != nil {
		return err
	}
	m, err := json.MarshalIndent(manifest{
		ID: id, Format: formatVersion, Documents: len(docs), Passages: len(cuts),
		BuiltAt: time.Now().UTC().Truncate(time.Second), PassagesSum: sum,
	}, "", "  ")
	if err != nil {
		return err
	}
	if _, err := writeLines(filepath.Join(dir, manifestFile), [][]byte{m}); err != nil {
		return err
	}
	return syncTree(dir)
}

// writeLines writes and syncs a file. It returns the SHA-256 of the content.
func writeLines(path string, lines [][]byte) (sum string, err error) {
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	w := bufio.NewWriterSize(f, 1<<16)
	for _, l := range lines {
		for _, part := range [][]byte{l, {'\n'}} {
			h.Write(part)
			if _, err := w.Write(part); err != nil {
				return "", err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), f.Sync()
}

// syncTree syncs every file and folder below dir.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// install renames a finished folder to its id. Losing a race against another process that built the same is no error.
func (s *Store) install(tmp, id string) error {
	target := s.path(id)
	err := os.Rename(tmp, target)
	if err != nil {
		if _, complete := s.manifest(id); complete == nil {
			return nil
		}
		// Something without a manifest stands there; nothing of ours leaves that behind. Put it out of the way.
		if err := os.Rename(target, tmp+"-displaced"); err != nil {
			return err
		}
		if err := os.Rename(tmp, target); err != nil {
			return err
		}
		if err := os.RemoveAll(tmp + "-displaced"); err != nil {
			return err
		}
	}
	return syncPath(s.dir)
}

// sweep removes what builds that were killed have left behind.
func (s *Store) sweep(now time.Time) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), buildPrefix) && !strings.HasPrefix(e.Name(), "."+currentFile) {
			continue
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < abandoned {
			continue // gone already, or somebody is at work
		}
		if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id) }

// validID guards against ids that would be paths.
func validID(id string) bool {
	digits, ok := strings.CutPrefix(id, idPrefix)
	_, err := hex.DecodeString(digits)
	return ok && err == nil && len(digits) == 16
}

// manifest reads a snapshot's manifest. A snapshot without one is NotFound.
func (s *Store) manifest(id string) (manifest, error) {
	if !validID(id) {
		return manifest{}, switchboard.Errorf(switchboard.NotFound, "no snapshot has the id %.40q", id)
	}
	m, err := readManifest(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, switchboard.Errorf(switchboard.NotFound, "no snapshot has the id %q", id)
	}
	if err != nil {
		return manifest{}, fmt.Errorf("manifest of snapshot %s: %w", id, err)
	}
	return m, nil
}

func readManifest(dir string) (manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return manifest{}, err
	}
	var m manifest
	err = json.Unmarshal(b, &m)
	return m, err
}

// Snapshots lists what the store has, the latest first.
func (s *Store) Snapshots() ([]Info, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	current, err := s.Current()
	if err != nil && !errors.Is(err, switchboard.NotFound) {
		return nil, err
	}
	var all []Info
	for _, e := range entries {
		m, err := s.manifest(e.Name())
		if errors.Is(err, switchboard.NotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list snapshots: %w", err)
		}
		all = append(all, Info{m.ID, m.Documents, m.Passages, m.BuiltAt, m.ID == current})
	}
	slices.SortFunc(all, func(a, b Info) int {
		return cmp.Or(b.BuiltAt.Compare(a.BuiltAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}
