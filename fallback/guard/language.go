package guard

import (
	"fmt"
	"strings"
)

// language stops a sentence in another language than the reply's. Short ones and names tell nothing; what a passage says
// word for word may be quoted, and where no passage is in the customer's language, what there is may be said.
func language(s *sentence) string {
	want := tongue(s.Lang)
	if want < 0 || len(s.words) < leastWords {
		return ""
	}
	var votes [8]int
	foreign, letters := 0, 0
	for _, t := range s.tokens {
		if t.Stop() {
			continue
		}
		letters++
		if t.Text[0] >= 0x80 {
			foreign++ // no Latin letter: those are folded
		}
		if t.Upper && !t.First {
			continue
		}
		spoken := speakers[t.Text]
		for i := range tongues {
			if spoken>>i&1 != 0 {
				votes[i]++
			}
		}
	}
	other := -1
	for i := range tongues {
		if votes[i] >= leastVotes && votes[i] > 2*votes[want] && (other < 0 || votes[i] > votes[other]) {
			other = i
		}
	}
	if other < 0 && 2*foreign <= letters || !s.hasPassageIn(s.Lang) || s.copied() {
		return ""
	}
	if other < 0 {
		return fmt.Sprintf("the sentence is in another script than the reply's language (%s)", s.Lang)
	}
	return fmt.Sprintf("the sentence is in another language (%s) than the reply (%s)", tongues[other], s.Lang)
}

const (
	leastWords = 5 // of a sentence whose language is judged
	leastVotes = 3 // words of grammar that speak for another language
)

// hasPassageIn reports whether a passage is in a language, or does not say its own.
func (s *sentence) hasPassageIn(lang string) bool {
	for _, p := range s.Passages {
		if p.Lang == lang || p.Lang == "" {
			return true
		}
	}
	return false
}

// tongues are the languages that are told apart, by words of grammar that few others share.
var tongues = []string{"en", "es", "de", "fr", "pt", "it", "nl"}

func tongue(lang string) int {
	lang, _, _ = strings.Cut(lang, "-")
	for i, t := range tongues {
		if t == lang {
			return i
		}
	}
	return -1
}

var speakers = func() map[string]uint8 {
	m := map[string]uint8{}
	for i, words := range []string{
		"the and is are was of to in on for with your you it if can not this that be have has will from by at or a an we i my when how which",
		"el la los las un una de del y en que se es son con por para su sus tu tus lo al si no como cuando cada esta este puede puedes desde o usted",
		"der die das den dem ein eine einen und ist sind nicht mit von zu im auf fur sie ihr ihre ihren es wenn kann konnen wird oder bei aus nach uber",
		"le la les des du un une et est sont dans pour avec sur vous votre vos ne pas que qui ce cette au aux si ou par peut pouvez il elle",
		"o os as um uma do da dos das e em no na nos nas que se para com por seu sua nao ou ao voce pode quando cada mais esta",
		"il lo gli le un una di del della dei delle e in nel nella che si per con su suo sua non o al alla puo se quando ogni piu sono",
		"de het een en van in op te is zijn niet met voor u uw je jouw als kan kunt of bij uit naar dat die deze wordt aan",
	} {
		for _, w := range strings.Fields(words) {
			m[w] |= 1 << i
		}
	}
	return m
}()
