package privacy

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// signs are what one look at a text tells. Most texts hold no personal data, and patterns are dear: a detector runs a
// pattern only where a sign says that it can match.
type signs struct {
	text   string
	folded string // lower case, as patterns compare that don't mind the case
	digits int    // of 0 to 9
	every  bool   // every sign is there: for tests, which compare with what is found then
}

func signsOf(text string) *signs {
	s := &signs{text: text, folded: fold(text)}
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			s.digits++
		}
	}
	return s
}

// fold lower-cases as (?i) does, which takes the long s for an s.
func fold(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ſ", "s") }

// says reports whether one of the lower-case words stands in the text, be it within another word, or whether no word
// is asked for.
func (s *signs) says(words ...string) bool {
	for _, w := range words {
		if strings.Contains(s.folded, w) {
			return true
		}
	}
	return s.every || len(words) == 0
}

// has reports whether one of the words stands in the text as it is written.
func (s *signs) has(words ...string) bool {
	for _, w := range words {
		if strings.Contains(s.text, w) {
			return true
		}
	}
	return s.every
}

// counts reports whether the text has at least n digits.
func (s *signs) counts(n int) bool { return s.digits >= n || s.every }

// names reports whether a word in capitals is a given name.
func (s *signs) names() bool {
	for i, r := range s.text {
		if unicode.IsUpper(r) && givenNames[strings.ToLower(s.text[i:wordEnd(s.text, i)])] {
			return true
		}
	}
	return s.every
}

// wordEnd is where the letters, apostrophes and hyphens from byte i on end.
func wordEnd(text string, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) && r != '\'' && r != '’' && r != '-' {
			break
		}
		i += size
	}
	return i
}

// needsDigit reports whether whatever a pattern matches has a digit.
func needsDigit(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return strings.ContainsAny(string(re.Rune), "0123456789")
	case syntax.OpCharClass:
		return len(re.Rune) > 0 && re.Rune[0] >= '0' && re.Rune[len(re.Rune)-1] <= '9'
	case syntax.OpCapture, syntax.OpPlus:
		return needsDigit(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && needsDigit(re.Sub[0])
	case syntax.OpConcat:
		return slices.ContainsFunc(re.Sub, needsDigit)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !needsDigit(sub) })
	}
	return false
}
