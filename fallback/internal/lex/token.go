package lex

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is one word or number of a text, or the end of a sentence. Offsets are bytes of the text that was cut.
type Token struct {
	Text  string // folded; "" for the end of a sentence
	Start int
	End   int
	Upper bool // begins with a capital letter in the original
	First bool // is the first word of a sentence or line
	Caps  bool // its first two letters are capitals: "SIM"
}

// Stop reports whether t marks the end of a sentence.
func (t Token) Stop() bool { return t.Text == "" }

// Tokens cuts s into words. Letters and digits belong to a word, and so do an apostrophe, a full stop, a comma or a
// hyphen between two of them where the parts are of one kind ("don't", "4.99", "e-mail", "1,000").
func Tokens(s string) []Token {
	out := make([]Token, 0, len(s)/5+4)
	first := true
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !wordRune(r) {
			if isStop(s, i, r) && !first {
				out = append(out, Token{Start: i, End: i + size})
				first = true
			}
			i += size
			continue
		}
		end := wordEnd(s, i)
		out = append(out, Token{Text: Fold(s[i:end]), Start: i, End: end, Upper: unicode.IsUpper(r), First: first, Caps: end-i > 1 && s[i] <= 'Z' && s[i+1] >= 'A' && s[i+1] <= 'Z'})
		first = false
		i = end
	}
	return clean(out)
}

// clean drops words that folding left empty (invisible characters alone).
func clean(ts []Token) []Token {
	n := 0
	for _, t := range ts {
		if t.Text == "" && t.End-t.Start > 3 {
			continue
		}
		ts[n] = t
		n++
	}
	return ts[:n]
}

// Words returns the folded words of s, without sentence ends.
func Words(s string) []string {
	ts := Tokens(s)
	out := make([]string, 0, len(ts))
	for _, t := range ts {
		if !t.Stop() {
			out = append(out, t.Text)
		}
	}
	return out
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r >= 0x80 && unicode.Is(unicode.Cf, r)
}

func isStop(s string, i int, r rune) bool {
	switch r {
	case '!', '?', '\n', ';', '…', '¿', '¡', '|':
		return true
	case '.', ':':
		return i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\n'
	}
	return false
}

func wordEnd(s string, i int) int {
	var last rune
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if wordRune(r) {
			last = r
			i += size
			continue
		}
		if !joins(r) || i+size >= len(s) {
			return i
		}
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		digits := unicode.IsDigit(last) && unicode.IsDigit(next)
		letters := unicode.IsLetter(last) && unicode.IsLetter(next)
		if (r == '.' || r == ',') && !digits || !digits && !letters {
			return i
		}
		i += size
	}
	return i
}

func joins(r rune) bool {
	switch r {
	case '\'', '’', '.', ',', '-', '‑':
		return true
	}
	return false
}

// Variants returns the forms under which a folded word may be looked for: a word with hyphens also without them and by
// its parts ("wi-fi": "wi-fi", "wifi", "wi", "fi"), any other as it is.
func Variants(w string) []string {
	if !strings.Contains(w, "-") {
		return []string{w}
	}
	return append([]string{w, strings.ReplaceAll(w, "-", "")}, strings.Split(w, "-")...)
}
