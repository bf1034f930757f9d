package kb

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Some Markdown costs its parser time that grows with the square of its length or worse: 200 kB of "> > >" take most
// of a minute. Nothing that people write comes near these bounds; a body that passes them is read as plain text.
const (
	maxNesting     = 32      // containers that one line may open
	maxOpenLinks   = 100     // link targets without an end in one block
	maxOpenBracket = 500     // brackets without an end in one block
	maxEmphasis    = 10_000  // emphasis marks in one block
	maxReferences  = 1_000   // link references in one block
	maxBlock       = 1 << 20 // bytes without an empty line
)

// hostile reports whether body passes one of the bounds.
func hostile(body string) bool {
	hostile := false
	blocks(body, func(start, end int) {
		block := body[start:end]
		hostile = hostile || len(block) > maxBlock ||
			strings.Count(block, "](")-strings.Count(block, ")") > maxOpenLinks ||
			strings.Count(block, "[")-strings.Count(block, "]") > maxOpenBracket ||
			strings.Count(block, "*")+strings.Count(block, "_")+strings.Count(block, "~") > maxEmphasis ||
			strings.Count(block, "]:") > maxReferences
		for line := range strings.Lines(block) {
			hostile = hostile || nesting(line) > maxNesting
		}
	})
	return hostile
}

// nesting counts the containers (quotes, list items) that a line may open.
func nesting(line string) int {
	n := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '>' || c == '-' || c == '+' || c == '*' || c == '.' || c == ')':
			n++
		case c != ' ' && c != '\t' && (c < '0' || c > '9'):
			return n
		}
		if strings.HasPrefix(line[i:], "---") || strings.HasPrefix(line[i:], "***") || strings.HasPrefix(line[i:], "...") {
			return n // a rule
		}
	}
	return n
}

// blocks calls each with the range of every run of lines that are not empty.
func blocks(body string, each func(start, end int)) {
	start, at := 0, 0
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) == "" {
			if at > start {
				each(start, at)
			}
			start = at + len(line)
		}
		at += len(line)
	}
	if at > start {
		each(start, at)
	}
}

// plainUnits cuts body into units without reading it as Markdown.
func plainUnits(body string) []unit {
	r := &reader{}
	blocks(body, func(start, end int) {
		for _, piece := range sentencePieces(body[start:end], maxWords) {
			r.add(body[start+piece[0]:start+piece[1]], start+piece[0], start+piece[1])
		}
	})
	return r.units
}

// oneParagraph reports whether body is a single paragraph that Markdown would leave as it is: one line that begins with
// a letter, with nothing in it that might be markup. Rows of FAQs are such, and reading them as Markdown takes longest.
func oneParagraph(body string) bool {
	first, _ := utf8.DecodeRuneInString(body)
	return unicode.IsLetter(first) && !strings.ContainsAny(body, "\n\t*_`[]<>\\&~|") && !strings.Contains(body, "  ") &&
		!strings.Contains(body, "://") && !strings.Contains(body, "www.") && !strings.Contains(body, "@")
}
