package kb

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Articles say what their acronyms stand for: "a credit limit increase (CLI)". Customers say it in full, so a question
// with the long form also looks for the acronym, at a share. The other way round does not pay: who knows the acronym
// uses it, and so do the articles.

// Lengths of acronyms, in letters.
const (
	shortestAcronym = 3
	longestAcronym  = 8
)

// acronymBefore is how much text before an acronym is looked at, in bytes.
const acronymBefore = 120

// skipped are the words that have no letter in an acronym. At most two are skipped.
var skipped = map[string]bool{"of": true, "the": true, "and": true, "for": true, "in": true, "to": true, "a": true, "on": true,
	"de": true, "la": true, "del": true, "y": true, "el": true}

// acronym is an acronym that an article explains.
type acronym struct{ short, long string } // in lower case; the words of long with one blank between

// acronymsIn calls visit for each acronym that text explains.
func acronymsIn(text string, visit func(acronym)) {
	for {
		open := strings.IndexByte(text, '(')
		if open < 0 {
			return
		}
		inside := text[open+1 : min(open+2+longestAcronym*utf8.UTFMax, len(text))]
		if end := strings.IndexByte(inside, ')'); end > 0 {
			if a, ok := explained(text[max(0, open-acronymBefore):open], inside[:end]); ok {
				visit(a)
			}
		}
		text = text[open+1:]
	}
}

// explained reports whether the words at the end of before begin with the letters of short.
func explained(before, short string) (acronym, bool) {
	letters, capitals := 0, 0
	for _, r := range short {
		switch {
		case unicode.IsUpper(r):
			capitals++
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-':
			return acronym{}, false
		}
		letters++
	}
	if capitals < 2 || letters > longestAcronym {
		return acronym{}, false
	}
	if plural, ok := strings.CutSuffix(short, "s"); ok && strings.ToUpper(plural) == plural {
		short = plural
	}
	short = strings.ToLower(short)
	initials := []rune(strings.ReplaceAll(short, "-", ""))
	if len(initials) < shortestAcronym {
		return acronym{}, false
	}
	words := strings.FieldsFunc(strings.ToLower(before), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for n := len(initials); n <= min(len(initials)+2, len(words)); n++ {
		if last := words[len(words)-n:]; begin(last, initials) {
			return acronym{short, strings.Join(last, " ")}, true
		}
	}
	return acronym{}, false
}

// begin reports whether the words begin with the letters, one each, small words aside.
func begin(words []string, letters []rune) bool {
	i := 0
	for at, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		switch {
		case i < len(letters) && r == letters[i]:
			i++
		case at == 0 || !skipped[w]:
			return false
		}
	}
	return i == len(letters)
}

// explanations are the acronyms of a language, by the first term of what they stand for.
type explanations map[string][]explanation

type explanation struct {
	long  []string // terms in a row
	short string   // term
}

// explain takes, of what an acronym is said to stand for, what most articles say.
func (s *Snapshot) explain(c *collection) explanations {
	counts := map[acronym]int{}
	for i, p := range s.parts {
		if c.at[i] < 0 {
			continue
		}
		for _, a := range p.seg.acronyms {
			if p.seg.facts.lang[a.doc] == uint16(c.at[i]) && !p.deadDocs.has(a.doc) {
				counts[a.acronym]++
			}
		}
	}
	all := make([]acronym, 0, len(counts))
	for a := range counts {
		all = append(all, a)
	}
	slices.SortFunc(all, func(x, y acronym) int {
		return cmp.Or(counts[y]-counts[x], cmp.Compare(x.short, y.short), cmp.Compare(x.long, y.long))
	})
	known := explanations{}
	done := map[string]bool{}
	for _, a := range all {
		if done[a.short] {
			continue
		}
		done[a.short] = true
		e := explanation{short: c.analyser.Word(a.short)}
		for _, t := range c.analyser.Terms(a.long) {
			e.long = append(e.long, t.Text)
		}
		if len(e.long) > 1 && e.short != "" {
			known[e.long[0]] = append(known[e.long[0]], e)
		}
	}
	return known
}

// in lists the acronyms of what stands in terms.
func (x explanations) in(terms []string) (short []string) {
	for i, t := range terms {
		for _, e := range x[t] {
			if len(terms)-i >= len(e.long) && slices.Equal(terms[i:i+len(e.long)], e.long) {
				short = append(short, e.short)
			}
		}
	}
	return short
}
