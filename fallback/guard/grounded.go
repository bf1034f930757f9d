package guard

import (
	"fmt"
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// leastContent is how many content words a sentence needs before its support means something.
const leastContent = 4

// grounded measures how well the passages support the sentence's words and stops what they do not support. Where the
// sentence cites nothing and nothing else backs it, a passage that supports it well becomes the backing.
func grounded(s *sentence) string {
	s.markBacked()
	best, at, content := 0.0, 0, 0
	for _, n := range s.sources() {
		score, words := s.ev.passages[n-1].support(s)
		content = words
		if score > best {
			best, at = score, n
		}
	}
	if content == 0 {
		return ""
	}
	if n := longestWord(s.tokens); n > mostLetters {
		return fmt.Sprintf("a word of %d letters is none", n)
	}
	s.grounded = best
	if content < leastContent {
		if best < 0.9 {
			s.grounded = 0 // too short to tell
		}
	}
	if len(s.backing) == 0 && at > 0 && best >= backingSupport && content >= leastContent-1 {
		s.backing = []int{at}
	}
	least := s.MinGrounded
	if least == 0 {
		least = DefaultMinGrounded
	}
	if content >= leastContent && best < least && !courtesy(s.tokens) {
		return fmt.Sprintf("the passages support %.0f%% of the sentence, %.0f%% is asked", 100*best, 100*least)
	}
	return ""
}

// markBacked notes the words of quantities, which the guard before has found in the passages: "8 am" is there as "08:00".
func (s *sentence) markBacked() {
	if len(s.claimed) == 0 || strings.Contains(s.body, "://") || strings.Contains(s.body, "www.") {
		return // words are counted in the text without addresses
	}
	for i := range s.words {
		for _, q := range s.claimed {
			if s.words[i].start >= q.start && s.words[i].start < q.end {
				s.words[i].backed = true
			}
		}
	}
}

// mostLetters is how long a word of an alphabet may be. The longest that dictionaries have are half of that.
const mostLetters = 120

// longestWord returns the length of the longest word that is written in ASCII alone. Scripts without spaces have no
// bound.
func longestWord(ts []lex.Token) (most int) {
	for _, t := range ts {
		if n := len(t.Text); n > most && n > mostLetters && !strings.ContainsFunc(t.Text, func(r rune) bool { return r > 127 }) {
			most = n
		}
	}
	return most
}

// backingSupport is the support from which on a passage is taken to be where a sentence without a marker comes from.
const backingSupport = 0.6

// The shares of a passage's support: of the content words, of all words, and of the pairs of neighbours. Responses
// that stray give themselves away by their small words too: "I think", "you should".
const (
	contentShare = 0.5
	wordsShare   = 0.4
	pairsShare   = 0.1
)

// word is one word of a sentence, ready to be looked up.
type word struct {
	text, stem string
	content    bool
	number     bool
	backed     bool    // part of a quantity that a passage has in its own way
	start      int     // byte of the text that was cut
	name       bool    // a proper name, as far as capitals tell
	weight     float64 // in telling what a segment speaks of; names weigh more, numbers that count something nothing
}

// supported reads the words of a sentence that must be supported.
func supported(ts []lex.Token, lang string) []word {
	out := make([]word, 0, len(ts))
	named := false // the word before is written with a capital
	for _, t := range ts {
		if t.Stop() {
			continue
		}
		w := word{start: t.Start, text: t.Text, stem: lex.Stem(t.Text, lang), number: isDigit(t.Text[0])}
		w.content = w.number || len(t.Text) > 1 && !lex.Function(t.Text)
		w.weight, w.name = weightOf(w, t, named), isName(w, t)
		named = t.Upper
		out = append(out, w)
	}
	return out
}

func (src *source) hasWord(w word) bool {
	return w.backed || src.stems[w.stem] != 0 || w.number && src.numbers[w.text]
}

// support returns how well the passage supports the sentence's words, 0..1, and how many content words there are.
// Numbers weigh double.
func (src *source) support(s *sentence) (score float64, content int) {
	total, have, held, pairs := 0.0, 0.0, 0, 0
	for i, w := range s.words {
		has := src.hasWord(w)
		if has {
			held++
			if i > 0 && src.follows(s.words[i-1].text, w.text) {
				pairs++
			}
		}
		if !w.content {
			continue
		}
		weight := 1.0
		if w.number {
			weight = 2
		}
		content++
		total += weight
		if has {
			have += weight
		}
	}
	if total == 0 {
		return 0, 0
	}
	score = contentShare*have/total + wordsShare*float64(held)/float64(len(s.words))
	if len(s.words) > 1 {
		score += pairsShare * float64(pairs) / float64(len(s.words)-1)
	}
	return min(score, 1), content
}

// follows reports whether the passage has one word right behind another.
func (src *source) follows(a, b string) bool { return src.pairs[pair(a, b)] }

// pair hashes two words by FNV-1a.
func pair(a, b string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(a); i++ {
		h = (h ^ uint64(a[i])) * 1099511628211
	}
	h = (h ^ ' ') * 1099511628211
	for i := 0; i < len(b); i++ {
		h = (h ^ uint64(b[i])) * 1099511628211
	}
	return h
}

// wordsHeld returns the share of the sentence's content words, numbers apart, that the passage has.
func (src *source) wordsHeld(s *sentence) float64 {
	have, total := 0, 0
	for _, w := range s.words {
		if !w.content || w.number {
			continue
		}
		total++
		if src.stems[w.stem] != 0 {
			have++
		}
	}
	if total == 0 {
		return 0
	}
	return float64(have) / float64(total)
}

// courtesy reports whether a sentence speaks of the conversation, not of facts.
func courtesy(ts []lex.Token) bool {
	m, ok := courtesies.Find(ts)
	if !ok || len(ts) > 24 {
		return false
	}
	more := 0 // words with content that are not the courtesy's: "of course, the parade begins at dawn" is none
	for i, t := range ts {
		if (i < m.Start || i >= m.End) && !t.Stop() && !lex.Function(t.Text) {
			more++
		}
	}
	return more <= leastContent
}

// Support returns how well the passages support a text, 0..1: the best single passage's share of its content. It is
// the score behind the last guard, for measuring and for whole answers.
func Support(text, lang string, passages ...switchboard.Passage) float64 {
	s := newSentence(Draft{Sentence: text, Lang: lang, Passages: passages})
	best := 0.0
	for i := range s.ev.passages {
		score, _ := s.ev.passages[i].support(s)
		best = max(best, score)
	}
	return best
}
