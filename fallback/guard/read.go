package guard

import (
	"strconv"
	"strings"
)

// reading is a quantity that was read from pieces, with how many pieces before the first it includes ("€" in "€ 5").
type reading struct {
	quantity
	before int
}

func (r reading) back() int { return r.before }

// read tries to read a quantity that begins at piece i. It returns how many pieces it took, 0 for none.
func read(ps []piece, i int) (reading, int) {
	p := ps[i]
	if !p.num {
		if m, n := readMonthFirst(ps, i); n > 0 {
			return reading{quantity: m}, n
		}
		if p.raw == "+" && i+1 < len(ps) && ps[i+1].num && ps[i+1].glued {
			if q, n := readPhone(ps, i); n > 0 {
				return reading{quantity: q}, n
			}
		}
		return readWord(ps, i)
	}
	if ordinal(ps, i) && !dotMonth(ps, i) {
		return reading{quantity: quantity{kind: plain, value: -1, unit: "ordinal"}}, 1
	}
	for _, try := range []func([]piece, int) (quantity, int){readHours, readCode, readDate, readClock, readPhone} {
		if q, n := try(ps, i); n > 0 {
			return reading{quantity: q}, n
		}
	}
	return readAmount(ps, i)
}

// ordinal reports whether the number numbers a list's item or a step: "1." or "2)" at the start, "step 3".
func ordinal(ps []piece, i int) bool {
	if len(ps[i].raw) > 2 {
		return false
	}
	if i > 0 {
		switch ps[i-1].text {
		case "step", "steps", "paso", "pasos":
			return true
		}
	}
	if i > 0 && !ps[i-1].ends || i+1 >= len(ps) {
		return false
	}
	return ps[i+1].glued && (ps[i+1].raw == "." || ps[i+1].raw == ")")
}

// longestCode bounds the pieces of a code on either side of a number.
const longestCode = 8

// readCode reads letters glued to digits that are no unit: "5G", "H-7K3F-92QD", "24/7".
func readCode(ps []piece, i int) (quantity, int) {
	if ps[i].raw == "24/7" {
		return quantity{kind: code, unit: "24/7"}, 1
	}
	start, end := i, i+1
	for start > 0 && i-start < longestCode && ps[start].glued && codePiece(ps[start-1]) {
		start--
	}
	for end < len(ps) && end-i < longestCode && ps[end].glued && codePiece(ps[end]) {
		end++
	}
	for end > i+1 && ps[end-1].raw == "-" {
		end--
	}
	for start < i && ps[start].raw == "-" {
		start++
	}
	if end-start < 2 || !letters(ps[start:i]) && (!letters(ps[i:end]) || isUnit(ps, i, end)) {
		return quantity{}, 0
	}
	var b strings.Builder
	for _, p := range ps[start:end] {
		b.WriteString(p.text)
	}
	return quantity{kind: code, unit: b.String()}, end - i
}

// codePiece reports whether p can be part of a code.
func codePiece(p piece) bool {
	return p.raw == "-" || p.num && !strings.ContainsAny(p.raw, ".,:/") || len(p.raw) > 0 && isLetter(p.raw[0]) && len(p.raw) <= 6
}

func letters(ps []piece) bool {
	for _, p := range ps {
		if isLetter(p.raw[0]) {
			return true
		}
	}
	return false
}

// isUnit reports whether the number at i is followed by a unit, a currency, a half of the day or an ordinal's ending
// and nothing else up to end. "-" stands in "24-month" and "7-day".
func isUnit(ps []piece, i, end int) bool {
	rest := ps[i+1 : end]
	if len(rest) > 0 && rest[0].raw == "-" {
		rest = rest[1:]
		if len(rest) > 0 && rest[0].num {
			return true // a range
		}
	}
	if len(rest) == 0 {
		return true
	}
	w := rest[0].text
	_, isU := units[w]
	_, isC := currencies[w]
	switch {
	case isU, isC, cents[w]:
		return true
	case w == "am", w == "pm", w == "a", w == "p", w == "h", w == "hs", w == "st", w == "nd", w == "rd", w == "th", w == "x":
		return len(rest) == 1 || w == "a" || w == "p"
	}
	return len(rest[0].raw) > 3 && rest[0].start-ps[i].end == 1 // "30-day" is above; "12-hourly", "3-inch" read as plain
}

// readWord reads what begins with a word: a number in words that stands before its unit ("two full days", "veinticinco
// euros"), a weekday, how often something happens.
func readWord(ps []piece, i int) (reading, int) {
	if q, n := readWeekday(ps, i); n > 0 {
		return reading{quantity: q}, n
	}
	if q, n := readEvery(ps, i); n > 0 {
		return reading{quantity: q}, n
	}
	v, n := numberInWords(ps, i)
	if n == 0 || v == 1 || ps[i+n-1].ends {
		return reading{}, 0
	}
	last := i + n - 1
	j := skipTo(ps, last)
	if j == 0 || units[ps[j].text].scale == 0 && !currencyAt(ps, j) && !percentAt(ps, j) {
		return reading{}, 0
	}
	r := reading{quantity: quantity{kind: plain, value: v * fixed}}
	return r, n - 1 + withUnit(ps, last, &r.quantity)
}

// numberInWords reads "twenty-four", "one hundred and twenty", "treinta y uno" from piece i on.
func numberInWords(ps []piece, i int) (value int64, n int) {
	v, ok := numberWords[ps[i].text]
	if !ok || ps[i].num {
		return 0, 0
	}
	n = 1
	for i+n < len(ps) && !ps[i+n-1].ends {
		j := i + n
		if w := ps[j].text; (w == "-" || w == "and" || w == "y" || w == "e") && j+1 < len(ps) {
			j++
		}
		next, ok := numberWords[ps[j].text]
		switch {
		case !ok || ps[j].num:
			return v, n
		case (next == 100 || next == 1000) && v < next && j == i+n:
			v *= next
		case next < 10 && v%10 == 0 && v%100 != 10 && v%100 != 0, next < 100 && v%100 == 0, next < 1000 && v%1000 == 0:
			v += next
		default:
			return v, n
		}
		n = j + 1 - i
	}
	return v, n
}

// readWeekday reads "Monday", "Saturdays" and "Monday to Friday".
func readWeekday(ps []piece, i int) (quantity, int) {
	day := weekdayAt(ps, i)
	if day == 0 {
		return quantity{}, 0
	}
	q := quantity{kind: weekday, value: day}
	if i+2 < len(ps) && !ps[i].ends && rangeLink(ps[i+1].raw) && ps[i+1].text != "and" && ps[i+1].text != "or" && ps[i+1].text != "y" && ps[i+1].text != "o" {
		if last := weekdayAt(ps, i+2); last > 0 {
			q.last = last
			return q, 3
		}
	}
	return q, 1
}

func weekdayAt(ps []piece, i int) int64 {
	w := ps[i].text
	day := weekdays[w]
	if day == 0 {
		day = weekdays[strings.TrimSuffix(w, "s")]
	}
	if len(w) < 5 && !isUpper(ps[i].raw) { // "sat", "sun", "mon" are words too
		return 0
	}
	return day
}

// readEvery reads how often: "monthly", "each day", "per year". What belongs to a number has been read with it.
func readEvery(ps []piece, i int) (quantity, int) {
	if p := periodWords[ps[i].text]; p != 0 {
		return quantity{kind: every, per: p}, 1
	}
	switch ps[i].text {
	case "each", "every", "per", "cada":
		if i+1 < len(ps) && !ps[i].ends {
			if p := periodNouns[ps[i+1].text]; p != 0 && p <= perYear {
				return quantity{kind: every, per: p}, 2
			}
		}
	}
	return quantity{}, 0
}

// percentAt reports whether piece i begins "per cent", "por ciento" or the like.
func percentAt(ps []piece, i int) bool {
	if i+1 >= len(ps) {
		return false
	}
	switch ps[i].text + " " + ps[i+1].text {
	case "per cent", "por ciento", "por cento", "per cento", "pour cent":
		return true
	}
	return false
}

func currencyAt(ps []piece, i int) bool { return currencies[ps[i].text] != "" || cents[ps[i].text] }

// readAmount reads a number with the currency before it, the unit or currency behind it and the period behind that.
func readAmount(ps []piece, i int) (reading, int) {
	v, ok := number(ps[i].raw)
	if !ok || strings.Count(ps[i].raw, ".") == 3 && strings.Count(ps[i].raw, ".000") == 0 { // an address such as 192.168.1.1

		return reading{quantity: quantity{kind: code, unit: ps[i].text}}, 1
	}
	r := reading{quantity: quantity{kind: plain, value: v}}
	if i > 0 {
		if c := currencies[ps[i-1].text]; c != "" && !ps[i-1].ends {
			r.kind, r.unit, r.before = money, c, 1
		}
	}
	n := withUnit(ps, i, &r.quantity)
	return r, n
}

// withUnit reads what stands behind the number at i and returns how many pieces the whole took.
func withUnit(ps []piece, i int, q *quantity) int {
	n := 1
	if j := skipTo(ps, i); j > 0 && q.kind == plain {
		w := ps[j].text
		u, isUnit := units[w]
		switch {
		case currencies[w] != "":
			q.kind, q.unit, n = money, currencies[w], j-i+1
		case cents[w]:
			q.kind, q.unit, q.value, n = money, "", q.value/100, j-i+1
		case percentAt(ps, j):
			q.kind, n = percent, j-i+2
		case isUnit && workingDay(ps, i, j):
			q.kind, q.unit, n = workday.kind, workday.name, workingEnd(ps, j)-i+1
		case isUnit:
			q.kind, q.unit, q.value, n = u.kind, u.name, q.value*u.scale, j-i+1
		}
	}
	if q.kind == duration && q.unit == "day" && q.value == 7*fixed {
		if per, more := readPeriod(ps, i+n); per == perWeek { // "seven days a week"
			q.kind, q.unit, q.per = every, "", perDay
			return n + more
		}
	}
	if q.kind == money || q.kind == data || q.kind == counted {
		if per, more := readPeriod(ps, i+n); per != 0 {
			q.per, n = per, n+more
		}
	}
	return n
}

// skipTo returns the piece behind the number at i that may be its unit, stepping over a hyphen and over the words of
// "working days", "full days", "more months"; 0 for none.
func skipTo(ps []piece, i int) int {
	for j := i + 1; j < len(ps) && j <= i+3; j++ {
		if ps[j-1].ends {
			return 0
		}
		switch ps[j].text {
		case "-", "working", "business", "full", "calendar", "more", "additional", "extra", "free", "consecutive", "further", "whole":
			continue
		}
		return j
	}
	return 0
}

func workingDay(ps []piece, i, j int) bool {
	if units[ps[j].text].name != "day" || units[ps[j].text].scale != 1 {
		return false
	}
	for k := i + 1; k < j; k++ {
		if ps[k].text == "working" || ps[k].text == "business" {
			return true
		}
	}
	return workingEnd(ps, j) > j
}

// workingEnd returns the last piece of "días laborables" or "días hábiles", which begins at j.
func workingEnd(ps []piece, j int) int {
	if j+1 < len(ps) && !ps[j].ends {
		switch ps[j+1].text {
		case "laborables", "laborable", "habiles", "habil", "ouvrables", "ouvres", "uteis", "lavorativi":
			return j + 1
		}
	}
	return j
}

// readPeriod reads "a month", "per GB", "/mes", "al día", "monthly" from piece i on.
func readPeriod(ps []piece, i int) (per period, n int) {
	if i >= len(ps) || i > 0 && ps[i-1].ends {
		return 0, 0
	}
	if p := periodWords[ps[i].text]; p != 0 {
		return p, 1
	}
	j := i
	for j < len(ps) && j < i+3 && periodLinks[ps[j].text] && !ps[j].ends {
		j++
	}
	if j == i || j >= len(ps) {
		return 0, 0
	}
	if ps[j].raw == "24" && j+1 < len(ps) && (ps[j+1].text == "hours" || ps[j+1].text == "horas") {
		return perDay, j - i + 2
	}
	return periodNouns[ps[j].text], j - i + 1
}

// number reads "1,000", "1.000,50", "4.99" as ten-thousandths. A single separator before exactly three digits groups
// thousands, in every language: no price has three decimals. It fails for what is not one number.
func number(s string) (int64, bool) {
	point := -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '.', ',':
			point = i
		case '/', ':', '-':
			return 0, false
		}
	}
	if point >= 0 && grouping(s, point) {
		point = -1
	}
	var whole, frac strings.Builder
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		if point >= 0 && i > point {
			frac.WriteByte(s[i])
		} else {
			whole.WriteByte(s[i])
		}
	}
	if whole.Len() > 13 || frac.Len() > 4 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole.String()+(frac.String() + "0000")[:4], 10, 64)
	return n, err == nil
}

// grouping reports whether the last separator of s groups thousands.
func grouping(s string, point int) bool {
	if len(s)-point-1 != 3 || s[0] == '0' {
		return false
	}
	first := strings.IndexAny(s, ".,")
	return first == point || s[first] == s[point] || first > 3
}
