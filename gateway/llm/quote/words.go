package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one word of a text.
type word struct {
	raw  string // as written
	fold string // lower case, without accents
	stem string
}

// wordsOf cuts a text into words: runs of letters and digits, with the points and commas inside numbers.
func wordsOf(text string) []word {
	out := make([]word, 0, len(text)/6+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !isWordRune(r) {
			i += size
			continue
		}
		start := i
		for i < len(text) {
			r, size = utf8.DecodeRuneInString(text[i:])
			if !isWordRune(r) && !(insideNumber(text, i) || apostrophe(text, i, r)) {
				break
			}
			i += size
		}
		raw := text[start:i]
		f := fold(raw)
		if cut := strings.IndexAny(f, "'’"); cut > 0 { // "what's" is "what"
			f = f[:cut]
		}
		out = append(out, word{raw: raw, fold: f, stem: stem(f)})
	}
	return out
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// insideNumber reports whether the byte at i is a point, comma or colon between two digits.
func insideNumber(s string, i int) bool {
	return i > 0 && i+1 < len(s) && strings.IndexByte(".,:", s[i]) >= 0 && isDigit(s[i-1]) && isDigit(s[i+1])
}

func apostrophe(s string, i int, r rune) bool {
	if r != '\'' && r != '’' || i == 0 {
		return false
	}
	next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
	return unicode.IsLetter(next)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// fold makes a word lower case and takes its accents away, for the languages written in Latin letters.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
	}
	s = strings.ToLower(s)
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if plain, ok := accents[r]; ok {
			return plain
		}
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s)
}

var accents = map[rune]rune{
	'á': 'a', 'à': 'a', 'â': 'a', 'ä': 'a', 'ã': 'a', 'é': 'e', 'è': 'e', 'ê': 'e', 'ë': 'e', 'í': 'i', 'ì': 'i', 'î': 'i',
	'ï': 'i', 'ó': 'o', 'ò': 'o', 'ô': 'o', 'ö': 'o', 'õ': 'o', 'ú': 'u', 'ù': 'u', 'û': 'u', 'ü': 'u', 'ñ': 'n', 'ç': 'c',
}

// endings that stem takes off, longest first. They are those of plurals, of English verbs and of Spanish ones; what is
// left need not be a word, it only has to be the same for the forms of one.
var endings = []string{
	"aciones", "amiento", "imiento", "ations", "ciones", "ation", "acion", "ments", "iendo", "ando", "ment", "arlo", "arla",
	"cion", "ing", "ies", "ido", "ida", "ado", "ada", "ers", "ar", "er", "ir", "ed", "es", "os", "as", "or", "e", "a", "o", "s", "y",
}

// stem takes one ending off a folded word, as long as three letters stay, then undoes a doubled last letter
// ("cancelled", "cancel"), and cuts what is still long.
func stem(w string) string {
	if len(w) < 4 || isDigit(w[0]) {
		return strings.TrimSuffix(w, "s")
	}
	for _, e := range endings {
		if len(w)-len(e) >= 3 && strings.HasSuffix(w, e) {
			w = w[:len(w)-len(e)]
			break
		}
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] {
		w = w[:n-1]
	}
	if n := len(w); n > 3 && (w[n-1] == 'e' || w[n-1] == 'i') {
		w = w[:n-1]
	}
	return w[:min(len(w), maxStem)]
}

// maxStem makes one of "complain" and "complaint" and keeps "internet" apart from "international".
const maxStem = 7

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// stops are words that a question says nothing with, folded.
var stops = set(`a an the and or but if of to in on at by for from with without about as into is are was were be been am do does did
	done can could may might will would shall should must have has had having i me my mine we us our you your he she it its they them
	their this that these those there here what which who whom whose when where why how much many long often soon far not no nor so than then
	too very just any some all each get got give go going know tell want need like please hello hi hey thanks thank help let s t d ll m re ve
	el la los las un una unos unas y o u e de del al en con sin por para que cual cuales quien como cuando donde cuanto cuanta cuantos
	cuantas es son era ser estar esta estan este estos estas ese esa eso esto hay he ha han mi mis tu tus su sus me te se le les lo nos yo
	usted ustedes ella ellos mas muy ya no si pero tambien puedo puede pueden podria quiero quisiera necesito tengo tiene hola gracias favor
	hacer hago hace saber ayuda dime soy`)
