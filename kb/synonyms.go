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

// synonymShares is what an occurrence of a synonym counts, of the shares of one of the question's own word.
const synonymShares = shares / 2

// alternatives maps each term of the language's synonyms to the others of its group, as the analyser makes them.
func (c *collection) alternatives() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(synonyms(c.lang)) {
		var group []string
		for word := range strings.FieldsSeq(line) {
			if tokens := c.analyser.Analyze([]byte(word)); len(tokens) == 1 {
				group = append(group, string(tokens[0].Term))
			}
		}
		for i, term := range group {
			for j, other := range group {
				if i != j && term != other {
					out[term] = append(out[term], other)
				}
			}
		}
	}
	return out
}
