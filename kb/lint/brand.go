package lint

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/kb"
)

// A word that is a name in many documents is the company's own. A sample of the documents is enough to tell.
const (
	brandSample = 1000 // documents that are looked at
	brandFrom   = 20   // documents below which nothing can be told
	brandShare  = 0.4
	brandBytes  = 2000 // of a document that are looked at
)

// brandOf are the words that begin with a capital inside the sentences of many documents, in the form of a token.
func brandOf(docs []kb.Document) map[string]bool {
	if len(docs) < brandFrom {
		return nil
	}
	step := max(len(docs)/brandSample, 1)
	seen, sampled := map[string]int{}, 0
	for i := 0; i < len(docs); i += step {
		sampled++
		body := docs[i].Body
		for w := range namesIn(strings.ToValidUTF8(body[:min(len(body), brandBytes)], "")) {
			seen[w]++
		}
	}
	brand := map[string]bool{}
	for w, n := range seen {
		if float64(n) >= brandShare*float64(sampled) {
			brand[w] = true
		}
	}
	return brand
}

// namesIn are the words with a capital that follow a word without one, each once.
func namesIn(text string) map[string]bool {
	names := map[string]bool{}
	small := false
	for _, t := range tokens(text) {
		first, _ := utf8.DecodeRuneInString(t.text)
		if t.kind == word && unicode.IsUpper(first) && small {
			names[t.norm] = true
		}
		small = t.kind == word && unicode.IsLower(first)
	}
	return names
}
