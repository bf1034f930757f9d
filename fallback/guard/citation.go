package guard

import (
	"fmt"
	"strings"
)

// citation stops markers of passages that do not exist.
func citation(s *sentence) string {
	for _, n := range s.cites {
		if n < 1 || n > len(s.Passages) {
			return fmt.Sprintf("[%d] is cited, but there are %d passages", n, len(s.Passages))
		}
	}
	s.backing = s.cites
	return ""
}

// stripMarkers returns the sentence without its citation markers, and the numbers in them, each once. "[1]", "[1, 2]",
// "[1][2]" and "[1-3]" are markers.
func stripMarkers(text string) (body string, cites []int) {
	if !strings.Contains(text, "[") {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		n, nums := markerAt(text[i:])
		if n == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		for _, c := range nums {
			cites = appendOnce(cites, c)
		}
		b.WriteByte(' ')
		i += n
	}
	return b.String(), cites
}

// markerAt returns the length of the marker at the start of text and its numbers, or 0.
func markerAt(text string) (length int, nums []int) {
	if text[0] != '[' {
		return 0, nil
	}
	n, have, from := 0, false, -1
	add := func() bool {
		if !have {
			return false
		}
		if from < 0 || n < from || n-from > 20 {
			from = n
		}
		for ; from <= n; from++ {
			nums = append(nums, from)
		}
		n, have, from = 0, false, -1
		return true
	}
	for i := 1; i < len(text) && i < 24; i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			n, have = min(n*10+int(c-'0'), 1_000_000), true
		case c == ' ':
		case c == ',' || c == ';':
			if !add() {
				return 0, nil
			}
		case c == '-':
			if !have {
				return 0, nil
			}
			from, n, have = n, 0, false
		case c == ']':
			if !add() {
				return 0, nil
			}
			if i+1 < len(text) && text[i+1] == '(' {
				return 0, nil // a Markdown link
			}
			return i + 1, nums
		default:
			return 0, nil
		}
	}
	return 0, nil
}

func appendOnce(s []int, n int) []int {
	for _, have := range s {
		if have == n {
			return s
		}
	}
	return append(s, n)
}
