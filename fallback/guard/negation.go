package guard

import (
	"fmt"
	"slices"
	"strings"

	"switchboard/fallback/internal/lex"
)

// negation stops a sentence that says nearly word for word what a passage says, but denies what the passage affirms or
// the other way round: "free" and "not free". Where the words differ more, it cannot tell and lets the sentence pass.
func negation(s *sentence) string {
	if len(s.words) < leastContent-1 {
		return ""
	}
	if detail := s.slips(); detail != "" {
		return detail
	}
	if detail := s.otherPeriod(); detail != "" {
		return detail
	}
	if detail := s.misplaced(); detail != "" {
		return detail
	}
	if slices.ContainsFunc(s.claimed, func(q quantity) bool { return q.value == 0 && (q.kind == money || q.kind == percent) }) {
		return ""
	}
	s.denied = appendDenied(nil, s.body, s.tokens, s.Lang)
	sources := s.sources()
	best, agrees, detail := nearVerbatim, true, ""
	for _, n := range sources {
		src, o := &s.ev.passages[n-1], s.outline(n)
		if s.turns(src) {
			return ""
		}
		for i, sum := range o.sums {
			fit := sum / s.total
			if fit < best {
				continue
			}
			if fit > best {
				best, agrees, detail = fit, false, ""
			}
			if found := s.reversed(src, 1<<i); found != "" {
				detail = found
			} else {
				agrees = true
			}
		}
	}
	if agrees || detail != "" && s.copied() {
		return ""
	}
	return detail
}

// nearVerbatim is the least share of a sentence that one segment must have for their denials to be compared.
const nearVerbatim = 0.8

// reversed says what a sentence denies and a segment does not, or the other way round.
func (s *sentence) reversed(src *source, segment uint64) string {
	for _, stem := range s.denied {
		if src.stems[stem]&segment != 0 && src.denied[stem] == 0 {
			return fmt.Sprintf("the sentence denies what the passages say (%q)", stem)
		}
	}
	for stem, in := range src.denied {
		if in&segment == 0 || src.affirmed[stem]&segment != 0 {
			continue
		}
		for _, w := range s.words {
			if w.stem == stem && !slices.Contains(s.denied, stem) {
				return fmt.Sprintf("the passages deny what the sentence says (%q)", stem)
			}
		}
	}
	return ""
}

// deniers negate the content word behind them.
var deniers = map[string]bool{
	"not": true, "no": true, "never": true, "cannot": true, "can't": true, "don't": true, "doesn't": true, "isn't": true, "aren't": true,
	"won't": true, "didn't": true, "wasn't": true, "weren't": true, "couldn't": true, "hasn't": true, "haven't": true, "without": true,
	"nunca": true, "jamas": true, "sin": true, "ningun": true, "ninguna": true, "tampoco": true, "nicht": true, "kein": true, "keine": true,
	"keinen": true, "ohne": true, "pas": true, "sans": true, "aucun": true, "aucune": true, "nao": true, "sem": true, "non": true, "senza": true,
}

// appendDenied returns the stems that a sentence denies.
func appendDenied(out []string, text string, ts []lex.Token, lang string) []string {
	for i, t := range ts {
		if t.Stop() || !deniers[t.Text] {
			continue
		}
		within := 4
		if t.Text == "no" && t.Upper && !t.First {
			within = 1 // a cell's "No" denies nothing behind it, unlike "No visits"
		}
		for j := i + 1; j < len(ts) && j <= i+within && !ts[j].Stop(); j++ {
			w := ts[j].Text
			if strings.ContainsAny(text[ts[j-1].End:ts[j].Start], ",:(") || w == "only" || w == "just" || w == "solo" || w == "matter" {
				break
			}
			if !lex.Function(w) && !isDigit(w[0]) {
				out = append(out, lex.Stem(w, lang))
				break
			}
		}
	}
	return out
}

// markDenials notes what a segment denies, and what it says without denying.
func (s *source) markDenials(text, lang string, bits uint64) {
	denied := appendDenied(nil, text, lex.Tokens(text), lang)
	if len(denied) == 0 {
		return
	}
	if s.denied == nil {
		s.denied, s.affirmed = map[string]uint64{}, map[string]uint64{}
	}
	count := map[string]int{}
	for _, w := range lex.Words(text) {
		count[lex.Stem(w, lang)]++
	}
	for _, stem := range denied {
		count[stem]--
		s.denied[stem] |= bits
		if count[stem] > 0 {
			s.affirmed[stem] |= bits
		}
	}
}

// turns are words by which a sentence may say the same with the denial elsewhere: "if you do not pay", "unless you pay".
var turns = map[string]bool{
	"unless": true, "except": true, "only": true, "until": true, "after": true, "before": true, "otherwise": true, "fail": true, "fails": true,
	"salvo": true, "excepto": true, "solo": true, "hasta": true, "antes": true, "despues": true, "unable": true, "neither": true, "nor": true,
}

// turns reports whether the sentence has such a word and the passage has not.
func (s *sentence) turns(src *source) bool {
	for _, t := range s.tokens {
		if turns[t.Text] && src.stems[lex.Stem(t.Text, s.Lang)] == 0 {
			return true
		}
	}
	return false
}
