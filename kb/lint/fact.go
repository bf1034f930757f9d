package lint

import (
	"slices"
	"strings"
)

// factKind is how an article states a fact. Only facts of a kind are compared, but a subject may be stated by a
// sentence or by a table.
type factKind byte

const (
	cellFact     factKind = iota // a cell of a table: the names of its row and column, and a figure
	sentenceFact                 // a sentence: its words, and a figure in their midst
	subjectFact                  // "a late fee of €7.50", "Late fee: €7.50": what has the figure, and the figure
)

// Bounds on what is taken from one article, so that the cost of a hostile one is bounded.
const (
	maxFacts   = 5000
	maxWords   = 300 // of a sentence
	maxColumns = 64
)

// fact is a figure and what it is a figure of.
type fact struct {
	kind    factKind
	key     uint64 // of what it is a figure of: equal keys, one thing, as far as the words go
	figure  figure
	others  []string        // the other figures' values of the sentence
	named   map[string]bool // the words that key stands for
	alone   bool            // no other figure stands in the sentence
	branded bool            // the company's own name stands with them
	rest    map[string]bool // other words of the sentence that say something
	block   *block
	text    string // the sentence, or the row
}

// factsOf are an article's facts, in the order of its text.
func (c *checker) factsOf(a *article) []fact {
	var out []fact
	for i := range a.blocks {
		b := &a.blocks[i]
		if len(out) >= maxFacts {
			break
		}
		switch b.kind {
		case row:
			out = append(out, c.rowFacts(a.doc.Lang, b)...)
		case paragraph, item:
			for _, s := range sentences(b.text) {
				out = append(out, c.proseFacts(a.doc.Lang, b, s)...)
			}
		}
	}
	return out
}

// sentences cuts text after full stops, question and exclamation marks that a blank and no small letter follows.
func sentences(text string) []string {
	var out []string
	start := 0
	for i := 0; i+1 < len(text); i++ {
		if strings.IndexByte(".!?;", text[i]) < 0 || text[i+1] != ' ' {
			continue
		}
		if next := text[i+1:]; text[i] != ';' && len(next) > 1 && next[1] >= 'a' && next[1] <= 'z' {
			continue
		}
		out = append(out, strings.TrimSpace(text[start:i+1]))
		start = i + 1
	}
	return append(out, strings.TrimSpace(text[start:]))
}

// proseFacts are the facts of one sentence.
func (c *checker) proseFacts(lang string, b *block, sentence string) []fact {
	if !strings.ContainsAny(sentence, "0123456789") {
		return nil
	}
	ts := tokens(sentence)
	figs := figures(ts, lang)
	if len(ts) > maxWords || !slices.ContainsFunc(figs, func(f figure) bool { return f.kind != "number" }) {
		return nil
	}
	var out []fact
	mask, words := maskOf(ts, figs, lang)
	for i, f := range figs {
		if f.kind == "number" {
			continue
		}
		x := fact{kind: sentenceFact, figure: f, named: words, block: b, text: sentence}
		x.key = mix(mix(mask, lang), string(rune(i)))
		for j, other := range figs {
			if j != i {
				x.others = append(x.others, other.value)
			}
		}
		out = append(out, x)
	}
	return append(out, c.subjects(lang, b, sentence, ts, figs)...)
}

// maskOf hashes a sentence's words with their figures left open, and lists the words that say something. A plain
// number is a word: it is more often part of a name than a quantity.
func maskOf(ts []token, figs []figure, lang string) (uint64, map[string]bool) {
	h, words := hashStart, map[string]bool{}
	for i := 0; i < len(ts); i++ {
		if len(figs) > 0 && figs[0].first == i {
			f := figs[0]
			figs = figs[1:]
			i = f.last - 1
			if f.kind != "number" {
				h = mix(h, "#"+f.kind+f.unit+"/"+f.per)
				continue
			}
		}
		t := ts[i]
		if t.kind == symbol && t.text != "+" && t.text != "-" {
			continue
		}
		lower := t.lower()
		if articles[lower] {
			continue
		}
		h = mix(h, t.norm)
		if t.kind != symbol && !isCommon(lang, lower) {
			words[t.norm] = true
		}
	}
	return h, words
}

// rowFacts are the facts of a table's row: one for each cell behind the first that says a figure, or yes or no.
func (c *checker) rowFacts(lang string, b *block) []fact {
	var out []fact
	first := strings.TrimSpace(b.cells[0])
	if first == "" {
		return nil
	}
	label := labelWords(lang, first)
	repeated := b.table.labels[strings.ToLower(first)] > 1
	for i := 1; i < min(len(b.cells), len(b.table.header), maxColumns); i++ {
		if repeated && i > 1 {
			for w := range labelWords(lang, b.cells[i-1]) {
				label[w] = true
			}
		}
		column := b.table.header[i]
		value, ok := cellValue(b.cells[i], lang)
		if !ok || strings.TrimSpace(column) == "" || len(label) == 0 || repeated && i == 1 {
			continue
		}
		named := labelWords(lang, column)
		h := setHash(named)
		for w := range label {
			named[w] = true
		}
		key := mix(mix(mix(h^spread(setHash(label)), lang), "cell"), value.kind+value.unit)
		x := fact{kind: cellFact, key: key, figure: value, named: named, block: b, text: b.text}
		out = append(out, x)
		if s, ok := c.rowSubject(lang, b, column, value); ok && !repeated {
			out = append(out, s)
		}
	}
	return out
}

// persons are words that say nothing in a sentence, but tell two rows or columns apart.
var persons = set(`you your they their we our my his her it its no not sin con su tu mi ihr dein votre mon suo loro`)

// labelWords are the words of a row's or a column's name.
func labelWords(lang, name string) map[string]bool {
	m := map[string]bool{}
	for _, t := range tokens(name) {
		if t.kind != symbol && (persons[t.lower()] || !isCommon(lang, t.lower())) {
			m[t.norm] = true
		}
	}
	return m
}

// yes are the words of cells that say yes or no.
var yes = map[string]string{"yes": "yes", "no": "no", "sí": "yes", "si": "yes", "ja": "yes", "nein": "no", "oui": "yes", "non": "no", "✓": "yes", "✗": "no"}

// cellValue reads a cell that says one figure and little more, or yes or no.
func cellValue(cell, lang string) (figure, bool) {
	if v, ok := yes[strings.ToLower(strings.Trim(cell, " ."))]; ok {
		return figure{kind: "yes or no", value: v, text: cell}, true
	}
	if !strings.ContainsAny(cell, "0123456789") {
		return figure{}, false
	}
	ts := tokens(cell)
	figs := figures(ts, lang)
	if len(figs) != 1 {
		return severalValue(ts, figs, lang, cell)
	}
	f := figs[0]
	mask, words := maskOf(ts, []figure{{kind: "money", first: f.first, last: f.last}}, lang)
	if f.kind == "number" && len(words) > 3 {
		return figure{}, false
	}
	if len(words) > 0 { // "€7.99 extra", "Zone 2": compared with cells that have the same words
		f.unit += hex(mask)
	}
	f.text = cell
	return f, true
}

// severalValue reads a cell with several figures, such as "500 MB, 60 minutes": equal only as a whole.
func severalValue(ts []token, figs []figure, lang, cell string) (figure, bool) {
	const most = 6
	if len(figs) == 0 || len(figs) > most {
		return figure{}, false
	}
	open := slices.Clone(figs)
	var values []string
	for i := range open {
		values = append(values, open[i].value)
		if open[i].kind == "number" {
			open[i].kind = "count"
		}
	}
	mask, words := maskOf(ts, open, lang)
	if len(words) > 2*len(figs) {
		return figure{}, false
	}
	return figure{kind: "figures", unit: hex(mask), value: strings.Join(values, " "), text: cell}, true
}

func hex(h uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := range b {
		b[i] = digits[h>>(4*i)&15]
	}
	return string(b[:])
}

// setHash is a hash of words that does not depend on their order.
func setHash(words map[string]bool) uint64 {
	h := hashStart
	for w := range words {
		h += spread(mix(hashStart, w))
	}
	return h
}
