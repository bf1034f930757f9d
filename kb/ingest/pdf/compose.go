package pdf

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// composer writes Markdown from lines.
type composer struct {
	body     float64   // size of plain text
	headings []float64 // larger sizes, the largest first
	bold     bool      // plain text is bold: then bold says nothing
	words    map[string]bool
	title    string
	out      strings.Builder
	below    bool   // what was written last goes on right below
	open     []byte // the paragraph, heading or list item under way
	item     bool   // it is a list item
	heading  int    // its level, 0 for none
	last     line   // its last line
	lastPage int
	right    float64 // where full lines of its column end
}

const (
	maxHeading = 140 // characters; what is longer is text in a large size
	larger     = 1.1 // times plain text's size, from which on a line is a heading
)

// compose makes Markdown of the pages, and finds a title: the first of the largest lines on the first page with any.
func compose(sheets []sheet) (title, text string) {
	sheets = withoutFurniture(sheets)
	c := &composer{body: body(sheets), words: map[string]bool{}}
	c.study(sheets)
	c.title = c.findTitle(sheets)
	for page, s := range sheets {
		for i := 0; i < len(s); {
			if n := table(s[i:]); n > 0 {
				c.close()
				c.table(s[i : i+n])
				i += n
				continue
			}
			c.right = s.right(i)
			c.line(s[i], page)
			i++
		}
	}
	c.close()
	return c.title, strings.TrimSpace(c.out.String())
}

// near is how many lines before and after one tell where its column ends.
const near = 12

// right is where full lines in the column of line i end.
func (s sheet) right(i int) float64 {
	right := s[i].x1
	for _, l := range s[max(0, i-near):min(len(s), i+near)] {
		if math.Abs(l.x0-s[i].x0) < 6*s[i].size && len(l.cells) == 1 {
			right = max(right, l.x1)
		}
	}
	return right
}

// study looks at the sizes and the words of the whole text.
func (c *composer) study(sheets []sheet) {
	bold, all := 0, 0
	for _, s := range sheets {
		for _, l := range s {
			text := l.text()
			for w := range strings.FieldsSeq(text) {
				c.words[strings.ToLower(strings.TrimFunc(w, unicode.IsPunct))] = true
			}
			if all += len(text); l.bold {
				bold += len(text)
			}
			if size := rounded(l.size); size >= c.body*larger && len(text) <= maxHeading && !slices.Contains(c.headings, size) {
				c.headings = append(c.headings, size)
			}
		}
	}
	c.bold = bold > all/2
	slices.Sort(c.headings)
	slices.Reverse(c.headings)
}

// findTitle joins the lines that the title is broken into.
func (c *composer) findTitle(sheets []sheet) string {
	for _, s := range sheets {
		largest := 0.0
		for _, l := range s {
			if hasLetter(l.text()) {
				largest = max(largest, rounded(l.size))
			}
		}
		if largest == 0 {
			continue
		}
		if largest < c.body*larger {
			return ""
		}
		var parts []string
		for _, l := range s {
			if rounded(l.size) == largest {
				parts = append(parts, l.text())
			} else if len(parts) > 0 {
				break
			}
		}
		return cut(strings.Join(parts, " "), maxHeading)
	}
	return ""
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// level is the heading level of a line, 0 for text.
func (c *composer) level(l line) int {
	text := l.text()
	if utf8.RuneCountInString(text) > maxHeading || !hasLetter(text) || len(l.cells) > 1 {
		return 0
	}
	if i := slices.Index(c.headings, rounded(l.size)); i >= 0 {
		return min(i+1, 5)
	}
	if l.bold && !c.bold && rounded(l.size) >= c.body && utf8.RuneCountInString(text) <= 80 &&
		!strings.ContainsAny(text[len(text)-1:], ".,;:") {
		return min(len(c.headings)+1, 6)
	}
	return 0
}

// Beginnings of list items; a line of a table of contents, with its dots.
var (
	contents = regexp.MustCompile(`(?:[.:·…_] ?){6,}\s*(?:\d+|[ivxl]+)?$`)
	bullet   = regexp.MustCompile(`^[•‣▪▫●○◦■□–·➢✓✔►*]\s+|^[•●▪■◦]`)
	numbered = regexp.MustCompile(`^(?:\d{1,2}|[a-z])[.)]\s+\S`)
)

func (c *composer) line(l line, page int) {
	text := strings.Join(strings.Fields(l.text()), " ")
	if text == "" || contents.MatchString(text) {
		return
	}
	level := c.level(l)
	mark := bullet.FindString(text)
	switch {
	case mark != "":
		c.begin(0, "- ", strings.TrimSpace(text[len(mark):]))
		c.item = true
	case level == 0 && numbered.MatchString(text):
		c.begin(0, "", text)
		c.item = true
	case len(c.open) > 0 && c.follows(l, level, page):
		c.join(text)
	default:
		c.begin(level, "", text)
	}
	c.last, c.lastPage = l, page
}

// follows reports whether a line goes on with the paragraph, list item or heading under way.
func (c *composer) follows(l line, level, page int) bool {
	if level != c.heading || rounded(l.size) != rounded(c.last.size) || len(l.cells) > 1 || len(c.last.cells) > 1 {
		return false
	}
	before := c.last.text()
	ended := strings.ContainsAny(before[len(before)-1:], ".!?:")
	first, _ := utf8.DecodeRuneInString(l.text())
	gap := c.last.y - l.y
	if page != c.lastPage || gap < 0 { // the next page or column
		return level == 0 && !ended && unicode.IsLower(first)
	}
	if gap > 1.75*l.size {
		return false
	}
	if level > 0 {
		return true
	}
	// The last line of a paragraph is short, as a rule, and one that is very short is so for a reason.
	short := c.right - c.last.x1
	if ended && short > 5*l.size || !unicode.IsLower(first) && short > 0.45*(c.right-c.last.x0) {
		return false
	}
	indent := l.x0 - c.last.x0
	return indent < 4*l.size && (indent > -1.5*l.size || !ended)
}

func (c *composer) begin(level int, mark, text string) {
	c.close()
	c.heading = level
	if mark == "" && level == 0 && strings.IndexAny(text, "#>+-=") == 0 {
		text = `\` + text
	}
	c.open = append(append(c.open, mark...), text...)
}

// join goes on with a line. A word that was broken at the line's end is mended, unless the text has it with a hyphen
// elsewhere.
func (c *composer) join(text string) {
	if head, soft := bytes.CutSuffix(c.open, []byte("\u00ad")); soft {
		c.open = append(head, text...)
		return
	}
	head, hyphen := bytes.CutSuffix(c.open, []byte("-"))
	if !hyphen {
		head, hyphen = bytes.CutSuffix(c.open, []byte("\u2010"))
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRune(head)
	if !hyphen || !unicode.IsLetter(last) || !unicode.IsLetter(first) {
		c.open = append(append(c.open, ' '), text...)
		return
	}
	left := string(head[max(0, len(head)-maxWord):])
	left = strings.ToLower(strings.TrimLeftFunc(left[strings.LastIndexByte(left, ' ')+1:], unicode.IsPunct))
	right, _, _ := strings.Cut(text, " ")
	right = strings.ToLower(strings.TrimRightFunc(right, unicode.IsPunct))
	if whole := c.words[left+right]; unicode.IsLower(first) && (whole || !c.words[left+"-"+right]) {
		c.open = head
	}
	c.open = append(c.open, text...)
}

const maxWord = 60 // bytes

// close writes what is under way.
func (c *composer) close() {
	if len(c.open) > 0 {
		text := strings.ReplaceAll(string(c.open), "\u00ad", "")
		if c.heading > 0 {
			text = strings.Repeat("#", c.heading) + " " + text
		}
		c.write(text, c.item)
	}
	c.open = c.open[:0]
	c.item, c.heading = false, 0
}

// write puts a block after an empty line, list items and table rows right below each other.
func (c *composer) write(text string, below bool) {
	if c.out.Len() > 0 {
		c.out.WriteByte('\n')
		if !below || !c.below {
			c.out.WriteByte('\n')
		}
	}
	c.out.WriteString(text)
	c.below = below
}

// table is how many lines from the first on make a table: at least two with the same number of cells, which stand
// below each other. 0 means none.
func table(s sheet) int {
	columns := slices.Clone(s[0].cells)
	if len(columns) < 2 {
		return 0
	}
	n := 1
	for ; n < len(s) && len(s[n].cells) == len(columns) && s[n].y < s[n-1].y && s[n-1].y-s[n].y < 4*s[n].size; n++ {
		wider := slices.Clone(columns)
		for i, c := range s[n].cells {
			wider[i].x0, wider[i].x1 = min(wider[i].x0, c.x0), max(wider[i].x1, c.x1)
			if c.x0 > columns[i].x1 || c.x1 < columns[i].x0 || i > 0 && wider[i].x0 < wider[i-1].x1 {
				return tall(n)
			}
		}
		columns = wider
	}
	return tall(n)
}

func tall(n int) int {
	if n < 2 {
		return 0
	}
	return n
}

func (c *composer) table(lines []line) {
	c.below = false
	for i, l := range lines {
		var row strings.Builder
		for _, cell := range l.cells {
			row.WriteString("| " + strings.ReplaceAll(strings.Join(strings.Fields(cell.text), " "), "|", `\|`) + " ")
		}
		row.WriteByte('|')
		c.write(row.String(), true)
		if i == 0 {
			c.write(strings.Repeat("| --- ", len(l.cells))+"|", true)
		}
	}
	c.below = false
}
