package lint

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token is.
type tokenKind byte

const (
	word   tokenKind = iota
	number           // 7.99, 1,000, 08:00
	symbol           // one character that is none of these
)

// token is a word, a number or a sign of a text.
type token struct {
	kind       tokenKind
	text       string // as it stands
	norm       string // of a word: in lower case, without its plural's s; else text
	start, end int
	glued      bool // follows what is before it without a blank
}

// lower is a word in lower case.
func (t token) lower() string { return strings.ToLower(t.text) }

// tokens cuts text into words, numbers and signs. Letters with digits and hyphens between them are one word, such as
// "wi-fi", "30-day", "4g"; a number right before a unit, such as 5GB, is two.
func tokens(text string) []token {
	out := make([]token, 0, len(text)/5+2)
	end := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := token{start: i, glued: i > 0 && i == end}
		switch {
		case r >= '0' && r <= '9':
			t.kind, t.end = number, i+numberLen(text[i:])
			if n := compoundLen(text[t.end:]); n > 0 {
				t.kind, t.end = word, t.end+n
			}
		case ideographic(r):
			t.kind, t.end = word, i+size
		case unicode.IsLetter(r), unicode.IsDigit(r):
			t.kind, t.end = word, i+wordLen(text[i:])
		default:
			t.kind, t.end = symbol, i+size
		}
		t.text = text[t.start:t.end]
		t.norm = t.text
		if t.kind == word {
			t.norm = stem(t.lower())
		}
		out = append(out, t)
		i, end = t.end, t.end
	}
	return out
}

// ideographic reports whether r belongs to a script that is written without blanks, where each character counts as a
// word.
func ideographic(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func wordLen(s string) int {
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++ // most words are nothing else
	}
	if n > 0 && n < len(s) && (s[n] == ' ' || s[n] == '.' || s[n] == ',') {
		return n
	}
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) && !ideographic(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
		case (r == '-' || r == '\'' || r == '’' || r == '_') && i > 0 && letterAt(s, i+utf8.RuneLen(r)):
		default:
			return i
		}
	}
	return len(s)
}

func letterAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// numberLen is the length of the digits at the start of s with the points, commas and colons between them.
func numberLen(s string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c != '.' && c != ',' && c != ':' || i+1 == len(s) || s[i+1] < '0' || s[i+1] > '9') {
			break
		}
		i++
	}
	return i
}

// compoundLen is the length of what makes a word of the number before s: "-day", "th", "G"; 0 where s does not begin
// with such, or with a unit.
func compoundLen(s string) int {
	if s == "" {
		return 0
	}
	if s[0] == '-' && len(s) > 1 && letterAt(s, 1) && (s[1] < '0' || s[1] > '9') {
		return 1 + wordLen(s[1:])
	}
	n := wordLen(s)
	if n == 0 {
		return 0
	}
	if _, unit := units[strings.ToLower(s[:n])]; unit {
		return 0
	}
	return n
}

// stem takes a plural's s off: enough to bring "minutes" and "minute" together, whatever the language.
func stem(w string) string {
	if len(w) > 3 && w[len(w)-1] == 's' && w[len(w)-2] != 's' && w[len(w)-2] != 'u' && w[len(w)-2] != 'i' {
		w = w[:len(w)-1]
	}
	return strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
}

// articles are words whose presence never changes what a figure is about.
var articles = set(`a an the el la los las un una unos unas der die das den dem ein eine einen le les une des il lo gli uno het een os um uma`)

// common are, by language, words that say nothing of what a text is about; on them languages are told apart, too.
var common = map[string]map[string]bool{
	"en": set(`the a an of to in on at by for from with and or but is are was were be been it its this that these those you your we our they their if when as can will not no do does have has all any each every which who what how there`),
	"es": set(`el la los las un una unos unas de del al en con por para y o pero es son era ser está están su sus se lo le este esta estos estas que si cuando como puede no más todo todos cada cual quien qué cómo hay tu`),
	"de": set(`der die das den dem des ein eine einen einem einer und oder aber ist sind war sein in im an am auf für mit von zu zum zur bei aus nach es sie wir ihr ihre nicht kein wenn als wie kann werden wird sich auch alle jede`),
	"fr": set(`le la les un une des du de au aux et ou mais est sont en dans sur avec pour par ce cette ces vous votre vos nous notre il elle on se si quand comme peut ne pas plus tout tous chaque qui que quoi être à`),
	"pt": set(`o a os as um uma de do da dos das em no na nos nas com por para e ou mas é são ser seu sua se este esta que quando como pode não mais todo todos cada qual quem há ao`),
	"it": set(`il lo la i gli le un uno una di del della dei delle in nel nella con per e o ma è sono essere suo sua si questo questa che se quando come può non più tutto tutti ogni chi cosa al alla da dal`),
	"nl": set(`de het een van in op aan bij met voor en of maar is zijn was wordt worden het u uw wij onze ze hun als wanneer kan niet geen alle elke die dat dit deze wie wat hoe er te naar`),
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// isCommon reports whether a word says nothing in a language. Of a language without a list, no word does.
func isCommon(lang, w string) bool { return common[lang][w] || articles[w] }

// content are the words of text that say something, with numbers, each once.
func content(lang, text string) map[string]bool {
	m := map[string]bool{}
	for _, t := range tokens(text) {
		if t.kind != symbol && !isCommon(lang, t.lower()) {
			m[t.norm] = true
		}
	}
	return m
}

// The FNV-1a hash. Hashes are the same on every machine, so that findings are.
const (
	hashStart uint64 = 14695981039346656037
	hashPrime uint64 = 1099511628211
)

// mix continues a hash with a word and what ends it.
func mix(h uint64, s string) uint64 {
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * hashPrime
	}
	return (h ^ 0xff) * hashPrime
}

// spread makes every bit of a hash depend on all others (the last step of MurmurHash3).
func spread(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
