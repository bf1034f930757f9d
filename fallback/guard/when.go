package guard

import (
	"strconv"
	"strings"
)

// readDate reads "2026-01-31", "31/01/2026", "31 January 2026", "31 de enero de 2026", "31 January", and a year where a
// month stands before it.
func readDate(ps []piece, i int) (quantity, int) {
	if v, ok := numericDate(ps[i].raw); ok {
		return quantity{kind: date, value: v}, 1
	}
	day, err := strconv.ParseInt(ps[i].raw, 10, 64)
	dotted := dotMonth(ps, i)
	if err != nil || day < 1 || day > 31 || ps[i].ends && !dotted {
		return quantity{}, 0
	}
	j := i + 1
	if dotted {
		j++
	}
	for j < len(ps) && (ps[j].text == "de" || ps[j].text == "of" || ps[j].glued && ordinalEnding(ps[j].text)) {
		j++
	}
	if j >= len(ps) {
		return quantity{}, 0
	}
	month, ok := months[ps[j].text]
	if !ok || ps[j].text == "may" && !isUpper(ps[j].raw) || ps[j].glued {
		return quantity{}, 0
	}
	year, n := readYear(ps, j)
	return quantity{kind: date, value: year*10000 + month*100 + day}, n - i
}

// readMonthFirst reads "January 31, 2026", "January 31" and "January 2026".
func readMonthFirst(ps []piece, i int) (quantity, int) {
	month, ok := months[ps[i].text]
	if !ok || ps[i].ends || (ps[i].text == "may" || ps[i].text == "mar") && !isUpper(ps[i].raw) {
		return quantity{}, 0
	}
	if year, n := readYear(ps, i); year > 0 {
		return quantity{kind: date, value: year*10000 + month*100}, n - i
	}
	if i+1 >= len(ps) || !ps[i+1].num {
		return quantity{}, 0
	}
	day, err := strconv.ParseInt(strings.TrimRight(ps[i+1].raw, ",."), 10, 64)
	if err != nil || day < 1 || day > 31 {
		return quantity{}, 0
	}
	j := i + 1
	if j+1 < len(ps) && ps[j+1].glued && ordinalEnding(ps[j+1].text) {
		j++
	}
	year, n := readYear(ps, j)
	return quantity{kind: date, value: year*10000 + month*100 + day}, n - i
}

// readYear reads a year behind piece j, and returns the piece behind what it took.
func readYear(ps []piece, j int) (year int64, next int) {
	k := j + 1
	for k < len(ps) && !ps[k-1].ends && (ps[k].text == "de" || ps[k].text == "del" || ps[k].text == ",") {
		k++
	}
	if k < len(ps) && !ps[k-1].ends && ps[k].num && len(ps[k].raw) == 4 {
		if y, err := strconv.ParseInt(ps[k].raw, 10, 64); err == nil && y >= 1900 && y < 2200 {
			return y, k + 1
		}
	}
	return 0, j + 1
}

func ordinalEnding(s string) bool {
	switch s {
	case "st", "nd", "rd", "th", "º", "o":
		return true
	}
	return false
}

// numericDate reads "2026-01-31" and "31/01/2026". Days come before months: the house writes European dates.
func numericDate(s string) (int64, bool) {
	sep := "-"
	if strings.Contains(s, "/") {
		sep = "/"
	} else if strings.Count(s, ".") == 2 {
		sep = "."
	}
	f := strings.Split(s, sep)
	if sep == "/" && len(f) == 2 && len(s) == 5 && (s[0] == '0' || s[3] == '0') {
		f = append(f, "0000") // "01/03"
	}
	if len(f) != 3 {
		return 0, false
	}
	var n [3]int64
	for i, part := range f {
		v, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return 0, false
		}
		n[i] = v
	}
	y, m, d := n[2], n[1], n[0]
	if len(f[0]) == 4 {
		y, m, d = n[0], n[1], n[2]
	}
	if len(f[2]) == 2 && len(f[0]) != 4 {
		y += 2000
	}
	if sep == "/" && m > 12 && d <= 12 {
		m, d = d, m // as Americans write
	}
	if y != 0 && y < 1900 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	return y*10000 + m*100 + d, true
}

// dotMonth reports whether the number at i is the day of a date such as "1. März".
func dotMonth(ps []piece, i int) bool {
	return i+2 < len(ps) && ps[i+1].raw == "." && ps[i+1].glued && months[ps[i+2].text] > 0
}

// readHours reads "8h30".
func readHours(ps []piece, i int) (quantity, int) {
	if i+2 >= len(ps) || ps[i+1].text != "h" || !ps[i+1].glued || !ps[i+2].num || !ps[i+2].glued || len(ps[i+2].raw) != 2 {
		return quantity{}, 0
	}
	h, err := strconv.ParseInt(ps[i].raw, 10, 64)
	m, err2 := strconv.ParseInt(ps[i+2].raw, 10, 64)
	if err != nil || err2 != nil || h > 24 || m > 59 {
		return quantity{}, 0
	}
	return quantity{kind: clock, value: h*60 + m}, 3
}

// readClock reads "08:00", "8 am", "8.30 p.m.", "22 h".
func readClock(ps []piece, i int) (quantity, int) {
	raw := ps[i].raw
	h, m, colon := raw, "", false
	if k := strings.IndexAny(raw, ":."); k > 0 {
		h, m, colon = raw[:k], raw[k+1:], raw[k] == ':'
	}
	hour, err := strconv.ParseInt(h, 10, 64)
	minute := int64(0)
	if err != nil || hour > 24 || len(m) != 2 && m != "" {
		return quantity{}, 0
	}
	if m != "" {
		if minute, err = strconv.ParseInt(m, 10, 64); err != nil || minute > 59 {
			return quantity{}, 0
		}
	}
	half, n := readHalf(ps, i)
	if half == "" && !colon {
		return quantity{}, 0
	}
	switch {
	case half == "p" && hour < 12:
		hour += 12
	case half == "a" && hour == 12:
		hour = 0
	}
	return quantity{kind: clock, value: hour*60 + minute}, 1 + n
}

// readHalf reads "am", "p.m.", "h" behind piece i: "a", "p", "h" or "".
func readHalf(ps []piece, i int) (half string, n int) {
	if i+1 >= len(ps) || ps[i].ends {
		return "", 0
	}
	switch w := ps[i+1].text; w {
	case "am", "pm":
		return w[:1], 1
	case "uhr":
		return "h", 1
	case "o":
		if i+3 < len(ps) && ps[i+3].text == "clock" {
			return "h", 3
		}
	case "h", "hs", "hrs":
		if w == "h" && ps[i+1].start-ps[i].end <= 1 {
			return "h", 1
		}
	case "a", "p":
		if i+3 < len(ps) && ps[i+2].raw == "." && ps[i+3].text == "m" {
			if i+4 < len(ps) && ps[i+4].raw == "." {
				return w, 4
			}
			return w, 3
		}
	}
	return "", 0
}

// readPhone reads a phone number of at least seven digits: "+353 1 555 0117", "01 555 0117", "(01) 5550117".
func readPhone(ps []piece, i int) (quantity, int) {
	var b strings.Builder
	if i > 0 && currencyAt(ps, i-1) {
		return quantity{}, 0
	}
	international := ps[i].raw == "+"
	j, groups := i, 0
	for ; j < len(ps) && j < i+12; j++ {
		p := ps[j]
		if j > i && (ps[j-1].ends || p.start-ps[j-1].end > 1) {
			break
		}
		if p.num && !strings.ContainsAny(p.raw, ",:/") && len(p.raw) <= 15 {
			for _, r := range p.raw {
				if r >= '0' && r <= '9' {
					b.WriteRune(r)
				}
			}
			groups++
			continue
		}
		if p.raw != "+" && p.raw != "-" && p.raw != "(" && p.raw != ")" || p.raw == "+" && j > i {
			break
		}
	}
	for j > i && !ps[j-1].num {
		j--
	}
	digits := b.String()
	if len(digits) < 7 || len(digits) > 16 || !international && digits[0] != '0' && groups < 3 && len(digits) < 9 {
		return quantity{}, 0
	}
	if j > i && j < len(ps) && (currencyAt(ps, j) || units[ps[j].text].scale > 0) {
		return quantity{}, 0
	}
	if !international {
		digits = strings.TrimLeft(digits, "0")
	}
	return quantity{kind: phone, unit: digits}, j - i
}

func isUpper(s string) bool { return len(s) > 0 && s[0] >= 'A' && s[0] <= 'Z' }
