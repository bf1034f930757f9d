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
	if lang := byFunctionWords(text); lang != "" {
		return lang
	}
	if guess := whatlanggo.DetectWithOptions(text, told); guess.IsReliable() {
		return guess.Lang.Iso6391()
	}
	return known
}

// functionWords are words that every question has some of and that few other languages share. On a question of eight
// words they tell more than the frequencies of letters do.
var functionWords = map[string][]string{
	"en": strings.Fields("the how what when where why which who is are was do does did can could my your you i it of to in on much many for with and not have want need"),
	"es": strings.Fields("el la los las cómo como qué cuál cuando cuándo dónde donde cuánto cuanto cuánta es son está mi mis tu su yo en para con por una un del que puedo quiero tengo necesito hay"),
	"de": strings.Fields("der die das den dem ein eine einen wie was wann wo warum welche ist sind kann ich mein meine sie es nicht und für mit von zu im ins habe brauche möchte viel kostet"),
	"fr": strings.Fields("le la les des du une un comment combien quand où pourquoi quel quelle est sont puis je mon ma mes vous en pour avec et pas ne que qui coûte veux"),
	"pt": strings.Fields("o os as um uma como quanto quando onde qual é são posso meu minha eu em para com e não do da no na que tenho quero"),
	"it": strings.Fields("il lo gli una un come quanto quando dove quale è sono posso mio mia io in per con e non del della che ho vorrei"),
	"nl": strings.Fields("de het een hoe wat wanneer waar waarom welke is zijn kan ik mijn u je in voor met en niet van heb wil"),
}

// byWord turns functionWords round: a word to the languages that have it.
var byWord = func() map[string][]string {
	m := map[string][]string{}
	for lang, words := range functionWords {
		for _, w := range words {
			m[w] = append(m[w], lang)
		}
	}
	return m
}()

// byFunctionWords returns the language that at least two of the text's words, and more than any other's, speak for.
func byFunctionWords(text string) string {
	votes := map[string]int{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, lang := range byWord[w] {
			votes[lang]++
		}
	}
	best, most, second := "", 0, 0
	for lang, n := range votes {
		switch {
		case n > most:
			best, most, second = lang, n, most
		case n > second:
			second = n
		}
	}
	if most < 2 || most == second {
		return ""
	}
	return best
}

func letters(text string) (n int) {
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}
