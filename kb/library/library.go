// Package library decides which documents make up the knowledge base: those of the configured sources, those that
// were imported, and the demo articles while there is nothing else.
//
// Read [Library] first. Imported documents are kept in one file of the store's folder, so that every snapshot can be
// made again from what is there. The package knows nothing of searches or turns.
package library

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/demo"
	"switchboard/kb/ingest"
)

// importsFile holds the imported documents, one JSON object a line, sorted by id.
const importsFile = "imports.jsonl"

// Library is a store's documents. Its methods are for one process at a time; readers are never disturbed.
type Library struct {
	Store   *kb.Store
	Dir     string   // of the store
	Sources []string // files and folders that are read anew at each Sync
	Demo    *bool    // whether the demo articles belong to it; nil: while there is nothing else
}

// Change is what an import did.
type Change struct {
	Snapshot string            `json:"snapshot"`
	Added    int               `json:"added"`
	Updated  int               `json:"updated"`
	Same     int               `json:"unchanged"`
	Removed  int               `json:"removed"`
	Rejected []ingest.Rejected `json:"rejected"`
}

// Sync builds and promotes the snapshot that sources, imports and demo articles make up now. What could not be read of
// the sources is returned; it does not stop the rest.
func (l *Library) Sync(ctx context.Context) (id string, rejected []ingest.Rejected, err error) {
	imported, err := l.imports()
	if err != nil {
		return "", nil, err
	}
	return l.promote(ctx, imported)
}

// Import adds documents, replacing those with the same ids. With replace, what was imported before is dropped. With
// dryRun, nothing is written, and Snapshot is the id that it would have had.
func (l *Library) Import(ctx context.Context, docs []kb.Document, replace, dryRun bool) (Change, error) {
	before, err := l.imports()
	if err != nil {
		return Change{}, err
	}
	var c Change
	known := byID(before)
	after := map[string]kb.Document{}
	if !replace {
		after = byID(before)
	}
	for _, d := range docs {
		d = d.Normalize()
		old, had := known[d.ID]
		switch {
		case !had:
			c.Added++
		case old.Hash() == d.Hash():
			c.Same++
		default:
			c.Updated++
		}
		after[d.ID] = d
	}
	c.Removed = len(before) + c.Added - len(after)
	return c, l.commit(ctx, after, dryRun, &c)
}

// Remove drops imported documents. An id that was not imported is switchboard.NotFound, and nothing is dropped then.
func (l *Library) Remove(ctx context.Context, ids []string) (Change, error) {
	before, err := l.imports()
	if err != nil {
		return Change{}, err
	}
	after := byID(before)
	for _, id := range ids {
		if _, ok := after[id]; !ok {
			return Change{}, switchboard.Errorf(switchboard.NotFound, "no imported document has the id %q", id)
		}
		delete(after, id)
	}
	c := Change{Removed: len(before) - len(after)}
	return c, l.commit(ctx, after, false, &c)
}

func (l *Library) commit(ctx context.Context, after map[string]kb.Document, dryRun bool, c *Change) (err error) {
	docs := sorted(after)
	if dryRun {
		var all []kb.Document
		if all, c.Rejected, err = l.all(ctx, docs); err == nil {
			c.Snapshot, err = kb.SnapshotID(all)
		}
		return err
	}
	all, rejected, err := l.all(ctx, docs)
	if err != nil {
		return err
	}
	c.Rejected = rejected
	if c.Snapshot, err = l.Store.Build(ctx, all); err != nil {
		return err
	}
	// The list goes first: a crash before the promotion is mended by the next Sync, while a promoted snapshot without
	// its list would be undone by it.
	if err := l.writeImports(docs); err != nil {
		return err
	}
	return l.Store.Promote(ctx, c.Snapshot)
}

func (l *Library) promote(ctx context.Context, imported []kb.Document) (string, []ingest.Rejected, error) {
	docs, rejected, err := l.all(ctx, imported)
	if err != nil {
		return "", rejected, err
	}
	id, err := l.Store.Build(ctx, docs)
	if err != nil {
		return "", rejected, err
	}
	return id, rejected, l.Store.Promote(ctx, id)
}

// all puts the documents together. A source's document wins over an imported one with its id, and both over a demo
// article.
func (l *Library) all(ctx context.Context, imported []kb.Document) ([]kb.Document, []ingest.Rejected, error) {
	docs := byID(imported)
	var rejected []ingest.Rejected
	if len(l.Sources) > 0 {
		read, err := ingest.Read(ctx, ingest.Source{Paths: l.Sources}, ingest.Options{})
		if err != nil {
			return nil, nil, fmt.Errorf("read knowledge sources: %w", err)
		}
		rejected = read.Rejected
		for _, d := range read.Documents {
			docs[d.ID] = d
		}
	}
	if l.Demo != nil && *l.Demo || l.Demo == nil && len(docs) == 0 && len(l.Sources) == 0 {
		articles, err := DemoArticles(ctx)
		if err != nil {
			return nil, rejected, err
		}
		for _, d := range articles {
			if _, taken := docs[d.ID]; !taken {
				docs[d.ID] = d
			}
		}
	}
	if len(docs) == 0 {
		return nil, rejected, errors.New("the knowledge base is empty: name kb.sources, import documents, or set kb.demo")
	}
	return sorted(docs), rejected, nil
}

// DemoArticles returns the articles of the fictional operator.
func DemoArticles(ctx context.Context) ([]kb.Document, error) {
	read, err := ingest.Read(ctx, ingest.Source{FS: demo.Articles}, ingest.Options{})
	if bad := read.Rejected; err == nil && len(bad) > 0 {
		err = fmt.Errorf("%d demo articles cannot be read, first %s: %s", len(bad), bad[0].Where(), bad[0].Reason)
	}
	return read.Documents, err
}

func (l *Library) imports() (docs []kb.Document, err error) {
	f, err := os.Open(filepath.Join(l.Dir, importsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read imported documents: %w", err)
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	for dec.More() {
		var d kb.Document
		if err := dec.Decode(&d); err != nil {
			return nil, fmt.Errorf("read imported documents: %w", err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// writeImports replaces the file as a whole, so that a crash leaves the old one or the new one.
func (l *Library) writeImports(docs []kb.Document) (err error) {
	f, err := os.CreateTemp(l.Dir, importsFile+".*")
	if err != nil {
		return fmt.Errorf("keep imported documents: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("keep imported documents: %w", err)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	enc := json.NewEncoder(w)
	for _, d := range docs {
		if err = enc.Encode(d); err != nil {
			return err
		}
	}
	if err = errors.Join(w.Flush(), f.Sync()); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(l.Dir, importsFile))
}

func byID(docs []kb.Document) map[string]kb.Document {
	m := make(map[string]kb.Document, len(docs))
	for _, d := range docs {
		m[d.ID] = d
	}
	return m
}

func sorted(docs map[string]kb.Document) []kb.Document {
	out := make([]kb.Document, 0, len(docs))
	for _, d := range docs {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b kb.Document) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}
