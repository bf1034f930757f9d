package privacy

import (
	"embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// class says what a word can be. A word may be several things.
type class uint32

const (
	given     class = 1 << iota // a given name
	family                      // a family name
	ordinary                    // a word of the language
	place                       // a country, a town, a people
	brand                       // a product, a maker, a term of the trade
	particle                    // "de", "van": within names
	honorific                   // "Mrs"
	kin                         // "daughter", "manager": a name may follow
	speaks                      // "said": a name may stand before it
	greets                      // "Dear": a name may follow
	pronoun                     // "him"
	street                      // "Road", behind its name
	streetTo                    // "calle", before its name
	unit                        // "apt"
	month                       //
	cued                        // begins the introduction of something: see cues.go
	joins                       // may stand between an introduction and what it introduces: "is", "number"
	trade                       // what numbers count in plans and devices: "GB", "minutes"
	token                       // "[NAME_1]": not a word at all
)

// listing is a word that is known.
type listing struct {
	word  string // as it is folded
	class class
}

//go:embed words/*.txt
var wordFiles embed.FS

// lexicon reads the word lists, once: it takes some milliseconds and two megabytes.
var lexicon = sync.OnceValue(func() map[string]listing {
	known := make(map[string]listing, 20_000)
	add := func(c class, words string) {
		for _, w := range strings.Fields(words) {
			f := fold(w)
			known[f] = listing{f, known[f].class | c}
		}
	}
	for file, c := range map[string]class{
		"given.txt": given, "family.txt": family, "places.txt": place, "brands.txt": brand, "common.txt": ordinary,
	} {
		for _, line := range strings.Split(listed(file), "\n") {
			add(c, line)
		}
	}
	for _, set := range wordSets {
		add(set.class, set.words)
	}
	for _, c := range cues {
		for i, w := range c.words {
			mark := class(0)
			if i == 0 {
				mark = cued
			}
			add(mark, w)
		}
	}
	return known
})

// listed returns a list's words without its remarks.
func listed(file string) string {
	b, err := wordFiles.ReadFile("words/" + file)
	if err != nil {
		panic(err) // it is part of the program
	}
	lines := strings.Split(string(b), "\n")
	kept := lines[:0]
	for _, l := range lines {
		if !strings.HasPrefix(l, "#") {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// endings of family names, by their last letter.
var endings = sync.OnceValue(func() map[byte][]string {
	m := map[byte][]string{}
	for _, e := range strings.Fields(listed("ending.txt")) {
		e = fold(e)
		m[e[len(e)-1]] = append(m[e[len(e)-1]], e)
	}
	return m
})

// wordSets are the smaller lists.
var wordSets = []struct {
	class class
	words string
}{
	{particle, `de del dela la las los van von der den di da do dos das du le el al bin ibn y e san santa ten ter af av zu zum op te bint des nad pod d`},
	{honorific | ordinary, `mr mrs ms miss dr prof sr sra srta don dona dna herr frau mme mlle monsieur madame mademoiselle signor signora
		signorina sig meneer mevrouw pan pani rev sir madam lady lord mister doctor professor senor senora senorita senhor senhora`},
	{kin | ordinary, `wife husband son daughter brother sister mother father mum mom dad aunt uncle cousin nephew niece grandson granddaughter
		kid child partner girlfriend boyfriend friend fiance fiancee neighbour neighbor boss manager colleague secretary assistant landlord tenant lawyer
		mujer esposa esposo marido hijo hija hermano hermana madre padre amigo amiga novio novia jefe sohn tochter bruder schwester mann frau
		mutter vater freund freundin chef fils fille frere soeur mari femme ami amie figlio figlia fratello sorella moglie marito amico amica
		filho filha irmao irma esposa producer director author singer president agent advisor technician engineer`},
	{speaks | ordinary, `said says told tells asked asks shouted shouts wrote writes replied replies explained explains thinks believes knows
		lives lived works worked called calls phoned rang signed promised wants wanted sent confirmed insisted answered dijo dice sagte sagt disse dit`},
	{greets | ordinary, `hi hello dear hey hola estimado estimada querido querida hallo liebe lieber bonjour cher chere ciao gentile caro cara
		ola hej moi thanks thank gracias danke merci grazie obrigado obrigada regards cheers sincerely saludos atentamente cordialement
		cordialmente gruss grusse grussen best yours love cumprimentos`},
	{pronoun | ordinary, `he him his she her hers himself herself el ella er ihn ihm sie ihr il elle lui`},
	{street, `street st avenue ave road rd lane ln drive dr boulevard blvd court ct place pl square sq terrace way close crescent grove gardens
		park quay row hill mews parade highway hwy circle cir trail parkway pkwy str strasse weg platz allee gasse gate gata gatan vej vei veien
		utca ut ter rkp tee tanav puiestee iela gatve straat laan plein bypass turnpike walk rise view heights bridge alley estate green`},
	{streetTo, `calle c avda avenida av plaza pza paseo pº camino carretera ronda travesia rue via viale piazza corso vicolo rua travessa praca
		avenue boulevard place quai impasse chemin allee carrer rambla ul ulica aleja plac`},
	{unit, `apt apartment suite ste flat unit floor piso puerta planta etage stock wohnung interno scala room`},
	{month | ordinary, `january february march april may june july august september october november december jan feb mar apr jun jul aug sep
		sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre januar februar marz mai juni
		juli oktober dezember janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre gennaio febbraio aprile maggio
		giugno luglio settembre ottobre dicembre janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro`},
	{joins | ordinary, `is are was were number numbers no nr num nummer numero code id ids card my the it its of es ist lautet est e a on for
		ending called as to numer n being and s reads here por el la mi su ha que de du der die das mein meine ma mon il mio minha meu o please which`},
	{trade, `gb mb tb ghz mhz hz mbps gbps kb hub fibre fiber plan plus lite max unlimited go sim esim zone eur euro euros usd dollars dollar pounds pound
		minutes minute min mins texts text months month days day hours hour weeks week years year iphone galaxy pixel card iban imei phone call calls
		mobile office fax line lines percent times people users devices android ios version generation gen pro mini ultra meses dias horas monate tage
		stunden mois jours mesi giorni g k h pm am kwh km m cm kg euros cents cent data minutos minuten channels`},
}

// fold lower-cases a word and takes its accents, apostrophes and ligatures away.
func fold(s string) string { return string(foldInto(nil, s)) }

func foldInto(buf []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			if c != '\'' {
				buf = append(buf, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if plain, ok := accents[r]; ok {
			buf = append(buf, plain...)
		} else if !unicode.Is(unicode.Mn, r) {
			buf = utf8.AppendRune(buf, unicode.ToLower(r))
		}
	}
	return buf
}

// accents are the letters of Latin alphabets and what they are without accents.
var accents = func() map[rune]string {
	m := map[rune]string{'’': "", 'ß': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'þ': "th", 'Þ': "th", 'ſ': "s", 'ı': "i", '\u212a': "k"}
	for plain, letters := range map[string]string{
		"a": "áàâäãåāăą", "c": "çćčċĉ", "d": "ďđð", "e": "éèêëēėęěĕ", "g": "ğģġĝ", "h": "ħĥ", "i": "íìîïīįĩ", "j": "ĵ", "k": "ķ", "l": "łľļĺŀ",
		"n": "ñńňņ", "o": "óòôöõøōőŏ", "r": "řŕŗ", "s": "śšşșŝ", "t": "ťţțŧ", "u": "úùûüūůűųŭũ", "w": "ŵ", "y": "ýÿŷ", "z": "źžż",
	} {
		for _, r := range letters {
			m[r], m[unicode.ToUpper(r)] = plain, plain
		}
	}
	return m
}()
