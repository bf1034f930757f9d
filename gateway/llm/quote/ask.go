package quote

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// want is a kind of thing that a question asks for.
type want uint

const (
	wantMoney    want = 1 << iota
	wantDuration      // how long, how soon
	wantTime          // when, until when, opening hours
	wantAmount        // how many, how much data
	wantSteps         // how do I
	wantContact       // whom do I call
	wantPlace         // where
	wantYesNo         // can I, is it
)

// ask is what a question asks for.
type ask struct {
	terms []term
	wants want
	stems map[string]bool // of every word
}

// term is one content word of the question.
type term struct {
	stem   string
	weight float64 // before rarity is known
	entity bool    // a name or a number: what answers must be about it
}

// cue is wording that says what is asked for. It is matched against the folded question.
type cue struct {
	wants want
	re    *regexp.Regexp
}

var cues = []cue{
	{wantAmount, regexp.MustCompile(`\b(how many|how much (data|credit|time|notice|storage|speed)|cuant[oa]s|cuantos? (datos|gigas)|limit|allowance|how fast|speed|velocidad)\b`)},
	{wantMoney, regexp.MustCompile(`\b(how much|cost|costs|price|prices|pricing|fee|fees|charge|charges|charged|expensive|cheap|pay for|rate|rates|cuesta|cuestan|precio|precios|tarifa|tarifas|coste|vale|valen|cobra|cobran|cobrais|caro|recargo|sale por|compensation|indemnizacion)\b`)},
	{wantDuration, regexp.MustCompile(`\b(how long|how soon|how fast|how quickly|how many (days|hours|weeks|months|minutes)|how late|notice|deadline|cuanto (tarda|tardan|dura|duran|tiempo)|plazo|preaviso|within)\b`)},
	{wantTime, regexp.MustCompile(`\b(when|what time|opening hours?|hours|open|close|closed|until|date|cuando|a que hora|horario|horarios|hasta cuando|abre|abren|cierra|fecha)\b`)},
	{wantSteps, regexp.MustCompile(`\b(how (do|can|should|would|to|does one)|what (do|should|can) i do|steps?|set ?up|instructions|como (puedo|hago|se|activo|activar|cambio|cancelo|doy|pido|pongo|configuro|reinicio|reiniciar|solicito|llevo|compro)|que (hago|debo hacer|tengo que hacer)|pasos|not working|doesn t work|does not work|no funciona|i (want|need) to|quiero|my .* (is|isn t) )`)},
	{wantContact, regexp.MustCompile(`\b(phone number|number to call|call you|contact|speak to|telephone|which number|what number|telefono|llamar|contactar|contacto|numero de)\b`)},
	{wantPlace, regexp.MustCompile(`\b(where|donde|website|page|store|shop|tienda)\b`)},
	{wantYesNo, regexp.MustCompile(`^(can|could|do|does|did|is|are|will|may|am|has|have|should|puedo|puede|es|hay|tiene|tienen|se puede|existe|funciona)\b`)},
}

// weak are words that say what kind of thing is asked for. They count for less than what it is asked of.
var weak = set(`cost costs price prices pricing fee charge charges charged pay paid expensive cheap rate rates number phone call time hours
	hour day days date cuesta cuestan precio precios coste vale cobra cobran pagar telefono numero tiempo horario hora dia dias work works
	working use using usar way possible happen happens problem problema option options long available`)

// readAsk reads a question.
func readAsk(question string) ask {
	words := wordsOf(question)
	folded := make([]string, len(words))
	a := ask{stems: map[string]bool{}}
	shouting := strings.ToUpper(question) == question
	for i, w := range words {
		folded[i] = w.fold
		a.stems[w.stem] = true
		if stops[w.fold] {
			continue
		}
		t := term{stem: w.stem, weight: 1, entity: !shouting && isName(w.raw, i == 0)}
		if weak[w.fold] {
			t.weight = 0.4
		}
		a.add(t)
	}
	plain := strings.Join(folded, " ")
	for _, c := range cues {
		if c.re.MatchString(plain) {
			a.wants |= c.wants
		}
	}
	if a.wants&wantAmount != 0 && !strings.Contains(plain, "cost") {
		a.wants &^= wantMoney
	}
	return a
}

// add keeps each term once.
func (a *ask) add(t term) {
	for i := range a.terms {
		if a.terms[i].stem == t.stem {
			a.terms[i].entity = a.terms[i].entity || t.entity
			return
		}
	}
	a.terms = append(a.terms, t)
}

// isName reports whether a word is written like a name or a code: a capital (not at the question's start), two capitals,
// or a digit.
func isName(raw string, first bool) bool {
	r, size := utf8.DecodeRuneInString(raw)
	if unicode.IsDigit(r) {
		return true
	}
	if !unicode.IsUpper(r) {
		return false
	}
	second, _ := utf8.DecodeRuneInString(raw[size:])
	return !first && len(raw) > 1 || unicode.IsUpper(second)
}

// shows are the marks in a text of what a question may ask for. They are matched against the text as it is.
var shows = []struct {
	wants want
	re    *regexp.Regexp
}{
	{wantMoney, regexp.MustCompile(`(?i)[€£$]\s?\d|\d\s?(€|£|euros?\b|eur\b|cents?\b)|\b(free of charge|for free|is free|no (extra )?(cost|charge|fee)|gratis|gratuit|sin coste|not charge)`)},
	{wantDuration, regexp.MustCompile(`(?i)\b(\d+|one|two|three|seven|un|dos|tres)[ -](working |business |full )?(second|minute|hour|day|week|month|year|minuto|hora|d[ií]a|semana|mes|a[ñn]o)|\b(immediately|at once|inmediat)`)},
	{wantTime, regexp.MustCompile(`(?i)\b\d{1,2}:\d{2}\b|\b(mon|tues?|wednes|thurs?|fri|satur|sun)(day)?\b|\b(january|february|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|lunes|viernes|s[áa]bado|domingo)\b|\b\d+ (working )?(hours?|days?|months?|horas?|d[ií]as?|mes(es)?)\b`)},
	{wantAmount, regexp.MustCompile(`\d|(?i)\bunlimited|ilimitad`)},
	{wantContact, regexp.MustCompile(`\+\d{2,3} \d|\b1[0-9]{2,3}\b|(?i)@|\b(call|llam[ae])\b`)},
	{wantPlace, regexp.MustCompile(`(?i)\.example|https?://|\b(app|store|street|terminal|tienda|calle|website|under|sticker|bottom|back)\b`)},
	{wantYesNo, regexp.MustCompile(`(?i)\b(can|cannot|can't|not|no|yes|only|is|are|has|needs?|must|allowed|puede|pueden|no|sí|solo|debe|hay|tiene)\b`)},
}

// kindsIn returns what the text has of what questions ask for.
func kindsIn(text string) want {
	var out want
	for _, s := range shows {
		if s.re.MatchString(text) {
			out |= s.wants
		}
	}
	return out
}
