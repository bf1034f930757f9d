package privacy

import (
	"fmt"
	"math"
	"regexp/syntax"
	"strings"
	"testing"
	"time"
)

func TestNeedsDigit(t *testing.T) {
	for pattern, want := range map[string]bool{
		`VR-?[0-9]{7}`: true, `(?i)\b(acct)\s*([0-9]{3})+`: true, `a1|b2`: true, `\d`: true, `a|[0-9]`: false, `[0-9]*`: false, `[0-9]{0,3}x`: false,
		`[0-9a-f]+`: false, `abc`: false, ``: false,
	} {
		re, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := needsDigit(re); got != want {
			t.Errorf("needsDigit(%s) = %v, want %v", pattern, got, want)
		}
	}
}

// TestListsAreFolded: a list's word that folds to nothing, or a cue of words that no text can have, would never be met.
func TestListsAreFolded(t *testing.T) {
	for w, e := range lexicon() {
		if w == "" || e.word != w || fold(w) != w {
			t.Errorf("%q is listed as %q", w, e.word)
		}
	}
	for _, c := range cues {
		s := scan(strings.Join(c.words, " "))
		if len(s.words) != len(c.words) {
			t.Errorf("%q is cut into %d words", c.words, len(s.words))
			continue
		}
		met := false
		s.cuesAt(0, func(found *cue, next int) { met = met || found.purpose == c.purpose && next == len(c.words) })
		if !met {
			t.Errorf("%q is not met", c.words)
		}
	}
}

// hostile are texts that a careless search would go over again and again.
var hostile = map[string]string{
	"digits": "1 2 3 4 5 6 7 8 9 0 ", "cards": "4111 1111 1111 1112 ", "ats": "a@", "brackets": "[[[(((", "names": "John Smith and Mary Jones, ",
	"cues": "my name is my name is ", "capitals": "Xaver Yloon Zbig ", "streets": "12 Harbour 12 Harbour ", "flats": "Apt. 12, Flat 3, ",
	"keys": "aB3dE6gH9", "colons": "a:b:c:1:", "tokens": "[NAME_1] [NAME_2", "text": "How much is roaming in Switzerland? I have 3 lines with 20 GB. ",
	"letters": "aaaaaaaaaaaaaaaa", "secrets": "password is password is ", "dates": "born on 1.2.1990 ", "speakers": "Anna: hi\n", "dotted": "1.2.3.4.", "pins": "pin 1 pin code ",
}

// TestFindIsLinear: what is four times as long takes no more than about four times as long, whatever it is made of.
func TestFindIsLinear(t *testing.T) {
	m := Default()
	m.Find("warm")
	for name, part := range hostile {
		short, long := work(m, strings.Repeat(part, 8<<10/len(part))), work(m, strings.Repeat(part, 64<<10/len(part)))
		if long > 40*short { // eight, the collector's work, and a busy machine's; going over it again for each word would be hundreds
			t.Errorf("%s: 8 times the text takes %.1f times the time", name, long/short)
		}
	}
}

// work is the least time of three searches.
func work(m *Masker, text string) float64 {
	best := time.Duration(math.MaxInt64)
	for range 3 {
		began := time.Now()
		m.Find(text)
		best = min(best, time.Since(began))
	}
	return float64(best)
}

// What most questions are, what costs most, and long texts.
func BenchmarkFind(b *testing.B) {
	for _, bm := range []struct{ name, text string }{
		{"nothing", "How much is roaming in Switzerland?"},
		{"digits", "I have 3 lines with 20 GB, what does 5G cost?"},
		{"personal", "My name is Maria Lopez, mail maria@example.com or call +353 1 555 0117"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Default().Mask(bm.text)
			}
		})
	}
	for name, part := range hostile {
		b.Run(fmt.Sprintf("megabyte/%s", name), func(b *testing.B) {
			text := strings.Repeat(part, 1<<20/len(part))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Default().Find(text)
			}
		})
	}
}
