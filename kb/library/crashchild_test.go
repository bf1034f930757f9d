package library_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/kb"
	"switchboard/kb/library"
)

// The test binary plays other processes: one that changes a library until it is killed, and one that searches.
const (
	roleVar = "LIBRARY_TEST_ROLE"
	dirVar  = "LIBRARY_TEST_DIR"
	seedVar = "LIBRARY_TEST_SEED"
)

var roles = map[string]func(dir string, seed uint64) error{"change": changeForEver, "search": searchForEver, "import": importSome, "full": fullDisk}

func TestMain(m *testing.M) {
	role, ok := roles[os.Getenv(roleVar)]
	if !ok {
		os.Exit(m.Run())
	}
	seed, err := strconv.ParseUint(os.Getenv(seedVar), 10, 64)
	if err == nil {
		err = role(os.Getenv(dirVar), seed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// world is what a library ought to hold: which version of each document, and what is configured.
type world struct {
	Served   map[string]int
	Imports  map[string]int
	Source   int // version of the document in the source
	Synonyms int
}

const sourceID = "source"

// compose is what imports and source make up.
func (w world) compose() world {
	w.Served = maps.Clone(w.Imports)
	w.Served[sourceID] = w.Source
	return w
}

func (w world) synonyms() string { return fmt.Sprintf("fare, ticket%d\n", w.Synonyms) }

func versioned(id string, version int) kb.Document {
	return kb.Document{ID: id, Title: "Fare " + id, Body: fmt.Sprintf("A ticket of %s costs €%d.", id, version)}
}

func versionOf(d kb.Document) int {
	_, price, _ := strings.Cut(d.Body, "€")
	n, err := strconv.Atoi(strings.TrimSuffix(price, "."))
	if err != nil {
		return -1
	}
	return n
}

// stage is a store's folder with a source beside it.
type stage struct{ dir string }

func (s stage) store() string  { return filepath.Join(s.dir, "kb") }
func (s stage) source() string { return filepath.Join(s.dir, "source") }

// writeSource is atomic, as the rest.
func (s stage) writeSource(version int) error {
	d := versioned(sourceID, version)
	row, err := json.Marshal(map[string]string{"id": d.ID, "title": d.Title, "text": d.Body})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.source(), 0o750); err != nil {
		return err
	}
	return kb.ReplaceFile(filepath.Join(s.source(), "fares.jsonl"), row)
}

func (s stage) library(w world) (*library.Library, error) {
	store, err := kb.OpenStore(s.store())
	if err != nil {
		return nil, err
	}
	no := false
	return &library.Library{Store: store, Dir: s.store(), Sources: []string{s.source()}, Demo: &no, Synonyms: w.synonyms()}, nil
}

// id is the snapshot of what w serves. It is worked out of the documents alone.
func (w world) id(ctx context.Context, s *kb.Store) (string, error) {
	var docs []kb.Document
	for id, version := range w.Served {
		docs = append(docs, versioned(id, version))
	}
	synonyms := w.synonyms()
	out, err := s.Preview(ctx, "", kb.Change{Put: docs, Synonyms: &synonyms})
	return out.ID, err
}

// report is a line that a changing process prints.
type report struct {
	Step     string
	Done     bool
	Old, New string
	World    world // as it is when the step is done
}

// known is what the test has learnt: the world behind each snapshot that was served, and where things stand.
type known struct {
	Current string
	World   world
	Past    map[string]world
	Version int // the last that was given out
}

func (s stage) knownFile() string { return filepath.Join(s.dir, "known.json") }

// changer changes a library step by step.
type changer struct {
	stage
	known
	rand *rand.Rand
	lib  *library.Library
}

func changeForEver(dir string, seed uint64) error {
	c := &changer{stage: stage{dir}, rand: rand.New(rand.NewPCG(seed, 0))}
	b, err := os.ReadFile(c.knownFile())
	if err == nil {
		err = json.Unmarshal(b, &c.known)
	}
	if err != nil {
		return err
	}
	steps := []func(context.Context) error{c.importFew, c.importMany, c.promote, c.promote, c.rollback, c.rollback, c.sync, c.prune, c.exchange}
	for {
		if c.lib, err = c.library(c.World); err != nil {
			return err
		}
		if err := steps[c.rand.IntN(len(steps))](context.Background()); err != nil {
			return err
		}
	}
}

// step says what is to be, does it, and says so. Do returns what is served then.
func (c *changer) step(ctx context.Context, name string, next world, do func() (string, error)) error {
	want, err := next.id(ctx, c.lib.Store) // another than the current one even where only that has been rolled back to older synonyms
	if err != nil {
		return err
	}
	if past, ok := c.Past[want]; ok && !maps.Equal(past.Imports, next.Imports) {
		return nil // it would be open to which imports a rollback to it goes back
	}
	return c.stepTo(name, next, want, do)
}

func (c *changer) stepTo(name string, next world, want string, do func() (string, error)) error {
	r := report{Step: name, Old: c.Current, New: want, World: next}
	if err := r.print(); err != nil {
		return err
	}
	got, err := do()
	if err == nil && got != want {
		err = fmt.Errorf("came to %s, not %s", got, want)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.Current, c.World = want, next
	c.Past[want] = next
	r.Done = true
	return r.print()
}

func (r *report) print() error {
	b, err := json.Marshal(r)
	if err == nil {
		_, err = os.Stdout.Write(append(b, '\n'))
	}
	return err
}

func (c *changer) importFew(ctx context.Context) error {
	return c.imports(ctx, 1+c.rand.IntN(3), false)
}
func (c *changer) importMany(ctx context.Context) error {
	return c.imports(ctx, 25, c.rand.IntN(2) == 0)
}

func (c *changer) imports(ctx context.Context, n int, replace bool) error {
	next := c.World
	next.Imports = maps.Clone(next.Imports)
	if replace {
		clear(next.Imports)
	}
	var docs []kb.Document
	for _, i := range c.rand.Perm(40)[:n] {
		c.Version++
		d := versioned(fmt.Sprint("doc-", i), c.Version)
		next.Imports[d.ID] = c.Version
		docs = append(docs, d)
	}
	next = next.compose()
	return c.step(ctx, "import", next, func() (string, error) {
		done, err := c.lib.Import(ctx, docs, replace, false)
		return done.Snapshot, err
	})
}

// promote edits a document and promotes the candidate.
func (c *changer) promote(ctx context.Context) error {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(c.World.Imports)), func(id string) bool { return id == sourceID })
	id := ids[c.rand.IntN(len(ids))]
	c.Version++
	d := versioned(id, c.Version)
	candidate := ""
	action := library.Edit
	if c.World.Served[id] == 0 { // rolled back to something that does not have it
		action = library.Create
	}
	err := c.stepTo("revise", c.World, c.Current, func() (string, error) {
		r, err := c.lib.Revise(ctx, library.Revision{Author: "ann", Reason: "test", Action: action, Document: id, Content: &d}, "")
		candidate = r.Candidate
		return c.Current, err
	})
	if err != nil {
		return err
	}
	next := c.World
	next.Imports = maps.Clone(next.Imports)
	next.Imports[id] = c.Version
	next = next.compose()
	return c.step(ctx, "promote", next, func() (string, error) {
		return candidate, c.lib.Promote(ctx, candidate, "ann")
	})
}

// rollback goes back to something that was served and is still there.
func (c *changer) rollback(ctx context.Context) error {
	list, err := c.lib.Store.Snapshots()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(i kb.Info) bool { return c.Past[i.ID].Served == nil || i.ID == c.Current })
	if len(list) == 0 {
		return nil
	}
	id := list[c.rand.IntN(len(list))].ID
	next := c.World
	next.Served, next.Imports = c.Past[id].Served, c.Past[id].Imports
	return c.stepTo("rollback", next, id, func() (string, error) {
		served, notes, err := c.lib.Rollback(ctx, id, "ann")
		if len(notes) > 0 {
			err = errors.Join(err, fmt.Errorf("notes %q", notes))
		}
		return served, err
	})
}

// sync changes the source or the synonyms.
func (c *changer) sync(ctx context.Context) (err error) {
	next := c.World
	if c.rand.IntN(2) == 0 {
		c.Version++
		next.Source = c.Version
	} else {
		next.Synonyms++
	}
	next = next.compose()
	if c.lib, err = c.library(next); err != nil {
		return err
	}
	return c.step(ctx, "sync", next, func() (string, error) {
		if err := c.writeSource(next.Source); err != nil {
			return "", err
		}
		done, err := c.lib.Sync(ctx)
		return done.Snapshot, err
	})
}

func (c *changer) prune(ctx context.Context) error {
	return c.stepTo("prune", c.World, c.Current, func() (string, error) {
		_, err := c.lib.Prune(ctx, 6)
		return c.Current, err
	})
}

// exchange imports what an earlier snapshot exports.
func (c *changer) exchange(ctx context.Context) error {
	list, err := c.lib.Store.Snapshots()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(i kb.Info) bool { return c.Past[i.ID].Served == nil })
	id := list[c.rand.IntN(len(list))].ID
	var file bytes.Buffer
	if err := c.lib.Store.Export(ctx, id, &file); err != nil {
		return err
	}
	next := c.World
	next.Imports = c.Past[id].Served
	next = next.compose()
	return c.step(ctx, "import", next, func() (string, error) {
		done, err := c.lib.ImportExported(ctx, &file)
		return done.Snapshot, err
	})
}

// searchForEver opens what is current and searches it, several times over, as a server does. Nothing may disturb it.
func searchForEver(dir string, _ uint64) error {
	ctx := context.Background()
	store, err := kb.OpenStore(stage{dir}.store())
	if err != nil {
		return err
	}
	fmt.Println("searching")
	stop := make(chan struct{})
	go func() { // standard input ends when the test does, or when it wants no more
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		close(stop)
	}()
	for n := 1; ; n++ {
		if err := searchOnce(ctx, store); err != nil {
			return err
		}
		select {
		case <-stop:
			fmt.Println(n)
			return nil
		case <-time.After(5 * time.Millisecond): // leaves the processor to the one that is to be killed
		}
	}
}

func searchOnce(ctx context.Context, store *kb.Store) (err error) {
	id, err := store.Current()
	if err != nil {
		return err
	}
	snap, err := store.Open(ctx, id)
	if err != nil {
		if now, other := store.Current(); other == nil && now != id {
			return nil // another was promoted meanwhile, and this one removed
		}
		return err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	for range 5 {
		found, err := snap.Search(ctx, kb.Query{Text: "What does a ticket cost?", K: 3})
		if err != nil || len(found) == 0 {
			return fmt.Errorf("search of %s: %d found, %w", id, len(found), err)
		}
		if _, err := snap.Document(ctx, found[0].DocumentID); err != nil {
			return err
		}
	}
	return nil
}

// importSome imports documents of its own, one after the other, while others do the same.
func importSome(dir string, seed uint64) error {
	l, err := stage{dir}.library(world{})
	if err != nil {
		return err
	}
	for i := range importsEach {
		d := versioned(fmt.Sprintf("doc-%d-%d", seed, i), int(seed))
		if _, err := l.Import(context.Background(), []kb.Document{d}, false, false); err != nil {
			return err
		}
	}
	return nil
}

const importsEach = 8
