package guard

import (
	"fmt"
	"strings"

	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
)

// commitment stops promises of action. What the bot or the company is said to have done, or to be about to do for this
// customer, needs an acknowledgement; what is said to happen as a rule needs a source that says so in the same terms.
func commitment(s *sentence) string {
	if len(s.tokens) < 2 {
		return ""
	}
	promised, claimed, offered := promises.All(s.tokens), claims.All(s.tokens), offers.All(s.tokens)
	for i := range acts {
		a := &acts[i]
		if s.acknowledges(a.name) {
			continue
		}
		for _, verb := range a.verbs.All(s.tokens) {
			if text := s.voiced(a, verb, promised, claimed, offered); text != "" {
				return text
			}
		}
		for _, m := range a.cases.All(s.tokens) {
			if !negated(s.tokens, m.Start, m.End) && !conditional(s.tokens, m.Start) && !s.ruleBacked(a) {
				return fmt.Sprintf("no passage says this (%s): %q", a.name, s.span(m.Start, m.End))
			}
		}
		if m, ok := a.plain.Find(s.tokens); ok && !conditional(s.tokens, m.Start) && !disclaims(s.tokens, m.Start) && !s.ruleBacked(a) {
			return fmt.Sprintf("no passage says this (%s): %q", a.name, s.span(m.Start, m.End))
		}
	}
	return s.deed()
}

// deed says what is wrong with a sentence that tells a deed as done or certain.
func (s *sentence) deed() string {
	for i := range deeds {
		d := &deeds[i]
		if s.acknowledges(d.act) {
			continue
		}
		if m, ok := d.set.Find(s.tokens); ok && !negated(s.tokens, m.Start, m.End) && !conditional(s.tokens, m.Start) && !s.copied() {
			return fmt.Sprintf("tells a deed that nothing confirms (%s): %q", d.act, s.span(m.Start, m.End))
		}
	}
	return ""
}

// voiced says what is wrong with a verb for which somebody speaks: "I", "we" or the company.
func (s *sentence) voiced(a *act, verb phrase.Match, promised, claimed, offered []phrase.Match) string {
	if o, ok := s.opening(claimed, verb); ok && past(s.tokens[verb.Start].Text, verb.Start-o.End, o.End-o.Start+contracted(s.tokens[o.Start].Text)) && !s.copied() {
		return fmt.Sprintf("claims that something was done (%s): %q", a.name, s.span(o.Start, verb.End))
	}
	if o, ok := s.opening(promised, verb); ok && !s.copied() {
		return fmt.Sprintf("promises something (%s): %q", a.name, s.span(o.Start, verb.End))
	}
	if o, ok := s.opening(offered, verb); ok && !s.ruleBacked(a) {
		return fmt.Sprintf("no passage says this (%s): %q", a.name, s.span(o.Start, verb.End))
	}
	return ""
}

// past reports whether a verb behind "I" or "we" tells of something done: behind the bare pronoun it must stand close
// and in the past.
func past(verb string, gap, opening int) bool {
	if opening > 1 {
		return true
	}
	return gap <= 1 && (strings.HasSuffix(verb, "ed") || strings.HasSuffix(verb, "ado") || strings.HasSuffix(verb, "ido") ||
		verb == "abierto" || verb == "hecho" || verb == "puesto" || verb == "devuelto" || verb == "resuelto" || verb == "sent" || verb == "gave" || verb == "made" || verb == "put" || verb == "set")
}

// contracted returns 1 where a verb hides in a pronoun: "I've", "j'ai".
func contracted(w string) int {
	if strings.Contains(w, "'") {
		return 1
	}
	return 0
}

// opening finds the opening that stands before a verb, close and in the same sentence, and is not denied.
func (s *sentence) opening(openings []phrase.Match, verb phrase.Match) (phrase.Match, bool) {
	for _, o := range openings {
		if o.End > verb.Start || verb.Start-o.End > reach {
			continue
		}
		broken := false
		for _, t := range s.tokens[o.End:verb.Start] {
			broken = broken || t.Stop() || subjects[t.Text]
		}
		if !broken && !negated(s.tokens, o.Start, verb.Start) {
			return o, true
		}
	}
	return phrase.Match{}, false
}

// subjects between an opening and a verb mean that somebody else acts: "we explain how you can cancel".
var subjects = map[string]bool{"you": true, "how": true, "if": true, "to": false, "when": true, "tu": true, "usted": true, "como": true, "si": true, "where": true}

func (s *sentence) acknowledges(kind string) bool {
	for _, a := range s.Acknowledged {
		if a == kind {
			return true
		}
	}
	return false
}

func (s *sentence) span(from, to int) string { return s.body[s.tokens[from].Start:s.tokens[to-1].End] }

// negated reports whether the words from one token to another deny: "I can't", "we have not", "no podemos".
func negated(ts []lex.Token, from, to int) bool {
	for i := max(0, from-1); i < to; i++ {
		switch ts[i].Text {
		case "not", "can't", "cannot", "couldn't", "don't", "won't", "unable", "never", "haven't", "isn't", "no", "doesn't", "nor", "didn't":
			return true
		}
	}
	return false
}

// disclaims reports whether the speaker says before a place that they cannot: "I can't tell whether …".
func disclaims(ts []lex.Token, before int) bool {
	for i := 0; i+1 < before; i++ {
		switch ts[i].Text {
		case "i", "we", "i'm", "we're", "am", "no":
			switch ts[i+1].Text {
			case "can't", "cannot", "not", "don't", "puedo", "podemos", "won't":
				return true
			}
		}
	}
	return false
}

// conditional reports whether the statement hangs on a condition that stands before it: "if your order is cancelled".
func conditional(ts []lex.Token, from int) bool {
	for i := from - 1; i >= 0 && i >= from-3 && !ts[i].Stop(); i-- {
		switch ts[i].Text {
		case "if", "when", "once", "after", "unless", "until", "si", "cuando", "where", "while", "whether":
			return true
		}
	}
	return false
}

// copied reports whether the sentence stands in a source word for word: the company's own published promise, quoted.
func (s *sentence) copied() bool {
	words := " " + strings.Join(plainWords(s.tokens), " ") + " "
	for _, n := range s.sources() {
		if strings.Contains(s.ev.passages[n-1].running, words) {
			return true
		}
	}
	return false
}

// ruleBacked reports whether a source speaks of the act and of most of the sentence's other content.
func (s *sentence) ruleBacked(a *act) bool {
	for _, n := range s.sources() {
		src := &s.ev.passages[n-1]
		if score, _ := src.support(s); score >= ruleSupport && src.speaksOf(a) {
			return true
		}
	}
	return false
}

// ruleSupport is the least support of a sentence that says what happens to customers as a rule.
const ruleSupport = 0.7

func (src *source) speaksOf(a *act) bool {
	if len(a.stems) == 0 {
		return true
	}
	for stem := range src.stems {
		for _, begin := range a.stems {
			if strings.HasPrefix(stem, begin) {
				return true
			}
		}
	}
	return false
}
