package privacy

import (
	"strings"
	"unicode/utf8"
)

// enough is the weight from which words are taken for a name. Weights add up: what the words are, what stands before and
// behind them, and whether a name is introduced there.
const enough = 0.5

// names finds people's names, introduced or not.
func names(s *scanned) []Span {
	if s.titles == 0 && s.any&(given|cued|greets) == 0 {
		return nil
	}
	n := &namer{scanned: s, taken: make([]bool, len(s.words))}
	n.loud = n.shouted()
	n.introduced()
	for i := 0; i < len(s.words); {
		end := n.sequence(i)
		if end > i {
			if n.weigh(i, end) >= enough {
				n.take(i, end)
			}
		} else if end = n.small(i); end > i {
			n.take(i, end)
		}
		i = max(end, i+1)
	}
	n.dialogue()
	n.again()
	return n.found
}

// namer is one text's search for names.
type namer struct {
	*scanned
	taken []bool
	found []Span
	loud  bool // most of the text is in capitals
}

// take notes that words i to j (excluded) are a name.
func (n *namer) take(i, j int) {
	for j > i && n.words[j-1].is(particle) && !n.words[j-1].is(given|family) && !n.words[j-1].title {
		j--
	}
	if j <= i || n.taken[i] {
		return
	}
	for k := i; k < j; k++ {
		n.taken[k] = true
	}
	end := n.words[j-1].end
	n.found = append(n.found, Span{Name, n.words[i].start, end})
}

// may reports whether a word in capitals may be part of a name.
func (n *namer) may(i int) bool {
	w := &n.words[i]
	if !w.title || !w.letters() || w.is(token) {
		return false
	}
	size := w.end - w.start
	switch {
	case size == 1:
		return true
	case w.is(joins|pronoun|cued) && !w.sure():
		return false
	case w.is(given | family):
		return !(w.upper && size <= 3 && !n.loud)
	case w.is(ordinary | brand | trade | month | unit | cued):
		return false
	case w.upper && size <= 4:
		return false // an acronym
	}
	return !w.is(place)
}

// sure reports whether a word is a name and nothing else.
func (w *word) sure() bool {
	return w.is(given|family) && !w.is(ordinary|brand|place|trade|month)
}

// sequence returns where the words in capitals that may be one name, from word i on, end: i where there are none.
func (n *namer) sequence(i int) int {
	if n.taken[i] || !n.may(i) || n.words[i].end-n.words[i].start == 1 {
		return i
	}
	end := i + 1
	for j := i + 1; j < len(n.words) && j < i+7; j++ {
		if !n.joined(j) {
			break
		}
		if n.may(j) && !n.taken[j] {
			end = j + 1
			continue
		}
		if n.words[j].is(particle) && j+1 < len(n.words) && n.near(j+1) {
			continue
		}
		break
	}
	return end
}

// joined reports whether a word stands to the one before it as two words of a name do: "Hanne I. Kreutzmann".
func (n *namer) joined(j int) bool {
	if n.words[j-1].owns {
		return false
	}
	switch n.gap(j) {
	case " ", "\u00a0", "  ":
		return true
	case ". ", ".":
		w := &n.words[j-1]
		return w.title && utf8.RuneCountInString(n.text[w.start:w.end]) == 1 || w.fold == "st"
	}
	return false
}

// weigh says how likely words i to j are a name.
func (n *namer) weigh(i, j int) float64 {
	w := n.itself(i, j)
	if w <= -1 {
		return w
	}
	return w + n.ahead(i, j, w) + n.follows(i, j, w)
}

// itself is what the words alone say.
func (n *namer) itself(i, j int) float64 {
	first, last := &n.words[i], &n.words[j-1]
	long, initial, sure, unsure, ending := 0, false, 0, 0, 0
	for k := i; k < j; k++ {
		w := &n.words[k]
		if w.end-w.start == 1 {
			initial = initial || k > i && k < j-1
			continue
		}
		if w.is(particle) && !w.title {
			continue
		}
		long++
		if firmWords[w.fold] && !w.is(given|family) {
			return -1
		}
		switch {
		case w.sure():
			sure++
		case w.is(given | family):
			unsure++
		case n.familyEnd(w):
			ending++
		}
	}
	weight := 0.0
	switch {
	case n.partners(i, j):
		return -1
	case long == 1 && first.sure() && !first.is(given) && strings.Contains(n.of(i), "-"):
		weight = 0.3
	case long == 1 && first.sure() && first.is(given):
		weight = 0.6
	case long == 1 && sure > 0:
		weight = 0.45
	case long == 1 && unsure > 0:
		weight = 0.15
	case long == 1 && ending > 0:
		weight = 0.3
	case long == 1:
		weight = 0.1
	case first.is(given) && first.sure():
		weight = 0.9
	case sure > 0 && long > 1:
		weight = 0.65
	case unsure > 0 && ending > 0:
		weight = 0.6
	case ending > 0:
		weight = 0.5
	case unsure > 1:
		weight = 0.35
	case unsure > 0:
		weight = 0.3
	default:
		weight = 0.25
	}
	if initial {
		weight += 0.4
	}
	if long == 1 && first.upper && !n.loud {
		weight -= 0.2
	}
	if n.inner(i, j) {
		weight -= 0.35
	}
	if long > 4 {
		weight -= 0.3
	}
	if last.is(ordinary) && long > 1 && sure < 2 && !first.sure() {
		weight -= 0.1
	}
	return weight
}

// partners reports whether a family name is one of a firm's: "Owens, Duran and Oneal".
func (n *namer) partners(i, j int) bool {
	if j != i+1 {
		return false
	}
	for first := i; first >= i-3 && first >= 0; first-- {
		if first == i-2 {
			continue
		}
		if first+3 < len(n.words) && n.gap(first+1) == ", " && n.words[first+2].fold == "and" && n.near(first+2) && n.near(first+3) &&
			n.surname(first) && n.surname(first+1) && n.surname(first+3) {
			return true
		}
	}
	return false
}

func (n *namer) surname(i int) bool {
	w := &n.words[i]
	return w.title && (w.is(family) || !w.is(given|ordinary)) && !w.is(token) && w.letters()
}

// inner reports whether a word has a capital letter behind a small one, as products have: "PersonGPT", but not "McDowell".
func (n *namer) inner(i, j int) bool {
	for k := i; k < j; k++ {
		t := n.of(k)
		for at := 1; at < len(t) && !n.words[k].upper; at++ {
			if t[at] >= 'A' && t[at] <= 'Z' && t[at-1] >= 'a' && t[at-1] <= 'z' && t[:at] != "Mc" && t[:at] != "Mac" && t[:at] != "De" && t[:at] != "Di" {
				return true
			}
		}
	}
	return false
}

// shouted reports whether most of the text is in capitals.
func (n *namer) shouted() bool {
	upper := 0
	for i := range n.words {
		if n.words[i].upper {
			upper++
		}
	}
	return 2*upper > len(n.words)
}

// near verbs and prepositions that people, or firms and places, stand behind.
var (
	beforePeople = wordSet(`by and with features featuring starring called named tell ask told asked call met see contact meet heard about hear thank me or between
		y con por und mit et avec e com i med og och en`)
	beforePlaces = wordSet(`in at near via into across from within outside inside around en bei aus nach dans a`)
	beforeThings = wordSet(`to of for on the an my your our this that new any via using use on para auf pour`)
	firmWords    = wordSet(`inc ltd llc plc gmbh corp corporation company group bank holdings partners technologies solutions systems services industries associates
		foundation university college school hospital institute museum church orchestra theatre club hotel airport station bridge capital insurance international
		global media records studios labs software networks energy street road avenue county republic party union act version festival award prize song album film movie
		lake river island mountain plan app router modem box phone tablet`)
	beingWords = wordSet(`is was will has had would can could did does may might never always still also just spent began had himself herself`)
)

// ahead is what stands before the words says.
func (n *namer) ahead(i, j int, itself float64) float64 {
	if i == 0 {
		return 0
	}
	p := &n.words[i-1]
	g := n.gap(i)
	if strings.Contains(g, "\n") {
		return 0
	}
	spaced := g == " " || g == "  " || g == "\u00a0"
	switch {
	case p.is(honorific) && (spaced || g == ". ") && (p.title || itself >= 0.3):
		return 0.7
	case p.is(kin) && (spaced || g == ", "):
		return 0.45
	case p.is(greets) && (spaced || g == ", "):
		return 0.45
	case n.taken[i-1] && g == ", ", (p.fold == "and" || p.fold == "y" || p.fold == "und" || p.fold == "et") && i > 1 && n.taken[i-2]:
		return 0.4
	case beforePeople[p.fold] && spaced:
		return 0.2
	case (p.is(firm) || firmWords[p.fold] && p.title) && spaced:
		return -0.2
	case p.is(speaks) && spaced, i > 1 && p.fold == "at" && n.words[i-2].is(speaks):
		return 0.4
	case (p.fold == "in" || p.fold == "en") && spaced && j == i+1:
		return -0.7 // one word behind "in" is a place: Florence, Victoria, Marte
	case beforePlaces[p.fold] && spaced && itself >= 0.6:
		return -0.1
	case beforePlaces[p.fold] && spaced:
		return -0.4
	case beforeThings[p.fold] && spaced:
		return -0.15
	}
	return 0
}

const firm = brand

// follows is what stands behind the words says.
func (n *namer) follows(i, j int, itself float64) float64 {
	w := 0.0
	if n.words[j-1].owns {
		w += 0.1
		if j < len(n.words) && n.words[j].is(kin) {
			w += 0.35
		}
	}
	if j >= len(n.words) {
		if strings.HasPrefix(strings.TrimSpace(n.gap(i)), "-") {
			w += 0.1
		}
		return w
	}
	next, g := &n.words[j], n.gap(j)
	switch {
	case firmWords[next.fold] && (g == " " || g == ", "):
		if next.title || itself < 0.6 {
			return w - 0.6
		}
	case next.is(brand) && next.title && g == " ":
		return w - 0.4
	case next.title && g == " " && next.letters() && !next.upper && itself < 0.8: // a heading, or what is called after somebody
		w -= 0.3
	case next.is(speaks) && g == " ":
		w += 0.4
	case beingWords[next.fold] && g == " " && !n.words[j-1].upper:
		w += 0.1
		if itself < 0.5 && n.words[i].stop && n.person(j) {
			w += 0.35
		}
	case g == ", " && n.words[i].stop && j == i+1 && n.asking(j):
		w += 0.45
	case next.digits > 0 && g == " " && itself < 0.6:
		w -= 0.3 // a product and its version, a street and its number
	case (strings.HasPrefix(g, " (") || strings.HasPrefix(g, ", ")) && next.digits == 2:
		w += 0.2 // the age
	case g == " " && (next.fold == "and" || next.fold == "y" || next.fold == "und") && j+1 < len(n.words) && n.words[j+1].title && n.words[j+1].is(given|family):
		w += 0.2
	}
	return w
}

// person reports whether one of the next words speaks of somebody: "him".
func (n *namer) person(j int) bool {
	for k := j; k < len(n.words) && k < j+20; k++ {
		switch n.words[k].fold {
		case "he", "him", "his", "she", "her":
			return true
		}
	}
	return false
}

// asking reports whether a word begins what is said to somebody: "Leif, can I …".
func (n *namer) asking(j int) bool {
	switch n.words[j].fold {
	case "can", "could", "please", "would", "will", "i", "you", "this", "my", "may", "do", "are", "im", "thanks", "puedes", "podrias", "bitte", "konnen":
		return true
	}
	return false
}

// introduced finds names behind phrases such as "my name is".
func (n *namer) introduced() {
	for i := range n.words {
		w := &n.words[i]
		n.cuesAt(i, func(c *cue, next int) {
			switch c.purpose {
			case introducesName:
				n.introduce(next, true)
			case introducesMaybe:
				if f := c.words[0]; len(c.words) > 1 || !labels[f] || next < len(n.words) && strings.HasPrefix(n.gap(next), ":") {
					n.introduce(next, false)
				}
			}
		})
		if w.is(honorific) && (w.title || n.lower) && w.fold != "st" {
			n.address(i + 1)
		}
	}
}

// labels introduce a name only with a colon.
var labels = wordSet(`from by user client customer holder name names nombre nom titular habla met signed contact`)

// introduce takes what stands at a word for a name. Where nothing else can follow, a word in small letters will do.
func (n *namer) introduce(i int, strong bool) {
	if i >= len(n.words) || n.taken[i] {
		return
	}
	g := n.gap(i)
	if strings.Trim(g, " \t:=\"'“«,.\n?*-") != "" || len(g) > 12 || strings.Contains(g, ". ") {
		return
	}
	colon := strings.Contains(g, ":")
	if strings.ContainsAny(g, "\n?.") && !colon || strings.ContainsAny(g, ",") && !strong {
		return
	}
	end := i
	for end < len(n.words) && end < i+5 && (end == i || n.joined(end)) {
		w := &n.words[end]
		if w.fold == "user" && end == i {
			return
		}
		if !w.letters() || !n.fits(i, end, strong || colon) {
			break
		}
		end++
	}
	for end > i && n.words[end-1].is(particle) && !n.words[end-1].is(given|family) {
		end--
	}
	if end == i || end == i+1 && n.words[i].end-n.words[i].start < 2 {
		return
	}
	n.take(i, end)
}

// fits reports whether a word may be the next of an introduced name.
func (n *namer) fits(i, k int, strong bool) bool {
	w := &n.words[k]
	plain := w.is(ordinary|brand|trade|month|unit) && (!w.is(given|family) || w.is(joins))
	switch {
	case w.title && !n.loud:
		if strong && k == i && plain && !w.is(joins|month) && n.last(k) && !w.stop {
			return true // "Her maiden name is Key."
		}
		if plain || w.is(place) && !w.is(given|family) || w.is(ordinary) && k == i && !strong {
			return false
		}
		return strong || k > i || w.sure() || n.more(k) || n.familyEnd(w)
	case w.is(particle) && k > i && (k+1 < len(n.words) && n.joined(k+1)):
		return !w.is(ordinary) || n.words[k+1].title || n.words[k+1].is(family)
	case plain || w.is(pronoun|joins|ordinary) || w.is(place|cued) && !w.is(given|family):
		return false
	case k == i:
		return strong && (w.end-w.start > 2) || w.sure() && w.is(given)
	}
	first := &n.words[i]
	return !first.title || n.loud // "john smith", not "John yesterday"
}

// last reports whether a sentence ends with a word.
func (n *namer) last(k int) bool {
	return k+1 == len(n.words) && strings.Trim(n.gap(k+1), " .!\"") == "" || k+1 < len(n.words) && n.words[k+1].stop
}

// more reports whether another word in capitals that may be a name's follows.
func (n *namer) more(k int) bool {
	return k+1 < len(n.words) && n.joined(k+1) && n.may(k+1)
}

// address takes the words behind a title.
func (n *namer) address(i int) {
	end := i
	for end < len(n.words) && end < i+4 && !n.taken[end] {
		w := &n.words[end]
		if g := n.gap(end); end == i && g != " " && g != ". " && g != "." || end > i && !n.joined(end) {
			break
		}
		capital := w.title && !w.is(brand|trade|token) && (!w.is(ordinary|place) || w.is(given|family) || end == i && !w.is(joins|month))
		if !w.letters() || !capital && !(n.lower && w.sure()) && !(end > i && w.is(particle)) {
			break
		}
		end++
	}
	if end > i {
		n.take(i, end)
	}
}

// small finds names in small letters: a given name before a family name, or where one is expected.
func (n *namer) small(i int) int {
	w := &n.words[i]
	if n.taken[i] || w.title || !w.is(given) || !w.sure() || w.is(particle|joins) || w.end-w.start < 3 {
		return i
	}
	end := i + 1
	if end < len(n.words) && n.words[end].end-n.words[end].start == 1 && n.words[end].letters() && n.joined(end) && end+1 < len(n.words) && !n.words[end].is(ordinary|joins) {
		end++
	}
	if end < len(n.words) && n.joined(end) {
		f := &n.words[end]
		if !f.title && f.letters() && (f.is(family) && f.sure() || f.class == 0 && (n.familyEnd(f) || n.lower) && n.readable()) {
			return end + 1
		}
	}
	if i > 0 && (n.words[i-1].is(kin | greets | honorific)) && n.near(i) {
		return i + 1
	}
	if i+1 < len(n.words) && n.near(i+1) && n.words[i+1].is(speaks) {
		return i + 1
	}
	return i
}

// readable reports whether half of the words are known. In a language that the lexicon does not have, a word that is like a
// given name with an unknown one behind it says nothing.
func (n *namer) readable() bool {
	known := 0
	for i := range n.words {
		if n.words[i].class != 0 || n.words[i].digits > 0 {
			known++
		}
	}
	return 2*known >= len(n.words)
}

// dialogue takes the other speakers where one is known: "Anna: …", line by line.
func (n *namer) dialogue() {
	if strings.Count(n.text, ":") < 2 {
		return
	}
	speaker := func(i int) bool {
		start, end := n.words[i].start, n.words[i].end
		return (start == 0 || n.text[start-1] == '\n') && strings.HasPrefix(n.text[end:], ":")
	}
	for i := range n.words {
		if !n.taken[i] || !speaker(i) {
			continue
		}
		for k := range n.words {
			if speaker(k) && !n.taken[k] && n.may(k) {
				n.take(k, k+1)
			}
		}
		return
	}
}

// again takes a found name's words where they stand alone.
func (n *namer) again() {
	known := map[string]bool{}
	for _, sp := range n.found {
		for _, w := range strings.Fields(n.text[sp.Start:sp.End]) {
			if len(w) > 2 {
				known[w] = true
			}
		}
	}
	if len(known) == 0 {
		return
	}
	for i := range n.words {
		w := &n.words[i]
		if !n.taken[i] && w.title && known[n.of(i)] && n.may(i) && !w.is(ordinary|place|brand) {
			end := i + 1
			for end < len(n.words) && n.joined(end) && n.words[end].title && known[n.of(end)] && !n.taken[end] && !n.words[end].is(ordinary|place|brand) {
				end++
			}
			n.take(i, end)
		}
	}
}
