package prompts

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// source is one template file, read and parsed.
type source struct {
	file     string // as in the file system
	key      string // file name without .prompt and without the _ of a partial
	partial  bool
	text     string // normalised
	front    front
	nodes    []node
	bodyLine int
}

// front is what a file's front matter says.
type front struct {
	description string
	model       Model
	output      string  // "text" or "json", "" if not said
	schema      *schema // nil if none is declared
	defaults    *record
	ignored     []string // settings that nothing here uses
	lines       map[string]int
}

// Model is what a prompt's front matter asks of the model. The zero value leaves all to the caller.
type Model struct {
	Name            string   `json:"name,omitempty"`
	Temperature     *float64 `json:"temperature,omitempty"` // 0..2
	TopP            *float64 `json:"top_p,omitempty"`       // 0..1
	MaxOutputTokens int      `json:"max_output_tokens,omitempty"`
	Stop            []string `json:"stop,omitempty"`
}

// normalise makes equal what editors and systems write differently: line ends, a byte order mark, the last line end.
func normalise(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	return strings.TrimRight(text, "\n") + "\n"
}

// parseSource reads a whole file. What is wrong goes to report.
func parseSource(file, text string, report reporter) *source {
	key := strings.TrimSuffix(file, extension)
	key, partial := strings.CutPrefix(key, "_")
	s := &source{file: file, key: key, partial: partial, text: normalise(text)}
	if !validKey(key) {
		report(1, "%q is not a prompt's name: letters, digits, - and _, with dots before variants", key)
	}
	matter, matterLine, body, bodyLine, ok := splitFront(s.text)
	if !ok {
		report(1, "front matter is not closed by a line ---")
	}
	f := frontReader{report: report, file: s}
	f.read(matter, matterLine)
	s.bodyLine = bodyLine
	s.nodes = parseTemplate(body, bodyLine, report)
	if strings.TrimSpace(body) == "" {
		report(bodyLine, "the template is empty")
	}
	return s
}

// splitFront finds the front matter: between two lines "---", with only blank lines and # comments before.
func splitFront(text string) (matter string, matterLine int, body string, bodyLine int, ok bool) {
	lines := strings.SplitAfter(text, "\n")
	open := 0
	for open < len(lines) && (strings.TrimSpace(lines[open]) == "" || strings.HasPrefix(lines[open], "#")) {
		open++
	}
	if open == len(lines) || strings.TrimRight(lines[open], " \t\n") != "---" {
		return "", 0, text, 1, true
	}
	for end := open + 1; end < len(lines); end++ {
		if strings.TrimRight(lines[end], " \t\n") == "---" {
			return strings.Join(lines[open+1:end], ""), open + 2, strings.Join(lines[end+1:], ""), end + 2, true
		}
	}
	return "", 0, text, 1, false
}

// frontReader reads front matter, collecting what is wrong.
type frontReader struct {
	report reporter
	file   *source
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (f frontReader) read(matter string, line int) {
	out := &f.file.front
	out.defaults = &record{}
	out.lines = map[string]int{}
	var doc yaml.Node
	// Leading empty lines make the YAML reader's line numbers those of the file.
	if err := yaml.Unmarshal([]byte(strings.Repeat("\n", max(line-1, 0))+matter), &doc); err != nil {
		at := line
		found := yamlLine.FindStringSubmatch(err.Error())
		if len(found) == 2 && found[1] != "" {
			at, _ = strconv.Atoi(found[1])
		}
		f.report(at, "front matter: %s", yamlLine.ReplaceAllString(err.Error(), ""))
		return
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return
	}
	if alias := findAlias(&doc); alias != nil {
		f.report(alias.Line, "front matter: aliases are not supported")
		return
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		if root.Tag != "!!null" {
			f.report(root.Line, "front matter is not a mapping")
		}
		return
	}
	for _, e := range f.entries(root) {
		out.lines[e.key] = e.line
		f.entry(e)
	}
}

type entry struct {
	key   string
	line  int
	value *yaml.Node
}

// entries lists a mapping's pairs and refuses keys that come twice.
func (f frontReader) entries(n *yaml.Node) []entry {
	if n.Kind != yaml.MappingNode {
		if n.Tag != "!!null" {
			f.report(n.Line, "expected a mapping")
		}
		return nil
	}
	seen := map[string]bool{}
	var out []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			f.report(key.Line, "%q stands twice", key.Value)
			continue
		}
		seen[key.Value] = true
		out = append(out, entry{key.Value, key.Line, n.Content[i+1]})
	}
	return out
}

func findAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, c := range n.Content {
		if found := findAlias(c); found != nil {
			return found
		}
	}
	return nil
}

func (f frontReader) entry(e entry) {
	out := &f.file.front
	switch e.key {
	case "name", "variant":
		name, variant, _ := strings.Cut(f.file.key, ".")
		if e.key == "variant" {
			name = variant
		}
		if got := f.text(e); got != name {
			f.report(e.line, "%s is %q, but the file's name says %q", e.key, got, name)
		}
	case "description":
		out.description = f.text(e)
	case "model":
		out.model.Name = f.text(e)
	case "config":
		for _, c := range f.entries(e.value) {
			f.config(c)
		}
	case "input":
		f.input(e)
	case "output":
		f.output(e)
	case "metadata":
	case "tools", "toolDefs", "version", "ext":
		out.ignored = append(out.ignored, e.key)
	default:
		if !strings.Contains(e.key, ".") { // namespaced keys are extensions of other tools
			f.report(e.line, "unknown key %q", e.key)
		}
	}
}

func (f frontReader) text(e entry) string {
	if e.value.Kind != yaml.ScalarNode {
		f.report(e.line, "%s is not text", e.key)
		return ""
	}
	return e.value.Value
}

func (f frontReader) config(e entry) {
	m := &f.file.front.model
	switch e.key {
	case "temperature":
		m.Temperature = f.number(e, 0, 2)
	case "topP":
		m.TopP = f.number(e, 0, 1)
	case "maxOutputTokens":
		n := f.number(e, 1, 1<<20)
		if n == nil {
			return
		}
		if *n != float64(int(*n)) {
			f.report(e.line, "maxOutputTokens is not a whole number")
		}
		m.MaxOutputTokens = int(*n)
	case "stopSequences":
		if err := e.value.Decode(&m.Stop); err != nil {
			f.report(e.line, "stopSequences is not a list of texts")
		}
	default:
		f.file.front.ignored = append(f.file.front.ignored, "config."+e.key)
		f.file.front.lines["config."+e.key] = e.line
	}
}

func (f frontReader) number(e entry, low, high float64) *float64 {
	var n float64
	if err := e.value.Decode(&n); err != nil || !(n >= low && n <= high) {
		f.report(e.line, "%s is not a number from %g to %g", e.key, low, high)
		return nil
	}
	return &n
}

func (f frontReader) input(e entry) {
	out := &f.file.front
	reader := schemaReader{report: f.report}
	var defaults []entry
	for _, c := range f.entries(e.value) {
		switch c.key {
		case "schema":
			if c.value.Kind != yaml.MappingNode {
				f.report(c.line, "input.schema is not a mapping of variables to types")
				continue
			}
			out.schema = reader.read(c.value, 0)
		case "default":
			defaults = f.entries(c.value)
		default:
			f.report(c.line, "unknown key %q in input", c.key)
		}
	}
	for _, d := range defaults {
		var declared *property
		if out.schema != nil {
			declared = out.schema.property(d.key)
		}
		if declared == nil {
			f.report(d.line, "default for %q, which input.schema does not declare", d.key)
			continue
		}
		out.defaults.keys = append(out.defaults.keys, d.key)
		out.defaults.values = append(out.defaults.values, reader.constant(d.key, declared.typ, d.value))
	}
}

func (f frontReader) output(e entry) {
	for _, c := range f.entries(e.value) {
		switch c.key {
		case "format":
			f.file.front.output = f.text(c)
			if got := f.file.front.output; got != "text" && got != "json" {
				f.report(c.line, "output.format is %q: text or json", got)
			}
		case "schema":
			schemaReader{report: f.report}.read(c.value, 0)
		default:
			f.report(c.line, "unknown key %q in output", c.key)
		}
	}
}
