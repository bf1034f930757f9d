package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"switchboard/kb/ingest/hidden"
)

// row is a row of a CSV or JSONL file, or an object of a JSON file: what it says about a document, and its text.
type row struct {
	meta
	text    string
	draft   bool
	closed  bool   // only some may read it
	section string // id of where it is filed
	// exported objects are told apart by their language where they share an id: one is the other's translation.
	exported bool
}

// set takes one named value. FAQ files call the title a question and the text an answer; exports of help centres have
// names of their own.
func (r *row) set(key, value string) {
	word := strings.ToLower(strings.TrimSpace(value))
	switch key {
	case "question":
		r.Title = strings.TrimSpace(value)
	case "name", "subject", "headline":
		if r.Title == "" {
			r.Title = strings.TrimSpace(value)
		}
	case "text", "answer", "body", "content", "body_html", "html", "solution", "description":
		if strings.TrimSpace(value) != "" {
			r.text = value
		}
	case "html_url", "public_url", "publicUrl", "permalink", "link":
		r.meta.set("url", value)
	case "draft", "is_draft", "archived":
		r.draft = r.draft || word == "true" || word == "1"
	case "published":
		r.draft = r.draft || word == "false" || word == "0"
	case "state", "status":
		switch word {
		case "draft", "unpublished", "notpublished", "not published", "archived", "deleted", "trash":
			r.draft = true
		}
	case "visibility":
		r.closed = r.closed || word == "internal" || word == "private" || word == "agents" || word == "restricted"
	case "user_segment_id", "user_segment_ids":
		r.closed = r.closed || word != ""
	case "section_id", "folder_id":
		r.section = word
	default:
		r.meta.set(key, value)
	}
}

// htmlPart is what HTML has and Markdown, which may hold a tag here and there, does not.
var htmlPart = regexp.MustCompile(`(?i)</(?:p|div|li|h[1-6]|ul|ol|td)>`)

// addRow makes a document of a row. A row without an id gets one of its title, or else of its text, so that it keeps it
// when other rows come and go.
func (r *run) addRow(x row, at origin, name string) {
	if x.draft {
		r.reject(at, errors.New("is not published: a draft, or archived"))
		return
	}
	var found []hidden.Finding
	if looksHTML(x.text) || htmlPart.MatchString(x.text) {
		var err error
		if x.text, found, err = fragmentHTML(x.text); err != nil {
			r.reject(at, err)
			return
		}
	}
	if strings.TrimSpace(x.text) == "" {
		r.reject(at, errors.New("row has no text"))
		return
	}
	if x.ID == "" && at.row == 0 {
		x.ID = slug(strings.TrimSuffix(name, path.Ext(name)))
	}
	if x.ID == "" {
		key := x.Title
		if key == "" {
			key = x.text
		}
		x.ID = strings.TrimPrefix(slug(strings.TrimSuffix(name, path.Ext(name)))+"-"+digest(key), "-")
	}
	if x.closed && x.Audience == "" {
		x.Audience = closedAudience
	}
	d, err := x.document(x.text)
	if err != nil {
		r.reject(at, err)
		return
	}
	if d.Title == "" {
		d.Title = deriveTitle(d.Body, "")
	}
	if x.exported {
		d.ID = r.translated(d)
	}
	if x.section != "" {
		r.filing.wait(d.ID, x.section)
	}
	r.add(article{d, found}, at)
}

// closedAudience is who may read an article that an export gives to some customers only, without saying to whom in our
// terms. The staff may; who else may is for the owner to say.
const closedAudience = "internal"

// readJSONL reads one JSON object a line. Values may be strings, numbers, booleans or, for supersedes, lists of
// strings; keys that mean nothing here may hold anything.
func readJSONL(ctx context.Context, r *run, in io.Reader, source, name string) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	rows := 0
	for n := 1; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, tooLong, err := readLine(lines, r.options.MaxRow)
		if err != nil && !errors.Is(err, io.EOF) {
			return notToTheEnd(err)
		}
		if end := errors.Is(err, io.EOF); end && len(line) == 0 && !tooLong {
			return nil
		}
		at := origin{source: source, row: n}
		switch {
		case tooLong:
			rows++
			r.reject(at, fmt.Errorf("row is longer than %d bytes", r.options.MaxRow))
		case len(bytes.TrimSpace(line)) == 0:
			continue
		case rows == r.options.MaxRows:
			return fmt.Errorf("has more than %d rows; the rest was left out", r.options.MaxRows)
		default:
			rows++
			if x, err := parseJSONRow(line); err != nil {
				r.reject(at, err)
			} else {
				r.addRow(x, at, name)
			}
		}
	}
}

// readLine reads up to a line break. Of a line longer than limit it keeps nothing.
func readLine(in *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if len(line) > limit {
			line, tooLong = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func parseJSONRow(line []byte) (row, error) {
	text, err := clean(line)
	if err != nil {
		return row{}, err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return row{}, fmt.Errorf("row is no JSON object: %w", err)
	}
	var x row
	for _, key := range rowKeys {
		raw, ok := values[key]
		if !ok || string(raw) == "null" {
			continue
		}
		if err := x.setJSON(key, raw); err != nil {
			return row{}, err
		}
	}
	return x, nil
}

// rowKeys are the names that mean something, of those for one thing the better ones later, and of topics the outer ones
// first.
var rowKeys = []string{
	"_id", "id", "headline", "subject", "name", "question", "title",
	"description", "solution", "html", "body_html", "content", "body", "answer", "text",
	"link", "permalink", "publicUrl", "public_url", "url", "html_url", "locale", "language", "lang",
	"audience", "visibility", "user_segment_id", "user_segment_ids", "draft", "is_draft", "archived", "published", "state", "status",
	"owner", "valid_from", "valid_to", "review_by", "supersedes",
	"domain", "category", "category_name", "collection", "section_path", "folder_name", "folder_id", "section", "section_name", "section_id",
	"product", "entity", "topics", "tags", "label_names", "questions",
}

// setJSON takes a value as it is written in JSON.
func (r *row) setJSON(key string, raw json.RawMessage) error {
	list := r.listed(key)
	if list != nil && raw[0] == '[' {
		var words []string
		if err := json.Unmarshal(raw, &words); err != nil && !foreign(key) {
			return fmt.Errorf("%s is not a list of words", key)
		}
		*list = append(*list, words...)
		return nil
	}
	if list != nil && raw[0] == '{' { // a section with its own name
		var thing struct{ Name, Title string }
		if json.Unmarshal(raw, &thing) == nil && thing.Name+thing.Title != "" {
			*list = append(*list, cmp.Or(thing.Name, thing.Title))
		}
		return nil
	}
	value, err := scalar(raw)
	switch {
	case err == nil:
		r.set(key, value)
	case key == "user_segment_ids" && string(raw) != "[]":
		r.closed = true
	case !required(key):
	default:
		return fmt.Errorf("%s is not a single value", key)
	}
	return nil
}

// required reports whether a key is ours alone: under other tools' names there may be what we cannot read.
func required(key string) bool {
	switch key {
	case "_id", "id", "title", "question", "answer", "text", "lang", "audience", "owner", "valid_from", "valid_to", "review_by", "supersedes", "topics", "questions", "url":
		return true
	}
	return false
}

// scalar is a JSON string's value, or a number or boolean as it is written.
func scalar(raw json.RawMessage) (string, error) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case '{', '[':
		return "", errors.New("not a scalar")
	}
	return string(raw), nil
}

// readCSV reads a table whose first row names the columns, separated by commas, semicolons or tabs.
func readCSV(ctx context.Context, r *run, in io.Reader, source, name string) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	if bom, _ := lines.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = lines.Discard(3)
	}
	// What the reader may hold of one row is bounded by counting what goes in while it reads one.
	limited := &rowLimit{in: lines, limit: r.options.MaxRow}
	table := csv.NewReader(limited)
	table.Comma = separator(lines)
	table.FieldsPerRecord = -1
	table.LazyQuotes = true
	names, err := table.Read()
	if err != nil {
		return errors.New("has no row with the columns' names")
	}
	if err := checkColumns(names); err != nil {
		return err
	}
	for rows := 0; ; rows++ {
		if rows == r.options.MaxRows {
			return fmt.Errorf("has more than %d rows; the rest was left out", r.options.MaxRows)
		}
		if rows%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		limited.taken = 0
		cells, err := table.Read()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errRowTooLong):
			return fmt.Errorf("a row is longer than %d bytes; the rest was left out", r.options.MaxRow)
		case errors.As(err, new(limitError)):
			return notToTheEnd(err)
		case err != nil:
			return errors.New("is no CSV file, or a quotation mark is missing")
		}
		line, _ := table.FieldPos(0)
		r.addCells(names, cells, origin{source: source, row: line}, name)
	}
}

func (r *run) addCells(names, cells []string, at origin, name string) {
	if len(cells) > len(names) {
		r.reject(at, fmt.Errorf("row has %d cells, the table has %d columns", len(cells), len(names)))
		return
	}
	for _, c := range cells {
		if _, err := clean([]byte(c)); err != nil {
			r.reject(at, err)
			return
		}
	}
	var x row
	for i, c := range cells {
		x.set(names[i], c)
	}
	r.addRow(x, at, name)
}

// checkColumns puts the names into the form that row.set knows and says whether there is a column of texts.
func checkColumns(names []string) error {
	var x row
	for i, n := range names {
		names[i] = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(n)), " ", "_")
		x.set(names[i], "x")
	}
	if x.text == "" {
		return errors.New("the first row names no column text or answer")
	}
	return nil
}

// separator guesses what separates the columns from the line that names them.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(4 << 10)
	head, _, _ = bytes.Cut(head, []byte("\n"))
	best, most := ',', bytes.Count(head, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

var errRowTooLong = errors.New("row too long")

// rowLimit fails when more than limit bytes, and what a reader takes ahead, are read without a reset of taken.
type rowLimit struct {
	in    io.Reader
	limit int
	taken int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.taken > l.limit {
		return 0, errRowTooLong
	}
	n, err := l.in.Read(p)
	l.taken += n
	return n, err
}
