package gaps

import (
	"encoding/binary"
	"math"
	"slices"

	"switchboard/fallback/internal/lex"
)

// feature is one coordinate of a sparse vector.
type feature struct {
	id     int32
	weight float32
}

// vector is a text as it is compared: of length 1 with what is left out of it.
type vector struct {
	key      string // the same for texts of the same words
	features []feature
	rest     float64 // the square of what no other text has: it is near nothing
}

// vectors turns texts into sparse vectors of length 1: tf-idf of stems and of pairs of neighbours.
type vectors struct {
	ids  map[string]int32
	df   []int32
	keys []string // by id
}

// pairWeight is what a pair of neighbours weighs against one word of the same rarity.
const pairWeight = 0.6

// vectorize makes the vectors of texts, each in its language.
func vectorize(texts []text) []vector {
	v := &vectors{ids: map[string]int32{}}
	words := make([][]int32, len(texts))
	for i, t := range texts {
		words[i] = v.words(t)
	}
	fixed := v.respell()
	for i := range words {
		for j, id := range words[i] {
			words[i][j] = fixed[id]
		}
	}
	v.df = make([]int32, len(v.keys))
	pairs := make([][]int32, len(texts))
	for i, ws := range words {
		pairs[i] = v.pairs(ws)
		v.count(ws)
		v.count(pairs[i])
	}
	all := make([]vector, len(texts))
	for i := range words {
		all[i] = v.weigh(words[i], pairs[i], len(texts))
	}
	return all
}

// maxWords is how many words of a text count: what is longer is a story, and its beginning says what it is about.
const maxWords = 60

// words are the stems of a text's content words; of one that has none, of all its words.
func (v *vectors) words(t text) []int32 {
	var content, all []int32
	for _, w := range lex.Words(t.words) {
		if len(all) == maxWords {
			break
		}
		id := v.id(t.lang + ":" + lex.Stem(w, t.lang))
		all = append(all, id)
		if !lex.Function(w) {
			content = append(content, id)
		}
	}
	if len(content) > 0 {
		return content
	}
	return all
}

func (v *vectors) id(key string) int32 {
	id, ok := v.ids[key]
	if !ok {
		id = int32(len(v.keys)) //nolint:gosec // texts are bounded
		v.ids[key] = id
		v.keys = append(v.keys, key)
		v.df = append(v.df, 0)
	}
	v.df[id]++
	return id
}

// pairs are the neighbours among words, as features of their own.
func (v *vectors) pairs(words []int32) []int32 {
	var out []int32
	for i := 1; i < len(words); i++ {
		a, b := words[i-1], words[i]
		if a > b {
			a, b = b, a // "card lost" is "lost card"
		}
		key := v.keys[a] + " " + v.keys[b]
		id, ok := v.ids[key]
		if !ok {
			id = int32(len(v.keys)) //nolint:gosec // texts are bounded
			v.ids[key] = id
			v.keys, v.df = append(v.keys, key), append(v.df, 0)
		}
		out = append(out, id)
	}
	return out
}

// count adds each of a text's features once.
func (v *vectors) count(ids []int32) {
	for i, id := range ids {
		if !slices.Contains(ids[:i], id) {
			v.df[id]++
		}
	}
}

func (v *vectors) weigh(words, pairs []int32, n int) (out vector) {
	sorted := slices.Compact(slices.Sorted(slices.Values(words)))
	key := make([]byte, 0, 4*len(sorted))
	for _, id := range sorted {
		key = binary.LittleEndian.AppendUint32(key, uint32(id)) //nolint:gosec // never negative
	}
	out.key = string(key)
	add := func(ids []int32, share float64) { // said twice is not meant twice
		for _, id := range ids {
			w := share * math.Log(1+float64(n)/float64(v.df[id]))
			if v.df[id] < 2 {
				out.rest += w * w
			} else {
				out.features = append(out.features, feature{id, float32(w)})
			}
		}
	}
	slices.Sort(pairs)
	add(sorted, 1)
	add(slices.Compact(pairs), pairWeight)
	slices.SortFunc(out.features, byID)
	sum := out.rest
	for _, f := range out.features {
		sum += float64(f.weight) * float64(f.weight)
	}
	if sum == 0 {
		return out
	}
	out.rest /= sum
	for i := range out.features {
		out.features[i].weight /= float32(math.Sqrt(sum))
	}
	return out
}

// respell maps each word to the one that it is a misspelling of, as far as can be told: a rare word of five letters or
// more is a common one with a letter added, dropped, changed or swapped, where their first letters agree.
func (v *vectors) respell() []int32 {
	fixed := make([]int32, len(v.keys))
	byShape := map[string]int32{} // a common word with one letter left out, to the commonest such
	for id, key := range v.keys {
		fixed[id] = int32(id) //nolint:gosec // as above
		if v.df[id] < commonWord || len(key) < shortestFixed {
			continue
		}
		for _, shape := range shapes(key) {
			if old, ok := byShape[shape]; !ok || v.df[id] > v.df[old] {
				byShape[shape] = int32(id) //nolint:gosec // as above
			}
		}
	}
	for id, key := range v.keys {
		if v.df[id] > rareWord || len(key) < shortestFixed {
			continue
		}
		best := int32(-1)
		for _, shape := range shapes(key) {
			if c, ok := byShape[shape]; ok && (best < 0 || v.df[c] > v.df[best]) && v.df[c] > fixRatio*v.df[id] {
				best = c
			}
		}
		if best >= 0 && !digits(key) {
			fixed[id] = best
		}
	}
	return fixed
}

const (
	commonWord    = 4
	rareWord      = 2
	fixRatio      = 4
	shortestFixed = 5 + 3 // with the language before it
)

// shapes are a word, and the word with one letter left out, but for the language and the first letter: two words with a
// shape in common are a letter apart.
func shapes(key string) []string {
	out := []string{key}
	for i := 4; i < len(key); i++ {
		out = append(out, key[:i]+key[i+1:])
	}
	return out
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if '0' <= s[i] && s[i] <= '9' {
			return true
		}
	}
	return false
}
