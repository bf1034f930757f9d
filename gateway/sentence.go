package gateway

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSentence bounds what is held back while waiting for a sentence's end. Longer text is cut at a space: it is still
// verified, piece by piece.
const maxSentence = 1200

// splitter cuts a stream of text into sentences. What it returns, joined, is the text that went in. A citation marker
// that stands behind the full stop ("It costs €5. [1]") belongs to the sentence before it, so a sentence is complete
// only when something else begins. The zero value is ready.
type splitter struct {
	all  strings.Builder
	buf  string // the end of all that has not been returned
	scan int    // bytes of buf known to hold no complete sentence
}

// add takes more text and returns the sentences that it completes.
func (s *splitter) add(delta string) []string {
	from := s.all.Len() - len(s.buf)
	s.all.WriteString(delta)
	s.buf = s.all.String()[from:]
	var out []string
	for {
		end := s.next()
		if end == 0 {
			return out
		}
		out = append(out, s.buf[:end])
		s.buf, s.scan = s.buf[end:], 0
	}
}

// flush returns what is left, as the last sentence.
func (s *splitter) flush() string {
	rest := s.buf
	s.buf, s.scan = "", 0
	s.all.Reset()
	return rest
}

// next returns the length of the first complete sentence of buf with the white space and markers behind it, or 0.
func (s *splitter) next() int {
	for i := s.scan; i < len(s.buf); {
		r, size := utf8.DecodeRuneInString(s.buf[i:])
		if !isTerminator(r) || !s.ends(i, r) {
			i += size
			continue
		}
		after, whole := tail(s.buf, i+size, r)
		if !whole {
			s.scan = i
			return 0
		}
		if after > 0 && strings.TrimSpace(s.buf[:i+size]) != "" {
			return after
		}
		i += size
	}
	if len(s.buf) > maxSentence {
		if cut := strings.LastIndexByte(s.buf[:maxSentence], ' '); cut > 0 {
			return cut + 1
		}
		return maxSentence - backToRune(s.buf, maxSentence)
	}
	s.scan = len(s.buf) - incompleteRune(s.buf)
	return 0
}

func isTerminator(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '\n', '。', '！', '？', '؟', '।':
		return true
	}
	return false
}

// ends reports whether the terminator at byte i can end a sentence: a full stop within a number, an address, an
// abbreviation or a list ordinal does not.
func (s *splitter) ends(i int, r rune) bool {
	if r != '.' {
		return true
	}
	word := s.buf[strings.LastIndexAny(s.buf[:i], " \n\t([\"“")+1 : i]
	if word == "" {
		return true
	}
	if isOrdinal(word) && strings.TrimSpace(lineBefore(s.buf, i-len(word))) == "" {
		return false // "1." at the start of a line
	}
	return !abbreviations[strings.ToLower(word)] && !isInitial(word)
}

func lineBefore(s string, i int) string { return s[strings.LastIndexByte(s[:i], '\n')+1 : i] }

func isOrdinal(word string) bool {
	for _, r := range word {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(word) <= 2
}

func isInitial(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return size == len(word) && unicode.IsUpper(r) && r != 'I'
}

// abbreviations that are followed by a full stop inside a sentence, lower case, without their last stop.
var abbreviations = map[string]bool{
	"e.g": true, "i.e": true, "mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true,
	"vs": true, "approx": true, "no": true, "nº": true, "tel": true, "incl": true, "excl": true, "max": true,
	"min": true, "p.ej": true, "sr": true, "sra": true, "ud": true, "uds": true, "aprox": true, "núm": true, "pág": true,
	"z.b": true, "bzw": true, "ca": true, "inkl": true,
}

// tail returns where the sentence that ends before byte i ends for good: behind closing quotes, white space and
// citation markers. whole is false while more text must be seen to tell; end is 0 where the terminator turns out to be
// inside a word ("4.99", "vireo.example").
func tail(s string, i int, term rune) (end int, whole bool) {
	i = skip(s, i, func(r rune) bool { return strings.ContainsRune(".!?…\"'”’»)", r) })
	known := len(s) - incompleteRune(s)
	if i == known {
		return 0, false
	}
	if term != '\n' && term < 0x3000 && s[i] != '[' && skip(s, i, unicode.IsSpace) == i {
		return 0, true
	}
	for {
		j := skip(s, i, unicode.IsSpace)
		if j == known {
			return 0, false
		}
		if s[j] != '[' {
			return j, true
		}
		n, ok := marker(s[j:])
		if n == 0 && !ok {
			return 0, false // perhaps a marker that has not arrived whole
		}
		if !ok {
			return j, true
		}
		i = j + n
		if i < len(s) && strings.IndexByte(".,;", s[i]) >= 0 {
			i++
		}
	}
}

// marker measures a citation marker such as "[1]" or "[1, 2]" at the start of s. ok is false where there is none; n is
// then 0 if more text could still make it one.
func marker(s string) (n int, ok bool) {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == ',' && i > 1, c == ' ' && i > 1:
			if i > 16 {
				return 1, false
			}
		case c == ']' && i > 1:
			return i + 1, true
		default:
			return 1, false
		}
	}
	return 0, false
}

// skip returns the first place from i on whose rune is not one of those meant.
func skip(s string, i int, meant func(rune) bool) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !meant(r) {
			break
		}
		i += size
	}
	return i
}

// incompleteRune returns how many bytes at the end of s begin a rune that has not arrived whole.
func incompleteRune(s string) int {
	for n := 1; n <= min(3, len(s)); n++ {
		if utf8.RuneStart(s[len(s)-n]) {
			if utf8.FullRuneInString(s[len(s)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// backToRune returns how far i must go back to stand at the start of a rune of s.
func backToRune(s string, i int) (n int) {
	for n < 3 && !utf8.RuneStart(s[i-n]) {
		n++
	}
	return n
}
