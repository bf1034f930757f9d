package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/fallback/internal/lex"
)

// quantity is one number of a text with what it counts, normalised so that spellings of the same thing are equal.
type quantity struct {
	kind   kind
	unit   string // currency, unit's name, digits of a phone number, folded code
	value  int64  // in ten-thousandths of the base unit; of dates and clocks, as their kind says
	per    period // of money, data and counts
	last   int64  // of a range of weekdays
	bound  bound  // "at least", "until"
	start  int    // bytes of the text
	end    int
	nearby period // periods mentioned in its line, its table's heading or its row
	table  int    // 1 + index of the table it stands in, 0 for none
	row    int
	header string // folded heading of its column
	// segment is the sentence or cell that it stands in, counted through its passage.
	segment int
}

// fixed is the scale of value.
const fixed = 10_000

// piece is one word, number or sign of a text.
type piece struct {
	text       string // folded
	raw        string
	start, end int
	num        bool // begins with a digit
	glued      bool // no space before it
	ends       bool // behind it, a sentence or line ends
}

// parse finds the quantities of a text.
func parse(text string) []quantity {
	if !strings.ContainsAny(text, "0123456789") && !hasCountingWord(text) {
		return nil
	}
	ps := pieces(text)
	out := make([]quantity, 0, 4)
	for i := 0; i < len(ps); {
		q, n := read(ps, i)
		if n == 0 {
			i++
			continue
		}
		q.start, q.end = ps[max(0, i-q.back())].start, ps[i+n-1].end
		q.bound = boundOf(ps, max(0, i-q.back()), i+n)
		out = append(out, q.quantity)
		i += n
	}
	return shareUnits(text, out)
}

// hasCountingWord reports whether a text without digits may say a quantity.
func hasCountingWord(text string) bool {
	for _, w := range lex.Words(text) {
		if _, ok := numberWords[w]; ok || periodWords[w] != 0 || weekdays[w] != 0 || weekdays[strings.TrimSuffix(w, "s")] != 0 || months[w] != 0 {
			return true
		}
		if head, _, ok := strings.Cut(w, "-"); ok && numberWords[head] != 0 || w == "every" || w == "each" || w == "cada" || w == "per" {
			return true
		}
	}
	return false
}

// beginsSentence reports whether what follows a text begins a sentence, so that its capital tells nothing.
func beginsSentence(before string) bool {
	before = strings.TrimRight(before, " \t*(")
	return before == "" || strings.IndexByte(".!?:;|-\n", before[len(before)-1]) >= 0
}

// capitalBefore reports whether the word before byte i is written like a name.
func capitalBefore(text string, i int) bool {
	before := strings.TrimRight(text[:i], " ")
	start := strings.LastIndexAny(before, " \n\t*(") + 1
	return isUpper(before[start:]) && !beginsSentence(before[:start])
}

// pieces cuts a text so that numbers stand alone from signs and letters behind them.
func pieces(s string) []piece {
	out := make([]piece, 0, len(s)/4+4)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		var end int
		switch {
		case unicode.IsSpace(r) || r == '*' || r == '`' || r == '_':
			if r == '\n' && len(out) > 0 {
				out[len(out)-1].ends = true
			}
			i += size
			continue
		case r >= '0' && r <= '9':
			end = numberEnd(s, i)
		case unicode.IsLetter(r):
			end = letterEnd(s, i)
		default:
			end = i + size
		}
		p := piece{raw: s[i:end], text: lex.Fold(s[i:end]), start: i, end: end, num: r >= '0' && r <= '9'}
		p.glued = len(out) > 0 && out[len(out)-1].end == i
		if strings.ContainsAny(p.raw, "!?;|") && len(out) > 0 {
			out[len(out)-1].ends = true
		}
		if p.raw == "." && len(out) > 0 && (end == len(s) || s[end] == ' ' || s[end] == '\n') {
			out[len(out)-1].ends = true
		}
		out = append(out, p)
		i = end
	}
	return out
}

// numberEnd takes digits and the separators between them: "1,000.50", "2026-01-31", "08:00", "24/7", "1 000".
func numberEnd(s string, i int) int {
	for i < len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			i++
		case strings.IndexByte(".,:/-", c) >= 0 && i+1 < len(s) && isDigit(s[i+1]):
			if c == '-' && !isoDate(s, i) {
				return i
			}
			i++
		case thinSpace(s[i:]) > 0 && digitsAhead(s[i+thinSpace(s[i:]):]) == 3:
			i += thinSpace(s[i:])
		default:
			return i
		}
	}
	return i
}

// asciiDigits writes the decimal digits of other scripts, full-width ones included, as ASCII.
func asciiDigits(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 && unicode.IsDigit(r) }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.IsDigit(r) {
			return r
		}
		for _, block := range unicode.Nd.R16 {
			if rune(block.Lo) <= r && r <= rune(block.Hi) {
				return '0' + (r-rune(block.Lo))%10
			}
		}
		for _, block := range unicode.Nd.R32 {
			if rune(block.Lo) <= r && r <= rune(block.Hi) {
				return '0' + (r-rune(block.Lo))%10
			}
		}
		return r
	}, s)
}

// isoDate reports whether the hyphen at i belongs to a date such as 2026-01-31.
func isoDate(s string, i int) bool {
	back := 0
	for i-back > 0 && isDigit(s[i-back-1]) {
		back++
	}
	ahead := digitsAhead(s[i+1:])
	return back == 4 && ahead == 2 || back == 2 && ahead == 2 && i >= 5 && s[i-3] == '-'
}

// thinSpace returns the length of a space that groups thousands at the start of s, or 0. An ordinary space does not.
func thinSpace(s string) int {
	for _, sp := range []string{"\u202f", "\u2009", "\u00a0"} {
		if strings.HasPrefix(s, sp) {
			return len(sp)
		}
	}
	return 0
}

func digitsAhead(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func letterEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) {
			if r == '/' && speedAt(s, i) {
				return i + 2
			}
			return i
		}
		i += size
	}
	return i
}

// speedAt reports whether the slash at i is that of "Mb/s".
func speedAt(s string, i int) bool {
	low := strings.ToLower(s[max(0, i-4):min(len(s), i+2)])
	if !strings.HasSuffix(low, "/s") || i+2 < len(s) && isLetter(s[i+2]) {
		return false
	}
	return strings.HasSuffix(low, "mb/s") || strings.HasSuffix(low, "gb/s") || strings.HasSuffix(low, "bit/s") ||
		strings.HasSuffix(low, "kb/s")
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// shareUnits gives the first of "3–6 months" and "€2.99 to €4.99 a day" the unit and period of the second.
func shareUnits(text string, qs []quantity) []quantity {
	for i := len(qs) - 2; i >= 0; i-- {
		a, b := &qs[i], qs[i+1]
		if a.end > b.start || !rangeLink(text[a.end:b.start]) {
			continue
		}
		switch {
		case capitalBefore(text, a.start): // "a Hub 5 and €110.00"
		case a.kind == plain && (b.kind == data || b.kind == speed):
			a.kind, a.unit, a.value = b.kind, b.unit, a.value*scaleOf(text[b.start:b.end], b.kind)
		case a.kind == plain && b.kind != date && b.kind != clock && b.kind != phone && b.kind != code && b.kind != weekday && b.kind != every:
			a.kind, a.unit, a.value, a.per = b.kind, b.unit, a.value*scaleOf(text[b.start:b.end], b.kind), b.per
		case a.kind == money && b.kind == money && a.per == 0:
			a.per = b.per
		}
	}
	return qs
}

func rangeLink(between string) bool {
	switch strings.TrimSpace(lex.Fold(between)) {
	case "-", "–", "—", "to", "a", "or", "o", "and", "y", "/", "hasta", "through", "until", "bis", "au", "al", "till":
		return true
	}
	return false
}

// scaleOf returns the scale of the unit that is written in text.
func scaleOf(text string, k kind) int64 {
	for _, p := range pieces(text) {
		if u, ok := units[p.text]; ok && u.kind == k {
			return u.scale
		}
	}
	return 1
}
