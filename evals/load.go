package evals

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits of a suite. They keep a hostile file from costing more than it is worth.
const (
	maxSuiteBytes = 16 << 20
	maxCases      = 20_000
	maxFiles      = 50 // that one configuration may name
)

// SuiteError is what is wrong with a suite, and where.
type SuiteError struct {
	File string
	Line int // 0 where it is the file as a whole
	Text string
}

// Error is "file:line: text".
func (e *SuiteError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Load reads the suite in fsys called name: promptfoo's test format in YAML (.yaml, .yml: a configuration with tests,
// or the list of them alone), JSON, JSONL (a test a row) or CSV. A configuration may name test files that lie beside
// it. All errors are returned at once, joined; each is a *SuiteError, but for the file's not being readable.
func Load(fsys fs.FS, name string) (Suite, error) {
	l := &loader{fsys: fsys}
	s := l.load(name)
	s.Name = path.Base(name)
	if len(l.errs) > 0 {
		return Suite{}, errors.Join(l.errs...)
	}
	if len(s.Cases) == 0 {
		return Suite{}, &SuiteError{File: name, Text: "the suite has no tests"}
	}
	nameCases(s.Cases)
	return s, nil
}

// loader reads one suite and the files that it names.
type loader struct {
	fsys  fs.FS
	files int
	cases int
	errs  []error
}

func (l *loader) fail(file string, line int, format string, args ...any) {
	l.errs = append(l.errs, &SuiteError{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
}

// row is a test as a file has it, before defaults.
type row struct {
	file string
	line int
	test map[string]any
}

// load reads a file that was named on the outside: it may be a configuration.
func (l *loader) load(name string) Suite {
	data, ok := l.read(name)
	if !ok {
		return Suite{}
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return l.config(name, data)
	case ".jsonl", ".ndjson", ".csv":
		c := config{file: name, gate: strict()}
		return Suite{Cases: l.build(c, l.rows(name, data)), Gate: c.gate}
	default:
		l.fail(name, 0, "want a file ending in .yaml, .yml, .json, .jsonl or .csv")
		return Suite{}
	}
}

func (l *loader) read(name string) ([]byte, bool) {
	info, err := fs.Stat(l.fsys, name)
	if err == nil && info.Size() > maxSuiteBytes {
		l.fail(name, 0, "larger than %d MB", maxSuiteBytes>>20)
		return nil, false
	}
	var data []byte
	if err == nil {
		data, err = fs.ReadFile(l.fsys, name)
	}
	if err != nil {
		l.errs = append(l.errs, fmt.Errorf("read suite: %w", err))
		return nil, false
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), true
}

// rows reads a file that holds nothing but tests.
func (l *loader) rows(name string, data []byte) []row {
	switch strings.ToLower(path.Ext(name)) {
	case ".jsonl", ".ndjson":
		return l.jsonl(name, data)
	case ".csv":
		return l.csv(name, data)
	default:
		root, ok := l.yaml(name, data)
		if !ok {
			return nil
		}
		if root.Kind != yaml.SequenceNode {
			l.fail(name, root.Line, "want a list of tests")
			return nil
		}
		return l.list(config{file: name}, root)
	}
}

// yaml parses a YAML document, of which JSON is one kind.
func (l *loader) yaml(name string, data []byte) (*yaml.Node, bool) {
	if path.Ext(name) == ".json" && !json.Valid(data) {
		l.fail(name, 0, "not valid JSON")
		return nil, false
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		l.fail(name, 0, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
		return nil, false
	}
	if len(doc.Content) == 0 {
		l.fail(name, 0, "the file is empty")
		return nil, false
	}
	return doc.Content[0], true
}

// jsonl reads a test a row.
func (l *loader) jsonl(name string, data []byte) []row {
	var rows []row
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 1<<20)
	for line := 1; scan.Scan(); line++ {
		text := bytes.TrimSpace(scan.Bytes())
		if len(text) == 0 {
			continue
		}
		var test map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&test); err != nil {
			l.fail(name, line, "want a JSON object: %v", err)
			continue
		}
		if d.More() {
			l.fail(name, line, "want one JSON object a line")
			continue
		}
		rows = append(rows, row{name, line, test})
	}
	if err := scan.Err(); err != nil {
		l.fail(name, 0, "%v", err)
	}
	return rows
}
