package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/text/unicode/norm"

	"switchboard/kb"
)

// titleLen is how many characters a derived title has at most.
const titleLen = 80

// readText takes a text file as it is. A short first line with an empty one below it is the title.
func readText(text string) (kb.Document, error) {
	body := strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	first, rest, ok := strings.Cut(body, "\n")
	if ok && strings.HasPrefix(rest, "\n") && utf8.RuneCountInString(first) <= titleLen && !strings.HasSuffix(first, ".") {
		return kb.Document{Title: strings.TrimSpace(first), Body: strings.TrimSpace(rest)}, nil
	}
	return kb.Document{Body: body}, nil
}

// deriveTitle takes the first heading, else the file's name; name is "" for rows, whose title is then the beginning
// of the text.
func deriveTitle(body, name string) string {
	for line := range strings.Lines(body) {
		if h := strings.TrimLeft(line, "#"); len(h) < len(line) && len(line)-len(h) <= 6 && strings.HasPrefix(h, " ") {
			if t := strings.Trim(h, "# \t\r\n"); t != "" {
				return cutAt(strings.NewReplacer("**", "", "__", "", "`", "").Replace(t), titleLen)
			}
		}
	}
	if name != "" {
		base := strings.TrimSuffix(path.Base(name), path.Ext(name))
		words := strings.FieldsFunc(base, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) })
		if t := strings.Join(words, " "); t != "" {
			first, size := utf8.DecodeRuneInString(t)
			return cutAt(string(unicode.ToUpper(first))+t[size:], titleLen)
		}
	}
	return cutAt(strings.Join(strings.Fields(body), " "), titleLen)
}

// cutAt cuts s between words so that it has at most n characters.
func cutAt(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)[:n-1]
	s = string(runes)
	if i := strings.LastIndexByte(s, ' '); i > len(s)/2 {
		s = s[:i]
	}
	return s + "…"
}

// slug makes an id of a name: letters in lower case, digits, and hyphens, dots or underscores between them.
func slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(strings.ToLower(name)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	s := strings.Trim(b.String(), "-.")
	if len(s) > kb.MaxIDBytes/2 {
		return "doc-" + digest(name)
	}
	return s
}

// digest is a short hash for ids of things that have no name.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

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
	if letters < guessFrom || plainly(text, fallback) {
		return fallback
	}
	info := whatlanggo.DetectWithOptions(text, whatlanggo.Options{Whitelist: guessable()})
	if code := info.Lang.Iso6391(); code != "" && info.IsReliable() {
		if code == "nb" || code == "nn" {
			return "no"
		}
		return code
	}
	return fallback
}

// smallWords are some of the most frequent words of languages, those that few others of them have.
var smallWords = map[string][]string{
	"en": {"the", "and", "of", "to", "is", "with", "you", "for", "are", "that", "this", "from", "by", "be"},
	"es": {"el", "los", "las", "que", "del", "con", "para", "una", "por", "más", "como", "es", "su"},
	"de": {"der", "die", "das", "und", "ist", "nicht", "sie", "mit", "den", "für", "ein", "eine", "auf"},
	"fr": {"le", "les", "des", "et", "est", "vous", "une", "pour", "dans", "sur", "avec", "du", "votre"},
	"it": {"il", "che", "gli", "di", "per", "della", "sono", "con", "una", "nel", "è", "le"},
	"pt": {"o", "os", "as", "que", "do", "da", "para", "com", "uma", "não", "em", "seu"},
	"nl": {"het", "een", "van", "en", "niet", "voor", "met", "zijn", "op", "dat", "je", "u"},
}

// plainly reports whether every eighth word is one of the language's small ones, and not a third as many are those of
// any other. It saves nearly all texts the long way: that takes most of a millisecond.
func plainly(text, lang string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	hits := map[string]int{}
	for _, w := range words {
		for other, small := range smallWords {
			if len(w) <= 5 && slices.Contains(small, w) {
				hits[other]++
			}
		}
	}
	own := hits[lang]
	delete(hits, lang)
	for _, n := range hits {
		if 3*n >= own {
			return false
		}
	}
	return 8*own >= len(words) && own > 0
}

// guessable are the languages that the knowledge base analyses as such.
func guessable() map[whatlanggo.Lang]bool {
	return map[whatlanggo.Lang]bool{
		whatlanggo.Arb: true, whatlanggo.Cmn: true, whatlanggo.Jpn: true, whatlanggo.Kor: true, whatlanggo.Dan: true,
		whatlanggo.Deu: true, whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Fin: true, whatlanggo.Fra: true,
		whatlanggo.Hun: true, whatlanggo.Ita: true, whatlanggo.Nld: true, whatlanggo.Nob: true, whatlanggo.Pol: true,
		whatlanggo.Por: true, whatlanggo.Ron: true, whatlanggo.Rus: true, whatlanggo.Swe: true, whatlanggo.Tur: true,
		whatlanggo.Ukr: true, whatlanggo.Ell: true, whatlanggo.Tha: true,
	}
}
