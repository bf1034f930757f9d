package analysis

import (
	"unicode"
	"unicode/utf8"
)

// class is what a rune is for the division of text into words: the property Word_Break of UAX #29, without what
// makes no difference to words.
type class uint8

const (
	letter      class = iota // ALetter
	hebrew                   // Hebrew_Letter
	digit                    // Numeric
	connector                // ExtendNumLet
	katakana                 // Katakana
	ideograph                // Han and Hiragana, each a word of its own
	cluster                  // scripts that do not divide their words
	mark                     // Extend, Format
	quote                    // Single_Quote
	doubleQuote              // Double_Quote
	midLetter                // MidLetter
	midNumber                // MidNum
	midAny                   // MidNumLet
	other
)

// ofByte is the class of each ASCII byte; bytes of longer runes are other.
var ofByte = func() (table [256]class) {
	for b := range table {
		table[b] = other
		if b < utf8.RuneSelf {
			table[b] = lookUp(rune(b))
		}
	}
	return table
}()

// ofLow is the class of each rune of two bytes: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and Syriac.
var ofLow = func() (table [0x800]class) {
	for r := range table {
		table[r] = lookUp(rune(r))
	}
	return table
}()

// ofSymbol is the class of each rune of the blocks of punctuation, currencies and the like.
var ofSymbol = func() (table [0x100]class) {
	for r := range table {
		table[r] = lookUp(0x2000 + rune(r))
	}
	return table
}()

func classOf(r rune) class {
	switch {
	case r < 0x800:
		return ofLow[r]
	case 0x2000 <= r && r < 0x2100:
		return ofSymbol[r-0x2000]
	case 0x4e00 <= r && r < 0xa000 || 0x3041 <= r && r <= 0x3096:
		return ideograph
	case isHangul(r):
		return letter
	}
	return lookUp(r)
}

// isHangul reports whether r is a whole syllable.
func isHangul(r rune) bool { return 0xac00 <= r && r <= 0xd7a3 }

// lookUp finds the class of any rune by the definitions of UAX #29, table 3.
func lookUp(r rune) class {
	if c, ok := punctuation[r]; ok {
		return c
	}
	switch {
	case unicode.In(r, undivided...):
		if unicode.IsDigit(r) {
			return digit
		}
		if unicode.IsLetter(r) || unicode.Is(unicode.M, r) {
			return cluster
		}
		return other
	case unicode.In(r, unicode.M, unicode.Cf) || 0x1f3fb <= r && r <= 0x1f3ff:
		return mark
	case unicode.Is(unicode.Nd, r):
		return digit
	case unicode.Is(unicode.Pc, r):
		return connector
	case unicode.Is(unicode.Katakana, r):
		return katakana
	case unicode.In(r, unicode.Ideographic, unicode.Hiragana):
		return ideograph
	case unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic):
		if unicode.Is(unicode.Hebrew, r) {
			return hebrew
		}
		return letter
	}
	return other
}

// undivided are the scripts whose words are not divided by spaces (Line_Break=Complex_Context).
var undivided = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// punctuation is what the categories of runes do not tell.
var punctuation = map[rune]class{
	'\'': quote, '"': doubleQuote,
	'.': midAny, '‘': midAny, '’': midAny, '\u2024': midAny, '\ufe52': midAny, '\uff07': midAny, '\uff0e': midAny,
	':': midLetter, '\u00b7': midLetter, '\u0387': midLetter, '\u02d7': midLetter, '\u05f4': midLetter,
	'\u2027': midLetter, '\ufe13': midLetter, '\ufe55': midLetter, '\uff1a': midLetter,
	',': midNumber, ';': midNumber, '\u037e': midNumber, '\u0589': midNumber, '\u060c': midNumber, '\u060d': midNumber,
	'\u066c': midNumber, '\u07f8': midNumber, '\u2044': midNumber, '\ufe10': midNumber, '\ufe14': midNumber,
	'\ufe50': midNumber, '\ufe54': midNumber, '\uff0c': midNumber, '\uff1b': midNumber,
	'\u066b': digit, '\u05f3': letter, '\u200b': other, '\u200c': mark, '\u200d': mark,
	'\u3031': katakana, '\u3032': katakana, '\u3033': katakana, '\u3034': katakana, '\u3035': katakana,
	'\u309b': katakana, '\u309c': katakana, '\u30a0': katakana, '\u30fc': katakana, '\uff70': katakana,
	'\uff9e': mark, '\uff9f': mark,
}
