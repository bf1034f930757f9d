package guard

import (
	"strings"

	"switchboard/fallback/internal/lex"
)

// leakWords is how many words in a row a reply may not share with the instructions.
const leakWords = 12

// leak stops sentences that repeat the instructions. A stream is checked sentence by sentence, so a sentence of fewer
// words that lies wholly inside the instructions passes; what no passage says is then stopped by the last guard.
func leak(s *sentence) string {
	if len(s.ev.secret) == 0 {
		return ""
	}
	words := plainWords(s.tokens)
	for i := 0; i+leakWords <= len(words); i++ {
		if run := words[i : i+leakWords]; s.ev.secret[shingle(run)] && !s.inPassage(run) {
			return "the sentence repeats the instructions"
		}
	}
	return ""
}

// inPassage reports whether a passage has the words in a row: then they are no secret.
func (s *sentence) inPassage(run []string) bool {
	text := " " + strings.Join(run, " ") + " "
	for _, p := range s.Passages {
		if strings.Contains(" "+strings.Join(plainWords(lex.Tokens(p.Text)), " ")+" ", text) {
			return true
		}
	}
	return false
}

// secretShingles are the runs of words of the instructions, hashed.
func secretShingles(instructions string) map[uint64]bool {
	words := plainWords(lex.Tokens(instructions))
	if len(words) < leakWords {
		return nil
	}
	out := make(map[uint64]bool, len(words))
	for i := 0; i+leakWords <= len(words); i++ {
		out[shingle(words[i:i+leakWords])] = true
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
