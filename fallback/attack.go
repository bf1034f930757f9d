package fallback

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/fallback/internal/lex"
)

// attacks reports whether a message tries to change or to read the bot's instructions. One pattern is enough, or two
// different hints. The message is also read with its spacing tricks and its encodings undone.
func (p *Policy) attacks(m message) bool {
	for _, tokens := range readings(m) {
		if _, ok := p.injection.Find(tokens); ok {
			return true
		}
		if p.hints.Count(tokens) >= 2 {
			return true
		}
	}
	return strings.ContainsAny(m.text, roleSigns) && roleMarks.MatchString(m.text)
}

// roleMarks are the marks by which chat formats open a role. No customer types them.
var roleMarks = regexp.MustCompile(`(?i)<\|?(?:im_start|im_end|system|assistant|endoftext|start_header_id|eot_id)\|?>|\[/?INST\]|<</?SYS>>|^\s*#{2,}\s*(?:system|instruction|new instructions?)\b|(?m:^\s*(?:system|assistant)\s*(?:prompt|message)?\s*:)|\{\{\s*role\b`)

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
	if low := strings.ToLower(text); strings.Contains(low, "snoitcurtsni") || strings.Contains(low, "erongi") || strings.Contains(low, "tpmorp") {
		r := []rune(text)
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
		out = append(out, string(r))
	}
	return out
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
