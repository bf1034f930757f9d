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
