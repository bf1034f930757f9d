package library

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	return st, l.upgrade(ctx, st)
}

// read is the state as it stands. The file is replaced as a whole, so that nobody who reads it has to wait.
func (l *Library) read() (st *state, found bool, err error) {
	st = &state{}
	b, err := os.ReadFile(filepath.Join(l.Dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return st, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, st)
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the library's state: %w", err)
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

// upgrade builds the imports anew where another version has built them.
func (l *Library) upgrade(ctx context.Context, st *state) error {
	for _, id := range []*string{&st.Imports, &st.Served} {
		if *id == "" {
			continue
		}
		old, err := l.Store.Outdated(*id)
		if err != nil {
			return err
		}
		if !old {
			continue
		}
		was := *id
		if *id, err = l.Store.Rebuild(ctx, was); err != nil {
			return err
		}
		st.notes = append(st.notes, fmt.Sprintf("%s was built by another version; built anew, it is %s", was, *id))
	}
	return nil
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

// importsOf is the imports of which a snapshot was last made, "" where that is not known.
func (l *Library) importsOf(snapshot string) (imports string) {
	_ = eachLine(filepath.Join(l.Dir, historyFile), func(line []byte) {
		var e event
		if json.Unmarshal(line, &e) == nil && e.Snapshot == snapshot {
			imports = e.Imports
		}
	})
	return imports
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
		if err != nil {
			return nil //nolint:nilerr // the end, or what can be read no further
		}
	}
}
