package kb

import (
	"fmt"

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

// analyserNames says which of bleve's analysers serves a language. A language that is not here gets plain one: words
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
	return inner, nil
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
