package analysis

import "strings"

// units are those that are written both against their number and apart from it, as terms: some stemmers take the s off.
var units = func() map[string]bool {
	all := map[string]bool{}
	for unit := range strings.FieldsSeq("kb mb gb tb kbps mbps gbps kbp mbp gbp mhz ghz mah min km") {
		all[unit] = true
	}
	return all
}()

// quantity returns how the term at i, or it and the next, are written the other way: "20GB" as "20 GB" and the other
// way round. taken is how many terms that is, 0 if they are no number with a unit.
func quantity(terms []Term, i int) (taken int, otherwise []string) {
	text := terms[i].Text
	number := len(text) - len(strings.TrimLeft(text, "0123456789.,"))
	switch {
	case number == 0:
		return 0, nil
	case number < len(text) && units[text[number:]]:
		return 1, []string{text[:number], text[number:]}
	case number == len(text) && i+1 < len(terms) && terms[i+1].Pos == terms[i].Pos+1 && units[terms[i+1].Text]:
		return 2, []string{text + terms[i+1].Text}
	}
	return 0, nil
}
