package analysis

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/registry"
	"golang.org/x/text/unicode/norm"

	"switchboard/kb/demo"
)

// bleves is bleve's analyser of a language, with compounds as one word too.
func bleves(tb testing.TB, lang string) analysis.Analyzer {
	a, err := registry.NewCache().AnalyzerNamed(lang)
	if err != nil {
		tb.Fatal(err)
	}
	own := *a.(*analysis.DefaultAnalyzer)
	own.Tokenizer = hyphens{own.Tokenizer}
	return &own
}

type hyphens struct{ inner analysis.Tokenizer }

func (h hyphens) Tokenize(text []byte) analysis.TokenStream {
	tokens := h.inner.Tokenize(text)
	var out analysis.TokenStream
	for i, t := range tokens {
		out = append(out, t)
		if i == 0 {
			continue
		}
		a := tokens[i-1]
		if t.Start == a.End+1 && text[a.End] == '-' && utf8.RuneCount(a.Term) <= 2 &&
			(a.Start == 0 || text[a.Start-1] != '-') && text[a.Start] > '9' && text[t.Start] > '9' {
			out = append(out, &analysis.Token{
				Start: a.Start, End: t.End, Position: t.Position, Type: analysis.AlphaNumeric,
				Term: slices.Concat(text[a.Start:a.End], text[t.Start:t.End]),
			})
		}
	}
	return out
}

// articles are the texts of the demo knowledge base in a language.
var articles = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	err := fs.WalkDir(demo.Articles, "articles", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(demo.Articles, path)
		lang := strings.Split(path, "/")[1]
		all[lang] = append(all[lang], norm.NFC.String(string(text)))
		return err
	})
	if err != nil {
		panic(err)
	}
	return all
})

func show(terms []Term) string {
	var b strings.Builder
	for _, t := range terms {
		fmt.Fprintf(&b, "%s@%d[%d:%d] ", t.Text, t.Pos, t.Start, t.End)
	}
	return b.String()
}

func showTokens(tokens analysis.TokenStream) string {
	var b strings.Builder
	for _, t := range tokens {
		if len(t.Term) > 0 {
			fmt.Fprintf(&b, "%s@%d[%d:%d] ", t.Term, t.Position, t.Start, t.End)
		}
	}
	return b.String()
}

// TestEnglishAsBleve wants the terms that thresholds are calibrated on, but for the irregular forms of families.txt. Text with accents or curly apostrophes, which
// bleve takes as they are, is left to TestTerms.
func TestEnglishAsBleve(t *testing.T) {
	want := bleves(t, "en")
	a := For("en")
	words := 0
	for _, text := range articles()["en"] {
		for line := range strings.Lines(text) {
			if strings.ContainsFunc(line, func(r rune) bool { return strings.ContainsRune("éíóáñçü’‘", r) }) {
				continue
			}
			got := a.Terms(line)
			words += len(got)
			tokens := want.Analyze([]byte(line))
			for _, t := range tokens {
				if word, irregular := a.family[string(t.Term)]; irregular {
					t.Term = []byte(word)
				}
			}
			if w := showTokens(tokens); show(got) != w {
				t.Errorf("%q:\n got %s\nwant %s", line, show(got), w)
			}
		}
	}
	if words < 10000 {
		t.Errorf("compared %d terms only", words)
	}
}

// TestOthersAsBleve wants the terms of bleve for the languages that take its analyser as it is, from text that has what
// is hard for them, and of the others for words that nothing of ours changes.
func TestOthersAsBleve(t *testing.T) {
	for lang, text := range map[string]string{
		"ar":  "كيف يمكنني تفعيل التجوال في الخارج؟ الفاتورة والباقات الشهرية لا تعمل",
		"cjk": "如何在国外使用漫游？5GプランのデータWi-Fi 料金について ソフトバンク 国 내",
		"ckb": "چۆن دەتوانم ژمارەکەم بگوازمەوە بۆ کتێبێکی نوێ",
		"da":  "Hvordan opsiger jeg mit abonnement, og hvornår får jeg regningerne på Wi-Fi?",
		"de":  "Wie kündige ich meinen Vertrag? Die Rechnungen für Datenvolumen, Straße und Straßen, Zuschläge.",
		"es":  "¿Cuántas facturas necesito para cambiar de compañía? Los años, las tarifas y los móviles averiados.",
		"fa":  "چگونه رومینگ را در خارج از کشور فعال کنم قبض‌ها",
		"fi":  "Miten irtisanon liittymäni? Laskujen maksaminen ja verkkovierailu ulkomailla ei toimi.",
		"fr":  "L'abonnement et les forfaits internationaux : résiliations, facturation, qu'il faut payer aujourd'hui.",
		"hi":  "मैं विदेश में रोमिंग कैसे चालू करूं? बिलों का भुगतान",
		"hu":  "Hogyan mondhatom le az előfizetésemet? A számlák befizetése külföldön nem működik.",
		"it":  "Come disdico l'abbonamento? Le fatture dell'utente, i pagamenti e le tariffe internazionali.",
		"nl":  "Hoe zeg ik mijn abonnement op? De facturen van dataverbruik in het buitenland.",
		"no":  "Hvordan sier jeg opp abonnementet mitt? Regningene og dataene på Wi-Fi i utlandet.",
		"ro":  "Cum îmi anulez abonamentul? Facturile şi plăţile internaţionale nu funcţionează.",
		"ru":  "Как отключить роуминг? Счета за интернет и тарифные планы не приходят.",
		"sv":  "Hur säger jag upp mitt abonnemang? Räkningarna för surfning utomlands på Wi-Fi.",
		"tr":  "aboneliğimi nasıl iptal ederim? Ankara'da faturalarım için internet paketleri çalışmıyor.",
	} {
		t.Run(lang, func(t *testing.T) {
			ours := lang
			if lang == "cjk" {
				ours = "zh"
			}
			want := bleves(t, lang).Analyze(bytes.Clone([]byte(text)))
			var got, wanted []string
			for _, term := range For(ours).Terms(text) {
				got = append(got, fmt.Sprint(term.Text, term.Start))
			}
			for _, token := range want {
				start := token.Start
				if lang == "fr" || lang == "it" || lang == "ro" {
					token.Term = folded("")(token.Term) // bleve does only in long words
				}
				wanted = append(wanted, fmt.Sprint(string(token.Term), start))
			}
			if g, w := strings.Join(got, " "), strings.Join(wanted, " "); g != w {
				t.Errorf("\n got %s\nwant %s", g, w)
			}
		})
	}
}
