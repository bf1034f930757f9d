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
	Secret  Type = "SECRET" // passwords, PINs, codes sent by text, keys of programs
	ID      Type = "ID"     // national ids, passports, driving licences
	IP      Type = "IP"
	MAC     Type = "MAC" // hardware addresses

	Birthdate Type = "BIRTHDATE" // by introduction
)

// Types are all types but those that a policy adds.
func Types() []Type {
	return []Type{Email, Phone, Card, IBAN, Account, IMEI, IMSI, ICCID, Name, Address, Secret, ID, IP, MAC, Birthdate}
}

// detectors find personal data, the most certain first: where two find the same, the first is believed. Those before the
// policy's patterns know it by its form or its check digits, those behind them by what stands around it.
var (
	detectors = []func(*scanned) []Span{emails, ibans, ipAddresses, introducedCodes, nationalIDs, addresses, numbers}
	around    = []func(*scanned) []Span{secrets, names}
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

// Find returns the personal data of a text in order, without overlaps. Tokens of an earlier masking are not data. It takes
// time in proportion to the text.
func (m *Masker) Find(text string) []Span {
	s := scan(text)
	var c claims
	for _, d := range detectors {
		c.claim(text, d(s))
	}
	for _, p := range m.own {
		if !p.digit || s.digits > 0 {
			c.claim(text, p.find(text))
		}
	}
	for _, d := range around {
		c.claim(text, d(s))
	}
	slices.SortFunc(c.found, func(a, b Span) int { return a.Start - b.Start })
	return c.found
}

// find returns what a policy's pattern matches.
func (p *ownPattern) find(text string) (out []Span) {
	for _, loc := range p.re.FindAllStringSubmatchIndex(text, -1) {
		start, end := loc[0], loc[1]
		if len(loc) > 3 && loc[2] >= 0 {
			start, end = loc[2], loc[3]
		}
		if end > start {
			out = append(out, Span{p.typ, start, end})
		}
	}
	return out
}

// claims are the spans that are found so far, and the bytes that they and earlier tokens take.
type claims struct {
	found []Span
	taken []bool // by byte; nil while there is nothing to compare with
}

// claim adds spans unless they overlap one that is taken.
func (c *claims) claim(text string, spans []Span) {
	if len(spans) == 0 {
		return
	}
	if c.taken == nil {
		c.taken = make([]bool, len(text))
		for i := 0; i < len(text); i++ {
			if text[i] != '[' {
				continue
			}
			for n := tokenLength(text[i:]); n > 0; n-- {
				c.taken[i+n-1] = true
			}
		}
	}
	for _, sp := range spans {
		if sp.End <= sp.Start || slices.Contains(c.taken[sp.Start:sp.End], true) {
			continue
		}
		for i := sp.Start; i < sp.End; i++ {
			c.taken[i] = true
		}
		c.found = append(c.found, sp)
	}
}

// maxRounds bounds how often a text is gone over. Each round sees what the one before it uncovered.
const maxRounds = 8

// Mask replaces what Find finds by tokens, until it finds nothing more. The same value has the same token throughout the
// text. Masking masked text changes nothing.
func (m *Masker) Mask(text string) (switchboard.Masked, Vault) {
	v := Vault{}
	return m.MaskInto(&v, text), v
}

// MaskInto masks a text with the tokens of those that the vault has met before, so that a conversation's tokens are told
// apart: a value that it holds has its token again, a new one has a number that no earlier text used.
func (m *Masker) MaskInto(v *Vault, text string) switchboard.Masked {
	v.Meet(text)
	for range maxRounds {
		spans := m.Find(text)
		if len(spans) == 0 {
			break
		}
		var b strings.Builder
		last := 0
		for _, sp := range spans {
			b.WriteString(text[last:sp.Start])
			b.WriteString(v.token(sp.Type, text[sp.Start:sp.End]))
			last = sp.End
		}
		b.WriteString(text[last:])
		text = b.String()
	}
	return switchboard.Masked(text)
}

// Hidden counts the values that were masked in a conversation, by type.
func Hidden(e switchboard.Export) map[string]int {
	seen, n := map[string]bool{}, map[string]int{}
	count := func(text string) {
		for _, sp := range tokensIn(text) {
			if tok := text[sp.Start:sp.End]; !seen[tok] {
				seen[tok] = true
				typ, _ := splitToken(tok)
				n[string(typ)]++
			}
		}
	}
	for _, t := range e.Turns {
		count(string(t.Question))
	}
	clear(seen) // comments have numbers of their own
	for _, f := range e.Feedback {
		count(string(f.Comment))
	}
	return n
}

// Vault holds what was masked in one text, for the length of a turn. It must not be stored or logged; its String says
// how much it holds, not what.
type Vault struct {
	entries []entry
	next    map[Type]int // the highest number of each type so far
}

type entry struct{ token, value string }

// Meet notes which tokens a text has: MaskInto uses none of them for another value. What they stand for it cannot know.
func (v *Vault) Meet(text string) {
	for _, sp := range tokensIn(text) {
		if v.next == nil {
			v.next = map[Type]int{}
		}
		typ, n := splitToken(text[sp.Start:sp.End])
		v.next[typ] = max(v.next[typ], n)
	}
}

func (v *Vault) token(t Type, value string) string {
	for _, e := range v.entries {
		if e.value == value && strings.HasPrefix(e.token, "["+string(t)+"_") {
			return e.token
		}
	}
	if v.next == nil {
		v.next = map[Type]int{}
	}
	v.next[t]++
	tok := "[" + string(t) + "_" + strconv.Itoa(v.next[t]) + "]"
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

func tokensIn(text string) []Span {
	var out []Span
	for i := 0; i < len(text); {
		k := strings.IndexByte(text[i:], '[')
		if k < 0 {
			break
		}
		i += k
		if n := tokenLength(text[i:]); n > 0 {
			out = append(out, Span{"", i, i + n})
			i += n
		} else {
			i++
		}
	}
	return out
}

// splitToken takes a token apart.
func splitToken(tok string) (Type, int) {
	name, rest, _ := strings.Cut(strings.Trim(tok, "[]"), "_")
	digits, _, _ := strings.Cut(rest, ":")
	return Type(name), number(digits)
}

// needsDigit reports whether whatever a pattern matches has a digit.
func needsDigit(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return strings.ContainsAny(string(re.Rune), "0123456789")
	case syntax.OpCharClass:
		return len(re.Rune) > 0 && re.Rune[0] >= '0' && re.Rune[len(re.Rune)-1] <= '9'
	case syntax.OpCapture, syntax.OpPlus:
		return needsDigit(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && needsDigit(re.Sub[0])
	case syntax.OpConcat:
		return slices.ContainsFunc(re.Sub, needsDigit)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !needsDigit(sub) })
	}
	return false
}

// RevealOnly is Reveal for the values of some types: the others stay hidden.
func (v Vault) RevealOnly(text string, types ...Type) string {
	var some Vault
	for _, e := range v.entries {
		if typ, _ := splitToken(e.token); slices.Contains(types, typ) {
			some.entries = append(some.entries, e)
		}
	}
	return some.Reveal(text)
}
