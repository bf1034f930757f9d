package library

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"switchboard/kb"
)

// Names in the store's folder.
const (
	stateFile     = "library.json"
	historyFile   = "history.jsonl"
	revisionsFile = "revisions.jsonl"
	// importsFile is where format 1 kept the imported documents.
	importsFile = "imports.jsonl"
)

// state is what the library knows beside the snapshots. It is small: documents are in snapshots.
type state struct {
	Imports string `json:"imports"`          // the snapshot of the imported documents; "" where there are none
	Served  string `json:"served"`           // the snapshot that was last promoted
	Overlay string `json:"overlay"`          // what lay over the imports when it was made
	Drafts  *draft `json:"drafts,omitempty"` // edits that are not served yet
	// Lost says that documents of it are damaged beyond repair. The next import that has them brings them back.
	Lost bool `json:"lost,omitempty"`

	notes []string
}

// load reads the state, and takes over what format 1 has left.
func (l *Library) load(ctx context.Context) (*state, error) {
	st, found, err := l.read()
	if err != nil {
		return nil, err
	}
	if !found {
		return st, l.takeOver(ctx, st)
	}
	return st, nil
}

// read is the state as it stands. The file is replaced as a whole, so that nobody who reads it has to wait.
func (l *Library) read() (st *state, found bool, err error) {
	st = &state{}
	b, err := os.ReadFile(filepath.Join(l.Dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return st, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the library's state: %w", err)
	}
	if err := json.Unmarshal(b, st); err != nil {
		last, ok := l.lastEvent()
		if !ok {
			return nil, false, fmt.Errorf("read the library's state: %w", err)
		}
		st = &state{Imports: last.Imports, Served: last.Snapshot}
		st.notes = append(st.notes, stateFile+" is damaged: what was promoted last is served, and edits that were waiting have to be made again")
	}
	return st, true, nil
}

// takeOver imports what an older version kept in a file of its own.
func (l *Library) takeOver(ctx context.Context, st *state) error {
	b, err := os.ReadFile(filepath.Join(l.Dir, importsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what an older version imported: %w", err)
	}
	var docs []kb.Document
	for dec := json.NewDecoder(bytes.NewReader(b)); dec.More(); {
		var d kb.Document
		if err := dec.Decode(&d); err != nil {
			return fmt.Errorf("read what an older version imported: %w", err)
		}
		docs = append(docs, d)
	}
	if len(docs) == 0 {
		return nil
	}
	out, err := l.Store.Apply(ctx, "", kb.Change{Put: docs, Synonyms: &l.Synonyms})
	if err != nil {
		return err
	}
	st.Imports = out.ID
	st.notes = append(st.notes, fmt.Sprintf("the knowledge base was built by an older version and has been built anew out of its %d imported documents", len(docs)))
	return nil
}

// upgrade builds anew what another version has built, and writes that down.
func (l *Library) upgrade(ctx context.Context, st *state) (err error) {
	was := *st
	if st.Imports != "" {
		if st.Imports, err = l.ofThisVersion(ctx, st, st.Imports); err != nil {
			return fmt.Errorf("read what was imported: roll back to another snapshot, or restore this one: %w", err)
		}
	}
	if st.Served != "" {
		if st.Served, err = l.ofThisVersion(ctx, st, st.Served); err != nil {
			st.Served = "" // it is put together anew, out of what it was made of
			st.notes = append(st.notes, fmt.Sprintf("%s could not be read and is put together anew: %s", was.Served, err))
		}
	}
	if st.Imports == was.Imports && (st.Served == was.Served || st.Served == "") && l.holds(st.Drafts) {
		return nil
	}
	if err := l.redraft(ctx, st); err != nil {
		return err
	}
	if st.Served == "" {
		return l.save(st)
	}
	return l.commit(ctx, st, "upgrade", "")
}

// holds reports whether the snapshots of pending edits can be read.
func (l *Library) holds(d *draft) bool {
	if d == nil || d.Problem != "" {
		return true
	}
	for _, id := range []string{d.Imports, d.Candidate} {
		if id == "" {
			continue
		}
		if old, err := l.Store.Outdated(id); old || err != nil {
			return false
		}
	}
	return true
}

// ofThisVersion is a snapshot, or what it is when it is built anew because another version has built it.
func (l *Library) ofThisVersion(ctx context.Context, st *state, id string) (string, error) {
	old, err := l.Store.Outdated(id)
	if err != nil || !old {
		return id, err
	}
	rebuilt, err := l.Store.Rebuild(ctx, id)
	if err != nil {
		return id, err
	}
	st.notes = append(st.notes, fmt.Sprintf("%s was built by another version; built anew, it is %s", id, rebuilt))
	return rebuilt, nil
}

// mend makes anew what is damaged of the snapshots in use. What their own documents do not give is taken from known, the
// sources and the demo. Where that is not all, it writes down that documents are lost.
func (l *Library) mend(ctx context.Context, st *state, known ...kb.Document) error {
	mended, err := l.Store.Repair(ctx, st.inUse(), known...)
	if errors.Is(err, kb.ErrLost) {
		var more []string
		more, err = l.Store.Repair(ctx, st.inUse(), append(l.readable(ctx), known...)...)
		mended = append(mended, more...)
	}
	for _, name := range mended {
		st.notes = append(st.notes, fmt.Sprintf("%s was damaged and has been made anew out of its documents", name))
	}
	if lost := errors.Is(err, kb.ErrLost); lost != st.Lost && (lost || err == nil) {
		st.Lost = lost
		err = errors.Join(err, l.save(st))
	}
	return err
}

// inUse is the snapshots that the library builds upon.
func (st *state) inUse() []string {
	ids := []string{st.Imports, st.Served}
	if st.Drafts != nil {
		ids = append(ids, st.Drafts.Imports, st.Drafts.Candidate)
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// readable is the documents that can be read again from elsewhere.
func (l *Library) readable(ctx context.Context) []kb.Document {
	// Nothing is imported: the demo counts whole.
	demo := true
	all := *l
	all.Demo = &demo
	over, _, err := all.over(ctx, kb.Holding{})
	if err != nil { // the sources: Sync says so
		docs, _ := DemoArticles(ctx)
		return docs
	}
	return over.docs
}

func (l *Library) save(st *state) error {
	b, err := json.MarshalIndent(st, "", "  ")
	if err == nil {
		err = kb.ReplaceFile(filepath.Join(l.Dir, stateFile), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep the library's state: %w", err)
	}
	return nil
}

// event is a line of the history: what was promoted when, and of what imports it was made.
type event struct {
	At       time.Time `json:"at"`
	Action   string    `json:"action"`
	By       string    `json:"by,omitempty"`
	Snapshot string    `json:"snapshot"`
	Imports  string    `json:"imports,omitempty"`
}

// remember writes a line of history.
func (l *Library) remember(st *state, action, by string) error {
	return appendLine(filepath.Join(l.Dir, historyFile), event{l.now().UTC(), action, by, st.Served, st.Imports})
}

// importsOf is the imports of which a snapshot was last made, "" where that is not known or it was made of none.
func (l *Library) importsOf(snapshot string) string {
	imports, _ := l.madeOf(snapshot)
	return imports
}

// madeOf is the imports of which a snapshot was last made, "" for none, and whether that is known.
func (l *Library) madeOf(snapshot string) (imports string, known bool) {
	l.events(func(e event) {
		if e.Snapshot == snapshot {
			imports, known = e.Imports, true
		}
	})
	return imports, known
}

// lastEvent is the latest of the history.
func (l *Library) lastEvent() (last event, ok bool) {
	l.events(func(e event) { last, ok = e, true })
	return last, ok
}

// events calls visit for what can be read of the history.
func (l *Library) events(visit func(event)) {
	_ = eachLine(filepath.Join(l.Dir, historyFile), func(line []byte) {
		var e event
		if json.Unmarshal(line, &e) == nil {
			visit(e)
		}
	})
}

// appendLine adds a line of JSON to a file, and syncs it. A line that a crash has torn is ended first.
func appendLine(path string, v any) (err error) {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if end, err := f.Seek(0, 2); err == nil && end > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// eachLine calls visit with every line of a file that may not be there.
func eachLine(path string, visit func(line []byte)) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			visit(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
