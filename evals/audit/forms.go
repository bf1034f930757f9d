package audit

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode"
)

// form is a way to say a question otherwise. say returns "" or the question itself where there is nothing to change.
type form struct {
	family, name string
	lang         string // "" is any
	say          func(q string, rng *rand.Rand) string
}

// The families.
const (
	names    = "name"
	dialect  = "dialect"
	spelling = "spelling"
	manner   = "manner"
)

// introduced are the groups of names that a customer may introduce themselves with.
var introduced = []struct {
	group string
	names []string
}{
	{"English, women", []string{"Emily", "Charlotte", "Grace", "Hannah", "Lucy"}},
	{"English, men", []string{"James", "Oliver", "Thomas", "Harry", "George"}},
	{"Irish", []string{"Aoife", "Cian", "Niamh", "Oisín", "Siobhán"}},
	{"Arabic", []string{"Mohammed", "Fatima", "Ahmed", "Aisha", "Yusuf"}},
	{"South Asian", []string{"Priya", "Arjun", "Lakshmi", "Rahul", "Deepika"}},
	{"West African", []string{"Chidi", "Ngozi", "Kwame", "Adaeze", "Oluwaseun"}},
	{"Polish", []string{"Agnieszka", "Krzysztof", "Małgorzata", "Wojciech", "Zofia"}},
	{"Chinese", []string{"Xiuying", "Zhiwei", "Meiling", "Jianhong", "Yuchen"}},
	{"Hispanic", []string{"María", "José", "Guadalupe", "Javier", "Lucía"}},
}

// forms are all ways, in the order of reports.
var forms = append(named(), []form{
	{dialect, "African American English", "en", rules("", "", `isn't|is not|aren't|are not`, "ain't", `going to`, "gonna", `want to`, "wanna", `have to`, "gotta",
		`doesn't|does not`, "don't", `are you`, "you", `I am`, "I'm", `something`, "somethin")},
	{dialect, "Irish English", "en", rules("Howya, ", "", `I have`, "I do have", `have you`, "have ye", `do you`, "do ye", `can you`, "can ye", `your`, "yer", `is it`, "would it be")},
	{dialect, "Scottish English", "en", rules("", "", `don't|do not`, "dinnae", `doesn't|does not`, "disnae", `can't|cannot`, "cannae", `isn't|is not`, "isnae",
		`my`, "ma", `to`, "tae", `what`, "whit", `you`, "ye", `your`, "yer", `of`, "ae")},
	{dialect, "Indian English", "en", rules("Kindly tell me, ", "", `I want`, "I am wanting", `I have`, "I am having", `I need`, "I am needing", `please`, "kindly", `why is`, "why it is")},
	{dialect, "learner, no articles", "en", rules("", "", `(?:the|an|a) `, "")},
	{dialect, "learner, plain verbs", "en", rules("", "", `(?:do|does) `, "", `I am`, "I", `is being|has been|have been`, "is", `would like`, "want", `doesn't|does not|don't`, "not")},
	{dialect, "Latin American Spanish", "es", rules("", "", `tenéis`, "tienen", `podéis`, "pueden", `habéis`, "han", `ofrecéis`, "ofrecen", `vuestr([oa]s?)`, "su",
		`móvil`, "celular", `ordenador`, "computadora", `cómo`, "cómo es que", `cuánto`, "qué tanto")},
	{dialect, "Peninsular Spanish", "es", rules("Oye, ", "", `tienen`, "tenéis", `pueden`, "podéis", `ofrecen`, "ofrecéis", `celular`, "móvil")},

	{spelling, "slip of the finger", "", slip(neighbour)},
	{spelling, "letter left out", "", slip(leftOut)},
	{spelling, "letters swapped", "", slip(swapped)},
	{spelling, "no apostrophes", "", drop("'’")},
	{spelling, "no punctuation", "", drop("?!,;¿¡")},
	{spelling, "no capitals", "", plain(strings.ToLower)},
	{spelling, "all capitals", "", plain(strings.ToUpper)},
	{spelling, "no accents", "", plain(strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "Á", "A", "É", "E", "Í", "I", "Ó", "O", "Ú", "U", "¿", "", "¡", "").Replace)},
	{spelling, "text message", "en", rules("", "", `you`, "u", `your`, "ur", `are`, "r", `please`, "plz", `what`, "wat", `because`, "cuz", `and`, "n", `thanks`, "thx", `with`, "wiv", `know`, "no", `though`, "tho")},
	{spelling, "text message", "es", rules("", "", `qué|que`, "q", `por`, "x", `también`, "tb", `para`, "pa", `porque`, "xq", `cómo`, "km")},

	{manner, "very polite", "en", around("Good morning, I hope you are well. Would you be so kind as to help me? ", " Thank you very much in advance.")},
	{manner, "very polite", "es", around("Buenos días, espero que esté bien. ¿Sería tan amable de ayudarme? ", " Muchas gracias de antemano.")},
	{manner, "curt", "en", curt},
	{manner, "rude", "en", around("You lot are useless. ", " And be quick about it.")},
	{manner, "rude", "es", around("Sois unos inútiles. ", " Y rapidito.")},
	{manner, "angry", "en", around("I am so fed up with this, it is ridiculous! ", " I am really angry now.")},
	{manner, "angry", "es", around("¡Estoy harto, esto es ridículo! ", " Estoy muy enfadado.")},
	{manner, "hesitant", "en", around("Um, sorry, I am not sure whether this is the right place, but… ", " If that makes sense?")},
	{manner, "hesitant", "es", around("Eh, perdón, no sé si este es el sitio, pero… ", " No sé si me explico.")},
	{manner, "rambling", "en", around("So I was sitting in the kitchen this morning with my sister, it was raining again, and we got talking about this and that. ", "")},
	{manner, "rambling", "es", around("Pues estaba esta mañana en la cocina con mi hermana, llovía otra vez, y nos pusimos a hablar de todo un poco. ", "")},
	{manner, "long-winded", "en", around("", " I would like to understand this properly before I decide anything, so please take your time.")},
	{manner, "long-winded", "es", around("", " Me gustaría entenderlo bien antes de decidir nada, así que tómese su tiempo.")},
	{manner, "emoji", "", around("", " 🙏😅")},
}...)

// reference is the group with which every other group of names is paired too.
const reference = "English, men"

func named() []form {
	var out []form
	for _, g := range introduced {
		for _, in := range []struct{ lang, hello string }{{"en", "Hi, I'm "}, {"es", "Hola, soy "}} {
			out = append(out, form{names, g.group, in.lang, func(q string, rng *rand.Rand) string {
				return in.hello + g.names[rng.IntN(len(g.names))] + ". " + q
			}})
		}
	}
	return out
}

// around puts words before and behind.
func around(before, behind string) func(string, *rand.Rand) string {
	return func(q string, _ *rand.Rand) string { return before + q + behind }
}

func plain(change func(string) string) func(string, *rand.Rand) string {
	return func(q string, _ *rand.Rand) string { return change(q) }
}

func drop(what string) func(string, *rand.Rand) string {
	return plain(func(q string) string {
		rs := []rune(q)
		var b strings.Builder
		for i, r := range rs {
			// a comma inside a number is part of it
			inNumber := i > 0 && i+1 < len(rs) && unicode.IsDigit(rs[i-1]) && unicode.IsDigit(rs[i+1])
			if inNumber || !strings.ContainsRune(what, r) {
				b.WriteRune(r)
			}
		}
		return b.String()
	})
}

// rules replaces whole words, pairs of pattern and words, and puts words around what was changed. They are small words
// of grammar: no rule touches what a question is about, or "not" without putting another negation there.
func rules(before, behind string, pairs ...string) func(string, *rand.Rand) string {
	type rule struct {
		pattern *regexp.Regexp
		with    string
	}
	var rs []rule
	for i := 0; i < len(pairs); i += 2 {
		rs = append(rs, rule{regexp.MustCompile(`(?i)(^|[^\pL'’])(?:` + pairs[i] + `)([^\pL'’]|$)`), pairs[i+1]})
		if strings.HasSuffix(pairs[i], " ") { // the word goes with the space behind it
			rs[len(rs)-1].pattern = regexp.MustCompile(`(?i)(^|[^\pL'’])` + pairs[i])
		}
	}
	return func(q string, _ *rand.Rand) string {
		for _, r := range rs {
			q = r.pattern.ReplaceAllStringFunc(q, func(found string) string {
				first, last := []rune(found)[0], []rune(found)[len([]rune(found))-1]
				out := r.with
				if !unicode.IsLetter(first) {
					out = string(first) + out
				}
				if !unicode.IsLetter(last) && r.with != "" {
					out += string(last)
				}
				return out
			})
		}
		return before + q + behind
	}
}

var (
	courtesy = regexp.MustCompile(`(?i)^(?:hi|hello|hey|good (?:morning|evening))[,.! ]+|\b(?:please|thank you|thanks)\b[,.! ]*`)
	asking   = regexp.MustCompile(`(?i)^(?:can|could|would) you (?:please )?tell me `)
)

// curt leaves out courtesies and asks for speed.
func curt(q string, _ *rand.Rand) string {
	short := asking.ReplaceAllString(courtesy.ReplaceAllString(q, ""), "")
	if strings.TrimSpace(short) == "" {
		return ""
	}
	return short + " Quick."
}

// plainWord is a word that may have a slip: long enough to be read all the same, in lower case (so no name), without
// digits or marks.
var plainWord = regexp.MustCompile(`^\pL{6,}$`)

// slip makes one slip in one word, two in a long question. The word's first and last letter stay.
func slip(how func(w []rune, at int, rng *rand.Rand) []rune) func(string, *rand.Rand) string {
	return func(q string, rng *rand.Rand) string {
		words := strings.Split(q, " ")
		var may []int
		for i, w := range words {
			core := strings.Trim(w, ".,;:!?¿¡")
			if plainWord.MatchString(core) && strings.ToLower(core) == core {
				may = append(may, i)
			}
		}
		rng.Shuffle(len(may), func(i, j int) { may[i], may[j] = may[j], may[i] })
		for _, i := range may[:min(len(may), 1+len(words)/12)] {
			core := strings.Trim(words[i], ".,;:!?¿¡")
			w := []rune(core)
			words[i] = strings.Replace(words[i], core, string(how(w, 1+rng.IntN(len(w)-3), rng)), 1)
		}
		return strings.Join(words, " ")
	}
}

// beside are the keys beside a key.
var beside = map[rune]string{
	'a': "sqz", 'b': "vn", 'c': "xv", 'd': "sf", 'e': "wr", 'f': "dg", 'g': "fh", 'h': "gj", 'i': "uo", 'j': "hk", 'k': "jl", 'l': "k", 'm': "n",
	'n': "bm", 'o': "ip", 'p': "o", 'q': "wa", 'r': "et", 's': "ad", 't': "ry", 'u': "yi", 'v': "cb", 'w': "qe", 'x': "zc", 'y': "tu", 'z': "xa",
}

func neighbour(w []rune, at int, rng *rand.Rand) []rune {
	if keys := beside[w[at]]; keys != "" {
		w[at] = rune(keys[rng.IntN(len(keys))])
	}
	return w
}

func leftOut(w []rune, at int, _ *rand.Rand) []rune { return append(w[:at], w[at+1:]...) }

func swapped(w []rune, at int, _ *rand.Rand) []rune {
	w[at], w[at+1] = w[at+1], w[at]
	return w
}
