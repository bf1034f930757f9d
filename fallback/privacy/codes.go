package privacy

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// emails finds addresses with an @, or with "(at)" or "[at]" for it.
func emails(s *scanned) []Span {
	var out []Span
	for i := 0; i < len(s.text); {
		k := strings.IndexAny(s.text[i:], "@[(")
		if k < 0 {
			break
		}
		k += i
		n := at(s.text[k:])
		i = k + max(n, 1)
		if n == 0 {
			continue
		}
		start := k
		if s.text[k] != '@' && start > 0 && s.text[start-1] == ' ' {
			start--
		}
		for start > 0 && k-start < 66 {
			r, size := utf8.DecodeLastRuneInString(s.text[:start])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._%+'-", r) {
				break
			}
			start -= size
		}
		if end := domain(s.text, k+n); end > 0 && start < k && s.text[start:k] != " " {
			for start < k && (s.text[start] == '\'' || s.text[start] == '.' || s.text[start] == ' ') {
				start++
			}
			if start < k {
				out = append(out, Span{Email, start, end})
				i = end
			}
		}
	}
	return append(out, spoken(s)...)
}

// at is the length of an @, or of what stands for one, at the start of a text; 0 for none.
func at(t string) int {
	if t[0] == '@' {
		return 1
	}
	if len(t) > 4 && strings.EqualFold(t[1:3], "at") && (t[0] == '[' && t[3] == ']' || t[0] == '(' && t[3] == ')') {
		if t[4] == ' ' {
			return 5
		}
		return 4
	}
	return 0
}

// domain returns where the host name at byte i ends, 0 where there is none.
func domain(text string, i int) int {
	end, dot := i, -1
	for end < len(text) && end < i+253 {
		r, size := utf8.DecodeRuneInString(text[end:])
		if r == '.' {
			if end == i || text[end-1] == '.' {
				break
			}
			dot = end
		} else if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
			break
		}
		end += size
	}
	// the last label is letters; what follows a dot that ends a sentence is none
	for dot > 0 {
		last := text[dot+1 : end]
		if n := utf8.RuneCountInString(last); n >= 2 && n <= 24 && !strings.ContainsAny(last, "0123456789-") {
			return end
		}
		end = dot
		dot = strings.LastIndexByte(text[i:end], '.')
		if dot >= 0 {
			dot += i
		}
	}
	return 0
}

// spoken finds addresses as they are dictated: "maria at example dot com".
func spoken(s *scanned) []Span {
	var out []Span
	for i := 1; i+3 < len(s.words); i++ {
		if s.words[i].fold != "at" || s.words[i+2].fold != "dot" && s.words[i+2].fold != "punto" {
			continue
		}
		if !s.near(i) || !s.near(i+1) || !s.near(i+2) || !s.near(i+3) {
			continue
		}
		start, end := i-1, i+3
		for start >= 2 && s.words[start-1].fold == "dot" && s.near(start) && s.near(start-1) {
			start -= 2
		}
		for end+2 < len(s.words) && s.words[end+1].fold == "dot" && s.near(end+1) && s.near(end+2) {
			end += 2
		}
		out = append(out, Span{Email, s.words[start].start, s.words[end].end})
	}
	return out
}

// ibanLengths are the lengths of IBANs by country (SWIFT's registry).
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24,
	"DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
	"HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
	"LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
	"QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29,
	"VA": 22, "VG": 24, "XK": 20,
}

// ibans finds account numbers that pass their check, and those that are called so and may have been mistyped.
func ibans(s *scanned) []Span {
	if s.digits < 2 {
		return nil
	}
	var out []Span
	for i := range s.words {
		w := &s.words[i]
		if w.digits < 2 || w.end-w.start < 4 {
			continue
		}
		if end := s.iban(w.start); end > 0 {
			out = append(out, Span{IBAN, w.start, end})
		}
	}
	return out
}

// iban returns where the IBAN that begins at a byte ends, 0 where there is none.
func (s *scanned) iban(start int) int {
	t := s.text[start:]
	want, known := ibanLengths[strings.ToUpper(t[:2])]
	if !known || t[2] < '0' || t[2] > '9' || t[3] < '0' || t[3] > '9' {
		return 0
	}
	var id []byte
	end := 0
	for end < len(t) && len(id) < want {
		switch c := t[end]; {
		case isAlnum(c):
			id = append(id, c)
		case (c == ' ' || c == '-') && end > 0 && isAlnum(t[end-1]):
		default:
			return 0
		}
		end++
	}
	if len(id) < want || end < len(t) && isAlnum(t[end]) {
		return 0
	}
	if !mod97(strings.ToUpper(string(id))) && !mentions(before(s.text, start), "iban") {
		return 0
	}
	return start + end
}

// ipAddresses finds addresses that may name somebody; those of home networks and of this host do not. Hardware addresses
// are among them.
func ipAddresses(s *scanned) []Span {
	var out []Span
	if s.digits >= 4 {
		out = dotted(s)
	}
	if strings.Count(s.text, ":") < 2 && strings.Count(s.text, "-") < 5 {
		return out
	}
	for i := 0; i < len(s.text); {
		if !isHex(s.text[i]) || i > 0 && (isAlnum(s.text[i-1]) || s.text[i-1] == ':') {
			i++
			continue
		}
		end := i
		for end < len(s.text) && end < i+48 && (isHex(s.text[end]) || s.text[end] == ':' || s.text[end] == '-' || s.text[end] == '.') {
			end++
		}
		t := strings.TrimRight(s.text[i:end], ".:-")
		if len(t) == 17 && hardware(t) {
			out = append(out, Span{MAC, i, i + 17})
		} else if strings.Count(t, ":") >= 2 {
			if a, err := netip.ParseAddr(t); err == nil && a.Is6() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && len(t) > 6 {
				out = append(out, Span{IP, i, i + len(t)})
			}
		}
		i = max(end, i+1)
	}
	return out
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// hardware reports whether a text is six pairs of hexadecimal digits.
func hardware(t string) bool {
	for i := range len(t) {
		if i%3 == 2 && t[i] != t[2] || i%3 != 2 && !isHex(t[i]) {
			return false
		}
	}
	return t[2] == ':' || t[2] == '-'
}

func dotted(s *scanned) []Span {
	var out []Span
	for i := 0; i+3 < len(s.words); i++ {
		if n := s.words[i].end - s.words[i].start; n > 3 || s.words[i].digits < n || s.gap(i+1) != "." || s.gap(i+2) != "." || s.gap(i+3) != "." {
			continue
		}
		t := s.text[s.words[i].start:s.words[i+3].end]
		if len(t) < 7 || !isIPv4(t) || i+4 < len(s.words) && s.gap(i+4) == "." && s.words[i+4].digits > 0 {
			continue
		}
		if a := netip.MustParseAddr(t); !a.IsPrivate() && !a.IsLoopback() && !a.IsUnspecified() && !strings.HasPrefix(t, "255.") {
			out = append(out, Span{IP, s.words[i].start, s.words[i+3].end})
		}
	}
	return out
}

func isIPv4(t string) bool {
	a, err := netip.ParseAddr(t)
	return err == nil && a.Is4()
}

// introducedCodes finds numbers that their introduction makes personal, whatever their form: "my customer number is …".
func introducedCodes(s *scanned) []Span {
	if s.any&cued == 0 || s.digits == 0 {
		return nil
	}
	var out []Span
	for i := range s.words {
		s.cuesAt(i, func(c *cue, next int) {
			switch c.purpose {
			case introducesCode:
				if start, end := s.code(next, c.least); end > 0 {
					t := c.typ
					if t == IMSI || t == IMEI || t == ICCID || t == Account || t == Card || t == ID {
						out = append(out, Span{t, start, end})
					}
				}
			case introducesBirth:
				if start, end := s.day(next); end > 0 {
					out = append(out, Span{Birthdate, start, end})
				}
			}
		})
	}
	return out
}

// behind returns the word that a cue introduces: the next that is no word such as "is", "number" or "my". It is -1 where
// there is none in the same sentence.
func (s *scanned) behind(next int) int {
	for i := next; i < len(s.words) && i < next+6; i++ {
		g := s.gap(i)
		if len(g) > 4 || strings.ContainsAny(g, "\n?!;") || strings.Contains(g, ". ") {
			return -1
		}
		if !s.words[i].is(joins) {
			return i
		}
	}
	return -1
}

// code returns where the code that begins at or behind a word begins and ends. It has at least so many digits.
func (s *scanned) code(next, least int) (start, end int) {
	i := s.behind(next)
	if i < 0 {
		return 0, 0
	}
	w := &s.words[i]
	if w.digits == 0 { // "VR-1234567", "AB 12 34 56"
		if w.end-w.start > 4 || !w.upper && w.end-w.start > 1 || i+1 >= len(s.words) || s.words[i+1].digits == 0 || len(s.gap(i+1)) != 1 {
			return 0, 0
		}
	}
	digits := 0
	for j := i; j < len(s.words) && j < i+8; j++ {
		v := &s.words[j]
		if j > i {
			g := s.gap(j)
			if g != " " && g != "-" && g != "/" && g != "." || v.digits == 0 && (v.end-v.start > 1 || !v.title || g == ".") {
				break
			}
			if v.digits > 0 && j+1 < len(s.words) && s.near(j+1) && s.words[j+1].is(trade|month) && digits >= least {
				break // "account 12345 2 GB"
			}
		}
		if digits += v.digits; digits > 24 {
			break
		}
		end = v.end
	}
	t := s.text[w.start:end]
	if digits < least || dateLike(t) || strings.HasPrefix(strings.TrimLeft(s.text[end:], " "), "€") {
		return 0, 0
	}
	return w.start, end
}

// day returns where a date at or behind a word begins and ends: "3/4/1980", "3 April 1980", "April 3, 1980", "1980".
func (s *scanned) day(next int) (start, end int) {
	i := s.behind(next)
	if i < 0 || s.words[i].digits == 0 && !s.words[i].is(month) {
		return 0, 0
	}
	digits, months := 0, 0
	for j := i; j < len(s.words) && j < i+4; j++ {
		w := &s.words[j]
		if j > i && len(s.gap(j)) > 2 {
			break
		}
		switch {
		case w.digits > 0 && w.end-w.start <= 4:
			digits += w.digits
		case w.is(month):
			months++
		case w.fold == "de" || w.fold == "of":
			continue
		default:
			j = len(s.words)
			continue
		}
		end = w.end
		if w.digits == 4 {
			break
		}
	}
	if digits < 4 && months == 0 || digits == 0 {
		return 0, 0
	}
	return s.words[i].start, end
}

// secrets finds passwords, PINs and codes behind their introduction, and keys of programs by their form.
func secrets(s *scanned) []Span {
	var out []Span
	if s.any&cued != 0 {
		for i := range s.words {
			s.cuesAt(i, func(c *cue, next int) {
				if c.purpose != introducesSecret {
					return
				}
				if start, end := s.secret(i, next); end > 0 {
					out = append(out, Span{Secret, start, end})
				}
			})
		}
	}
	return append(out, keys(s)...)
}

// linking stand between a secret's introduction and the secret.
var linking = wordSet(`is was are were es era esta lautet ist war est etait e era e' to as reads called being sind`)

// secret returns where the secret that a cue introduces begins and ends. What follows must look like one: it has a digit or
// a sign, or is a word behind "my password is".
func (s *scanned) secret(i, next int) (start, end int) {
	at := s.words[next-1].end
	j, linked := next, false
	for ; j < len(s.words) && j < next+4; j++ {
		w := &s.words[j]
		if g := s.gap(j); strings.ContainsAny(g, "\n?!;,.") {
			break
		} else if strings.ContainsAny(g, ":=") {
			linked = true
		}
		if linking[w.fold] && w.letters() {
			linked, at = true, w.end
			continue
		}
		if linked || !(w.fold == "number" || w.fold == "code" || w.fold == "numero" || w.fold == "for" || w.fold == "here") {
			break
		}
		at = w.end
	}
	rest := s.text[at:min(at+128, len(s.text))]
	start = at + len(rest) - len(strings.TrimLeft(rest, " \t:=\"'“«`"))
	if strings.ContainsAny(s.text[at:start], ":=") {
		linked = true
	}
	end = start
	for end < len(s.text) && end < start+64 {
		if strings.IndexByte(" \t\r\n\"',;`", s.text[end]) >= 0 || strings.HasPrefix(s.text[end:], "”") || strings.HasPrefix(s.text[end:], "»") {
			break
		}
		_, size := utf8.DecodeRuneInString(s.text[end:])
		end += size
	}
	value := strings.TrimRight(s.text[start:end], ".!?)]")
	if value != "" && value[0] == '[' && tokenLength(s.text[start:]) > 0 {
		return 0, 0
	}
	end = start + len(value)
	switch {
	case !linked:
		if d := digitsOf(value); len(value) < 3 || len(value) > 8 || d != value {
			return 0, 0 // "PIN 4821"
		}
	case len(value) < 3 || notSecret(value):
		return 0, 0
	case !strings.ContainsAny(value, "0123456789!@#$%&*_+=^~") && !s.ownedBy(i):
		return 0, 0
	}
	return start, end
}

// ownedBy reports whether one of the three words before a cue says whose it is: only then is a plain word a secret.
func (s *scanned) ownedBy(i int) bool {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		switch s.words[j].fold {
		case "my", "mi", "our", "nuestra", "mein", "meine", "mon", "mia", "minha", "her", "his", "their", "the", "la", "el", "das":
			return true
		}
		if s.words[j+1].stop {
			return false
		}
	}
	return i == 0 || s.words[i].stop
}

// notSecret reports whether what follows "my password is" is a word about it.
func notSecret(value string) bool {
	f := fold(strings.TrimRight(value, "?!.,"))
	e := lexicon()[f]
	return aboutSecrets[f] || value == "123" || strings.HasPrefix(value, "[") ||
		e.class&(ordinary|joins) != 0 && !plainSecret[f] || guess(f, lexicon())&ordinary != 0 && strings.Trim(f, "abcdefghijklmnopqrstuvwxyz") == "" && !plainSecret[f]
}

// aboutSecrets are words about passwords that the lexicon does not have.
var aboutSecrets = wordSet(`olvidada incorrecta bloqueado bloqueada erronea correcta perdida caducada correcto incorrecto falsch vergessen gesperrt oublie bloque
	incorrect expired alphanumeric sbagliata dimenticata`)

// plainSecret are ordinary words that people take for passwords.
var plainSecret = wordSet(`sunshine password letmein welcome dragon monkey football baseball master shadow flower princess summer winter spring
	secret hello freedom chocolate butterfly purple orange superman batman cookie tiger soccer hunter pepper ginger banana`)

// keyPrefixes begin the keys that programs use for services.
var keyPrefixes = []string{
	"sk-", "sk_live_", "sk_test_", "pk_live_", "rk_live_", "sk_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "xapp-", "AKIA", "ASIA", "AIza", "ya29.", "eyJ",
	"hf_", "npm_", "SG.", "whsec_", "shpat_", "dop_v1_", "EAAC",
}

// keys finds them, and what is as long and mixed as only keys are.
func keys(s *scanned) []Span {
	var out []Span
	for i := 0; i < len(s.text); {
		if !isAlnum(s.text[i]) {
			i++
			continue
		}
		end, small, capital, digit := i, 0, 0, 0
		for end < len(s.text) {
			c := s.text[end]
			switch {
			case c >= 'a' && c <= 'z':
				small++
			case c >= 'A' && c <= 'Z':
				capital++
			case c >= '0' && c <= '9':
				digit++
			case c == '_' || c == '-' || c == '.' && end+1 < len(s.text) && isAlnum(s.text[end+1]) || c == '/' || c == '+':
			default:
				c = 0
			}
			if c == 0 || s.text[end] != c {
				break
			}
			end++
		}
		if n := end - i; n >= 16 && digit >= 2 && !strings.Contains(s.text[i:end], "/") {
			t := s.text[i:end]
			mixed := n >= 24 && small >= 4 && capital >= 4 && digit >= 3 && !strings.Contains(t, ".")
			if mixed || keyed(t) {
				out = append(out, Span{Secret, i, end})
			}
		}
		i = max(end, i+1)
	}
	return out
}

func keyed(t string) bool {
	for _, p := range keyPrefixes {
		if strings.HasPrefix(t, p) && len(t) >= len(p)+12 {
			return true
		}
	}
	return false
}

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}
