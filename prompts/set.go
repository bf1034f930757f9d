package prompts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"switchboard"
)

// The prompts that the gateway asks for by name. Default has them all.
const (
	NameAnswer              = "answer"
	NameContinue            = "continue"
	NameGreeting            = "greeting"
	NameDisclosure          = "disclosure"
	NameSmallTalkGreeting   = "smalltalk-greeting"
	NameSmallTalkThanks     = "smalltalk-thanks"
	NameSmallTalkGoodbye    = "smalltalk-goodbye"
	NameSmallTalkAbout      = "smalltalk-about"
	NameDecline             = "decline"
	NameDeclineUnsafe       = "decline-unsafe"
	NameNoEvidence          = "no-evidence"
	NameClarify             = "clarify"
	NameClarifyVague        = "clarify-vague"
	NameClarifyExhausted    = "clarify-exhausted"
	NameHandoffRequested    = "handoff-requested"
	NameHandoffAcknowledged = "handoff-acknowledged"
	NameHandoffFailed       = "handoff-failed"
	NameUrgent              = "urgent"
	NameDeclineAgain        = "decline-again"
	NameAngry               = "angry"
	NameVulnerable          = "vulnerable"
	NameCareAngry           = "care-angry"
	NameCareVulnerable      = "care-vulnerable"
	NameWithHuman           = "with-human"
	NameBlocked             = "blocked"
	NameDegradedLead        = "degraded-lead"
	NameDegradedTail        = "degraded-tail"
	NameDegradedEmpty       = "degraded-empty"
	NameQuotedLead          = "quoted-lead"
)

// NotInPassages is what a model writes, alone, when the passages do not answer. The answer prompt asks for it.
const NotInPassages = "NOT_IN_PASSAGES"

// Names lists the prompts that a gateway needs.
func Names() []string {
	return []string{
		NameAnswer, NameContinue, NameGreeting, NameDisclosure, NameSmallTalkGreeting, NameSmallTalkThanks,
		NameSmallTalkGoodbye, NameSmallTalkAbout, NameDecline, NameDeclineUnsafe, NameNoEvidence, NameClarify,
		NameClarifyVague, NameClarifyExhausted, NameHandoffRequested, NameHandoffAcknowledged, NameHandoffFailed,
		NameUrgent, NameDeclineAgain, NameAngry, NameVulnerable, NameCareAngry, NameCareVulnerable, NameWithHuman, NameBlocked, NameDegradedLead, NameDegradedTail, NameDegradedEmpty, NameQuotedLead,
	}
}

// Set is a folder of prompts, checked and linked. It is immutable and safe for concurrent use.
type Set struct {
	files   map[string]*source // by file name
	prompts map[string]*Prompt // by key
}

// Versions maps each prompt's key to its hash. Partials are in the hashes of those that use them.
func (s *Set) Versions() map[string]string {
	out := make(map[string]string, len(s.prompts))
	for key, p := range s.prompts {
		out[key] = p.hash
	}
	return out
}

// Prompt finds a prompt for a language: the variant of that tag, of its primary tag ("es" of "es-MX"), or the base.
// The name may itself have a variant ("answer.b"), whose languages are then "answer.b.es". The error is NotFound.
func (s *Set) Prompt(name, lang string) (*Prompt, error) {
	if lang != "" {
		if p := s.prompts[name+"."+lang]; p != nil {
			return p, nil
		}
		if p := s.prompts[name+"."+primaryTag(lang)]; p != nil {
			return p, nil
		}
	}
	if p := s.prompts[name]; p != nil {
		return p, nil
	}
	return nil, switchboard.Errorf(switchboard.NotFound, "there is no prompt %q", name)
}

// Text renders a reply template in a language.
func (s *Set) Text(name, lang string, in Input) (string, error) {
	p, err := s.Prompt(name, lang)
	if err != nil {
		return "", err
	}
	return p.RenderText(in)
}

// Require says which of the names are missing, or are not of the kind that the gateway uses them for.
func (s *Set) Require(names ...string) error {
	var bad []error
	for _, name := range names {
		p := s.prompts[name]
		switch {
		case p == nil:
			bad = append(bad, fmt.Errorf("%s%s: missing", name, extension))
		case p.chat != (name == NameAnswer):
			bad = append(bad, fmt.Errorf("%s%s: %s", name, extension, map[bool]string{
				true:  "is a reply's text and must not have role markers",
				false: "goes to a model and must have role markers",
			}[p.chat]))
		}
	}
	return errors.Join(bad...)
}

// RenderJSON renders a prompt with an Input in JSON, for the command line. Unknown fields are an error. A template
// without roles gives one message.
func (s *Set) RenderJSON(name, lang string, vars []byte) ([]switchboard.Message, error) {
	p, err := s.Prompt(name, lang)
	if err != nil {
		return nil, err
	}
	in, err := DecodeInput(vars)
	if err != nil {
		return nil, err
	}
	if in.Lang == "" {
		in.Lang = lang
	}
	if p.chat {
		return p.Render(in)
	}
	text, err := p.RenderText(in)
	if err != nil {
		return nil, err
	}
	return []switchboard.Message{{Role: switchboard.RoleAssistant, Text: text}}, nil
}

// DecodeInput reads an Input from JSON. Empty is an empty Input; unknown fields and trailing text are errors.
func DecodeInput(vars []byte) (Input, error) {
	var in Input
	if len(bytes.TrimSpace(vars)) == 0 {
		return in, nil
	}
	dec := json.NewDecoder(bytes.NewReader(vars))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, fmt.Errorf("read variables: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return in, errors.New("read variables: text after the JSON object")
	}
	return in, nil
}

func (s *Set) sorted() []*Prompt {
	out := make([]*Prompt, 0, len(s.prompts))
	for _, key := range slices.Sorted(maps.Keys(s.prompts)) {
		out = append(out, s.prompts[key])
	}
	return out
}

func primaryTag(lang string) string {
	lang, _, _ = strings.Cut(strings.ReplaceAll(lang, "_", "-"), "-")
	return strings.ToLower(lang)
}
