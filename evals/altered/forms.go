package altered

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// form is one way to say the same otherwise. It returns "" or the same text where it has nothing to say otherwise.
type form struct {
	name string
	say  func(text, lang string) string
}

func rewrite(pattern string, with func(m []string, lang string) string) func(text, lang string) string {
	re := regexp.MustCompile(pattern)
	return func(text, lang string) string {
		return re.ReplaceAllStringFunc(text, func(s string) string { return with(re.FindStringSubmatch(s), lang) })
	}
}

func longestFirst(m map[string][]string) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
}

const euros = `€(\d+(?:,\d{3})*)(?:\.(\d\d))?\b`

// forms are all of them, in the order in which they are reported.
var forms = []form{
	{"currency as a word", rewrite(euros, func(m []string, _ string) string {
		if m[2] == "" || m[2] == "00" {
			return m[1] + " euros"
		}
		return m[1] + "." + m[2] + " euros"
	})},
	{"currency as a code", rewrite(euros, func(m []string, _ string) string { return "EUR " + m[1] + "." + cmp.Or(m[2], "00") })},
	{"comma for the point", rewrite(euros, func(m []string, _ string) string {
		if strings.Contains(m[1], ",") {
			return m[0]
		}
		return m[1] + "," + cmp.Or(m[2], "00") + " €"
	})},
	{"whole amounts without cents", rewrite(`([€$]\d[\d,]*)\.00\b`, func(m []string, _ string) string { return m[1] })},
	{"dollars as a word", rewrite(`\$(\d+(?:,\d{3})*(?:\.\d\d)?)`, func(m []string, _ string) string { return m[1] + " dollars" })},
	{"period otherwise", rewrite(`(?i)([€$]\d[\d.,]*\d) (?:a|per) (month|day|week|year|minute)\b`, func(m []string, _ string) string {
		other := map[string]string{"month": "monthly", "day": "a day", "week": "weekly", "year": "annually", "minute": "/minute"}
		return m[1] + " " + other[strings.ToLower(m[2])]
	})},
	{"per for a", rewrite(`(?i)([€$]\d[\d.,]*\d) a (month|day|week|year|minute)\b`, func(m []string, _ string) string { return m[1] + " per " + m[2] })},
	{"slash for a", rewrite(`(?i)([€$]\d[\d.,]*\d) (?:a|per) (month|day|week|year|minute)\b`, func(m []string, _ string) string { return m[1] + "/" + m[2] })},
	{"month first", rewrite(`\b(\d{1,2}) (`+monthEN+`)(?: (\d{4}))?\b`, func(m []string, _ string) string {
		if m[3] != "" {
			return m[2] + " " + m[1] + ", " + m[3]
		}
		return m[2] + " " + m[1]
	})},
	{"ordinal date", rewrite(`\b(\d{1,2}) (`+monthEN+`)\b`, func(m []string, _ string) string {
		n, _ := strconv.Atoi(m[1])
		return "the " + m[1] + ordinalEnd(n) + " of " + m[2]
	})},
	{"date in figures", rewrite(`\b(\d{1,2}) (`+monthEN+`) (\d{4})\b`, func(m []string, _ string) string {
		n, _ := strconv.Atoi(m[1])
		return two(n) + "/" + two(monthNumber(m[2])) + "/" + m[3]
	})},
	{"date by ISO 8601", rewrite(`\b(\d{1,2}) (`+monthEN+`) (\d{4})\b`, func(m []string, _ string) string {
		n, _ := strconv.Atoi(m[1])
		return m[3] + "-" + two(monthNumber(m[2])) + "-" + two(n)
	})},
	{"clock of twelve hours", rewrite(`\b(\d\d):(\d\d)\b(\s?[AaPp]\.?[Mm])?`, func(m []string, lang string) string {
		h, _ := strconv.Atoi(m[1])
		if lang != "en" || h > 23 || m[3] != "" {
			return m[0]
		}
		half := "am"
		if h >= 12 {
			half = "pm"
		}
		if h = h % 12; h == 0 {
			h = 12
		}
		if m[2] == "00" {
			return strconv.Itoa(h) + " " + half
		}
		return strconv.Itoa(h) + ":" + m[2] + " " + half
	})},
	{"no space before the unit", rewrite(`\b(\d+) (GB|MB|Mbps)\b`, func(m []string, _ string) string { return m[1] + m[2] })},
	{"units in full", rewrite(`\b(\d[\d,.]*) (GB|MB)\b`, func(m []string, _ string) string {
		return m[1] + " " + map[string]string{"GB": "gigabytes", "MB": "megabytes"}[m[2]]
	})},
	{"speed in other letters", rewrite(`\bMbps\b`, func([]string, string) string { return "Mbit/s" })},
	{"gigabits", rewrite(`\b(\d),000 Mbps\b`, func(m []string, _ string) string { return m[1] + " Gbps" })},
	{"per cent in words", rewrite(`(\d)%`, func(m []string, lang string) string {
		if lang == "es" {
			return m[1] + " por ciento"
		}
		return m[1] + " per cent"
	})},
	{"number in words", rewrite(`(^|[ (])([2-9]|10|12|14|15|20|24|28|30|60|90) (days|hours|months|minutes|weeks|years|working days|días|horas|meses|minutos|semanas|años)\b`, func(m []string, lang string) string {
		n, _ := strconv.Atoi(m[2])
		return m[1] + inWords[lang][n] + " " + m[3]
	})},
	{"in bold", rewrite(`[€$]\d[\d.,]*\d|\b\d+ (?:GB|MB|days|months)\b`, func(m []string, _ string) string { return "**" + m[0] + "**" })},
	{"in a list", func(text, _ string) string { return "- " + text }},
	{"with an opening", func(text, lang string) string {
		first, _, _ := strings.Cut(text, " ")
		if lang == "es" {
			return "Según nuestro centro de ayuda, " + lowerFirst(text, first)
		}
		return "According to our help centre, " + lowerFirst(text, first)
	}},
	{"clauses exchanged", func(text, _ string) string {
		// "If you leave early, a fee of €5 is charged." becomes "A fee of €5 is charged if you leave early."
		m := ifFirst.FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		return strings.ToUpper(m[2][:1]) + m[2][1:] + " " + strings.ToLower(m[1][:1]) + m[1][1:] + "."
	}},
	{"a cell told in Spanish", rewrite(`^Para (.+), ([^,]+) es ([^;]+)\.$`, func(m []string, _ string) string {
		return m[1] + " tiene " + m[3] + " de " + m[2] + "."
	})},
	{"a cell told otherwise", rewrite(`^For (.+), ([^,]+) is ([^;]+)\.$`, func(m []string, _ string) string {
		return "The " + m[2] + " of " + m[1] + " is " + m[3] + "."
	})},
	{"a cell told with a verb", rewrite(`^For (.+), ([^,]+) is ([^;]+)\.$`, func(m []string, _ string) string {
		return m[1] + " has " + m[3] + " as its " + m[2] + "."
	})},
}

var ifFirst = regexp.MustCompile(`^((?:If|When|After|Once) [^,;:]+), ([^,;:?]+)\.$`)

func lowerFirst(text, first string) string {
	switch first {
	case "The", "A", "An", "If", "You", "Your", "When", "To", "On", "In", "For", "El", "La", "Los", "Las", "Si", "En", "Para", "Cada":
		return strings.ToLower(first) + text[len(first):]
	}
	return text
}

func ordinalEnd(n int) string {
	if n/10 == 1 {
		return "th"
	}
	switch n % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	}
	return "th"
}

func monthNumber(name string) int {
	months := strings.Split(strings.Trim(monthEN, "(?:)"), "|")
	return slices.Index(months, name) + 1
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

var inWords = map[string]map[int]string{
	"en": {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 12: "twelve", 14: "fourteen",
		15: "fifteen", 20: "twenty", 24: "twenty-four", 28: "twenty-eight", 30: "thirty", 60: "sixty", 90: "ninety"},
	"es": {2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete", 8: "ocho", 9: "nueve", 10: "diez", 12: "doce", 14: "catorce",
		15: "quince", 20: "veinte", 24: "veinticuatro", 28: "veintiocho", 30: "treinta", 60: "sesenta", 90: "noventa"},
}
