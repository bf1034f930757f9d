package altered

import (
	"math/rand/v2"

	"switchboard"
)

// Alter returns a sentence made false in every way that fits, a few times each.
func Alter(text, lang string, passages []switchboard.Passage, rng *rand.Rand) (out []string) {
	c := claim{text: text, lang: lang, passages: passages, from: 1}
	seen := map[string]bool{"": true, text: true}
	for _, w := range ways {
		for range 6 {
			if alt := w.alter(c, rng); !seen[alt] {
				seen[alt] = true
				out = append(out, alt)
			}
		}
	}
	return out
}
