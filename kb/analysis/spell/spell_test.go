package spell_test

import (
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"switchboard/kb/analysis"
	"switchboard/kb/analysis/spell"
	"switchboard/kb/demo"
)

// vocabularies counts in how many of the demo articles of a language each stem, and each word, is.
func vocabularies(tb testing.TB, lang string) (stems, words map[string]int) {
	stems, words = map[string]int{}, map[string]int{}
	a := analysis.For(lang)
	err := fs.WalkDir(demo.Articles, "articles/"+lang, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(demo.Articles, path)
		inThis, wordsInThis := map[string]bool{}, map[string]bool{}
		for _, t := range a.Terms(string(text)) {
			inThis[t.Text] = true
			wordsInThis[strings.ToLower(string(text[t.Start:t.End]))] = true
		}
		for term := range inThis {
			stems[term]++
		}
		for word := range wordsInThis {
			words[word]++
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return stems, words
}

func sorted(vocabulary map[string]int) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, term := range slices.Sorted(maps.Keys(vocabulary)) {
			if !yield(term, vocabulary[term]) {
				return
			}
		}
	}
}

// mistake writes a word wrong in one place behind its first letter, most often as hands do.
func mistake(r *rand.Rand, word string) string {
	letters := []rune(word)
	i := 1 + r.IntN(len(letters)-1)
	switch r.IntN(5) {
	case 0:
		return string(slices.Delete(letters, i, i+1))
	case 1:
		if i+1 < len(letters) {
			letters[i], letters[i+1] = letters[i+1], letters[i]
		} else {
			letters[i-1], letters[i] = letters[i], letters[i-1]
		}
	case 2:
		return string(slices.Insert(letters, i, letters[i]))
	case 3:
		return string(slices.Insert(letters, i, 'a'+r.Int32N(26)))
	case 4:
		for _, keys := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
			if at := strings.IndexRune(keys, letters[i]); at >= 0 {
				letters[i] = rune(keys[max((at+2*r.IntN(2)-1)%len(keys), 0)])
				break
			}
		}
	}
	return string(letters)
}

// TestRecall writes the words of the demo articles wrong and wants the term that was meant to come first. The floors are
// a little under what was measured.
func TestRecall(t *testing.T) {
	for _, tt := range []struct {
		lang         string
		ofWords      bool // the vocabulary is words, not stems
		mistakes     int
		first, among float64 // share of words whose term comes first, or at all
	}{
		{"en", false, 1, 0.83, 0.86},
		{"en", true, 1, 0.93, 0.95},
		{"en", false, 2, 0.55, 0.56},
		{"en", true, 2, 0.89, 0.89},
		{"es", false, 1, 0.90, 0.92},
		{"es", true, 1, 0.96, 0.97},
	} {
		t.Run(fmt.Sprintf("%s words=%v %d", tt.lang, tt.ofWords, tt.mistakes), func(t *testing.T) {
			stem := analysis.For(tt.lang).Word
			stems, words := vocabularies(t, tt.lang)
			c := spell.New(sorted(stems), stem)
			if tt.ofWords {
				c = spell.New(sorted(words), nil)
			}
			r := rand.New(rand.NewPCG(1, 2))
			tried, first, among := 0, 0, 0
			for _, word := range slices.Sorted(maps.Keys(words)) {
				if len(word) < 4+4*(tt.mistakes-1) || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
					continue
				}
				wrong := mistake(r, word)
				if tt.mistakes == 2 {
					wrong = mistake(r, wrong)
				}
				if words[wrong] > 0 || stems[stem(wrong)] > 0 || stem(wrong) == "" {
					continue // it is another word, or harmless
				}
				tried++
				for i, s := range c.Suggest(wrong) {
					if stem(s.Term) == stem(word) || (!tt.ofWords && s.Term == stem(word)) {
						among++
						if i == 0 {
							first++
						}
						break
					}
				}
			}
			f, a := float64(first)/float64(tried), float64(among)/float64(tried)
			t.Logf("of %d words, first %.3f, among those proposed %.3f", tried, f, a)
			if tried < 300 || f < tt.first || a < tt.among {
				t.Errorf("of %d words, first %.3f, want %.3f; among those proposed %.3f, want %.3f", tried, f, tt.first, a, tt.among)
			}
		})
	}
}

var small = map[string]int{
	"roam": 40, "invoic": 30, "bill": 50, "router": 60, "cancel": 20, "broadband": 25, "cafe": 1, "data": 200, "date": 3,
	"contract": 80, "contrast": 1, "m2m": 9, "sim": 70, "χρεωσ": 4, "activ": 12, "up": 3,
}

func TestSuggest(t *testing.T) {
	c := spell.New(sorted(small), analysis.For("en").Word)
	for _, tt := range []struct{ word, want string }{
		{"roamnig", "roam"}, // the ending is wrong
		{"raoming", "roam"},
		{"Roaimng", "roam"},
		{"invioce", "invoic"},
		{"rotuer", "router"},
		{"oruter", "router"}, // the first letter is wrong
		{"borad-band", ""},   // no word
		{"boradbadn", "broadband"},
		{"cancle", "cancel"},
		{"café", ""},             // known
		{"contrast", "contract"}, // known, and rare beside its neighbour
		{"date", "data"},         // the same
		{"router", ""},
		{"sin", ""},     // short
		{"m2n3", ""},    // with digits
		{"the", ""},     // stop word
		{"weather", ""}, // near nothing
		{"χρεοση", ""},  // the stemmer is English
		{"", ""},
		{"\xff\xfe\xfd\xfc", ""},
		{strings.Repeat("a", 40), ""},
	} {
		got := c.Suggest(tt.word)
		first, sum := "", 0.0
		for i, s := range got {
			if i == 0 {
				first = s.Term
			}
			if s.Weight <= 0 || s.Distance < 1 || s.Distance > 2 {
				t.Errorf("%q: %+v", tt.word, s)
			}
			sum += s.Weight
		}
		if first != tt.want || sum > 1 {
			t.Errorf("%q: got %+v, want %q", tt.word, got, tt.want)
		}
	}
	if got := spell.New(sorted(nil), nil).Suggest("router"); len(got) > 0 {
		t.Errorf("an empty vocabulary suggests %+v", got)
	}
}

// TestOrderOfVocabulary wants the same suggestions however the vocabulary comes.
func TestOrderOfVocabulary(t *testing.T) {
	want := fmt.Sprint(spell.New(sorted(small), nil).Suggest("contrat"))
	c := spell.New(func(yield func(string, int) bool) {
		for _, term := range slices.Backward(slices.Sorted(maps.Keys(small))) {
			if !yield(term, small[term]-small[term]/2) || !yield(term, small[term]/2) {
				return
			}
		}
	}, nil)
	if got := fmt.Sprint(c.Suggest("contrat")); got != want || len(want) < 5 {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzSuggest(f *testing.F) {
	f.Add("roaming contract χρέωση", "raoming")
	f.Fuzz(func(t *testing.T, vocabulary, word string) {
		all := map[string]int{}
		for i, term := range strings.Fields(vocabulary) {
			all[term] = i + 1
		}
		c := spell.New(sorted(all), analysis.For("en").Word)
		got := c.Suggest(word)
		for _, s := range got {
			if all[s.Term] == 0 || s.Weight <= 0 || s.Weight > 1 {
				t.Fatalf("%q: %+v", word, s)
			}
		}
		if again := c.Suggest(word); !slices.Equal(got, again) {
			t.Fatalf("%q: %+v, then %+v", word, got, again)
		}
	})
}

// large is a vocabulary of 200,000 words made of the syllables of the demo articles.
func large(tb testing.TB) map[string]int {
	_, words := vocabularies(tb, "en")
	parts := slices.Sorted(maps.Keys(words))
	r := rand.New(rand.NewPCG(3, 4))
	all := maps.Clone(words)
	for len(all) < 200_000 {
		a, b := parts[r.IntN(len(parts))], parts[r.IntN(len(parts))]
		word := a[:len(a)/2] + b[len(b)/2:]
		if len(word) >= 3 && len(word) < 15 && !strings.ContainsFunc(word, unicode.IsDigit) {
			all[word] = 1 + r.IntN(50)
		} else if len(word) >= 15 {
			all[word[:12]] = 1
		}
	}
	return all
}

// cpu is the time that the process has worked, which other processes do not lengthen.
func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCorrector measures a vocabulary of 200,000 terms: making the corrector, and one wrong word.
func BenchmarkCorrector(b *testing.B) {
	all := sorted(large(b))
	list := slices.Collect(func(yield func(string) bool) {
		for term := range all {
			if !yield(term) {
				return
			}
		}
	})
	inOrder := func(yield func(string, int) bool) {
		for i, term := range list {
			if !yield(term, i%50+1) {
				return
			}
		}
	}
	b.Run("new", func(b *testing.B) {
		begin := cpu(b)
		for b.Loop() {
			spell.New(inOrder, nil)
		}
		b.ReportMetric(float64((cpu(b)-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
	})
	for name, stem := range map[string]func(string) string{"words": nil, "stems": analysis.For("en").Word} {
		b.Run("suggest/"+name, func(b *testing.B) {
			c := spell.New(inOrder, stem)
			r := rand.New(rand.NewPCG(1, 2))
			var wrong []string
			for len(wrong) < 1000 {
				if word := list[r.IntN(len(list))]; len(word) > 4 {
					wrong = append(wrong, mistake(r, word))
				}
			}
			i := 0
			begin := cpu(b)
			for b.Loop() {
				c.Suggest(wrong[i%len(wrong)])
				i++
			}
			b.ReportMetric(float64((cpu(b)-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}
