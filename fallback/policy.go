package fallback

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"switchboard/fallback/internal/phrase"
	"switchboard/fallback/privacy"
)

// Policy is what a support team has reviewed: what the bot is for, what it must not touch, when a human takes over. It
// is immutable, but for what it remembers of the passages that it has read, and safe for concurrent use.
type Policy struct {
	hash      string
	languages []string
	topics    []Topic
	limits    thresholds
	costs     Costs
	choices   int
	between   []string // kinds of names between which a clarifying question asks
	asks      []openQuestion
	declines  int
	hosts     []string
	hours     BusinessHours
	personal  []privacy.Pattern

	scope     *ScopeModel
	taught    []Example              // what scope was trained from
	meaning   *meaning               // nil where no embedder was given
	smallTalk map[string]*phrase.Set // by kind
	human     *phrase.Set
	urgent    []urgentKind
	care      []urgentKind
	injection *phrase.Set
	hints     *phrase.Set
	runs      [][]string // parts that stand in an attack one after the other
	suspect   *suspect
	abuse     *phrase.Set
	harm      *phrase.Set
	vague     *phrase.Set
	names     *nameBook

	calibration calibration
	weights     []float64 // of the evidence's signs
	outside     byLang    // examples out of scope

	texts     sync.Map // of a passage's id: *passageText
	textCount atomic.Int64
	synonyms  *nameBook
}

// Topic is one subject that the bot is for.
type Topic struct {
	ID         string
	Title      map[string]string // by language
	Suggestion map[string]string // a question that a customer may click, by language; may be empty
	Handoff    bool              // questions on it always go to a human
	Costs      Costs             // where they differ from the policy's
}

type urgentKind struct {
	name   string
	set    *phrase.Set
	unless *phrase.Set       // nil for none
	reply  map[string]string // by language; may be empty
}

//go:embed policy.yaml
var defaultPolicy []byte

var loadDefault = sync.OnceValue(func() *Policy {
	p, err := Load(defaultPolicy)
	if err != nil {
		panic(err) // the embedded file is part of the program
	}
	return p
})

// Default returns the embedded policy of the demo operator. It is compiled once.
func Default() *Policy { return loadDefault() }

// DefaultYAML returns the embedded policy file, as a start for one's own.
func DefaultYAML() []byte { return slices.Clone(defaultPolicy) }

// Load compiles a policy file and trains its scope model, in about a quarter of a second. Its error joins a [Problem]
// for everything that is wrong.
func Load(data []byte) (*Policy, error) { return LoadFitted(data, Fitted{}, FitScope) }

// LoadFitted is [Load] with a scope model of fitted examples, where there are any: train makes it of those that
// [Training] returns. The hash is then of both.
func LoadFitted(data []byte, fitted Fitted, train func([]Example) *ScopeModel) (*Policy, error) {
	f, root, err := decode(data)
	if err != nil {
		return nil, err
	}
	p, err := compile(f, root)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p.suspect = newSuspect(f.attacks())
	if len(fitted.Rows) == 0 {
		p.taught = f.examples()
		p.hash, p.scope = hex.EncodeToString(sum[:]), FitScope(p.taught)
		return p, nil
	}
	both := sha256.New()
	both.Write(sum[:])
	if err := json.NewEncoder(both).Encode(fitted); err != nil {
		return nil, fmt.Errorf("hash the fitted examples: %w", err)
	}
	p.taught, _ = f.training(fitted)
	p.hash, p.scope = hex.EncodeToString(both.Sum(nil)), train(p.taught)
	return p, nil
}

// Hash is the SHA-256 of the policy file and of the fitted examples, in hexadecimal.
func (p *Policy) Hash() string { return p.hash }

// Languages returns the languages that the policy has texts for, the default one first.
func (p *Policy) Languages() []string { return slices.Clone(p.languages) }

// Topics returns the topics in the order of the file.
func (p *Policy) Topics() []Topic { return slices.Clone(p.topics) }

// Outside returns the policy's examples of what is out of scope, in a language.
func (p *Policy) Outside(lang string) []string { return slices.Clone(p.outside[lang]) }

// Scope returns the scope model trained from the policy's examples.
func (p *Policy) Scope() *ScopeModel { return p.scope }

// Hosts returns the hosts to which replies may link.
func (p *Policy) Hosts() []string { return slices.Clone(p.hosts) }

// MinGrounded returns the least support that a sentence of a reply needs.
func (p *Policy) MinGrounded() float64 { return p.limits.Grounded }

// PersonalData returns the policy's own patterns, for privacy.New.
func (p *Policy) PersonalData() []privacy.Pattern { return slices.Clone(p.personal) }

// Hours returns when the support team answers.
func (p *Policy) Hours() BusinessHours { return p.hours }

// Suggestions returns questions to offer at the opening and after a decline, in lang or else in the default language.
func (p *Policy) Suggestions(lang string) []string {
	out := []string{}
	for _, t := range p.topics {
		if s := p.pick(t.Suggestion, lang); s != "" {
			out = append(out, s)
		}
		if len(out) == maxSuggestions {
			break
		}
	}
	return out
}

// maxSuggestions is how many a chat window shows without scrolling.
const maxSuggestions = 4

// TopicTitles returns the topics' titles in lang or else in the default language.
func (p *Policy) TopicTitles(lang string) []string {
	out := make([]string, 0, len(p.topics))
	for _, t := range p.topics {
		out = append(out, p.pick(t.Title, lang))
	}
	return out
}

func (p *Policy) pick(by map[string]string, lang string) string {
	if s := by[lang]; s != "" {
		return s
	}
	return by[p.languages[0]]
}

// topic returns the topic of an id, or nil.
func (p *Policy) topic(id string) *Topic {
	for i := range p.topics {
		if p.topics[i].ID == id {
			return &p.topics[i]
		}
	}
	return nil
}

// Labels of the scope model that are no topics. They count as in scope: what is said so is dealt with before.
const (
	labelHuman     = "~human"
	labelSmallTalk = "~smalltalk:"
)

// examples lists all that the scope model learns from, in an order that depends on the content alone.
func (f file) examples() []Example {
	var out []Example
	add := func(label string, by byLang) {
		for _, lang := range slices.Sorted(maps.Keys(by)) {
			for _, text := range by[lang] {
				out = append(out, Example{Text: text, Label: label})
			}
		}
	}
	for _, t := range f.Topics {
		add(t.ID, t.Examples)
	}
	add(OutOfScope, f.OutOfScope)
	add(labelHuman, f.Human.Examples)
	for _, kind := range slices.Sorted(maps.Keys(f.SmallTalk)) {
		add(labelSmallTalk+kind, f.SmallTalk[kind].Examples)
	}
	return interleave(out)
}

// attacks lists what attacks look like and what does not, in an order that depends on the content alone.
func (f file) attacks() (attacks, harmless []string) {
	for _, e := range f.examples() {
		harmless = append(harmless, e.Text)
	}
	for _, lang := range slices.Sorted(maps.Keys(f.Unsafe.Injection.Harmless)) {
		harmless = append(harmless, f.Unsafe.Injection.Harmless[lang]...)
	}
	for _, lang := range slices.Sorted(maps.Keys(f.Unsafe.Injection.Examples)) {
		attacks = append(attacks, f.Unsafe.Injection.Examples[lang]...)
	}
	return attacks, harmless
}

// interleave spreads every label over the whole order, so that folds made by position hold some of each.
func interleave(in []Example) []Example {
	out := make([]Example, 0, len(in))
	const stride = 7
	for k := range stride {
		for i := k; i < len(in); i += stride {
			out = append(out, in[i])
		}
	}
	return out
}
