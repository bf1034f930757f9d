package quote

// strays says which pieces are table rows about something that was not asked about. Where the question names rows of a
// table, the others are; where it names something that no row has, all rows without it are.
func (s *sources) strays() map[int]bool {
	best, tables := map[string]float64{}, s.tables()
	s.named = make([]float64, len(s.pieces))
	for i, p := range s.pieces {
		if p.kind == row {
			s.named[i] = s.naming(p, tables[p.caption])
			best[p.caption] = max(best[p.caption], s.named[i])
		}
	}
	out := map[int]bool{}
	for i, p := range s.pieces {
		if p.kind != row {
			continue
		}
		if best[p.caption] > 0 {
			out[i] = s.named[i] < best[p.caption]
			continue
		}
		for _, t := range s.ask.terms {
			if t.entity && !t.in(p.stems) && !t.in(s.heads[p.passage].stems) {
				out[i] = true
			}
		}
	}
	return out
}

// table is what the rows under one caption have in common.
type table struct {
	rows int
	have map[string]int // how many labels have a stem
}

func (s *sources) tables() map[string]*table {
	out := map[string]*table{}
	for _, p := range s.pieces {
		if p.kind != row {
			continue
		}
		t := out[p.caption]
		if t == nil {
			t = &table{have: map[string]int{}}
			out[p.caption] = t
		}
		t.rows++
		seen := map[string]bool{}
		for _, w := range p.label {
			if !seen[w.stem] {
				seen[w.stem] = true
				t.have[w.stem]++
			}
		}
	}
	return out
}

// naming is how far the question names a row of t: the share of its label's own words (those that not most labels of
// the table have) that the question has.
func (s *sources) naming(p piece, t *table) float64 {
	own, hit := 0.0, 0.0
	for _, w := range p.label {
		common := t.rows > 1 && t.have[w.stem]*2 > t.rows || t.rows == 1 && s.heads[p.passage].stems[w.stem]
		if stops[w.fold] || weak[w.fold] || common {
			continue
		}
		own++
		if s.ask.said[w.stem] {
			hit++
		}
	}
	if own == 0 {
		return 0
	}
	return hit / own
}

// rowLines says several rows of one table as a list, each by its label and the cells that matter most: the first ones.
func (s *sources) rowLines(rows []int) []string {
	const cells = 4 // with the label
	var out []string
	for _, i := range rows {
		out = append(out, "- "+s.pieces[i].row(cells))
	}
	return out
}

// above is what announces a passage's rows: its document's title, or else its caption.
func (s *sources) above(p piece) string {
	if title := s.passages[p.passage].Title; title != "" {
		return title
	}
	return p.caption
}
