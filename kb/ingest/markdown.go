package ingest

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"switchboard/kb"
)

// maxFrontMatter bounds the front matter, in bytes.
const maxFrontMatter = 64 << 10

// readMarkdown reads an article with or without front matter between lines of three hyphens.
func readMarkdown(text string) (kb.Document, error) {
	front, body, err := splitFrontMatter(text)
	if err != nil {
		return kb.Document{}, err
	}
	var m meta
	if err := m.readYAML(front); err != nil {
		return kb.Document{}, fmt.Errorf("front matter: %w", err)
	}
	return m.document(strings.TrimLeft(body, "\r\n"))
}

// splitFrontMatter returns "" as front where there is none.
func splitFrontMatter(text string) (front, body string, err error) {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimRight(first, " \t\r") != "---" {
		return "", text, nil
	}
	at := 0
	for line := range strings.Lines(rest) {
		if s := strings.TrimRight(line, " \t\r\n"); s == "---" || s == "..." {
			return rest[:at], rest[at+len(line):], nil
		}
		at += len(line)
		if at > maxFrontMatter {
			return "", "", fmt.Errorf("front matter does not end within %d bytes", maxFrontMatter)
		}
	}
	if !strings.Contains(rest, ":") {
		return "", text, nil // a thematic break, not front matter
	}
	return "", "", errors.New("front matter does not end: no second line of three hyphens")
}

// readYAML takes a mapping's scalars, and the lists under supersedes, topics and questions. It goes over the nodes itself: no
// aliases, so nothing can grow, and an unknown key may hold anything.
func (m *meta) readYAML(front string) error {
	if strings.TrimSpace(front) == "" {
		return nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(front), &doc); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if doc.Kind == 0 || len(doc.Content) == 0 { // comments only
		return nil
	}
	if doc.Kind != yaml.DocumentNode || doc.Content[0].Kind != yaml.MappingNode {
		return errors.New("is not a mapping of keys to values")
	}
	pairs := doc.Content[0].Content
	seen := map[string]bool{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i].Value, pairs[i+1]
		known := new(meta).set(key, "")
		if !known {
			continue
		}
		if seen[key] {
			return fmt.Errorf("line %d: %s is given twice", pairs[i].Line+1, key)
		}
		seen[key] = true
		if err := m.setNode(key, value); err != nil && !foreign(key) {
			return fmt.Errorf("line %d: %w", value.Line+1, err)
		}
	}
	return nil
}

func (m *meta) setNode(key string, value *yaml.Node) error {
	switch {
	case value.Kind == yaml.ScalarNode && value.Tag == "!!null":
		return nil
	case value.Kind == yaml.ScalarNode:
		m.set(key, value.Value)
		return nil
	case value.Kind == yaml.SequenceNode && m.listed(key) != nil:
		list := m.listed(key)
		for _, item := range value.Content {
			if item.Kind != yaml.ScalarNode {
				return fmt.Errorf("%s is not a list of words", key)
			}
			*list = append(*list, item.Value)
		}
		return nil
	case value.Kind == yaml.AliasNode:
		return fmt.Errorf("%s is an alias, which front matter may not have", key)
	}
	return fmt.Errorf("%s is not a single value", key)
}
