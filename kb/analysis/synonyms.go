package analysis

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Synonyms are groups of words and phrases that mean the same, by language. The zero value has none. It is safe for
// concurrent use.
type Synonyms struct {
	groups map[string][]group // by primary tag; anyLanguage for all
}

// group is one line of a file: each of from is also said as any of to.
type group struct {
	from, to []string
	oneWay   bool // else from and to are the same
}

// anyLanguage is the section of groups for all languages.
const anyLanguage = "*"

// Limits of a file of synonyms. Matching takes time by the number of groups that begin with the same word.
const (
	maxSynonymBytes = 1 << 20
	maxEntries      = 32  // in a group
	maxEntryBytes   = 100 // of an entry
	maxMistakes     = 20  // that are told at once
)

//go:embed synonyms.txt
var builtinSynonyms []byte

// BuiltinSynonyms are those that hold for most help centres, from synonyms.txt, which also says how such files are
// written.
var BuiltinSynonyms = sync.OnceValue(func() Synonyms {
	s, err := ParseSynonyms(builtinSynonyms)
	if err != nil {
		panic("analysis: built-in synonyms: " + err.Error())
	}
	return s
})

// ParseSynonyms reads a file of synonyms, UTF-8, at most a megabyte. Its error says what is wrong with each line.
func ParseSynonyms(data []byte) (Synonyms, error) {
	if len(data) > maxSynonymBytes {
		return Synonyms{}, fmt.Errorf("synonyms: %d bytes are more than %d", len(data), maxSynonymBytes)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	s := Synonyms{groups: map[string][]group{}}
	section := anyLanguage
	var mistakes []error
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		lang, isSection, err := parseSection(line)
		if isSection && err == nil {
			section = lang
			continue
		}
		var g group
		if err == nil {
			g, err = parseGroup(line)
		}
		if err == nil {
			s.groups[section] = append(s.groups[section], g)
			continue
		}
		mistakes = append(mistakes, fmt.Errorf("line %d: %w", number, err))
		if len(mistakes) == maxMistakes {
			mistakes = append(mistakes, errors.New("and maybe more"))
			break
		}
	}
	if mistakes != nil {
		return Synonyms{}, fmt.Errorf("synonyms: %w", errors.Join(mistakes...))
	}
	return s, nil
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}$`)

// parseSection reads a line such as [es].
func parseSection(line string) (lang string, is bool, err error) {
	if line[0] != '[' {
		return "", false, nil
	}
	lang, closed := strings.CutSuffix(line[1:], "]")
	lang = strings.ToLower(strings.TrimSpace(lang))
	if !closed || (lang != anyLanguage && !languageTag.MatchString(lang)) {
		return "", true, fmt.Errorf("%.40q is no language in brackets, such as [es]", line)
	}
	return lang, true, nil
}

func parseGroup(line string) (g group, err error) {
	left, right, oneWay := strings.Cut(line, "=>")
	if strings.Contains(right, "=>") {
		return group{}, errors.New("more than one =>")
	}
	g.oneWay = oneWay
	if g.from, err = parseEntries(left); err != nil {
		return group{}, err
	}
	if !oneWay {
		g.to = g.from
		if len(g.from) == 1 {
			return group{}, fmt.Errorf("%q is alone: a group has two entries or more, with commas between", g.from[0])
		}
		return g, nil
	}
	g.to, err = parseEntries(right)
	return g, err
}

func parseEntries(list string) ([]string, error) {
	entries := strings.Split(list, ",")
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("%d entries are more than %d", len(entries), maxEntries)
	}
	for i, e := range entries {
		e = strings.Join(strings.Fields(e), " ")
		switch {
		case e == "":
			return nil, errors.New("an entry is empty")
		case len(e) > maxEntryBytes:
			return nil, fmt.Errorf("entry %.20q… has %d bytes, more than %d", e, len(e), maxEntryBytes)
		case !utf8.ValidString(e):
			return nil, errors.New("an entry is not UTF-8")
		}
		entries[i] = e
	}
	return entries, nil
}

// And returns the groups of both.
func (s Synonyms) And(more Synonyms) Synonyms {
	all := Synonyms{groups: map[string][]group{}}
	for _, each := range []Synonyms{s, more} {
		for lang, groups := range each.groups {
			all.groups[lang] = append(all.groups[lang], groups...)
		}
	}
	return all
}
