package analysis

import "unicode/utf8"

// kind is what a stretch of text is.
type kind uint8

const (
	words      kind = iota
	ideographs      // one ideograph or a run of Katakana, or, for bigrams, a run of both
	clusters        // a run of letters of a script that does not divide its words
)

// scanner finds the words of a text by the rules of Unicode (UAX #29, word boundaries), as bleve's unicode tokenizer
// does, and three things otherwise: scripts without spaces between words are runs for the writer to cut, where bleve
// drops them; bytes that are not UTF-8 separate words, where bleve drops the rest of the text; and letters that came
// after Unicode 8 are letters.
type scanner struct {
	text       string
	pos        int
	runs       bool // ideographs come in runs
	hangul     bool // Hangul are ideographs
	start, end int
	kind       kind
}

// at returns the class of the rune at i, and its size; end of the text is of no class.
func (s *scanner) at(i int) (class, int) {
	if i >= len(s.text) {
		return other, 0
	}
	if c := s.text[i]; c < utf8.RuneSelf {
		return ofByte[c], 1
	}
	r, size := utf8.DecodeRuneInString(s.text[i:])
	c := classOf(r)
	if c == letter && s.hangul && isHangul(r) {
		c = ideograph
	}
	return c, size
}

// next moves to the next stretch and reports whether there is one.
func (s *scanner) next() bool {
	for i := s.pos; i < len(s.text); {
		if ofByte[s.text[i]] == other && s.text[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, size := s.at(i)
		switch c {
		case letter, hebrew, digit, connector:
			s.start, s.kind = i, words
			s.word(i+size, c)
			return true
		case katakana, ideograph:
			s.start, s.kind = i, ideographs
			switch {
			case s.runs:
				s.run(i+size, katakana, ideograph)
			case c == katakana:
				s.word(i+size, c)
			default:
				s.run(i+size, mark, mark)
			}
			return true
		case cluster:
			s.start, s.kind = i, clusters
			s.run(i+size, cluster, cluster)
			return true
		}
		i += size
	}
	s.pos = len(s.text)
	return false
}

// word finds the end of a word that began with a rune of class last before i. The names are those of the rules.
func (s *scanner) word(i int, last class) {
	for i < len(s.text) {
		if c := ofByte[s.text[i]]; last <= connector && c <= connector { // WB5, 8, 9, 10, 13: by far the most
			last = c
			i++
			continue
		}
		c, size := s.at(i)
		switch {
		case c == other: // the next most
			s.pos, s.end = i, i
			return
		case c == mark: // WB4
		case c == connector: // WB13a
			last = c
		case last == katakana || c == katakana: // WB13, 13b
			if c != katakana || (last != katakana && last != connector) {
				s.pos, s.end = i, i
				return
			}
			last = c
		case c <= connector: // WB5, 8, 9, 10, 13b
			last = c
		default:
			next, after := s.across(i, c, size, last)
			if after == 0 {
				s.pos, s.end = i, i
				return
			}
			last, size = next, after-i
		}
		i += size
	}
	s.pos, s.end = i, i
}

// across returns the class of the rune behind the punctuation c at i that joins it to one of class last (WB6, 7, 7a,
// 7b, 7c, 11, 12), and where that rune ends; 0 if the punctuation does not join.
func (s *scanner) across(i int, c class, size int, last class) (next class, after int) {
	behind := s.marks(i + size)
	next, size = s.at(behind)
	letters := (last == letter || last == hebrew) && (next == letter || next == hebrew)
	digits := last == digit && next == digit
	joins := false
	switch c {
	case quote:
		joins = letters || digits
		if !joins && last == hebrew {
			return other, behind
		}
	case midAny:
		joins = letters || digits
	case midLetter:
		joins = letters
	case midNumber:
		joins = digits
	case doubleQuote:
		joins = last == hebrew && next == hebrew
	}
	if !joins {
		return other, 0
	}
	return next, behind + size
}

// marks returns where marks that belong to the rune before i end.
func (s *scanner) marks(i int) int {
	for {
		c, size := s.at(i)
		if c != mark {
			return i
		}
		i += size
	}
}

// run finds the end of a run of runes from class low to class high, and marks.
func (s *scanner) run(i int, low, high class) {
	for {
		c, size := s.at(i)
		if (c < low || c > high) && c != mark {
			s.pos, s.end = i, i
			return
		}
		i += size
	}
}
