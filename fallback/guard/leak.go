package guard

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"switchboard/fallback/internal/lex"
)

// A reply may share neither so many words in a row with the instructions, nor a whole sentence of so many.
const (
	leakWords     = 9
	leakSentence  = 6
	leakScrambled = 24 // letters in a row, where words cannot be told: spaced, joined, reversed
)

// secret is what the instructions say.
type secret struct {
	runs    map[uint64]bool // of leakWords words, hashed
	running string          // the words in a row, parted and surrounded by spaces
	letters string          // nothing but letters and digits
}

// leak stops sentences that repeat the instructions, as they are or in a simple disguise: reversed, spaced out, by ROT13,
// in base64 or hexadecimal. What a passage says too is no secret.
func leak(s *sentence) string {
	if s.ev.secret == nil {
		return ""
	}
	words := plainWords(s.tokens)
	if s.repeats(words) {
		return "the sentence repeats the instructions"
	}
	if !natural(words) {
		for _, disguise := range disguises {
			if text := disguise(s.body); text != "" && s.repeatsLetters(text) {
				return "the sentence repeats the instructions in disguise"
			}
		}
	}
	return ""
}

func (s *sentence) repeats(words []string) bool {
	for i := 0; i+leakWords <= len(words); i++ {
		if run := words[i : i+leakWords]; s.ev.secret.runs[shingle(run)] && !s.inPassage(run) {
			return true
		}
	}
	return len(words) >= leakSentence && len(words) < leakWords &&
		strings.Contains(s.ev.secret.running, " "+strings.Join(words, " ")+" ") && !s.inPassage(words)
}

// repeatsLetters reports whether the instructions have a text's letters in a row, wherever words begin.
func (s *sentence) repeatsLetters(text string) bool {
	letters := closed(text)
	for i := 0; i+leakScrambled <= len(letters); i += leakScrambled / 2 {
		part := letters[i : i+leakScrambled]
		if strings.Contains(s.ev.secret.letters, part) && !slices.ContainsFunc(s.ev.passages, func(p source) bool { return strings.Contains(closed(p.folded), part) }) {
			return true
		}
	}
	return false
}

// natural reports whether words are those of a language that people speak: one in twelve at least carries grammar.
func natural(words []string) bool {
	grammar := 0
	for _, w := range words {
		if len(w) > 1 && speakers[w] != 0 {
			grammar++
		}
	}
	long := slices.ContainsFunc(words, func(w string) bool { return len(w) >= leakScrambled })
	return len(words) < 2 && !long || grammar > 0 && grammar*12 >= len(words) && !long
}

// disguises undo what hides a text from a reader who looks for its words. They return "" where there is nothing to undo.
var disguises = []func(string) string{
	func(s string) string { return s }, // spaces in other places
	reversed,
	func(s string) string { return strings.Map(rot13, s) },
	func(s string) string { return decoded(s, base64Word, fromBase64) },
	func(s string) string {
		return decoded(s, hexWord, func(w string) ([]byte, error) { return hex.DecodeString(strings.ReplaceAll(w, " ", "")) })
	},
}

var (
	base64Word = regexp.MustCompile(`[A-Za-z0-9+/_-]{24,}`)
	hexWord    = regexp.MustCompile(`(?:[0-9A-Fa-f]{2} ?){16,}`)
)

func fromBase64(w string) ([]byte, error) {
	w = strings.NewReplacer("-", "+", "_", "/").Replace(w)
	return base64.RawStdEncoding.DecodeString(w[:len(w)-len(w)%4])
}

func decoded(s string, word *regexp.Regexp, decode func(string) ([]byte, error)) string {
	var out []byte
	for _, w := range word.FindAllString(s, -1) {
		if b, err := decode(w); err == nil {
			out = append(out, b...)
		}
	}
	return string(out)
}

func reversed(s string) string {
	rs := []rune(s)
	slices.Reverse(rs)
	return string(rs)
}

func rot13(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case r >= 'A' && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

// inPassage reports whether a passage has the words in a row: then they are no secret.
func (s *sentence) inPassage(run []string) bool {
	text := " " + strings.Join(run, " ") + " "
	return slices.ContainsFunc(s.ev.passages, func(p source) bool { return strings.Contains(p.running, text) })
}

// newSecret reads the instructions; nil where they are too short to be recognised.
func newSecret(instructions string) *secret {
	words := plainWords(lex.Tokens(instructions))
	if len(words) < leakWords {
		return nil
	}
	out := &secret{runs: make(map[uint64]bool, len(words)), running: " " + strings.Join(words, " ") + " ", letters: closed(instructions)}
	for i := 0; i+leakWords <= len(words); i++ {
		out.runs[shingle(words[i:i+leakWords])] = true
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
