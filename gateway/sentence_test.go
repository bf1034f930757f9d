package gateway

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func split(deltas ...string) []string {
	var s splitter
	var out []string
	for _, d := range deltas {
		out = append(out, s.add(d)...)
	}
	if rest := s.flush(); rest != "" {
		out = append(out, rest)
	}
	return out
}

func TestSentences(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one", "Hello there.", []string{"Hello there."}},
		{"two", "One. Two.", []string{"One. ", "Two."}},
		{"a price holds a stop", "It costs €4.99 a day. Fine.", []string{"It costs €4.99 a day. ", "Fine."}},
		{"a marker behind the stop", "It costs €5. [1] More [2].", []string{"It costs €5. [1] ", "More [2]."}},
		{"two markers", "So. [1][2] Then.", []string{"So. [1][2] ", "Then."}},
		{"a marker list", "So. [1, 2]. Then.", []string{"So. [1, 2]. ", "Then."}},
		{"brackets that are no marker", "So. [see below] Then.", []string{"So. ", "[see below] Then."}},
		{"an address", "See help.vireo.example/roaming for more. Bye.", []string{"See help.vireo.example/roaming for more. ", "Bye."}},
		{"abbreviations", "Use e.g. eSIM. Ask Mr. Li.", []string{"Use e.g. eSIM. ", "Ask Mr. Li."}},
		{"list items are lines", "Do this:\n1. Open it.\n2. Press.", []string{"Do this:\n", "1. Open it.\n", "2. Press."}},
		{"quotes close", "He said “no.” Then left.", []string{"He said “no.” ", "Then left."}},
		{"Spanish", "¿Cuánto? 5,99 € al día. ¡Gracias!", []string{"¿Cuánto? ", "5,99 € al día. ", "¡Gracias!"}},
		{"full-width stops need no space", "好。再见。", []string{"好。", "再见。"}},
		{"ellipsis", "Well... yes.", []string{"Well... ", "yes."}},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := split(tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("whole: got %q, want %q", got, tt.want)
			}
			if got := split(strings.SplitAfter(tt.text, "")...); !slices.Equal(got, tt.want) {
				t.Errorf("rune by rune: got %q, want %q", got, tt.want)
			}
		})
	}
}

// However text is torn, its sentences joined are the text, and they are the same sentences.
func TestSentencesJoinToTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab .!?\n[]1,€。é\"…")), 0, 80, -1).Draw(t, "text")
		whole := split(text)
		if got := strings.Join(whole, ""); got != text {
			t.Fatalf("joined %q, want %q", got, text)
		}
		var parts []string
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			parts, rest = append(parts, rest[:n]), rest[n:]
		}
		if got := split(parts...); !slices.Equal(got, whole) {
			t.Fatalf("torn: %q, whole: %q", got, whole)
		}
	})
}

func TestALongSentenceIsNotHeldForEver(t *testing.T) {
	got := split(strings.Repeat("word ", 1000))
	if len(got) < 4 || strings.Join(got, "") != strings.Repeat("word ", 1000) {
		t.Errorf("got %d pieces", len(got))
	}
}
