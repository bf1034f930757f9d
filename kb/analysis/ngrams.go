package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Where letters run on without spaces there are no words to find without a dictionary. There, each two neighbours are
// a term, so that any part of a run of two letters or more is found in any other that has it: neighbours are
// ideographs in Chinese and Japanese, syllables in Korean, clusters in Thai and its relatives.

// ideographs adds the pairs of a run of ideographs, or the one if it is alone.
func (w *writer) ideographs(start, end int) {
	w.pairs(start, end, func(i int) int {
		_, size := utf8.DecodeRuneInString(w.text[i:])
		for i += size; i < end; i += size {
			var r rune
			if r, size = utf8.DecodeRuneInString(w.text[i:]); classOf(r) != mark {
				break
			}
		}
		return i
	})
}

// clusters adds the pairs of a run of clusters.
func (w *writer) clusters(start, end int) {
	for _, polite := range politeThai {
		if cut, ok := strings.CutSuffix(w.text[start:end], polite); ok {
			end = start + len(cut)
			break
		}
	}
	w.pairs(start, end, func(i int) int { return clusterEnd(w.text[:end], i) })
}

// politeThai are the particles that end a sentence and say nothing, longer ones first.
var politeThai = []string{"นะครับ", "ครับผม", "นะคะ", "ครับ", "ค่ะ", "คะ"}

// pairs adds each two neighbours, which after divides. It returns the end of the unit at i.
func (w *writer) pairs(start, end int, after func(i int) int) {
	if start >= end {
		return
	}
	last, middle := start, after(start)
	if middle >= end {
		w.pos++
		w.add(w.text[start:end], start, end)
		return
	}
	for middle < end {
		next := after(middle)
		w.pos++
		w.add(w.text[last:next], last, next)
		last, middle = middle, next
	}
}

// clusterEnd returns the end of the cluster at i: letters that are never torn apart, which are a consonant with the
// vowels that are written before, above, below and behind it, and with its tone mark. The rules are those of Thai
// character clusters (Theeramunkong et al., 2000) less the few that need to look at whole syllables. Lao is written
// alike; Khmer and Burmese join a letter to the next by a sign between them.
func clusterEnd(text string, i int) int {
	r, size := utf8.DecodeRuneInString(text[i:])
	i += size
	if isLeading(r) && i < len(text) {
		_, size = utf8.DecodeRuneInString(text[i:])
		i += size
	}
	for joined := false; i < len(text); i += size {
		r, size = utf8.DecodeRuneInString(text[i:])
		if !joined && !isTrailing(r) && !unicode.Is(unicode.M, r) && classOf(r) != mark {
			break
		}
		joined = r == '\u17d2' || r == '\u1039'
	}
	return i
}

// isLeading reports whether r is a vowel of Thai or Lao that is written before its consonant.
func isLeading(r rune) bool { return 'เ' <= r && r <= 'ไ' || 'ເ' <= r && r <= 'ໄ' }

// isTrailing reports whether r is a vowel, or a mark of repetition, that is written behind its consonant.
func isTrailing(r rune) bool {
	switch r {
	case 'ะ', 'า', 'ำ', 'ๅ', 'ๆ', 'ະ', 'າ', 'ຳ', 'ໆ':
		return true
	}
	return false
}
