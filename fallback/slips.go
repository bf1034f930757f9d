package fallback

import (
	"strings"

	"switchboard/fallback/internal/lex"
)

// A word is looked at for a slip of the finger from so many letters on, and only where the knowledge base has it nowhere:
// shorter words are too near to others.
const (
	leastSlip = 6
	unknown   = 0.999
)

// mend reads the words of a question that the knowledge base does not know as those of the best passages that they are one
// slip from: the search has done the same to find them. Beginning and end must be right, so that a "charger" that nobody
// sells is no "charges".
func (q *question) mend(texts []passageText, rarity func(string) float64) {
	if rarity == nil {
		return
	}
	for i := range q.terms {
		t := &q.terms[i]
		if t.rarity < unknown || len(t.word) < leastSlip || strings.ContainsAny(t.word, "0123456789") {
			continue
		}
		if meant := meantBy(t.word, texts[:min(judged, len(texts))]); meant != "" {
			t.word, t.stem, t.rarity = meant, lex.Stem(meant, q.lang), rarity(meant)
		}
	}
}

// meantBy is the first word of the passages that a word is one slip from, "" for none.
func meantBy(word string, texts []passageText) string {
	for _, text := range texts {
		for known := range strings.FieldsSeq(text.words) {
			if oneSlip(word, known) {
				return known
			}
		}
	}
	return ""
}

// oneSlip reports whether two different words with the same first and last byte differ by one byte put in, left out or
// changed, or by two neighbours that have changed places.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == "" || a[0] != b[0] || a[len(a)-1] != b[len(b)-1] {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) < len(b):
		return a[i:] == b[i+1:]
	case i == len(a):
		return false // the same word
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
