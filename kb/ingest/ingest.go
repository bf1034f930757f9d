package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/kb"
	"switchboard/kb/ingest/hidden"
)

// Limits that apply where Options says nothing.
const (
	DefaultMaxFile    = 16 << 20 // bytes
	DefaultMaxRow     = 4 << 20  // bytes
	DefaultMaxRows    = 1_000_000
	DefaultMaxArchive = 1 << 30 // bytes
)

// Source says what to read: a file system, or files and folders on disk, or both.
type Source struct {
	// FS is read whole. A document's id is its file's name without the extension.
	FS fs.FS
	// Paths are files and folders. The id of a document in a folder is the file's path in it without the extension,
	// with hyphens for what is neither letter nor digit. A zip that is named here is read like a folder, and one inside
	// of a folder like a folder of its name. What folders are called says nothing else of a document: its topics are
	// those that it gives itself.
	Paths []string
}

// Options bound what is read. Zero values mean the defaults.
type Options struct {
	MaxFile    int   // bytes of files with one document each; PDF and DOCX, mostly pictures, may be four times as large
	MaxRow     int   // bytes of a row of CSV or JSONL, or of an object of JSON
	MaxRows    int   // rows of a file
	MaxArchive int64 // bytes that a zip may unpack to
	// Lang is the language of documents that do not say theirs and are too short or too mixed to tell; "" means "en".
	Lang string
	// Progress, if not nil, is told how many bytes of the files have been read, of how many, and which file is under
	// way. It is called at least once a file, from the goroutine that called Read.
	Progress func(done, total int64, source string)
}

// Result is what was read.
type Result struct {
	Documents []kb.Document // normalised and checked, in the order of paths and then of names
	Rejected  []Rejected
	Flagged   []Flagged
}

// Rejected is a file or a row that could not be read.
type Rejected struct {
	Source string `json:"source"`        // the file, as it was found
	Row    int    `json:"row,omitempty"` // from 1: the line where a row of CSV or JSONL begins, or which object of JSON; 0 = the whole file
	Reason string `json:"reason"`
}

// Where is "articles/faq.csv:12", or the file alone.
func (r Rejected) Where() string { return where(r.Source, r.Row) }

// Flagged is a document that was read, and has in it what looks as if it were meant for a language model instead of a
// reader. What a page hides is left out of the document, and so are characters that nobody sees; the rest stays.
type Flagged struct {
	Source   string `json:"source"`
	Row      int    `json:"row,omitempty"`
	Document string `json:"document"` // its id
	Rule     string `json:"rule"`     // one of the names in package hidden
	Detail   string `json:"detail"`   // what was found; short and printable
}

// Where is as Rejected's.
func (f Flagged) Where() string { return where(f.Source, f.Row) }

func where(source string, row int) string {
	if row == 0 {
		return source
	}
	return fmt.Sprintf("%s:%d", source, row)
}

// Read reads everything that src names. Of two documents with one id the second is rejected, and so are documents that
// supersede each other in a circle. Files of unknown kinds inside folders are passed over; named directly, they are
// rejected. An error means that nothing could be read to the end: ctx ended, or a path is not there.
func Read(ctx context.Context, src Source, o Options) (Result, error) {
	r := &run{options: o.withDefaults(), at: map[string]origin{}}
	if o.Progress != nil {
		r.total = size(src)
	}
	if src.FS != nil {
		if err := r.folder(ctx, src.FS, "", func(p string) string { return path.Base(p) }); err != nil {
			return Result{}, fmt.Errorf("read documents: %w", err)
		}
	}
	for _, p := range src.Paths {
		if err := r.path(ctx, p); err != nil {
			return Result{}, fmt.Errorf("read documents: %w", err)
		}
	}
	return r.result(), nil
}

func (r *run) result() Result {
	r.resolveSections()
	r.resolveSupersedes()
	r.breakCircles()
	return Result{r.docs, r.rejected, r.flagged}
}

// Page is a file that was fetched.
type Page struct {
	Name string // says of what kind it is, and gives the document its id: "help.example/roaming.html"
	URL  string // of documents that do not say theirs
	Body []byte
}

// ReadPages reads pages as they come: each calls add for one after the other. Of a page nothing is kept but what it
// says. An error is each's, or says that ctx ended.
func ReadPages(ctx context.Context, o Options, each func(add func(Page) error) error) (Result, error) {
	r := &run{options: o.withDefaults(), at: map[string]origin{}}
	err := each(func(p Page) error {
		if format(p.Name) == nil {
			r.reject(origin{source: p.URL}, fmt.Errorf("files of kind %q cannot be read", extension(p.Name)))
			return nil
		}
		r.url = p.URL
		defer func() { r.url = "" }()
		return r.fileOf(ctx, format(p.Name), bytes.NewReader(p.Body), p.URL, p.Name)
	})
	if err != nil {
		return Result{}, fmt.Errorf("read pages: %w", err)
	}
	return r.result(), nil
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
	if o.MaxArchive <= 0 {
		o.MaxArchive = DefaultMaxArchive
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
	lang   string // of the document, once it was taken
}

// run is one Read.
type run struct {
	options  Options
	docs     []kb.Document
	at       map[string]origin // by id
	rejected []Rejected
	flagged  []Flagged
	filing   filing
	done     int64 // bytes read, and how many there are; for Options.Progress
	total    int64
	url      string // of documents that do not say theirs
}

func (r *run) reject(at origin, err error) {
	r.rejected = append(r.rejected, Rejected{at.source, at.row, err.Error()})
}

// article is a document as a reader of one format made it, and what the format hid from readers.
type article struct {
	kb.Document
	found []hidden.Finding
}

// parse reads one file. Name is what ids are made of. It reports documents and bad rows to r and returns an error
// for what makes the whole file unreadable.
type parse func(ctx context.Context, r *run, in io.Reader, source, name string) error

// format is how files with p's extension are read, nil if they are not.
func format(p string) parse {
	switch extension(p) {
	case ".md", ".markdown":
		return single(text(readMarkdown), 1)
	case ".html", ".htm", ".xhtml":
		return single(readHTML, 1)
	case ".txt", ".text":
		return single(text(readText), 1)
	case ".pdf":
		return single(readPDF, mostlyPictures)
	case ".docx":
		return single(readDOCX, mostlyPictures)
	case ".csv", ".tsv":
		return readCSV
	case ".jsonl", ".ndjson":
		return readJSONL
	case ".json":
		return readJSON
	case ".zip":
		return readZip
	}
	return nil
}

func extension(p string) string { return strings.ToLower(path.Ext(filepath.ToSlash(p))) }

func (r *run) file(ctx context.Context, in io.Reader, source, name string) error {
	return r.fileOf(ctx, format(source), in, source, name)
}

func (r *run) fileOf(ctx context.Context, read parse, in io.Reader, source, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := read(ctx, r, in, source, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.reject(origin{source: source}, err)
	}
	return nil
}

// mostlyPictures is how many times MaxFile the size of files may be of which little is text.
const mostlyPictures = 4

// single makes a parse of a reader of whole files with one document each.
func single(read func([]byte) (article, error), times int) parse {
	return func(_ context.Context, r *run, in io.Reader, source, name string) error {
		limit := r.options.MaxFile * times
		b, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
		if err != nil {
			return notToTheEnd(err)
		}
		if len(b) > limit {
			return fmt.Errorf("file is larger than %d bytes", limit)
		}
		d, err := read(b)
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

// text makes a reader of bytes of a reader of text.
func text(read func(string) (kb.Document, error)) func([]byte) (article, error) {
	return func(b []byte) (article, error) {
		s, err := clean(b)
		if err != nil {
			return article{}, err
		}
		d, err := read(s)
		return article{Document: d}, err
	}
}

// add takes a document that was read, or rejects it. What nobody sees in it is left out.
func (r *run) add(d article, at origin) {
	found := append(d.found, hidden.Find(d.Title)...)
	found = append(found, hidden.Find(d.Body)...)
	d.Title, d.Body = hidden.Strip(d.Title), hidden.Strip(d.Body)
	for i, t := range d.Topics {
		found = append(found, hidden.Find(t)...)
		d.Topics[i] = hidden.Strip(t)
	}
	if d.Lang == "" {
		d.Lang = guessLang(d.Title+"\n"+d.Body[:min(len(d.Body), guessUpTo)], r.options.Lang)
	}
	if d.URL == "" {
		d.URL = r.url
	}
	doc := d.Normalize()
	if err := doc.Check(); err != nil {
		r.reject(at, err)
		return
	}
	if first, taken := r.at[doc.ID]; taken {
		r.reject(at, fmt.Errorf("id %q is taken by %s", doc.ID, where(first.source, first.row)))
		return
	}
	r.at[doc.ID] = origin{at.source, at.row, doc.Lang}
	r.docs = append(r.docs, doc)
	r.flag(doc.ID, at, found)
}

// flag keeps what was found, once for each rule and text.
func (r *run) flag(id string, at origin, found []hidden.Finding) {
	from := len(r.flagged)
	for _, f := range found[:min(len(found), maxFound)] {
		flagged := Flagged{at.source, at.row, id, f.Rule, f.Excerpt}
		if !slices.Contains(r.flagged[from:], flagged) {
			r.flagged = append(r.flagged, flagged)
		}
	}
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
		r.flagged = slices.DeleteFunc(r.flagged, func(f Flagged) bool { return f.Document == d.ID })
		delete(r.at, d.ID)
	}
}
