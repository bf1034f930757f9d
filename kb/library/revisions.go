package library

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"switchboard"
	"switchboard/kb"
)

// Revision is one change of one document by a manager: who, when, why, and what it was changed into.
type Revision struct {
	Number   int       `json:"number"` // from 1, over all documents
	At       time.Time `json:"at"`
	Author   string    `json:"author"`
	Reason   string    `json:"reason"`
	Action   Action    `json:"action"`
	Document string    `json:"document"` // id
	// Before and After are the document's hashes, "" where there is none.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Candidate is the snapshot that the library would serve with this revision and those before it.
	Candidate string `json:"candidate"`
	// Content is what the document was changed into; nil where it was removed.
	Content *kb.Document `json:"content,omitempty"`
}

// Action is what a revision does.
type Action string

// The actions.
const (
	Create Action = "create" // the id must be new
	Edit   Action = "edit"   // the document must be there
	Retire Action = "retire" // ends its validity: questions about earlier days still find it
	Remove Action = "remove" // as if it had never been
)

// draft is the edits that are not served yet.
type draft struct {
	Imports   string `json:"imports"`   // with the edits
	Candidate string `json:"candidate"` // what would be served
	Overlay   string `json:"overlay"`   // what lay over the imports when it was made
	Revisions []int  `json:"revisions"` // their numbers
	// Problem is why the edits do not fit what is imported by now; there is no candidate then.
	Problem string `json:"problem,omitempty"`
}

// Candidate is what would be promoted.
type Candidate struct {
	Snapshot  string     `json:"snapshot"`
	Base      string     `json:"base"` // what is served
	Diff      kb.Diff    `json:"diff"`
	Revisions []Revision `json:"revisions"`
}

// Revise records a change of a document and builds the candidate snapshot with it. What is served stays as it is. The
// caller fills Author, Reason, Action, Document and, for Create and Edit, Content; expect is the hash that the
// document must have, "" for whatever it has. Conflict: it has another, it is there already (Create), or it comes from
// a file, which is where it has to be changed. NotFound: it is not there.
func (l *Library) Revise(ctx context.Context, r Revision, expect string) (out Revision, err error) {
	if r.Author == "" || r.Reason == "" {
		return r, switchboard.FieldError("reason", "a change needs an author and a reason")
	}
	r.Document = kb.Document{ID: r.Document}.Normalize().ID // as it is stored: another spelling is no other document
	err = l.locked(ctx, func(st *state) error {
		if err := st.Drafts.fit(); err != nil {
			return err
		}
		over, _, err := l.overlay(ctx, st.Imports)
		if err != nil {
			return err
		}
		if err := l.check(ctx, st, over, &r, expect); err != nil {
			return err
		}
		if r.Number, err = l.nextNumber(); err != nil {
			return err
		}
		r.At = l.now().UTC()
		next := *st
		next.Drafts = &draft{Revisions: []int{r.Number}}
		if st.Drafts != nil {
			next.Drafts.Imports, next.Drafts.Revisions = st.Drafts.Imports, append(slices.Clone(st.Drafts.Revisions), r.Number)
		} else {
			next.Drafts.Imports = st.Imports
		}
		if err := l.applyRevisions(ctx, &next, []Revision{r}); err != nil {
			return err
		}
		r.Candidate = next.Drafts.Candidate
		if err := appendLine(filepath.Join(l.Dir, revisionsFile), r); err != nil {
			return err
		}
		return l.save(&next)
	})
	return r, err
}

// check finds the document as it is with the drafts, and fills in what the revision makes of it.
func (l *Library) check(ctx context.Context, st *state, over *overlay, r *Revision, expect string) error {
	head := st.Served
	if st.Drafts != nil {
		head = st.Drafts.Candidate
	}
	have, err := l.document(ctx, head, r.Document)
	missing := errors.Is(err, switchboard.NotFound)
	if err != nil && !missing {
		return err
	}
	if !missing {
		r.Before = have.Hash()
	}
	switch {
	case r.Action == Create && !missing:
		return switchboard.Errorf(switchboard.Conflict, "a document has the id %.80q already", r.Document)
	case r.Action != Create && missing:
		return err
	case !missing && over.read[r.Document]:
		return switchboard.Errorf(switchboard.Conflict, "the document comes from a file of kb.sources: change it there")
	case expect != "" && expect != r.Before:
		return switchboard.Errorf(switchboard.Conflict, "somebody else has changed the document since it was read")
	}
	switch r.Action {
	case Retire:
		if r.Content != nil && !r.Content.ValidTo.IsZero() {
			have.ValidTo = r.Content.ValidTo
		} else {
			have.ValidTo = l.now().AddDate(0, 0, -1)
		}
		r.Content = &have
	case Remove:
		r.Content = nil
		return l.removable(ctx, st, r.Document)
	}
	if r.Content == nil {
		return switchboard.FieldError("document", "there is no text")
	}
	d := *r.Content
	d.ID = r.Document
	d = d.Normalize()
	if err := d.Check(); err != nil {
		return switchboard.FieldError("document", "%s", err)
	}
	r.Content, r.After = &d, d.Hash()
	return nil
}

// removable says why a document that is there cannot be removed.
func (l *Library) removable(ctx context.Context, st *state, id string) error {
	imports := st.Imports
	if st.Drafts != nil {
		imports = st.Drafts.Imports
	}
	have, err := l.Store.Has(ctx, imports, id)
	if err == nil && !have.IDs[id] {
		err = switchboard.Errorf(switchboard.Conflict, "the document is one of the demo's: retire it, or set kb.demo to false")
	}
	return err
}

func (l *Library) document(ctx context.Context, snapshot, id string) (d kb.Document, err error) {
	if snapshot == "" {
		return d, switchboard.Errorf(switchboard.NotFound, "no document has the id %.80q", id)
	}
	s, err := l.Store.Open(ctx, snapshot)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Document(ctx, id)
}

// applyRevisions puts revisions onto the draft and composes its candidate.
func (l *Library) applyRevisions(ctx context.Context, st *state, revisions []Revision) error {
	put := map[string]kb.Document{}
	dropped := map[string]bool{}
	for _, r := range revisions {
		if r.Content == nil {
			delete(put, r.Document)
			dropped[r.Document] = true
			continue
		}
		put[r.Document] = *r.Content
		delete(dropped, r.Document)
	}
	c := kb.Change{Put: sorted(put), Synonyms: &l.Synonyms, Reuse: st.Served}
	have, err := l.Store.Has(ctx, st.Drafts.Imports, keys(dropped)...)
	if err != nil {
		return err
	}
	for id := range dropped {
		if have.IDs[id] { // else somebody else has removed it
			c.Drop = append(c.Drop, id)
		}
	}
	out, err := l.Store.Apply(ctx, st.Drafts.Imports, c)
	if err != nil && !errors.Is(err, kb.ErrEmpty) {
		return err
	}
	st.Drafts.Imports = out.ID
	over, _, err := l.overlay(ctx, out.ID)
	if err != nil {
		return err
	}
	if out.ID == "" && len(over.docs) == 0 {
		return switchboard.Errorf(switchboard.Conflict, "the last document cannot be removed: there would be nothing to answer from")
	}
	st.Drafts.Overlay = over.key
	st.Drafts.Candidate, err = l.compose(ctx, out.ID, st.Served, over)
	return err
}

func keys(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	return out
}

// redraft puts the pending edits onto imports that have changed under them. Edits that do not fit them any more wait for
// somebody to discard them: they keep nobody from importing.
func (l *Library) redraft(ctx context.Context, st *state) error {
	if st.Drafts == nil {
		return nil
	}
	numbers := st.Drafts.Revisions
	st.Drafts = &draft{Imports: st.Imports, Revisions: numbers}
	pending, err := l.revisions(func(r Revision) bool { return slices.Contains(numbers, r.Number) })
	if err == nil && len(pending) < len(numbers) {
		err = switchboard.Errorf(switchboard.NotFound, "some are missing in %s", revisionsFile)
	}
	if err == nil {
		err = l.applyRevisions(ctx, st, pending)
	}
	switch switchboard.KindOf(err) {
	case switchboard.Conflict, switchboard.InvalidField, switchboard.NotFound:
		st.Drafts = &draft{Revisions: numbers, Problem: err.Error()}
		return nil
	}
	return err
}

// fit is a Conflict where the edits have a problem.
func (d *draft) fit() error {
	if d == nil || d.Problem == "" {
		return nil
	}
	return switchboard.Errorf(switchboard.Conflict, "the edits that wait do not fit what was imported since: discard them").Because(errors.New(d.Problem))
}

// Candidate says what edits are waiting; NotFound where there are none.
func (l *Library) Candidate(ctx context.Context) (c Candidate, err error) {
	err = l.locked(ctx, func(st *state) error {
		if st.Drafts == nil {
			return switchboard.Errorf(switchboard.NotFound, "%s", errNoDrafts)
		}
		if err := st.Drafts.fit(); err != nil {
			return err
		}
		c.Snapshot, c.Base = st.Drafts.Candidate, st.Served
		if c.Diff, err = l.Store.Diff(ctx, c.Base, c.Snapshot); err != nil {
			return err
		}
		c.Revisions, err = l.revisions(func(r Revision) bool { return slices.Contains(st.Drafts.Revisions, r.Number) })
		return err
	})
	return c, err
}

// Promote serves the candidate. Id must be the candidate's, so that nobody promotes what they have not seen: Conflict
// where it is another by now.
func (l *Library) Promote(ctx context.Context, id, by string) error {
	return l.locked(ctx, func(st *state) error {
		if st.Drafts == nil {
			return switchboard.Errorf(switchboard.NotFound, "%s", errNoDrafts)
		}
		if err := st.Drafts.fit(); err != nil {
			return err
		}
		if id != st.Drafts.Candidate {
			return switchboard.Errorf(switchboard.Conflict, "the candidate is %s by now", st.Drafts.Candidate)
		}
		st.Imports, st.Served, st.Overlay, st.Drafts = st.Drafts.Imports, id, st.Drafts.Overlay, nil
		return l.commit(ctx, st, "promote", by)
	})
}

// Discard throws the pending edits away. They stay in the history.
func (l *Library) Discard(ctx context.Context) error {
	return l.locked(ctx, func(st *state) error {
		if st.Drafts == nil {
			return switchboard.Errorf(switchboard.NotFound, "%s", errNoDrafts)
		}
		st.Drafts = nil
		return l.save(st)
	})
}

// Revisions lists those of a document, or all where id is "", the latest first.
func (l *Library) Revisions(id string) ([]Revision, error) {
	all, err := l.revisions(func(r Revision) bool { return id == "" || r.Document == id })
	slices.Reverse(all)
	return all, err
}

func (l *Library) revisions(want func(Revision) bool) ([]Revision, error) {
	all := []Revision{}
	err := eachLine(filepath.Join(l.Dir, revisionsFile), func(line []byte) {
		var r Revision
		if json.Unmarshal(line, &r) == nil && want(r) { // a torn line is of a change that was never answered for
			all = append(all, r)
		}
	})
	return all, err
}

func (l *Library) nextNumber() (int, error) {
	last := 0
	_, err := l.revisions(func(r Revision) bool { last = max(last, r.Number); return false })
	return last + 1, err
}
