package prompts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"switchboard"
)

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // will not do what it seems to say
	SeverityWarning Severity = "warning" // weaker or riskier than it could be
	SeverityInfo    Severity = "info"    // worth knowing
)

// Finding is something in a prompt that loads but should be looked at.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"` // a stable name
	Text     string   `json:"text"`
}

// String is "file:line: severity: what (rule)".
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s (%s)", f.File, f.Line, f.Severity, f.Text, f.Rule)
}

// Limits of the rules "long-prompt" and "long-reply", in bytes of a template's own text. A token is about four bytes.
const (
	longPrompt = 8000
	longReply  = 900
)

// lintRule looks at one prompt. Each is a row of lintRules.
type lintRule func(s *Set, p *Prompt) []Finding

func lintRules() []lintRule {
	return []lintRule{
		unusedVariables, ignoredSettings, roleOrder, dataRule, tooLong, variantDiffers, literalMarkers, foreignText,
	}
}

// Lint looks at every prompt and lists what it finds by file and line.
func (s *Set) Lint() []Finding {
	var out []Finding
	for _, p := range s.sorted() {
		for _, rule := range lintRules() {
			out = append(out, rule(s, p)...)
		}
	}
	out = append(out, s.unusedPartials()...)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.Compact(out) // a partial is looked at once for each prompt that has it
}

func (p *Prompt) finding(line int, severity Severity, rule, format string, args ...any) Finding {
	return Finding{p.src.file, max(line, 1), severity, rule, fmt.Sprintf(format, args...)}
}

func unusedVariables(_ *Set, p *Prompt) (out []Finding) {
	if p.src.front.schema == nil {
		return nil
	}
	for _, f := range p.src.front.schema.fields {
		if !p.used[f.name] {
			out = append(out, p.finding(f.line, SeverityWarning, "unused-variable", "%q is declared but never used", f.name))
		}
	}
	return out
}

func ignoredSettings(_ *Set, p *Prompt) (out []Finding) {
	for _, key := range p.src.front.ignored {
		out = append(out, p.finding(p.src.front.lines[key], SeverityWarning, "ignored-setting", "%s has no effect here", key))
	}
	return out
}

// roleOrder wants a system's message first, the user's last, the history in sight, and no marker without a text.
func roleOrder(_ *Set, p *Prompt) (out []Finding) {
	if !p.chat {
		return nil
	}
	var last *section
	system, history := false, false
	for i := range p.sections {
		s := &p.sections[i]
		switch {
		case s.history:
			history = true
		case blank(s.nodes):
			if s.marked {
				out = append(out, p.finding(s.line, SeverityError, "empty-role", "{{role %q}} has no text", s.role))
			}
			continue
		case s.role == switchboard.RoleSystem:
			if system || i > 0 {
				out = append(out, p.finding(s.line, SeverityWarning, "late-system", "a system's message that is not the first"))
			}
			system = true
		}
		last = s
	}
	if !system {
		out = append(out, p.finding(p.src.bodyLine, SeverityWarning, "no-system", "a chat prompt without {{role \"system\"}}"))
	}
	if !history {
		out = append(out, p.finding(p.src.bodyLine, SeverityInfo, "no-history",
			"no {{history}}: the conversation goes before the last user message"))
	}
	if last != nil && (last.history || last.role != switchboard.RoleUser) {
		out = append(out, p.finding(last.line, SeverityWarning, "trailing-role", "the last message is not the user's"))
	}
	return out
}

// dataRule wants a prompt with passages to say that they are data.
func dataRule(_ *Set, p *Prompt) []Finding {
	if !p.chat || !p.used["passages"] && !p.used["quotes"] {
		return nil
	}
	words := strings.ToLower(p.Instructions())
	for _, says := range [][2]string{{"data", "instructions"}, {"data", "rules"}, {"datos", "instrucciones"}} {
		if strings.Contains(words, says[0]) && strings.Contains(words, says[1]) {
			return nil
		}
	}
	return []Finding{p.finding(p.src.bodyLine, SeverityWarning, "no-data-rule",
		"passages are used, but the system's text does not say that they are data and not instructions")}
}

func tooLong(_ *Set, p *Prompt) []Finding {
	var b strings.Builder
	for _, s := range p.sections {
		writeStatic(&b, s.nodes)
	}
	limit, rule := longReply, "long-reply"
	if p.chat {
		limit, rule = longPrompt, "long-prompt"
	}
	if b.Len() <= limit {
		return nil
	}
	return []Finding{p.finding(p.src.bodyLine, SeverityWarning, rule, "%d bytes of its own text, more than %d", b.Len(), limit)}
}

// variantDiffers wants a variant to be of its base's kind and to declare the same variables.
func variantDiffers(s *Set, p *Prompt) (out []Finding) {
	base := s.prompts[p.name]
	if p.variant == "" || base == nil {
		return nil
	}
	if p.chat != base.chat {
		out = append(out, p.finding(p.src.bodyLine, SeverityError, "variant-kind",
			"only one of this and %s has role markers", base.src.file))
	}
	for _, f := range p.schema.fields {
		have := base.schema.property(f.name)
		switch {
		case have == nil:
			out = append(out, p.finding(f.line, SeverityWarning, "variant-schema", "%q is not declared in %s", f.name, base.src.file))
		case have.typ.String() != f.typ.String() || have.optional != f.optional:
			out = append(out, p.finding(f.line, SeverityWarning, "variant-schema", "%q is declared differently in %s", f.name, base.src.file))
		}
	}
	for _, f := range base.schema.fields {
		if p.schema.property(f.name) == nil {
			out = append(out, p.finding(1, SeverityWarning, "variant-schema", "%q of %s is not declared", f.name, base.src.file))
		}
	}
	return out
}

// literalMarkers finds markers where they are only text: other programs would obey them, this one writes them out.
func literalMarkers(_ *Set, p *Prompt) (out []Finding) {
	files := []*source{p.src}
	for _, file := range slices.Sorted(maps.Keys(p.partials)) {
		files = append(files, p.partials[file])
	}
	for _, src := range files {
		walkNodes(src.nodes, func(n node) bool {
			if t, ok := n.(textNode); ok {
				if line := markerLine(t.text, t.line); line > 0 {
					out = append(out, Finding{
						src.file, line, SeverityError, "literal-marker",
						"<<<dotprompt:…>>> is plain text here: write {{role …}} or {{history}}",
					})
				}
			}
			return true
		})
		for i, v := range src.front.defaults.values {
			text := v.string()
			if strings.Contains(text, "<<<dotprompt:") || strings.Contains(text, "{{") {
				out = append(out, Finding{
					src.file, src.front.lines["input"], SeverityError, "literal-marker",
					fmt.Sprintf("default of %s holds a marker or tag, which stays plain text", src.front.defaults.keys[i]),
				})
			}
		}
	}
	return out
}

func markerLine(text string, line int) int {
	before, _, found := strings.Cut(text, "<<<dotprompt:")
	if !found {
		return 0
	}
	return line + strings.Count(before, "\n")
}

func foreignText(_ *Set, p *Prompt) []Finding { return p.exposed }

func (s *Set) unusedPartials() (out []Finding) {
	wanted := map[string]bool{}
	for _, p := range s.prompts {
		for file := range p.partials {
			wanted[file] = true
		}
	}
	for file, src := range s.files {
		if src.partial && !wanted[file] {
			out = append(out, Finding{file, 1, SeverityInfo, "unused-partial", "no prompt includes it, so it is not checked"})
		}
	}
	return out
}
