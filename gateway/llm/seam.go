package llm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// seam joins a continuation to what the reader has been shown. Where nothing was shown it lets everything through
// untouched. Otherwise it works by sentence: one that was shown already is left out, because models that are told to
// continue like to begin again, and white space is mended between the last shown character and the first new one.
type seam struct {
	shown string
	emit  func(string) error

	known map[string]bool // the sentences of shown, by key
	buf   string
	begun bool // something of the continuation was emitted
}

func (s *seam) add(text string) error {
	if s.shown == "" {
		return s.emit(text)
	}
	s.buf += text
	for {
		end := sentenceEnd(s.buf)
		if end == 0 {
			return nil
		}
		sentence := s.buf[:end]
		s.buf = s.buf[end:]
		if err := s.pass(sentence); err != nil {
			return err
		}
	}
}

// flush lets the last sentence through. It is called where the continuation is whole.
func (s *seam) flush() error {
	rest := s.buf
	s.buf = ""
	if rest == "" {
		return nil
	}
	return s.pass(rest)
}

func (s *seam) pass(sentence string) error {
	if s.known == nil {
		s.known = map[string]bool{}
		for rest := s.shown; rest != ""; {
			end := sentenceEnd(rest)
			if end == 0 {
				end = len(rest)
			}
			s.known[sentenceKey(rest[:end])] = true
			rest = rest[end:]
		}
	}
	if key := sentenceKey(sentence); key != "" && s.known[key] {
		return nil
	}
	if !s.begun {
		sentence = strings.TrimLeftFunc(sentence, unicode.IsSpace)
		if sentence == "" {
			return nil
		}
		last, _ := utf8.DecodeLastRuneInString(s.shown)
		first, _ := utf8.DecodeRuneInString(sentence)
		if !unicode.IsSpace(last) && !unicode.IsPunct(first) || first == '[' && !unicode.IsSpace(last) {
			sentence = " " + sentence
		}
		s.begun = true
	}
	return s.emit(sentence)
}

// sentenceEnd returns the length of the first sentence of s with the white space behind it, 0 if none is complete. A
// sentence is complete when another begins: after a stop, white space and something else; after a line's end. Markers
// such as "[1]" behind a stop belong to the sentence before.
func sentenceEnd(s string) int {
	for i, r := range s {
		if !strings.ContainsRune(".!?…\n", r) {
			continue
		}
		j := i + utf8.RuneLen(r)
		rest := strings.TrimLeftFunc(s[j:], unicode.IsSpace)
		space := len(s) - j - len(rest)
		if space == 0 && r != '\n' {
			continue
		}
		for strings.HasPrefix(rest, "[") {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return 0
			}
			if strings.Trim(rest[1:end], "0123456789, ") != "" {
				break
			}
			rest = strings.TrimLeftFunc(rest[end+1:], unicode.IsSpace)
		}
		if rest == "" {
			return 0
		}
		if strings.TrimSpace(s[:i]) != "" {
			return len(s) - len(rest)
		}
	}
	return 0
}

// sentenceKey is the sentence by its words alone: letter case, punctuation, markers and white space do not count.
func sentenceKey(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '[':
			depth++
		case r == ']' && depth > 0:
			depth--
		case depth == 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
