package spell

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suggest returns the terms that may be meant by a word that is written wrong, the most likely first; none for a word
// that the vocabulary has, unless a neighbour is far more frequent, and none for words with digits. The same word always
// has the same suggestions.
func (c *Corrector) Suggest(word string) []Suggestion {
	least := 1
	if known := c.find(c.stemOf(strings.ToLower(word))); known >= 0 {
		least = dwarfed * int(c.seen[known])
	}
	return Weigh(c.near(word, least, least == 1), func(term string) int { return int(c.seen[c.find(term)]) })
}

// Near returns all terms that an unknown word may be a misspelling of, the nearest first. It does not look at how
// frequent they are: to a vocabulary that is not quite the right one, Weigh gives the counts of the right one.
func (c *Corrector) Near(word string) []Neighbour { return c.near(word, 1, true) }

func (c *Corrector) stemOf(word string) string {
	if c.stem == nil {
		return word
	}
	return c.stem(word)
}

// near looks for terms that so many passages have. A word that the vocabulary does not have may have two mistakes.
func (c *Corrector) near(word string, least int, absent bool) []Neighbour {
	word = strings.ToLower(word)
	letters := utf8.RuneCountInString(word)
	if letters < shortest || letters > longest || strings.ContainsFunc(word, notLetter) {
		return nil
	}
	stem := c.stemOf(word)
	if stem == "" {
		return nil // a stop word
	}
	s := search{c: c, word: []rune(word), limit: 1, least: least, found: map[int32]near{}}
	if absent && letters >= twoMistakes {
		s.limit = 2
	}
	s.compare(word)
	if stem != word {
		s.compare(stem)
	}
	if c.stem != nil && !s.certain() {
		s.endings()
	}
	return s.neighbours()
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && r != '\'' }

// near is how far a term is from the word.
type near struct {
	distance int
	cost     float64
}

// search is the search for one word's neighbours.
type search struct {
	c     *Corrector
	word  []rune
	limit int // of the distance
	least int // passages that have a term
	found map[int32]near
	spare []rune
}

// compare finds the terms that are near a form of the word: within one mistake all, within two those with the same
// first letter, which is seldom wrong.
func (s *search) compare(form string) {
	letters := []rune(form)
	n := len(letters)
	mark := signature(form)
	for l := max(n-1, shortestTerm); l <= min(n+1, longest); l++ {
		s.scan(letters, mark, s.c.places[l], s.c.places[l+1], 1)
	}
	if s.limit < 2 || n < twoMistakes-2 {
		return
	}
	for l := max(n-2, shortestTerm); l <= min(n+2, longest); l++ {
		s.scan(letters, mark, s.c.atLeast(l, string(letters[0])), s.c.atLeast(l, string(letters[0]+1)), 2)
	}
}

// scan compares a form with the terms from begin to before end.
func (s *search) scan(form []rune, mark uint64, begin, end, limit int) {
	differ := 2 * limit
	for i, other := range s.c.letters[begin:end] {
		if bits.OnesCount64(mark^other) > differ || int(s.c.seen[begin+i]) < s.least {
			continue
		}
		s.spare = s.spare[:0]
		for _, r := range s.c.term(begin + i) {
			s.spare = append(s.spare, r)
		}
		if d := distance(form, s.spare, limit); d > 0 && d <= limit {
			s.add(begin+i, near{d, cost(form, s.spare)})
		}
	}
}

func (s *search) add(i int, n near) {
	if old, ok := s.found[int32(i)]; !ok || n.cost < old.cost {
		s.found[int32(i)] = n
	}
}

// certain reports whether a term is one mistake away that hands make often.
func (s *search) certain() bool {
	for _, n := range s.found {
		if n.cost <= likely {
			return true
		}
	}
	return false
}

// How many letters from its end a word's mistakes are undone before it is stemmed, and how many letters are tried.
const (
	endingLetters = 4
	triedLetters  = 12
)

// endings undoes one mistake at the end of the word, where a stemmer does not know an ending with a mistake, and looks
// for the stem of what comes of it. Only what is behind a stem is tried: a mistake before has been found by comparing.
func (s *search) endings() {
	from := s.stemEnd()
	if from == 0 {
		return
	}
	try := func(form []rune) {
		if i := s.c.find(s.c.stem(string(form))); i >= 0 && int(s.c.seen[i]) >= s.least {
			s.add(i, near{1, cost(s.word, form)})
		}
	}
	form := make([]rune, 0, len(s.word)+1)
	for i := from; i <= len(s.word); i++ {
		head, tail := s.word[:i], s.word[i:]
		if len(tail) > 0 {
			try(append(append(form[:0], head...), tail[1:]...))
		}
		if len(tail) > 1 {
			try(append(append(form[:0], head...), append([]rune{tail[1], tail[0]}, tail[2:]...)...))
		}
		for _, r := range s.c.common {
			try(append(append(append(form[:0], head...), r), tail...))
			if len(tail) > 0 && r != tail[0] {
				try(append(append(append(form[:0], head...), r), tail[1:]...))
			}
		}
	}
}

// stemEnd returns where the ending begins behind the shortest term that the word begins with, but for the term's last
// letter, which stemmers change; 0 if there is none.
func (s *search) stemEnd() int {
	for l := max(len(s.word)-endingLetters+1, shortestTerm+1); l <= len(s.word); l++ {
		head := string(s.word[:l-1])
		if i := s.c.atLeast(l-1, head); i < s.c.places[l] && s.c.term(i) == head {
			return l - 1
		}
		if i := s.c.atLeast(l, head); i < s.c.places[l+1] && strings.HasPrefix(s.c.term(i), head) {
			return l - 1
		}
	}
	return 0
}

// Belief in a term is that the index has it, which grows with how many passages do, times that it is written like
// this by mistake, which falls with the cost of the mistakes. The numbers were fitted to mistakes that the tests make.
const (
	frequencyPower = 0.6
	costPower      = 4.5
	// unknown is the cost at which a term of one passage is believed in as much as a word that the index does not know.
	unknown = 1.6
)

// Neighbour is a term that is near a word.
type Neighbour struct {
	Term     string
	Distance int     // letters left out, put in, taken for another, or swapped with the next
	cost     float64 // of the mistakes: the lower, the more often they are made
}

// neighbours returns what was found, the nearest first.
func (s *search) neighbours() []Neighbour {
	all := make([]Neighbour, 0, len(s.found))
	for i, n := range s.found {
		all = append(all, Neighbour{s.c.term(int(i)), n.distance, n.cost})
	}
	slices.SortFunc(all, Neighbour.compare)
	return all
}

func (n Neighbour) compare(o Neighbour) int {
	return cmp.Or(cmp.Compare(n.cost, o.cost), strings.Compare(n.Term, o.Term))
}

// Join returns the neighbours of both lists, each once, the nearest first.
func Join(a, b []Neighbour) []Neighbour {
	all := slices.Concat(a, b)
	slices.SortFunc(all, Neighbour.compare)
	seen := make(map[string]bool, len(all))
	return slices.DeleteFunc(all, func(n Neighbour) bool {
		again := seen[n.Term]
		seen[n.Term] = true
		return again
	})
}

// Weigh returns the most likely of a word's neighbours, by how many passages have each; those that none has are none.
func Weigh(near []Neighbour, seen func(term string) int) []Suggestion {
	all := make([]Suggestion, 0, len(near))
	total := math.Exp(-costPower * unknown)
	for _, n := range near {
		if passages := seen(n.Term); passages > 0 {
			belief := math.Pow(float64(passages), frequencyPower) * math.Exp(-costPower*n.cost)
			all = append(all, Suggestion{Term: n.Term, Distance: n.Distance, Weight: belief})
		}
	}
	slices.SortFunc(all, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Term, b.Term))
	})
	for _, x := range all { // in order, or the sum would differ in its last digits
		total += x.Weight
	}
	for i := range all {
		all[i].Weight /= total
	}
	return all[:min(len(all), most)]
}
