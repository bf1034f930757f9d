package lint

import (
	"fmt"
	"slices"
	"strings"

	"switchboard"
	"switchboard/kb"
)

// What package kb makes of prose has at most this many words; only rows of tables and raw blocks can have more.
const proseWords = 150

func passageTooLong(c *checker, a *article, report report) {
	if c.options.LongPassage >= proseWords && !slices.ContainsFunc(a.blocks, func(b block) bool {
		return (b.kind == row || b.kind == code || strings.HasPrefix(b.text, " ")) && len(b.text) > 2*proseWords
	}) {
		return
	}
	for _, p := range kb.Cut(a.doc) {
		if n := len(strings.Fields(p.Text)); n > c.options.LongPassage {
			report(Finding{Document: a.doc.ID, Passage: p.ID, Line: lineOf(a, p), Text: fmt.Sprintf("this passage has %d words, more than %d: a citation of it says little; break it up", n, c.options.LongPassage)})
		}
	}
}

// passageEmpty reports a document that says nothing but its title. Passages of one are never empty otherwise.
func passageEmpty(_ *checker, a *article, report report) {
	for _, b := range a.blocks {
		if b.kind != heading && strings.ContainsFunc(b.text, isLetterOrDigit) {
			return
		}
	}
	report(Finding{Document: a.doc.ID, Text: "says nothing but its title, " + quote(a.doc.Title)})
}

func lineOf(a *article, p switchboard.Passage) int {
	return 1 + strings.Count(a.doc.Body[:min(p.Start, len(a.doc.Body))], "\n")
}

func tableTooWide(c *checker, a *article, report report) {
	var last *table
	for _, b := range a.blocks {
		if b.table == nil || b.table == last {
			continue
		}
		last = b.table
		if n := len(last.header); n > c.options.WideTable {
			report(Finding{Document: a.doc.ID, Line: last.line, Text: fmt.Sprintf("this table has %d columns, more than %d: each row is one passage; make it two tables", n, c.options.WideTable)})
		}
	}
}

// headingOnly reports headings with nothing below them, not even a heading of a lower level. A document of headings
// alone is passageEmpty's.
func headingOnly(_ *checker, a *article, report report) {
	for i, b := range a.blocks {
		if b.kind != heading || len(a.blocks) == 1 {
			continue
		}
		last := i+1 == len(a.blocks)
		if last || a.blocks[i+1].kind == heading && a.blocks[i+1].level <= b.level {
			if i == 0 && strings.EqualFold(b.text, a.doc.Title) {
				continue // the title again
			}
			report(Finding{Document: a.doc.ID, Line: b.line, Text: "nothing stands below the heading " + quote(b.text)})
		}
	}
}
