package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// numbers finds what digits in groups are: cards, handsets, SIM cards, national ids and phone numbers, told apart by
// their length, grouping, check digits and the words before them.
func numbers(s *scanned) []Span {
	if s.digits < 5 { // the shortest is an account number
		return nil
	}
	var out []Span
	for i := 0; i < len(s.text); {
		start, end := digitRun(s.text, i)
		if end == 0 {
			return out
		}
		i = end
		if !attached(s.text, start, end) {
			out = append(out, s.inRun(start, end)...)
		}
	}
	return out
}

// inRun finds what a run of digits holds: one number, or several in a row.
func (s *scanned) inRun(start, end int) []Span {
	run := s.text[start:end]
	introduction := before(s.text, start)
	if phoneLabel(s.text[end:]) {
		introduction += " phone"
	}
	if t := classify(run, introduction); t != "" {
		return []Span{{t, start, end}}
	}
	parts := digitGroups(run)
	if len(parts) < 2 {
		return nil
	}
	var out []Span
	for i := 0; i < len(parts); {
		j, t := longest(run, parts, i, introduction)
		if t == "" {
			i++
			continue
		}
		out = append(out, Span{t, start + parts[i][0], start + parts[j][1]})
		introduction, i = "", j+1
	}
	if out != nil {
		return out
	}
	for _, part := range spaced(run) {
		if t := classify(run[part[0]:part[1]], before(s.text, start+part[0])); t != "" {
			out = append(out, Span{t, start + part[0], start + part[1]})
		}
	}
	return out
}

// longest returns the last group of the longest number with a check digit that begins with group i, if there is one.
func longest(run string, parts [][2]int, i int, introduction string) (int, Type) {
	for j := min(len(parts), i+8) - 1; j >= i; j-- {
		n := parts[j][1] - parts[i][0]
		if n < 11 || n > 28 {
			continue
		}
		part := run[parts[i][0]:parts[j][1]]
		if t := checked(part, digitsOf(part), introduction); t != "" {
			return j, t
		}
	}
	return 0, ""
}

// digitRun returns the next run of digits in groups from byte i on: an optional plus or bracket, digits with up to three
// spaces, dots, hyphens, slashes or brackets between them, and an extension. end is 0 where there is none.
func digitRun(text string, i int) (start, end int) {
	for ; i < len(text); i++ {
		if c := text[i]; c >= '0' && c <= '9' {
			break
		}
	}
	if i >= len(text) {
		return 0, 0
	}
	start = i
	if start > 0 && text[start-1] == '(' {
		start--
	}
	if start > 0 && text[start-1] == '+' {
		start--
	}
	end = i + 1
	for end < len(text) {
		if c := text[end]; c >= '0' && c <= '9' {
			end++
			continue
		}
		k := end
		for n := 0; n < 3 && k < len(text); n++ {
			size := separator(text[k:])
			if size == 0 {
				break
			}
			k += size
		}
		if k == end || k >= len(text) || text[k] < '0' || text[k] > '9' {
			break
		}
		end = k
	}
	return start, extension(text, end)
}

// separator is the length of what may stand between the digits of a number, 0 for anything else.
func separator(s string) int {
	switch s[0] {
	case ' ', '.', '-', '/', '(', ')':
		return 1
	case 0xc2, 0xe2:
		switch r, size := utf8.DecodeRuneInString(s); r {
		case '\u00a0', '\u2009', '\u202f', '\u2010', '\u2011', '\u2012', '\u2013':
			return size
		}
	}
	return 0
}

// extension returns where the extension of a number that ends at a byte ends: "x12", "ext. 12".
func extension(text string, end int) int {
	k := end
	if k < len(text) && text[k] == ' ' {
		k++
	}
	switch {
	case strings.HasPrefix(text[k:], "ext"):
		k += 3
		if k < len(text) && text[k] == '.' {
			k++
		}
	case strings.HasPrefix(text[k:], "x"):
		k++
	default:
		return end
	}
	if k < len(text) && text[k] == ' ' {
		k++
	}
	from := k
	for k < len(text) && k < from+6 && text[k] >= '0' && text[k] <= '9' {
		k++
	}
	if k == from {
		return end
	}
	return k
}

// digitGroups cuts a run into its groups.
func digitGroups(run string) (out [][2]int) {
	start := -1
	for i := 0; i <= len(run); i++ {
		digit := i < len(run) && run[i] >= '0' && run[i] <= '9'
		switch {
		case digit && start < 0:
			start = i
		case !digit && start >= 0:
			out, start = append(out, [2]int{start, i}), -1
		}
	}
	return out
}

// spaced cuts a run that is several numbers in a row at its spaces and slashes.
func spaced(run string) [][2]int {
	var out [][2]int
	start := 0
	for i := 0; i+1 < len(run); i++ {
		if run[i] == ' ' || run[i] == '/' {
			if i > start {
				out = append(out, [2]int{start, i})
			}
			start = i + 1
		}
	}
	if start == 0 {
		return nil
	}
	return append(out, [2]int{start, len(run)})
}

// phoneLabel reports whether a text begins with what stands behind a number in signatures.
func phoneLabel(behind string) bool {
	behind = strings.ToLower(strings.TrimLeft(behind[:min(len(behind), 24)], " \t("))
	for _, l := range []string{"office", "fax", "mobile", "home", "cell", "work", "landline", "móvil", "fijo", "oficina", "mobil", "büro", "portable"} {
		if strings.HasPrefix(behind, l) {
			return true
		}
	}
	return false
}

// attached reports whether the run is part of a word, a price or an address on the web.
func attached(text string, start, end int) bool {
	prev, _ := utf8.DecodeLastRuneInString(text[:start])
	next, _ := utf8.DecodeRuneInString(text[end:])
	switch {
	case start > 0 && (unicode.IsLetter(prev) || strings.ContainsRune("€$£¥#=@&_", prev)):
		return true
	case end < len(text) && (unicode.IsLetter(next) || strings.ContainsRune("€$£¥%_@=", next)):
		return true
	}
	return false
}

// classify says what a run of digits is, "" for nothing personal.
func classify(run, introduction string) Type {
	d := digitsOf(run)
	n := len(d)
	if n < 5 || n > 28 || strings.Count(run, ".") == 3 && isIPv4(run) {
		return ""
	}
	if t := checked(run, d, introduction); t != "" {
		return t
	}
	switch {
	case n <= 14 && run[0] != '+' && mentions(introduction, "account", "customer n", "customer id", "client", "cuenta", "contract n"):
		return Account
	case phoneLike(run, d, introduction):
		return Phone
	}
	return ""
}

// checked says what a run of digits is by its check digits, with its introduction's help.
func checked(run, d, introduction string) Type {
	n := len(d)
	switch {
	case n < 9 || n > 22:
	case n >= 18 && n <= 22 && strings.HasPrefix(d, "89") && (luhn(d) || mentions(introduction, "iccid", "sim")):
		return ICCID
	case n == 15 && mentions(introduction, "imsi"):
		return IMSI
	case (n == 15 || n == 16) && mentions(introduction, "imei"):
		return IMEI
	case nationalNumber(run, d, introduction):
		return ID
	case n >= 12 && n <= 19 && run[0] != '+' && luhn(d) && cardPrefix(d) && cardShape(run):
		return Card
	case n == 15 && luhn(d) && run[0] != '+':
		return IMEI
	}
	return ""
}

// cardPrefix reports whether the digits begin as those of a payment network do.
func cardPrefix(d string) bool {
	switch {
	case d[0] == '4':
		return len(d) == 13 || len(d) == 16 || len(d) == 19
	case d[0] == '5' && d[1] >= '1' && d[1] <= '5', d[0] == '2' && d[:4] >= "2221" && d[:4] <= "2720":
		return len(d) == 16
	case d[:2] == "34", d[:2] == "37":
		return len(d) == 15
	case d[:2] == "30", d[:2] == "36", d[:2] == "38", d[:2] == "39":
		return len(d) >= 14
	case d[:2] == "35", d[:4] == "2131", d[:4] == "1800":
		return len(d) >= 15
	case d[0] == '6', d[:2] == "50", d[:2] == "56", d[:2] == "57", d[:2] == "58":
		return true
	}
	return false
}

// cardShape reports whether the grouping is a card's: none, or groups of four to six.
func cardShape(run string) bool {
	groups := digitGroups(run)
	for i, g := range groups {
		if n := g[1] - g[0]; len(groups) > 1 && (n > 7 || n < 3 && i < len(groups)-1) {
			return false
		}
	}
	return len(groups) <= 5
}

// phoneWords stand before phone numbers.
var phoneWords = []string{
	"phone", "number", "call", "mobile", "tel", "telefono", "teléfono", "móvil", "movil", "numero", "número", "line", "llama", "cell", "fax", "whatsapp",
	"contact", "reach", "answering", "registered", "text", "handy", "rufnummer", "nummer", "numéro", "telefon", "téléphone", "portable", "cellulare", "telemóvel", "ring", "dial",
	"msisdn", "landline",
}

// phoneLike reports whether a run is a phone number. Prices, dates, times, years and short codes are not.
func phoneLike(run, d, introduction string) bool {
	n := len(d)
	if ext := strings.IndexAny(run, "xe"); ext > 0 {
		n = len(digitsOf(run[:ext]))
	}
	if n < 7 || n > 15 || dateLike(run) {
		return false
	}
	groups := digitGroups(run)
	last := groups[len(groups)-1]
	switch {
	case run[0] == '+', strings.HasPrefix(d, "00") && n >= 10:
		return true
	case mentions(introduction, phoneWords...):
		return n >= 7
	case strings.ContainsAny(run, "()"):
		return true
	case len(groups) >= 2 && strings.Contains(run, "."):
		return len(groups) >= 3 && n >= 9
	case len(groups) >= 4 && n >= 8 && strings.Count(run, "-") == len(groups)-1:
		return true
	case len(groups) >= 2:
		return n >= 9 || n >= 7 && strings.Contains(run, "-") && len(groups) <= 3 && last[1]-last[0] >= 3
	}
	return d[0] == '0' && n >= 9 && n <= 11 || n == 9 && d[0] >= '6' || n == 10
}

// dateLike reports whether a run is a date, a date with a time, or two years.
func dateLike(run string) bool {
	g := digitGroups(run)
	if len(g) < 2 {
		return len(run) == 8 && (run[:2] == "19" || run[:2] == "20") && date(run[4:6], run[6:8])
	}
	at := func(i int) string { return run[g[i][0]:g[i][1]] }
	if len(g) == 2 {
		return year(at(0)) && year(at(1))
	}
	if sep := run[g[0][1]]; strings.IndexByte("-/. ", sep) < 0 || len(at(1)) > 2 {
		return false
	}
	switch {
	case year(at(0)):
		return date(at(1), at(2))
	case len(at(0)) <= 2 && (year(at(2)) || len(at(2)) == 2 && len(g) == 3):
		return date(at(1), at(0)) || date(at(0), at(1))
	}
	return false
}

func year(s string) bool { return len(s) == 4 && s >= "1900" && s <= "2100" }

// date reports whether two groups of one or two digits are a month and a day.
func date(month, day string) bool {
	return len(day) <= 2 && len(month) <= 2 && number(month) >= 1 && number(month) <= 12 && number(day) >= 1 && number(day) <= 31
}

func number(digits string) (n int) {
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// before returns the lower-case words that stand before byte i in the same sentence, at most 40 bytes.
func before(text string, i int) string {
	from := max(0, i-40)
	for from < i && !utf8.RuneStart(text[from]) {
		from++
	}
	s := text[from:i]
	if k := strings.LastIndexByte(s, ']'); k >= 0 {
		s = s[k+1:] // a token's own word introduces nothing
	}
	if k := strings.LastIndexAny(s, ".!?\n;"); k >= 0 && strings.TrimSpace(s[k+1:]) != "" {
		s = s[k+1:]
	}
	return strings.ToLower(s)
}

// mentions reports whether one of the words begins a word of s.
func mentions(s string, words ...string) bool {
	for _, w := range words {
		for from := 0; ; {
			i := strings.Index(s[from:], w)
			if i < 0 {
				break
			}
			i += from
			if r, _ := utf8.DecodeLastRuneInString(s[:i]); i == 0 || !unicode.IsLetter(r) {
				return true
			}
			from = i + len(w)
		}
	}
	return false
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
