package guard

import "strings"

// kind is what sort of thing a quantity counts. Quantities of different kinds never agree, but for plain numbers.
type kind uint8

const (
	plain kind = iota // a bare number: "Fibre 150", "up to 6", "1717"
	money
	percent
	data     // in kilobytes
	speed    // in kilobits a second
	duration // by unit: "10 days" and "10 working days" differ
	clock    // minutes since midnight
	date     // year*10000 + month*100 + day; 0 where not said
	phone    // digits
	code     // letters with digits: "5G", "H-7K3F-92QD"
	counted  // texts, calls, lines, devices …
)

// unit is a word that gives a number its meaning.
type unit struct {
	kind  kind
	name  string // canonical; "" where kind and scale say all
	scale int64  // to the kind's base unit; 1 where it has none
}

// units by folded word. Only words that customers' bills and price lists use.
var units = buildUnits(
	data, "", 1, "kb kilobyte kilobytes",
	data, "", 1_000, "mb megabyte megabytes mega megas meg megs",
	data, "", 1_000_000, "gb gigabyte gigabytes giga gigas gig gigs gbs",
	data, "", 1_000_000_000, "tb terabyte terabytes",
	speed, "", 1, "kbps kbit/s kb/s",
	speed, "", 1_000, "mbps mbit/s mb/s mbit mbits",
	speed, "", 1_000_000, "gbps gbit/s gb/s gbit",
	percent, "", 1, "% percent pct porcentaje",
	duration, "second", 1, "second seconds sec secs segundo segundos",
	duration, "minute", 1, "minute minutes min mins minuto minutos",
	duration, "minute", 60, "hour hours hr hrs hora horas",
	duration, "day", 1, "day days dia dias",
	duration, "day", 7, "week weeks semana semanas",
	duration, "month", 1, "month months mes meses mo",
	duration, "month", 12, "year years yr yrs ano anos",
	counted, "text", 1, "text texts sms message messages mensaje mensajes",
	counted, "call", 1, "call calls llamada llamadas",
	counted, "line", 1, "line lines linea lineas",
	counted, "device", 1, "device devices dispositivo dispositivos aparato aparatos",
	counted, "country", 1, "country countries pais paises",
	counted, "ghz", 1, "ghz", counted, "mhz", 1, "mhz",
	counted, "digit", 1, "digit digits digito digitos cifra cifras",
	counted, "instalment", 1, "instalment instalments installment installments plazo plazos cuota cuotas",
	counted, "star", 1, "star stars estrella estrellas",
	counted, "km", 1, "km kilometre kilometres kilometer kilometers kilometro kilometros", counted, "metre", 1,
	"metre metres meter meters metro metros",
)

func buildUnits(rows ...any) map[string]unit {
	m := make(map[string]unit)
	for i := 0; i < len(rows); i += 4 {
		u := unit{rows[i].(kind), rows[i+1].(string), int64(rows[i+2].(int))}
		for _, w := range strings.Fields(rows[i+3].(string)) {
			m[w] = u
		}
	}
	return m
}

// workday is the unit of "working days", which are not days.
var workday = unit{duration, "workday", 1}

// currencies by sign and folded word.
var currencies = map[string]string{
	"€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
	"dolar": "USD", "dolares": "USD", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "libra": "GBP", "libras": "GBP",
	"chf": "CHF", "francs": "CHF", "¥": "JPY", "jpy": "JPY", "yen": "JPY", "pln": "PLN", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
}

// cents are hundredths of the house's currency; which one that is, the passage decides.
var cents = map[string]bool{"cent": true, "cents": true, "centimo": true, "centimos": true, "¢": true, "ct": true}

// period is what a price is for.
type period uint32

const (
	perSecond period = 1 << iota
	perMinute
	perHour
	perDay
	perWeek
	perMonth
	perYear
	perMB
	perGB
	perText
	perCall
	perLine
)

// periods by folded word. Adverbs and adjectives count as they stand; nouns only behind "a", "per", "/", "al" and so on.
var (
	periodNouns = map[string]period{
		"second": perSecond, "sec": perSecond, "segundo": perSecond, "minute": perMinute, "min": perMinute, "minuto": perMinute,
		"hour": perHour, "hora": perHour, "day": perDay, "dia": perDay, "week": perWeek, "semana": perWeek, "month": perMonth,
		"mes": perMonth, "mo": perMonth, "year": perYear, "ano": perYear, "annum": perYear, "mb": perMB, "megabyte": perMB,
		"mega": perMB, "gb": perGB, "gigabyte": perGB, "giga": perGB, "gig": perGB, "text": perText, "sms": perText,
		"message": perText, "mensaje": perText, "call": perCall, "llamada": perCall, "line": perLine, "linea": perLine,
		"24 hours": perDay,
	}
	periodWords = map[string]period{
		"daily": perDay, "diario": perDay, "diaria": perDay, "diarios": perDay, "diarias": perDay, "hourly": perHour,
		"weekly": perWeek, "semanal": perWeek, "semanales": perWeek, "monthly": perMonth, "mensual": perMonth,
		"mensuales": perMonth, "mensualmente": perMonth, "yearly": perYear, "annual": perYear, "annually": perYear,
		"anual": perYear, "anuales": perYear,
	}
	periodLinks = map[string]bool{
		"a": true, "an": true, "per": true, "each": true, "every": true, "por": true, "al": true, "cada": true, "la": true,
		"el": true, "/": true, "the": true, "para": false,
	}
)

// numberWords are the simple ones, each followed by its unit where it is a quantity.
var numberWords = map[string]int64{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
	"twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
	"ninety": 90, "hundred": 100, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
	"nueve": 9, "diez": 10, "once": 11, "doce": 12, "catorce": 14, "quince": 15, "veinte": 20, "treinta": 30,
	"cuarenta": 40, "cincuenta": 50, "sesenta": 60, "noventa": 90, "cien": 100,
}

// months by folded name or usual short form.
var months = buildMonths(
	"january jan enero ene", "february feb febrero", "march mar marzo", "april apr abril abr", "may mayo", "june jun junio",
	"july jul julio", "august aug agosto ago", "september sep sept septiembre setiembre", "october oct octubre",
	"november nov noviembre", "december dec diciembre dic",
)

func buildMonths(names ...string) map[string]int64 {
	m := make(map[string]int64)
	for i, ns := range names {
		for _, n := range strings.Fields(ns) {
			m[n] = int64(i + 1)
		}
	}
	return m
}
