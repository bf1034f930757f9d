package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foldGreek writes a word in lower case without accents, with one form of sigma: "ΧΡΈΩΣΗΣ" and "χρέωσης" are
// "χρεωσησ". So are bleve's stop words written.
func foldGreek(word []byte) []byte {
	return []byte(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ς':
			return 'σ'
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(string(word))))
}

// greekEndings are those of nouns, adjectives and verbs, folded. The longest that a word has is cut off. What is left
// has the number of letters that they are grouped by, at least: short endings are also those of short words.
var greekEndings = []struct {
	stem    int
	endings []string
}{
	{2, strings.Fields(`α ασ ε εσ ο οσ οι ου ουσ ων η ησ ω ι`)},
	{3, strings.Fields(`
		εισ εωσ εων εα εασ
		ματοσ ματα ματων μα
		ει ουμε ομε ετε ουν ουνε ατε αμε αν ανε αω αει αει τε
		ομαι εσαι εται ομαστε οσαστε εστε ονται ομουν οσουν οταν ονταν
		ουσα ουσεσ ουσε ουσαμε ουσατε ουσαν
		ηκα ηκεσ ηκε ηκαμε ηκατε ηκαν
		οντασ ωντασ`)},
}

var greekStem = func() map[string]int {
	all := map[string]int{}
	for _, group := range greekEndings {
		for _, e := range group.endings {
			all[e] = group.stem
		}
	}
	return all
}()

// stemGreek cuts the ending off a folded word, and with it an iota before it, which endings of one noun have and lack
// ("κουμπι, κουμπιου"). It is a light stemmer: the aim is that the forms of one word meet, not that words of one root
// do. Neuters in -μα keep the stem that their genitive has without -τος.
func stemGreek(word []byte) []byte {
	if r, _ := utf8.DecodeRune(word); !unicode.Is(unicode.Greek, r) {
		return word
	}
	letters := utf8.RuneCount(word)
	left := 0
	for i := range string(word) { // from the longest ending to the shortest
		if stem, ok := greekStem[string(word[i:])]; ok && left >= stem {
			return withoutIota(word[:i], left)
		}
		if left++; left == letters {
			break
		}
	}
	return word
}

func withoutIota(stem []byte, letters int) []byte {
	const iota = "ι"
	if letters > 3 && strings.HasSuffix(string(stem), iota) {
		return stem[:len(stem)-len(iota)]
	}
	return stem
}
