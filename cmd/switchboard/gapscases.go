package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"switchboard/fallback/gaps"
)

// checkSuite says what is wrong with the name of a suite that cases are to be added to.
func checkSuite(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case "", ".jsonl", ".ndjson", ".yaml", ".yml":
		if path == "" || filepath.Ext(path) != "" {
			return nil
		}
	}
	return usageError{errors.New("--suite must end in .jsonl, .yaml or .yml")}
}

// appendCases adds cases to a suite, which is made where it is missing. The file is replaced whole, or not at all.
func appendCases(path string, cases []gaps.Case) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the suite: %w", err)
	}
	var out []byte
	if isYAML(path) {
		out, err = appendYAML(old, cases)
	} else {
		if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
			old = append(old, '\n')
		}
		out, err = gaps.JSONL(cases)
		out = append(old, out...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replaceFile(path, out)
}

// appendYAML adds cases to a list of tests, or to the tests of a configuration.
func appendYAML(old []byte, cases []gaps.Case) ([]byte, error) {
	var doc, more yaml.Node
	if err := yaml.Unmarshal(old, &doc); err != nil {
		return nil, fmt.Errorf("read the suite: %w", err)
	}
	if err := more.Encode(cases); err != nil {
		return nil, fmt.Errorf("write eval cases: %w", err)
	}
	if len(doc.Content) == 0 {
		return encodeYAML(&more)
	}
	tests := doc.Content[0]
	if tests.Kind == yaml.MappingNode {
		under := member(tests, "tests")
		if under == nil {
			under = &yaml.Node{Kind: yaml.SequenceNode}
			tests.Content = append(tests.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "tests"}, under)
		}
		tests = under
	}
	if tests.Kind != yaml.SequenceNode {
		return nil, errors.New("its tests are in other files: name one of those")
	}
	tests.Content = append(tests.Content, more.Content...)
	return encodeYAML(&doc)
}

func encodeYAML(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(n), enc.Close()); err != nil {
		return nil, fmt.Errorf("write the suite: %w", err)
	}
	return b.Bytes(), nil
}

// dropCase takes the case of a message out of a suite. A suite that is gone has none.
func dropCase(path, message string) error {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the suite: %w", err)
	}
	var out []byte
	if isYAML(path) {
		out, err = dropYAML(old, message)
	} else {
		for line := range bytes.Lines(old) {
			var c gaps.Case
			if json.Unmarshal(line, &c) != nil || c.Metadata["message"] != message {
				out = append(out, line...)
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replaceFile(path, out)
}

func dropYAML(old []byte, message string) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(old, &doc); err != nil {
		return nil, fmt.Errorf("read the suite: %w", err)
	}
	if len(doc.Content) == 0 {
		return old, nil
	}
	tests := doc.Content[0]
	if tests.Kind == yaml.MappingNode {
		if tests = member(tests, "tests"); tests == nil {
			return old, nil
		}
	}
	tests.Content = slices.DeleteFunc(tests.Content, func(n *yaml.Node) bool {
		if n.Kind != yaml.MappingNode {
			return false
		}
		m := member(n, "metadata")
		if m == nil || m.Kind != yaml.MappingNode {
			return false
		}
		of := member(m, "message")
		return of != nil && of.Value == message
	})
	return encodeYAML(&doc)
}

// member is a mapping's value, nil where it has none.
func member(m *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == name {
			return m.Content[i+1]
		}
	}
	return nil
}

func isYAML(path string) bool { return strings.HasPrefix(strings.ToLower(filepath.Ext(path)), ".y") }

// replaceFile replaces a file whole, or not at all.
func replaceFile(path string, content []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, content, 0o644); err != nil { //nolint:gosec // a suite is no secret
		return fmt.Errorf("write the suite: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(fmt.Errorf("write the suite: %w", err), os.Remove(fresh))
	}
	return nil
}
