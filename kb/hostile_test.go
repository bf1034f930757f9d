package kb

import (
	"strings"
	"testing"
)

// TestHostileMarkdown names bodies that take the parser minutes when they are long, and cuts them in no time.
func TestHostileMarkdown(t *testing.T) {
	for _, s := range []string{"> ", "> - ", "1. ", "* ", "- - ", "+ ", "[a](", "[a](b\n", "[", "![", "*a ", "_a ", "~~", "[a]: b\n", "***a"} {
		body := strings.Repeat(s, 40_000/len(s))
		if !hostile(body) {
			t.Errorf("%q passes for ordinary", s)
		}
		if cuts := cutDocument(Document{ID: "d", Body: body}.Normalize()); len(cuts) == 0 {
			t.Errorf("%q: no passage", s)
		}
	}
}

func TestOrdinaryMarkdownIsNotHostile(t *testing.T) {
	for _, s := range []string{
		"---\n\n***\n\n-----------------------------------------------------------------",
		"1. a\n   - b\n     - c\n       > d",
		strings.Repeat("| [a](b) | **c** |\n", 1000),
		"Contents .......................................................... 4",
	} {
		if hostile(s) {
			t.Errorf("%.40q", s)
		}
	}
}
