package kb

import "strings"

// synonyms are words that mean the same in questions and in help articles, each group on a line. A question's word
// finds what has any of its group, at a share of the weight for the others.
func synonyms(lang string) string {
	switch lang {
	case "en":
		return `internet broadband
			house home
			router modem hub
			gigabyte gb
			megabyte mb
			bill invoice
			cancel terminate
			instalment installment
			cellphone mobile`
	case "es":
		return `casa domicilio
			factura recibo
			gigabyte gb
			coste precio
			router módem`
	}
	return ""
}

// synonymShare is what an occurrence of a synonym counts, of what one of the question's own word counts.
const synonymShare = 0.5

// alternatives maps each term of the language's synonyms to the others of its group, as the analyser makes them.
func (c *collection) alternatives() map[string][][]byte {
	out := map[string][][]byte{}
	for line := range strings.Lines(synonyms(c.lang)) {
		var group [][]byte
		for word := range strings.FieldsSeq(line) {
			if tokens := c.analyser.Analyze([]byte(word)); len(tokens) == 1 {
				group = append(group, tokens[0].Term)
			}
		}
		for i, term := range group {
			for j, other := range group {
				if i != j && string(term) != string(other) {
					out[string(term)] = append(out[string(term)], other)
				}
			}
		}
	}
	return out
}
