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
	weekday  // 1..7 from Monday on, with the last of a range
	every    // how often, by period: \"monthly\", \"each day\"
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
	data, "", 1_000_000, "gb gigabyte gigabytes giga gigas gig gigs gbs go",
	data, "", 1_000_000_000, "tb terabyte terabytes",
	speed, "", 1, "kbps kbit/s kb/s",
	speed, "", 1_000, "mbps mbit/s mb/s mbit mbits",
	speed, "", 1_000_000, "gbps gbit/s gb/s gbit",
	percent, "", 1, "% percent pct porcentaje prozent procent",
	duration, "second", 1, "second seconds sec secs segundo segundos sekunde sekunden seconde secondes secondo secondi",
	duration, "minute", 1, "minute minutes min mins minuto minutos minuten minuti",
	duration, "minute", 60, "hour hours hr hrs hora horas stunde stunden heure heures ora ore",
	duration, "day", 1, "day days dia dias tag tage tagen jour jours giorno giorni",
	duration, "day", 7, "week weeks semana semanas woche wochen semaine semaines settimana settimane fortnight",
	duration, "month", 1, "month months mes meses mo monat monate monaten mois mese mesi",
	duration, "month", 12, "year years yr yrs ano anos jahr jahre jahren annee annees anno anni ans",
	duration, "workday", 1, "werktag werktage werktagen",
	counted, "time", 1, "times veces vez fois volte",
	counted, "text", 1, "text texts sms message messages mensaje mensajes",
	counted, "call", 1, "call calls llamada llamadas anruf anrufe appel appels chiamata chiamate chamada chamadas",
	counted, "line", 1, "line lines linea lineas ligne lignes linee linha linhas",
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
	"chf": "CHF", "francs": "CHF", "franken": "CHF", "pfund": "GBP", "livres": "GBP", "₹": "INR", "inr": "INR", "rupees": "INR", "¥": "JPY", "jpy": "JPY", "yen": "JPY", "pln": "PLN", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
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
	perTransaction
)

// periods by folded word. Adverbs and adjectives count as they stand; nouns only behind "a", "per", "/", "al" and so on.
var (
	periodNouns = map[string]period{
		"second": perSecond, "sec": perSecond, "segundo": perSecond, "minute": perMinute, "min": perMinute, "minuto": perMinute,
		"hour": perHour, "hora": perHour, "day": perDay, "dia": perDay, "week": perWeek, "semana": perWeek, "month": perMonth,
		"mes": perMonth, "mo": perMonth, "year": perYear, "ano": perYear, "annum": perYear, "mb": perMB, "megabyte": perMB,
		"mega": perMB, "gb": perGB, "gigabyte": perGB, "giga": perGB, "gig": perGB, "text": perText, "sms": perText,
		"message": perText, "mensaje": perText, "call": perCall, "llamada": perCall, "line": perLine, "linea": perLine,
		"tag": perDay, "woche": perWeek, "monat": perMonth, "jahr": perYear, "stunde": perHour, "jour": perDay,
		"semaine": perWeek, "mois": perMonth, "heure": perHour, "giorno": perDay, "settimana": perWeek, "mese": perMonth,
		"anno": perYear, "ora": perHour, "transaction": perTransaction, "withdrawal": perTransaction,
	}
	periodWords = map[string]period{
		"daily": perDay, "diario": perDay, "diaria": perDay, "diarios": perDay, "diarias": perDay, "hourly": perHour,
		"weekly": perWeek, "semanal": perWeek, "semanales": perWeek, "monthly": perMonth, "mensual": perMonth,
		"mensuales": perMonth, "mensualmente": perMonth, "yearly": perYear, "annual": perYear, "annually": perYear,
		"anual": perYear, "anuales": perYear, "monatlich": perMonth, "taglich": perDay, "jahrlich": perYear, "wochentlich": perWeek,
		"mensuel": perMonth, "mensuelle": perMonth, "quotidien": perDay, "annuel": perYear, "mensile": perMonth, "giornaliero": perDay,
		"annuale": perYear, "mensal": perMonth, "pm": 0,
	}
	periodLinks = map[string]bool{
		"a": true, "an": true, "per": true, "each": true, "every": true, "por": true, "al": true, "cada": true, "la": true,
		"el": true, "/": true, "the": true, "pro": true, "je": true, "im": true, "am": true, "par": true, "al mese": true, "ao": true,
		"chaque": true, "ogni": true,
	}
)

// numberWords are followed by a unit where they are a quantity. Tens and hundreds take more behind them.
var numberWords = buildNumbers(
	"two dos zwei deux dois duas", "three tres drei trois", "four cuatro vier quatre quatro quattro", "five cinco funf cinq cinque",
	"six seis sechs sei", "seven siete sieben sept sete sette", "eight ocho acht huit oito otto", "nine nueve neun neuf nove",
	"ten diez zehn dix dez dieci", "eleven once elf onze undici", "twelve doce zwolf douze doze dodici", "thirteen trece dreizehn treize tredici",
	"fourteen catorce vierzehn quatorze quattordici", "fifteen quince funfzehn quinze quindici", "sixteen dieciseis sechzehn seize sedici",
	"seventeen diecisiete siebzehn", "eighteen dieciocho achtzehn", "nineteen diecinueve neunzehn", "twenty veinte zwanzig vingt vinte venti",
	"twenty-one veintiuno veintiun einundzwanzig", "veintidos", "veintitres", "veinticuatro vierundzwanzig vingt-quatre ventiquattro", "veinticinco",
	"veintiseis", "veintisiete", "veintiocho achtundzwanzig", "veintinueve", "thirty treinta dreissig trente trinta trenta",
)

func buildNumbers(from2 ...string) map[string]int64 {
	m := map[string]int64{
		"forty": 40, "cuarenta": 40, "vierzig": 40, "quarante": 40, "quarenta": 40, "quaranta": 40, "fifty": 50, "cincuenta": 50,
		"funfzig": 50, "cinquante": 50, "cinquanta": 50, "sixty": 60, "sesenta": 60, "sechzig": 60, "soixante": 60, "sessanta": 60,
		"seventy": 70, "setenta": 70, "eighty": 80, "ochenta": 80, "ninety": 90, "noventa": 90, "neunzig": 90, "hundred": 100, "cien": 100,
		"ciento": 100, "hundert": 100, "cent": 100, "doscientos": 200, "trescientos": 300, "quinientos": 500, "thousand": 1000, "mil": 1000,
		"one": 1, "un": 1, "una": 1,
	}
	for i, words := range from2 {
		for _, w := range strings.Fields(words) {
			m[w] = int64(i + 2)
		}
	}
	return m
}

// weekdays by folded name, Monday first.
var weekdays = buildMonths(
	"monday lunes montag lundi lunedi mon", "tuesday martes dienstag mardi martedi tue tues", "wednesday miercoles mittwoch mercredi mercoledi wed",
	"thursday jueves donnerstag jeudi giovedi thu thur thurs", "friday viernes freitag vendredi venerdi fri",
	"saturday sabado samstag samedi sabato sat", "sunday domingo sonntag dimanche domenica sun",
)

// months by folded name or usual short form.
var months = buildMonths(
	"january jan enero ene januar janvier janeiro gennaio", "february feb febrero februar fevrier fevereiro febbraio", "march mar marzo marz mars marco", "april apr abril abr avril aprile", "may mayo mai maio maggio", "june jun junio juni juin junho giugno",
	"july jul julio juli juillet julho luglio", "august aug agosto ago aout", "september sep sept septiembre setiembre septembre setembro settembre", "october oct octubre oktober octobre outubro ottobre",
	"november nov noviembre novembre novembro", "december dec diciembre dic dezember decembre dezembro dicembre",
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
