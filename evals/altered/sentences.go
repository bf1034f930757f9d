package altered

import (
	"regexp"
	"strings"
	"unicode"
)

var sentenceEnd = regexp.MustCompile(`([.!?])\s+(?:\p{Lu}|[¿¡])`)

// listMark is what stands before an item of a list, and what makes a heading one.
var listMark = regexp.MustCompile(`^\s*(?:[-*•]\s+|\d{1,2}[.)]\s+|#+\s+|\|.*)`)

// Sentences cuts a passage's text into the sentences that a reply might repeat. The row of a table that was written out
// is told cell by cell.
func Sentences(text, lang string) []string {
	if _, row, ok := strings.Cut(text, " — "); ok && strings.Contains(row, "; ") {
		if out := rowSentences(row, lang); out != nil {
			return out
		}
	}
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "|") || strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.ReplaceAll(line[len(listMark.FindString(line)):], "**", "")
		last := 0
		for _, loc := range sentenceEnd.FindAllStringSubmatchIndex(line, -1) {
			out = append(out, strings.TrimSpace(line[last:loc[3]]))
			last = loc[3]
		}
		if s := strings.TrimSpace(line[last:]); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// rowSentences tells a row's cells one by one: "For Vireo Talk, price a month is €7.99."
func rowSentences(row, lang string) []string {
	parts := strings.Split(strings.TrimSuffix(row, "."), "; ")
	_, subject, ok := strings.Cut(parts[0], ": ")
	if !ok {
		return nil
	}
	var out []string
	for _, p := range parts[1:] {
		if head, value, ok := strings.Cut(p, ": "); ok {
			if lang == "es" {
				out = append(out, "Para "+subject+", "+strings.ToLower(head[:1])+head[1:]+" es "+value+".")
				continue
			}
			out = append(out, "For "+subject+", "+strings.ToLower(head[:1])+head[1:]+" is "+value+".")
		}
	}
	return out
}

// states reports whether a sentence has something to alter: a number, or a word that denies.
func states(text string) bool {
	words := len(strings.Fields(text))
	return words >= 3 && words <= 60 && (strings.ContainsFunc(text, unicode.IsDigit) || numberWord.MatchString(text) || denial.MatchString(text))
}

// plain is a sentence for comparing.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '€' && r != '$' }), " ")
}
