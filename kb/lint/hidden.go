package lint

import (
	"fmt"
	"strings"
	"unicode"
)

// hiddenInstructions reports what speaks to a model rather than to a reader.
func hiddenInstructions(c *checker, a *article, report report) {
	if c.options.Hidden == nil {
		return
	}
	for _, what := range c.options.Hidden(a.doc.Title + "\n" + a.doc.Body) {
		report(Finding{Document: a.doc.ID, Text: "speaks to the model, not to the reader: " + quote(what)})
	}
}

// hiddenText reports what a browser would not show but the index would find.
func hiddenText(_ *checker, a *article, report report) {
	n := 0
	for line := range strings.Lines(a.doc.Body) {
		n++
		lower := strings.ToLower(line)
		if !strings.ContainsRune(lower, '<') {
			continue
		}
		for _, sign := range []string{"<!--", "display:none", "display: none", "visibility:hidden", "visibility: hidden", "font-size:0", "font-size: 0", "opacity:0", "opacity: 0", `color:#fff`, `color: #fff`, "color:white", "color: white", " hidden>"} {
			if strings.Contains(lower, sign) {
				report(Finding{Document: a.doc.ID, Line: n, Text: "has text that readers do not see: " + quote(line)})
				break
			}
		}
	}
}

// zeroWidth reports characters without a width, which make equal words differ and can hide text, and marks that turn
// the direction of writing. Tags (U+E0000 and following) have no use but to hide text.
func zeroWidth(_ *checker, a *article, report report) {
	n := 0
	for line := range strings.Lines(a.doc.Title + "\n" + a.doc.Body) {
		var before rune
		for _, r := range line {
			switch {
			case r >= 0xe0000 && r <= 0xe007f && before != 0x1f3f4 && !(before >= 0xe0000 && before <= 0xe007f):
				report(Finding{Document: a.doc.ID, Severity: SeverityError, Line: n, Text: "has hidden text in Unicode tag characters"})
			case r == 0x200b, r == 0x2060, r == 0xfeff, r == 0x180e, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069,
				(r == 0x200c || r == 0x200d) && before < 0x0590: // between Latin letters; other scripts and emoji need them
				report(Finding{Document: a.doc.ID, Line: n, Text: fmt.Sprintf("has an invisible character, %U, in %s", r, quote(printable(line)))})
			default:
				before = r
				continue
			}
			before = r
			break
		}
		n++
	}
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return '·'
		}
		return r
	}, s)
}
