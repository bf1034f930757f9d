package guard

import (
	"fmt"
	"slices"
	"strings"

	"switchboard/fallback/internal/lex"
)

// A sentence that says word for word what a passage says, but for one place, is the passage's with one fact altered
// where the words of that place exclude each other: "until" for "from", "monthly" for "daily", "closed" for "open".
// Elsewhere a sentence may well have such a word of its own, so nothing else is concluded from them.

const (
	slipFit   = 0.5 // least share of the sentence that a segment must have to be compared
	mostSlip  = 4   // words of the place where the two differ, on either side
	leastSame = 3   // words that they have in common
	sameShare = 0.6 // share of the sentence that they have in common
)

// otherPeriod says that the sentence calls something weekly which the passages only call daily: "a weekly pass".
func (s *sentence) otherPeriod() string {
	for i, t := range s.tokens {
		mine := opposites[lastPart(t.Text)]
		if mine.class != periodClass {
			continue
		}
		for _, k := range []int{i - 1, i + 1} {
			english := s.Lang == "en" || s.Lang == "de" // others have the noun first
			if k < 0 || k >= len(s.tokens) || english && k < i || strings.ContainsAny(s.body[min(t.End, s.tokens[k].End):max(t.Start, s.tokens[k].Start)], ",;:()") || s.tokens[k].Stop() || lex.Function(s.tokens[k].Text) {
				continue
			}
			if other := s.calledOtherwise(t.Text, s.tokens[k].Text, mine, k > i); other != "" {
				return fmt.Sprintf("the passages have %q, not %q", other+" "+s.tokens[k].Text, t.Text+" "+s.tokens[k].Text)
			}
		}
	}
	return ""
}

// calledOtherwise returns the period that the passages put beside a noun, where none puts the sentence's there.
func (s *sentence) calledOtherwise(adjective, noun string, mine opposite, before bool) (other string) {
	beside := func(src *source, w string) bool {
		if before {
			return src.follows(w, noun)
		}
		return src.follows(noun, w)
	}
	stem := strings.TrimSuffix(adjective, lastPart(adjective))
	for n := range s.ev.passages {
		src := &s.ev.passages[n]
		for _, w := range periodAdjectives {
			switch side := opposites[w].side; {
			case !beside(src, stem+w):
			case side == mine.side:
				return ""
			default:
				other = stem + w
			}
		}
		if other != "" && mine.side == weekSide && (strings.Contains(src.folded, "7-day") || strings.Contains(src.folded, "7 d")) {
			return "" // a week has seven days
		}
	}
	return other
}

// The first row of opposites.
const (
	periodClass = 1
	weekSide    = 1
)

var periodAdjectives = func() (out []string) {
	for w, o := range opposites {
		if o.class == periodClass {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}()

// slips looks through the segments that the sentence may repeat.
func (s *sentence) slips() (found string) {
	for _, n := range s.sources() {
		for i, sum := range s.outline(n).sums {
			if sum < slipFit*s.total {
				continue
			}
			detail, says := s.slip(n, i)
			if says { // whatever a sentence of like words says elsewhere
				return ""
			}
			if found == "" {
				found = detail
			}
		}
	}
	if found != "" && s.copied() {
		return ""
	}
	return found
}

// speak returns the sentence's words without its signs.
func (s *sentence) speak() []string {
	if s.spoken == nil {
		s.spoken = make([]string, 0, len(s.tokens))
		for _, t := range s.tokens[s.intro:] {
			if !t.Stop() {
				s.spoken = append(s.spoken, t.Text)
			}
		}
	}
	return s.spoken
}

// slip says by which word the sentence departs from a segment that it otherwise repeats, or that the segment says it.
func (s *sentence) slip(n int, segment int) (detail string, says bool) {
	src := &s.ev.passages[n-1]
	if segment >= len(src.texts) || src.texts[segment] == "" {
		return "", false
	}
	mine, theirs := s.speak(), lex.Words(src.texts[segment])
	same := 0
	for len(mine) > 0 && len(theirs) > 0 && mine[0] == theirs[0] {
		mine, theirs = mine[1:], theirs[1:]
		same++
	}
	for len(mine) > 0 && len(theirs) > 0 && mine[len(mine)-1] == theirs[len(theirs)-1] {
		mine, theirs = mine[:len(mine)-1], theirs[:len(theirs)-1]
		same++
	}
	if same < leastSame || len(mine) > mostSlip || len(theirs) > mostSlip || float64(same) < sameShare*float64(len(s.spoken)) {
		return "", false
	}
	if len(mine)+len(theirs) == 0 || len(mine) == 1 && len(theirs) == 1 && sameNumber(mine[0], theirs[0]) {
		return "", true
	}
	if !exclude(mine, theirs) {
		return "", false
	}
	return fmt.Sprintf("the sentence is the passage's but for %q, where it has %q", strings.Join(mine, " "), strings.Join(theirs, " ")), false
}

// sameNumber reports whether two words are one number: "10" and "10.00", "10" and "ten".
func sameNumber(a, b string) bool {
	x, okX := anyNumber(a)
	y, okY := anyNumber(b)
	return okX && okY && x == y
}

// exclude reports whether what is said in the place of something else contradicts it.
func exclude(mine, theirs []string) bool {
	if denies(mine) != denies(theirs) {
		return true
	}
	if gratis(theirs) && hasFigure(mine) && !gratis(mine) || gratis(mine) && hasFigure(theirs) && !gratis(theirs) {
		return true
	}
	if len(mine) == 1 && len(theirs) == 1 && otherNumber(mine[0], theirs[0]) {
		return true
	}
	for _, a := range mine {
		for _, b := range theirs {
			x, y := opposites[lastPart(a)], opposites[lastPart(b)]
			if x.class != 0 && x.class == y.class && x.side != y.side {
				return true
			}
		}
	}
	return false
}

// lastPart is "monthly" of "pay-monthly".
func lastPart(w string) string { return w[strings.LastIndexByte(w, '-')+1:] }

func denies(words []string) bool {
	n := 0
	for _, w := range words {
		if deniers[w] {
			n++
		}
	}
	return n%2 == 1
}

func gratis(words []string) bool {
	for _, w := range words {
		if w == "free" || strings.HasPrefix(w, "gratis") || strings.HasPrefix(w, "gratuit") {
			return true
		}
	}
	return false
}

func hasFigure(words []string) bool {
	for _, w := range words {
		if isDigit(w[0]) && strings.Trim(w, "0.,") != "" {
			return true
		}
	}
	return false
}

// otherNumber reports whether two words are numbers, or units of one kind, and differ.
func otherNumber(a, b string) bool {
	x, okX := anyNumber(a)
	y, okY := anyNumber(b)
	if okX && okY { // "ten" for "14" may be another sentence's "10", which the guard of quantities has looked for
		return x != y && isDigit(a[0]) == isDigit(b[0])
	}
	u, okU := units[a]
	v, okV := units[b]
	return okU && okV && u.kind == v.kind && u != v && (u.kind == duration || u.kind == data || u.kind == speed)
}

func anyNumber(w string) (int64, bool) {
	if isDigit(w[0]) {
		return number(w)
	}
	n, ok := numberWords[w]
	return n * fixed, ok && n > 1
}

// opposite is a word's place among words of which only one can be true.
type opposite struct{ class, side int }

// opposites by folded word.
var opposites = buildOpposites(
	"daily diario diaria diarios diarias|weekly semanal semanales|monthly mensual mensuales|yearly annual annually anual anuales|hourly",
	"from least after since desde partir despues minimum minimo above over exceeding|until up most before by within hasta antes maximum maximo below under till",
	"monday mondays lunes|tuesday tuesdays martes|wednesday wednesdays miercoles|thursday thursdays jueves|friday fridays viernes|saturday saturdays sabado sabados|sunday sundays domingo domingos",
	"more mas|less fewer menos",
	"before antes|after despues",
	"include includes included including incluye incluyen incluido incluida|exclude excludes excluded excluding excluye excluido excluida",
	"open opens abierto abierta abre|closed closes close cerrado cerrada cierra",
	"with con|without sin", "always siempre|never nunca|sometimes", "all every todos todas|none no ninguno|some only",
	"first primero primera primer|last ultimo ultima", "higher highest|lower lowest", "increase increases|decrease decreases reduce reduces",
	"allowed permitido|forbidden prohibited prohibido", "possible posible|impossible imposible", "required obligatorio|optional opcional",
	"automatically|manually", "prepaid prepago|postpaid", "inside dentro|outside fuera", "can may|must|cannot can't",
	"free gratis gratuito gratuita|charged paid billed", "on|off", "minute|hour|day|week|month|year",
)

func buildOpposites(rows ...string) map[string]opposite {
	m := map[string]opposite{}
	for i, row := range rows {
		for j, side := range strings.Split(row, "|") {
			for _, w := range strings.Fields(side) {
				if _, ok := m[w]; !ok {
					m[w] = opposite{i + 1, j}
				}
			}
		}
	}
	return m
}
