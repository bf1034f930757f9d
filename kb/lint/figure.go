package lint

import (
	"strconv"
	"strings"
)

// figure is a quantity with its unit, a telephone number or a time of day.
type figure struct {
	kind  string // money, percent, data, speed, time, phone, clock; "number" where there is no unit
	unit  string // what it is counted in, so that only like is compared with like: "€", "minute", "working day"
	per   string // of money and data: for what, such as "month"; may be empty
	value string // in the one form that equal quantities share
	// first and last are its tokens' places in the sentence, last excluded.
	first, last int
	text        string // as it stands
}

// unit is what a unit's name stands for: value in the base unit of its kind.
type unit struct {
	kind, base string
	factor     float64
}

// units by their names, in lower case and without a plural's s. Months and years have no fixed number of days; a
// minute of a call and a minute of waiting look alike and are treated alike.
var units = unitTable(`
	data MB 0.000001 b byte
	data MB 0.001 kb kilobyte
	data MB 1 mb megabyte mega
	data MB 1000 gb gigabyte giga gig go
	data MB 1000000 tb terabyte
	speed Mbps 0.001 kbps kbit/s
	speed Mbps 1 mbps mbit/s mb/s mbit
	speed Mbps 1000 gbps gbit/s gbit
	time second 1 second sec segundo sekunde sekunden seconde secondo seconden
	time second 60 minute min minuto minut minuten minuti
	time second 3600 hour hr h hora stunde stunden heure ora ore uur
	time second 86400 day día dia tag tage tagen jour giorno giorni dag dagen
	time second 604800 week wk semana woche wochen semaine settimana settimane weken
	time month 1 month mo mes mese monat monate monaten moi mesi maand maanden
	time month 12 year yr año ano jahr jahre jahren an année anno anni jaar
	percent percent 1 percent pct prozent
`)

func unitTable(s string) map[string]unit {
	m := map[string]unit{}
	for line := range strings.Lines(s) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		factor, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			panic("lint: units: " + err.Error())
		}
		for _, name := range f[3:] {
			m[name] = unit{f[0], f[1], factor}
			m[name+"s"] = m[name]
		}
	}
	return m
}

// currencies by their signs, codes and names.
var currencies = map[string]string{
	"€": "€", "eur": "€", "euro": "€", "euros": "€", "$": "$", "usd": "$", "dollar": "$", "dollars": "$", "£": "£", "gbp": "£",
	"pound": "£", "pounds": "£",
	"¥": "¥", "jpy": "¥", "yen": "¥", "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "zł", "zł": "zł",
	"₹": "₹", "inr": "₹", "₺": "₺", "₽": "₽", "cad": "CAD", "aud": "AUD",
}

// workdays are words before "day" that make it another unit.
var workdays = set(`working business laborable hábil hábile`)

// figures finds the figures of a sentence, in their order.
func figures(ts []token, lang string) []figure {
	var out []figure
	for i := 0; i < len(ts); {
		f, n := figureAt(ts, i, lang)
		if n == 0 {
			i++
			continue
		}
		f.first, f.last = i, i+n
		f.text = f.text + span(ts[i:i+n])
		out = append(out, f)
		i += n
	}
	return out
}

// span is the text that tokens were cut from, with one blank where there were some.
func span(ts []token) string {
	var b strings.Builder
	for i, t := range ts {
		if i > 0 && !t.glued {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// figureAt reads a figure that begins at token i and says how many tokens it takes; none, if it is no figure.
func figureAt(ts []token, i int, lang string) (figure, int) {
	if f, n := phoneAt(ts, i); n > 0 {
		return f, n
	}
	if cur, ok := currencies[ts[i].lower()]; ok && i+1 < len(ts) && ts[i+1].kind == number {
		return moneyAt(ts, i, i+1, i+2, cur, lang)
	}
	if ts[i].kind != number {
		return figure{}, 0
	}
	if strings.Contains(ts[i].text, ":") {
		return figure{kind: "clock", value: strings.TrimPrefix(ts[i].text, "0")}, 1
	}
	v, ok := parseNumber(ts[i].text, lang)
	if !ok {
		return figure{}, 0
	}
	if i+1 == len(ts) {
		return figure{kind: "number", value: format(v)}, 1
	}
	next := ts[i+1]
	if cur, ok := currencies[next.lower()]; ok {
		return moneyAt(ts, i, i, i+2, cur, lang)
	}
	if next.text == "%" || next.norm == "per" && i+2 < len(ts) && ts[i+2].norm == "cent" || next.norm == "por" && i+2 < len(ts) && ts[i+2].norm == "ciento" {
		n := 2
		if next.text != "%" {
			n = 3
		}
		return figure{kind: "percent", unit: "%", value: format(v)}, n
	}
	return quantityAt(ts, i, v)
}

// moneyAt finishes an amount of money whose number is token n and whose own tokens end before end.
func moneyAt(ts []token, first, n, end int, currency, lang string) (figure, int) {
	v, ok := parseNumber(ts[n].text, lang)
	if !ok {
		return figure{}, 0
	}
	f := figure{kind: "money", unit: currency, value: format(v)}
	per, more := periodAt(ts, end)
	f.per = per
	return f, end + more - first
}

// quantityAt reads the unit behind the number at token i.
func quantityAt(ts []token, i int, v float64) (figure, int) {
	n, name := 2, strings.ToLower(ts[i+1].text)
	prefix := ""
	if workdays[name] && i+2 < len(ts) {
		prefix, n, name = "working ", 3, strings.ToLower(ts[i+2].text)
	}
	if i+3 < len(ts) && ts[i+2].text == "/" && ts[i+3].text == "s" {
		name, n = name+"/s", 4
	}
	u, ok := units[name]
	if !ok || ts[i+1].kind != word {
		return figure{kind: "number", value: format(v)}, 1
	}
	// "días laborables" has the word behind.
	if u.kind == "time" && i+n < len(ts) && workdays[ts[i+n].norm] {
		prefix, n = "working ", n+1
	}
	return figure{kind: u.kind, unit: prefix + u.base, value: format(v * u.factor)}, n
}

// periodNames bring the words for one period together.
var periodNames = map[string]string{
	"month": "month", "monthly": "month", "mo": "month", "mes": "month", "monat": "month", "monatlich": "month", "moi": "month",
	"mese": "month", "maand": "month", "mensual": "month", "mensuel": "month",
	"year": "year", "yearly": "year", "annum": "year", "año": "year", "jahr": "year", "an": "year", "anno": "year", "jaar": "year",
	"week": "week", "weekly": "week", "semana": "week", "woche": "week", "semaine": "week",
	"day": "day", "daily": "day", "día": "day", "tag": "day", "jour": "day", "giorno": "day",
	"hour": "hour", "hora": "hour", "stunde": "hour", "minute": "minute", "min": "minute", "minuto": "minute",
}

// periodAt reads "a month", "per GB", "/min", "al mes" at token i: its name and how many tokens it takes.
func periodAt(ts []token, i int) (string, int) {
	if i >= len(ts) {
		return "", 0
	}
	switch ts[i].norm {
	case "a", "an", "per", "/", "each", "every", "al", "por", "cada", "pro", "im", "par", "je", "the":
		if i+1 < len(ts) && ts[i+1].kind == word {
			name := ts[i+1].norm
			if p, ok := periodNames[name]; ok {
				return p, 2
			}
			if ts[i].norm != "the" && ts[i].norm != "por" && ts[i].norm != "al" {
				return name, 2
			}
		}
	case "monthly", "yearly", "weekly", "daily", "monatlich", "mensual":
		return periodNames[ts[i].norm], 1
	}
	return "", 0
}

// phoneAt reads "+353 1 555 0117", "0800 123 456" and "*100#" at token i.
func phoneAt(ts []token, i int) (figure, int) {
	n := 0
	switch {
	case ts[i].text == "+" && i+1 < len(ts) && ts[i+1].kind == number && ts[i+1].glued:
		n = 1
	case ts[i].text == "*":
		return codeAt(ts, i)
	case ts[i].kind == number && ts[i].text[0] == '0' && len(ts[i].text) >= 3 && isDigits(ts[i].text):
	default:
		return figure{}, 0
	}
	var digits strings.Builder
	for i+n < len(ts) && ts[i+n].kind == number && isDigits(ts[i+n].text) {
		digits.WriteString(ts[i+n].text)
		n++
		if i+n+1 < len(ts) && ts[i+n].text == "-" && ts[i+n].glued && ts[i+n+1].kind == number {
			n++
		}
	}
	if digits.Len() < 7 {
		return figure{}, 0
	}
	value := digits.String()
	if ts[i].text == "+" {
		value = "+" + value
	}
	return figure{kind: "phone", value: value}, n
}

// codeAt reads a code that is dialled, such as *100# or **21*1717#.
func codeAt(ts []token, i int) (figure, int) {
	n, digits := 1, false
	for i+n < len(ts) && ts[i+n].glued && (ts[i+n].text == "*" || ts[i+n].text == "#" || ts[i+n].kind == number && isDigits(ts[i+n].text)) {
		digits = digits || ts[i+n].kind == number
		n++
	}
	if !digits || ts[i+n-1].text != "#" {
		return figure{}, 0
	}
	return figure{kind: "phone", unit: "code", value: span(ts[i : i+n])}, n
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// parseNumber reads a number with points and commas in either role. One that is followed by exactly three digits
// groups thousands, unless it is a point in English or the number begins with a zero.
func parseNumber(s, lang string) (float64, bool) {
	decimal := strings.LastIndexAny(s, ".,")
	if decimal >= 0 {
		sign := s[decimal]
		three := len(s)-decimal-1 == 3 && s[0] != '0'
		other := strings.IndexByte(s, '.'+','-sign)
		if strings.Count(s, string(sign)) > 1 || three && other < 0 && (sign == ',' || lang != "en") {
			decimal = -1
		}
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case i == decimal:
			b.WriteByte('.')
		case s[i] != '.' && s[i] != ',':
			b.WriteByte(s[i])
		}
	}
	v, err := strconv.ParseFloat(b.String(), 64)
	return v, err == nil
}

func format(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }
