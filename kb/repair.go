package kb

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"switchboard"
)

// Outdated reports whether a snapshot was built by a version that stored or ranked differently. Such a one cannot be
// opened; Rebuild makes it anew.
func (s *Store) Outdated(id string) (bool, error) {
	m, err := s.manifest(id)
	return err == nil && m.Format != formatVersion, err
}

// Rebuild makes a snapshot of the documents of an outdated one, whatever its format, and returns the new id.
func (s *Store) Rebuild(ctx context.Context, id string) (string, error) {
	m, err := s.manifest(id)
	if err != nil {
		return "", err
	}
	var docs []Document
	for _, ref := range m.Segments {
		all, damaged, err := s.rawDocuments(ref.Name)
		if err = errors.Join(err, damaged); err != nil {
			return "", fmt.Errorf("rebuild %s: %w", id, err)
		}
		for d, doc := range all {
			if !slices.Contains(ref.Dead, uint32(d)) {
				docs = append(docs, doc)
			}
		}
	}
	out, err := s.Apply(ctx, "", Change{Put: docs, Synonyms: &m.Synonyms})
	return out.ID, err
}

// ErrLost is returned where documents are damaged and nothing is left to make them of.
var ErrLost = errors.New("documents are lost: import them again, or roll back to a snapshot without them")

// Repair makes damaged segments of snapshots anew out of their documents; what is damaged of those is taken from known,
// if it is there. It returns the names of the segments that it has mended. ErrLost: documents of one are found nowhere.
func (s *Store) Repair(ctx context.Context, ids []string, known ...Document) (mended []string, err error) {
	spare := map[[sha256.Size]byte]Document{}
	for _, d := range known {
		d = d.Normalize()
		spare[d.hash()] = d
	}
	seen := map[string]bool{}
	for _, id := range ids {
		m, err := s.manifest(id)
		if err != nil {
			return mended, err
		}
		for _, ref := range m.Segments {
			if seen[ref.Name] {
				continue
			}
			seen[ref.Name] = true
			if seg, err := s.take(ref.Name, true); err == nil {
				if err := s.letGo(seg); err != nil {
					return mended, err
				}
				continue
			}
			if err := s.remake(ctx, ref.Name, spare); err != nil {
				return mended, fmt.Errorf("repair segment %s: %w", ref.Name, err)
			}
			mended = append(mended, ref.Name)
		}
	}
	return mended, nil
}

// remake writes a segment anew. The damaged one is put aside.
func (s *Store) remake(ctx context.Context, name string, known map[[sha256.Size]byte]Document) error {
	docs, _, err := s.rawDocuments(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	put, err := s.complete(name, docs, known)
	if err != nil {
		return err
	}
	cuts := make([][]cut, len(put))
	for i, d := range put {
		cuts[i] = cutDocument(d.Document)
	}
	if exists(s.segmentPath(name)) {
		if err := s.putAside(name); err != nil {
			return err
		}
	}
	_, err = s.segment(ctx, put, cuts)
	return err
}

// complete finds the documents that a segment was made of: among those that can still be read, and those that are known.
func (s *Store) complete(name string, docs []Document, known map[[sha256.Size]byte]Document) ([]pending, error) {
	have := map[[sha256.Size]byte]pending{}
	var put []pending
	for _, d := range docs {
		p := pending{d, d.hash()}
		have[p.hash] = p
		put = append(put, p)
	}
	if segmentName(put) == name {
		return put, nil
	}
	var lost []string
	written, err := s.written(name)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrLost, err)
	}
	put = nil
	for _, w := range written {
		p, ok := have[w.hash]
		if d, spare := known[w.hash]; !ok && spare {
			p, ok = pending{d, w.hash}, true
		}
		if !ok {
			lost = append(lost, w.ID)
		}
		put = append(put, p)
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("%w: %d, of them %.400q", ErrLost, len(lost), lost[:min(len(lost), 5)])
	}
	return put, nil
}

// written is what a segment's table says of its documents, if the table is whole.
func (s *Store) written(name string) ([]entry, error) {
	dir := s.segmentPath(name)
	m, err := readSegmentManifest(dir)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(m.Files, func(f fileCheck) bool { return f.Name == tableFile })
	if i < 0 {
		return nil, errTable
	}
	if err := m.Files[i].check(dir); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(dir, tableFile))
	if err != nil {
		return nil, err
	}
	var t table
	if err := t.decode(b); err != nil {
		return nil, err
	}
	all := make([]entry, len(t.docs))
	for d := range all {
		all[d] = t.entry(d)
	}
	return all, nil
}

// putAside takes a damaged segment out of the way, for somebody who wants to know what happened.
func (s *Store) putAside(name string) error {
	now := time.Now()
	dir := filepath.Join(s.dir, segmentsDir)
	aside := filepath.Join(dir, fmt.Sprintf("%s%s-%d", damagedPrefix, name, now.UnixNano()))
	if err := os.Rename(s.segmentPath(name), aside); err != nil {
		return err
	}
	s.forget(name)
	if err := os.Chtimes(aside, now, now); err != nil { // it is kept for so long from now
		return err
	}
	return syncPath(dir)
}

// rawDocuments reads a segment's documents without its table. Lines that are no documents are left out; damaged says
// what is wrong with the first.
func (s *Store) rawDocuments(name string) (docs []Document, damaged, err error) {
	if !validName(name, segmentPrefix) {
		return nil, nil, switchboard.Errorf(switchboard.NotFound, "no segment has the name %.40q", name)
	}
	f, err := os.Open(filepath.Join(s.segmentPath(name), documentsFile))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			d, bad := parseCanonical(line)
			if bad == nil {
				docs = append(docs, d)
			} else if damaged == nil {
				damaged = fmt.Errorf("%s: %w", documentsFile, bad)
			}
		}
		if errors.Is(err, io.EOF) {
			return docs, damaged, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}
