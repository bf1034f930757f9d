package fallback

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // business hours have a time zone, and small images have no zone files

	"go.yaml.in/yaml/v3"

	"switchboard"
	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
	"switchboard/fallback/privacy"
)

// compiler turns a decoded file into a policy and collects everything that is wrong.
type compiler struct {
	root *yaml.Node
	errs []error
}

func (c *compiler) fail(path []any, format string, args ...any) {
	c.errs = append(c.errs, Problem{lineOf(c.root, path...), fmt.Sprintf(format, args...)})
}

func compile(f file, root *yaml.Node) (*Policy, error) {
	c := &compiler{root: root}
	if f.Version != 1 {
		c.fail(at("version"), "version must be 1, not %d", f.Version)
	}
	p := &Policy{languages: f.Languages, limits: f.Thresholds, choices: f.Clarify.MaxChoices, declines: f.Handoff.Declines}
	p.costs, p.calibration, p.weights = defaultCosts.over(f.Costs), f.Evidence, evidenceWeights
	if len(p.languages) == 0 {
		c.fail(at("languages"), "languages must name at least one language, the default one first")
		p.languages = []string{"en"}
	}
	for i, l := range f.Languages {
		if !languageCode.MatchString(l) {
			c.fail(at("languages", i), "%q is not a language code such as en", l)
		}
	}
	p.topics, p.outside = c.topics(f), f.OutOfScope
	c.examples(at("out_of_scope"), f.OutOfScope)
	c.phrases(p, f)
	c.limits(f)
	p.hosts = c.hosts(f.Links.Hosts)
	p.hours = c.hours(f.Handoff.BusinessHours)
	p.personal = c.personal(f.Privacy.Patterns)
	for i, a := range f.Clarify.Ask {
		p.asks = append(p.asks, c.ask(at("clarify", "ask", i), a, f.Clarify.MaxChoices))
	}
	p.names = c.names(f.Names)
	p.synonyms = c.names(map[string][]string{"synonyms": f.Synonyms})
	p.between = f.Clarify.Between
	for i, kind := range p.between {
		if f.Names[kind] == nil {
			c.fail(at("clarify", "between", i), "there are no names of the kind %q", kind)
		}
	}
	return p, errors.Join(c.errs...)
}

var (
	languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)
	topicID      = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	hostName     = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

func at(path ...any) []any { return path }

func (c *compiler) topics(f file) []Topic {
	if len(f.Topics) == 0 {
		c.fail(at("topics"), "there must be at least one topic")
	}
	seen := map[string]bool{}
	var out []Topic
	for i, t := range f.Topics {
		switch {
		case !topicID.MatchString(t.ID) || t.ID == OutOfScope:
			c.fail(at("topics", i, "id"), "topic id %q must be lower-case letters, digits, - and _, and not %q", t.ID, OutOfScope)
		case seen[t.ID]:
			c.fail(at("topics", i, "id"), "topic %q is there twice", t.ID)
		}
		seen[t.ID] = true
		if len(f.Languages) > 0 && strings.TrimSpace(t.Title[f.Languages[0]]) == "" {
			c.fail(at("topics", i), "topic %q has no title in %s", t.ID, f.Languages[0])
		}
		if c.examples(at("topics", i, "examples"), t.Examples) == 0 {
			c.fail(at("topics", i), "topic %q has no examples", t.ID)
		}
		out = append(out, Topic{ID: t.ID, Title: t.Title, Suggestion: t.Suggestion, Handoff: t.Handoff})
	}
	return out
}

// examples checks the texts and returns how many there are.
func (c *compiler) examples(path []any, by byLang) int {
	n := 0
	for _, lang := range slices.Sorted(maps.Keys(by)) {
		if !languageCode.MatchString(lang) {
			c.fail(append(slices.Clone(path), lang), "%q is not a language code such as en", lang)
		}
		for i, text := range by[lang] {
			if strings.TrimSpace(text) == "" {
				c.fail(append(slices.Clone(path), lang, i), "an example is empty")
			}
			n++
		}
	}
	return n
}

// phrases compiles every list of patterns.
func (c *compiler) phrases(p *Policy, f file) {
	p.smallTalk = map[string]*phrase.Set{}
	for _, kind := range slices.Sorted(maps.Keys(f.SmallTalk)) {
		if _, ok := smallTalkReasons[kind]; !ok {
			c.fail(at("smalltalk", kind), "small talk %q is none of greeting, thanks, goodbye, about_bot", kind)
		}
		p.smallTalk[kind] = c.set(at("smalltalk", kind, "patterns"), f.SmallTalk[kind].Patterns)
		c.examples(at("smalltalk", kind, "examples"), f.SmallTalk[kind].Examples)
	}
	p.human = c.set(at("human", "patterns"), f.Human.Patterns)
	c.examples(at("human", "examples"), f.Human.Examples)
	for _, name := range slices.Sorted(maps.Keys(f.Urgent)) {
		u := f.Urgent[name]
		for lang, text := range u.Reply {
			if strings.TrimSpace(text) == "" {
				c.fail(at("urgent", name, "reply", lang), "the reply is empty")
			}
		}
		k := urgentKind{name: name, set: c.set(at("urgent", name, "patterns"), u.Patterns), reply: u.Reply}
		if len(u.Unless) > 0 {
			k.unless = c.set(at("urgent", name, "unless"), u.Unless)
		}
		p.urgent = append(p.urgent, k)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Care)) {
		if _, ok := careReasons[name]; !ok {
			c.fail(at("care", name), "care %q is none of angry, vulnerable", name)
		}
		p.care = append(p.care, urgentKind{name: name, set: c.set(at("care", name, "patterns"), f.Care[name].Patterns)})
	}
	p.injection = c.set(at("unsafe", "injection", "patterns"), f.Unsafe.Injection.Patterns)
	p.hints = c.set(at("unsafe", "injection", "hints"), f.Unsafe.Injection.Hints)
	for i, run := range f.Unsafe.Injection.Runs {
		parts := strings.Fields(lex.Fold(run))
		if len(parts) == 0 {
			c.fail(at("unsafe", "injection", "runs", i), "a run is empty")
			continue
		}
		p.runs = append(p.runs, parts)
	}
	c.examples(at("unsafe", "injection", "examples"), f.Unsafe.Injection.Examples)
	c.examples(at("unsafe", "injection", "harmless"), f.Unsafe.Injection.Harmless)
	p.abuse = c.set(at("unsafe", "abuse", "patterns"), f.Unsafe.Abuse.Patterns)
	p.harm = c.set(at("unsafe", "harm", "patterns"), f.Unsafe.Harm.Patterns)
	p.vague = c.set(at("vague", "patterns"), f.Vague.Patterns)
}

// ask compiles a question that is known to mean several things.
func (c *compiler) ask(path []any, a askFile, most int) openQuestion {
	if len(a.Patterns) == 0 {
		c.fail(path, "a question to clarify needs at least one pattern")
	}
	c.examples(append(slices.Clone(path), "choices"), a.Choices)
	for _, lang := range slices.Sorted(maps.Keys(a.Choices)) {
		if n := len(a.Choices[lang]); n < 2 || n > most {
			c.fail(append(slices.Clone(path), "choices", lang), "there must be 2 to %d choices, not %d", most, n)
		}
	}
	if len(a.Choices) == 0 {
		c.fail(path, "a question to clarify needs choices")
	}
	return openQuestion{set: c.set(append(slices.Clone(path), "patterns"), a.Patterns), choices: a.Choices}
}

// smallTalkReasons are the kinds of small talk that a policy may describe.
var smallTalkReasons = map[string]switchboard.Reason{
	"greeting": switchboard.ReasonGreeting, "thanks": switchboard.ReasonThanks, "goodbye": switchboard.ReasonGoodbye,
	"about_bot": switchboard.ReasonAboutBot,
}

func (c *compiler) set(path []any, patterns []string) *phrase.Set {
	good := make([]string, 0, len(patterns))
	for i, src := range patterns {
		if _, err := phrase.Compile(src); err != nil {
			c.fail(append(slices.Clone(path), i), "%v", err)
			continue
		}
		good = append(good, src)
	}
	return phrase.MustSet(good...)
}

func (c *compiler) limits(f file) {
	for name, v := range map[string]float64{
		"decline": f.Thresholds.Decline, "in_scope": f.Thresholds.InScope, "evidence": f.Thresholds.Evidence,
		"model":     f.Thresholds.Model,
		"ambiguous": f.Thresholds.Ambiguous, "grounded": f.Thresholds.Grounded,
	} {
		if v < 0 || v > 1 || v != v {
			c.fail(at("thresholds", name), "%s must be between 0 and 1", name)
		}
	}
	if f.Thresholds.Decline > f.Thresholds.InScope {
		c.fail(at("thresholds", "decline"), "decline must not be above in_scope")
	}
	c.costs(at("costs"), f.Costs)
	for i, t := range f.Topics {
		c.costs(at("topics", i, "costs"), t.Costs)
	}
	if f.Evidence.Slope < 0 {
		c.fail(at("evidence", "slope"), "slope must be above 0")
	}
	if f.Thresholds.Evidence > 0 && f.Thresholds.Model > f.Thresholds.Evidence {
		c.fail(at("thresholds", "model"), "model must not be above evidence")
	}
	if n := f.Clarify.MaxChoices; n < 2 || n > 4 {
		c.fail(at("clarify", "max_choices"), "max_choices must be 2, 3 or 4")
	}
	if f.Handoff.Declines < 0 {
		c.fail(at("handoff", "after_declines"), "after_declines must not be negative")
	}
}

func (c *compiler) costs(path []any, costs Costs) {
	for name, v := range map[string]float64{"wrong": costs.Wrong, "missed": costs.Missed, "clarify": costs.Clarify, "caught": costs.Caught} {
		if v < 0 || v != v || name == "caught" && v > 1 {
			c.fail(append(slices.Clone(path), name), "%s must not be negative, and caught not above 1", name)
		}
	}
}

func (c *compiler) hosts(hosts []string) []string {
	for i, h := range hosts {
		if !hostName.MatchString(h) {
			c.fail(at("links", "hosts", i), "%q is not a host name in lower case", h)
		}
	}
	return hosts
}

var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday,
	"sat": time.Saturday, "sun": time.Sunday,
}

// clockMinutes reads "08:00" as minutes since midnight, -1 if it is none.
func clockMinutes(s string) int {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hour < 0 || hour > 24 || minute < 0 || minute > 59 || len(m) != 2 || hour*60+minute > 24*60 {
		return -1
	}
	return hour*60 + minute
}

func (c *compiler) personal(patterns []privacyPattern) []privacy.Pattern {
	var out []privacy.Pattern
	for i, pat := range patterns {
		p := privacy.Pattern{Type: privacy.Type(pat.Type), Regexp: pat.Regexp}
		if _, err := privacy.New(p); err != nil {
			c.fail(at("privacy", "patterns", i), "%v", err)
			continue
		}
		out = append(out, p)
	}
	return out
}
