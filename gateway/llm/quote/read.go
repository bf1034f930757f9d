package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard"
)

// kind is what a piece is.
type kind int

const (
	sentence kind = iota
	list          // with the line that announces it
	row           // of a table
)

// piece is what is quoted whole or not at all.
type piece struct {
	kind    kind
	passage int      // index
	at      int      // place in the passage
	text    string   // as it is said, without marker; of a list: all of it
	source  string   // of a row: as the passage has it, with the columns' names
	lines   []string // of a list; of a row: its label and its cells
	ordered bool     // a list of steps
	first   int      // number of the first step
	label   []word
	caption string      // of a row
	cells   [][2]string // of a row: the name of the column and what is in it

	words []word
	stems map[string]bool
	shows want
	score float64

	elsewhere bool // holds in circumstances that were not asked about
}

// readPassage cuts passage i into pieces, and looks in them for what is wanted.
func readPassage(i int, p switchboard.Passage, wants want) []piece {
	var out []piece
	add := func(x piece) {
		x.passage, x.at = i, len(out)
		out = append(out, x.ready(wants))
	}
	lines := strings.Split(p.Text, "\n")
	for n := 0; n < len(lines); n++ {
		line := strings.TrimSpace(lines[n])
		if line == "" {
			continue
		}
		if cells, caption := readRow(line); len(cells) > 1 {
			add(newRow(line, cells, caption))
			continue
		}
		if m, _ := listMarker(line); m > 0 {
			end := listEnd(lines, n)
			add(newList("", lines[n:end]))
			n = end - 1
			continue
		}
		if next := n + 1; strings.HasSuffix(line, ":") && next < len(lines) {
			if m, _ := listMarker(strings.TrimSpace(lines[next])); m > 0 {
				end := listEnd(lines, next)
				intro := lastSentence(line)
				for _, s := range sentences(strings.TrimSuffix(line, intro)) {
					add(piece{text: s})
				}
				add(newList(intro, lines[next:end]))
				n = end - 1
				continue
			}
		}
		for _, s := range sentences(line) {
			add(piece{text: s})
		}
	}
	return out
}

// ready fills in what is derived from the text.
func (x piece) ready(wants want) piece {
	source := x.text
	if x.source != "" {
		source = x.source
	}
	x.words = wordsOf(source)
	x.stems = make(map[string]bool, len(x.words))
	for _, w := range x.words {
		x.stems[w.stem] = true
	}
	x.shows = kindsIn(source, wants)
	return x
}

// listMarker returns the length of the "- " or "3. " at the start of a line, and its number.
func listMarker(line string) (length, number int) {
	for _, bullet := range []string{"- ", "* ", "• ", "– "} {
		if strings.HasPrefix(line, bullet) {
			return len(bullet), 0
		}
	}
	i := 0
	for i < len(line) && i < 3 && isDigit(line[i]) {
		number = number*10 + int(line[i]-'0')
		i++
	}
	if i > 0 && i+1 < len(line) && (line[i] == '.' || line[i] == ')') && line[i+1] == ' ' {
		return i + 2, number
	}
	return 0, 0
}

// listEnd returns the line behind the list that begins at line n.
func listEnd(lines []string, n int) int {
	_, number := listMarker(strings.TrimSpace(lines[n]))
	for n++; n < len(lines); n++ {
		indented := strings.HasPrefix(lines[n], "  ")
		m, next := listMarker(strings.TrimSpace(lines[n]))
		if !indented && (m == 0 || (next == 0) != (number == 0) || next != 0 && next <= number) {
			break
		}
		if next > 0 && !indented {
			number = next
		}
	}
	return n
}

func newList(intro string, lines []string) piece {
	x := piece{kind: list}
	if intro != "" {
		x.lines = append(x.lines, intro)
	}
	for i, l := range lines {
		l = strings.TrimSpace(l)
		m, number := listMarker(l)
		if i == 0 {
			x.ordered, x.first = number > 0, number
		}
		if m > 0 && number == 0 {
			l = "- " + l[m:]
		}
		x.lines = append(x.lines, l)
	}
	x.text = strings.Join(x.lines, "\n")
	return x
}

// readRow reads a table's row such as "Prices by country — Country: Switzerland; Zone: 2; Day pass: €4.99." into cells
// with their column's name, and what stands before the dash. nil means that the line is none.
func readRow(line string) (cells [][2]string, caption string) {
	caption, rest, ok := strings.Cut(line, " — ")
	if !ok {
		rest, caption = line, ""
	}
	for _, part := range strings.Split(strings.TrimSuffix(rest, "."), "; ") {
		name, value, ok := strings.Cut(part, ": ")
		switch {
		case ok:
			cells = append(cells, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		case len(cells) > 0: // a semicolon inside a cell
			cells[len(cells)-1][1] += "; " + part
		default: // a column without a name
			cells = append(cells, [2]string{"", strings.TrimSpace(part)})
		}
	}
	if caption == "" && len(cells) < 3 || len(sentences(rest)) > 1 {
		return nil, ""
	}
	return cells, strings.TrimSpace(caption)
}

// generic names of columns, which say nothing that the row's label does not ask for.
var generic = set("price amount value number cost fee rate how-long deadline precio importe valor cantidad coste numero plazo")

// newRow says a row as a person would read it out: "Switzerland – Zone 2; Daily pass: €4.99 a day."
func newRow(line string, cells [][2]string, caption string) piece {
	x := piece{kind: row, source: strings.TrimPrefix(line, caption+" — "), caption: caption, cells: cells, label: wordsOf(cells[0][1])}
	x.lines = []string{cells[0][1]}
	for _, c := range cells[1:] {
		switch name, value := c[0], c[1]; {
		case value == "" || value == "–" || value == "-":
		case name == "", strings.HasPrefix(fold(value), fold(name)), len(cells) == 2 && generic[fold(name)]:
			x.lines = append(x.lines, value)
		default:
			x.lines = append(x.lines, name+": "+value)
		}
	}
	x.text = x.row(len(x.lines))
	return x
}

// row says the label and the first cells of a row, n in all.
func (x piece) row(n int) string {
	n = min(n, len(x.lines))
	switch {
	case n < 2:
		return x.lines[0] + "."
	case len(x.lines) == 2 && !strings.Contains(x.lines[1], ": "):
		return x.lines[0] + ": " + x.lines[1] + "."
	}
	return x.lines[0] + " – " + strings.Join(x.lines[1:n], "; ") + "."
}

// sentences cuts a line into sentences, without the white space around them.
func sentences(line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; {
		end := sentenceEnd(line)
		out = append(out, strings.TrimSpace(line[:end]))
		line = strings.TrimSpace(line[end:])
	}
	return out
}

func lastSentence(line string) string {
	all := sentences(line)
	return all[len(all)-1]
}

// sentenceEnd returns the length of the first sentence of s: up to a stop that white space and no small letter follow,
// and that ends no abbreviation.
func sentenceEnd(s string) int {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(".!?", s[i]) < 0 {
			continue
		}
		j := i + 1
		for j < len(s) && strings.IndexByte(".!?)\"'", s[j]) >= 0 {
			j++
		}
		for _, closing := range []string{"”", "»"} {
			if strings.HasPrefix(s[j:], closing) {
				j += len(closing)
			}
		}
		if j == len(s) {
			return j
		}
		if s[j] != ' ' {
			continue
		}
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(s[j:], " "))
		if !unicode.IsLower(next) && !abbreviated(s[:i]) {
			return j
		}
	}
	return len(s)
}

var abbreviations = set("e.g i.e nr vs mr mrs ms dr approx p.ej sr sra núm art incl")

func abbreviated(before string) bool {
	w := strings.ToLower(before[strings.LastIndexAny(before, " (\n")+1:])
	return abbreviations[w] || utf8.RuneCountInString(w) == 1 && !isDigit(w[0])
}
