package guard

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// link stops web and e-mail addresses that no passage has, and links to hosts that are not allowed. Phone numbers are
// quantities; the next guard but one checks them.
func link(s *sentence) string {
	for _, sign := range []string{"[.]", "(.)", "[dot]", "(dot)", "[punto]", "(punto)", "[at]", "(at)", "[arroba]"} {
		if strings.ContainsAny(s.body, "[(") && strings.Contains(strings.ToLower(s.body), sign) {
			return fmt.Sprintf("an address is disguised by %q", sign)
		}
	}
	for _, field := range strings.FieldsFunc(s.body, unicode.IsSpace) {
		for _, part := range parts(field) {
			if detail := s.address(part); detail != "" {
				return detail
			}
		}
	}
	return ""
}

// parts returns where addresses may be in a word: a URL is one whole, what else has commas or brackets is several.
func parts(field string) []string {
	if strings.Contains(field, "://") || !strings.ContainsAny(field, ",;|()[]{}<>\"'=") {
		return []string{field}
	}
	return strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(",;|()[]{}<>\"'=", r) })
}

// address says what is wrong with a word that may be an address.
func (s *sentence) address(word string) string {
	a := strings.Trim(word, "().,;:!?\"'<>*`_“”«»…")
	if a == "" || !looksLikeAddress(a) {
		return ""
	}
	if strings.ContainsFunc(a, func(r rune) bool { return r >= 0x80 }) && !slices.ContainsFunc(s.Passages, func(p switchboard.Passage) bool { return strings.Contains(p.Text, a) }) {
		return fmt.Sprintf("the address %q is written in letters that look like others", a)
	}
	if !s.ev.hasAddress(s.Draft, a) {
		return fmt.Sprintf("the address %q is in no passage", a)
	}
	if h := host(a); clickable(a) && len(s.Hosts) > 0 && !allowed(h, s.Hosts) && !numeric(h) {
		return fmt.Sprintf("links to %q are not allowed", h)
	}
	return ""
}

// clickable reports whether an address is written as a link. A bare name that a passage has, such as that of an access
// point, is text.
func clickable(a string) bool {
	low := strings.ToLower(a)
	return strings.Contains(low, "://") || strings.HasPrefix(low, "www.") || strings.HasPrefix(low, "//")
}

// withoutAddresses returns the text without its web addresses.
func withoutAddresses(text string) string {
	kept := strings.Fields(text)
	n := 0
	for _, f := range kept {
		if !looksLikeAddress(strings.Trim(f, "().,;:!?\"'<>*`_“”«»")) {
			kept[n] = f
			n++
		}
	}
	return strings.Join(kept[:n], " ")
}

// looksLikeAddress reports whether a word is a URL, an e-mail address or a bare host name.
func looksLikeAddress(a string) bool {
	low := strings.ToLower(a)
	if !isASCII(a) {
		low = strings.NewReplacer("。", ".", "｡", ".").Replace(lex.Fold(a))
	}
	if strings.Contains(low, "://") || strings.HasPrefix(low, "www.") || strings.HasPrefix(low, "//") || hasScheme(low) {
		return true
	}
	if i := strings.IndexByte(low, '@'); i > 0 && i < len(low)-1 {
		return true
	}
	name := strings.TrimSuffix(host(low), ".")
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || strings.Contains(name, "..") {
		return false
	}
	if numeric(name) {
		return strings.Count(name, ".") == 3
	}
	tld := name[dot+1:]
	if len(tld) < 2 || len(tld) > 18 || strings.IndexFunc(tld, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-'
	}) < 0 && !sentenceJoint(a, dot) && (isASCII(name) || isASCII(tld))
}

// schemes that open an app, a call or a page without slashes.
var schemes = strings.Fields("http https mailto tel sms smsto mms ftp ftps ws wss whatsapp skype facetime intent market geo magnet callto sip sips xmpp tg ssh ldap")

func hasScheme(low string) bool {
	before, behind, ok := strings.Cut(low, ":")
	return ok && behind != "" && slices.Contains(schemes, before)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// sentenceJoint reports whether the "host" is two sentences with no space between them: "Restart the hub.Then wait".
func sentenceJoint(a string, dot int) bool {
	return dot+1 < len(a) && dot < len(a) && a[dot+1] >= 'A' && a[dot+1] <= 'Z' && strings.ToLower(a[:dot]) == a[:dot]
}

func numeric(h string) bool { return h != "" && strings.Trim(h, "0123456789.:") == "" }

// host returns the host of an address, lower case.
func host(a string) string {
	a = strings.ToLower(a)
	if i := strings.Index(a, "://"); i >= 0 {
		a = a[i+3:]
	}
	a = strings.TrimPrefix(strings.TrimPrefix(a, "mailto:"), "//")
	if i := strings.IndexAny(a, "/?#\\"); i >= 0 {
		a = a[:i]
	}
	if i := strings.LastIndexByte(a, '@'); i >= 0 {
		a = a[i+1:]
	}
	if i := strings.IndexByte(a, ':'); i >= 0 {
		a = a[:i]
	}
	return a
}

// allowed reports whether h is one of hosts or lies under one.
func allowed(h string, hosts []string) bool {
	for _, ok := range hosts {
		ok = strings.ToLower(ok)
		if h == ok || strings.HasSuffix(h, "."+ok) {
			return true
		}
	}
	return false
}

// hasAddress reports whether a passage's text or own address contains the address as a whole, scheme, "www." and a
// closing slash apart.
func (ev *evidence) hasAddress(d Draft, a string) bool {
	want := bare(a)
	for i, p := range d.Passages {
		if bare(p.URL) == want || containsWhole(ev.passages[i].folded, want) {
			return true
		}
	}
	return false
}

func bare(a string) string {
	a = lex.Fold(a)
	for _, prefix := range []string{"https://", "http://", "mailto:", "tel:", "//", "www."} {
		a = strings.TrimPrefix(a, prefix)
	}
	return strings.TrimSuffix(a, "/")
}

// containsWhole reports whether text has want with no letter, digit or part of an address next to it.
func containsWhole(text, want string) bool {
	for at := 0; want != ""; {
		i := strings.Index(text[at:], want)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(want)
		before := i == 0 || !isWordByte(text[i-1]) && text[i-1] != '-' && text[i-1] != '@' && !(text[i-1] == '.' && !strings.HasSuffix(text[:i], "www."))
		after := end == len(text) || !isWordByte(text[end]) && text[end] != '-' && text[end] != '@' &&
			!(strings.IndexByte("./?#", text[end]) >= 0 && end+1 < len(text) && isWordByte(text[end+1]))
		if before && after {
			return true
		}
		at = i + 1
	}
	return false
}
