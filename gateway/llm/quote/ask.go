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
	wantList          // which ones are there
	wantSpeed         // how fast
	wantClock         // at what time of day
	wantData          // how much data
)

// ask is what a question asks for.
type ask struct {
	terms []term
	wants want
	said  map[string]bool // stems of every word
	stems map[string]bool // those, and of what means the same
	turn  int             // +1 where something is to be switched on, -1 off

	abroad bool // names a place, so that prices abroad are not beside the point
}

// term is one content word of the question.
type term struct {
	stem   string
	others []string // stems of words that mean much the same
	weight float64  // before rarity is known
	entity bool     // a name or a number: what answers must be about it
}

// in reports whether the set has the term.
func (t term) in(stems map[string]bool) bool {
	if stems[t.stem] {
		return true
	}
	for _, o := range t.others {
		if stems[o] {
			return true
		}
	}
	return false
}

// cue is wording that says what is asked for. It is matched against the folded question.
type cue struct {
	wants want
	re    *regexp.Regexp
}

var cues = []cue{
	{wantAmount, regexp.MustCompile(`\b(how many|how much (data|time|notice|storage)|cuant[oa]s|cuantos? (datos|gigas)|limit|allowance)\b`)},
	{wantData, regexp.MustCompile(`\b(how much (mobile |more )?(data|internet)|how many (gb|mb|gigabytes|megabytes|gigas)|data (allowance|limit)|cuantos (datos|gigas|gb|mb))\b`)},
	{wantClock, regexp.MustCompile(`\b(what times?|opening hours?|time of (the )?day|a que horas?|horarios?)\b`)},
	{wantSpeed, regexp.MustCompile(`\b(how fast|speed|speeds|velocidad|mbps)\b`)},
	{wantMoney, regexp.MustCompile(`\b(how much|cost|costs|price|prices|pricing|fee|fees|charge|charges|charged|expensive|cheap|pay for|rate|rates|amount|cuesta|cuestan|precio|precios|tarifa|tarifas|coste|vale|valen|cobra|cobran|cobrais|caro|recargo|sale por|compensation|compensated|what do i get|owe|owed|how much credit|indemnizacion)\b`)},
	{wantDuration, regexp.MustCompile(`\b(how long|how soon|how quickly|how many (days|hours|weeks|months|minutes)|how late|notice|deadline|cuanto (tarda|tardan|dura|duran|tiempo)|plazo|preaviso|within)\b`)},
	{wantTime, regexp.MustCompile(`^(and |but |so )?when\b|\b(when (do|does|did|is|are|will|can|must|should)|what times?|opening hours?|hours|open|close|closed|until|date|cuando|a que hora|horario|horarios|hasta cuando|abre|abren|cierra|fecha)\b`)},
	{wantSteps, regexp.MustCompile(`\b(how (do|can|should|would|to|does one)|what (do|should|can) i do|steps?|set ?up|instructions|como (puedo|hago|se|activo|activar|cambio|cancelo|doy|pido|pongo|configuro|reinicio|reiniciar|solicito|llevo|compro)|que (hago|debo hacer|tengo que hacer)|pasos|not working|doesn t work|does not work|no funciona|my .* (is|isn t) )`)},
	{wantContact, regexp.MustCompile(`\b(phone number|number to call|call you|contact|speak to|telephone|which number|what number|telefono|llamar|llamo|contactar|contacto|numero de)\b`)},
	{wantPlace, regexp.MustCompile(`\b(where|donde|website|page|store|shop|tienda)\b`)},
	{wantList, regexp.MustCompile(`\b((what|which) ([a-z]+ ){0,2}?(plans|countries|zones|options|ways|kinds|types|bundles|passes|fees|stores|documents|speeds|prices)|list of|(que|cuales) (son )?(las |los )?([a-z]+ )?(tarifas|planes|paises|zonas|opciones|formas|tiendas|precios))\b`)},
	{wantYesNo, regexp.MustCompile(`^(can|could|do|does|did|is|are|will|may|am|has|have|should|puedo|puede|es|hay|tiene|tienen|se puede|existe|funciona)\b`)},
}

// weak are words that say what kind of thing is asked for. They count for less than what it is asked of.
var weak = set(`up cost costs price prices pricing fee charge charges charged pay paid expensive cheap rate rates phone call time hours
	hour day days date cuesta cuestan precio precios coste vale cobra cobran pagar telefono tiempo horario hora dia dias work works
	working use using usar way possible happen happens problem problema option options long available`)

// masked is what stands for a customer's personal data: it says nothing of what is asked.
var masked = regexp.MustCompile(`\[[A-Z]+_\d+\]`)

// readAsk reads a question.
func readAsk(question string) ask {
	question = masked.ReplaceAllLiteralString(question, "")
	words := wordsOf(question)
	folded := make([]string, len(words))
	a := ask{said: map[string]bool{}, stems: map[string]bool{}}
	shouting := strings.ToUpper(question) == question
	asks := asking(question)
	for i, w := range words {
		folded[i] = w.fold
		a.said[w.stem], a.stems[w.stem] = true, true
		for _, o := range synonyms[w.stem] {
			a.stems[o] = true
		}
		if stops[w.fold] {
			continue
		}
		t := term{stem: w.stem, others: synonyms[w.stem], weight: 1, entity: !shouting && isName(w.raw, i == 0)}
		if weak[w.fold] {
			t.weight = 0.4
		}
		if i < asks {
			t.weight *= backgroundShare
		}
		a.add(t)
	}
	a.turn = turning(words)
	plain := strings.Join(folded, " ")
	for _, c := range cues {
		if c.re.MatchString(plain) {
			a.wants |= c.wants
		}
	}
	if a.wants == 0 && wishes.MatchString(plain) {
		a.wants = wantSteps
	}
	a.abroad = inName.MatchString(question)
	if a.wants&(wantAmount|wantData) != 0 && !strings.Contains(plain, "cost") {
		a.wants &^= wantMoney
	}
	return a
}

var (
	// wishes say what somebody wants to do, which asks for steps where nothing else is asked.
	wishes = regexp.MustCompile(`\b(i (want|need|would like) to|quiero|quisiera)\b`)
	inName = regexp.MustCompile(`\b(in|to|from|en|a|desde) (the |el |la |los )?\p{Lu}\p{L}+`)

	turnsOn  = set("on enable unblock encender")
	turnsOff = set("off deactivate disable disabled stop remove block desactivar desactivo apagar quitar bloquear")
)

// turning says whether the words are about switching something on (+1) or off (-1); 0 is both or neither.
func turning(words []word) int {
	on, off := false, false
	for i, w := range words {
		on = on || turnsOn[w.fold] && (w.fold != "on" || i > 0)
		off = off || turnsOff[w.fold]
	}
	switch {
	case on == off:
		return 0
	case on:
		return 1
	}
	return -1
}

// backgroundShare is what the words count for that stand before what is asked: "I pay by card, when is it charged?"
const backgroundShare = 0.6

var asksHere = regexp.MustCompile(`(?i)[.?!,;:] +¿?(and|but|so|y|pero|what|when|where|which|who|how|can|could|do|does|is|are|will|must|en|qu[eé]|cu[aá]\w*|d[oó]nde|c[oó]mo|puedo|hay)( |$)`)

// asking is the number of words before the clause that asks, which is the last one of a question that begins like one.
func asking(question string) int {
	all := asksHere.FindAllStringIndex(question, -1)
	if len(all) == 0 {
		return 0
	}
	return len(wordsOf(question[:all[len(all)-1][0]]))
}

// add keeps each term once.
func (a *ask) add(t term) {
	for i := range a.terms {
		if a.terms[i].stem == t.stem {
			a.terms[i].weight = max(a.terms[i].weight, t.weight)
			a.terms[i].entity = a.terms[i].entity || t.entity
			return
		}
	}
	a.terms = append(a.terms, t)
}

// synonyms are groups of words that customers and articles use for the same thing, by stem. "Open" and "closed" answer
// the same question.
var synonyms = grouped(
	"open close closed", "leave cancel end", "house home", "internet broadband fibre wifi", "phone mobile handset",
	"broken fault faulty", "lost stolen missing", "daily day", "send return back", "show come arrive", "gigabyte gb",
	"maximum largest most highest", "fast speed", "bill invoice", "price cost fee charge", "abroad roaming",
	"router hub", "call calls", "sms text texts", "usa america states", "uk britain england", "engineer technician",
	"buy order purchase", "turn switch", "refund money-back", "block bar blocked", "password passcode",
	"movil telefono", "perder perdido robado robo", "precio cuesta coste importe", "router hub", "factura recibo",
	"casa domicilio hogar", "cancelar baja", "fibra internet", "extranjero roaming", "averia fallo",
)

func grouped(groups ...string) map[string][]string {
	out := map[string][]string{}
	for _, g := range groups {
		words := strings.Fields(g)
		for _, w := range words {
			for _, other := range words {
				if stem(other) != stem(w) {
					out[stem(w)] = append(out[stem(w)], stem(other))
				}
			}
		}
	}
	return out
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
	{wantContact, regexp.MustCompile(`\+\d{2,3} \d|\b1[0-9]{2,3}\b|\w@\w`)},
	{wantSpeed, regexp.MustCompile(`\b[MG]bps\b`)},
	{wantData, regexp.MustCompile(`\d\s?[KMGT]B\b|(?i)\b(unlimited|ilimitad)`)},
	{wantClock, regexp.MustCompile(`\b\d{1,2}:\d{2}\b`)},
	{wantSteps, regexp.MustCompile(`(?i)(^|[,:;] |\b(or|and|then|y|o|luego) )(text|dial|reply|choose|open|tap|press|enter|send|call|restart|unplug|sign in|log in|go to|env[ií]e|marque|abra|elija|llame|escriba|pulse|reinicie|vaya) `)},
	{wantPlace, regexp.MustCompile(`(?i)\.example|https?://|\b(app|store|street|terminal|tienda|calle|website|under|sticker|bottom|back)\b`)},
	{wantYesNo, regexp.MustCompile(`(?i)\b(can|cannot|can't|not|no|yes|only|is|are|has|needs?|must|allowed|puede|pueden|no|sí|solo|debe|hay|tiene)\b`)},
}

// kindsIn returns what the text has of what is wanted.
func kindsIn(text string, wants want) want {
	var out want
	for _, s := range shows {
		if wants&s.wants != 0 && s.re.MatchString(text) {
			out |= s.wants
		}
	}
	return out
}
