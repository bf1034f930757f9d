package guard

import (
	"switchboard"
	"switchboard/fallback/internal/lex"
)

// leakWords is how many words in a row a reply may not share with the instructions.
const leakWords = 12

// leak stops sentences that repeat the instructions. A stream is checked sentence by sentence, so a sentence of fewer
// words that lies wholly inside the instructions passes; what no passage says is then stopped by the last guard.
func leak(s *sentence) string {
	if len(s.ev.shingles) == 0 {
		return ""
	}
	words := plainWords(s.tokens)
	for i := 0; i+leakWords <= len(words); i++ {
		if s.ev.shingles[shingle(words[i:i+leakWords])] {
			return "the sentence repeats the instructions"
		}
	}
	return ""
}

// secretShingles are the runs of words of the instructions that no passage has.
func secretShingles(instructions string, passages []switchboard.Passage) map[uint64]bool {
	words := plainWords(lex.Tokens(instructions))
	if len(words) < leakWords {
		return nil
	}
	out := make(map[uint64]bool, len(words))
	for i := 0; i+leakWords <= len(words); i++ {
		out[shingle(words[i:i+leakWords])] = true
	}
	for _, p := range passages {
		words := plainWords(lex.Tokens(p.Text))
		for i := 0; i+leakWords <= len(words); i++ {
			delete(out, shingle(words[i:i+leakWords]))
		}
	}
	return out
}

// shingle hashes words by FNV-1a.
func shingle(words []string) uint64 {
	h := uint64(14695981039346656037)
	for _, w := range words {
		for i := 0; i < len(w); i++ {
			h = (h ^ uint64(w[i])) * 1099511628211
		}
		h = (h ^ ' ') * 1099511628211
	}
	return h
}

func plainWords(ts []lex.Token) []string {
	out := make([]string, 0, len(ts))
	for _, t := range ts {
		if !t.Stop() {
			out = append(out, t.Text)
		}
	}
	return out
}
