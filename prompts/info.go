package prompts

import (
	"maps"
	"slices"
	"strings"

	"switchboard"
)

// Info describes a prompt in plain data, for lists.
type Info struct {
	Key         string     `json:"key"` // "decline.es"
	Name        string     `json:"name"`
	Variant     string     `json:"variant,omitempty"`
	File        string     `json:"file"`
	Ref         string     `json:"ref"`
	Hash        string     `json:"hash"`
	Kind        string     `json:"kind"` // "chat" for a model, "text" for a reply
	Description string     `json:"description,omitempty"`
	Model       Model      `json:"model"`
	Output      string     `json:"output,omitempty"`
	Roles       []string   `json:"roles,omitempty"` // of a chat prompt, in order; "history" where that goes
	Variables   []Variable `json:"variables"`
	Partials    []string   `json:"partials"`
	Bytes       int        `json:"bytes"` // of the source, partials not counted
}

// Variable is one entry of an input schema, a partial's included.
type Variable struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Optional    bool   `json:"optional,omitempty"`
	Default     string `json:"default,omitempty"` // as JSON
	Description string `json:"description,omitempty"`
	Used        bool   `json:"used"`
}

// List describes every prompt, in order of keys.
func (s *Set) List() []Info {
	out := make([]Info, 0, len(s.prompts))
	for _, p := range s.sorted() {
		out = append(out, p.Info())
	}
	return out
}

// Info describes the prompt.
func (p *Prompt) Info() Info {
	out := Info{
		Key: p.key, Name: p.name, Variant: p.variant, File: p.src.file, Ref: p.Ref(), Hash: p.hash, Kind: "text",
		Description: p.Description(), Model: p.Model(), Output: p.src.front.output,
		Variables: make([]Variable, 0, len(p.schema.fields)), Partials: []string{}, Bytes: len(p.src.text),
	}
	if p.chat {
		out.Kind = "chat"
		for _, s := range p.sections {
			switch {
			case s.history:
				out.Roles = append(out.Roles, "history")
			case !blank(s.nodes):
				out.Roles = append(out.Roles, string(s.role))
			}
		}
	}
	for _, f := range p.schema.fields {
		v := Variable{
			Name: f.name, Type: f.typ.String(), Optional: f.optional, Description: f.typ.description, Used: p.used[f.name],
		}
		if d := p.defaults.field(f.name); d.kind != kindNone {
			v.Default = string(d.appendJSON(nil))
		}
		out.Variables = append(out.Variables, v)
	}
	for _, file := range slices.Sorted(maps.Keys(p.partials)) {
		out.Partials = append(out.Partials, p.partials[file].key)
	}
	return out
}

// Instructions is the text that the system's sections of a chat prompt say of themselves, without any value: what a
// reply must not repeat.
func (p *Prompt) Instructions() string { return p.says() }

func (p *Prompt) instructions() string {
	var b strings.Builder
	for _, s := range p.sections {
		if s.role == switchboard.RoleSystem {
			writeStatic(&b, s.nodes)
		}
	}
	return strings.TrimSpace(b.String())
}

// writeStatic collects a tree's own text, that of all branches and of partials.
func writeStatic(b *strings.Builder, nodes []node) {
	walkNodes(nodes, func(n node) bool {
		switch n := n.(type) {
		case textNode:
			b.WriteString(n.text)
		case *partialNode:
			if n.file != nil {
				writeStatic(b, n.file.nodes)
			}
		}
		return true
	})
}

// Sample is an Input with something in every field, for looking at a prompt without a conversation.
func Sample(lang string) Input {
	in := Input{
		Operator: "Vireo", Assistant: "Vi", Lang: lang, Question: "What does roaming cost in Switzerland?",
		Shown: "Switzerland is in roaming zone B [1].", Reference: "R-EXAMPLE",
		Back: "on Monday 7 December at 08:00 (GMT)", Position: "3", Wait: "about 4 minutes",
		Confirmed: "R-EXAMPLE", Urgent: "Please call the emergency number now.",
		Choices: []string{"Roaming with a day pass", "Roaming without a pass"},
		Topics:  []string{"bills and payments", "plans and roaming", "broadband and mobile network"},
		Passages: []Passage{
			{N: 1, Title: "Roaming zones", Section: "Zone B", URL: "https://help.example/roaming", Text: "Switzerland is in zone B.\nA day pass covers it."},
			{N: 2, Title: "Day passes", URL: "https://help.example/passes", Text: "A day pass starts with the first use abroad."},
		},
		History: []switchboard.Message{
			{Role: switchboard.RoleUser, Text: "I am going abroad next week."},
			{Role: switchboard.RoleAssistant, Text: "Which country are you going to?"},
		},
	}
	in.Quotes = in.Passages[:1]
	if primaryTag(lang) == "es" {
		in.Back, in.Wait = "el lunes 7 de diciembre a las 08:00 (GMT)", "unos 4 minutos"
		in.Question = "¿Cuánto cuesta el roaming en Suiza?"
		in.Choices = []string{"Roaming con pase diario", "Roaming sin pase"}
		in.Topics = []string{"facturas y pagos", "tarifas y roaming", "internet y red móvil"}
	}
	return in
}
