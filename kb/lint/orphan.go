package lint

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// A convention of naming translations counts as in use for a language where at least this many of its documents, and
// this share, have a counterpart in the language that most are in.
const (
	inUse      = 3
	inUseShare = 0.5
	fewOf      = 50 // documents from which a language with one or two of them is remarkable
	few        = 2
)

// orphanLanguage reports documents that exist in some language but not in the one that most are in, where translations
// are named so that one can tell, and languages with hardly any documents.
func orphanLanguage(c *checker, report report) {
	langs := map[string][]int{}
	for i, d := range c.docs {
		if c.lives[i].to >= c.today {
			langs[d.Lang] = append(langs[d.Lang], i)
		}
	}
	base := ""
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		if len(langs[lang]) > len(langs[base]) {
			base = lang
		}
	}
	known := map[string]bool{}
	for _, i := range langs[base] {
		for _, name := range translationNames(c, i) {
			known[name] = true
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		if lang == base {
			continue
		}
		if len(langs[lang]) <= few && len(c.docs) >= fewOf {
			for _, i := range langs[lang] {
				report(Finding{Document: c.docs[i].ID, Text: fmt.Sprintf("is one of %s in %q, of %d in all: the wrong language?",
					count(len(langs[lang]), "document", "documents"), lang, len(c.docs))})
			}
		}
		var orphans []int
		for _, i := range langs[lang] {
			if !slices.ContainsFunc(translationNames(c, i), func(n string) bool { return known[n] }) {
				orphans = append(orphans, i)
			}
		}
		paired := len(langs[lang]) - len(orphans)
		if paired < inUse || float64(paired) < inUseShare*float64(len(langs[lang])) {
			continue
		}
		for _, i := range orphans {
			report(Finding{Document: c.docs[i].ID, Text: fmt.Sprintf("exists in %q but not in %q, as %d of %d others in %q do", lang, base, paired, len(langs[lang])-1, lang)})
		}
	}
}

// translationNames are what a document shares with its translations: its id without the language before or behind,
// and the path of its address without the language in it.
func translationNames(c *checker, i int) []string {
	d := c.docs[i]
	id := strings.ToLower(d.ID)
	names := []string{"id:" + id}
	for _, sep := range []string{"-", "_", ".", "/", ":"} {
		if rest, ok := strings.CutSuffix(id, sep+d.Lang); ok {
			names = append(names, "id:"+rest)
		}
		if rest, ok := strings.CutPrefix(id, d.Lang+sep); ok {
			names = append(names, "id:"+rest)
		}
	}
	if u, err := url.Parse(d.URL); err == nil && strings.Trim(u.Path, "/") != "" {
		parts := strings.Split(strings.ToLower(strings.Trim(u.Path, "/")), "/")
		parts = slices.DeleteFunc(parts, func(p string) bool { return len(p) <= 5 && langOf(p) == d.Lang })
		names = append(names, "url:"+strings.ToLower(u.Host)+"/"+strings.Join(parts, "/"))
	}
	return names
}

// langOf is the primary part of what may be a language tag.
func langOf(tag string) string {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return primary
}
