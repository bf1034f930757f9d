package privacy

import (
	"strings"
	"unicode/utf8"
)

// addresses finds postal addresses: streets with their number, what stands behind them, boxes and postcodes.
func addresses(s *scanned) []Span {
	if s.digits == 0 {
		return nil
	}
	var out []Span
	for i := 0; i < len(s.words); {
		end := s.place(i)
		if end <= i {
			i++
			continue
		}
		last := s.tail(end)
		start := s.words[i].start
		if !s.product(i, last) {
			out = append(out, Span{Address, start, s.words[last-1].end})
			i = last
			continue
		}
		i++
	}
	return append(out, s.introducedPlaces()...)
}

// streetEnds are those of street names that are one word.
var streetEnds = []string{
	"strasse", "strase", "str", "gasse", "weg", "platz", "allee", "damm", "ufer", "chaussee", "ring", "vej", "gade", "gaten", "gata", "gate", "gatan", "vagen", "veien", "vegen", "stien",
	"stigen", "straede", "stradet", "bakken", "vollen", "katu", "tie", "kuja", "polku", "kaari", "raitti", "straat", "laan", "plein", "kade", "gracht", "dijk", "steeg", "singel", "hof", "utca", "vaenget", "rodda", "brucke", "stigur", "vegur",
	"ulice", "ska", "iela", "gatve",
}

// streetWord reports whether a word is a street by itself: "Hauptstraße".
func (s *scanned) streetWord(i int) bool {
	w := &s.words[i]
	if w.end-w.start < 6 || !w.letters() || w.is(ordinary|given|brand) || !w.title && !s.lower {
		return false
	}
	f := fold(s.of(i))
	for _, e := range streetEnds {
		if len(f) > len(e)+2 && strings.HasSuffix(f, e) {
			return true
		}
	}
	return false
}

// place returns where the address that begins with word i ends, i where none does.
func (s *scanned) place(i int) int {
	w := &s.words[i]
	switch {
	case w.is(token):
		return i
	case w.digits > 0 && w.number() && w.end-w.start <= 6:
		if end := s.numbered(i); end > i {
			return end
		}
		return s.town(i)
	case w.digits > 0:
		return s.postcode(i)
	case w.is(streetTo):
		return s.named(i)
	case w.fold == "corner":
		return s.corner(i)
	case w.is(unit):
		return s.flat(i)
	case s.box(i) > i:
		return s.box(i)
	case w.title || s.lower && s.streetWord(i):
		return s.titled(i)
	}
	return s.postcode(i)
}

// part reports whether a word may be part of a street's name.
func (s *scanned) part(k int) bool {
	w := &s.words[k]
	if w.is(token|trade) && !w.is(street|streetTo) || w.digits > 0 && !ordinal(s.of(k)) {
		return false
	}
	return w.title || w.is(particle|streetTo) && !w.is(joins) || w.digits > 0 || s.lower && !w.is(ordinary|joins)
}

func ordinal(t string) bool {
	f := strings.ToLower(t)
	return len(f) > 2 && f[0] >= '0' && f[0] <= '9' && (strings.HasSuffix(f, "st") || strings.HasSuffix(f, "nd") || strings.HasSuffix(f, "rd") || strings.HasSuffix(f, "th"))
}

// within reports whether word k goes on with what the word before it began.
func (s *scanned) within(k int) bool {
	switch s.gap(k) {
	case " ", "  ", "\t", ", ", ". ", ".", "\u00a0", " - ":
		return true
	}
	return false
}

// numbered is an address that begins with its number: "12 Harbour Street", "12 rue de la Paix", "450 Præstevænget 15".
func (s *scanned) numbered(i int) int {
	k := i + 1
	if k < len(s.words) && s.gap(k) == " " && s.words[k].number() && s.words[k].end-s.words[k].start <= 6 {
		k++ // two numbers: of the lot and of the house
	}
	from := k
	known, capitals := false, 0
	for ; k < len(s.words) && k < from+7; k++ {
		w := &s.words[k]
		if !s.within(k) || strings.Contains(s.gap(k), ".") && (k == from || s.words[k-1].end-s.words[k-1].start > 4) || k > from && s.gap(k) == ", " && !s.words[k].number() {
			break
		}
		if w.number() && w.end-w.start <= 5 && k > from && (capitals > 0 || known) {
			if (known || capitals > 0) && (known || !s.words[k-1].is(month|trade|brand|ordinary)) && (known || !s.words[from].is(ordinary|brand|trade|month)) {
				return k + 1
			}
			return i
		}
		if k > from && w.is(street) && (w.title || s.lower || capitals > 0) && !s.ordinaryStreet(k) {
			return s.behindStreet(k + 1)
		}
		if !s.part(k) {
			if known && w.letters() && k > from && s.words[from].is(streetTo) && !w.is(ordinary) {
				continue // "31 Rue tachkent"
			}
			if capitals > 0 && w.letters() && !w.is(ordinary|trade|token|month|brand) && k+1 < len(s.words) && s.words[k+1].number() && s.within(k+1) && !s.words[from].is(ordinary|brand) {
				continue // "Kálmán Imre u. 12"
			}
			break
		}
		if w.is(streetTo) && k == from || s.streetWord(k) {
			known = true
		}
		if w.title {
			capitals++
		}
	}
	if known && k > from && (capitals > 0 || s.lower) && (s.words[from].is(streetTo) && k > from+1 || s.streetWord(k-1)) {
		return k
	}
	return i
}

// ordinaryStreet reports whether a word that may be a street's is likely another: "5 Way", "the 3 Drive".
func (s *scanned) ordinaryStreet(k int) bool {
	f := s.words[k].fold
	short := f == "way" || f == "close" || f == "drive" || f == "view" || f == "rise" || f == "green" || f == "place" || f == "park" || f == "st" || f == "dr" || f == "ut" || f == "ter"
	return short && !s.words[k].title
}

// behindStreet takes the flat that follows a street.
func (s *scanned) behindStreet(k int) int {
	if k < len(s.words) && s.words[k].number() && s.gap(k) == " " && s.words[k].end-s.words[k].start <= 4 {
		if k+1 < len(s.words) && s.near(k+1) && s.words[k+1].is(trade|month) {
			return k
		}
		return k + 1
	}
	return k
}

// named is a street whose kind stands before its name: "Calle Mayor 5, 3º B", "via Roma 12".
func (s *scanned) named(i int) int {
	w := &s.words[i]
	k := i + 1
	if w.fold == "c" && (i+1 >= len(s.words) || !strings.HasPrefix(s.gap(i+1), "/")) || w.fold == "al" || w.fold == "os" || w.fold == "av" && !w.title {
		return i
	}
	if w.is(ordinary) && !w.title && !(k < len(s.words) && (s.words[k].title || s.words[k].is(particle))) {
		return i
	}
	capitals := 0
	for ; k < len(s.words) && k < i+8; k++ {
		v := &s.words[k]
		if g := s.gap(k); !s.within(k) && g != "/" && g != " nº " && g != ", nº " && g != " n. " && g != "/ " {
			return i
		}
		if v.number() && v.end-v.start <= 5 && k > i+1 {
			if capitals == 0 && !s.lower {
				return i
			}
			return s.floor(k + 1)
		}
		if s.gap(k) == ", " && v.fold != "n" && v.fold != "no" && v.fold != "num" && v.fold != "numero" {
			return i
		}
		if v.title {
			capitals++
		} else if !v.is(particle) && v.fold != "n" && v.fold != "no" && v.fold != "numero" && v.fold != "num" && !(s.lower && v.letters()) {
			return i
		}
	}
	return i
}

// corner is where two streets meet: "corner of Mayor 5 and Elm Street".
func (s *scanned) corner(i int) int {
	both := false
	for k := i + 2; k < len(s.words) && k < i+12; k++ {
		w := &s.words[k]
		if s.words[i+1].fold != "of" || !s.within(k) && !s.near(k) {
			return i
		}
		switch {
		case w.fold == "and" && !both:
			both = true
		case both && w.is(street) && (w.title || s.lower):
			return k + 1
		case !w.title && w.digits == 0 && !w.is(particle) && !s.lower:
			return i
		case both && (k+1 == len(s.words) || !s.near(k+1) || !s.words[k+1].title):
			return k + 1
		}
	}
	return i
}

// floor takes "3º B" behind a number.
func (s *scanned) floor(k int) int {
	if k >= len(s.words) || s.words[k].digits == 0 || s.words[k].digits > 2 || len(s.gap(k)) > 2 {
		return k
	}
	if t := s.of(k); !strings.HasSuffix(t, "º") && !strings.HasSuffix(t, "ª") && !strings.HasPrefix(s.text[s.words[k].end:], "°") {
		return k
	}
	k++
	if k < len(s.words) && s.words[k].end-s.words[k].start <= 3 && (s.gap(k) == " " || s.gap(k) == "° ") && (!s.words[k].is(ordinary) || s.words[k].upper) {
		return k + 1
	}
	return k
}

// titled is a street whose number stands behind it: "Hauptstraße 12", "Lange Gasse 3", "Luite tee 87".
func (s *scanned) titled(i int) int {
	for k := i; k < len(s.words) && k < i+5; k++ {
		w := &s.words[k]
		if k > i && s.gap(k) != " " && s.gap(k) != ". " {
			return i
		}
		last := s.streetWord(k) || k > i && w.is(street) && (w.title || !w.is(ordinary) && utf8.RuneCountInString(s.of(k)) > 1)
		if last && k+1 < len(s.words) && s.words[k+1].number() && s.words[k+1].end-s.words[k+1].start <= 5 && (s.gap(k+1) == " " || s.gap(k+1) == ". ") {
			if k+2 < len(s.words) && s.near(k+2) && s.words[k+2].is(trade) {
				return i
			}
			return k + 2
		}
		if !w.title || w.is(token|brand|cued) || !w.letters() || w.is(ordinary) && !w.is(street) && k == i && s.words[i].stop {
			return i
		}
	}
	return i
}

// flat is a flat that begins an address or is all of it: "Flat 2, 12 High Street", "Apt. 864".
func (s *scanned) flat(i int) int {
	w := &s.words[i]
	k := i + 1
	if k >= len(s.words) || s.words[k].digits == 0 || s.words[k].end-s.words[k].start > 5 || w.fold == "no" {
		return i
	}
	switch s.gap(k) {
	case " ", ". ", " #", ".", " no. ":
	default:
		return i
	}
	switch w.fold {
	case "apt", "apartment", "suite", "ste", "wohnung", "interno":
		return k + 1
	case "flat":
		if w.title || k+1 < len(s.words) && s.gap(k+1) == ", " {
			return k + 1
		}
		if i > 0 && (s.words[i-1].is(trade) || s.words[i-1].fold == "a") {
			return i
		}
		return k + 1
	}
	if k+1 < len(s.words) && s.gap(k+1) == ", " {
		if end := s.place(k + 1); end > k+1 && s.words[k+1].digits > 0 {
			return end
		}
	}
	return s.military(i)
}

// military is "Unit 1009 Box 0219, DPO AP 51065" and its like.
func (s *scanned) military(i int) int {
	switch s.words[i].fold {
	case "unit":
	default:
		switch strings.ToLower(s.of(i)) {
		case "psc", "cmr", "uss", "usns", "uscgc":
		default:
			return i
		}
	}
	for k := i + 1; k < len(s.words) && k < i+7; k++ {
		switch strings.ToLower(s.of(k)) {
		case "apo", "fpo", "dpo":
			if k+2 < len(s.words) && s.words[k+2].digits == 5 {
				return k + 3
			}
		}
	}
	return i
}

// boxes are post-office boxes by the words before their number.
var boxes = [][]string{
	{"po", "box"}, {"p", "o", "box"}, {"postfach"}, {"apartado", "de", "correos"}, {"apartado", "postal"}, {"casella", "postale"}, {"boite", "postale"},
	{"postbus"}, {"caixa", "postal"}, {"skrytka", "pocztowa"}, {"postboks"}, {"bp"},
}

func (s *scanned) box(i int) int {
	for _, b := range boxes {
		if b[0] != s.words[i].fold && b[0] != strings.ToLower(s.of(i)) {
			continue
		}
		k := i + 1
		for k < i+len(b) && k < len(s.words) && strings.ToLower(s.of(k)) == b[k-i] && len(s.gap(k)) <= 2 {
			k++
		}
		if k == i+len(b) && k < len(s.words) && s.words[k].number() && len(s.gap(k)) <= 2 && (b[0] != "bp" || s.words[i].upper) {
			return k + 1
		}
	}
	return s.military(i)
}

// postcode is one that is known by its form: of the UK, Ireland, Canada.
func (s *scanned) postcode(i int) int {
	w := &s.words[i]
	a := s.of(i)
	if !w.title && !s.lower {
		return i
	}
	if i+1 < len(s.words) && s.gap(i+1) == " " {
		b := s.of(i + 1)
		switch f := form(strings.ToUpper(a)); form(strings.ToUpper(b)) {
		case "DLL":
			if w.digits > 0 && (f == "LD" || f == "LDD" || f == "LLD" || f == "LLDD" || f == "LLDL" || f == "LDL") && a == strings.ToUpper(a) && b == strings.ToUpper(b) {
				return i + 2
			}
		case "DLD":
			if f == "LDL" {
				return i + 2
			}
		default:
			if len(b) == 4 && eircode(a, b) {
				return i + 2
			}
		}
	}
	if len(a) == 7 && eircode(a[:3], a[3:]) {
		return i + 1
	}
	return i
}

func eircode(a, b string) bool {
	if a != strings.ToUpper(a) || b != strings.ToUpper(b) || len(a) != 3 || !(form(a) == "LDD" || a == "D6W") || strings.Trim(b, "0123456789ACDEFHKNPRTVWXY") != "" {
		return false
	}
	return digitsOf(b) != "" && digitsOf(b) != b
}

// town is a postcode with its town: "28013 Madrid", "10115 Berlin".
func (s *scanned) town(i int) int {
	w := &s.words[i]
	if w.digits == 5 && w.end-w.start == 5 && i+1 < len(s.words) && s.near(i+1) && s.words[i+1].is(place) && s.words[i+1].title && !s.words[i+1].is(ordinary) {
		return i + 2
	}
	return i
}

// tail returns where the flat, town, region, country and postcode behind word end-1 end.
func (s *scanned) tail(end int) int {
	coded := false // a postcode ends it, but for its town
	for part := 0; part < 7 && end < len(s.words); part++ {
		g := s.gap(end)
		if len(g) > 14 || strings.Trim(g, " \t\n\r,.>;-") != "" || strings.Contains(g, ". ") && s.words[end].is(ordinary|given) {
			return end
		}
		parted := strings.ContainsAny(g, ",\n")
		w := &s.words[end]
		next := end
		switch {
		case w.is(unit) && end+1 < len(s.words) && s.words[end+1].digits > 0 && len(s.gap(end+1)) <= 2:
			next = end + 2
		case w.digits >= 3 && !coded && !s.phoneAt(end) && w.end-w.start <= 7 && (!s.near(end+1) || !s.followed(end+1, trade|month)):
			next, coded = end+1, w.digits > 3
			if next < len(s.words) && s.gap(next) == "-" && s.words[next].digits > 0 {
				next++
			}
			if next < len(s.words) && s.near(next) && s.words[next].title && !s.words[next].is(ordinary|brand|given) {
				next = s.townName(next)
			}
		case s.postcode(end) > end:
			next, coded = s.postcode(end), true
		case parted && w.title && !w.is(token|brand|trade) && (!w.is(ordinary|greets|kin) || w.is(place)) || w.fold == "nan" && s.of(end) == "nan":
			next = s.townName(end)
		case parted && s.lower && w.letters() && !w.is(ordinary|joins|token|kin):
			next = end + 1
		case !parted && w.upper && w.end-w.start == 2 && w.letters() && end+1 < len(s.words) && s.words[end+1].digits >= 4:
			next = end + 2
		}
		if next == end {
			return end
		}
		end = next
	}
	return end
}

// phoneAt reports whether a line begins with a word and is a phone number.
func (s *scanned) phoneAt(i int) bool {
	if !strings.Contains(s.gap(i), "\n") {
		return false
	}
	_, end := digitRun(s.text, s.words[i].start)
	return end > s.words[i].end && phoneLabel(s.text[end:])
}

func (s *scanned) followed(i int, c class) bool { return i < len(s.words) && s.words[i].is(c) }

// townName takes the words of a town, and a number behind them.
func (s *scanned) townName(i int) int {
	k := i + 1
	for k < len(s.words) && k < i+5 && (s.gap(k) == " " || s.gap(k) == " (" || s.gap(k) == ". ") {
		w := &s.words[k]
		if w.is(token|trade) || !w.title && !w.is(particle) && w.digits == 0 || w.is(ordinary) && !w.is(particle|place|street) && w.digits == 0 {
			break
		}
		if w.digits > 0 {
			if w.end-w.start > 7 {
				break
			}
			return k + 1
		}
		k++
	}
	for k > i+1 && s.words[k-1].is(particle) && !s.words[k-1].title {
		k--
	}
	return k
}

// product reports whether what looks like an address speaks of plans, data, dates or devices.
func (s *scanned) product(i, end int) bool {
	for k := i; k < end; k++ {
		w := &s.words[k]
		if w.is(trade|brand) && !w.is(street|streetTo|unit|place|family|given) && w.fold != "c" && !(w.end-w.start == 1) {
			return true
		}
		if w.is(month) && !w.is(given|family) && k+1 < end {
			return true
		}
	}
	if end < len(s.words) && len(s.gap(end)) <= 1 && s.words[end].is(trade) && s.words[end].end-s.words[end].start > 1 {
		return true
	}
	rest := s.text[s.words[end-1].end:]
	return strings.HasPrefix(strings.TrimLeft(rest, " "), "€") || strings.HasPrefix(rest, "%")
}

// introducedPlaces finds what stands behind "I live at" and has a number in it, and the postcode that is called one.
func (s *scanned) introducedPlaces() []Span {
	if s.any&cued == 0 {
		return nil
	}
	var out []Span
	for i := range s.words {
		s.cuesAt(i, func(c *cue, next int) {
			if c.purpose == introducesPlace {
				if start, end := s.introducedPlace(next); end > start {
					out = append(out, Span{Address, s.words[start].start, s.words[end-1].end})
				}
			}
		})
		if start, end := s.zip(i); end > 0 {
			out = append(out, Span{Address, start, end})
		}
	}
	return out
}

// introducedPlace returns the words of the address at word next.
func (s *scanned) introducedPlace(next int) (start, end int) {
	start = next
	for start < len(s.words) && start < next+3 && (s.words[start].is(joins) || s.words[start].fold == "at" || s.words[start].fold == "in") {
		start++
	}
	number := false
	end = start
	letters := 0
	for k := start; k < len(s.words) && k < start+14; k++ {
		w := &s.words[k]
		if g := s.gap(k); k > start && (strings.ContainsAny(g, "?!;") || strings.Contains(g, ". ") && (s.words[k-1].end-s.words[k-1].start > 4 || s.words[k-1].digits > 0) || strings.Contains(g, "\n\n") || len(g) > 12) {
			break
		} else if k == start && strings.Trim(g, " :=\n\t,\"") != "" {
			return 0, 0
		}
		if w.is(token|trade|cued|pronoun) && !w.is(street|streetTo|unit|particle|place|family) {
			break
		}
		if w.is(ordinary) && !w.title && !w.is(street|streetTo|particle|unit|place|family) {
			if k == start || letters > 0 && number {
				break
			}
		}
		if w.digits > 0 {
			if w.end-w.start > 8 {
				break
			}
			number = true
			end = k + 1
			continue
		}
		letters++
		if number || k < start+5 {
			if number {
				end = k + 1
			}
			continue
		}
		break
	}
	if !number || letters == 0 || end <= start || s.product(start, end) || dateLike(s.text[s.words[start].start:s.words[end-1].end]) {
		return 0, 0
	}
	return start, end
}

// zip finds the code behind "postcode" and its like.
func (s *scanned) zip(i int) (start, end int) {
	next := i + 1
	switch s.words[i].fold {
	case "postcode", "zip", "zipcode", "eircode", "plz", "cep", "postleitzahl":
	default:
		switch {
		case s.phrase(i, []string{"postal", "code"}), s.phrase(i, []string{"post", "code"}), s.phrase(i, []string{"codigo", "postal"}), s.phrase(i, []string{"code", "postal"}):
			next = i + 2
		default:
			return 0, 0
		}
	}
	k := s.behind(next)
	if k < 0 || s.words[k].digits == 0 || s.words[k].end-s.words[k].start > 8 {
		return 0, 0
	}
	end = s.words[k].end
	if k+1 < len(s.words) && (s.gap(k+1) == " " || s.gap(k+1) == "-") && s.words[k+1].digits > 0 && s.words[k+1].end-s.words[k+1].start <= 4 {
		end = s.words[k+1].end
	}
	if digitsOf(s.text[s.words[k].start:end]) == "" {
		return 0, 0
	}
	return s.words[k].start, end
}
