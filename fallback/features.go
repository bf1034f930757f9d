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
	var missed [2]float64
	var block [2][]int32 // ids of what training knew
	block[0] = make([]int32, 0, 64)
	block[1] = make([]int32, 0, 256)
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
			block[b] = append(block[b], id)
		}
		if b == 0 && !slices.Contains(key, ' ') && !lex.Function(string(key[1:])) {
			wordMass++
			if ok {
				wordKnown++
			}
		}
	})
	vec = merge(v.weigh(block[0], missed[0], wordShare), v.weigh(block[1], missed[1], charShare))
	if wordMass == 0 {
		return vec, 0
	}
	return vec, wordKnown / wordMass
}

// weigh merges equal features and weighs them by (1 + ln tf) idf, so that their squares with what was missed come to
// share. It sorts ids.
func (v *vectorizer) weigh(ids []int32, missed, share float64) []feature {
	slices.Sort(ids)
	fs := make([]feature, 0, len(ids))
	sum := missed
	for i := 0; i < len(ids); {
		j := i
		for j < len(ids) && ids[j] == ids[i] {
			j++
		}
		f := feature{ids[i], (1 + float32(math.Log(float64(j-i)))) * v.idf[ids[i]]}
		sum += float64(f.weight) * float64(f.weight)
		fs = append(fs, f)
		i = j
	}
	if sum == 0 {
		return nil
	}
	scale := float32(math.Sqrt(share / sum))
	for i := range fs {
		fs[i].weight *= scale
	}
	return fs
}

// merge joins two lists sorted by id.
func merge(a, b []feature) []feature {
	out := make([]feature, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].id < b[0].id {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
