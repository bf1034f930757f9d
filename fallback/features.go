package fallback

import (
	"math"
	"slices"

	"switchboard/fallback/internal/lex"
)

// feature is one coordinate of a sparse vector.
type feature struct {
	id     int32
	weight float32
}

// The shares of a vector's squared length that words and letters take.
const (
	wordShare = 0.5
	charShare = 0.5
)

// vectorizer turns a text into a sparse vector: tf-idf of words and pairs of words, and of the runs of 3 to 5 letters
// within words. What was never seen in training counts in a vector's length but in none of its coordinates, so that a
// text of unknown words is short and close to nothing.
type vectorizer struct {
	ids  map[string]int32
	idf  []float32
	rare float32 // idf of what was never seen
}

// grams calls yield with every feature of a text, as a key that is valid until the call returns. Keys of the two
// blocks begin with different bytes.
func grams(text string, yield func(key []byte, char bool)) {
	var buf [128]byte
	var prev string
	for _, t := range lex.Tokens(text) {
		if t.Stop() {
			prev = ""
			continue
		}
		yield(append(append(buf[:0], 'w'), t.Text...), false)
		if prev != "" {
			yield(append(append(append(append(buf[:0], 'w'), prev...), ' '), t.Text...), false)
		}
		prev = t.Text
		charGrams(t.Text, buf[:0], func(key []byte) { yield(key, true) })
	}
}

// charGrams yields the runs of 3 to 5 bytes of a word with its borders marked. Folded words are ASCII but for other
// scripts, where bytes do as well as letters.
func charGrams(word string, buf []byte, yield func([]byte)) {
	if len(word) > 40 {
		word = word[:40]
	}
	buf = append(append(append(buf, 'c', '<'), word...), '>')
	body := buf[1:]
	for n := 3; n <= 5; n++ {
		for i := 0; i+n <= len(body); i++ {
			// The byte before the run is overwritten by the block's mark and put back.
			saved := buf[i]
			buf[i] = 'c'
			yield(buf[i : i+n+1])
			buf[i] = saved
		}
	}
}

// newVectorizer learns the features of texts. What was seen once tells of nothing but its own text and is left out, but
// for the words of small sets.
func newVectorizer(texts []string) *vectorizer {
	type stat struct{ df, last int32 }
	stats := map[string]*stat{}
	var order []string
	for i, text := range texts {
		grams(text, func(key []byte, _ bool) {
			s := stats[string(key)]
			if s == nil {
				s = &stat{last: -1}
				k := string(key)
				stats[k] = s
				order = append(order, k)
			}
			if s.last != int32(i) {
				s.df++
				s.last = int32(i)
			}
		})
	}
	v := &vectorizer{ids: make(map[string]int32, len(order))}
	n := float64(len(texts))
	for _, k := range order {
		df := stats[k].df
		if df < 2 && (k[0] == 'c' || len(texts) > 3000) {
			continue
		}
		v.ids[k] = int32(len(v.idf))
		v.idf = append(v.idf, float32(math.Log((1+n)/(1+float64(df)))+1))
	}
	v.rare = float32(math.Log(1+n) + 1)
	return v
}

// vector returns the text's vector, sorted by id, and the share of its words' weight that training knew, 0..1.
func (v *vectorizer) vector(text string) (vec []feature, known float64) {
	vec = make([]feature, 0, 128)
	var block [2][]feature
	var missed [2]float64
	block[0] = make([]feature, 0, 32)
	block[1] = make([]feature, 0, 128)
	wordMass, wordKnown := 0.0, 0.0
	grams(text, func(key []byte, char bool) {
		b := 0
		if char {
			b = 1
		}
		id, ok := v.ids[string(key)]
		if !ok {
			missed[b] += float64(v.rare) * float64(v.rare)
		} else {
			block[b] = append(block[b], feature{id, 1})
		}
		if b == 0 && !slices.Contains(key, ' ') && !lex.Function(string(key[1:])) {
			wordMass++
			if ok {
				wordKnown++
			}
		}
	})
	for b, share := range [2]float64{wordShare, charShare} {
		fs := v.weigh(block[b])
		sum := missed[b]
		for _, f := range fs {
			sum += float64(f.weight) * float64(f.weight)
		}
		if sum == 0 {
			continue
		}
		scale := float32(math.Sqrt(share / sum))
		for _, f := range fs {
			vec = append(vec, feature{f.id, f.weight * scale})
		}
	}
	slices.SortFunc(vec, func(a, b feature) int { return int(a.id) - int(b.id) })
	if wordMass == 0 {
		return vec, 0
	}
	return vec, wordKnown / wordMass
}

// weigh merges equal features and weighs them by (1 + ln tf) idf.
func (v *vectorizer) weigh(fs []feature) []feature {
	slices.SortFunc(fs, func(a, b feature) int { return int(a.id) - int(b.id) })
	n := 0
	for i := 0; i < len(fs); {
		j := i
		for j < len(fs) && fs[j].id == fs[i].id {
			j++
		}
		fs[n] = feature{fs[i].id, (1 + float32(math.Log(float64(j-i)))) * v.idf[fs[i].id]}
		n++
		i = j
	}
	return fs[:n]
}
