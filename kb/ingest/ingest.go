package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"switchboard/kb"
)

// Limits that apply where Options says nothing.
const (
	DefaultMaxFile = 16 << 20 // bytes
	DefaultMaxRow  = 4 << 20  // bytes
	DefaultMaxRows = 1_000_000
)

// Source says what to read: a file system, or files and folders on disk, or both.
type Source struct {
	// FS is read whole. A document's id is its file's name without the extension.
	FS fs.FS
	// Paths are files and folders. The id of a document in a folder is the file's path in it without the extension,
	// with hyphens for what is neither letter nor digit.
	Paths []string
}

// Options bound what is read. Zero values mean the defaults.
type Options struct {
	MaxFile int // bytes of Markdown, HTML and text files; CSV and JSONL may be larger, their rows not
	MaxRow  int // bytes of a row
	MaxRows int // rows of a file
	// Lang is the language of documents that do not say theirs and are too short or too mixed to tell; "" means "en".
	Lang string
}

// Rejected is a file or a row that could not be read.
type Rejected struct {
	Source string `json:"source"`        // the file, as it was found
	Row    int    `json:"row,omitempty"` // line of a JSONL or CSV file where the row begins, from 1; 0 = the whole file
	Reason string `json:"reason"`
}

// Where is "articles/faq.csv:12", or the file alone.
func (r Rejected) Where() string {
	if r.Row == 0 {
		return r.Source
	}
	return fmt.Sprintf("%s:%d", r.Source, r.Row)
}

// Read reads everything that src names, in the order of paths and then of names, and returns the documents normalised
// and checked. Of two documents with one id the second is rejected, and so are documents that supersede each other in
// a circle. Files of unknown kinds inside folders are passed over; named directly, they are rejected. An error means
// that nothing could be read to the end: ctx ended, or a path cannot be opened.
func Read(ctx context.Context, src Source, o Options) ([]kb.Document, []Rejected, error) {
	r := &run{options: o.withDefaults(), at: map[string]origin{}}
	if src.FS != nil {
		if err := r.folder(ctx, src.FS, "", func(p string) string { return path.Base(p) }); err != nil {
			return nil, nil, fmt.Errorf("read documents: %w", err)
		}
	}
	for _, p := range src.Paths {
		if err := r.path(ctx, p); err != nil {
			return nil, nil, fmt.Errorf("read documents: %w", err)
		}
	}
	r.resolveSupersedes()
	r.breakCircles()
	return r.docs, r.rejected, nil
}

func (o Options) withDefaults() Options {
	if o.MaxFile <= 0 {
		o.MaxFile = DefaultMaxFile
	}
	if o.MaxRow <= 0 {
		o.MaxRow = DefaultMaxRow
	}
	if o.MaxRows <= 0 {
		o.MaxRows = DefaultMaxRows
	}
	if o.Lang == "" {
		o.Lang = "en"
	}
	return o
}

// origin is where a document came from.
type origin struct {
	source string
	row    int
}

// run is one Read.
type run struct {
	options  Options
	docs     []kb.Document
	at       map[string]origin // by id
	rejected []Rejected
}

func (r *run) reject(at origin, err error) {
	r.rejected = append(r.rejected, Rejected{at.source, at.row, err.Error()})
}

// errIrregular is for pipes and devices. They are told before they are opened, since to open a pipe waits for a writer.
var errIrregular = errors.New("is no regular file")

// path reads a file or a folder on disk.
func (r *run) path(ctx context.Context, p string) error {
	info, err := os.Stat(p)
	if err != nil {
		return err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(p) // links out of the folder are not followed
		if err != nil {
			return err
		}
		defer root.Close()
		return r.folder(ctx, root.FS(), p, func(p string) string { return p })
	}
	if !info.Mode().IsRegular() {
		r.reject(origin{source: p}, errIrregular)
		return nil
	}
	f, err := os.Open(p)
	if err != nil {
		return err
	}
	defer f.Close()
	if format(p) == nil {
		r.reject(origin{source: p}, fmt.Errorf("files of kind %q cannot be read", filepath.Ext(p)))
		return nil
	}
	return r.file(ctx, f, p, filepath.Base(p))
}

// folder reads every file of a known kind. Shown is what stands before a file's path in messages; name makes of it
// what ids are made of.
func (r *run) folder(ctx context.Context, fsys fs.FS, shown string, name func(string) string) error {
	return fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := p != "." && strings.HasPrefix(d.Name(), "."); hidden && d.IsDir() {
			return fs.SkipDir
		} else if hidden || d.IsDir() || format(p) == nil {
			return nil
		}
		source := p
		if shown != "" {
			source = filepath.Join(shown, filepath.FromSlash(p))
		}
		if info, err := fs.Stat(fsys, p); err == nil && !info.Mode().IsRegular() {
			r.reject(origin{source: source}, errIrregular)
			return nil
		}
		f, err := fsys.Open(p)
		if err != nil {
			r.reject(origin{source: source}, errors.New("cannot be opened"))
			return nil
		}
		defer f.Close()
		return r.file(ctx, f, source, name(p))
	})
}

// parse reads one file. Name is what ids are made of. It reports documents and bad rows to r and returns an error
// for what makes the whole file unreadable.
type parse func(ctx context.Context, r *run, in io.Reader, source, name string) error

// format is how files with p's extension are read, nil if they are not.
func format(p string) parse {
	switch strings.ToLower(path.Ext(filepath.ToSlash(p))) {
	case ".md", ".markdown":
		return single(readMarkdown)
	case ".html", ".htm":
		return single(readHTML)
	case ".txt", ".text":
		return single(readText)
	case ".csv":
		return readCSV
	case ".jsonl", ".ndjson":
		return readJSONL
	}
	return nil
}

func (r *run) file(ctx context.Context, in io.Reader, source, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := format(source)(ctx, r, in, source, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.reject(origin{source: source}, err)
	}
	return nil
}

// single makes a parse of a reader of whole files with one document each.
func single(read func(text string) (kb.Document, error)) parse {
	return func(_ context.Context, r *run, in io.Reader, source, name string) error {
		b, err := io.ReadAll(io.LimitReader(in, int64(r.options.MaxFile)+1))
		if err != nil {
			return errors.New("cannot be read to the end")
		}
		if len(b) > r.options.MaxFile {
			return fmt.Errorf("file is larger than %d bytes", r.options.MaxFile)
		}
		text, err := clean(b)
		if err != nil {
			return err
		}
		d, err := read(text)
		if err != nil {
			return err
		}
		if d.ID == "" {
			d.ID = slug(strings.TrimSuffix(name, path.Ext(name)))
		}
		if strings.TrimSpace(d.Body) == "" {
			return errors.New("file has no text")
		}
		if d.Title == "" {
			d.Title = deriveTitle(d.Body, name)
		}
		r.add(d, origin{source: source})
		return nil
	}
}

// clean refuses what is not text and takes a byte order mark off.
func clean(b []byte) (string, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(b, 0) >= 0 {
		return "", errors.New("text has a null byte: not a text file, or not in UTF-8")
	}
	if !utf8.Valid(b) {
		return "", errors.New("text is not valid UTF-8")
	}
	return string(b), nil
}

// add takes a document that was read, or rejects it.
func (r *run) add(d kb.Document, at origin) {
	if d.Lang == "" {
		d.Lang = guessLang(d.Title+"\n"+d.Body, r.options.Lang)
	}
	d = d.Normalize()
	if err := d.Check(); err != nil {
		r.reject(at, err)
		return
	}
	if first, taken := r.at[d.ID]; taken {
		r.reject(at, fmt.Errorf("id %q is taken by %s", d.ID, Rejected{Source: first.source, Row: first.row}.Where()))
		return
	}
	r.at[d.ID] = at
	r.docs = append(r.docs, d)
}

// resolveSupersedes lets a document name another by its file's name alone, as long as only one has it.
func (r *run) resolveSupersedes() {
	byName := map[string][]string{}
	for _, d := range r.docs {
		if at := r.at[d.ID]; at.row == 0 {
			base := filepath.Base(at.source)
			name := slug(strings.TrimSuffix(base, filepath.Ext(base)))
			byName[name] = append(byName[name], d.ID)
		}
	}
	for i, d := range r.docs {
		for j, old := range d.Supersedes {
			if _, exact := r.at[old]; !exact && len(byName[old]) == 1 {
				r.docs[i].Supersedes[j] = byName[old][0]
			}
		}
		slices.Sort(r.docs[i].Supersedes)
	}
}

// breakCircles rejects, of documents that supersede each other in a circle, the one that was read last, until no
// circle is left.
func (r *run) breakCircles() {
	for {
		circle := kb.SupersedesCycle(r.docs)
		if circle == nil {
			return
		}
		last := -1
		for i, d := range r.docs {
			if slices.Contains(circle, d.ID) {
				last = i
			}
		}
		d := r.docs[last]
		r.reject(r.at[d.ID], fmt.Errorf("documents supersede each other in a circle: %s", strings.Join(circle, " > ")))
		r.docs = slices.Delete(r.docs, last, last+1)
		delete(r.at, d.ID)
	}
}
