package fallback

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
)

// focus finds what a message asks. Greetings, introductions, complaints and courtesies around a question hold words that
// no article has, and would count as missing evidence. A sentence that may say what the question is about stays: one near
// a topic, one with a name or a number, and everything where the question alone says too little. Every sentence that asks
// stays, so that a second question is not passed over.
func (p *Policy) focus(m message) message {
	parts := sentences(m)
	if len(parts) < 2 && (len(parts) == 0 || parts[0] == strings.TrimSpace(m.text)) {
		return m
	}
	var kept []string
	asked, content := false, 0
	said := make([]message, len(parts))
	for i, part := range parts {
		said[i] = message{text: part, tokens: lex.Tokens(part), lang: m.lang}
		if asks(said[i]) && !courteous(said[i]) {
			asked = true
			content += contentWords(said[i])
		}
	}
	if !asked || content < 2 {
		return unintroduced(m)
	}
	for _, s := range said {
		if !courteous(s) && (asks(s) || p.tells(s)) {
			kept = append(kept, s.text)
		}
	}
	text := strings.Join(kept, " ")
	return message{text: text, tokens: lex.Tokens(text), lang: m.lang}
}

// unintroduced is a message without the sentences that say who writes, unless there is nothing else.
func unintroduced(m message) message {
	if _, ok := introductions.Find(m.tokens); !ok {
		return m
	}
	var kept []string
	parts := sentences(m)
	for _, part := range parts {
		if !introduction(message{text: part, tokens: lex.Tokens(part), lang: m.lang}) {
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 || len(kept) == len(parts) {
		return m
	}
	text := strings.Join(kept, " ")
	return message{text: text, tokens: lex.Tokens(text), lang: m.lang}
}

// leastTold is the scope from which a statement is taken to be about the trade. Complaints and courtesies come up to the
// middle: their words are in the policy's examples of nothing.
const leastTold = 0.6

// tells reports whether a statement may say what the question beside it is about.
func (p *Policy) tells(m message) bool {
	if introduction(m) {
		return false
	}
	if len(p.names.find(m.tokens)) > 0 {
		return true
	}
	for _, t := range m.tokens {
		if strings.ContainsAny(t.Text, "0123456789") || t.Upper && !t.First && !lex.Function(t.Text) && t.Text != "i" && t.Text != "i'm" {
			return true
		}
	}
	if contentWords(m) < 2 {
		return false
	}
	var r Route
	p.place(&r, m.text, nil)
	return r.Topic != "" && r.Scope >= max(leastTold, p.limits.InScope)
}

// sentences splits a message, and takes greetings and openers off their beginnings.
func sentences(m message) []string {
	var out []string
	start := 0
	add := func(end int) {
		if s := unopened(strings.TrimSpace(m.text[start:end])); s != "" {
			out = append(out, s)
		}
		start = end
	}
	for i, r := range m.text {
		next := i + utf8.RuneLen(r)
		switch {
		case r == '\n':
			add(next)
		case strings.ContainsRune(".!?…", r):
			after, _ := utf8.DecodeRuneInString(m.text[next:])
			if next < len(m.text) && unicode.IsSpace(after) && !abbreviated(m.text[start:i]) {
				add(next)
			}
		}
	}
	add(len(m.text))
	return out
}

// abbreviated reports whether a full stop behind the text ends a word and not a sentence: "Dr. No", "e.g. this".
func abbreviated(text string) bool {
	at := strings.LastIndexAny(text, " \n") + 1
	switch strings.ToLower(text[at:]) {
	case "mr", "mrs", "ms", "dr", "sr", "sra", "no", "nr", "vs", "approx", "e.g", "i.e", "p.ej", "etc":
		return true
	}
	return false
}

// openers stand before a question and say nothing. The longer ones come first.
var openers = []string{
	"good morning", "good afternoon", "good evening", "buenos dias", "buenos días", "buenas tardes", "buenas noches", "kindly tell me", "please tell me",
	"excuse me", "hi there", "hello there", "hey there", "buenas", "hello", "hola", "howya", "heya", "hiya", "hey", "hi", "oye", "oiga", "perdona",
	"perdone", "perdón", "disculpe", "disculpa", "sorry", "please", "por favor", "um", "uh", "eh", "well", "pues",
}

// unopened is a sentence without its greeting. A comma must part the two: "Hi, can I …".
func unopened(s string) string {
	for range 3 {
		cut := false
		for _, o := range openers {
			if len(s) > len(o)+1 && s[len(o)] == ',' && strings.EqualFold(s[:len(o)], o) {
				s, cut = strings.TrimSpace(s[len(o)+1:]), true
				break
			}
		}
		if !cut {
			break
		}
	}
	return s
}

var askingStarts = phrase.MustSet(
	"^ how|what|when|where|which|who|why|whose|whats|hows|can|could|do|does|did|is|are|was|will|would|should|may|am|have|has",
	"^ tell|explain|show|give|list|describe|compare|write|translate|check|cancel|change|send|book|find|calculate|recommend|ignore|forget",
	"^ que|cual|cuales|cuanto|cuanta|cuantos|cuantas|cuando|donde|como|quien|quienes|por_que|puedo|puedes|hay|tienen|teneis|se_puede",
	"^ dime|digame|explica|explique|escribe|escriba|traduce|muestra|cuentame|busca|cambia|cancela|envia|recomienda|ignora|olvida",
)

func asks(m message) bool {
	if strings.HasSuffix(m.text, "?") || strings.Contains(m.text, "¿") {
		return true
	}
	_, ok := askingStarts.Find(m.tokens)
	return ok
}

// courtesies are words that carry no question where a sentence has nothing else.
var courtesies = wordSet(`please kind kindly help sense make makes thank thanks advance hope well quick quickly question questions moment
	sorry excuse bother nice lovely day morning afternoon evening hello hi hey dear sir madam team right place sure hurry
	gracias antemano favor amable amables ayudar ayudarme ayudarnos ayuda espero este bien buenos dias buenas tardes noches hola
	pregunta momento explico perdon disculpe disculpa rapido rapidito saludos sitio seguro muchas`)

// takenBack are sentences that take back what was said before, and ask nothing themselves.
var takenBack = phrase.MustSet(
	"^ ignore|disregard|forget|scratch my|that|the last|previous|earlier|first? message|question|one|text $",
	"^ please|sorry ignore|disregard|forget|scratch my|that|the last|previous|earlier|first? message|question|one|text $",
	"^ ignora|ignore|olvida|olvide mi|el|la ultimo|ultima|anterior? mensaje|pregunta $",
)

func courteous(m message) bool {
	if _, ok := takenBack.Find(m.tokens); ok {
		return true
	}
	for _, t := range m.tokens {
		if !t.Stop() && !lex.Function(t.Text) && !courtesies[t.Text] {
			return false
		}
	}
	return !asksBare(m)
}

// asksBare reports whether a sentence of small words asks all the same: "How much is it?".
func asksBare(m message) bool {
	for _, t := range m.tokens {
		switch t.Text {
		case "how", "when", "where", "why", "which", "who", "cuanto", "cuando", "donde", "cual", "como", "quien":
			return asks(m)
		}
	}
	return false
}

var introductions = phrase.MustSet("i'm|im|my_name_is|my_name's|this_is|it_is|it's", "i am", "soy|me_llamo|mi_nombre_es|habla")

// introduction reports whether a sentence only says who writes: at most four words behind "I'm", each a name as written
// or a token of masked data.
func introduction(m message) bool {
	found, ok := introductions.Find(m.tokens)
	if !ok || found.Start > 3 || len(m.tokens)-found.End > 6 || len(m.tokens) == found.End {
		return false
	}
	for _, t := range m.tokens[found.End:] {
		if t.Stop() || masked(m.text, t) {
			continue
		}
		if !t.Upper {
			return false
		}
	}
	return true
}
