package library

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strings"
	"time"

	"switchboard"
	"switchboard/kb"
)

// Head is what managers look at: what is served, and the candidate where edits are waiting, else "".
type Head struct{ Served, Candidate string }

// Snapshot is the candidate, or what is served where there is none.
func (h Head) Snapshot() string {
	if h.Candidate != "" {
		return h.Candidate
	}
	return h.Served
}

// Head says what is served and what is waiting. It waits for nobody who changes the library.
func (l *Library) Head() (Head, error) {
	st, _, err := l.read()
	if err != nil {
		return Head{}, err
	}
	h := Head{Served: st.Served}
	if st.Drafts != nil {
		h.Candidate = st.Drafts.Candidate
	}
	return h, nil
}

// Readable fails where a snapshot is not there, or was built by another version so that it cannot be looked into.
func (l *Library) Readable(id string) error {
	old, err := l.Store.Outdated(id)
	if err == nil && old {
		return switchboard.Errorf(switchboard.Conflict, "%s was built by another version: only a rollback to it builds it anew", id)
	}
	return err
}

// Origin is where a document comes from.
type Origin string

// The origins.
const (
	FromImport Origin = "import" // imported, or written by a manager: it can be edited
	FromSource Origin = "source" // a file of kb.sources, where it has to be changed
	FromDemo   Origin = "demo"   // one of the demo's articles
)

// State is whether a document may answer today.
type State string

// The states. Whoever asks for those of a list can also ask for ReviewDue and Draft, which go with any of the first four.
const (
	Live       State = "live"
	Expired    State = "expired"
	Future     State = "future"
	Superseded State = "superseded" // a document that replaces it is valid today
	ReviewDue  State = "review_due" // the day by which its owner promised to look at it again has come
	Draft      State = "draft"      // it is not served like this
)

// States are all that a filter takes.
var States = []State{Live, Expired, Future, Superseded, ReviewDue, Draft}

// Entry is a document as managers see it.
type Entry struct {
	kb.Document
	Hash      string
	Origin    Origin // "" where it is not known any more: of an old snapshot
	State     State  // one of the first four
	ReviewDue bool
	Draft     bool
}

// Filter chooses documents. Its zero value chooses all.
type Filter struct {
	Text     string // that id, title, URL, topics or pinned questions contain, letter case aside
	Lang     string
	Audience string
	Owner    string
	State    State
	After    string // only documents whose ids come after this one
	Limit    int    // how many at most; 0 is 50
}

// Page is some documents of a snapshot, by id.
type Page struct {
	Snapshot string
	Served   bool // it is what customers are answered from
	Entries  []Entry
	More     bool // others come after the last
}

// Browse lists documents of a snapshot, "" for the head. Its cost grows with the documents that the snapshot has: some
// tens of milliseconds for 100,000.
func (l *Library) Browse(ctx context.Context, snapshot string, f Filter) (page Page, err error) {
	err = l.look(ctx, snapshot, func(v *view) error {
		page.Snapshot, page.Served = v.snap.ID(), v.served
		docs, superseded := v.snap.Documents(), v.snap.Superseded(v.today)
		from := sort.Search(len(docs), func(i int) bool { return docs[i].ID > f.After })
		if f.Limit <= 0 {
			f.Limit = 50
		}
		for _, d := range docs[from:] {
			e := v.entry(d, superseded[d.ID])
			if !f.has(&e) {
				continue
			}
			if len(page.Entries) == f.Limit {
				page.More = true
				return nil
			}
			if err := v.complete(ctx, &e); err != nil {
				return err
			}
			e.Body = "" // a list says what there is, not what it says
			page.Entries = append(page.Entries, e)
		}
		return nil
	})
	return page, err
}

// Look returns one document of a snapshot whole, "" for the head. Its Page has that one entry.
func (l *Library) Look(ctx context.Context, snapshot, id string) (page Page, err error) {
	err = l.look(ctx, snapshot, func(v *view) error {
		page.Snapshot, page.Served = v.snap.ID(), v.served
		d, err := v.snap.Document(ctx, id)
		if err != nil {
			return err
		}
		e := v.entry(d, v.snap.Superseded(v.today)[id])
		err = v.complete(ctx, &e)
		page.Entries = []Entry{e}
		return err
	})
	return page, err
}

// view is a snapshot with what is known of it.
type view struct {
	snap    *kb.Snapshot
	imports *kb.Snapshot // what of it was imported; nil where nothing was
	strange bool         // it is not known what of it was imported
	served  bool
	drafts  map[string]bool // ids of documents that are not served like this
	today   time.Time
}

// look opens a snapshot, "" for the head, for as long as f runs.
func (l *Library) look(ctx context.Context, snapshot string, f func(*view) error) (err error) {
	st, _, err := l.read()
	if err != nil {
		return err
	}
	v := &view{today: midnight(l.now())}
	imports := st.Imports
	switch {
	case st.Drafts != nil && (snapshot == "" || snapshot == st.Drafts.Candidate):
		snapshot, imports = st.Drafts.Candidate, st.Drafts.Imports
		if v.drafts, err = l.changed(ctx, st.Served, snapshot); err != nil {
			return err
		}
	case snapshot == "":
		snapshot = st.Served
	case snapshot != st.Served:
		imports = l.importsOf(snapshot)
		v.strange = imports == ""
	}
	v.served = snapshot == st.Served
	if v.snap, err = l.Store.Open(ctx, snapshot); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.snap.Close()) }()
	if imports != "" && imports != snapshot {
		if v.imports, err = l.Store.Open(ctx, imports); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.imports.Close()) }()
	} else if imports == snapshot {
		v.imports = v.snap
	}
	return f(v)
}

// changed is the ids of documents that a snapshot has and another does not have like this.
func (l *Library) changed(ctx context.Context, from, to string) (map[string]bool, error) {
	d, err := l.Store.Diff(ctx, from, to)
	ids := map[string]bool{}
	for _, id := range slices.Concat(d.Added, d.Changed) {
		ids[id] = true
	}
	return ids, err
}

// entry fills in what is known without reading the document.
func (v *view) entry(d kb.Document, superseded bool) Entry {
	e := Entry{Document: d, State: Live, Draft: v.drafts[d.ID]}
	switch {
	case !d.ValidTo.IsZero() && d.ValidTo.Before(v.today):
		e.State = Expired
	case d.ValidFrom.After(v.today):
		e.State = Future
	case superseded:
		e.State = Superseded
	}
	e.ReviewDue = !d.ReviewBy.IsZero() && !d.ReviewBy.After(v.today)
	return e
}

// complete reads the document, for its hash and for where it comes from.
func (v *view) complete(ctx context.Context, e *Entry) (err error) {
	if e.Document, err = v.snap.Document(ctx, e.ID); err != nil {
		return err
	}
	e.Hash, e.Origin = e.Document.Hash(), FromSource
	if v.strange {
		e.Origin = ""
	}
	if v.imports != nil {
		same, err := v.imports.Document(ctx, e.ID)
		if err != nil && !errors.Is(err, switchboard.NotFound) {
			return err
		}
		if err == nil && (v.imports == v.snap || same.Hash() == e.Hash) {
			e.Origin = FromImport
			return nil
		}
	}
	if slices.Contains(demoIDs(), e.ID) {
		e.Origin = FromDemo
	}
	return nil
}

func (f *Filter) has(e *Entry) bool {
	switch f.State {
	case "":
	case ReviewDue:
		if !e.ReviewDue {
			return false
		}
	case Draft:
		if !e.Draft {
			return false
		}
	default:
		if e.State != f.State {
			return false
		}
	}
	return (f.Lang == "" || e.Lang == kb.PrimaryLang(f.Lang)) && (f.Audience == "" || e.Audience == f.Audience) &&
		(f.Owner == "" || strings.EqualFold(e.Owner, f.Owner)) && f.contains(&e.Document)
}

func (f *Filter) contains(d *kb.Document) bool {
	if f.Text == "" {
		return true
	}
	want := strings.ToLower(f.Text)
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), want) }
	return has(d.ID) || has(d.Title) || has(d.URL) || slices.ContainsFunc(d.Topics, has) || slices.ContainsFunc(d.Questions, has)
}

// midnight is t's own calendar day, as documents' days are kept.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
