package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/abadojack/whatlanggo"
)

// Guessing a language wrongly costs more than falling back: a document in the wrong language is not found by
// questions in the right one.
const (
	guessFrom = 120  // letters that a guess needs; below, names of places and people decide
	guessUpTo = 2000 // bytes that are looked at
)

// guessLang names the language of text if that is beyond doubt.
func guessLang(text, fallback string) string {
	if len(text) > guessUpTo {
		text = text[:guessUpTo]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters < guessFrom {
		return fallback
	}
	if lang := byLittleWords(text); lang != "" {
		return lang
	}
	info := whatlanggo.DetectWithOptions(text, whatlanggo.Options{Whitelist: guessable})
	if code := info.Lang.Iso6391(); code != "" && info.IsReliable() {
		if code == "nb" || code == "nn" {
			return "no"
		}
		return code
	}
	return fallback
}

// littleWords are words of which no text is without, and which the other languages here do not have. To count them
// takes a fiftieth of the time that comparing letters does, which is most of the time that an import takes.
var littleWords = func() map[string]string {
	m := map[string]string{}
	for lang, words := range map[string]string{
		"en": "the and of to is for your you are that with from can will this have be or not if we our which when after before there their they was were has it's",
		"es": "el los las y del con por su una para está como pero más este esta puede cuando si tiene usted sus hay según también",
		"de": "der die und das ist nicht mit für auf ein eine sie den dem von zu werden wird wenn oder auch sich bei ihre ihr nach kann können",
		"fr": "le les et des est vous pour dans une du au pas votre vos nous avec sur qui être sont cette ou peut lorsque",
		"it": "il gli di che è per della del sono nel alla con una puoi anche essere dei delle più questo questa se tuo nella",
		"pt": "os não uma do da em você para com ao pela pelo são está seu sua mais ou também quando pode esta este se dos das",
		"nl": "het een van je niet dat is op voor met zijn aan kunt wordt naar uw jouw bij als ook worden deze",
		// Those that share some of these words are left to the comparison of letters.
		"?": "og er til af som på ikke har du fra der den av och att är för inte ett " + // Danish, Norwegian, Swedish
			"să este pentru din care cu mai sau nu pe la " + // Romanian
			"els amb és més ha non unha máis les una del " + // Catalan, Galician
			"nie na się jest że lub to " + // Polish
			"az és hogy nem egy van el meg vagy " + // Hungarian
			"ve bir bu için ile ja ei että", // Turkish, Finnish
	} {
		for w := range strings.FieldsSeq(words) {
			if first, taken := m[w]; taken && first != lang {
				m[w] = "" // says nothing
				continue
			}
			m[w] = lang
		}
	}
	return m
}()

// byLittleWords names the language whose little words a text has by far the most of, "" where that is open: too few,
// or too many of another.
func byLittleWords(text string) string {
	const (
		enough = 6
		times  = 4
	)
	count := map[string]int{}
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if len(w) > 12 {
			continue
		}
		if lang := littleWords[strings.ToLower(w)]; lang != "" {
			count[lang]++
		}
	}
	best, most, second := "", 0, 0
	for lang, n := range count {
		switch {
		case n > most:
			best, most, second = lang, n, most
		case n > second:
			second = n
		}
	}
	if best == "?" || most < enough || most < times*second {
		return ""
	}
	return best
}

// guessable are the languages that the knowledge base analyses as such.
var guessable = map[whatlanggo.Lang]bool{
	whatlanggo.Arb: true, whatlanggo.Cmn: true, whatlanggo.Jpn: true, whatlanggo.Kor: true, whatlanggo.Dan: true,
	whatlanggo.Deu: true, whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Fin: true, whatlanggo.Fra: true,
	whatlanggo.Hun: true, whatlanggo.Ita: true, whatlanggo.Nld: true, whatlanggo.Nob: true, whatlanggo.Pol: true,
	whatlanggo.Por: true, whatlanggo.Ron: true, whatlanggo.Rus: true, whatlanggo.Swe: true, whatlanggo.Tur: true,
	whatlanggo.Ukr: true,
}
