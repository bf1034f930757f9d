package lint

import (
	"slices"
	"strings"
)

// personalData reports lines that seem to name a person, a card or an account.
func personalData(c *checker, a *article, report report) {
	find := c.options.PersonalData
	if find == nil {
		return
	}
	for _, b := range a.blocks {
		kinds := find(b.text)
		slices.Sort(kinds)
		if kinds = slices.Compact(kinds); len(kinds) > 0 {
			// What it is, not what it says: findings are printed and kept where articles are not.
			report(Finding{Document: a.doc.ID, Line: b.line, Text: "seems to hold personal data: " + strings.ToLower(strings.Join(kinds, ", "))})
		}
	}
}
