// Package library decides which documents make up the knowledge base: those of the configured sources, those that
// were imported or written by managers, and the demo articles while there is nothing else.
//
// Read [Library] first, then [Revision]: an edit of a manager makes a candidate snapshot, which nobody is served until
// it is promoted. What managers read is in browse.go and preview.go. The package knows nothing of turns, nor who may do what.
package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/ingest"
)

// Library is a store's documents. Its methods may be called by several processes; changes wait for each other, and
// readers are never disturbed.
type Library struct {
	Store    *kb.Store
	Dir      string           // of the store
	Sources  []string         // files and folders that are read anew at each Sync
	Demo     *bool            // whether the demo articles belong to it; nil: while there is nothing else
	Synonyms string           // words that mean the same, in the format of docs/knowledge.md
	Now      func() time.Time // nil is time.Now
	// Progress, if not nil, hears how many of how many documents of an import are indexed.
	Progress func(done, total int)
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

// Synced is what a Sync found and did.
type Synced struct {
	Snapshot string
	Rejected []ingest.Rejected // what could not be read of the sources; it does not stop the rest
	Notes    []string          // what was mended or made anew, for the log
}

// lockWithin bounds the wait for somebody else who changes the library.
const lockWithin = 10 * time.Minute

// locked runs f while nobody else changes the library, with snapshots of this version.
func (l *Library) locked(ctx context.Context, f func(st *state) error) (err error) {
	return l.alone(ctx, func(st *state) error {
		if err := l.upgrade(ctx, st); err != nil {
			return err
		}
		return f(st)
	})
}

// alone runs f while nobody else changes the library, whatever the snapshots are.
func (l *Library) alone(ctx context.Context, f func(st *state) error) (err error) {
	lock := flock.New(filepath.Join(l.Dir, "LOCK"))
	waiting, cancel := context.WithTimeout(ctx, lockWithin)
	defer cancel()
	if _, err := lock.TryLockContext(waiting, 20*time.Millisecond); err != nil {
		return fmt.Errorf("wait for another change of the knowledge base: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	st, err := l.load(ctx)
	if err != nil {
		return err
	}
	defer l.Store.Hold(ctx, st.inUse()...)()
	return f(st)
}

func (l *Library) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// Sync makes the served snapshot what sources, imports and demo articles make up now, if any of them has changed since:
// after a rollback, all stays as it was rolled back to. It also ends what a crash has interrupted, mends what is damaged,
// and makes anew what another version has built. An error may be kb.ErrLost; what is served then stays as it is.
func (l *Library) Sync(ctx context.Context) (done Synced, err error) {
	err = l.locked(ctx, func(st *state) error {
		defer func() { done.Notes = st.notes }()
		if err := l.mend(ctx, st); err != nil {
			return err
		}
		over, rejected, err := l.overlay(ctx, st.Imports)
		done.Rejected = rejected
		if err != nil {
			return err
		}
		if st.Served != "" && over.key == st.Overlay {
			done.Snapshot = st.Served
			return l.promoted(ctx, st)
		}
		done.Snapshot, err = l.serve(ctx, st, over, "sources", "")
		return err
	})
	return done, err
}

// promoted promotes what is to be served, if a crash has kept that from happening.
func (l *Library) promoted(ctx context.Context, st *state) error {
	if current, err := l.Store.Current(); err == nil && current == st.Served {
		return nil
	}
	return l.Store.Promote(ctx, st.Served)
}

// Import adds documents, replacing those with the same ids. With replace, what was imported before is dropped. With
// dryRun, nothing is written, and Snapshot is the id that it would have had.
func (l *Library) Import(ctx context.Context, docs []kb.Document, replace, dryRun bool) (c Change, err error) {
	n := len(docs)
	err = l.locked(ctx, func(st *state) error {
		change := kb.Change{Put: docs, Only: replace}
		docs = nil // a hundred thousand documents are much to keep twice
		if dryRun {
			c, err = l.wouldChange(ctx, st, change)
		} else {
			c, err = l.change(ctx, st, change)
		}
		c.Same = n - c.Added - c.Updated
		return err
	})
	return c, err
}

// Remove drops imported documents. An id that was not imported is switchboard.NotFound, and nothing is dropped then.
func (l *Library) Remove(ctx context.Context, ids []string) (c Change, err error) {
	err = l.locked(ctx, func(st *state) error {
		c, err = l.change(ctx, st, kb.Change{Drop: ids})
		return err
	})
	return c, err
}

// change changes what is imported, and serves what that makes up.
func (l *Library) change(ctx context.Context, st *state, change kb.Change) (c Change, err error) {
	if st.Lost {
		if err := l.mend(ctx, st, change.Put...); err != nil {
			return c, err
		}
	}
	change.Reuse, change.Synonyms, change.Progress = st.Served, &l.Synonyms, l.Progress
	out, err := l.Store.Apply(ctx, st.Imports, change)
	if err != nil && !errors.Is(err, kb.ErrEmpty) {
		return c, err
	}
	c.Added, c.Updated, c.Removed = len(out.Added), len(out.Changed), len(out.Removed)
	st.Imports = out.ID
	over, rejected, err := l.overlay(ctx, st.Imports)
	c.Rejected = rejected
	if err != nil {
		return c, err
	}
	c.Snapshot, err = l.serve(ctx, st, over, "import", "")
	return c, err
}

// wouldChange is what change would do.
func (l *Library) wouldChange(ctx context.Context, st *state, change kb.Change) (c Change, err error) {
	change.Synonyms = &l.Synonyms
	out, err := l.Store.Preview(ctx, st.Imports, change)
	if err != nil && !errors.Is(err, kb.ErrEmpty) {
		return c, err
	}
	c.Added, c.Updated, c.Removed = len(out.Added), len(out.Changed), len(out.Removed)
	c.Snapshot, c.Rejected, err = l.wouldServe(ctx, st, change)
	return c, err
}

// wouldServe is the snapshot that a change of the imports would make up.
func (l *Library) wouldServe(ctx context.Context, st *state, change kb.Change) (string, []ingest.Rejected, error) {
	var have kb.Holding
	if !change.Only {
		var err error
		if have, err = l.Store.Has(ctx, st.Imports, l.demoIDs()...); err != nil {
			return "", nil, err
		}
	}
	for _, d := range change.Put {
		if id := d.Normalize().ID; !slices.Contains(l.demoIDs(), id) {
			have.Others++ // some of them twice: what counts is whether there are any
		} else if have.IDs == nil {
			have.IDs = map[string]bool{id: true}
		} else {
			have.IDs[id] = true
		}
	}
	over, rejected, err := l.over(ctx, have)
	if err != nil {
		return "", rejected, err
	}
	put := byID(change.Put)
	for _, d := range over.docs {
		put[d.ID] = d
	}
	change.Put = sorted(put)
	out, err := l.Store.Preview(ctx, st.Imports, change)
	return out.ID, rejected, err
}

// ImportExported makes a file that `kb export` wrote what is imported, in the place of all that was.
func (l *Library) ImportExported(ctx context.Context, from io.Reader) (c Change, err error) {
	err = l.locked(ctx, func(st *state) error {
		id, err := l.Store.ImportExported(ctx, from)
		if err != nil {
			return err
		}
		d, err := l.Store.Diff(ctx, st.Imports, id)
		if err != nil {
			return err
		}
		c.Added, c.Updated, c.Removed = len(d.Added), len(d.Changed), len(d.Removed)
		st.Imports = id
		over, rejected, err := l.overlay(ctx, id)
		c.Rejected = rejected
		if err != nil {
			return err
		}
		c.Snapshot, err = l.serve(ctx, st, over, "import", "")
		return err
	})
	return c, err
}

// Rollback serves an earlier snapshot again, and takes back what was imported since. One that another version has
// built is built anew first, under another id; notes say so.
func (l *Library) Rollback(ctx context.Context, id, by string) (served string, notes []string, err error) {
	err = l.alone(ctx, func(st *state) error {
		defer func() { notes = st.notes }()
		imports, known := l.madeOf(id)
		if served, err = l.ofThisVersion(ctx, st, id); err != nil {
			return err
		}
		if known && imports != "" {
			if imports, err = l.ofThisVersion(ctx, st, imports); errors.Is(err, switchboard.NotFound) {
				known = false
				st.notes = append(st.notes, "what was imported when it was made is not kept any more: the imports stay as they are")
			} else if err != nil {
				return err
			}
		}
		if known {
			st.Imports = imports
		} else if err := l.upgrade(ctx, st); err != nil {
			return err
		}
		st.Served = served
		// What lies over it now does not count as a change later. Where that cannot be read, the next Sync says so.
		if over, _, err := l.overlay(ctx, st.Imports); err == nil {
			st.Overlay = over.key
		}
		if err := l.redraft(ctx, st); err != nil {
			return err
		}
		return l.commit(ctx, st, "rollback", by)
	})
	return served, notes, err
}

// Prune removes old snapshots: all but those in use and the latest keep others. It returns what it has removed.
func (l *Library) Prune(ctx context.Context, keep int) (removed []string, err error) {
	removed = []string{}
	err = l.locked(ctx, func(st *state) error {
		used := []string{st.Imports, st.Served}
		if st.Drafts != nil {
			used = append(used, st.Drafts.Imports, st.Drafts.Candidate)
		}
		list, err := l.Store.Snapshots()
		if err != nil {
			return err
		}
		for _, i := range list[:min(keep, len(list))] {
			used = append(used, i.ID)
		}
		for n := 0; n < len(used); n++ { // what a rollback to it needs, and to that
			if imports := l.importsOf(used[n]); !slices.Contains(used, imports) {
				used = append(used, imports)
			}
		}
		gone, err := l.Store.Prune(used...)
		removed = append(removed, gone...)
		return err
	})
	return removed, err
}

// serve composes the snapshot of imports and overlay, and promotes it.
func (l *Library) serve(ctx context.Context, st *state, over *overlay, action, by string) (string, error) {
	id, err := l.compose(ctx, st.Imports, st.Served, over)
	if err != nil {
		return "", err
	}
	st.Served, st.Overlay = id, over.key
	if err := l.redraft(ctx, st); err != nil {
		return "", err
	}
	return id, l.commit(ctx, st, action, by)
}

// compose builds the snapshot of imports with what lies over them.
func (l *Library) compose(ctx context.Context, imports, reuse string, over *overlay) (string, error) {
	out, err := l.Store.Apply(ctx, imports, kb.Change{Put: over.docs, Synonyms: &l.Synonyms, Reuse: reuse})
	if errors.Is(err, kb.ErrEmpty) {
		return "", errors.New("the knowledge base is empty: name kb.sources, import documents, or set kb.demo")
	}
	return out.ID, err
}

// commit writes the state down and promotes what it serves. A crash between the two is mended by the next Sync. The
// history comes first: a line of what then did not happen is still true of the snapshot, but one that is missing would
// keep a rollback from taking back its imports.
func (l *Library) commit(ctx context.Context, st *state, action, by string) error {
	if err := l.remember(st, action, by); err != nil {
		return err
	}
	if err := l.save(st); err != nil {
		return err
	}
	return l.promoted(ctx, st)
}
