package gateway

import (
	"unicode"
	"unicode/utf8"
)

const (
	// leastRepeated is how many letters and digits a sentence needs before saying it again is a repetition: short
	// ones, such as "Tap Save.", may stand in several steps.
	leastRepeated = 24
	// mostRepeated is how many repetitions are left out before the reply is ended: the model goes in circles.
	mostRepeated = 3
)

// repeats remembers the sentences that one reply has shown. The zero value remembers none.
type repeats struct {
	known    map[string]bool // by their words
	repeated int             // sentences that were left out
}

// again reports whether a sentence of the same words was said before.
func (s *repeats) again(words string) bool {
	if !s.known[words] {
		return false
	}
	s.repeated++
	return true
}

// add remembers a sentence by its words.
func (s *repeats) add(words string) {
	if len(words) < leastRepeated {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[words] = true
}

// wordsOf is a sentence without what does not count: letter case, punctuation, markers and white space.
func wordsOf(sentence string) string {
	key := make([]byte, 0, len(sentence))
	for i := 0; i < len(sentence); {
		if n, ok := markerAt(sentence, i); ok {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(sentence[i:])
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			key = utf8.AppendRune(key, unicode.ToLower(r))
		}
		i += size
	}
	return string(key)
}

func markerAt(s string, i int) (n int, ok bool) {
	if s[i] != '[' {
		return 0, false
	}
	return marker(s[i:])
}
