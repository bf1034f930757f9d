package lint

import (
	"html"
	"strings"
	"unicode/utf8"

	"switchboard/kb"
)

// article is a document as the rules read it.
type article struct {
	n      int // its place among the documents
	doc    kb.Document
	blocks []block
}

// blockKind is what a block of Markdown is.
type blockKind int

const (
	paragraph blockKind = iota
	heading
	item // of a list
	row  // of a table
	code
)

// block is a paragraph, a heading, a list item, a table row or a run of code.
type block struct {
	kind    blockKind
	line    int      // where it begins, from 1
	level   int      // of a heading, from 1
	section []string // the headings above it, outermost first
	text    string   // without markup
	table   *table   // of a row
	cells   []string // of a row, without markup

	cut []token // of text, once they were asked for
}

// tokens are those of the block's text.
func (b *block) tokens() []token {
	if b.cut == nil {
		b.cut = tokens(b.text)
	}
	return b.cut
}

// table is what the rows of a table share.
type table struct {
	line   int
	header []string
	labels map[string]int // how many rows have a first cell
}

// readArticle reads a document's Markdown line by line. It knows less Markdown than the package kb, but takes time in
// proportion to the text whatever the text is.
func readArticle(n int, d kb.Document) *article {
	r := &blockReader{}
	lines := strings.Split(d.Body, "\n")
	for i := 0; i < len(lines); i++ {
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		r.line(i+1, lines[i], next)
	}
	r.flush()
	return &article{n: n, doc: d, blocks: r.blocks}
}

// blockReader goes over lines and keeps what is open.
type blockReader struct {
	blocks  []block
	levels  []int // of the headings in section
	section []string
	open    *block
	text    strings.Builder // of open
	fence   string          // what ends the code that is open
	table   *table
	skip    bool // the next line is a table's rule or a heading's underline
}

func (r *blockReader) line(n int, line, next string) {
	line = strings.TrimRight(line, " \t")
	s := strings.TrimLeft(line, " \t>")
	switch {
	case r.skip:
		r.skip = false
	case r.fence != "":
		if strings.HasPrefix(s, r.fence) {
			r.flush()
			r.fence = ""
			return
		}
		r.write(line)
	case strings.HasPrefix(s, "```"), strings.HasPrefix(s, "~~~"):
		r.start(code, n)
		r.fence = s[:3]
	case s == "":
		r.flush()
		r.table = nil
	case headingLevel(s) > 0:
		level := headingLevel(s)
		r.heading(n, level, plain(strings.Trim(s[level:], "# \t")))
	case r.table != nil && strings.Contains(s, "|"):
		r.row(n, s)
	case strings.Contains(s, "|") && isTableRule(next):
		r.flush()
		r.table = &table{line: n, header: cellsOf(s), labels: map[string]int{}}
		r.skip = true
	case isUnderline(next) && !isItem(s) && r.open == nil:
		level := 1
		if strings.TrimSpace(next)[0] == '-' {
			level = 2
		}
		r.heading(n, level, plain(s))
		r.skip = true
	case isItem(s):
		r.start(item, n)
		r.write(s[itemMark(s):])
	default:
		if r.open == nil {
			r.start(paragraph, n)
		}
		r.write(s)
	}
}

func (r *blockReader) start(kind blockKind, line int) {
	r.flush()
	r.table = nil
	r.open = &block{kind: kind, line: line, section: r.section}
}

func (r *blockReader) write(s string) {
	if r.text.Len() > 0 {
		r.text.WriteByte('\n')
	}
	r.text.WriteString(s)
}

// flush ends the block that is open.
func (r *blockReader) flush() {
	if r.open == nil {
		return
	}
	b := *r.open
	b.text = r.text.String()
	if b.kind != code {
		b.text = plain(b.text)
	}
	r.open = nil
	r.text.Reset()
	if strings.TrimSpace(b.text) != "" {
		r.blocks = append(r.blocks, b)
	}
}

func (r *blockReader) heading(line, level int, text string) {
	r.flush()
	r.table = nil
	for len(r.levels) > 0 && r.levels[len(r.levels)-1] >= level {
		r.levels = r.levels[:len(r.levels)-1]
	}
	r.blocks = append(r.blocks, block{kind: heading, line: line, level: level, section: r.section[:len(r.levels):len(r.levels)], text: text})
	r.section = append(r.section[:len(r.levels):len(r.levels)], text)
	r.levels = append(r.levels, level)
}

func (r *blockReader) row(line int, s string) {
	cells := cellsOf(s)
	r.table.labels[strings.ToLower(cells[0])]++
	r.blocks = append(r.blocks, block{
		kind: row, line: line, section: r.section, text: strings.Join(cells, " | "), table: r.table, cells: cells,
	})
}

// headingLevel is 1 to 6 for a line that begins with that many number signs and a blank, 0 for others.
func headingLevel(s string) int {
	n := 0
	for n < len(s) && s[n] == '#' {
		n++
	}
	if n == 0 || n > 6 || n == len(s) || s[n] != ' ' && s[n] != '\t' {
		return 0
	}
	return n
}

// isTableRule reports whether s separates a table's header from its rows, such as "|---|:-:|".
func isTableRule(s string) bool {
	return strings.Contains(s, "-") && strings.Contains(s, "|") && strings.Trim(s, " \t>|:-") == ""
}

// isUnderline reports whether s makes a heading of the line above.
func isUnderline(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 3 && (strings.Trim(s, "=") == "" || strings.Trim(s, "-") == "")
}

func isItem(s string) bool { return itemMark(s) > 0 }

// itemMark is the length of "- ", "12. " and the like at the start of s, 0 if there is none.
func itemMark(s string) int {
	n := 0
	for n < len(s) && n < 9 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == len(s) || n > 0 && s[n] != '.' && s[n] != ')' || n == 0 && strings.IndexByte("-*+", s[n]) < 0 {
		return 0
	}
	if n++; n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		return n + 1
	}
	return 0
}

// cellsOf are the cells of a table's line, without markup; at least one.
func cellsOf(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	if strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`) {
		line = line[:len(line)-1]
	}
	var cells []string
	start := 0
	for i := 0; i <= len(line); i++ {
		if i == len(line) || line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			cells = append(cells, strings.TrimSpace(plain(line[start:i])))
			start = i + 1
		}
	}
	return cells
}

// Bounds on what is taken for a link's target or a tag, in bytes.
const (
	longestTarget = 2048
	longestTag    = 1024
)

// plain takes the markup out of inline text. Line breaks become blanks.
func plain(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if !strings.ContainsAny(s, "[]*_`<\\\n") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			b.WriteByte(' ')
		case c == '`':
		case c == '*' && strings.HasPrefix(s[i:], "**"), c == '_' && strings.HasPrefix(s[i:], "__"):
			i++
		case c == '!' && strings.HasPrefix(s[i:], "!["), c == '[':
		case c == ']':
			i += targetLen(s[i+1:])
		case c == '<' && tagLen(s[i:]) > 0:
			i += tagLen(s[i:]) - 1
			b.WriteByte(' ')
		case c == '\\' && i+1 < len(s) && s[i+1] < utf8.RuneSelf && strings.IndexByte(`\`+"`"+`*_{}[]()#+-.!|<>`, s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// targetLen is the length of "(target)" at the start of s, 0 if there is none.
func targetLen(s string) int {
	if !strings.HasPrefix(s, "(") {
		return 0
	}
	return max(strings.IndexByte(s[:min(len(s), longestTarget)], ')')+1, 0)
}

// tagLen is the length of a tag or comment at the start of s, 0 if there is none.
func tagLen(s string) int {
	if len(s) < 3 || s[1] != '/' && s[1] != '!' && (s[1]|0x20 < 'a' || s[1]|0x20 > 'z') {
		return 0
	}
	return strings.IndexByte(s[:min(len(s), longestTag)], '>') + 1
}
