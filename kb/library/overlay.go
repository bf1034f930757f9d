package library

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"switchboard/kb"
	"switchboard/kb/demo"
	"switchboard/kb/ingest"
)

// overlay is what lies over the imported documents: the sources' documents, which win over imported ones with their
// ids, and the demo articles that no import stands in for.
type overlay struct {
	docs []kb.Document
	key  string          // changes when anything of it does, or the synonyms
	read map[string]bool // ids of those that come from sources
}

// overlay reads what lies over imports now.
func (l *Library) overlay(ctx context.Context, imports string) (*overlay, []ingest.Rejected, error) {
	imported, err := l.Store.Has(ctx, imports, l.demoIDs()...)
	if err != nil {
		return nil, nil, err
	}
	return l.over(ctx, imported)
}

// over reads what lies over imports that hold so many documents, and these of the demo's.
func (l *Library) over(ctx context.Context, imported kb.Holding) (*overlay, []ingest.Rejected, error) {
	over := &overlay{read: map[string]bool{}}
	docs := map[string]kb.Document{}
	var rejected []ingest.Rejected
	if len(l.Sources) > 0 {
		read, err := ingest.Read(ctx, ingest.Source{Paths: l.Sources}, ingest.Options{})
		if err != nil {
			return nil, read.Rejected, fmt.Errorf("read knowledge sources: %w", err)
		}
		rejected = read.Rejected
		for _, d := range read.Documents {
			docs[d.ID] = d
			over.read[d.ID] = true
		}
	}
	if l.mayDemo() && (l.Demo != nil || imported.Others == 0) {
		articles, err := DemoArticles(ctx)
		if err != nil {
			return nil, rejected, err
		}
		for _, d := range articles {
			if _, taken := docs[d.ID]; !taken && !imported.IDs[d.ID] {
				docs[d.ID] = d
			}
		}
	}
	over.docs = sorted(docs)
	h := sha256.New()
	for _, d := range over.docs {
		fmt.Fprintln(h, d.Hash())
	}
	fmt.Fprint(h, l.Synonyms)
	over.key = hex.EncodeToString(h.Sum(nil))
	return over, rejected, nil
}

// mayDemo reports whether demo articles may belong to the library.
func (l *Library) mayDemo() bool {
	return l.Demo != nil && *l.Demo || l.Demo == nil && len(l.Sources) == 0
}

// demoIDs are those of demo articles that may belong to the library.
func (l *Library) demoIDs() []string {
	if !l.mayDemo() {
		return nil // to read them takes longer than most changes
	}
	return demoIDs()
}

// DemoArticles returns the articles of the fictional operator.
func DemoArticles(ctx context.Context) ([]kb.Document, error) {
	read, err := ingest.Read(ctx, ingest.Source{FS: demo.Articles}, ingest.Options{})
	if bad := read.Rejected; err == nil && len(bad) > 0 {
		err = fmt.Errorf("%d demo articles cannot be read, first %s: %s", len(bad), bad[0].Where(), bad[0].Reason)
	}
	return read.Documents, err
}

// demoIDs are the ids of the demo articles, read once: they are part of the program.
var demoIDs = sync.OnceValue(func() (ids []string) {
	docs, err := DemoArticles(context.Background())
	if err != nil {
		panic("library: " + err.Error()) // a test reads them all
	}
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	return ids
})

func byID(docs []kb.Document) map[string]kb.Document {
	m := make(map[string]kb.Document, len(docs))
	for _, d := range docs {
		m[strings.TrimSpace(d.ID)] = d
	}
	return m
}

func sorted(docs map[string]kb.Document) []kb.Document {
	return slices.SortedFunc(maps.Values(docs), func(a, b kb.Document) int { return cmp.Compare(a.ID, b.ID) })
}

var errNoDrafts = errors.New("nothing was edited since the last promotion")
