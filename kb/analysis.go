package kb

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/da"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fi"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hu"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/lang/nl"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ro"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/lang/sv"
	"github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/registry"
)

// analyserName says which of bleve's analysers serves a language. A language that is not here gets plain one: words
// in lower case, nothing left out, no stemming.
func analyserName(lang string) string {
	switch lang {
	case "ar":
		return ar.AnalyzerName
	case "zh", "ja", "ko":
		return cjk.AnalyzerName
	case "da":
		return da.AnalyzerName
	case "de":
		return de.AnalyzerName
	case "en":
		return en.AnalyzerName
	case "es":
		return es.AnalyzerName
	case "fi":
		return fi.AnalyzerName
	case "fr":
		return fr.AnalyzerName
	case "hu":
		return hu.AnalyzerName
	case "it":
		return it.AnalyzerName
	case "nl":
		return nl.AnalyzerName
	case "no", "nb", "nn":
		return no.AnalyzerName
	case "pt":
		return pt.AnalyzerName
	case "ro":
		return ro.AnalyzerName
	case "ru":
		return ru.AnalyzerName
	case "sv":
		return sv.AnalyzerName
	case "tr":
		return tr.AnalyzerName
	}
	return ""
}

// analysers keeps one of each language.
var analysers sync.Map // of string to analysis.Analyzer

func analyserOf(lang string) (analysis.Analyzer, error) {
	if have, ok := analysers.Load(lang); ok {
		return have.(analysis.Analyzer), nil
	}
	a, err := newAnalyser(lang)
	if err == nil {
		analysers.Store(lang, a)
	}
	return a, err
}

// newAnalyser makes the analyser of a language. It is safe for concurrent use.
func newAnalyser(lang string) (analysis.Analyzer, error) {
	cache := registry.NewCache()
	var inner analysis.Analyzer
	var err error
	if name := analyserName(lang); name != "" {
		inner, err = cache.AnalyzerNamed(name)
	} else {
		inner, err = plainAnalyser(cache)
	}
	if err != nil {
		return nil, fmt.Errorf("analyser of language %s: %w", lang, err)
	}
	if words, ok := inner.(*analysis.DefaultAnalyzer); ok {
		words.Tokenizer = hyphens{words.Tokenizer}
	}
	return inner, nil
}

// longestPrefix is how many letters the first part of a compound may have that is also indexed as one word.
const longestPrefix = 2

// hyphens adds the one word to the two of a compound with a short first part, so that "Wi-Fi" is found by "wifi" and
// "e-SIM" finds "eSIM".
type hyphens struct{ inner analysis.Tokenizer }

// Tokenize adds each compound behind its second part.
func (h hyphens) Tokenize(text []byte) analysis.TokenStream {
	tokens := h.inner.Tokenize(text)
	if bytes.IndexByte(text, '-') < 0 {
		return tokens
	}
	out := make(analysis.TokenStream, 0, len(tokens)+4)
	for i, t := range tokens {
		out = append(out, t)
		if i == 0 || !compound(text, tokens[i-1], t) {
			continue
		}
		first := tokens[i-1]
		out = append(out, &analysis.Token{
			Start: first.Start, End: t.End, Position: t.Position, Type: analysis.AlphaNumeric,
			Term: slices.Concat(text[first.Start:first.End], text[t.Start:t.End]),
		})
	}
	return out
}

// compound reports whether a and c are joined by one hyphen, a is short and neither begins with a digit.
func compound(text []byte, a, c *analysis.Token) bool {
	return c.Start == a.End+1 && text[a.End] == '-' && utf8.RuneCount(a.Term) <= longestPrefix &&
		(a.Start == 0 || text[a.Start-1] != '-') && text[a.Start] > '9' && text[c.Start] > '9'
}

func plainAnalyser(cache *registry.Cache) (analysis.Analyzer, error) {
	words, err := cache.TokenizerNamed(unicode.Name)
	if err != nil {
		return nil, err
	}
	lower, err := cache.TokenFilterNamed(lowercase.Name)
	if err != nil {
		return nil, err
	}
	return &analysis.DefaultAnalyzer{Tokenizer: words, TokenFilters: []analysis.TokenFilter{lower}}, nil
}
