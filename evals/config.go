package evals

import (
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// config is what a configuration file says besides its tests.
type config struct {
	file      string
	defaults  map[string]any // defaultTest
	templates map[string]any // assertionTemplates
	gate      Gate
}

// Keys of promptfoo's configuration that choose what is asked or how: here the target does that.
var ignoredKeys = []string{
	"providers", "targets", "prompts", "evaluateOptions", "commandLineOptions", "outputPath", "sharing", "tags", "env",
	"tracing", "nunjucksFilters", "derivedMetrics", "writeLatestResults", "$schema", "extensions", "redteam",
}

// config reads a configuration, or the list of tests alone.
func (l *loader) config(name string, data []byte) Suite {
	root, ok := l.yaml(name, data)
	if !ok {
		return Suite{}
	}
	c := config{file: name, gate: strict()}
	if root.Kind == yaml.SequenceNode {
		return Suite{Cases: l.build(c, l.list(c, root)), Gate: c.gate}
	}
	if root.Kind != yaml.MappingNode {
		l.fail(name, root.Line, "want a configuration with tests, or a list of tests")
		return Suite{}
	}
	var s Suite
	var tests *yaml.Node
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, node := root.Content[i], root.Content[i+1]
		switch k := key.Value; {
		case k == "tests":
			tests = node
		case k == "description":
			s.Description = node.Value
		case k == "defaultTest":
			c.defaults = l.mapping(name, node)
		case k == "assertionTemplates":
			c.templates = l.mapping(name, node)
		case k == "x-gate":
			c.gate = l.gate(name, node)
		case k == "metadata":
			l.gateInMetadata(name, node, &c)
		case slices.Contains(ignoredKeys, k):
			s.Ignored = append(s.Ignored, k)
		case k == "scenarios":
			l.fail(name, key.Line, "scenarios are not supported: write their tests out")
		case !strings.HasPrefix(k, "x-"):
			l.fail(name, key.Line, "unknown key %q", k)
		}
	}
	if tests == nil {
		l.fail(name, 0, "the configuration has no tests")
		return Suite{}
	}
	s.Cases, s.Gate = l.build(c, l.list(c, tests)), c.gate
	return s
}

// mapping decodes a node that must be a mapping. Aliases and merge keys are resolved, within the decoder's limits.
func (l *loader) mapping(file string, node *yaml.Node) map[string]any {
	var m map[string]any
	if err := node.Decode(&m); err != nil {
		l.fail(file, node.Line, "want a mapping: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return m
}

// gateInMetadata takes a gate from a configuration's metadata, where other tools expect additions.
func (l *loader) gateInMetadata(file string, node *yaml.Node, c *config) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "x-gate" {
			c.gate = l.gate(file, node.Content[i+1])
		}
	}
}

// list reads the value of tests: tests, names of test files, or one such name.
func (l *loader) list(c config, node *yaml.Node) []row {
	nodes := node.Content
	if node.Kind == yaml.ScalarNode {
		nodes = []*yaml.Node{node}
	} else if node.Kind != yaml.SequenceNode {
		l.fail(c.file, node.Line, "tests: want a list of tests or the name of a file")
		return nil
	}
	var rows []row
	for _, n := range nodes {
		if n.Kind == yaml.ScalarNode {
			rows = append(rows, l.sibling(c.file, n)...)
		} else if test := l.mapping(c.file, n); test != nil {
			rows = append(rows, row{c.file, n.Line, test})
		}
	}
	return rows
}

// sibling reads the test file that a configuration names. It must lie beside it: a suite from elsewhere cannot make
// this process read other files.
func (l *loader) sibling(file string, node *yaml.Node) []row {
	name := strings.TrimPrefix(node.Value, "file://")
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".csv":
	default:
		l.fail(file, node.Line, "%q: want a .yaml, .json, .jsonl or .csv file of tests; code is never run", node.Value)
		return nil
	}
	if path.Base(path.Clean(name)) != strings.TrimPrefix(name, "./") {
		l.fail(file, node.Line, "%q: a test file must lie in the same folder, and be named without wildcards", node.Value)
		return nil
	}
	if l.files++; l.files > maxFiles {
		l.fail(file, node.Line, "more than %d test files", maxFiles)
		return nil
	}
	full := path.Join(path.Dir(file), path.Base(name))
	if full == path.Clean(file) {
		l.fail(file, node.Line, "a suite cannot name itself")
		return nil
	}
	data, ok := l.read(full)
	if !ok {
		return nil
	}
	return l.rows(full, data)
}

// gate reads the thresholds of a suite.
func (l *loader) gate(file string, node *yaml.Node) Gate {
	var in struct {
		PassRate     *float64                      `yaml:"pass_rate"`
		By           map[string]map[string]float64 `yaml:"by"`
		Metrics      map[string]float64            `yaml:"metrics"`
		LatencyP95MS float64                       `yaml:"latency_p95_ms"`
		CostUSD      float64                       `yaml:"cost_usd"`
	}
	known := []string{"pass_rate", "by", "metrics", "latency_p95_ms", "cost_usd"}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if k := node.Content[i]; !slices.Contains(known, k.Value) {
			l.fail(file, k.Line, "x-gate: unknown key %q", k.Value)
		}
	}
	if err := node.Decode(&in); err != nil {
		l.fail(file, node.Line, "x-gate: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return strict()
	}
	g := Gate{By: in.By, Metrics: in.Metrics}
	g.Most.LatencyP95, g.Most.CostUSD = in.LatencyP95MS, in.CostUSD
	if in.PassRate != nil {
		g.PassRate = *in.PassRate
	}
	rates := []float64{g.PassRate}
	rates = slices.AppendSeq(rates, maps.Values(g.Metrics))
	for _, by := range g.By {
		rates = slices.AppendSeq(rates, maps.Values(by))
	}
	for _, rate := range rates {
		if !(rate >= 0 && rate <= 1) { // as written it refuses NaN too
			l.fail(file, node.Line, "x-gate: a rate is from 0 to 1, not %g", rate)
		}
	}
	return g
}
