package privacy

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"testing"
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
