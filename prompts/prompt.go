package prompts

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"switchboard"
)

// Prompt is one immutable version of a template, ready to render. It is safe for concurrent use.
type Prompt struct {
	key, name, variant string
	hash               string
	src                *source
	partials           map[string]*source // by file name, the indirect ones too
	schema             *schema            // the partials' variables included
	defaults           *record
	sections           []section
	chat               bool
	used               map[string]bool
	exposed            []Finding
	says               func() string // its instructions, collected once
	size               int           // bytes of the prompt's own text, partials included
}

// section is the stretch of a template under one role marker.
type section struct {
	role    switchboard.Role
	history bool // the conversation goes here
	nodes   []node
	line    int
	marked  bool // a marker opened it, even if nothing follows
}

// Key is the name with its variant: "decline.es".
func (p *Prompt) Key() string { return p.key }

// Name is the name without a variant: "decline".
func (p *Prompt) Name() string { return p.name }

// Variant is "es" of "decline.es", "" of a base.
func (p *Prompt) Variant() string { return p.variant }

// Hash is the version: 64 hexadecimal digits of the SHA-256 over the prompt's source and its partials'.
func (p *Prompt) Hash() string { return p.hash }

// Ref names the version in records: "decline.es@1f2e3d4c".
func (p *Prompt) Ref() string { return p.key + "@" + p.hash[:8] }

// Model is what the front matter asks of the model.
func (p *Prompt) Model() Model { return p.src.front.model }

// Description is the front matter's.
func (p *Prompt) Description() string { return p.src.front.description }

// Source is the file's text with normalised line ends.
func (p *Prompt) Source() string { return p.src.text }

// Chat reports whether the prompt has role markers, so that it is for a model. One without is a reply's text.
func (p *Prompt) Chat() bool { return p.chat }

// Render fills the prompt for a model. Only the template's own markers make messages: a value is text in one of them
// whatever it holds, and control tokens of common chat templates in it are broken up. Text around a message is
// trimmed of white space; a message without text is left out. Where the prompt has no {{history}}, the history goes
// before the last message of the user. The error says that the history holds another role than user or assistant, or
// that nothing at all came out.
func (p *Prompt) Render(in Input) ([]switchboard.Message, error) {
	for i, h := range in.History {
		if h.Role != switchboard.RoleUser && h.Role != switchboard.RoleAssistant {
			return nil, fmt.Errorf("render %s: message %d of the history has role %q", p.key, i+1, h.Role)
		}
	}
	m := newMachine(&in, p.defaults, true, p.size+in.size())
	out := make([]switchboard.Message, 0, len(p.sections)+len(in.History)+1)
	placed := false
	for i := range p.sections {
		s := &p.sections[i]
		if s.history {
			placed = true
			out = appendHistory(out, in.History)
			continue
		}
		if text := m.message(s.nodes); text != "" {
			out = append(out, switchboard.Message{Role: s.role, Text: text})
		}
	}
	if !placed {
		out = insertHistory(out, in.History)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("render %s: nothing came out", p.key)
	}
	return out, nil
}

// RenderText fills a reply template, one without role markers.
func (p *Prompt) RenderText(in Input) (string, error) {
	if p.chat {
		return "", fmt.Errorf("render %s: it has roles, so it is no single text", p.key)
	}
	m := newMachine(&in, p.defaults, false, p.size+256)
	for i := range p.sections {
		if text := m.message(p.sections[i].nodes); text != "" {
			return text, nil
		}
	}
	return "", fmt.Errorf("render %s: %w", p.key, errEmpty)
}

var errEmpty = errors.New("nothing came out")

func (m *machine) message(nodes []node) string {
	m.out = m.out[:0]
	m.run(nodes)
	return string(bytes.TrimSpace(m.out))
}

func appendHistory(out, history []switchboard.Message) []switchboard.Message {
	for _, h := range history {
		if strings.ContainsAny(h.Text, "<[") {
			h.Text = string(appendHardened(make([]byte, 0, len(h.Text)+8), h.Text))
		}
		out = append(out, h)
	}
	return out
}

func insertHistory(out, history []switchboard.Message) []switchboard.Message {
	last := len(out) - 1
	if last < 0 || out[last].Role != switchboard.RoleUser {
		return appendHistory(out, history)
	}
	question := out[last]
	return append(appendHistory(out[:last], history), question)
}
