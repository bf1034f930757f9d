package kb

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// unit is the smallest piece that is never cut apart: a paragraph (or some sentences of a long one), a list item, a
// table row, a code block.
type unit struct {
	section []string // headings above it, outermost first
	text    string   // plain, without markup
	start   int      // bytes of its source in the document's body
	end     int
	words   int
	row     bool   // a table row: a passage of its own
	names   string // of a table row: its columns' names …
	cells   string // … and what is in its cells
}

// reader walks a Markdown tree and collects units.
type reader struct {
	source   []byte
	headings []heading
	section  []string // of headings, as units share it
	units    []unit
}

type heading struct {
	level int
	text  string
}

// readUnits parses body. Any bytes are valid Markdown, so there is no error.
func readUnits(title, body string) []unit {
	if hostile(body) || oneParagraph(body) {
		return plainUnits(body)
	}
	r := &reader{source: []byte(body)}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
	doc := md.Parser().Parse(text.NewReader(r.source))
	r.blocks(doc, title)
	return r.units
}

func (r *reader) blocks(parent ast.Node, title string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			r.heading(n, title)
		case *ast.List:
			r.list(n)
		case *tables.Table:
			r.table(n)
		case *ast.Blockquote:
			r.blocks(n, title)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			r.raw(n, func(s string) string { return strings.Trim(s, "\n") })
		case *ast.HTMLBlock:
			r.raw(n, stripTags)
		case *ast.Paragraph, *ast.TextBlock:
			r.paragraph(n)
		}
	}
}

// heading opens a section. A first-level heading that repeats the title opens none.
func (r *reader) heading(n *ast.Heading, title string) {
	t := newPlain(n, r.source).String()
	for len(r.headings) > 0 && r.headings[len(r.headings)-1].level >= n.Level {
		r.headings = r.headings[:len(r.headings)-1]
	}
	if t != "" && !strings.EqualFold(t, title) {
		r.headings = append(r.headings, heading{n.Level, t})
	}
	r.section = nil
	for _, h := range r.headings {
		r.section = append(r.section, h.text)
	}
}

func (r *reader) add(s string, start, end int) {
	if s = strings.TrimSpace(s); s == "" {
		return
	}
	r.units = append(r.units, unit{section: r.section, text: s, start: start, end: end, words: countWords(s)})
}

func (r *reader) paragraph(n ast.Node) {
	p := newPlain(n, r.source)
	for _, piece := range sentencePieces(p.String(), maxWords) {
		r.add(p.String()[piece[0]:piece[1]], p.source(piece[0]), p.sourceEnd(piece[1]))
	}
}

// raw keeps a block's lines as they are, after clean.
func (r *reader) raw(n ast.Node, clean func(string) string) {
	lines := n.Lines()
	if lines.Len() == 0 {
		return
	}
	start, end := lines.At(0).Start, lines.At(lines.Len()-1).Stop
	s := clean(string(lines.Value(r.source)))
	at := 0
	for _, piece := range wordPieces(s, maxWords) {
		// Offsets inside cleaned text are not those of the source, so every piece has the whole block's.
		r.add(s[at:piece], start, end)
		at = piece
	}
}

func (r *reader) list(list *ast.List) {
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		marker := "- "
		if list.IsOrdered() {
			marker = strconv.Itoa(number) + ". "
			number++
		}
		start, end := span(item)
		if start < 0 {
			continue
		}
		s := r.itemText(item, "")
		if words := countWords(s); words <= maxWords {
			r.add(marker+s, start, end)
			continue
		}
		for i, piece := range sentencePieces(s, maxWords) {
			if i > 0 {
				marker = ""
			}
			r.add(marker+s[piece[0]:piece[1]], start, end)
		}
	}
}

// itemText is what a list item says, with the lists inside it indented below.
func (r *reader) itemText(item ast.Node, indent string) string {
	var b strings.Builder
	write := func(s string) {
		if s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString("\n" + indent)
		}
		b.WriteString(s)
	}
	for n := item.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.List:
			number := n.Start
			for sub := n.FirstChild(); sub != nil; sub = sub.NextSibling() {
				marker := "  - "
				if n.IsOrdered() {
					marker = "  " + strconv.Itoa(number) + ". "
					number++
				}
				write(marker + r.itemText(sub, indent+"  "))
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			write(strings.TrimSpace(string(n.Lines().Value(r.source))))
		case *ast.HTMLBlock:
			write(strings.TrimSpace(stripTags(string(n.Lines().Value(r.source)))))
		case *ast.Blockquote:
			write(r.itemText(n, indent))
		default:
			write(newPlain(n, r.source).String())
		}
	}
	return b.String()
}

// table makes each row a unit that makes sense without the others: its column's name stands before each cell.
func (r *reader) table(t *tables.Table) {
	var names []string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, newPlain(c, r.source).String())
		}
		if _, ok := row.(*tables.TableHeader); ok {
			names = cells
			continue
		}
		start, end := span(row)
		if start < 0 {
			continue
		}
		// A cell's source ends before its bar: take the whole line.
		start, end = r.line(start, end)
		if s := rowText(names, cells); strings.TrimSpace(s) != "" {
			r.units = append(r.units, unit{
				section: r.section, text: s, start: start, end: end, words: countWords(s),
				row: true, names: strings.Join(names, "\n"), cells: strings.Join(cells, "\n"),
			})
		}
	}
}

// rowText is "Country: Switzerland; Zone: 2; Day pass: €4.99." An unnamed column's cell stands alone.
func rowText(names, cells []string) string {
	var parts []string
	for i, c := range cells {
		if c == "" {
			continue
		}
		if i < len(names) && names[i] != "" {
			c = strings.TrimSuffix(names[i], ":") + ": " + c
		}
		parts = append(parts, c)
	}
	s := strings.Join(parts, "; ")
	if last, _ := utf8.DecodeLastRuneInString(s); s != "" && !strings.ContainsRune(".!?…", last) {
		s += "."
	}
	return s
}

func (r *reader) line(start, end int) (int, int) {
	for start > 0 && r.source[start-1] != '\n' {
		start--
	}
	for end < len(r.source) && r.source[end] != '\n' {
		end++
	}
	return start, end
}

// span is the range of source bytes of all text below n, (-1, -1) if there is none.
func span(n ast.Node) (start, end int) {
	start, end = -1, -1
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || n.Type() != ast.TypeBlock || n.Lines() == nil {
			return ast.WalkContinue, nil
		}
		for i := range n.Lines().Len() {
			s := n.Lines().At(i)
			if start < 0 || s.Start < start {
				start = s.Start
			}
			end = max(end, s.Stop)
		}
		return ast.WalkContinue, nil
	})
	return start, end
}

// stripTags drops what is between < and >, with comments, scripts and styles whole. Ingested HTML becomes Markdown
// before it comes here; this is for the odd tag inside Markdown.
func stripTags(s string) string {
	var b strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:open])
		s = s[open:]
		end := ">"
		for _, hidden := range [][2]string{{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}} {
			if indexFold(s[:min(len(s), len(hidden[0]))], hidden[0]) == 0 {
				end = hidden[1]
			}
		}
		i := indexFold(s, end)
		if i < 0 {
			break
		}
		b.WriteByte(' ')
		s = s[i+len(end):]
	}
	return strings.Join(strings.FieldsFunc(b.String(), unicode.IsSpace), " ")
}

// indexFold is strings.Index for an ASCII needle, letter case aside.
func indexFold(s, needle string) int {
	for i := 0; i+len(needle) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}
