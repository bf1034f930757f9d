package lint

import (
	"fmt"
	"strings"

	"github.com/abadojack/whatlanggo"
)

// Words that a language is told by, and shares of them that are common words of a language.
const (
	tellFrom = 25   // words; in fewer, names decide
	surely   = 0.18 // of a text in its own language, a quarter to a half are
	hardly   = 0.06
	tellUpTo = 1500 // bytes of a text that are looked at
)

// mixedLanguage reports a text, or a paragraph, that is not in the language that the document is filed under: its
// analyser is the wrong one, and customers of that language are shown it.
func mixedLanguage(_ *checker, a *article, report report) {
	var whole strings.Builder
	var ts []token
	for i := range a.blocks {
		if b := &a.blocks[i]; b.kind != code && whole.Len() < tellUpTo {
			whole.WriteString(b.text + "\n")
			ts = append(ts, b.tokens()...)
		}
	}
	if lang := toldLanguage(whole.String(), ts, a.doc.Lang); lang != "" {
		report(Finding{Document: a.doc.ID, Text: fmt.Sprintf("is filed under %q but seems to be written in %q", a.doc.Lang, lang)})
		return
	}
	for i := range a.blocks {
		if b := &a.blocks[i]; b.kind == paragraph || b.kind == item {
			if lang := toldLanguage(b.text, b.tokens(), a.doc.Lang); lang != "" {
				report(Finding{Document: a.doc.ID, Line: b.line, Text: fmt.Sprintf("in a document in %q, this seems to be written in %q: %s", a.doc.Lang, lang, quote(b.text))})
			}
		}
	}
}

// toldLanguage is the language of text, whose tokens are ts, if that is beyond doubt and not filed.
func toldLanguage(text string, ts []token, filed string) string {
	words, mine := 0, 0
	for _, t := range ts {
		if t.kind == word {
			words++
			if common[filed][t.lower()] {
				mine++
			}
		}
	}
	if words < tellFrom || common[filed] != nil && float64(mine) >= surely*float64(words) {
		return "" // most texts
	}
	if len(text) > tellUpTo {
		text = strings.ToValidUTF8(text[:tellUpTo], "")
	}
	guess := whatlanggo.DetectWithOptions(text, told)
	lang := guess.Lang.Iso6391()
	if lang == "nb" || lang == "nn" {
		lang = "no"
	}
	if !guess.IsReliable() || lang == "" || lang == filed || filed == "nb" || filed == "nn" {
		return ""
	}
	theirs := 0
	for _, t := range ts {
		if t.kind == word && common[lang][t.lower()] {
			theirs++
		}
	}
	if float64(mine) > hardly*float64(words) || common[lang] != nil && float64(theirs) < surely*float64(words) {
		return ""
	}
	return lang
}

// told are the languages that texts are told apart between.
var told = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Arb: true, whatlanggo.Cmn: true, whatlanggo.Jpn: true, whatlanggo.Kor: true, whatlanggo.Dan: true,
	whatlanggo.Deu: true, whatlanggo.Ell: true, whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Fin: true,
	whatlanggo.Fra: true, whatlanggo.Hun: true, whatlanggo.Ita: true, whatlanggo.Nld: true, whatlanggo.Nob: true,
	whatlanggo.Pol: true, whatlanggo.Por: true, whatlanggo.Ron: true, whatlanggo.Rus: true, whatlanggo.Swe: true,
	whatlanggo.Tha: true, whatlanggo.Tur: true, whatlanggo.Ukr: true,
}}
