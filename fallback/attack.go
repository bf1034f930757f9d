package fallback

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// attacks reports whether a message tries to change or to read the bot's instructions. One pattern is enough, or two
// different hints, or the likeness to the policy's examples. The message is also read with its spacing tricks and its
// encodings undone, and with the end of the message before, over which an attack may have been spread.
func (p *Policy) attacks(m message, before []Exchange) bool {
	for i, tokens := range readings(m) {
		if _, ok := p.injection.Find(tokens); ok {
			return true
		}
		hints := p.hints.Count(tokens)
		if i == 0 && hints < 2 {
			hints += p.suspect.hints(tokens)
		}
		if hints >= 2 {
			return true
		}
	}
	return p.spread(m, before) || p.runsIn(m.text) || marksRole(m.text)
}

func marksRole(text string) bool {
	return strings.ContainsAny(text, roleSigns) && (roleMarks.MatchString(text) || len(turnMarks.FindAllString(text, 3)) == 3)
}

// spread reports whether an attack begins at the end of the message before and ends in this one.
func (p *Policy) spread(m message, before []Exchange) bool {
	const edge = 10 // words on each side
	if len(before) == 0 || before[len(before)-1].Action == switchboard.ActionBlocked {
		return false
	}
	joined := lex.Tokens(string(before[len(before)-1].Question))
	if n := len(joined); n > 0 && joined[n-1].Stop() {
		joined = joined[:n-1]
	}
	joined = joined[max(0, len(joined)-edge):]
	border := len(joined)
	joined = append(joined, m.tokens[:min(edge, len(m.tokens))]...)
	match, ok := p.injection.Find(joined)
	return ok && match.Start < border && match.End > border
}

// runsIn reports whether the parts of a run stand in the text, one after the other and not far apart.
func (p *Policy) runsIn(text string) bool {
	const near = 60 // bytes
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x400 }) {
		return false
	}
	text = lex.Fold(text)
	for _, parts := range p.runs {
		at, ok := strings.Index(text, parts[0]), true
		if at < 0 {
			continue
		}
		rest := text[at+len(parts[0]):]
		for _, part := range parts[1:] {
			i := strings.Index(rest, part)
			if ok = i >= 0 && i <= near; !ok {
				break
			}
			rest = rest[i+len(part):]
		}
		if ok {
			return true
		}
	}
	return false
}

// roleMarks are the marks by which chat formats open a role. No customer types them.
var roleMarks = regexp.MustCompile(`(?i)<\|?(?:im_start|im_end|system|assistant|endoftext|start_header_id|eot_id)\|?>|\[/?INST\]|<</?SYS>>|^\s*#{2,}\s*(?:system|instruction|new instructions?)\b|(?m:^\s*(?:system|assistant)\s*(?:prompt|message)?\s*:)|\{\{\s*role\b`)

// turnMarks begin the turns of a conversation that somebody has made up.
var turnMarks = regexp.MustCompile(`(?im)(?:^|\n)\s*(?:user|human|assistant|ai|bot|chatbot)\s*:`)

// roleSigns are the signs of which every mark of a role has one.
const roleSigns = "<[#:{"

// readings returns the message's words as they stand, and as they read with letters spaced out joined, leet digits
// undone and encoded parts decoded, where there are any.
func readings(m message) [][]lex.Token {
	out := [][]lex.Token{m.tokens}
	if s := joinSpaced(m.text); s != "" {
		out = append(out, lex.Tokens(s))
	}
	if s := unleet(m.text); s != "" {
		out = append(out, lex.Tokens(s))
	}
	for _, s := range decoded(m.text) {
		out = append(out, lex.Tokens(s))
	}
	return out
}

var spaced = regexp.MustCompile(`(?:\b\pL[ .\-_*]){5,}\pL\b`)

// joinSpaced joins "i g n o r e", "" where there is none. Two spaces or more part the words.
func joinSpaced(text string) string {
	if !oneByOne(text) || !spaced.MatchString(text) {
		return ""
	}
	return spaced.ReplaceAllStringFunc(text, func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, s)
	})
}

// oneByOne reports whether a text may have letters spaced out: six single letters with one sign between each and the
// next. It is cheaper than the pattern and true wherever that matches.
func oneByOne(text string) bool {
	run := 0 // letters and signs that took turns up to here, a letter first
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) && run%2 == 1:
			run = 1 // within a word
		case unicode.IsLetter(r), run%2 == 1 && strings.ContainsRune(" .-_*", r):
			run++
		default:
			run = 0
		}
		if run >= 11 {
			return true
		}
	}
	return false
}

var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s")

// unleet undoes "1gn0r3", "" where no word mixes letters and such signs.
func unleet(text string) string {
	mixed := false
	fields := strings.Fields(text)
	for i, f := range fields {
		var letter, sign bool
		for _, r := range f {
			letter = letter || unicode.IsLetter(r)
			sign = sign || strings.ContainsRune("01345@$7", r)
		}
		if letter && sign {
			fields[i] = leet.Replace(f)
			mixed = true
		}
	}
	if !mixed {
		return ""
	}
	return strings.Join(fields, " ")
}

var encoded = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`)

// decoded returns the texts that stand in the message in base 64, hexadecimal or reversed letters.
func decoded(text string) []string {
	var out []string
	for _, s := range encodedIn(text) {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			if b, err := enc.DecodeString(s); err == nil && readable(b) {
				out = append(out, string(b))
				break
			}
		}
		if b, err := hex.DecodeString(s); err == nil && readable(b) {
			out = append(out, string(b))
		}
	}
	if s := untagged(text); s != "" {
		out = append(out, s)
	}
	low := strings.ToLower(text)
	if containsAny(low, backwards) {
		r := []rune(text)
		slices.Reverse(r)
		out = append(out, string(r))
	}
	if containsAny(low, rotated) {
		out = append(out, strings.Map(rot13, text))
	}
	return out
}

// What attacks are about, written backwards and with each letter moved by 13.
var (
	backwards = []string{"tcurtsni", "erongi", "tpmorp", "suoiverp", "laever", "drager"}
	rotated   = []string{"vtaber", "vafgehpg", "cebzcg", "cerivbhf", "flfgrz", "eriry", "qvfertneq"}
)

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

func rot13(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case r >= 'A' && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

// untagged reads the invisible characters that stand for ASCII, "" where there are none.
func untagged(text string) string {
	if !strings.Contains(text, "\xf3\xa0") {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r >= 0xe0020 && r < 0xe007f {
			return r - 0xe0000
		}
		return -1
	}, text)
}

// encodedIn returns the first runs of a text that may be encoded.
func encodedIn(text string) []string {
	run := 0
	for i := range len(text) {
		if run++; text[i] != '+' && text[i] != '/' && text[i] != '_' && text[i] != '-' && !asciiAlnum(text[i]) {
			run = 0
		}
		if run == 16 {
			return encoded.FindAllString(text, 4)
		}
	}
	return nil
}

func asciiAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// readable reports whether bytes are words, not chance.
func readable(b []byte) bool {
	if !utf8.Valid(b) || len(b) < 10 {
		return false
	}
	letters := 0
	for _, c := range b {
		if c == ' ' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			letters++
		}
	}
	return letters*10 >= len(b)*8
}
