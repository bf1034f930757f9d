package kb

import (
	"bufio"
	"bytes"
	"context"
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
		all, err := s.rawDocuments(ref.Name)
		if err != nil {
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

// Repair makes damaged segments of a snapshot anew out of their documents, if those at least are whole. It returns the
// names of the segments that it has mended. An error means that documents are lost: they have to be imported again.
func (s *Store) Repair(ctx context.Context, id string) (mended []string, err error) {
	m, err := s.manifest(id)
	if err != nil {
		return nil, err
	}
	for _, ref := range m.Segments {
		seg, err := s.take(ref.Name, true)
		if err == nil {
			if err := s.letGo(seg); err != nil {
				return mended, err
			}
			continue
		}
		if err := s.remake(ctx, ref.Name); err != nil {
			return mended, fmt.Errorf("repair segment %s: %w", ref.Name, err)
		}
		mended = append(mended, ref.Name)
	}
	return mended, nil
}

// remake writes a segment anew. The damaged one is put out of the way, for somebody who wants to know what happened.
func (s *Store) remake(ctx context.Context, name string) error {
	dir := s.segmentPath(name)
	docs, err := s.rawDocuments(name)
	if err != nil {
		return err
	}
	put, err := prepared(docs)
	if err != nil {
		return err
	}
	if segmentName(put) != name {
		return errors.New("its documents are not those that were written: they have to be imported again")
	}
	aside := filepath.Join(filepath.Dir(dir), fmt.Sprintf(".damaged-%s-%d", name, time.Now().UnixNano()))
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	n, cuts, _, err := nextSegment(ctx, put)
	if err == nil && n != len(put) {
		err = errors.New("it has more documents than a segment takes")
	}
	if err == nil {
		_, err = s.segment(ctx, put, cuts)
	}
	return err
}

// rawDocuments reads a segment's documents without its table.
func (s *Store) rawDocuments(name string) (docs []Document, err error) {
	if !validName(name, segmentPrefix) {
		return nil, switchboard.Errorf(switchboard.NotFound, "no segment has the name %.40q", name)
	}
	f, err := os.Open(filepath.Join(s.segmentPath(name), documentsFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			d, err := parseCanonical(line)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", documentsFile, err)
			}
			docs = append(docs, d)
		}
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
