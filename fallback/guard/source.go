package guard

import (
	"slices"
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// table is what binds the numbers of a Markdown table to their rows.
type table struct {
	rows   []*source         // where they are passages of their own
	labels []map[string]bool // by row: the stems by which its first cell differs from the other rows' first cells
}

// newSource reads a passage: its quantities with their surroundings, its words and its numbers as written.
func newSource(p switchboard.Passage) source {
	p.Text = asciiDigits(p.Text)
	head := asciiDigits(p.Title + "\n" + strings.Join(p.Section, "\n") + "\n")
	s := source{text: head + p.Text, stems: map[string]uint64{}, numbers: map[string]bool{}, pairs: map[uint64]bool{}}
	s.folded = lex.Fold(s.text)
	words := lex.Words(s.text)
	s.running = " " + strings.Join(words, " ") + " "
	for i, w := range words {
		if i > 0 {
			s.pairs[pair(words[i-1], w)] = true
		}
		if w[0] >= '0' && w[0] <= '9' {
			s.numbers[w] = true
		}
	}
	s.mark(head, p.Lang, everywhere)
	for _, w := range supported(lex.Tokens(head), p.Lang) {
		if w.name {
			s.listed = append(s.listed, w.text)
		}
	}
	s.mentioned = periodsIn(s.text)
	around := periodsIn(head)
	for _, q := range parse(head) {
		q.nearby, q.segment = around, headSegment
		s.quantities = append(s.quantities, q)
	}
	s.readLines(strings.Split(p.Text, "\n"), around, p.Lang)
	for _, q := range s.quantities {
		s.often |= q.per
	}
	return s
}

// readLines reads text line by line: tables cell by cell under their headings, other lines as they are.
func (s *source) readLines(lines []string, around period, lang string) {
	for i := 0; i < len(lines); i++ {
		if isRow(lines[i]) && i+1 < len(lines) && isRule(lines[i+1]) {
			i = s.readTable(lines, i, around, lang)
			continue
		}
		if heads, values := fields(lines[i]); len(values) > 0 {
			s.readRow(heads, values, around, lang)
			continue
		}
		s.readText(lines[i], quantity{nearby: around | periodsIn(lines[i])}, lang)
	}
}

// fields reads a table's row that was written out: "Prices — Plan: Lite; Price a month: €11.99; Data: 5 GB." It returns
// nil for anything else.
func fields(line string) (heads, values []string) {
	if _, rest, ok := strings.Cut(line, " — "); ok {
		line = rest
	}
	parts := strings.Split(strings.TrimRight(line, "."), "; ")
	if len(parts) < 2 {
		return nil, nil
	}
	for _, p := range parts {
		head, value, ok := strings.Cut(p, ": ")
		if !ok || len(head) > 80 {
			return nil, nil
		}
		heads, values = append(heads, head), append(values, value)
	}
	return heads, values
}

// readRow reads one row that was written out.
func (s *source) readRow(heads, values []string, around period, lang string) {
	first := periodsIn(values[0])
	for i, v := range values {
		segment := s.segment(values[0]+"\n"+heads[i]+"\n"+v, lang)
		q := quantity{nearby: around | first | periodsIn(heads[i]) | periodsIn(v), header: lex.Fold(heads[i]), segment: segment}
		s.addQuantities(v, q)
		if i > 0 {
			s.addQuantities(values[0], q)
		}
	}
	s.addQuantities(strings.Join(heads, "; "), quantity{segment: headSegment})
	s.label, s.name = stemsOf(values[0], lang), running(values[0])
	for i := 1; i < len(values); i++ {
		s.cells = append(s.cells, cell{running(heads[i]), running(values[i])})
	}
}

// bindRows compares the labels of rows that come from one table, so that a number of one row does not back a sentence
// about another.
func bindRows(sources []source, passages []switchboard.Passage) {
	byTable := map[string][]int{}
	for i := range sources {
		if sources[i].label != nil {
			key := passages[i].DocumentID + "\n" + strings.Join(passages[i].Section, "\n")
			byTable[key] = append(byTable[key], i)
		}
	}
	for _, rows := range byTable {
		if len(rows) < 2 {
			continue
		}
		labels := make([][]string, len(rows))
		for k, i := range rows {
			labels[k] = sources[i].label
		}
		t := table{labels: distinct(labels)}
		for _, i := range rows {
			t.rows = append(t.rows, &sources[i])
		}
		for k, i := range rows {
			sources[i].siblings, sources[i].row = &t, k
		}
	}
}

// readTable reads the table whose heading is line i and returns its last line.
func (s *source) readTable(lines []string, i int, around period, lang string) int {
	heads := cells(lines[i])
	var first [][]string
	row := 0
	j := i + 2
	for ; j < len(lines) && isRow(lines[j]); j++ {
		cs := cells(lines[j])
		if len(cs) == 0 {
			continue
		}
		first = append(first, stemsOf(cs[0], lang))
		rowPeriods := periodsIn(cs[0])
		for k, c := range cs {
			q := quantity{table: len(s.tables) + 1, row: row, nearby: around | rowPeriods | periodsIn(c)}
			if k < len(heads) {
				q.header = lex.Fold(heads[k])
				q.nearby |= periodsIn(heads[k])
			}
			q.segment = s.segment(cs[0]+"\n"+q.header+"\n"+c, lang)
			s.addQuantities(c, q)
			if k > 0 {
				s.addQuantities(cs[0], q)
			}
		}
		row++
	}
	s.addQuantities(strings.Join(heads, " | "), quantity{segment: headSegment})
	s.tables = append(s.tables, table{labels: distinct(first)})
	return j - 1
}

func (s *source) addQuantities(text string, like quantity) {
	for _, q := range parse(text) {
		q.nearby, q.table, q.row, q.header, q.segment = like.nearby, like.table, like.row, like.header, like.segment
		s.quantities = append(s.quantities, q)
	}
}

func isRow(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 2 && line[0] == '|' && strings.Count(line, "|") > 2
}

func isRule(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 2 && strings.Contains(line, "-") && strings.Trim(line, "|-: ") == ""
}

func cells(line string) []string {
	parts := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func stemsOf(text, lang string) []string {
	var out []string
	for _, w := range lex.Words(text) {
		if !lex.Function(w) {
			out = append(out, lex.Stem(w, lang))
		}
	}
	return out
}

// distinct returns for each row the stems that are not in most other rows.
func distinct(rows [][]string) []map[string]bool {
	count := map[string]int{}
	for _, r := range rows {
		for i, s := range r {
			if !slices.Contains(r[:i], s) {
				count[s]++
			}
		}
	}
	out := make([]map[string]bool, len(rows))
	for i, r := range rows {
		out[i] = make(map[string]bool, len(r))
		for _, s := range r {
			if count[s]*2 <= len(rows) || len(rows) == 1 {
				out[i][s] = true
			}
		}
	}
	return out
}

// named returns the rows of t that the sentence names by all their own words.
func (t table) named(stems map[string]bool) map[int]bool {
	var out map[int]bool
	for i, label := range t.labels {
		if len(label) == 0 {
			continue
		}
		all := true
		for s := range label {
			if !stems[s] {
				all = false
				break
			}
		}
		if all {
			if out == nil {
				out = map[int]bool{}
			}
			out[i] = true
		}
	}
	return out
}

// periodsIn returns the periods that a heading or line mentions.
func periodsIn(text string) period {
	var out period
	for _, w := range lex.Words(text) {
		out |= periodNouns[w] // "mes"
		w = strings.TrimSuffix(w, "s")
		out |= periodNouns[w] | periodWords[w] | periodWords[w+"s"]
		if w == "mese" {
			out |= perMonth
		}
	}
	return out
}
