package analysis

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/hr"
	"golang.org/x/text/unicode/norm"
)

// longestWord is how many bytes of a word count. The rest of what is longer, which is no word of any language, is cut
// off, since stemmers take time that grows faster than the length.
const longestWord = 100

// make makes the term of a word, "" for a stop word.
func (a *Analyser) make(word string) string {
	term := a.stem(word)
	if first, ok := a.family[term]; ok {
		return first
	}
	return term
}

// stem takes the endings off a word.
func (a *Analyser) stem(word string) string {
	for i := 0; i < len(word); i++ {
		if word[i] >= utf8.RuneSelf {
			word = tidy(word)
			break
		}
	}
	if len(word) > longestWord {
		end := longestWord
		for !utf8.RuneStart(word[end]) {
			end--
		}
		word = word[:end]
	}
	stream := analysis.TokenStream{{Term: []byte(word)}}
	for _, f := range a.chain {
		if stream = f.Filter(stream); len(stream) == 0 || len(stream[0].Term) == 0 {
			return ""
		}
	}
	return string(stream[0].Term)
}

// tidy writes a word with precomposed letters, the apostrophe of ASCII and its digits, and without characters that do
// not show, such as soft hyphens.
func tidy(word string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case r == '’' || r == '‘' || r == 'ʼ' || r == '＇':
			return '\''
		case r == '\u200d' || r == '\u200c': // they change letters of some scripts
			return r
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Nd, r):
			return '0' + decimal(r)
		}
		return r
	}, norm.NFC.String(word))
}

// decimal is the value of a decimal digit. The ten digits of a script follow each other, and so do their sets.
func decimal(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// fold is the step that writes letters without their accents, but for those of keep.
func fold(keep string) step { return own(folded(keep)) }

func folded(keep string) change {
	return func(word []byte) []byte {
		if ascii(word) {
			return word
		}
		out := make([]byte, 0, len(word))
		for i := 0; i < len(word); {
			r, size := utf8.DecodeRune(word[i:])
			switch {
			case strings.ContainsRune(keep, r):
				out = append(out, word[i:i+size]...)
			case r == 'œ':
				out = append(out, "oe"...)
			case r == 'æ':
				out = append(out, "ae"...)
			case r == '·': // between the two l of Catalan
			case size > 1 && unicode.Is(unicode.Latin, r):
				base, n := utf8.DecodeRune(norm.NFD.Bytes(word[i : i+size]))
				if base != r && n > 0 {
					r = base
				}
				out = utf8.AppendRune(out, r)
			default:
				out = append(out, word[i:i+size]...)
			}
			i += size
		}
		return out
	}
}

func ascii(word []byte) bool {
	return !slices.ContainsFunc(word, func(c byte) bool { return c >= utf8.RuneSelf })
}

// compatible is the step that writes ligatures and other forms of Arabic letters as the letters that they stand for.
var compatible = own(func(word []byte) []byte { return norm.NFKC.Bytes(word) })

// twoLetterUmlauts writes German umlauts as who lacks the keys for them does.
func twoLetterUmlauts(word []byte) []byte {
	return []byte(strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(string(word)))
}

// restored are endings that a light stemmer knows by their accents, and how they end without them.
type restored []struct{ bare, accented string }

// restore puts the accents back on the first ending that a word of at least shortest bytes has.
func (all restored) restore(word []byte, shortest int) []byte {
	if len(word) < shortest {
		return word
	}
	for _, e := range all {
		if stem, ok := bytes.CutSuffix(word, []byte(e.bare)); ok {
			return append(stem[:len(stem):len(stem)], e.accented...)
		}
	}
	return word
}

// frenchAccents restores the feminine of -ier and ordinals, in words that are folded: "financiere" is "financière".
func frenchAccents(word []byte) []byte {
	return restored{{"eres", "ères"}, {"ere", "ère"}, {"iemes", "ièmes"}, {"ieme", "ième"}}.restore(word, 6)
}

// portugueseAccents restores plurals: "promocoes" is "promoções".
func portugueseAccents(word []byte) []byte {
	return restored{{"oes", "ões"}, {"aes", "ães"}, {"ois", "óis"}}.restore(word, 5)
}

// romanianCedillas writes ș and ț with the cedillas that the stemmer and the stop words have, which stood in for them
// in older encodings.
func romanianCedillas(word []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(word, []byte("ș"), []byte("ş")), []byte("ț"), []byte("ţ"))
}

// russianYo writes ё as е, as nearly all do.
func russianYo(word []byte) []byte { return bytes.ReplaceAll(word, []byte("ё"), []byte("е")) }

// thaiVowels writes the vowel am, which some keyboards compose of two, as one.
func thaiVowels(word []byte) []byte { return bytes.ReplaceAll(word, []byte("ํา"), []byte("ำ")) }

// lowerTurkish knows that the capital of ı is I and that of i is İ. Names that are written in capitals all over the
// world keep the i that they have in small letters.
func lowerTurkish(word []byte) []byte {
	lower := bytes.ToLower(word)
	if international[string(lower)] {
		return lower
	}
	return bytes.ToLowerSpecial(unicode.TurkishCase, word)
}

var international = func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(`esim sim ip iptv imei imsi pin id wifi wi fi iban sip iot ios ikev mini
		micro nano internet online iphone ipad multisim mifi mms voip`) {
		all[word] = true
	}
	return all
}()

// croatianSuffix undoes sound changes in endings. It is bleve's filter of the name, but for which ending is taken
// where a word has several: there that is left to chance, here it is the longest.
func croatianSuffix(word []byte) []byte {
	for i := range word {
		if to, ok := hr.SuffixTransformations[string(word[i:])]; ok {
			return append(word[:i:i], to...)
		}
	}
	return word
}
