package fallback

import (
	"slices"
	"strconv"
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
)

// routeChoice resolves the reply to a clarifying question: the question that was asked first, made specific.
func (p *Policy) routeChoice(in RouteInput, m message, r *Route) bool {
	if len(in.Previous) == 0 {
		return false
	}
	last := in.Previous[len(in.Previous)-1]
	if last.Action != switchboard.ActionClarify {
		return false
	}
	if last.Reason == switchboard.ReasonVague && len(last.Choices) == 0 {
		if words(m.tokens) <= 3 {
			r.Resolved, r.FollowUp = strings.TrimSpace(string(last.Question)+" "+m.text), true
			p.place(r, r.Resolved, nil)
		}
		return false
	}
	choice := chosen(m, last.Choices)
	if choice == "" || asksAnew(m, string(last.Question), last.Choices) {
		return false
	}
	r.Resolved, r.FollowUp = strings.TrimSpace(string(last.Question))+" ("+choice+")", true
	p.place(r, r.Resolved, nil)
	return true
}

// interrogatives begin a question, without accents.
var interrogatives = wordSet(`how what when where which who why can do does is are may will could would should
	como cuanto cuanta cuantos cuantas que cual cuales cuando donde quien puedo puede hay tengo`)

// asksAnew reports whether a reply to a clarifying question is a question of its own, which only happens to have a word
// of a choice: it asks, and of something that neither the choices nor the first question speak of.
func asksAnew(m message, before string, choices []string) bool {
	if len(m.tokens) == 0 || !interrogatives[m.tokens[0].Text] {
		return false
	}
	known := map[string]bool{}
	for _, w := range lex.Words(before + "\n" + strings.Join(choices, "\n")) {
		known[lex.Stem(w, m.lang)] = true
	}
	for _, t := range m.tokens[1:] {
		_, place := positions[t.Text]
		if !t.Stop() && !place && !lex.Function(t.Text) && !generic[t.Text] && !known[lex.Stem(t.Text, m.lang)] {
			return true
		}
	}
	return false
}

func words(ts []lex.Token) int {
	n := 0
	for _, t := range ts {
		if !t.Stop() {
			n++
		}
	}
	return n
}

// positions are the words for a choice's place, from 0; -1 is the last.
var positions = map[string]int{
	"first": 0, "1st": 0, "primero": 0, "primera": 0, "primer": 0, "former": 0, "one": 0, "uno": 0, "a": 0,
	"second": 1, "2nd": 1, "segundo": 1, "segunda": 1, "latter": -1, "two": 1, "dos": 1, "b": 1,
	"third": 2, "3rd": 2, "tercero": 2, "tercera": 2, "tercer": 2, "three": 2, "tres": 2, "c": 2,
	"fourth": 3, "4th": 3, "cuarto": 3, "cuarta": 3, "four": 3, "cuatro": 3, "d": 3, "last": -1, "ultimo": -1, "ultima": -1,
}

// chosen returns the choice that a reply names: by its words, by its place or by its number, "" where it names none or
// more than one.
func chosen(m message, choices []string) string {
	if c := byWords(m, choices); c != "" {
		return c
	}
	var place []int
	content := 0
	for _, t := range m.tokens {
		if t.Stop() {
			continue
		}
		if n, err := strconv.Atoi(t.Text); err == nil && n >= 1 && n <= len(choices) {
			place = append(place, n-1)
		} else if n, ok := positions[t.Text]; ok && !(t.Text == "a" && words(m.tokens) > 1) && !(t.Text == "one" && len(place) > 0) {
			place = append(place, n)
		} else if !lex.Function(t.Text) && t.Text != "option" && t.Text != "number" && t.Text != "opcion" && t.Text != "numero" && t.Text != "one" {
			content++
		}
	}
	if len(place) == 0 || content > 1 || words(m.tokens) > 8 {
		return ""
	}
	n := place[0]
	for _, other := range place[1:] {
		if other != n && other != 0 { // "the second one"
			return ""
		}
	}
	if n < 0 {
		n = len(choices) - 1
	}
	if n >= len(choices) {
		return ""
	}
	return choices[n]
}

// byWords returns the one choice whose own words, those that the other choices lack, the reply has most of.
func byWords(m message, choices []string) string {
	said := map[string]bool{}
	for _, t := range m.tokens {
		said[lex.Stem(t.Text, m.lang)] = true
	}
	best, score, tie := "", 0.0, false
	for i, c := range choices {
		own, hit := 0, 0
		for _, w := range lex.Words(c) {
			st := lex.Stem(w, m.lang)
			if lex.Function(w) || shared(st, i, choices, m.lang) {
				continue
			}
			own++
			if said[st] || misspelt(w, m.tokens) {
				hit++
			}
		}
		if own == 0 || hit == 0 {
			continue
		}
		s := float64(hit) / float64(own)
		switch {
		case s > score:
			best, score, tie = c, s, false
		case s == score:
			tie = true
		}
	}
	if tie {
		return ""
	}
	return best
}

// misspelt reports whether one of the words is a long word with one letter wrong, missing, doubled or swapped.
func misspelt(word string, tokens []lex.Token) bool {
	return len(word) >= 5 && slices.ContainsFunc(tokens, func(t lex.Token) bool { return oneOff(word, t.Text) })
}

// oneOff reports whether two words differ by one letter, or by two neighbours that are swapped.
func oneOff(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 || a == b || len(b) < 4 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return a[i+1:] == b[i:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// shared reports whether another choice has the stem too.
func shared(stem string, i int, choices []string, lang string) bool {
	for j, c := range choices {
		if j == i {
			continue
		}
		for _, w := range lex.Words(c) {
			if lex.Stem(w, lang) == stem {
				return true
			}
		}
	}
	return false
}

// followUps begin a message that leans on the one before it.
var followUps = phrase.MustSet(
	"^ and|y|so|but|pero", "^ what|how about", "^ que tal|pasa con|si", "^ also|tambien|e", "^ in|en|for|para|to|a|with|con",
	"^ is|are|does|do|can|will it|that|this|they|those|these", "^ how_much|when|why|where|how is|are|does|do|was it|that|this|they|those",
	"^ eso|esto|ese|esa", "^ cuanto|cuando|donde|como cuesta|es|son $", "^ it|that|this|they", "^ why|how|when|where|porque|cuando|donde|como $",
	"^ how_much|cuanto $", "^ the_same|lo_mismo|igual", "^ what_if|y_si", "^ only|solo", "that_one|this_one|the_other|el_otro|la_otra",
)

// routeFollowUp makes a short message that leans on the question before it whole, with that question's words. It never
// ends the search for a route.
func (p *Policy) routeFollowUp(in RouteInput, m message, r *Route) bool {
	if r.FollowUp || len(in.Previous) == 0 {
		return false
	}
	if !leans(m) || r.Scope < p.limits.InScope && whole(m) {
		return false
	}
	before := p.lastQuestion(in.Previous, in.Lang)
	if before == "" {
		return false
	}
	alone := r.Scope
	r.Resolved, r.FollowUp = p.merge(before, m), true
	p.place(r, r.Resolved, nil)
	r.Scope = max(r.Scope, alone)
	return false
}

// lastQuestion returns the last question that was about a topic, made whole where it was itself a follow-up.
func (p *Policy) lastQuestion(previous []Exchange, lang string) string {
	last := ""
	for _, e := range previous[max(0, len(previous)-6):] {
		switch {
		case e.Action == switchboard.ActionHandoff && e.Reason != switchboard.ReasonNoEvidence,
			e.Action == switchboard.ActionDecline, e.Action == switchboard.ActionBlocked, e.Action == switchboard.ActionSmallTalk:
			continue
		}
		text := strings.TrimSpace(string(e.Question))
		m := message{text: text, tokens: lex.Tokens(text), lang: lang}
		if last != "" && leans(m) {
			last = p.merge(last, m)
		} else {
			last = text
		}
	}
	return last
}

// leans reports whether a message is short and makes sense only with the question before it.
func leans(m message) bool {
	n := words(m.tokens)
	if n == 0 || n > 12 {
		return false
	}
	content := contentWords(m)
	_, found := followUps.Find(m.tokens)
	return found && content <= 3 || content <= 1 && n <= 3
}

// whole reports whether a message says enough to be out of scope by itself. "Will it rain tomorrow?" leans by its form
// and not by its meaning; "What's the weather?" is short, but nothing in it points back.
func whole(m message) bool {
	_, pointsBack := followUps.Find(m.tokens)
	content := contentWords(m)
	return content > 1 || content == 1 && !pointsBack
}

func contentWords(m message) (n int) {
	for _, t := range m.tokens {
		if !t.Stop() && !lex.Function(t.Text) {
			n++
		}
	}
	return n
}

// merge joins a follow-up to the question before it. Where both name a thing of one kind ("Switzerland", "Spain"), the
// new name takes the old one's place.
func (p *Policy) merge(before string, m message) string {
	base := before
	for _, now := range p.names.find(m.tokens) {
		old := lex.Tokens(base)
		for _, then := range p.names.find(old) {
			if then.kind == now.kind && then.id != now.id {
				base = base[:old[then.start].Start] + m.text[m.tokens[now.start].Start:m.tokens[now.end-1].End] + base[old[then.end-1].End:]
				break
			}
		}
	}
	if base != before {
		return base + " " + strings.TrimSpace(m.text)
	}
	return before + " " + strings.TrimSpace(m.text)
}
