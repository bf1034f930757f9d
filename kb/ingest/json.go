package ingest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"switchboard/kb"
)

// readJSON reads what interfaces of help centres answer and programs export: a list of objects, an object that holds
// such a list ({"articles": […]}), or one object. Objects are read as JSONL's rows, one at a time.
func readJSON(ctx context.Context, r *run, in io.Reader, source, name string) error {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if bom, _ := buffered.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3)
	}
	limited := &rowLimit{in: buffered, limit: r.options.MaxRow}
	f := jsonFile{run: r, dec: json.NewDecoder(limited), limited: limited, source: source, name: name}
	kind := strings.ToLower(strings.TrimSuffix(path.Base(source), path.Ext(source)))
	err := f.top(ctx, kind)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.Is(err, errRowTooLong):
		return fmt.Errorf("an object is longer than %d bytes; the rest was left out", r.options.MaxRow)
	case errors.As(err, new(limitError)):
		return notToTheEnd(err)
	case errors.As(err, new(*json.SyntaxError)), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("is not JSON, or cut short, after %d objects", f.rows)
	}
	return err
}

// jsonFile is a JSON file under way.
type jsonFile struct {
	run          *run
	dec          *json.Decoder
	limited      *rowLimit
	source, name string
	rows         int
}

// Keys under which an export holds its articles, and the things that articles are filed under.
var (
	listKeys  = []string{"articles", "results", "items", "data", "records", "entries", "documents", "faqs", "questions", "docs", "pages"}
	shelfKeys = []string{"sections", "categories", "folders", "collections"}
)

func (f *jsonFile) top(ctx context.Context, kind string) error {
	t, err := f.dec.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('['):
		if slices.Contains(shelfKeys, kind) {
			return f.shelves(kind)
		}
		return f.list(ctx)
	case json.Delim('{'):
		return f.object(ctx, 1)
	}
	return errors.New("is neither a list of objects nor an object")
}

// maxWrapped is how many objects may stand around a list: {"data": {"articles": […]}} has two.
const maxWrapped = 8

// object reads an object around a list, or one that is an article itself.
func (f *jsonFile) object(ctx context.Context, depth int) error {
	own := map[string]json.RawMessage{}
	lists := false
	for f.dec.More() {
		t, err := f.dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		f.limited.taken = 0
		if !slices.Contains(listKeys, key) && !slices.Contains(shelfKeys, key) {
			var raw json.RawMessage
			if err := f.dec.Decode(&raw); err != nil {
				return err
			}
			if slices.Contains(rowKeys, key) {
				own[key] = raw
			}
			continue
		}
		t, err = f.dec.Token()
		switch {
		case err != nil:
			return err
		case depth > maxWrapped:
			return errors.New("lists lie too deep in objects")
		case t == json.Delim('[') && slices.Contains(shelfKeys, key):
			err = f.shelves(key)
		case t == json.Delim('['):
			err = f.list(ctx)
		case t == json.Delim('{'): // {"data": {"articles": […]}}
			err = f.object(ctx, depth+1)
		default:
			continue
		}
		if lists = true; err != nil {
			return err
		}
	}
	if _, err := f.dec.Token(); err != nil {
		return err
	}
	if !lists && f.rows == 0 {
		raw, err := json.Marshal(own)
		if err != nil {
			return err
		}
		f.row(raw, origin{source: f.source})
	}
	return nil
}

// list reads the objects of a list up to its end.
func (f *jsonFile) list(ctx context.Context) error {
	for f.dec.More() {
		if f.rows%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if f.rows == f.run.options.MaxRows {
			return fmt.Errorf("has more than %d objects; the rest was left out", f.run.options.MaxRows)
		}
		f.limited.taken = 0
		var raw json.RawMessage
		if err := f.dec.Decode(&raw); err != nil {
			return err
		}
		f.rows++
		f.row(raw, origin{source: f.source, row: f.rows})
	}
	_, err := f.dec.Token()
	return err
}

func (f *jsonFile) row(raw json.RawMessage, at origin) {
	x, err := parseJSONRow(raw)
	if err != nil {
		f.run.reject(at, err)
		return
	}
	x.exported = true
	f.run.addRow(x, at, f.name)
}

// shelves reads what articles are filed under.
func (f *jsonFile) shelves(kind string) error {
	for f.dec.More() {
		f.limited.taken = 0
		var s struct {
			ID       json.Number `json:"id"`
			Name     string      `json:"name"`
			Category json.Number `json:"category_id"`
			Parent   json.Number `json:"parent_section_id"`
		}
		err := f.dec.Decode(&s)
		if errors.As(err, new(*json.UnmarshalTypeError)) {
			continue // nothing that could be filed under
		}
		if err != nil {
			return err
		}
		up := shelfID(kind, s.Parent.String())
		if s.Parent == "" {
			up = shelfID("categories", s.Category.String())
		}
		f.run.filing.put(shelfID(kind, s.ID.String()), shelf{s.Name, up})
	}
	_, err := f.dec.Token()
	return err
}

// filing is what exports say of where articles are filed. Which article comes before which shelf is not known, so it
// is put together in the end.
type filing struct {
	shelves map[string]shelf
	waiting map[string]string // by document, its shelf
}

type shelf struct {
	name string
	up   string // the shelf around it
}

// shelfID keeps the ids of categories apart from those of sections.
func shelfID(kind, id string) string {
	if kind == "categories" {
		return "category " + id
	}
	return id
}

const maxShelves = 100_000

func (f *filing) put(id string, s shelf) {
	if f.shelves == nil {
		f.shelves = map[string]shelf{}
	}
	if len(f.shelves) < maxShelves {
		f.shelves[id] = s
	}
}

func (f *filing) wait(document, shelf string) {
	if f.waiting == nil {
		f.waiting = map[string]string{}
	}
	f.waiting[document] = shelf
}

// resolveSections gives documents the names of what they are filed under, outermost first.
func (r *run) resolveSections() {
	if len(r.filing.shelves) == 0 {
		return
	}
	for i, d := range r.docs {
		var names []string
		for id, n := r.filing.waiting[d.ID], 0; id != "" && n < 8; n++ {
			s := r.filing.shelves[id]
			names = append([]string{s.name}, names...)
			id = s.up
		}
		d.Topics = append(names, d.Topics...)
		if d = d.Normalize(); d.Check() == nil { // else its topics are too long together
			r.docs[i] = d
		}
	}
}

// translated is d's id, with its language after it where a translation of it has the id already.
func (r *run) translated(d kb.Document) string {
	lang := kb.PrimaryLang(d.Lang)
	if first, taken := r.at[d.ID]; taken && lang != "" && first.lang != lang {
		return d.ID + "-" + lang
	}
	return d.ID
}
