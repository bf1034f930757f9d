package privacy

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// Type is a sort of personal data. It is the word in the token: "[PHONE_2]".
type Type string

// The types. A policy may add more through [Pattern].
const (
	Email   Type = "EMAIL"
	Phone   Type = "PHONE"
	Card    Type = "CARD"    // payment cards, Luhn
	IBAN    Type = "IBAN"    // mod 97
	Account Type = "ACCOUNT" // customer and account numbers
	IMEI    Type = "IMEI"    // handsets, Luhn
	IMSI    Type = "IMSI"    // SIM subscribers, by introduction
	ICCID   Type = "ICCID"   // SIM cards, Luhn
	Name    Type = "NAME"
	Address Type = "ADDRESS"
	Secret  Type = "SECRET" // passwords, PINs, codes sent by text
	ID      Type = "ID"     // national ids, passports, driving licences
	IP      Type = "IP"
)

// Span is one piece of personal data in a text. Offsets are bytes.
type Span struct {
	Type       Type
	Start, End int
}

// Pattern is a policy's own kind of number, such as the operator's account numbers.
type Pattern struct {
	Type   Type   // "ACCOUNT"; upper-case letters
	Regexp string // RE2; the first group is masked, or the whole match where there is none
}

// Masker finds personal data. It is immutable and safe for concurrent use.
type Masker struct {
	own []ownPattern
}

type ownPattern struct {
	typ Type
	re  *regexp.Regexp

	digit bool // whatever it matches has one
}

// New returns a masker that also knows the given patterns. Its error names the first pattern that does not compile.
func New(patterns ...Pattern) (*Masker, error) {
	m := &Masker{}
	for _, p := range patterns {
		if p.Type == "" || strings.Trim(string(p.Type), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, fmt.Errorf("personal data type %q must be upper-case letters", p.Type)
		}
		re, err := regexp.Compile(p.Regexp)
		if err != nil {
			return nil, fmt.Errorf("personal data pattern %s: %w", p.Type, err)
		}
		parsed, err := syntax.Parse(p.Regexp, syntax.Perl)
		if err == nil && parsed.MaxCap() > 9 {
			return nil, fmt.Errorf("personal data pattern %s has too many groups", p.Type)
		}
		m.own = append(m.own, ownPattern{typ: p.Type, re: re, digit: err == nil && needsDigit(parsed)})
	}
	return m, nil
}

// Default returns a masker without patterns of its own.
func Default() *Masker { return &Masker{} }

// Find returns the personal data of a text in order, without overlaps. Tokens of an earlier masking are not data.
func (m *Masker) Find(text string) []Span {
	var found []Span
	taken := tokensIn(text)
	s := signsOf(text)
	for _, d := range detectors {
		for _, sp := range d(s) {
			found, taken = claim(found, taken, sp)
		}
	}
	for _, p := range m.own {
		if p.digit && !s.counts(1) {
			continue
		}
		for _, loc := range p.re.FindAllStringSubmatchIndex(text, -1) {
			start, end := loc[0], loc[1]
			if len(loc) > 3 && loc[2] >= 0 {
				start, end = loc[2], loc[3]
			}
			if end > start {
				found, taken = claim(found, taken, Span{p.typ, start, end})
			}
		}
	}
	for _, d := range introduced {
		for _, sp := range d(s) {
			found, taken = claim(found, taken, sp)
		}
	}
	slices.SortFunc(found, func(a, b Span) int { return a.Start - b.Start })
	return found
}

// claim adds a span unless it overlaps one that is taken: detectors come in the order of their certainty.
func claim(found, taken []Span, sp Span) (f, t []Span) {
	for _, other := range taken {
		if sp.Start < other.End && other.Start < sp.End {
			return found, taken
		}
	}
	return append(found, sp), append(taken, sp)
}

// maxRounds bounds how often a text is gone over. Each round sees what the one before it uncovered.
const maxRounds = 8

// Mask replaces what Find finds by tokens, until it finds nothing more. The same value has the same token throughout the
// text. Masking masked text changes nothing.
func (m *Masker) Mask(text string) (switchboard.Masked, Vault) {
	v := Vault{}
	next := map[Type]int{}
	for _, sp := range tokensIn(text) {
		typ, n := splitToken(text[sp.Start:sp.End])
		next[typ] = max(next[typ], n)
	}
	for range maxRounds {
		spans := m.Find(text)
		if len(spans) == 0 {
			break
		}
		var b strings.Builder
		last := 0
		for _, sp := range spans {
			b.WriteString(text[last:sp.Start])
			b.WriteString(v.token(sp.Type, text[sp.Start:sp.End], next))
			last = sp.End
		}
		b.WriteString(text[last:])
		text = b.String()
	}
	return switchboard.Masked(text), v
}

// Vault holds what was masked in one text, for the length of a turn. It must not be stored or logged; its String says
// how much it holds, not what.
type Vault struct {
	entries []entry
}

type entry struct{ token, value string }

func (v *Vault) token(t Type, value string, next map[Type]int) string {
	for _, e := range v.entries {
		if e.value == value && strings.HasPrefix(e.token, "["+string(t)+"_") {
			return e.token
		}
	}
	next[t]++
	tok := "[" + string(t) + "_" + strconv.Itoa(next[t]) + "]"
	v.entries = append(v.entries, entry{tok, value})
	return tok
}

// Reveal puts the masked values back where their tokens stand. Other tokens stay.
func (v Vault) Reveal(text string) string {
	if len(v.entries) == 0 || !strings.Contains(text, "[") {
		return text
	}
	pairs := make([]string, 0, 2*len(v.entries))
	for _, e := range v.entries {
		pairs = append(pairs, e.token, e.value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Empty reports whether nothing was masked.
func (v Vault) Empty() bool { return len(v.entries) == 0 }

// String keeps values out of logs by accident.
func (v Vault) String() string { return fmt.Sprintf("vault of %d", len(v.entries)) }

// GoString keeps values out of debug prints by accident.
func (v Vault) GoString() string { return v.String() }

// MarshalText keeps values out of encoders.
func (v Vault) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

var tokenPattern = regexp.MustCompile(`\[([A-Z]{2,16})_([0-9]{1,6})\]`)

func tokensIn(text string) []Span {
	if !strings.Contains(text, "[") {
		return nil
	}
	var out []Span
	for _, loc := range tokenPattern.FindAllStringIndex(text, -1) {
		out = append(out, Span{"", loc[0], loc[1]})
	}
	return out
}

func splitToken(tok string) (Type, int) {
	m := tokenPattern.FindStringSubmatch(tok)
	n, _ := strconv.Atoi(m[2]) // at most six digits
	return Type(m[1]), n
}
