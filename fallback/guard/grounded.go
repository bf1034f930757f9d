package guard

import (
	"fmt"

	"switchboard/fallback/internal/lex"
)

// leastContent is how many content words a sentence needs before its support means something.
const leastContent = 4

// grounded measures how well the passages support the sentence's words and stops what they do not support. Where the
// sentence cites nothing and nothing else backs it, a passage that supports it well becomes the backing.
func grounded(s *sentence) string {
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
	s.grounded = best
	if content < leastContent {
		if best < 1 {
			s.grounded = 0 // too short to tell
		}
	}
	if len(s.backing) == 0 && at > 0 && best >= backingSupport && content >= leastContent-1 {
		s.backing = []int{at}
	}
	least := s.MinGrounded
	if least == 0 {
		least = defaultMinGrounded
	}
	if content >= leastContent && best < least && !courtesy(s.tokens) {
		return fmt.Sprintf("the passages support %.0f%% of the sentence, %.0f%% is asked", 100*best, 100*least)
	}
	return ""
}

// backingSupport is the support from which on a passage is taken to be where a sentence without a marker comes from.
const backingSupport = 0.6

// support returns the share of the sentence's content that the passage has, 0..1, and how many content words there
// are. Numbers weigh double; function words and the bot's own phrases weigh nothing.
func (src *source) support(s *sentence) (score float64, content int) {
	total, have := 0.0, 0.0
	for _, t := range s.words {
		if t.Stop() || lex.Function(t.Text) || len(t.Text) < 2 && !isDigit(t.Text[0]) {
			continue
		}
		weight := 1.0
		if isDigit(t.Text[0]) {
			weight = 2
		}
		content++
		total += weight
		if src.stems[lex.Stem(t.Text, s.Lang)] || src.numbers[t.Text] {
			have += weight
		}
	}
	if total == 0 {
		return 0, 0
	}
	return have / total, content
}

// wordsHeld returns the share of the sentence's content words, numbers apart, that the passage has.
func (src *source) wordsHeld(s *sentence) float64 {
	have, total := 0, 0
	for _, t := range s.words {
		if t.Stop() || lex.Function(t.Text) || isDigit(t.Text[0]) {
			continue
		}
		total++
		if src.stems[lex.Stem(t.Text, s.Lang)] {
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
	_, ok := courtesies.Find(ts)
	return ok && len(ts) <= 24
}
