package guard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// quantities stops a number, price, date, time, allowance, speed, percentage, code or phone number that no cited
// passage has, or has of something else. Where the sentence cites nothing, one single passage must have them all; it
// becomes the backing.
func quantities(s *sentence) string {
	if loneCurrency(s.body) {
		return "a currency stands there without a number"
	}
	qs := s.claims()
	if len(qs) == 0 {
		return ""
	}
	s.claimed = qs
	if len(s.cites) == 0 {
		return s.uncited(qs)
	}
	for i, q := range qs {
		if !s.anyBacks(s.cites, q) {
			return fmt.Sprintf("%q is in no cited passage", s.body[q.start:q.end])
		}
		if detail := s.contrary(q, s.cites); detail != "" {
			return detail
		}
		if detail := s.mistaken(i, s.cites); detail != "" {
			return detail
		}
	}
	if name := s.foreignName(s.cites); name != "" {
		return fmt.Sprintf("%q is in no cited passage, so that the figures are another's", name)
	}
	return ""
}

// loneCurrency reports whether a sign of a currency has no digit on either side: what price it is cannot be told.
func loneCurrency(text string) bool {
	for i, r := range text {
		if r != '€' && r != '$' && r != '£' {
			continue
		}
		before := strings.TrimRight(text[:i], " \u00a0")
		after := strings.TrimLeft(text[i+utf8.RuneLen(r):], " \u00a0-−*_`~")
		if (before == "" || !isDigit(before[len(before)-1])) && (after == "" || !isDigit(after[0])) {
			return true
		}
	}
	return false
}

// uncited looks for one passage that has all the quantities.
func (s *sentence) uncited(qs []quantity) string {
	worded, most := s.wordSupport()
	best, worst := 0, qs[0]
	for _, n := range s.ev.all {
		if worded[n-1] < sameSubject*most {
			continue
		}
		bad, ok := s.firstUnbacked(n, qs)
		if !ok && worded[n-1] >= verySubject*most {
			if detail := s.misused(n, qs); detail != "" {
				return detail
			}
		}
		if ok && s.foreignName([]int{n}) == "" {
			s.backing = []int{n}
			return ""
		}
		if !ok && bad > best {
			best, worst = bad, qs[bad]
		}
	}
	if s.inOneDocument(qs) {
		return ""
	}
	return fmt.Sprintf("%q is in no passage together with the rest of the sentence", s.body[worst.start:worst.end])
}

// misused says which quantity is bounded the other way in passage n, which has them all.
func (s *sentence) misused(n int, qs []quantity) (detail string) {
	for _, q := range qs {
		if !s.backs(n, q) {
			return ""
		}
		if detail == "" {
			detail = s.contrary(q, []int{n})
		}
	}
	return detail
}

// inOneDocument looks for a document whose passages, together, have all the quantities; they become the backing.
func (s *sentence) inOneDocument(qs []quantity) bool {
	for i, p := range s.Passages {
		if p.DocumentID == "" || slices.ContainsFunc(s.Passages[:i], func(o switchboard.Passage) bool { return o.DocumentID == p.DocumentID }) {
			continue
		}
		var own, backing []int
		for n := i; n < len(s.Passages); n++ {
			if s.Passages[n].DocumentID == p.DocumentID {
				own = append(own, n+1)
			}
		}
		all := len(own) > 1
		for k, q := range qs {
			at := slices.IndexFunc(own, func(n int) bool { return s.backs(n, q) })
			if all = all && at >= 0 && s.contrary(q, own) == "" && s.mistaken(k, own) == ""; !all {
				break
			}
			backing = appendOnce(backing, own[at])
		}
		if all && s.foreignName(backing) == "" {
			s.backing = backing
			return true
		}
	}
	return false
}

// leastCode is the least bare number that is compared with others as if it were one of their kind: a short code.
const leastCode = 100 * fixed

// sameSubject is how near a passage's support of the words must come to the best passage's for its numbers to count.
const sameSubject = 0.5

// verySubject is the same for a passage that surely speaks of the same thing: what it says otherwise is decisive.
const verySubject = 0.8

// wordSupport returns how well each passage supports the sentence's words, numbers apart, and the best of that. Where
// nothing is cited, a number counts only in a passage that speaks of the same thing.
func (s *sentence) wordSupport() (by []float64, most float64) {
	by = make([]float64, len(s.ev.passages))
	for i := range s.ev.passages {
		by[i] = s.ev.passages[i].wordsHeld(s)
		most = max(most, by[i])
	}
	return by, most
}

// claims returns the quantities of the sentence that need backing: no ordinals, no references that were acknowledged,
// no echo of the customer's own numbers. An echoed price still needs backing.
func (s *sentence) claims() []quantity {
	var out []quantity
	s.told = parse(s.body)
	for _, q := range s.told {
		if q.unit == "ordinal" && q.value == -1 {
			continue
		}
		if s.acknowledged(q) || q.kind != money && s.echoes(q) {
			continue
		}
		out = append(out, q)
	}
	return out
}

func (s *sentence) acknowledged(q quantity) bool {
	for _, a := range s.Acknowledged {
		if q.kind == code && strings.Contains(lex.Fold(a), q.unit) {
			return true
		}
	}
	return false
}

func (s *sentence) echoes(q quantity) bool {
	for _, c := range s.ev.question {
		if c.kind == q.kind && c.unit == q.unit && c.value == q.value {
			return true
		}
	}
	return false
}

func (s *sentence) anyBacks(passages []int, q quantity) bool {
	for _, n := range passages {
		if s.backs(n, q) {
			return true
		}
	}
	return false
}

// firstUnbacked returns the index of the first quantity that passage n does not have.
func (s *sentence) firstUnbacked(n int, qs []quantity) (index int, all bool) {
	for i, q := range qs {
		if !s.backs(n, q) || s.contrary(q, []int{n}) != "" || s.mistaken(i, []int{n}) != "" {
			return i, false
		}
	}
	return len(qs), true
}

// backs reports whether passage n has q. A number in a table counts only in the rows that the sentence names, where it
// names any: the price of another plan is not this plan's price.
func (s *sentence) backs(n int, q quantity) bool {
	src := &s.ev.passages[n-1]
	if q.kind == money && q.value == 0 && src.stems["fre"]|src.stems["free"]|src.stems["grat"]|src.stems["gratis"] != 0 {
		return true
	}
	if q.kind == every {
		return src.often == 0 || (src.often|src.mentioned)&q.per != 0
	}
	if q.kind == code && src.hasCode(q.unit) || q.kind == plain && s.isName(src, q) {
		return true
	}
	if src.siblings != nil {
		if rows := src.siblings.named(s.stemSet()); len(rows) > 0 && !rows[src.row] {
			return false
		}
	}
	var named []map[int]bool
	for i := range src.quantities {
		p := &src.quantities[i]
		if !agree(q, *p) || s.ofAnother(src, p.segment) {
			continue
		}
		if p.table == 0 {
			return true
		}
		if named == nil {
			for _, t := range src.tables {
				named = append(named, t.named(s.stemSet()))
			}
		}
		if rows := named[p.table-1]; len(rows) == 0 || rows[p.row] {
			return true
		}
	}
	return false
}

// ofAnother reports whether a sentence of the passage speaks of one of the names that its title lists, and the reply of
// another one: "Roaming in Switzerland and Turkey" has prices of both.
func (s *sentence) ofAnother(src *source, segment int) bool {
	text := src.name // of the row, where the passage is one
	if text == "" && segment >= 0 && segment < len(src.texts) {
		text = src.texts[segment]
	}
	if len(src.listed) < 2 || text == "" {
		return false
	}
	own, meant := " "+strings.Join(lex.Words(text), " ")+" ", false
	for _, w := range s.words {
		if w.name && slices.Contains(src.listed, w.text) {
			if strings.Contains(own, " "+w.text+" ") {
				return false
			}
			meant = true
		}
	}
	return meant && slices.ContainsFunc(src.listed, func(n string) bool { return strings.Contains(own, " "+n+" ") })
}

// stemSet returns the stems of the sentence's words.
func (s *sentence) stemSet() map[string]bool {
	if s.stems == nil {
		s.stems = make(map[string]bool, len(s.words))
		for _, w := range s.words {
			s.stems[w.stem] = true
		}
	}
	return s.stems
}

// isName reports whether a number is part of a name that the passage has too: "Hub 6", "Zone 4".
func (s *sentence) isName(src *source, q quantity) bool {
	for i, t := range s.tokens {
		if t.Start == q.start {
			return i > 0 && s.tokens[i-1].Upper && src.follows(s.tokens[i-1].Text, t.Text)
		}
	}
	return false
}

// foreignName returns a proper name of the sentence that the backing passages do not have, though others do or nobody
// has spoken of it: a plan, a country, a product that the figures do not belong to. German writes every noun with a capital,
// and a reply in another language than the passages' has other names for countries.
func (s *sentence) foreignName(backing []int) string {
	if s.Lang == "de" {
		return ""
	}
	for i, w := range s.words {
		if !w.name || s.heldBy(backing, w) {
			continue
		}
		asked := s.asked(w.text)
		if s.translated(backing) && (asked || s.heldBy(s.ev.all, w)) {
			continue // other words for the same country
		}
		if s.heldBy(s.ev.all, w) || !asked {
			return s.words[i].text
		}
	}
	return ""
}

// translated reports whether one of the passages is in another language than the reply.
func (s *sentence) translated(passages []int) bool {
	return slices.ContainsFunc(passages, func(n int) bool {
		p := s.Passages[n-1].Lang
		return p != "" && s.Lang != "" && p != s.Lang
	})
}

func (s *sentence) heldBy(passages []int, w word) bool {
	for _, n := range passages {
		if src := &s.ev.passages[n-1]; src.hasWord(w) && (!w.name || src.spells(w.text)) {
			return true
		}
	}
	return false
}

// spells reports whether the passage has a name as it is written, or without a plural's or a genitive's end: "Mars" is not
// "mar".
func (src *source) spells(name string) bool {
	if strings.Contains(src.running, " "+name+" ") || strings.Contains(name, "-") {
		return true
	}
	short := strings.TrimSuffix(strings.TrimSuffix(name, "s"), "'")
	return len(short) > 3 && short != name && strings.Contains(src.running, " "+short)
}

// asked reports whether the customer used a word.
func (s *sentence) asked(w string) bool { return slices.Contains(lex.Words(s.Question), w) }

// hasCode reports whether the passage has a code as a whole word.
func (src *source) hasCode(c string) bool {
	for rest, at := src.folded, 0; c != ""; {
		i := strings.Index(rest[at:], c)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(c)
		if (i == 0 || !isWordByte(rest[i-1])) && (end == len(rest) || !isWordByte(rest[end])) {
			return true
		}
		at = i + 1
	}
	return false
}

func isWordByte(c byte) bool { return isDigit(c) || isLetter(c) }

// agree reports whether q, said in a reply, is what p, written in a passage, says.
func agree(q, p quantity) bool {
	switch {
	case q.kind == weekday || p.kind == weekday:
		return q.kind == p.kind && sameDays(q, p)
	case q.kind == every || p.kind == every:
		return q.kind == p.kind && q.per == p.per
	case q.kind == date && p.kind == date:
		return sameDate(q.value, p.value)
	case q.kind == phone || p.kind == phone:
		return q.kind == p.kind && samePhone(q.unit, p.unit)
	case q.kind == code || p.kind == code:
		return q.kind == p.kind && q.unit == p.unit
	case q.kind == clock && p.kind == duration && q.value%60 == 0:
		return p.unit == "minute" && p.value == q.value*fixed
	case q.kind == clock || p.kind == clock || q.kind == date || p.kind == date:
		return q.kind == p.kind && q.value == p.value || q.kind == plain && p.kind == date && yearOf(p.value) == q.value/fixed
	case q.kind == money && p.kind == money:
		return q.value == p.value && (q.unit == p.unit || q.unit == "" || p.unit == "") && samePeriod(q, p)
	case q.kind == money:
		return p.kind == plain && q.value == p.value && headerHas(p, q) && samePeriod(q, p)
	case q.kind == duration && p.kind == duration && q.unit != p.unit:
		return sameTime(q, p) || sameTime(p, q)
	case q.kind == p.kind && q.kind != plain:
		return q.value == p.value && q.unit == p.unit && (q.kind == duration || samePeriod(q, p))
	case q.kind == plain && p.kind == plain:
		return q.value == p.value
	case q.kind == plain:
		return p.kind != money && p.kind != percent && p.kind != data && p.kind != speed && q.value == p.value
	case p.kind == plain:
		return headerHas(p, q)
	}
	return false
}

// sameDays reports whether a weekday, or a range of them, is what p says or part of it.
func sameDays(q, p quantity) bool {
	if q.last > 0 || p.last == 0 {
		return q.value == p.value && q.last == p.last
	}
	return q.value == p.value || q.value == p.last || (q.value > p.value) != (q.value > p.last) == (p.value < p.last)
}

// sameTime reports whether hours are days: "48 hours", "2 days".
func sameTime(hours, days quantity) bool {
	return hours.unit == "minute" && days.unit == "day" && hours.value == days.value*24*60
}

// samePeriod reports whether a price's period is right. A price said without a period leaves it open; a passage that
// writes none with the price must mention the period in its line, its row or its heading.
func samePeriod(q, p quantity) bool {
	switch {
	case q.per == 0 || q.per == p.per:
		return true
	case p.per != 0:
		return false
	}
	return p.nearby&q.per != 0
}

// headerHas reports whether p, a bare number in a table, has q's unit from its column's heading.
func headerHas(p, q quantity) bool {
	if p.header == "" {
		return false
	}
	heads := pieces(p.header)
	for i, w := range heads {
		if i > 0 && (heads[i-1].num || heads[i-1].raw == "-") {
			continue // "7-day pass" is a name
		}
		if c := currencies[w.text]; c != "" && q.kind == money && (c == q.unit || q.unit == "") {
			return p.value == q.value
		}
		if u, ok := units[w.text]; ok && u.kind == q.kind && u.name == q.unit {
			return p.value*u.scale == q.value
		}
	}
	return false
}

// sameDate compares what both dates say. A year that one leaves out does not count, nor a day that the first, the one
// that is said, leaves out.
func sameDate(a, b int64) bool {
	same := func(x, y int64) bool { return x == y || x == 0 || y == 0 }
	return a/100%100 == b/100%100 && same(a/10000, b/10000) && (a%100 == b%100 || a%100 == 0)
}

func yearOf(d int64) int64 { return d / 10000 }

// samePhone compares numbers with and without the country's code.
func samePhone(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 7 && strings.HasSuffix(b, a)
}

// String names a quantity for managers.
func (q quantity) String() string {
	n := strconv.FormatFloat(float64(q.value)/fixed, 'f', -1, 64)
	switch q.kind {
	case money:
		return strings.TrimSpace(q.unit + " " + n)
	case percent:
		return n + " %"
	case data:
		return n + " kB"
	case speed:
		return n + " kbit/s"
	case duration, counted:
		return n + " " + q.unit
	case date:
		return strings.TrimPrefix(fmt.Sprintf("%04d-%02d-%02d", q.value/10000, q.value/100%100, q.value%100), "0000-")
	case clock:
		return fmt.Sprintf("%02d:%02d", q.value/60, q.value%60)
	case phone, code:
		return q.unit
	}
	return n
}
