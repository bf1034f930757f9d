package analysis

import (
	_ "embed"
	"strings"
	"sync"
)

var (
	//go:embed asking.txt
	askingText string
	//go:embed stop.txt
	stopText string
	//go:embed families.txt
	familiesText string
)

// askingWords are the words of [Analyser.Asking] of each language.
var askingWords = sync.OnceValue(func() map[string][]string { return sections(askingText) })

// moreStopWords are what bleve's lists lack, by their names in bleve.
var moreStopWords = sync.OnceValue(func() map[string][]string { return sections(stopText) })

// sections reads lists of words that stand between white space under a line with their name in brackets. A line that
// begins with # is a comment.
func sections(text string) map[string][]string {
	all := map[string][]string{}
	name := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if inner, ok := strings.CutPrefix(line, "["); ok {
			name = strings.TrimSuffix(inner, "]")
			continue
		}
		all[name] = append(all[name], strings.Fields(line)...)
	}
	return all
}

// families maps the terms of a language's irregular forms to that of their word.
func (a *Analyser) families(lang string) map[string]string {
	all := map[string]string{}
	section := ""
	for line := range strings.Lines(familiesText) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
		}
		words := strings.Fields(line)
		if section != lang || len(words) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		word := a.stem(words[0])
		for _, form := range words[1:] {
			if term := a.stem(form); term != "" && term != word {
				all[term] = word
			}
		}
	}
	return all
}
