package gateway

import (
	"strings"
	"unicode"

	"github.com/abadojack/whatlanggo"

	"switchboard"
)

// surelyLong is the length in runes from which a guess at a text's language is better than what the conversation says.
const surelyLong = 24

// told are the languages that a message's words are told apart between. Each costs about 5 µs a message, and short
// messages are told apart better between few.
var told = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Deu: true, whatlanggo.Fra: true, whatlanggo.Por: true,
	whatlanggo.Ita: true, whatlanggo.Nld: true, whatlanggo.Arb: true, whatlanggo.Rus: true, whatlanggo.Ukr: true,
	whatlanggo.Ell: true, whatlanggo.Tha: true, whatlanggo.Cmn: true, whatlanggo.Jpn: true, whatlanggo.Kor: true,
}}

// languageOf tells the language of a message: by its letters where they leave no doubt, by its words where there are
// enough of them, else that of the conversation so far, else that of the customer's locale.
func languageOf(text string, c switchboard.Conversation) string {
	if strings.ContainsAny(text, "¿¡ñÑ") {
		return "es"
	}
	known := primary(c.Locale)
	if n := len(c.Turns); n > 0 && c.Turns[n-1].Lang != "" {
		known = c.Turns[n-1].Lang
	}
	if letters(text) < surelyLong {
		return known
	}
	guess := whatlanggo.DetectWithOptions(text, told)
	if code := guess.Lang.Iso6391(); code != "" && (guess.IsReliable() || code == primary(c.Locale)) {
		return code
	}
	return known
}

func letters(text string) (n int) {
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}
