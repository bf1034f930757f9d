package kb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"switchboard"
)

// Change is what makes a snapshot out of another.
type Change struct {
	Put  []Document // added, or put in the place of those with their ids
	Drop []string   // ids of documents that go; one that the base does not have is NotFound
	Only bool       // the snapshot is to have nothing but Put
	// Synonyms replaces the base's synonyms, where it is not nil.
	Synonyms *string
	// Reuse names a snapshot whose segments may hold some of Put already; "" where none does.
	Reuse string
	// Progress, if not nil, hears how many of how many documents are indexed, after each segment.
	Progress func(done, total int)
}

// Outcome is what a change comes to.
type Outcome struct {
	ID        string // of the snapshot; "" where it has no documents
	Documents int    // that it has
	Diff             // from the base
}

// ErrEmpty is returned for changes that leave no document, with an outcome that says what they would take away.
var ErrEmpty error = switchboard.Errorf(switchboard.InvalidField, "a snapshot needs at least one document")

// Build makes a snapshot of docs and returns its id, which depends on their content alone. Where it exists already,
// Build only computes the id. It refuses documents that CheckAll finds wrong, and an empty list. It takes about a
// second for 4,000 passages and stops early when ctx ends; what it has finished until then, the next Build uses.
func (s *Store) Build(ctx context.Context, docs []Document) (id string, err error) {
	out, err := s.Apply(ctx, "", Change{Put: docs})
	return out.ID, err
}

// Apply makes a snapshot out of another, "" for none, and a change. Only documents that are new or different are
// indexed, and now and then some of their neighbours, so that an edit costs what it changes. It refuses like Build.
func (s *Store) Apply(ctx context.Context, base string, c Change) (out Outcome, err error) {
	p, err := s.plan(ctx, base, c)
	if p == nil || err != nil {
		return p.outcome(), err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if !p.exists {
		if err := p.build(ctx); err != nil {
			return Outcome{}, fmt.Errorf("build %s: %w", p.id, err)
		}
	}
	return p.outcome(), nil
}

// Preview is what Apply would return, without writing anything.
func (s *Store) Preview(ctx context.Context, base string, c Change) (Outcome, error) {
	p, err := s.plan(ctx, base, c)
	if p == nil || err != nil {
		return p.outcome(), err
	}
	return p.outcome(), p.close()
}

// build writes the segments that are missing, and then the manifest.
func (p *plan) build(ctx context.Context) error {
	if err := p.store.sweep(time.Now()); err != nil {
		return err
	}
	if err := p.fold(); err != nil {
		return err
	}
	m := manifest{ID: p.id, Format: formatVersion, BuiltAt: time.Now().UTC().Truncate(time.Second), Synonyms: p.synonyms}
	for _, x := range p.parts {
		m.Segments = append(m.Segments, segmentRef{x.seg.name, x.buried()})
		m.Documents, m.Passages = m.Documents+x.live(), m.Passages+x.passages()
	}
	left := len(p.put)
	err := p.store.segments(ctx, p.put, func(name string, docs []pending, passages int) {
		m.Segments = append(m.Segments, segmentRef{Name: name})
		m.Documents, m.Passages = m.Documents+len(docs), m.Passages+passages
		left -= len(docs)
		clear(docs) // written: their texts need not be kept any longer
		if p.progress != nil {
			p.progress(len(p.put)-left, len(p.put))
		}
	})
	if err != nil {
		return err
	}
	return p.store.writeManifest(m)
}

func (s *Store) writeManifest(m manifest) error {
	path := s.manifestPath(m.ID)
	tmp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path))
	if err := writeJSON(tmp, m); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// segments writes documents as segments, and calls done with the name, the documents and the passages of each.
func (s *Store) segments(ctx context.Context, docs []pending, done func(name string, docs []pending, passages int)) error {
	for len(docs) > 0 {
		n, cuts, passages, err := s.nextSegment(ctx, docs)
		if err != nil {
			return err
		}
		name, err := s.segment(ctx, docs[:n], cuts)
		if err != nil {
			return err
		}
		done(name, docs[:n], passages)
		docs = docs[n:]
	}
	return nil
}

// nextSegment cuts as many of docs as one segment takes.
func (s *Store) nextSegment(ctx context.Context, docs []pending) (n int, cuts [][]cut, passages int, err error) {
	size := 0
	for n < len(docs) && (n == 0 || passages < s.perSegment && size < segmentBytes) {
		if err := ctx.Err(); err != nil {
			return 0, nil, 0, err
		}
		one := cutDocument(docs[n].Document)
		cuts = append(cuts, one)
		passages += len(one)
		size += len(docs[n].Body)
		n++
	}
	return n, cuts, passages, nil
}

// segment writes a segment, unless it is there already, and returns its name.
func (s *Store) segment(ctx context.Context, docs []pending, cuts [][]cut) (name string, err error) {
	name = segmentName(docs)
	target := s.segmentPath(name)
	if exists(target) {
		if checkSegment(target) == nil {
			return name, nil
		}
		if err := s.putAside(name); err != nil {
			return "", err
		}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(target), buildPrefix)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := writeSegment(ctx, tmp, docs, cuts); err != nil {
		return "", err
	}
	return name, install(tmp, target)
}

// install renames a finished folder into place. Losing a race against another process that built the same is no error.
func install(tmp, target string) error {
	if err := os.Rename(tmp, target); err != nil {
		if exists(filepath.Join(target, segmentFile)) {
			return nil
		}
		return err
	}
	return syncPath(filepath.Dir(target))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
