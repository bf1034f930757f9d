package gateway

import (
	"strings"
	"unicode"

	"github.com/abadojack/whatlanggo"

	"switchboard"
)

// surelyLong is the length in runes from which a guess at a text's language is better than what the conversation says.
const surelyLong = 24

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
	guess := whatlanggo.Detect(text)
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
