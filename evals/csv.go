package evals

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// csv reads a test a record, in promptfoo's columns: variables by their names, and those that begin with two
// underscores. Rows share the shape of YAML tests from here on.
func (l *loader) csv(name string, data []byte) []row {
	r := csv.NewReader(bytes.NewReader(data))
	r.TrimLeadingSpace = true
	header, err := r.Read()
	if err != nil {
		l.fail(name, 0, "no header row: %v", err)
		return nil
	}
	for i, column := range header {
		header[i] = strings.TrimSpace(column)
		if slices.Contains(header[:i], header[i]) {
			l.fail(name, 1, "two columns are called %q", header[i])
			return nil
		}
	}
	var rows []row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) && errors.Is(err, csv.ErrFieldCount) {
			l.fail(name, bad.Line, "%d columns, the header has %d", len(record), len(header))
			continue
		}
		if err != nil {
			l.fail(name, 0, "%v", err)
			return nil
		}
		line, _ := r.FieldPos(0)
		test, problems := csvTest(header, record)
		for _, p := range problems {
			l.fail(name, line, "%s", p)
		}
		rows = append(rows, row{name, line, test})
	}
}

var expectedColumn = regexp.MustCompile(`^__expected(\d*)$`)

// csvTest makes a test of a record.
func csvTest(header, record []string) (test map[string]any, problems []string) {
	vars, metadata := map[string]any{}, map[string]any{}
	expected, settings := map[int]map[string]any{}, map[string]string{}
	test = map[string]any{"vars": vars, "metadata": metadata}
	metric := ""
	for i, column := range header {
		v := strings.TrimSpace(record[i])
		switch {
		case v == "":
		case expectedColumn.MatchString(column):
			n, _ := strconv.Atoi(expectedColumn.FindStringSubmatch(column)[1])
			expected[n] = expectation(v)
		case strings.HasPrefix(column, "__metadata:"):
			if key, list := strings.CutSuffix(column[len("__metadata:"):], "[]"); list {
				metadata[key] = escapedList(v)
			} else {
				metadata[key] = v
			}
		case column == "__description" || column == "__threshold":
			test[column[2:]] = v
		case column == "__metric":
			metric = v
		case strings.HasPrefix(column, "__config:"):
			settings[column[len("__config:"):]] = v
		case column == "__providerOutput":
			test["providerOutput"] = v
		case strings.HasPrefix(column, "__"):
			problems = append(problems, "unknown column "+strconv.Quote(column))
		default:
			vars[column] = record[i]
		}
	}
	for at, v := range settings {
		column, key, _ := strings.Cut(at, ":")
		m := expectedColumn.FindStringSubmatch(column)
		if m == nil || key != "threshold" {
			problems = append(problems, "__config: want __config:__expected<N>:threshold")
			continue
		}
		n, _ := strconv.Atoi(m[1])
		if a := expected[n]; a != nil {
			a[key] = v
		}
	}
	var asserts []any
	for _, n := range slices.Sorted(maps.Keys(expected)) {
		if metric != "" {
			expected[n]["metric"] = metric
		}
		asserts = append(asserts, expected[n])
	}
	test["assert"] = asserts
	return test, problems
}

// An expectation in a cell: "type: value", "type(threshold): value", or a type alone.
var expectationForm = regexp.MustCompile(`(?s)^((?:not-)?[a-z][a-z0-9-]*)(?:\(([0-9.]+)\))?(?::(.*))?$`)

// Older names in cells.
var cellAliases = map[string]string{"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}

// expectation reads a cell. What has no known type in front is the text to be equal to.
func expectation(cell string) map[string]any {
	m := expectationForm.FindStringSubmatch(cell)
	if m == nil {
		if strings.HasPrefix(cell, "file://") {
			return map[string]any{"type": "javascript", "value": cell}
		}
		return map[string]any{"type": "equals", "value": cell}
	}
	kind, threshold, value := m[1], m[2], strings.TrimSpace(m[3])
	if alias, ok := cellAliases[kind]; ok && m[3] != "" {
		kind = alias
	}
	if !knownType(strings.TrimPrefix(kind, "not-")) {
		return map[string]any{"type": "equals", "value": cell}
	}
	out := map[string]any{"type": kind}
	if threshold != "" {
		out["threshold"] = threshold
	}
	switch {
	case value == "":
	case threshold == "" && (strings.HasSuffix(kind, "latency") || strings.HasSuffix(kind, "cost")):
		out["threshold"] = value // "latency: 500"
	default:
		out["value"] = value
	}
	return out
}

// knownType reports whether name is a type of assertion, ours or promptfoo's.
func knownType(name string) bool {
	_, ok := kinds[name]
	return ok || slices.Contains(codeTypes, name) || slices.Contains(judgeTypes, name) ||
		slices.Contains(otherTypes, name) || strings.HasPrefix(name, "model-graded-")
}

// otherTypes are promptfoo's that need neither code nor a model, and are not made here.
var otherTypes = []string{
	"contains-json", "contains-html", "contains-sql", "contains-xml", "is-html", "is-sql", "is-xml", "f-score",
	"finish-reason", "is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call",
	"tool-call-f1", "levenshtein", "perplexity", "perplexity-score", "rouge-n", "bleu", "gleu", "meteor", "guardrails",
	"is-refusal", "word-count",
}

// escapedList splits at commas that no backslash precedes.
func escapedList(s string) []any {
	const mark = "\x00"
	var out []any
	for _, item := range strings.Split(strings.ReplaceAll(s, `\,`, mark), ",") {
		out = append(out, strings.ReplaceAll(strings.TrimSpace(item), mark, ","))
	}
	return out
}
