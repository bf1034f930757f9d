package lint

import (
	"fmt"
	"strings"
)

// unreadable reports sentences that nobody reads to the end.
func unreadable(c *checker, a *article, report report) {
	for _, b := range a.blocks {
		if b.kind != paragraph && b.kind != item || len(b.text) < 2*c.options.LongLine {
			continue
		}
		for _, s := range sentences(b.text) {
			if n := len(strings.Fields(s)); n > c.options.LongLine {
				report(Finding{Document: a.doc.ID, Line: b.line, Text: fmt.Sprintf("this sentence has %d words, more than %d: %s", n, c.options.LongLine, quote(s))})
			}
		}
	}
}
