package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a run of letters and digits, with the apostrophes and hyphens between its letters.
type word struct {
	start, end int
	fold       string // as the lexicon has it, "" where it has not
	class      class
	digits     int  // how many of its characters are
	title      bool // begins with a capital letter
	upper      bool // has no small letter, and more than one letter
	stop       bool // a sentence begins with it
	owns       bool // "'s" follows
}

// scanned is a text cut into words, which one look does; the detectors look at words.
type scanned struct {
	text   string
	words  []word
	any    class // what the words are, together
	digits int
	titles int  // words that begin with a capital letter
	lower  bool // nobody has used capital letters
}

// is reports whether the word is one of some classes.
func (w *word) is(c class) bool { return w.class&c != 0 }

// number reports whether the word is digits, with a letter behind them at most: "12", "12a".
func (w *word) number() bool { return w.digits > 0 && w.end-w.start-w.digits <= 1 }

// letters reports whether there is no digit in it.
func (w *word) letters() bool { return w.digits == 0 && w.class&token == 0 }

func (s *scanned) of(i int) string { return s.text[s.words[i].start:s.words[i].end] }

// gap is what stands between a word and the one before it, or behind the last.
func (s *scanned) gap(i int) string {
	switch {
	case i >= len(s.words):
		return s.text[s.words[i-1].end:]
	case i == 0:
		return s.text[:s.words[0].start]
	}
	return s.text[s.words[i-1].end:s.words[i].start]
}

// near reports whether nothing but one space stands between a word and the one before it.
func (s *scanned) near(i int) bool {
	if i >= len(s.words) {
		return false
	}
	g := s.gap(i)
	return g == " " || g == "\u00a0" || g == "  "
}

func scan(text string) *scanned {
	s := &scanned{text: text, words: make([]word, 0, len(text)/6+4)}
	known := lexicon()
	var buf []byte
	capitals := 0
	for i := 0; i < len(text); {
		if text[i] == '[' {
			if n := tokenLength(text[i:]); n > 0 {
				s.words = append(s.words, word{start: i, end: i + n, class: token})
				i += n
				continue
			}
		}
		end, w := wordAt(text, i)
		if end == i {
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		w.start, w.end = i, end
		buf = s.know(&w, known, buf)
		w.stop = len(s.words) == 0 || ends(text[s.words[len(s.words)-1].end:i])
		s.words = append(s.words, w)
		s.any |= w.class
		s.digits += w.digits
		if w.title {
			s.titles++
			if !w.stop && w.end-w.start > 1 {
				capitals++
			}
		}
		i = w.end
		if w.owns {
			i += len(text[i:]) - len(strings.TrimLeft(text[i:], "'’")) + 1
		}
	}
	s.lower = capitals == 0
	return s
}

// wordAt returns where the word at byte i ends, which is i where none begins there.
func wordAt(text string, i int) (end int, w word) {
	small, letters := false, 0
	for end = i; end < len(text); {
		c := text[end]
		switch {
		case c >= 'a' && c <= 'z':
			small = true
			letters++
			end++
		case c >= 'A' && c <= 'Z':
			w.title = w.title || end == i
			letters++
			end++
		case c >= '0' && c <= '9':
			w.digits++
			end++
		case c == '\'' || c == '-':
			if end == i || !letterAt(text, end+1) || !letterBefore(text, end) {
				w.upper = letters > 1 && !small
				return end, w
			}
			end++
		case c < utf8.RuneSelf:
			w.upper = letters > 1 && !small
			return end, w
		default:
			r, size := utf8.DecodeRuneInString(text[end:])
			switch {
			case r == '’' && end > i && letterAt(text, end+size) && letterBefore(text, end):
			case unicode.IsLetter(r):
				w.title = w.title || end == i && unicode.IsUpper(r)
				small = small || !unicode.IsUpper(r)
				letters++
			case unicode.Is(unicode.Mn, r) && end > i:
			default:
				w.upper = letters > 1 && !small
				return end, w
			}
			end += size
		}
	}
	w.upper = letters > 1 && !small
	return end, w
}

func letterAt(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[min(i, len(text)):])
	return unicode.IsLetter(r)
}

func letterBefore(text string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return unicode.IsLetter(r)
}

// know looks a word up, without its "'s" where that makes it no other word.
func (s *scanned) know(w *word, known map[string]listing, buf []byte) []byte {
	if w.digits > 0 {
		return buf
	}
	t := s.text[w.start:w.end]
	if base := possessed(t); base > 0 {
		buf = foldInto(buf[:0], t[:base])
		if e := known[string(buf)]; w.title && e.class&(ordinary|joins) == 0 || e.class&(given|family|kin) != 0 {
			w.end, w.owns = w.start+base, true
			w.fold, w.class = e.word, e.class
			return buf
		}
	}
	buf = foldInto(buf[:0], t)
	e, ok := known[string(buf)]
	w.fold, w.class = e.word, e.class
	if !ok {
		w.class = guess(string(buf), known)
	}
	return buf
}

// possessed returns where the "'s" of a word begins, 0 where it has none.
func possessed(t string) int {
	if len(t) < 3 || t[len(t)-1] != 's' && t[len(t)-1] != 'S' {
		return 0
	}
	switch {
	case t[len(t)-2] == '\'':
		return len(t) - 2
	case strings.HasSuffix(t[:len(t)-1], "’"):
		return len(t) - 1 - len("’")
	}
	return 0
}

// ordinaryEnds are those of words that are made of other words.
var ordinaryEnds = []string{
	"ing", "ed", "ly", "tion", "sion", "ment", "ness", "able", "ible", "ous", "ity", "ism", "less", "ful", "ware", "phone", "ology", "ship", "cion", "dad",
	"miento", "mente", "heit", "keit", "schaft", "zione",
}

// guess says what an unknown word is by what it is made of.
func guess(f string, known map[string]listing) class {
	if strings.Contains(f, "-") {
		c, all := class(0), ordinary
		for i, part := range strings.Split(f, "-") {
			e := known[part]
			if i == 0 || c != 0 {
				c |= e.class & (given | family)
			}
			all &= e.class
		}
		return c | all
	}
	if len(f) < 5 {
		if len(f) > 3 && f[len(f)-1] == 's' && known[f[:len(f)-1]].class&ordinary != 0 {
			return ordinary
		}
		return 0
	}
	for _, e := range ordinaryEnds {
		if strings.HasSuffix(f, e) {
			return ordinary
		}
	}
	for _, e := range []string{"s", "es", "d", "r", "er", "n"} {
		if base, ok := strings.CutSuffix(f, e); ok {
			if known[base].class&(ordinary|brand) != 0 && (e == "s" || e == "es" || known[base].class&(given|family) == 0) {
				return ordinary
			}
		}
	}
	return 0
}

// familyEnd reports whether an unknown word ends like a family name.
func (s *scanned) familyEnd(w *word) bool {
	if w.end-w.start < 5 || w.digits > 0 {
		return false
	}
	f := fold(s.text[w.start:w.end])
	for _, e := range endings()[f[len(f)-1]] {
		if len(f) >= len(e)+2 && strings.HasSuffix(f, e) {
			return true
		}
	}
	return false
}

// ends reports whether what stands between two words ends a sentence.
func ends(gap string) bool {
	return strings.ContainsAny(gap, ".!?\n:;\"“”„«»¿¡(>|") // a quotation begins one, too
}

// tokenLength is the length of the token that a text begins with, 0 for none.
func tokenLength(text string) int {
	i := 1
	for i < len(text) && text[i] >= 'A' && text[i] <= 'Z' {
		i++
	}
	if i < 3 || i > 17 || i >= len(text) || text[i] != '_' {
		return 0
	}
	j := i + 1
	for j < len(text) && text[j] >= '0' && text[j] <= '9' {
		j++
	}
	if j == i+1 || j > i+7 || j >= len(text) {
		return 0
	}
	if text[j] == ':' { // what a ledger keeps of it: "[CARD_1:1111]"
		k := j + 1
		for k < len(text) && isAlnum(text[k]) && k < j+18 {
			k++
		}
		if k == j+1 || k >= len(text) {
			return 0
		}
		j = k
	}
	if text[j] != ']' {
		return 0
	}
	return j + 1
}
