package privacy

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// detectors find what can be known by its form or its check digits, the most certain first.
var detectors = []func(*signs) []Span{emails, ibans, numbers, nationalIDs, ipAddresses}

// introduced find what only its introduction gives away.
var introduced = []func(*signs) []Span{secrets, introducedNumbers, addresses, names}

var emailPattern = regexp.MustCompile(`[\pL\pN._%+'-]{1,64}(?:@|\s?\[at\]\s?|\s?\(at\)\s?)[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,24}`)

func emails(s *signs) []Span {
	if !s.has("@", "[", "(") {
		return nil
	}
	return matches(Email, emailPattern, s.text)
}

var ibanPattern = regexp.MustCompile(`(?i)\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}(?:[ -]?[A-Z0-9])?\b`)

func ibans(s *signs) []Span {
	if !s.counts(2) {
		return nil
	}
	text := s.text
	var out []Span
	for _, loc := range ibanPattern.FindAllStringIndex(text, -1) {
		if end := ibanEnd(text[loc[0]:loc[1]]); end > 0 {
			out = append(out, Span{IBAN, loc[0], loc[0] + end})
		}
	}
	return out
}

// ibanEnd returns the length of the longest valid IBAN at the start of s, which may run into the words behind it.
func ibanEnd(s string) int {
	for end := len(s); end >= 15; end-- {
		if end < len(s) && isAlnum(s[end]) {
			continue
		}
		if mod97(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s[:end]))) {
			return end
		}
	}
	return 0
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// numberRun is digits in groups, as cards, phones and SIM numbers are written.
var numberRun = regexp.MustCompile(`\+?\(?[0-9](?:[0-9]|[ .()/-]{1,2}[0-9(]|\)[ -]?[0-9])*[0-9](?:\s?(?:x|ext\.?)\s?[0-9]{1,6})?`)

// numbers tells cards, IMEI, ICCID and phone numbers apart by length, grouping, check digit and the words before them.
func numbers(s *signs) []Span {
	if !s.counts(5) { // the shortest is an account number
		return nil
	}
	text := s.text
	var out []Span
	for _, loc := range numberRun.FindAllStringIndex(text, -1) {
		start, end := loc[0], loc[1]
		if attached(text, start, end) {
			continue
		}
		run := text[start:end]
		introduction := before(text, start)
		if phoneLabel.MatchString(text[end:]) {
			introduction += " phone"
		}
		if t := classify(run, introduction); t != "" {
			out = append(out, Span{t, start, end})
			continue
		}
		for _, part := range splitRun(run) {
			if t := classify(run[part[0]:part[1]], before(text, start+part[0])); t != "" {
				out = append(out, Span{t, start + part[0], start + part[1]})
			}
		}
	}
	return out
}

// phoneLabel stands behind a number in signatures.
var phoneLabel = regexp.MustCompile(`^[ \t]*\(?(?i:office|fax|mobile|home|cell|work|landline|móvil|fijo|oficina)\b`)

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
	if ipPattern.MatchString(run) && strings.Count(run, ".") == 3 {
		return ""
	}
	switch {
	case n >= 18 && n <= 22 && strings.HasPrefix(d, "89") && (luhn(d) || mentions(introduction, "iccid", "sim")):
		return ICCID
	case n == 15 && mentions(introduction, "imsi"):
		return IMSI
	case (n == 15 || n == 16) && mentions(introduction, "imei"):
		return IMEI
	case n >= 12 && n <= 19 && run[0] != '+' && luhn(d) && cardPrefix(d) && cardShape(run):
		return Card
	case n == 15 && luhn(d) && run[0] != '+':
		return IMEI
	case n >= 5 && n <= 14 && run[0] != '+' && mentions(introduction, "account", "customer n", "customer id", "client", "cuenta", "contract n"):
		return Account
	case phoneLike(run, d, introduction):
		return Phone
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
	groups := strings.FieldsFunc(run, func(r rune) bool { return r < '0' || r > '9' })
	if len(groups) == 1 {
		return true
	}
	for i, g := range groups {
		if len(g) > 7 || len(g) < 3 && i < len(groups)-1 {
			return false
		}
	}
	return len(groups) <= 5
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
	groups := strings.FieldsFunc(run, func(r rune) bool { return r < '0' || r > '9' })
	switch {
	case run[0] == '+', strings.HasPrefix(d, "00") && n >= 10:
		return true
	case mentions(introduction, "phone", "number", "call", "mobile", "tel", "telefono", "móvil", "movil", "numero", "número", "line", "llama",
		"cell", "fax", "whatsapp", "contact", "reach", "answering", "registered", "text"):
		return n >= 7
	case strings.ContainsAny(run, "()"):
		return true
	case len(groups) >= 2 && strings.Contains(run, "."):
		return len(groups) >= 3 && n >= 9
	case len(groups) >= 4 && n >= 8 && strings.Count(run, "-") == len(groups)-1:
		return true
	case len(groups) >= 2:
		return n >= 9 || n >= 7 && strings.Contains(run, "-") && len(groups) <= 3 && len(groups[len(groups)-1]) >= 3
	}
	return d[0] == '0' && n >= 9 && n <= 11 || n == 9 && (d[0] == '6' || d[0] == '7' || d[0] == '9' || d[0] == '8') || n == 10
}

var datePattern = regexp.MustCompile(`^(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4})(?:[ T-].*)?$|^(?:19|20)[0-9]{2}[ ]?-[ ]?(?:19|20)[0-9]{2}$`)

func dateLike(run string) bool { return datePattern.MatchString(run) }

// splitRun cuts a run that is several numbers in a row at its widest gaps.
func splitRun(run string) [][2]int {
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

func mentions(s string, words ...string) bool {
	for _, w := range words {
		if i := strings.LastIndex(s, w); i >= 0 && (i == 0 || !unicode.IsLetter(rune(s[i-1]))) {
			return true
		}
	}
	return false
}

var ipPattern = regexp.MustCompile(`\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b|(?i)\b(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,4}\b`)

// ipAddresses finds public addresses; those of home networks and of this host name nobody.
func ipAddresses(s *signs) []Span {
	if !s.counts(4) && !s.has(":") {
		return nil
	}
	text := s.text
	var out []Span
	for _, sp := range matches(IP, ipPattern, text) {
		s := text[sp.Start:sp.End]
		if strings.HasPrefix(s, "192.168.") || strings.HasPrefix(s, "10.") || strings.HasPrefix(s, "127.") || strings.HasPrefix(s, "172.16.") {
			continue
		}
		out = append(out, sp)
	}
	return out
}

var idPattern = regexp.MustCompile(`(?i)\b(?:[0-9]{8}-?[A-Z]|[XYZ]-?[0-9]{7}-?[A-Z]|[0-9]{7}[A-W][A-IW]?|[0-9]{3}-[0-9]{2}-[0-9]{4}|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])\b`)

// nationalIDs finds Spanish DNI and NIE, Irish PPS, US social security and UK national insurance numbers.
func nationalIDs(s *signs) []Span {
	if !s.counts(6) {
		return nil
	}
	text := s.text
	var out []Span
	for _, sp := range matches(ID, idPattern, text) {
		s := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text[sp.Start:sp.End]))
		switch {
		case len(s) == 9 && s[0] >= '0' && s[0] <= '9' && strings.Trim(s, "0123456789") == "":
			if strings.Count(text[sp.Start:sp.End], "-") != 2 {
				continue
			}
		case len(s) == 9 && s[7] >= '0' && s[7] <= '9' && (s[0] >= '0' && s[0] <= '9' || s[0] >= 'X'):
			if !spanishID(s) {
				continue
			}
		case s[0] >= '0' && s[0] <= '9' && !irishPPS(s):
			continue
		}
		out = append(out, sp)
	}
	return out
}

func matches(t Type, re *regexp.Regexp, text string) []Span {
	var out []Span
	for _, loc := range re.FindAllStringIndex(text, -1) {
		out = append(out, Span{t, loc[0], loc[1]})
	}
	return out
}

// groups returns the first group of each match.
func groups(t Type, re *regexp.Regexp, text string) []Span {
	var out []Span
	for _, loc := range re.FindAllStringSubmatchIndex(text, -1) {
		if loc[2] >= 0 && loc[3] > loc[2] {
			out = append(out, Span{t, loc[2], loc[3]})
		}
	}
	return out
}
