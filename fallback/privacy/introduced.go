package privacy

import (
	"regexp"
	"strings"
	"unicode"
)

// secretPattern is a password, PIN or one-time code behind its introduction. What follows must look like one: it has a
// digit or a sign, or stands behind "is", ":" or "=".
var secretPattern = regexp.MustCompile(`(?i)\b(?:password|passwd|pwd|passcode|pass ?phrase|pin|puk|cvv|cvc|security code|one[- ]time code|otp|verification code|access code|contrase(?:ñ|n)a|clave|c[oó]digo de (?:seguridad|verificaci[oó]n|acceso))(?:\s+(?:code|number|n[uú]mero))?(?:\s+(?:is|was|es|era|are|to|as)\s*:?|\s*[:=])\s*["'“«]?([^\s"'”»,;]{3,64})`)

// secretDigits is a PIN or code with nothing but the word before it: "PIN 4821", "cvv 123".
var secretDigits = regexp.MustCompile(`(?i)\b(?:pin|puk|cvv|cvc|otp|passcode|clave)\s+([0-9]{3,8})\b`)

func secrets(s *signs) []Span {
	if !s.says("pass", "pwd", "pin", "puk", "cvv", "cvc", "code", "otp", "contrase", "clave", "digo de") {
		return nil
	}
	text := s.text
	var out []Span
	for _, sp := range append(groups(Secret, secretPattern, text), groups(Secret, secretDigits, text)...) {
		value := strings.TrimRight(text[sp.Start:sp.End], ".!?)")
		sp.End = sp.Start + len(value)
		if len(value) < 3 || ordinary[strings.ToLower(value)] || !strings.ContainsAny(value, "0123456789!@#$%&*_+-=") && !owned(text[:sp.Start]) {
			continue
		}
		out = append(out, sp)
	}
	return out
}

var ownership = regexp.MustCompile(`(?i)\b(?:my|mi|our|nuestra)\s+(?:[\pL-]+\s+){0,3}\S+\s*(?:is|was|es|era|:|=)?\s*["'“«]?$`)

// owned reports whether what stands before a secret says whose it is: only then is a plain word taken for one.
func owned(before string) bool { return ownership.MatchString(before[max(0, len(before)-60):]) }

// ordinary are words that follow "my password is" without being it.
var ordinary = wordSet(`not wrong incorrect expired blocked locked forgotten lost working reset correct invalid missing the
	rejected required needed my your too being still never always asked asking valid case what where that and for you new
	olvidada incorrecta bloqueado bloqueada erronea errónea correcta perdida caducada the correcto incorrecto una que mal
	123 reset? sent saved stored different weak strong long short`)

// introducedNumber is a number that its introduction makes personal, whatever its form.
var introducedNumber = []struct {
	typ   Type
	words []string // one of them stands in the introduction
	re    *regexp.Regexp
}{
	{Account, []string{"account", "customer", "client", "contract", "acct", "cuenta", "contrato"}, regexp.MustCompile(`(?i)\b(?:account|customer|client|contract|acct|cuenta|cliente|contrato)\s*(?:id|no\.?|nr\.?|number|num\.?|n[uú]mero|nº|#)?\s*(?:de\s+(?:cuenta|cliente|contrato)\s*)?(?:is|es|:|=|#|,)?\s*:?\s*#?([A-Z]{0,4}[- ]?[0-9][0-9 -]{4,18}[0-9])\b`)},
	{IMEI, []string{"imei"}, regexp.MustCompile(`(?i)\bimei\b[^0-9\n]{0,24}([0-9][0-9 /-]{13,18}[0-9])`)},
	{IMSI, []string{"imsi"}, regexp.MustCompile(`(?i)\bimsi\b[^0-9\n]{0,24}([0-9]{14,15})`)},
	{ICCID, []string{"iccid", "sim"}, regexp.MustCompile(`(?i)\b(?:iccid|sim (?:card )?number|n[uú]mero de (?:la )?sim)\b[^0-9\n]{0,24}([0-9][0-9 ]{16,24}[0-9]F?)`)},
	{ID, []string{"passport", "pasaporte", "dni", "nie", "nif", "pps", "ssn", "social", "national", "licen", "id card", "tax id"}, regexp.MustCompile(`(?i)\b(?:passport|pasaporte|dni|nie|nif|pps|ssn|social security|national (?:id|insurance)|driver'?s?\s+licen[cs]e|driving licen[cs]e|licen[cs]e|id card|tax id)(?:\s+(?:number|no\.?|n[uú]mero|nº))?\s*(?:is|es|:|=|#)?\s*:?\s*([A-Z]{0,3}[0-9][A-Z0-9-]{4,17})\b`)},
	{Secret, []string{"code"}, regexp.MustCompile(`(?i)\b(?:porting|port|transfer|pac) code\s*(?:is|:|=)\s*([A-Z0-9-]{5,16})\b`)},
}

func introducedNumbers(s *signs) []Span {
	text := s.text
	var out []Span
	for _, in := range introducedNumber {
		if !s.counts(1) || !s.says(in.words...) {
			continue
		}
		for _, sp := range groups(in.typ, in.re, text) {
			if hasDigit(text[sp.Start:sp.End]) {
				out = append(out, sp)
			}
		}
	}
	return out
}

// nameIntro stands before a name. What follows is taken as long as it looks like one.
var nameIntro = regexp.MustCompile(`(?i)\b(?:my (?:full |first |last |sur)?name(?:'s| is)|name(?: on (?:the )?(?:account|card|bill))?\s?(?::|\bis\b)|i am called|i'm called|call me|this is|i am|i'm|it's|me llamo|mi nombre(?: completo)? es|soy|nombre\s?:|a nombre de|regards,?|cheers,?|sincerely,?|saludos,?|atentamente,?|account holder(?: is|:)?|titular(?: es|:)?|signed,?|speak(?:ing)? (?:to|with)|hi,? i'm)\s+`)

// asked stands before a name that answers a question for it, greeted before one that is spoken to.
var (
	asked   = regexp.MustCompile(`(?i)\bname[^.?!\n]{0,40}\?\s*(?:user\s*:\s*)?|\b(?:billing|postal|delivery|home)?\s?(?:address|name|addressee|attn\.?)\s*:\s+|\bunder\s+(?:the\s+)?(?:name\s+(?:of\s+)?)?|\bjoin accounts with\s+|\bcalls me\s+|\bsigned\s*:?\s+`)
	greeted = regexp.MustCompile(`(?:^|\n|[.!?]\s)(?i:hi|hello|dear|hey|hola|estimad[oa])\s+(\p{Lu}[\pL'’-]+(?:\s+\p{Lu}[\pL'’-]+){0,2})\s*[,!\n]`)
	living  = regexp.MustCompile(`(\p{Lu}[\pL'’-]+(?:\s+\p{Lu}\.?)?(?:\s+(?:van|de|von|der|da)){0,2}(?:\s+\p{Lu}[\pL'’-]+){0,2})\s+(?:lives (?:at|in|on)|vive en)\b`)
	// known is a common given name before a family name.
	known = regexp.MustCompile(`\b(\p{Lu}[\pL'’-]+)(?:\s+\p{Lu}\.?)?(?:\s+(?:de|del|la|van|von|der|da|O')){0,2}\s+(\p{Lu}[\pL'’-]+)(?:\s+\p{Lu}[\pL'’-]+)?`)
)

// title stands before a name and belongs to nothing else.
var titled = regexp.MustCompile(`\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sr|Sra|Srta|Don|Doña|Dña)\.?\s+(\p{Lu}[\pL'’-]+(?:\s+\p{Lu}[\pL'’-]+){0,3})`)

func names(s *signs) []Span {
	out := append(addressed(s), given(s)...)
	out = append(out, answered(s)...)
	out = append(out, signatures(s)...)
	return append(out, introducedNames(s)...)
}

// addressed finds who is spoken to or of: "Dear Ms Byrne", "Tom lives at".
func addressed(s *signs) []Span {
	var out, unsure []Span
	if s.has("Mr", "Ms", "Miss", "Dr", "Prof", "Sr", "Don", "Doñ", "Dñ") {
		out = groups(Name, titled, s.text)
	}
	if s.has(",", "!", "\n") && s.says("hi", "hello", "dear", "hey", "hola", "estimad") {
		unsure = groups(Name, greeted, s.text)
	}
	if s.has("lives", "vive") {
		unsure = append(unsure, groups(Name, living, s.text)...)
	}
	for _, sp := range unsure {
		if !notNames[strings.ToLower(firstWord(s.text[sp.Start:sp.End]))] {
			out = append(out, sp)
		}
	}
	return out
}

// given finds names by their given name.
func given(s *signs) []Span {
	if !s.names() {
		return nil
	}
	var out []Span
	for _, sp := range matches(Name, known, s.text) {
		if givenNames[strings.ToLower(firstWord(s.text[sp.Start:sp.End]))] {
			out = append(out, sp)
		}
	}
	return out
}

// answered finds what stands where a name was asked for.
func answered(s *signs) []Span {
	if !s.says("name", "address", "attn", "under", "join accounts", "calls me", "signed") {
		return nil
	}
	var out []Span
	for _, loc := range asked.FindAllStringIndex(s.text, -1) {
		if end := nameEnd(s.text, loc[1], false); strings.Contains(s.text[loc[1]:max(end, loc[1])], " ") {
			out = append(out, Span{Name, loc[1], end})
		}
	}
	return out
}

// introducedNames finds who says who they are.
func introducedNames(s *signs) []Span {
	if !s.says("name", "i am", "i'm", "call me", "this is", "it's", "llamo", "nombre", "soy", "regards", "cheers", "sincerely",
		"saludos", "atentamente", "account holder", "titular", "signed", "speak") {
		return nil
	}
	text := s.text
	var out []Span
	for _, loc := range nameIntro.FindAllStringIndex(text, -1) {
		strong := strings.Contains(strings.ToLower(text[loc[0]:loc[1]]), "name") || strings.Contains(strings.ToLower(text[loc[0]:loc[1]]), "llamo") ||
			strings.Contains(strings.ToLower(text[loc[0]:loc[1]]), "nombre") || strings.Contains(strings.ToLower(text[loc[0]:loc[1]]), "titular")
		if end := nameEnd(text, loc[1], strong); end > loc[1] {
			out = append(out, Span{Name, loc[1], end})
		}
	}
	return out
}

func firstWord(s string) string {
	if i := strings.IndexFunc(s, unicode.IsSpace); i > 0 {
		return s[:i]
	}
	return s
}

var signatureLine = regexp.MustCompile(`(?m)^[> \t]*(\p{Lu}[\pL'’-]+(?:\s\p{Lu}\.?)?(?: (?:van|de|von|der|da|del))*(?: \p{Lu}[\pL'’-]+){1,3})[ \t]*$`)

// signatures finds names that have a line to themselves in a block with an address or a number.
func signatures(s *signs) []Span {
	text := s.text
	if strings.Count(text, "\n") < 2 || !hasDigit(text) {
		return nil
	}
	var out []Span
	for i, sp := range groups(Name, signatureLine, text) {
		w := strings.ToLower(firstWord(text[sp.Start:sp.End]))
		if i == 0 && !notNames[w] && !strings.Contains(text[:sp.Start], ".") {
			out = append(out, sp)
			name := text[sp.Start:sp.End]
			for at := sp.End; ; {
				k := strings.Index(text[at:], name)
				if k < 0 {
					break
				}
				out = append(out, Span{Name, at + k, at + k + len(name)})
				at += k + len(name)
			}
		}
	}
	return out
}

// nameEnd returns where the name that begins at byte i ends. Behind a strong introduction one word in lower case will
// do; otherwise every word must begin with a capital letter and not be a word of the language.
func nameEnd(text string, i int, strong bool) int {
	end, words := i, 0
	for words < 4 {
		start := end
		for start < len(text) && (text[start] == ' ' || text[start] == '.' && words > 0 && initial(text[:end])) {
			start++
		}
		w := nameWord(text[start:])
		if w == "" || start > end+2 {
			break
		}
		low := strings.ToLower(w)
		capital := unicode.IsUpper([]rune(w)[0])
		if notNames[low] || !capital && !(strong && words == 0) && !(words > 0 && particles[low]) {
			if !(strong && words == 1 && !capital && !notNames[low] && lowerName(text[i:end])) {
				break
			}
		}
		end = start + len(w)
		words++
	}
	return trimParticles(text, i, end)
}

// initial reports whether a text ends in a single letter or a short title.
func initial(s string) bool {
	i := strings.LastIndexByte(s, ' ')
	return len(s)-i-1 <= 3
}

// lowerName reports whether a name is typed without capitals, so that its second word may be too.
func lowerName(s string) bool { return s == strings.ToLower(s) }

func nameWord(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' && r != '-' })
	if end < 0 {
		end = len(s)
	}
	return strings.TrimRight(s[:end], "'’-")
}

// trimParticles takes back "de" or "van" at the end of a name.
func trimParticles(text string, i, end int) int {
	for {
		k := strings.LastIndexByte(text[i:end], ' ')
		if k < 0 || !particles[strings.ToLower(text[i+k+1:end])] {
			return end
		}
		end = i + k
	}
}

var particles = wordSet(`de del la las los van von der den di da dos das du le el al bin ibn y e san santa mc o`)

// notNames begin what follows "I am" or "this is" when it is no name.
var notNames = wordSet(`a an the not no on in at with from for to my your our his her their its very so too also just still now here there
	about having trying getting going calling looking paying using being writing asking moving travelling traveling thinking
	unable sorry sure happy unhappy angry disappointed new old customer vireo stuck lost afraid interested currently only already
	really quite all both out over under off up down back away abroad roaming it that this what when where why how who which
	un una el la los las en de del con sin por para cliente muy nuevo nueva titular que se mi su tu no estoy estudiante mayor
	i me we you he she they and or but because if as of is are was were do does did has have had can could will would please
	monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
	november december english spanish irish french german italian american british urgent wrong right correct incorrect better
	ok okay fine good bad great terrible awful ridiculous unacceptable regarding because hub fibre plan sim esim go max plus lite
	misspelled appears changed different spelled registered someone somebody anyone me the tired sick fed done finished ready
	elderly deaf blind disabled retired pregnant alone human agent person bot robot switzerland turkey france spain england
	getting paid charged told locked blocked hacked missing waiting seeing experiencing worried concerned considering planning`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// givenNames are common ones of the countries where the product is used first. A name that is also a word or a month is
// left out.
var givenNames = wordSet(`aaron abby abigail adam adrian agnes aidan ainhoa aisling alan alba albert alberto alejandra alejandro alex
	alexander alexandra alfonso alfredo alice alicia alison allison alvaro álvaro amanda amelia amy ana andrea andreas andres andrés
	andrew angela ángela angel ángel anna anne antonia antonio aoife arthur asuncion barbara beatriz belen belén ben benjamin bernard
	beth blanca brandon brenda brian bridget bruno caitlin carla carlos carmen carol caroline catherine charles charlotte chris
	christian christina christine christopher ciara claire clara claudia colin concepcion conor cristina daniel daniela danielle
	david deborah declan deirdre denis dennis diana diego donald dolores dorothy edward eileen elena elizabeth ellen emilio emily
	emma enrique eoin eric esther eugene eva evelyn fatima felipe fernando fiona francisca francisco frank gabriel gareth gary
	george gerard gloria gonzalo graham grainne guillermo hannah harry heather hector helen henry hugo ian ignacio ines inés irene
	isabel isabella ivan iván jack jacob jaime james jane janet jason javier jennifer jeremy jessica jesus jesús jim joan joaquin
	joaquín joe john jonathan jordi jorge jose josé josefa joseph joshua juan juana judith julia julian julio karen karl kate
	katherine kathleen keith kelly kenneth kevin kieran laura lauren leo leonard liam linda lisa lorena louis louise lucas lucia
	lucía luis luisa luke manuel marc marco marcos margaret maria maría mariana marina mario marta martha martin martín mary mateo
	matthew maureen megan melissa michael michelle miguel monica mónica nancy natalia natalie nathan neil niall nicholas nicola
	nicole niamh noelia nora nuria olga oliver olivia orla oscar óscar pablo padraig pamela patricia patrick paul paula pedro peter
	philip pilar rachel rafael ramon ramón raquel raul raúl rebecca ricardo richard robert roberto rocio rocío roisin ronald rosa
	rosario ruth ryan samantha samuel sandra santiago sara sarah sean seán sebastian sergio sharon sheila silvia simon sinead siobhan
	sofia sofía sonia sophie stephanie stephen steven stuart susan susana sylvia teresa thomas timothy tom tomas tomás tony tracy
	valentina vanessa veronica verónica vicente victor víctor victoria vincent virginia walter wendy william xavier yolanda zoe ahmed
	mohammed muhammad ali omar fatma wei ming priya raj anil sanjay katarzyna piotr anna ewa jan pawel tomasz hans jürgen klaus
	stefan wolfgang jean pierre michel françois giulia giuseppe luca marco matteo joão ricardo rui sven lars erik ingrid astrid
	johanna johannes kristina mikael olaf dmitri sergei svetlana natasha tatiana igor`)
