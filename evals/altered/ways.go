package altered

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// way is one way to make a sentence false. It returns "" where the sentence has nothing of its kind.
type way struct {
	name  string
	cited bool // only with its passage cited is it false: another passage may say it
	alter func(c claim, rng *rand.Rand) string
}

// found replaces one match of a pattern, chosen by chance.
func found(pattern string, with func(match string, rng *rand.Rand) string) func(claim, *rand.Rand) string {
	re := regexp.MustCompile(pattern)
	return func(c claim, rng *rand.Rand) string {
		all := re.FindAllStringIndex(c.text, -1)
		if len(all) == 0 {
			return ""
		}
		loc := all[rng.IntN(len(all))]
		return c.text[:loc[0]] + with(c.text[loc[0]:loc[1]], rng) + c.text[loc[1]:]
	}
}

// figure changes one digit of the match's number, by chance.
func figure(s string, rng *rand.Rand) string {
	var at []int
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			at = append(at, i)
		}
	}
	i := at[rng.IntN(len(at))]
	to := byte('1' + rng.IntN(9))
	if to == s[i] {
		to = '1' + (to-'1'+1)%9
	}
	return s[:i] + string(to) + s[i+1:]
}

// lastFigure changes the last digit.
func lastFigure(s string, rng *rand.Rand) string {
	i := strings.LastIndexFunc(s, unicode.IsDigit)
	return s[:i] + string('0'+(s[i]-'0'+1+byte(rng.IntN(8)))%10) + s[i+1:]
}

// swap exchanges one word of the match for another of a list, in the match's case.
func swap(pairs ...string) func(string, *rand.Rand) string {
	other := map[string][]string{}
	for _, p := range pairs {
		words := strings.Split(p, "|")
		for i, w := range words {
			for j, o := range words {
				if i != j {
					other[w] = append(other[w], o)
				}
			}
		}
	}
	return func(s string, rng *rand.Rand) string {
		low := strings.ToLower(s)
		for _, w := range longestFirst(other) {
			i := strings.LastIndex(low, w)
			if i < 0 || len(low) != len(s) {
				continue
			}
			to := other[w][rng.IntN(len(other[w]))]
			if unicode.IsUpper(rune(s[i])) {
				to = strings.ToUpper(to[:1]) + to[1:]
			}
			return s[:i] + to + s[i+len(w):]
		}
		return s
	}
}

const (
	amount  = `\d[\d.,]*\d|\d`
	priced  = `(?:[€$£]\s?(?:` + amount + `)|(?:` + amount + `)\s?(?:€|euros?|EUR))`
	monthEN = `(?:January|February|March|April|May|June|July|August|September|October|November|December)`
	monthES = `(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)`
)

var numberWord = regexp.MustCompile(`(?i)\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|dos|tres|cuatro|cinco|seis|siete|ocho|diez|doce)\s+(?:\pL+\s+)?(?:days?|hours?|minutes?|months?|weeks?|years?|lines?|texts?|devices?|times|times|d[ií]as|horas|minutos|meses|semanas|años|l[ií]neas|veces)\b`)

var denial = regexp.MustCompile(`(?i)\b(?:does not|do not|is not|are not|cannot|can not|no se|no hay|no puedes|no incluye|no tiene)\b`)

// ways are all of them, in the order in which they are reported.
var ways = []way{
	{name: "price", alter: found(priced, figure)},
	{name: "price, last digit", alter: found(priced, lastFigure)},
	{name: "currency", alter: found(priced, swap("€|$|£", "euros|dollars|pounds", "euro|dollar", "eur|usd"))},
	{name: "period", alter: found(`(?i)`+priced+`\s(?:a|per|each|every|al|por|cada)\s(?:month|day|minute|week|year|mes|d[ií]a|minuto|semana|año)\b`,
		swap("month|day|week|year|minute", "mes|semana|año|minuto"))},
	{name: "period, as a word", alter: found(`(?i)\b(?:monthly|daily|weekly|yearly|annual|mensual|diario|semanal|anual)\b`,
		swap("monthly|daily|weekly|yearly", "annual|monthly", "mensual|diario|semanal|anual"))},
	{name: "percentage", alter: found(`\d[\d.,]*\s?%`, figure)},
	{name: "allowance", alter: found(`\b\d[\d.,]*\s?(?:GB|MB|TB)\b`, figure)},
	{name: "allowance's unit", alter: found(`\b\d[\d.,]*\s?(?:GB|MB|TB)\b`, swap("gb|mb", "tb|gb"))},
	{name: "speed", alter: found(`\b\d[\d.,]*\s?(?:Mbps|Gbps|Mbit/s)`, figure)},
	{name: "speed's unit", alter: found(`\b\d[\d.,]*\s?(?:Mbps|Gbps)\b`, swap("mbps|gbps"))},
	{name: "duration", alter: found(`(?i)\b\d+(?:\s|-)(?:working |business |calendar |full |more )?(?:days?|hours?|months?|minutes?|seconds?|weeks?|years?|d[ií]as|horas|meses|minutos|segundos|semanas|años)\b`, figure)},
	{name: "duration's unit", alter: found(`(?i)\b\d+\s(?:days|hours|months|minutes|seconds|weeks|years|d[ií]as|horas|meses|minutos|semanas|años)\b`,
		swap("days|hours|months|minutes|weeks|years|seconds", "días|horas|meses|minutos|semanas|años"))},
	{name: "working days", alter: found(`(?i)\b\d+ (?:working|business) days\b`, func(s string, _ *rand.Rand) string {
		return strings.NewReplacer("working ", "", "business ", "").Replace(s)
	})},
	{name: "number word", alter: found(numberWord.String(), swap("two|three|four|five|six|seven|eight|nine|ten|twelve", "dos|tres|cuatro|cinco|seis|siete|ocho|diez|doce"))},
	{name: "day of a date", alter: found(`\b\d{1,2}(?: de)? (?:`+monthEN+`|`+monthES+`)\b`, figureOfDay)},
	{name: "month of a date", alter: found(`\b\d{1,2}(?: de)? (?:`+monthEN+`|`+monthES+`)\b`,
		swap("january|march|april|june|july|august|september|october|november|december|february|may",
			"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"))},
	{name: "year", alter: found(`\b20[1-3]\d\b`, lastFigure)},
	{name: "time", alter: found(`\b\d{1,2}:\d\d\b`, otherTime)},
	{name: "half of the day", alter: found(`(?i)\b\d{1,2}(?::\d\d)?\s?(?:am|pm)\b`, swap("am|pm"))},
	{name: "weekday", alter: found(`\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b`,
		swap("monday|tuesday|wednesday|thursday|friday|saturday|sunday", "lunes|martes|miércoles|jueves|viernes|sábado|domingo"))},
	{name: "short code", alter: found(`\b\d{3,6}\b`, shortCode)},
	{name: "phone number", alter: found(`\+\d[\d ]{7,}\d|\b1?-?8\d\d-\d{3}-\d{4}\b|\(\d{3}\) \d{3}-\d{4}`, lastFigure)},
	{name: "count", alter: found(`\b\d{1,2} (?:lines?|devices?|texts?|times|people|users?|countries|numbers?|cards?|accounts?|bills?|payments?|attempts?|steps?|photos?|years? old|líneas|dispositivos|veces|facturas|países)\b`, figure)},
	{name: "bound", alter: found(`(?i)\b(?:up to|at least|at most|no more than|hasta|al menos|como máximo|mínimo) [€$]?\d`,
		swap("up to|at least", "at most|at least", "no more than|no less than", "hasta|al menos", "como máximo|como mínimo"))},
	{name: "until and from", alter: found(`(?i)\b(?:until|from|before|after|desde) \d{1,2} (?:`+monthEN+`|de)\b`, swap("until|from", "before|after", "desde|hasta"))},
	{name: "denied", alter: deny},
	{name: "no longer denied", alter: affirm},
	{name: "free and charged", alter: found(`(?i)\b(?:free of charge|for free|is free|are free|es gratis|es gratuit[oa])\b`,
		swap("free of charge|for €5.00", "for free|for €5.00", "is free|is not free", "are free|are not free", "es gratis|no es gratis", "es gratuito|no es gratuito", "es gratuita|no es gratuita"))},
	{name: "another's figure", cited: true, alter: anothersFigure},
	{name: "another's name", alter: anothersName},
}

// figureOfDay makes a day of a month another one.
func figureOfDay(s string, rng *rand.Rand) string {
	digits, rest, _ := strings.Cut(s, " ")
	day, _ := strconv.Atoi(digits)
	return strconv.Itoa((day+1+rng.IntN(26)-1)%28+1) + " " + rest
}

func otherTime(s string, rng *rand.Rand) string {
	h, m, _ := strings.Cut(s, ":")
	if rng.IntN(2) == 0 {
		hour, _ := strconv.Atoi(h)
		return strconv.Itoa((hour+1+rng.IntN(9))%23+1) + ":" + m
	}
	return h + ":" + string('0'+(m[0]-'0'+1+byte(rng.IntN(4)))%6) + m[1:]
}

// shortCode alters a bare number that is not a year.
func shortCode(s string, rng *rand.Rand) string {
	if len(s) == 4 && (strings.HasPrefix(s, "20") || strings.HasPrefix(s, "19")) {
		return s
	}
	return lastFigure(s, rng)
}

// deny puts a "not" where the sentence says that something is so.
func deny(c claim, rng *rand.Rand) string {
	if c.lang != "en" || denial.MatchString(c.text) || strings.Contains(strings.ToLower(c.text), " not ") {
		return ""
	}
	return found(`\b(?:can|is included|are included|is free|are free|includes|include|is available|is refunded|is charged|applies|is allowed)\b`, func(s string, _ *rand.Rand) string {
		switch {
		case s == "can":
			return "cannot"
		case s == "includes":
			return "does not include"
		case s == "include":
			return "do not include"
		case s == "applies":
			return "does not apply"
		}
		verb, rest, _ := strings.Cut(s, " ")
		return verb + " not " + rest
	})(c, rng)
}

// affirm takes the "not" away.
func affirm(c claim, rng *rand.Rand) string {
	return found(`(?i)\b(?:does not|do not|is not|are not|cannot|can not|no se|no hay|no puedes|no incluye|no tiene) `, func(s string, _ *rand.Rand) string {
		low := strings.ToLower(s)
		switch {
		case strings.HasPrefix(low, "cannot"), strings.HasPrefix(low, "can not"):
			return "can "
		case strings.HasPrefix(low, "do"):
			return strings.Fields(s)[0] + " "
		}
		return strings.Join(strings.Fields(strings.NewReplacer(" not", "", "no ", "", "No ", "").Replace(s)), " ") + " "
	})(c, rng)
}

// anothersFigure puts the price or allowance of another row or sentence of the same passages in the place of this one's.
func anothersFigure(c claim, rng *rand.Rand) string {
	for _, re := range valued {
		loc := re.FindStringIndex(c.text)
		if loc == nil {
			continue
		}
		own := c.text[loc[0]:loc[1]]
		var others []string
		for _, p := range c.passages {
			for _, v := range re.FindAllString(p.Text, -1) {
				if !strings.Contains(c.text, v) {
					others = append(others, v)
				}
			}
		}
		if len(others) > 0 && own != "" {
			return c.text[:loc[0]] + others[rng.IntN(len(others))] + c.text[loc[1]:]
		}
	}
	return ""
}

var valued = []*regexp.Regexp{
	regexp.MustCompile(`€\d+\.\d\d`), regexp.MustCompile(`\d+,\d\d €`), regexp.MustCompile(`\$\d[\d,]*(?:\.\d\d)?`), regexp.MustCompile(`\b\d+ GB\b`),
	regexp.MustCompile(`\b\d+ MB\b`), regexp.MustCompile(`\d[\d,]* Mbps`), regexp.MustCompile(`\d[\d.]*%`),
}

// anothersName says a sentence with a figure of another plan, country or product: of another row of the same table, or
// of an article whose title differs in that name alone.
func anothersName(c claim, rng *rand.Rand) string {
	if !strings.ContainsFunc(c.text, unicode.IsDigit) {
		return ""
	}
	own := c.passages[c.from-1]
	var out []string
	for i, p := range c.passages {
		if i == c.from-1 {
			continue
		}
		mine, other := subject(own.Text), subject(p.Text)
		if mine == "" || other == "" || p.DocumentID != own.DocumentID {
			mine, other = difference(own.Title, p.Title)
		}
		if holds(p.Text, c.text) {
			continue // it may be true of the other, too
		}
		if mine != other && len(mine) > 2 && other != "" && strings.Contains(c.text, mine) && !strings.Contains(c.text, other) {
			out = append(out, strings.Replace(c.text, mine, other, 1))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return out[rng.IntN(len(out))]
}

// holds reports whether a passage has all the figures of a sentence.
func holds(text, sentence string) bool {
	for _, n := range figures.FindAllString(sentence, -1) {
		if !strings.Contains(text, n) {
			return false
		}
	}
	return true
}

var figures = regexp.MustCompile(amount)

// subject is what the row of a table that was written out is about.
func subject(text string) string {
	_, row, ok := strings.Cut(text, " — ")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(row, "; ")
	_, subject, _ := strings.Cut(first, ": ")
	return subject
}

// difference returns the word, or the words, by which two titles of equal form differ.
func difference(a, b string) (mine, other string) {
	x, y := strings.Fields(a), strings.Fields(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x) == 0 || len(x) > 3 || len(y) == 0 || len(y) > 3 || len(x)+len(y) >= len(strings.Fields(a)) {
		return "", ""
	}
	if !unicode.IsUpper([]rune(x[0])[0]) || !unicode.IsUpper([]rune(y[0])[0]) {
		return "", ""
	}
	return strings.Trim(strings.Join(x, " "), ",:"), strings.Trim(strings.Join(y, " "), ",:")
}
