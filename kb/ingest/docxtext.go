package ingest

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// docxWriter makes Markdown of a document's XML (ECMA-376, part 1, chapter 17).
type docxWriter struct {
	title, core, lang string
	styles            map[string]docxStyle
	lists             map[string]map[int]bool // by list and level: whether its items are numbered
	links             map[string]string
	out               strings.Builder
	covert            strings.Builder // text that is marked as hidden, or white
	below             bool            // what was written last is a list item

	p     paragraph
	skip  int // depth below which everything is left out, 0 for none
	table []*docxTable
}

// paragraph is the one under way.
type paragraph struct {
	text   strings.Builder
	style  string
	list   string // number of its list
	deep   int    // level in the list, from 0
	level  int    // outline level, from 1; 0 = none given
	link   string
	hidden bool // of the run under way
	shaded bool // it stands on a colour
	inRun  bool // past its properties
	open   bool
}

// docxTable is a table under way. One inside of a cell becomes text of the cell.
type docxTable struct {
	rows [][]string
	cell []string // paragraphs of the cell under way
	span int
	size int
}

// readBody goes over the text.
func (w *docxWriter) readBody(d *xml.Decoder) error {
	depth, inText := 0, false
	for {
		t, err := d.RawToken()
		if err == io.EOF && depth == 0 {
			w.endParagraph()
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return limitError("elements lie too deep in each other")
			}
			if w.skip == 0 && leftOut(t.Name.Local) {
				w.skip = depth
			}
			if w.skip == 0 {
				inText = t.Name.Local == "t"
				w.start(t)
			}
		case xml.EndElement:
			if w.skip == 0 {
				w.end(t.Name.Local)
			} else if w.skip == depth {
				w.skip = 0
			}
			depth--
			inText = false
		case xml.CharData:
			if inText && w.skip == 0 {
				w.write(string(t))
			}
		}
	}
}

// leftOut are elements whose text is not the document's: what tracked changes took out or moved away, the old form of
// text boxes (which the new one repeats), field codes.
func leftOut(name string) bool {
	switch name {
	case "del", "moveFrom", "delText", "instrText", "Fallback", "pPrChange", "rPrChange", "sectPr", "tblPrChange", "trPrChange", "tcPrChange":
		return true
	}
	return false
}

func (w *docxWriter) start(e xml.StartElement) {
	p := &w.p
	switch val := attr(e, "val"); e.Name.Local {
	case "p":
		w.endParagraph() // a text box stands inside of a paragraph
		p.open = true
	case "pStyle":
		p.style = val
	case "outlineLvl":
		if n, err := strconv.Atoi(val); err == nil && n < 6 {
			p.level = n + 1
		}
	case "numId":
		p.list = val
	case "ilvl":
		p.deep, _ = strconv.Atoi(val)
	case "r", "vanish", "webHidden", "color", "sz", "shd", "highlight":
		w.look(e)
	case "tab":
		if p.open {
			w.write(" ")
		}
	case "br", "cr":
		w.write("\n")
	case "noBreakHyphen":
		w.write("-")
	case "hyperlink":
		if p.link = w.links[attr(e, "id")]; p.link != "" {
			p.text.WriteString("[")
		}
	case "docPr", "cNvPr":
		if alt := oneLine(attr(e, "descr")); alt != "" && !fileName.MatchString(alt) && e.Name.Local == "docPr" && len(alt) < 500 {
			w.write(" " + alt + " ")
		}
	case "tbl":
		w.endParagraph()
		w.table = append(w.table, &docxTable{})
	case "tr":
		if t := w.inTable(); t != nil {
			t.rows = append(t.rows, nil)
		}
	case "tc":
		if t := w.inTable(); t != nil {
			t.cell, t.span = nil, 1
		}
	case "gridSpan":
		if t := w.inTable(); t != nil {
			n, _ := strconv.Atoi(val)
			t.span = max(1, min(n, maxSpan))
		}
	}
}

// look takes what decides whether a run can be seen.
func (w *docxWriter) look(e xml.StartElement) {
	p := &w.p
	switch val := attr(e, "val"); e.Name.Local {
	case "r":
		p.hidden, p.inRun = false, true
	case "vanish", "webHidden":
		p.hidden = val != "0" && val != "false"
	case "color":
		// In a table white may stand on the colour of a style, which is not looked up.
		p.hidden = p.hidden || strings.EqualFold(val, "FFFFFF") && !p.shaded && w.inTable() == nil
	case "sz":
		if n, err := strconv.Atoi(val); err == nil && n <= 2 { // half points
			p.hidden = true
		}
	case "shd", "highlight":
		if fill := attr(e, "fill"); val != "none" && !strings.EqualFold(fill, "auto") && !strings.EqualFold(fill, "FFFFFF") {
			p.hidden, p.shaded = false, p.shaded || !p.inRun
		}
	}
}

func (w *docxWriter) inTable() *docxTable {
	if n := len(w.table); n > 0 {
		return w.table[n-1]
	}
	return nil
}

func (w *docxWriter) write(s string) {
	if w.p.hidden {
		if w.covert.Len() < 1000 {
			w.covert.WriteString(s)
		}
		return
	}
	w.p.text.WriteString(s)
}

func (w *docxWriter) end(name string) {
	switch name {
	case "p":
		w.endParagraph()
	case "hyperlink":
		if w.p.link != "" {
			w.p.text.WriteString("](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(w.p.link) + ")")
			w.p.link = ""
		}
	case "tc":
		if t := w.inTable(); t != nil && len(t.rows) > 0 {
			last := len(t.rows) - 1
			text := strings.ReplaceAll(strings.Join(t.cell, " "), "|", `\|`)
			for range t.span {
				if t.size < maxCells {
					t.rows[last] = append(t.rows[last], text)
					t.size++
				}
			}
		}
	case "tbl":
		w.endTable()
	}
}

// endParagraph writes the paragraph under way.
func (w *docxWriter) endParagraph() {
	p := &w.p
	text := strings.TrimSpace(p.text.String())
	style := w.style(p.style)
	list, deep, level := p.list, p.deep, p.level
	w.p.text.Reset()
	w.p = paragraph{}
	if text == "" {
		return
	}
	if t := w.inTable(); t != nil {
		t.cell = append(t.cell, oneLine(text))
		return
	}
	if style.title && w.title == "" {
		w.title = text
		w.block("# "+oneLine(text), false)
		return
	}
	if level == 0 {
		level = style.level
	}
	if list == "" {
		list = style.number
	}
	levels, listed := w.lists[list]
	switch {
	case level > 0:
		w.block(strings.Repeat("#", level)+" "+oneLine(text), false)
	case listed && list != "0":
		deep = max(0, min(deep, 8))
		mark := "- "
		if levels[deep] {
			mark = "1. "
		}
		indent := strings.Repeat("   ", deep)
		w.block(indent+mark+strings.ReplaceAll(text, "\n", "\n"+indent+"   "), true)
	default:
		w.block(strings.ReplaceAll(text, "\n", "  \n"), false)
	}
}

// block writes a block after an empty line, list items right below each other.
func (w *docxWriter) block(text string, item bool) {
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
		if !item || !w.below {
			w.out.WriteByte('\n')
		}
	}
	w.out.WriteString(text)
	w.below = item
}

// endTable writes a table, or puts one that stands in a cell into the cell.
func (w *docxWriter) endTable() {
	w.endParagraph()
	t := w.inTable()
	if t == nil {
		return
	}
	w.table = w.table[:len(w.table)-1]
	if outer := w.inTable(); outer != nil {
		var rows []string
		for _, r := range t.rows {
			rows = append(rows, strings.Join(r, ": "))
		}
		outer.cell = append(outer.cell, strings.Join(rows, "; "))
		return
	}
	widest := 0
	for _, r := range t.rows {
		widest = max(widest, len(r))
	}
	if widest == 0 {
		return
	}
	if widest == 1 || len(t.rows)*widest > maxCells { // a frame around text, as a rule
		for _, r := range t.rows {
			w.block(strings.Join(r, " "), false)
		}
		return
	}
	for i, r := range t.rows {
		for len(r) < widest {
			r = append(r, "")
		}
		w.block("| "+strings.Join(r, " | ")+" |", i > 0)
		w.below = true
		if i == 0 {
			w.block(strings.Repeat("| --- ", widest)+"|", true)
		}
	}
	w.below = false
}
