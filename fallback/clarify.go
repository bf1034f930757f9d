package fallback

import (
	"slices"
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
)

// openQuestion is a question known to mean several things: "I forgot my PIN".
type openQuestion struct {
	set     *phrase.Set
	choices byLang
}

// routeOpen asks back where a message is one of the policy's open questions and names none of the choices.
func (p *Policy) routeOpen(in RouteInput, m message, r *Route) bool {
	if r.FollowUp || len(in.Previous) > 0 && in.Previous[len(in.Previous)-1].Action == switchboard.ActionClarify {
		return false
	}
	for _, a := range p.asks {
		if _, ok := a.set.Find(m.tokens); !ok {
			continue
		}
		choices := a.choices[in.Lang]
		if choices == nil {
			choices = a.choices[p.languages[0]]
		}
		if len(choices) < 2 || byWords(m, choices) != "" {
			continue
		}
		r.Kind, r.Reason, r.Choices = switchboard.ActionClarify, switchboard.ReasonAmbiguous, slices.Clone(choices)
		return true
	}
	return false
}

// compete returns what the best passages differ in and the question leaves open: the names of one kind (Hub 5 and Hub 6,
// prepaid and pay monthly) that their titles or headings tell apart, or else the titles or headings themselves. Nil where
// nothing competes, or where the best passage speaks of both.
func (p *Policy) compete(r *reading, lang string) []string {
	if len(r.texts) < 2 {
		return nil
	}
	for _, kind := range p.between {
		if r.q.namesKind(kind) {
			continue
		}
		if choices := p.rivals(kind, r.texts, lang); len(choices) > 1 {
			return choices
		}
	}
	if r.q.specific() {
		return nil
	}
	if choices := p.titles(r, false); len(choices) > 1 {
		return choices
	}
	return p.titles(r, true)
}

// specific reports whether a question names or numbers what it is about. What else titles differ in, it does not leave open.
func (q question) specific() bool {
	return len(q.names) > 0 || slices.ContainsFunc(q.tokens, func(t lex.Token) bool {
		return t.Upper && !t.First && !t.Caps && len(t.Text) > 1 || strings.ContainsAny(t.Text, "0123456789")
	})
}

// titles returns the titles of documents that tie, or the headings of passages of the best document: those that have the
// same of the question's words, share some of them, and differ by words that the question has not. Headings must differ by
// names or numbers ("Router A2", "Router B1"): others are steps and ways of one thing, which an answer can give together.
func (p *Policy) titles(r *reading, headings bool) []string {
	best := labelled(&r.texts[0], headings)
	if headings && len(best.names) == 0 {
		return nil
	}
	out := []string{best.text}
	for i := 1; i < len(r.hits) && len(out) < p.choices; i++ {
		t := &r.texts[i]
		if (t.DocumentID == r.texts[0].DocumentID) != headings || t.Score < r.texts[0].Score*(1-p.limits.Ambiguous/2) || !slices.Equal(r.hits[i], r.hits[0]) {
			continue
		}
		rival := labelled(t, headings)
		if headings && !differByName(best, rival) {
			continue
		}
		if !slices.Contains(out, rival.text) && open(r, best, rival) && open(r, rival, best) &&
			!holds(&r.texts[0], rival, best) && !holds(t, best, rival) {
			out = append(out, rival.text)
		}
	}
	return out
}

// label is a title or a heading, with its words.
type label struct {
	text  string
	stems map[string]bool
	names map[string]bool // of stems: names and numbers
}

// longestLabel is how long a choice may be to be read at a glance, in bytes.
const longestLabel = 70

func labelled(t *passageText, heading bool) label {
	l := label{text: strings.TrimSpace(t.Title), stems: map[string]bool{}, names: map[string]bool{}}
	if heading {
		l.text = ""
		if n := len(t.Section); n > 0 {
			l.text = strings.TrimSpace(t.Section[n-1])
		}
	}
	for _, w := range lex.Tokens(l.text) {
		if w.Stop() || lex.Function(w.Text) {
			continue
		}
		st := lex.Stem(w.Text, t.Lang)
		l.stems[st] = true
		if w.Upper && !w.First || strings.ContainsAny(w.Text, "0123456789") {
			l.names[st] = true
		}
	}
	return l
}

// open reports whether the question speaks of what a label has in common with another, and of nothing that it has alone.
func open(r *reading, l, other label) bool {
	if l.text == "" || len(l.text) > longestLabel {
		return false
	}
	asked := map[string]bool{}
	for _, t := range r.q.tokens {
		asked[lex.Stem(t.Text, r.q.lang)] = true
	}
	common, own := false, false
	for st := range l.stems {
		switch {
		case other.stems[st]:
			common = common || asked[st]
		case asked[st]:
			return false
		default:
			own = true
		}
	}
	return common && own
}

func differByName(a, b label) bool {
	own := func(l, other label) bool {
		for st := range l.stems {
			if !other.stems[st] && !l.names[st] {
				return false
			}
		}
		return true
	}
	return own(a, b) && own(b, a)
}

// holds reports whether a passage has all that one label has and another has not: it speaks of both.
func holds(t *passageText, l, other label) bool {
	for st := range l.stems {
		if !other.stems[st] && t.stems[st] == nil {
			return false
		}
	}
	return true
}

func (q question) namesKind(kind string) bool {
	return slices.ContainsFunc(q.names, func(n named) bool { return n.kind == kind })
}

// rivals returns the labels of the names of one kind among the passages that come close to the best one.
func (p *Policy) rivals(kind string, texts []passageText, lang string) []string {
	best := texts[0]
	own := p.headName(kind, best)
	if own == 0 || p.countNames(kind, best.words) > 1 {
		return nil
	}
	ids := []int{own}
	for _, t := range texts[1:] {
		if t.Score < best.Score*(1-p.limits.Ambiguous) || t.Coverage+0.05 < best.Coverage*(1-p.limits.Ambiguous) {
			continue
		}
		if id := p.headName(kind, t); id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > p.choices {
		ids = ids[:p.choices]
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = p.names.label(id, lang)
	}
	return out
}

// headName returns the one name of a kind that a passage's title and headings have, 0 for none or several.
func (p *Policy) headName(kind string, t passageText) int {
	found := 0
	for _, n := range p.names.find(lex.Tokens(t.head)) {
		if n.kind != kind || n.id == found {
			continue
		}
		if found != 0 {
			return 0
		}
		found = n.id
	}
	return found
}

func (p *Policy) countNames(kind, words string) int {
	var ids []int
	for _, n := range p.names.find(lex.Tokens(words)) {
		if n.kind == kind && !slices.Contains(ids, n.id) {
			ids = append(ids, n.id)
		}
	}
	return len(ids)
}

// label returns the spelling of a name to show: the first, or in Spanish the one marked "es:".
func (b *nameBook) label(id int, lang string) string {
	for _, s := range b.shown[id] {
		if rest, ok := strings.CutPrefix(s, lang+":"); ok {
			return rest
		}
	}
	s := b.shown[id][0]
	if _, rest, ok := strings.Cut(s, ":"); ok {
		return rest
	}
	return s
}
