package lex

import (
	"strings"
	"unicode"
)

// Fold lower-cases s, drops the marks of Latin letters ("Cancelación" becomes "cancelacion"), straightens quotes,
// narrows full-width characters and removes invisible ones, so that spelling tricks and keyboards do not matter.
func Fold(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		writeFolded(&b, r)
	}
	return b.String()
}

// plain reports whether folding would change nothing.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

func writeFolded(b *strings.Builder, r rune) {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		b.WriteByte(byte(r))
		return
	}
	if 0xFF01 <= r && r <= 0xFF5E { // full-width forms of ASCII
		writeFolded(b, r-0xFEE0)
		return
	}
	switch {
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		return // combining marks, zero-width joiners, direction marks, soft hyphens
	case r == '’' || r == '‘' || r == '´':
		b.WriteByte('\'')
		return
	case r == '“' || r == '”' || r == '«' || r == '»':
		b.WriteByte('"')
		return
	case unicode.Is(unicode.Zs, r):
		b.WriteByte(' ')
		return
	}
	if s, ok := latin[unicode.ToLower(r)]; ok {
		b.WriteString(s)
		return
	}
	b.WriteRune(unicode.ToLower(r))
}

// latin maps lower-case letters of the European Latin alphabets, and the Cyrillic and Greek letters that look like
// Latin ones, to ASCII. Text that is really Cyrillic or Greek suffers alike on both sides of a comparison.
var latin = table(
	"a", "áàâäãåāăąа", "b", "ƀ", "c", "çćĉċčс", "d", "ďđð", "e", "éèêëēĕėęěе", "g", "ĝğġģ", "h", "ĥħ", "i", "íìîïĩīĭįıі",
	"j", "ĵ", "k", "ķ", "l", "ĺļľŀł", "n", "ñńņňŉŋ", "o", "óòôöõøōŏőоο", "p", "р", "r", "ŕŗř", "s", "śŝşšșѕ", "t", "ţťŧț",
	"u", "úùûüũūŭůűų", "w", "ŵ", "x", "х", "y", "ýÿŷу", "z", "źżž", "ss", "ß", "ae", "æ", "oe", "œ", "th", "þ",
)

func table(pairs ...string) map[rune]string {
	m := make(map[rune]string)
	for i := 0; i < len(pairs); i += 2 {
		for _, r := range pairs[i+1] {
			m[r] = pairs[i]
		}
	}
	return m
}
