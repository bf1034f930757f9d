package analysis

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/blevesearch/segment"
)

// scanned joins what the scanner finds.
func scanned(text string) string {
	var all []string
	for s := (scanner{text: text}); s.next(); {
		all = append(all, text[s.start:s.end])
	}
	return strings.Join(all, "|")
}

// segmented joins what the tokenizer of bleve finds.
func segmented(text string) string {
	var all []string
	for s := segment.NewWordSegmenterDirect([]byte(text)); s.Segment(); {
		if s.Type() != segment.None {
			all = append(all, string(s.Bytes()))
		}
	}
	return strings.Join(all, "|")
}

func TestScan(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{" - ", ""},
		{"Wi-Fi 6, €4.99!", "Wi|Fi|6|4.99"},
		{"can't 'quoted' don’t.", "can't|quoted|don’t"},
		{"1.000,00 10GB a.b 4. a,b", "1.000,00|10GB|a.b|4|a|b"},
		{"snake_case _x_ a__1", "snake_case|_x_|a__1"},
		{"e.g. www.vireo.example/help", "e.g|www.vireo.example|help"},
		{"cafe\u0301 soft\u00adhyphen", "cafe\u0301|soft\u00adhyphen"},
		{"10\u202fGB\u00a0x\u200by", "10|GB|x|y"},
		{"漢字カナひら", "漢|字|カナ|ひ|ら"},
		{`חו"ל צה'`, `חו"ל|צה'`},
		{"لا يعمل ٥", "لا|يعمل|٥"},
		{"ซิม5G โทร", "ซิม|5G|โทร"},
		{"one\xfftwo \xe2\x82 three", "one|two|three"},
		{"🙂👍🏽 ok", "ok"},
	} {
		if got := scanned(tt.text); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestScanAsBleve puts each letter of the common scripts in every surrounding that decides about it.
func TestScanAsBleve(t *testing.T) {
	differ := func(r rune) bool { // letters, and marks, that came after Unicode 8, and digits of full width
		return slices.Contains([]rune{0x560, 0x588, 0x5ef, 0x7fd, 0x1df6, 0x1df7, 0x1df8, 0x1df9, 0x1dfa, 0x1dfb}, r) ||
			0xff10 <= r && r <= 0xff19
	}
	for _, block := range [][2]rune{{1, 0x7ff}, {0x900, 0x97f}, {0x1d00, 0x206f}, {0x3041, 0x30ff}, {0x4e00, 0x9fd5},
		{0xac00, 0xd7a3}, {0xff01, 0xffef}} {
		for r := block[0]; r <= block[1]; r++ {
			if differ(r) {
				continue
			}
			c := string(r)
			for _, text := range []string{c, c + c, "a" + c, c + "a", "a" + c + "a", "1" + c + "1", "a" + c + "1",
				"א" + c + "א", "ア" + c + "ア", "a " + c + "a", "a" + c + "\u0301b", "1." + c} {
				if got, want := scanned(text), segmented(text); got != want {
					t.Errorf("%U in %q: got %s, want %s", r, text, got, want)
					break
				}
			}
		}
	}
}

// FuzzScan puts together what is hard to tell apart, where bleve's tokenizer goes by the rules, which it does not for
// quotes between Hebrew letters.
func FuzzScan(f *testing.F) {
	alphabet := []string{"a", "B", "é", "1", "٣", "_", "'", "’", ".", ":", ",", ";", "-", " ", "\n", "\u0301", "\u00ad",
		"ア", "漢", "ひ", "한", "€", "я", "\u200d"}
	f.Add([]byte{0, 6, 18, 6, 5, 17, 5, 3, 10, 3, 10, 10, 15, 15})
	f.Fuzz(func(t *testing.T, choice []byte) {
		var b strings.Builder
		for _, c := range choice {
			b.WriteString(alphabet[int(c)%len(alphabet)])
		}
		if got, want := scanned(b.String()), segmented(b.String()); got != want {
			t.Errorf("%q: got %s, want %s", b.String(), got, want)
		}
	})
}

// FuzzScanBytes wants stretches in order and within the text, whatever the bytes are.
func FuzzScanBytes(f *testing.F) {
	f.Add("Wi-Fi \xff 漢字 ซิม เ", true)
	f.Fuzz(func(t *testing.T, text string, runs bool) {
		last := 0
		for s := (scanner{text: text, runs: runs, hangul: runs}); s.next(); last = s.end {
			if s.start < last || s.end <= s.start || s.end > len(text) {
				t.Fatalf("%d to %d after %d in %q", s.start, s.end, last, text)
			}
			if utf8.ValidString(text) != utf8.ValidString(text[s.start:s.end]) && utf8.ValidString(text) {
				t.Fatalf("%d to %d tears a letter in %q", s.start, s.end, text)
			}
		}
	})
}
