package analysis

import (
	"fmt"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/bg"
	"github.com/blevesearch/bleve/v2/analysis/lang/ca"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/ckb"
	"github.com/blevesearch/bleve/v2/analysis/lang/cs"
	"github.com/blevesearch/bleve/v2/analysis/lang/da"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/el"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/eu"
	"github.com/blevesearch/bleve/v2/analysis/lang/fa"
	"github.com/blevesearch/bleve/v2/analysis/lang/fi"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/ga"
	"github.com/blevesearch/bleve/v2/analysis/lang/gl"
	"github.com/blevesearch/bleve/v2/analysis/lang/hi"
	"github.com/blevesearch/bleve/v2/analysis/lang/hr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hu"
	"github.com/blevesearch/bleve/v2/analysis/lang/hy"
	"github.com/blevesearch/bleve/v2/analysis/lang/id"
	"github.com/blevesearch/bleve/v2/analysis/lang/in"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/lang/nl"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ro"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/lang/sv"
	"github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/analysis/token/apostrophe"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/porter"
	"github.com/blevesearch/bleve/v2/analysis/token/stop"
	"github.com/blevesearch/bleve/v2/registry"
)

// recipe says what is done to the words of a language.
type recipe struct {
	steps []step
	// bigrams has each two neighbours of a run of ideographs be a term, hangul those of Korean syllables too. Else an
	// ideograph is a term of its own.
	bigrams, hangul bool
	splitAtJoiners  bool // a zero-width non-joiner divides words
}

// recipes follow bleve's analysers, whose stop words and stemmers they use, where bleve has one for the language. On
// top of that come accents, which many people leave out: they are folded in the languages where the letter without one
// is the same letter, before the stemmer, and stop words are known without them too.
var recipes = map[string]recipe{
	plain: {steps: []step{named(lowercase.Name)}},
	"ar": {steps: []step{named(lowercase.Name), compatible, stopWords(ar.StopName), named(ar.NormalizeName),
		named(ar.StemmerName)}},
	"bg": {steps: []step{named(lowercase.Name), stopWords(bg.StopName)}},
	"ca": {steps: []step{named(lowercase.Name), named(ca.ElisionName), stopWords(ca.StopName, folded("")), fold("ç")}},
	"ckb": {steps: []step{named(ckb.NormalizeName), named(lowercase.Name), stopWords(ckb.StopName),
		named(ckb.StemmerName)}},
	"cs": {steps: []step{named(lowercase.Name), stopWords(cs.StopName)}},
	"da": {steps: []step{named(lowercase.Name), stopWords(da.StopName), named(da.SnowballStemmerName)}},
	"de": {steps: []step{named(lowercase.Name), stopWords(de.StopName, twoLetterUmlauts), fold("äöü"),
		named(de.NormalizeName), named(de.LightStemmerName)}},
	"el": {steps: []step{named(lowercase.Name), own(foldGreek), stopWords(el.StopName), own(stemGreek)}},
	"en": {steps: []step{named(en.PossessiveName), named(lowercase.Name), fold(""), stopWords(en.StopName),
		named(porter.Name)}},
	"es": {steps: []step{named(lowercase.Name), stopWords(es.StopName, folded("ñ")), fold("ñ"),
		named(es.LightStemmerName)}},
	"eu": {steps: []step{named(lowercase.Name), stopWords(eu.StopName)}},
	"fa": {steps: []step{named(lowercase.Name), named(ar.NormalizeName), named(fa.NormalizeName),
		stopWords(fa.StopName)}, splitAtJoiners: true},
	"fi": {steps: []step{named(lowercase.Name), stopWords(fi.StopName), named(fi.SnowballStemmerName)}},
	"fr": {steps: []step{named(lowercase.Name), named(fr.ElisionName), stopWords(fr.StopName, folded("")), fold(""),
		own(frenchAccents), named(fr.LightStemmerName), fold("")}},
	"ga": {steps: []step{named(lowercase.Name), named(ga.ElisionName), stopWords(ga.StopName, folded("")), fold("")}},
	"gl": {steps: []step{named(lowercase.Name), stopWords(gl.StopName, folded("ñ")), fold("ñ")}},
	"hi": {steps: []step{named(lowercase.Name), named(in.NormalizeName), named(hi.NormalizeName),
		stopWords(hi.StopName), named(hi.StemmerName)}},
	"hr": {steps: []step{named(lowercase.Name), stopWords(hr.StopName), own(croatianSuffix), named(hr.StemmerName)}},
	"hu": {steps: []step{named(lowercase.Name), stopWords(hu.StopName), named(hu.SnowballStemmerName)}},
	"hy": {steps: []step{named(lowercase.Name), stopWords(hy.StopName)}},
	"id": {steps: []step{named(lowercase.Name), stopWords(id.StopName)}},
	"it": {steps: []step{named(lowercase.Name), named(it.ElisionName), stopWords(it.StopName, folded("")), fold(""),
		named(it.LightStemmerName)}},
	"ja": {steps: []step{named(cjk.WidthName), named(lowercase.Name)}, bigrams: true},
	"ko": {steps: []step{named(cjk.WidthName), named(lowercase.Name)}, bigrams: true, hangul: true},
	"nl": {steps: []step{named(lowercase.Name), stopWords(nl.StopName, folded("")), named(nl.SnowballStemmerName)}},
	"no": {steps: []step{named(lowercase.Name), stopWords(no.StopName), named(no.SnowballStemmerName)}},
	"pl": {steps: []step{named(lowercase.Name), stopWords("stop_pl")}},
	"pt": {steps: []step{named(lowercase.Name), stopWords(pt.StopName, folded("")), own(portugueseAccents),
		named(pt.LightStemmerName), fold("")}},
	"ro": {steps: []step{named(lowercase.Name), own(romanianCedillas), stopWords(ro.StopName, folded("")),
		named(ro.SnowballStemmerName), fold("")}},
	"ru": {steps: []step{named(lowercase.Name), own(russianYo), stopWords(ru.StopName), named(ru.SnowballStemmerName)}},
	"sv": {steps: []step{named(lowercase.Name), stopWords(sv.StopName), named(sv.SnowballStemmerName)}},
	"th": {steps: []step{named(lowercase.Name), own(thaiVowels)}},
	"tr": {steps: []step{named(apostrophe.Name), own(lowerTurkish), stopWords(tr.StopName), named(tr.SnowballStemmerName)}},
}

// sameAs are languages that go by the rules of another.
var sameAs = map[string]string{"nb": "no", "nn": "no", "zh": "ja"}

// step makes a filter, with what it needs from bleve.
type step func(*registry.Cache) (analysis.TokenFilter, error)

// chain makes the filters of a recipe. What it needs is compiled in, so that failing is a mistake in the table.
func (r recipe) chain() []analysis.TokenFilter {
	cache := registry.NewCache()
	all := make([]analysis.TokenFilter, len(r.steps))
	for i, s := range r.steps {
		f, err := s(cache)
		if err != nil {
			panic(fmt.Sprintf("analysis: step %d of a language: %v", i, err))
		}
		all[i] = f
	}
	return all
}

// named is one of bleve's token filters.
func named(name string) step {
	return func(cache *registry.Cache) (analysis.TokenFilter, error) { return cache.TokenFilterNamed(name) }
}

// stopWords leaves out the words of one of bleve's lists, what each of also makes of them, and those of stop.txt.
func stopWords(name string, also ...change) step {
	return func(cache *registry.Cache) (analysis.TokenFilter, error) {
		all := analysis.NewTokenMap()
		more := moreStopWords()[name]
		for _, word := range more {
			all.AddToken(word)
		}
		list, err := cache.TokenMapNamed(name)
		if err != nil && len(more) == 0 {
			return nil, err
		}
		for word := range list {
			all.AddToken(word)
			for _, f := range also {
				all.AddToken(string(f([]byte(word))))
			}
		}
		return stop.NewStopTokensFilter(all), nil
	}
}

// change writes a word otherwise. It may change the bytes that it is given.
type change func(word []byte) []byte

// Filter is that of bleve's filters.
func (c change) Filter(stream analysis.TokenStream) analysis.TokenStream {
	for _, t := range stream {
		t.Term = c(t.Term)
	}
	return stream
}

func own(c change) step {
	return func(*registry.Cache) (analysis.TokenFilter, error) { return c, nil }
}
