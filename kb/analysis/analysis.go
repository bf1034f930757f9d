package analysis

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
)

// Term is a word as it is indexed: in lower case, without its endings, or a part of a run of letters that is not
// divided into words.
type Term struct {
	Text       string
	Start, End int // the bytes of the text that it was made of
	// Pos counts the words of the text from 1, with those that are left out. A compound that is also indexed as one
	// word has the position of its last part.
	Pos int
	// Stop says that it is a stop word, in lower case: AppendAll has them too.
	Stop bool
}

// Analyser makes the terms of one language. It is safe for concurrent use.
type Analyser struct {
	recipe recipe
	chain  []analysis.TokenFilter
	memo   *memo
	asking map[string]bool
	family map[string]string // see families.txt
}

// For returns the analyser of a language, named by its primary tag such as "en"; what follows a hyphen is ignored.
// A language without rules has words in lower case, nothing left out. The first call for a language takes about a
// millisecond; later ones return the same analyser.
func For(lang string) *Analyser {
	if make, ok := analysers[lang]; ok {
		return make()
	}
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	if make, ok := analysers[lang]; ok {
		return make()
	}
	return analysers[plain]()
}

// plain names the rules of languages that have none of their own.
const plain = ""

var analysers = func() map[string]func() *Analyser {
	all := map[string]func() *Analyser{}
	for lang := range recipes {
		all[lang] = sync.OnceValue(func() *Analyser { return newAnalyser(lang) })
	}
	for lang, other := range sameAs {
		all[lang] = all[other]
	}
	return all
}()

func newAnalyser(lang string) *Analyser {
	r := recipes[lang]
	a := &Analyser{recipe: r, chain: r.chain(), memo: newMemo(), asking: map[string]bool{}}
	a.family = a.families(lang)
	for _, word := range askingWords()[lang] {
		for _, t := range a.Terms(word) {
			a.asking[t.Text] = true
		}
	}
	return a
}

// Terms returns the terms of text in order, without the language's stop words. Bytes that are not UTF-8 separate words.
func (a *Analyser) Terms(text string) []Term {
	return a.AppendTerms(nil, text)
}

// AppendTerms appends the terms of text to dst, so that a caller with many texts allocates once. Text that is all in
// words seen before takes some 60 ns a word.
func (a *Analyser) AppendTerms(dst []Term, text string) []Term { return a.append(dst, text, false) }

// AppendAll is AppendTerms with the stop words, which phrases are also made of.
func (a *Analyser) AppendAll(dst []Term, text string) []Term { return a.append(dst, text, true) }

func (a *Analyser) append(dst []Term, text string, stops bool) []Term {
	if a.recipe.splitAtJoiners && strings.Contains(text, zeroWidthNonJoiner) {
		text = strings.ReplaceAll(text, zeroWidthNonJoiner, "   ") // as many bytes
	}
	w := writer{a: a, text: text, dst: dst, stops: stops}
	s := scanner{text: text, runs: a.recipe.bigrams, hangul: a.recipe.hangul}
	for s.next() {
		switch {
		case s.kind == ideographs && a.recipe.bigrams:
			w.ideographs(s.start, s.end)
		case s.kind == clusters:
			w.clusters(s.start, s.end)
		default:
			w.word(s.start, s.end)
		}
	}
	return w.dst
}

// Asking reports whether a term comes from a word with which people ask and which says little about what they ask
// for, such as "much" or "please". Stop words are no terms, so that they are not among them.
func (a *Analyser) Asking(term string) bool { return a.asking[term] }

// Word returns the term of a single word, "" if it is a stop word.
func (a *Analyser) Word(word string) string { return a.memo.of(word, a.make) }

const zeroWidthNonJoiner = "\u200c"

// writer appends the terms of a text.
type writer struct {
	a    *Analyser
	text string
	dst  []Term
	pos  int

	stops bool // are wanted

	lastStart, lastEnd int // of the word before, for compounds
}

func (w *writer) add(word string, start, end int) {
	if term := w.a.Word(word); term != "" {
		w.dst = append(w.dst, Term{Text: term, Start: start, End: end, Pos: w.pos})
	} else if w.stops {
		w.dst = append(w.dst, Term{Text: strings.ToLower(tidy(word)), Start: start, End: end, Pos: w.pos, Stop: true})
	}
}

// longestPrefix is how many letters the first part of a compound may have that is also indexed as one word.
const longestPrefix = 2

// word adds a word and, behind the second part of a compound with a short first part, the compound as one word, so
// that "Wi-Fi" is found by "wifi" and "e-SIM" finds "eSIM".
func (w *writer) word(start, end int) {
	w.pos++
	w.add(w.text[start:end], start, end)
	if w.lastEnd > 0 && start == w.lastEnd+1 && w.text[w.lastEnd] == '-' && w.compound(start) {
		w.add(w.text[w.lastStart:w.lastEnd]+w.text[start:end], w.lastStart, end)
	}
	w.lastStart, w.lastEnd = start, end
}

// compound reports whether the word before is short, is no second part itself, and neither it nor the word at start
// begins with a digit.
func (w *writer) compound(start int) bool {
	return w.lastEnd-w.lastStart <= longestPrefix*utf8.UTFMax &&
		utf8.RuneCountInString(w.text[w.lastStart:w.lastEnd]) <= longestPrefix &&
		(w.lastStart == 0 || w.text[w.lastStart-1] != '-') && w.text[w.lastStart] > '9' && w.text[start] > '9'
}
