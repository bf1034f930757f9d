package lint

import (
	"maps"
	"slices"
	"strings"
)

// verbs stand between a thing and its figure: "The late fee is €7.50."
var verbs = set(`cost costs is are was be equals amounts cuesta cuestan es son vale valen kostet kosten beträgt ist sind coûte coûtent est sont costa costano custa custam : =`)

// soft are words that may stand between the verb and the figure and change nothing.
var soft = set(`just now only currently always still solo ahora siempre nur jetzt immer seulement sempre`)

// prepositions stand between a thing and its figure: "a late fee of €7.50", "the Data 2 GB add-on for €4.00".
var prepositions = set(`of for de por von für di per pour`)

// vague are names of columns, and words of subjects, that only say that there is a figure.
var vague = set(`price cost amount rate value charge figure total month monthly year how much precio importe coste tarifa valor mes preis kosten betrag monat prix montant tarif mois prezzo prijs`)

// longestSubject is how many words that say something a subject has at most.
const longestSubject = 5

// subjects are the facts of a sentence that say plainly what has a figure. The words of the sentence around them are
// kept: what is said on a condition is not compared with what is said without.
func (c *checker) subjects(lang string, b *block, sentence string, ts []token, figs []figure) []fact {
	var out []fact
	for i, f := range figs {
		if f.kind == "number" || f.kind == "clock" || f.kind == "phone" {
			continue
		}
		after := len(ts)
		if next := slices.IndexFunc(figs[i+1:], func(f figure) bool { return f.kind != "number" }); next >= 0 {
			after = figs[i+1+next].first
		}
		from, to, ok := subjectAt(ts, f, lang)
		if !ok {
			continue
		}
		named := c.wordsOf(ts[from:to], lang)
		if len(named) == 0 || len(named) > longestSubject || onlyVague(named) {
			continue
		}
		before := 0
		if i > 0 {
			before = min(figs[i-1].last, from)
		}
		rest := c.wordsOf(ts[before:from], lang)
		tail := ts[f.last:after]
		if end := slices.IndexFunc(tail, endsClause); end >= 0 && end < len(tail) {
			tail, after = tail[:end], f.last+end
		}
		maps.Copy(rest, c.wordsOf(tail, lang))
		for _, other := range figs {
			if other.first == after && other.kind != "number" {
				rest["#"+other.value] = true
			}
		}
		x := fact{kind: subjectFact, figure: f, named: named, alone: len(figs) == 1, branded: c.branded(ts[from:to]), rest: rest, block: b, text: sentence}
		x.key = subjectKey(named, f, lang)
		out = append(out, x)
	}
	return out
}

func onlyVague(words map[string]bool) bool {
	for w := range words {
		if !vague[w] {
			return false
		}
	}
	return true
}

func subjectKey(named map[string]bool, f figure, lang string) uint64 {
	say := map[string]bool{}
	for w := range named {
		if !vague[w] {
			say[w] = true
		}
	}
	return mix(mix(mix(setHash(say), lang), "subject"), f.kind+f.unit+"/"+f.per)
}

// subjectAt finds the words for what has figure f: those before a verb or a preposition that stands right before it.
func subjectAt(ts []token, f figure, lang string) (from, to int, ok bool) {
	v := f.first - 1
	for v > 0 && (soft[ts[v].norm] || articles[ts[v].norm]) {
		v--
	}
	if v <= 0 {
		return 0, 0, false
	}
	switch w := ts[v].lower(); {
	case verbs[w]:
		from = clauseStart(ts, v)
		return from, v, from < v
	case prepositions[w]:
		from = v
		for from > 0 && ts[from-1].kind != symbol && (!isCommon(lang, ts[from-1].lower())) {
			from--
		}
		// One word alone, such as "charge" or "discount", is of no thing in particular.
		return from, v, v-from >= 2
	}
	return 0, 0, false
}

// conjunctions begin another clause.
var conjunctions = set(`and but or so that which because while y pero o and und aber oder et mais ou e ma en maar if when where unless si cuando wenn`)

// endsClause reports whether what follows a token is said of something else.
func endsClause(t token) bool {
	return conjunctions[t.norm] && t.norm != "or" && t.norm != "o" && t.norm != "if" && t.norm != "when" && t.norm != "where" || slices.Contains([]string{";", "(", "–", "—"}, t.text)
}

func clauseStart(ts []token, v int) int {
	from := v
	for from > 0 {
		t := ts[from-1]
		if t.kind == symbol && slices.Contains([]string{",", ";", ":", "(", ")", "–", "—", "."}, t.text) || conjunctions[t.norm] {
			break
		}
		from--
	}
	return from
}

// wordsOf are the words that say something, without the company's own name.
func (c *checker) wordsOf(ts []token, lang string) map[string]bool {
	m := map[string]bool{}
	for _, t := range ts {
		if t.kind != symbol && !isCommon(lang, t.lower()) && !c.brand[t.norm] {
			m[t.norm] = true
		}
	}
	return m
}

// branded reports whether the company's own name is among ts.
func (c *checker) branded(ts []token) bool {
	return slices.ContainsFunc(ts, func(t token) bool { return c.brand[t.norm] })
}

// rowSubject is what a table's cell says of its row's name, so that it can be compared with sentences: the column must
// add no more than what period, or what kind of figure, it is.
func (c *checker) rowSubject(lang string, b *block, column string, f figure) (fact, bool) {
	if f.kind == "number" || f.kind == "figures" || f.kind == "yes or no" || len(f.unit) > len("working second") {
		return fact{}, false
	}
	name, aside := b.cells[0], ""
	if i := strings.IndexByte(name, '('); i > 0 {
		name, aside = name[:i], name[i:]
	}
	named, rest := labelWords(lang, name), c.wordsOf(tokens(aside), lang)
	maps.DeleteFunc(named, func(w string, _ bool) bool { return c.brand[w] })
	for w := range c.wordsOf(tokens(column), lang) {
		if f.kind == "money" && f.per == "" && periodNames[w] != "" {
			f.per = periodNames[w]
		} else {
			named[w] = true
		}
	}
	if onlyVague(named) {
		return fact{}, false
	}
	x := fact{kind: subjectFact, figure: f, named: named, alone: true, branded: c.branded(tokens(name)), rest: rest, block: b, text: b.text}
	x.key = subjectKey(named, f, lang)
	return x, true
}
