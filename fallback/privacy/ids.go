package privacy

import (
	"strings"
)

// nationalNumber reports whether a run of digits is a national id: by its form and check digits alone where these are
// rare enough, with its name before it where they are not.
func nationalNumber(run, d, introduction string) bool {
	for _, id := range nationalNumbers {
		if id.form != "" && !formed(run, id.form) || id.form == "" && len(d) != id.digits || run[0] == '+' {
			continue
		}
		if (len(id.words) == 0 || mentions(introduction, id.words...)) && id.check(d) {
			return true
		}
	}
	return false
}

// nationalNumbers are ids that are digits. A form has a 9 for each digit and must be matched whole.
var nationalNumbers = []struct {
	form   string
	digits int // where there is no form
	words  []string
	check  func(d string) bool
}{
	{"999-99-9999", 0, nil, socialSecurity},                                          // US
	{"", 9, []string{"ssn", "social security"}, socialSecurity},                      // US
	{"9 99 99 99 999 999 99", 0, nil, nir},                                           // FR
	{"", 15, []string{"nir", "sécurité", "securite", "insee"}, nir},                  // FR
	{"99 999 999 999", 0, nil, steuerID},                                             // DE
	{"", 11, []string{"steuer", "idnr", "tin"}, steuerID},                            // DE
	{"999.999.999-99", 0, nil, cpf},                                                  // BR
	{"", 11, []string{"cpf"}, cpf},                                                   // BR
	{"", 11, []string{"pesel"}, pesel},                                               // PL
	{"", 11, nil, func(d string) bool { return d[0] != '0' && pesel(d) && born(d) }}, // PL
	{"999999-9999", 0, nil, personnummer},                                            // SE
	{"99999999-9999", 0, nil, func(d string) bool { return personnummer(d[2:]) }},
	{"", 10, []string{"personn", "samordning"}, personnummer},
	{"", 12, []string{"personn"}, func(d string) bool { return personnummer(d[2:]) }},
	{"999999-9999", 0, []string{"cpr", "personn"}, func(d string) bool { return date(d[2:4], d[:2]) }}, // DK
	{"9999 9999 9999", 0, nil, verhoeff},                                                               // IN
	{"9999-9999-9999", 0, nil, verhoeff},
	{"", 12, []string{"aadhaar", "aadhar", "uidai"}, verhoeff},
	{"", 9, []string{"nif", "contribuinte", "fiscal"}, portugueseNIF}, // PT
	{"", 9, []string{"bsn", "burgerservice", "sofi"}, bsn},            // NL
	{"99.99.99-999.99", 0, nil, belgian},                              // BE
	{"999.9999.9999.99", 0, nil, func(d string) bool { return d[:3] == "756" && ean13(d) }},
	{"", 13, []string{"ahv", "avs"}, func(d string) bool { return d[:3] == "756" && ean13(d) }}, // CH
	{"999-999-999", 0, []string{"sin", "social insurance"}, luhn},                               // CA
	{"999 999 999", 0, []string{"sin", "social insurance"}, luhn},
	{"", 10, []string{"nhs"}, nhs}, // UK
}

// formed reports whether a run has a form.
func formed(run, form string) bool {
	if len(run) != len(form) {
		return false
	}
	for i := range len(run) {
		if form[i] == '9' && (run[i] < '0' || run[i] > '9') || form[i] != '9' && run[i] != form[i] {
			return false
		}
	}
	return true
}

// nationalIDs finds ids that have letters in them, by their check letters or their form.
func nationalIDs(s *scanned) []Span {
	if s.digits < 5 {
		return nil
	}
	var out []Span
	for i := range s.words {
		if s.words[i].digits == 0 && len(s.of(i)) != 2 {
			continue
		}
		if j := s.idFrom(i); j >= 0 {
			out = append(out, Span{ID, s.words[i].start, s.words[j].end})
		}
	}
	return out
}

// idFrom returns the last word of an id that begins with word i, -1 where none does.
func (s *scanned) idFrom(i int) int {
	var id []byte
	for j := i; j < len(s.words) && j < i+6 && len(id) <= 18; j++ {
		w := &s.words[j]
		if j > i {
			if g := s.gap(j); g != " " && g != "-" && g != "." {
				return -1
			}
		}
		id = append(id, strings.ToUpper(strings.ReplaceAll(s.text[w.start:w.end], "-", ""))...)
		if lettered(string(id)) {
			return j
		}
	}
	return -1
}

// lettered reports whether capital letters and digits are a national id.
func lettered(id string) bool {
	switch len(id) {
	case 8, 9:
		switch form(id) {
		case "DDDDDDDDL", "LDDDDDDDL":
			return (id[0] <= '9' || id[0] >= 'X') && spanishID(id)
		case "DDDDDDDL", "DDDDDDDLL":
			return id[7] <= 'W' && irishPPS(id)
		case "LLDDDDDDL":
			return nino(id)
		}
	case 10:
		return form(id) == "LLLLLDDDDL" && strings.IndexByte("PCHFATBLJG", id[3]) >= 0 // IN, PAN
	case 13, 15:
		return strings.HasPrefix(form(id), "DDDDDDLDDDDDD") && (id[6] == 'A' || id[6] == 'B') && (id[0] == '1' || id[0] == '2') // FR, Corsica
	case 16:
		return codiceFiscale(id)
	case 18:
		return form(id) == "LLLLDDDDDDLLLLLLDD" || form(id) == "LLLLDDDDDDLLLLLLLD" // MX, CURP
	}
	return false
}

// form writes L for each letter and D for each digit.
func form(id string) string {
	b := []byte(id)
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			b[i] = 'D'
		case c >= 'A' && c <= 'Z':
			b[i] = 'L'
		}
	}
	return string(b)
}

// nino reports whether letters and digits may be a UK national insurance number.
func nino(id string) bool {
	return strings.IndexByte("DFIQUV", id[0]) < 0 && strings.IndexByte("DFIOQUV", id[1]) < 0 && id[8] <= 'D' &&
		!strings.Contains("BG GB KN NK NT TN ZZ", id[:2])
}

func socialSecurity(d string) bool {
	return d[:3] != "000" && d[:3] != "666" && d[0] != '9' && d[3:5] != "00" && d[5:] != "0000"
}

// nir is the French number: the key is 97 less the remainder.
func nir(d string) bool {
	if d[0] != '1' && d[0] != '2' {
		return false
	}
	return (97 - remainder(d[:13], 97)) == number(d[13:])
}

func remainder(d string, m int) (r int) {
	for i := range len(d) {
		r = (r*10 + int(d[i]-'0')) % m
	}
	return r
}

// steuerID checks ISO 7064 MOD 11,10, and that one digit of the first ten comes twice or three times.
func steuerID(d string) bool {
	if d[0] == '0' {
		return false
	}
	var seen [10]int
	product := 10
	for i := range 10 {
		n := int(d[i] - '0')
		seen[n]++
		sum := (n + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	most := 0
	for _, n := range seen {
		most = max(most, n)
	}
	return (11-product)%10 == int(d[10]-'0') && (most == 2 || most == 3)
}

// weighted sums digits by weights.
func weighted(d string, weights ...int) (sum int) {
	for i, w := range weights {
		sum += int(d[i]-'0') * w
	}
	return sum
}

func cpf(d string) bool {
	if strings.Trim(d, d[:1]) == "" {
		return false
	}
	check := func(sum int) int { return sum * 10 % 11 % 10 }
	return check(weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == int(d[9]-'0') && check(weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == int(d[10]-'0')
}

func pesel(d string) bool {
	return (10-weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == int(d[10]-'0')
}

// born reports whether a PESEL begins with a date of birth; the century is in its month.
func born(d string) bool {
	m, day := number(d[2:4])%20, number(d[4:6])
	return m >= 1 && m <= 12 && day >= 1 && day <= 31
}

func personnummer(d string) bool {
	day := number(d[4:6])
	return number(d[2:4]) >= 1 && number(d[2:4]) <= 12 && (day >= 1 && day <= 31 || day >= 61 && day <= 91) && luhn(d)
}

func portugueseNIF(d string) bool {
	c := 11 - weighted(d, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return c%11%10 == int(d[8]-'0') || c >= 10 && d[8] == '0'
}

func bsn(d string) bool { return (weighted(d, 9, 8, 7, 6, 5, 4, 3, 2)-int(d[8]-'0'))%11 == 0 }

// belgian checks a national number; who was born since 2000 has a 2 before it.
func belgian(d string) bool {
	n := number(d[9:])
	return 97-remainder(d[:9], 97) == n || 97-remainder("2"+d[:9], 97) == n
}

func ean13(d string) bool {
	return len(d) == 13 && (10-weighted(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)%10)%10 == int(d[12]-'0')
}

func nhs(d string) bool { return (11-weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11 == int(d[9]-'0') }

// codiceFiscale checks the last letter of an Italian tax code. Digits may be letters where two people would have the same.
func codiceFiscale(id string) bool {
	if len(digitsOf(id)) < 4 || strings.Trim(id[:6], letters) != "" || strings.IndexByte("ABCDEHLMPRST", id[8]) < 0 || id[6] > '9' && strings.IndexByte("LMNPQRSTUV", id[6]) < 0 {
		return false
	}
	odd := [36]int{
		1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
		1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
	}
	sum := 0
	for i := range 15 {
		c, n := id[i], 0
		switch {
		case c >= '0' && c <= '9':
			n = int(c - '0')
		case c >= 'A' && c <= 'Z':
			n = int(c-'A') + 10
		default:
			return false
		}
		switch {
		case i%2 == 0:
			sum += odd[n]
		case n >= 10:
			sum += n - 10
		default:
			sum += n
		}
	}
	return byte(sum%26)+'A' == id[15]
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// verhoeff checks an Aadhaar number: twelve digits, the first neither 0 nor 1, with a check digit by the dihedral group
// of the pentagon (Verhoeff 1969).
func verhoeff(d string) bool {
	if d[0] < '2' || len(d) != 12 {
		return false
	}
	permute := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		for range i % 8 {
			n = permute[n]
		}
		c = dihedral(c, n)
	}
	return c == 0
}

// dihedral multiplies in the symmetries of the pentagon: 0 to 4 turn it, 5 to 9 flip it.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b-5)%5
	case b < 5:
		return 5 + (a-5-b+5)%5
	}
	return (a - b + 5) % 5
}
