package pdf

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// line is what stands on one line of a page.
type line struct {
	cells  []span // with wide gaps between them
	x0, x1 float64
	y      float64
	size   float64 // of most of its characters
	bold   bool
}

func (l line) text() string {
	parts := make([]string, len(l.cells))
	for i, c := range l.cells {
		parts[i] = strings.TrimSpace(c.text)
	}
	return strings.Join(parts, " ")
}

// sheet is a page's lines in reading order.
type sheet []line

func (s sheet) bytes() int {
	n := 0
	for _, l := range s {
		n += len(l.text())
	}
	return n
}

// newSheet puts spans together to lines. The order in which a page was drawn is that in which it is read, nearly
// always, and the only one that keeps columns apart; a page that jumps up and down is sorted.
func newSheet(spans []span) sheet {
	spans = upright(spans)
	lines := toLines(spans)
	up := 0
	for i := 1; i < len(lines); i++ {
		if lines[i].y > lines[i-1].y+lines[i].size/2 {
			up++
		}
	}
	if up > 3 && up > len(lines)/4 {
		slices.SortStableFunc(spans, func(a, b span) int {
			if math.Abs(a.y-b.y) > 2 {
				return cmp.Compare(b.y, a.y)
			}
			return cmp.Compare(a.x0, b.x0)
		})
		lines = toLines(spans)
	}
	return lines
}

// upright keeps the spans that are turned as most of the text is.
func upright(spans []span) []span {
	var weight [4]int
	for _, s := range spans {
		weight[s.turned] += len(s.text)
	}
	most := 0
	for turned, n := range weight {
		if n > weight[most] {
			most = turned
		}
	}
	return slices.DeleteFunc(spans, func(s span) bool { return s.turned != most })
}

func toLines(spans []span) []line {
	var out []line
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].takes(s) {
			out[n-1].add(s)
			continue
		}
		if n := len(out); n > 0 {
			out[n-1].joinMarker()
		}
		out = append(out, line{cells: []span{s}, x0: s.x0, x1: s.x1, y: s.y, size: s.size, bold: s.bold})
	}
	if n := len(out); n > 0 {
		out[n-1].joinMarker()
	}
	return out
}

// marker is what stands before a list item or a heading, alone in its cell.
var marker = regexp.MustCompile(`^(?:[•‣▪▫●○◦■□–·➢✓✔►*-]|\(?(?:\d{1,3}|[a-z])[.)]|\d{1,2}(?:\.\d{1,2}){0,3})$`)

// joinMarker makes one cell of an item's marker and its text, however far they stand apart.
func (l *line) joinMarker() {
	if len(l.cells) == 2 && marker.MatchString(strings.TrimSpace(l.cells[0].text)) {
		joined := l.cells[1]
		joined.x0 = l.cells[0].x0
		joined.text = strings.TrimSpace(l.cells[0].text) + " " + joined.text
		l.cells = []span{joined}
	}
}

// takes reports whether s goes on with l: on one height (or raised a little), to the right of it.
func (l *line) takes(s span) bool {
	return math.Abs(s.y-l.y) < 0.45*max(l.size, s.size) && s.x0 > l.x1-0.3*l.size && s.size < 3*l.size && l.size < 3*s.size
}

func (l *line) add(s span) {
	gap := s.x0 - l.x1
	last := &l.cells[len(l.cells)-1]
	switch {
	case gap > cellGap*max(l.size, s.size):
		l.cells = append(l.cells, s)
	default:
		if gap > wordGap*min(l.size, s.size) && !strings.HasSuffix(last.text, " ") {
			last.text += " "
		}
		last.text += s.text
		last.x1 = s.x1
		last.bold = last.bold && s.bold
	}
	if utf8.RuneCountInString(s.text) > utf8.RuneCountInString(last.text)/2 {
		l.size = max(l.size, s.size)
	}
	l.x1 = max(l.x1, s.x1)
	l.bold = l.bold && s.bold
}

// body is the size in which most characters are set.
func body(sheets []sheet) float64 {
	count := map[float64]int{}
	best := 0.0
	for _, s := range sheets {
		for _, l := range s {
			size := rounded(l.size)
			count[size] += utf8.RuneCountInString(l.text())
			if n, most := count[size], count[best]; n > most || n == most && size < best {
				best = size
			}
		}
	}
	return best
}

// rounded is a size to half a point: what is set alike differs by less.
func rounded(size float64) float64 { return math.Round(size*2) / 2 }

// edge is how many lines at the top and at the bottom of a page may be what every page repeats.
const edge = 3

// withoutFurniture drops the lines at pages' edges that the next page or the one after it has too, numbers aside:
// headers, footers, page numbers.
func withoutFurniture(sheets []sheet) []sheet {
	if len(sheets) < 2 {
		return sheets
	}
	keys := make([]map[string]bool, len(sheets))
	for n, s := range sheets {
		keys[n] = map[string]bool{}
		for _, i := range s.edges() {
			keys[n][s[i].furnitureKey()] = true
		}
	}
	repeated := func(n int, key string) bool {
		for other := max(0, n-2); other < min(len(sheets), n+3); other++ {
			if other != n && keys[other][key] {
				return true
			}
		}
		return false
	}
	out := make([]sheet, len(sheets))
	for n, s := range sheets {
		drop := map[int]bool{}
		for _, i := range s.edges() {
			drop[i] = repeated(n, s[i].furnitureKey()) || pageNumber(s[i].text())
		}
		for i, l := range s {
			if !drop[i] {
				out[n] = append(out[n], l)
			}
		}
	}
	return out
}

// edges are the lines nearest to the top and to the bottom of a page.
func (s sheet) edges() []int {
	order := make([]int, len(s))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s[b].y, s[a].y) })
	if len(order) <= 2*edge {
		return order
	}
	return append(order[:edge:edge], order[len(order)-edge:]...)
}

// furnitureKey is equal for a line on one page and its like on another. Even and odd pages may mirror each other, so
// its height counts, not its place across.
func (l line) furnitureKey() string {
	digits := false
	text := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			if digits {
				return -1
			}
			digits = true
			return '#'
		}
		digits = false
		return r
	}, l.text())
	return text + "@" + string(rune(0x100+int(math.Abs(l.y)/4)&0xfff))
}

// pageNumber reports whether a line is "7", "- 7 -", "Page 7 of 9" or the like.
func pageNumber(s string) bool {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == '-' || r == '–' || r == '/' || r == '|' })
	if len(words) == 0 || len(words) > 4 {
		return false
	}
	digits := 0
	for _, w := range words {
		switch w {
		case "page", "of", "página", "de", "seite", "von", "sur", "pagina", "di", "p.", "s.":
			continue
		}
		if len(w) > 4 || strings.Trim(w, "0123456789") != "" {
			return false
		}
		digits++
	}
	return digits == 1 || digits == 2 && len(words) > 2 || digits == 2 && strings.Contains(s, "/")
}
