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
// prepaid and pay monthly) that their titles or headings tell apart. Nil where nothing competes, or where the best
// passage speaks of both.
func (p *Policy) compete(q question, texts []passageText, lang string) []string {
	if len(texts) < 2 {
		return nil
	}
	for _, kind := range p.between {
		if q.namesKind(kind) {
			continue
		}
		if choices := p.rivals(kind, texts, lang); len(choices) > 1 {
			return choices
		}
	}
	return nil
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
