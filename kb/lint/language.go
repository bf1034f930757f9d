package lint

import (
	"fmt"
	"slices"
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
	for _, b := range a.blocks {
		if b.kind != code && whole.Len() < tellUpTo {
			whole.WriteString(b.text + "\n")
		}
	}
	if lang := toldLanguage(whole.String(), a.doc.Lang); lang != "" {
		report(Finding{Document: a.doc.ID, Text: fmt.Sprintf("is filed under %q but seems to be written in %q", a.doc.Lang, lang)})
		return
	}
	for _, b := range a.blocks {
		if b.kind == paragraph || b.kind == item {
			if lang := toldLanguage(b.text, a.doc.Lang); lang != "" {
				report(Finding{Document: a.doc.ID, Line: b.line, Text: fmt.Sprintf("in a document in %q, this seems to be written in %q: %s", a.doc.Lang, lang, quote(b.text))})
			}
		}
	}
}

// toldLanguage is the language of text if that is beyond doubt and not filed.
func toldLanguage(text, filed string) string {
	if len(text) > tellUpTo {
		text = strings.ToValidUTF8(text[:tellUpTo], "")
	}
	ts := slices.DeleteFunc(tokens(text), func(t token) bool { return t.kind != word })
	if len(ts) < tellFrom {
		return ""
	}
	if common[filed] != nil && share(ts, filed) >= surely {
		return "" // without asking further: this is most texts
	}
	guess := whatlanggo.DetectWithOptions(text, told)
	lang := guess.Lang.Iso6391()
	if lang == "nb" || lang == "nn" {
		lang = "no"
	}
	if !guess.IsReliable() || lang == "" || lang == filed || filed == "nb" || filed == "nn" {
		return ""
	}
	if common[filed] != nil && share(ts, filed) > hardly || common[lang] != nil && share(ts, lang) < surely {
		return ""
	}
	return lang
}

// share is how much of ts are common words of a language.
func share(ts []token, lang string) float64 {
	n := 0
	for _, t := range ts {
		if common[lang][strings.ToLower(t.text)] {
			n++
		}
	}
	return float64(n) / float64(len(ts))
}

// told are the languages that texts are told apart between.
var told = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Arb: true, whatlanggo.Cmn: true, whatlanggo.Jpn: true, whatlanggo.Kor: true, whatlanggo.Dan: true,
	whatlanggo.Deu: true, whatlanggo.Ell: true, whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Fin: true,
	whatlanggo.Fra: true, whatlanggo.Hun: true, whatlanggo.Ita: true, whatlanggo.Nld: true, whatlanggo.Nob: true,
	whatlanggo.Pol: true, whatlanggo.Por: true, whatlanggo.Ron: true, whatlanggo.Rus: true, whatlanggo.Swe: true,
	whatlanggo.Tha: true, whatlanggo.Tur: true, whatlanggo.Ukr: true,
}}
