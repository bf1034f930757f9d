package ingest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// row is a row of a CSV or JSONL file: what it says about a document, and its text.
type row struct {
	meta
	text string
}

// set takes one named value. FAQ files call the title a question and the text an answer.
func (r *row) set(key, value string) {
	switch key {
	case "question":
		r.Title = strings.TrimSpace(value)
	case "text", "answer", "body", "content":
		r.text = value
	default:
		r.meta.set(key, value)
	}
}

// add makes a document of a row. A row without an id gets one of its title, or else of its text, so that it keeps it
// when other rows come and go.
func (r *run) addRow(x row, at origin, name string) {
	if strings.TrimSpace(x.text) == "" {
		r.reject(at, errors.New("row has no text"))
		return
	}
	if x.ID == "" {
		key := x.Title
		if key == "" {
			key = x.text
		}
		x.ID = slug(strings.TrimSuffix(name, path.Ext(name))) + "-" + digest(key)
	}
	d, err := x.document(x.text)
	if err != nil {
		r.reject(at, err)
		return
	}
	if d.Title == "" {
		d.Title = deriveTitle(d.Body, "")
	}
	r.add(d, at)
}

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
			return errors.New("cannot be read to the end")
		}
		if end := errors.Is(err, io.EOF); end && len(line) == 0 && !tooLong {
			return nil
		}
		at := origin{source, n}
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
	for _, key := range []string{
		"_id", "id", "question", "title", "answer", "text", "url", "lang", "audience", "owner", "valid_from", "valid_to",
		"review_by", "supersedes", "domain", "category", "section_path", "section", "product", "entity", "topics", "tags",
	} {
		raw, ok := values[key]
		if !ok || string(raw) == "null" {
			continue
		}
		if list := x.listed(key); list != nil && raw[0] == '[' {
			var words []string
			if err := json.Unmarshal(raw, &words); err != nil && !foreign(key) {
				return row{}, fmt.Errorf("%s is not a list of words", key)
			}
			*list = append(*list, words...)
			continue
		}
		value, err := scalar(raw)
		if err != nil && foreign(key) {
			continue
		}
		if err != nil {
			return row{}, fmt.Errorf("%s is not a single value", key)
		}
		x.set(key, value)
	}
	return x, nil
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
		case err != nil:
			return errors.New("is no CSV file, or a quotation mark is missing")
		}
		line, _ := table.FieldPos(0)
		r.addCells(names, cells, origin{source, line}, name)
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
