package llm

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func joined(shown string, pieces ...string) string {
	var out strings.Builder
	s := &seam{shown: shown, emit: func(text string) error { out.WriteString(text); return nil }}
	for _, p := range pieces {
		_ = s.add(p)
	}
	_ = s.flush()
	return shown + out.String()
}

func TestSeam(t *testing.T) {
	tests := []struct{ name, shown, next, want string }{
		{"nothing shown", "", "  As it is. As it is.", "  As it is. As it is."},
		{"goes on", "One. ", "Two. Three.", "One. Two. Three."},
		{"begins with a space after a space", "One. ", " Two.", "One. Two."},
		{"no space on either side", "One.", "Two.", "One. Two."},
		{"a new line stays single", "One.\n", "\nTwo.", "One.\nTwo."},
		{"a marker", "One.", "[1] Two.", "One. [1] Two."},
		{"repeats all", "One two. Three. ", "One two. Three. Four.", "One two. Three. Four."},
		{"repeats with other marks and letters", "One, two [1]. ", "ONE two! [2] Four.", "One, two [1]. Four."},
		{"repeats later", "One. ", "Two. One. Three.", "One. Two. Three."},
		{"numbers are words", "It costs €4.99. ", "It costs €4.98. It costs €4.99.", "It costs €4.99. It costs €4.98. "},
		{"a price is no end", "It costs ", "€4.99 a day.", "It costs €4.99 a day."},
		{"only repeats", "One. ", "One.", "One. "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := joined(tt.shown, tt.next); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if got := joined(tt.shown, strings.Split(tt.next, "")...); got != tt.want {
				t.Errorf("byte by byte: %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSeamLosesNothing: a continuation that repeats nothing arrives whole, however it is cut.
func TestSeamLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z]{1,5}|[0-9]\.[0-9]{2}|\[[0-9]\]`)
		sentences := rapid.SliceOfN(rapid.SliceOfN(word, 1, 6), 1, 6).Draw(t, "sentences")
		var text strings.Builder
		for i, s := range sentences {
			text.WriteString("s" + strings.Repeat("x", i+1) + " " + strings.Join(s, " ") + ". ")
		}
		next := strings.TrimSpace(text.String())
		var pieces []string
		for rest := next; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		if got := joined("Shown before. ", pieces...); got != "Shown before. "+next {
			t.Fatalf("%q, want %q", got, next)
		}
	})
}
