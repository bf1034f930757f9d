package guard

import (
	"fmt"
	"strings"

	"switchboard/fallback/internal/lex"
)

// cell is one cell of a table's row that was written out, as words in a row, parted and surrounded by spaces.
type cell struct{ head, value string }

func running(text string) string {
	words := lex.Words(text)
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ") + " "
}

// misplaced says that the sentence tells a cell word for word, but under the name of another row of the table or under
// another column's heading.
func (s *sentence) misplaced() string {
	said := ""
	for _, n := range s.sources() {
		src := &s.ev.passages[n-1]
		if len(src.cells) == 0 {
			continue
		}
		if said == "" {
			said = " " + strings.Join(s.speak(), " ") + " "
		}
		if !strings.Contains(said, src.name) {
			if detail := s.otherRow(src, said); detail != "" {
				return detail
			}
			continue
		}
		if detail := src.otherColumn(said); detail != "" && !s.copied() {
			return detail
		}
	}
	return ""
}

// toldByRow reports whether a row tells just this: its name, a heading and what stands under it.
func (s *sentence) toldByRow(said string) bool {
	for _, n := range s.sources() {
		src := &s.ev.passages[n-1]
		if len(src.cells) == 0 || !strings.Contains(said, src.name) {
			continue
		}
		for _, c := range src.cells {
			if c.head != "" && c.value != "" && strings.Contains(said, c.head) && strings.Contains(said, c.value) {
				return true
			}
		}
	}
	return false
}

// otherRow looks for a cell of src that the sentence tells of another row of the same table.
func (s *sentence) otherRow(src *source, said string) string {
	if src.siblings == nil {
		return ""
	}
	for _, c := range src.cells {
		if c.value == "" || c.head == "" || !strings.Contains(said, c.head) || !strings.Contains(said, c.value) {
			continue
		}
		for _, r := range src.siblings.rows {
			if r == src || len(r.name) < 4 || !strings.Contains(said, r.name) {
				continue
			}
			if !r.tells(c) && !s.vouched(r.name, c.value) && !s.toldByRow(said) {
				return fmt.Sprintf("%q is said of%sbut the passages say it of%s", strings.TrimSpace(c.value), r.name, strings.TrimRight(src.name, " "))
			}
		}
	}
	return ""
}

// tells reports whether a row has a cell with this value under this heading.
func (src *source) tells(c cell) bool {
	for _, o := range src.cells {
		if o.head == c.head && o.value == c.value {
			return true
		}
	}
	return false
}

// vouched reports whether one sentence of the passages says both.
func (s *sentence) vouched(name, value string) bool {
	for _, n := range s.sources() {
		src := &s.ev.passages[n-1]
		if !strings.Contains(src.running, name) || !strings.Contains(src.running, value) {
			continue
		}
		for _, text := range src.texts {
			if r := running(text); strings.Contains(r, name) && strings.Contains(r, value) {
				return true
			}
		}
	}
	return false
}

// otherColumn looks for cells that the sentence tells under a heading that excludes their own: Saturday's hours as
// Sunday's.
func (src *source) otherColumn(said string) (detail string) {
	for _, c := range src.cells {
		if strings.Count(c.value, " ") < 3 && !strings.ContainsAny(c.value, "0123456789") || !strings.Contains(said, c.value) {
			continue
		}
		head := strings.Fields(c.head)
		rest := strings.Fields(strings.Replace(strings.Replace(said, c.value, " ", 1), src.name, " ", 1))
		if !excludes(rest, head) {
			return ""
		}
		detail = fmt.Sprintf("%q stands under%sin the passages", strings.TrimSpace(c.value), c.head)
	}
	return detail
}

// excludes reports whether a heading has a word that the sentence has not, and the sentence one that excludes it.
func excludes(said, head []string) bool {
	for _, h := range head {
		x := opposites[lastPart(h)]
		if x.class == 0 {
			continue
		}
		other := false
		for _, w := range said {
			y := opposites[lastPart(w)]
			if y == x {
				other = false
				break
			}
			other = other || y.class == x.class
		}
		if other {
			return true
		}
	}
	return false
}
