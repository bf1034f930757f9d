package kb

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard"
)

// Sizes of passages, in words. A passage has to be short enough to be quoted and to leave room for others in a
// prompt, and long enough to make sense alone.
const (
	maxWords  = 120
	tailWords = 25 // what is left of a section with fewer words than this joins the passage before it
)

// cut is a passage on its way into the index.
type cut struct {
	switchboard.Passage
	title string // what is indexed as title: title and headings, and the names of a table row's columns
	text  string // what is indexed as text: Text, or what is in a table row's cells
}

// Cut shows how d would be cut into passages, for previews. Scores are zero.
func Cut(d Document) []switchboard.Passage {
	cuts := cutDocument(d.Normalize())
	passages := make([]switchboard.Passage, len(cuts))
	for i, c := range cuts {
		passages[i] = c.Passage
	}
	return passages
}

// cutDocument cuts d, which must be normalised, into its passages, in the order of the text. It never cuts inside a
// sentence unless one has more than maxWords words. Every document has at least one passage: its title, if it says
// nothing else.
func cutDocument(d Document) []cut {
	var cuts []cut
	add := func(units []unit) {
		if len(units) > 0 {
			cuts = append(cuts, newCut(d, len(cuts)+1, units))
		}
	}
	units := readUnits(d.Title, d.Body)
	for len(units) > 0 {
		n := sectionLen(units)
		for _, group := range pack(units[:n]) {
			add(group)
		}
		units = units[n:]
	}
	if len(cuts) == 0 {
		t := d.Title
		if t == "" { // nothing but headings or markup
			t = strings.Join(strings.Fields(d.Body), " ")
		}
		add([]unit{{text: t, end: len(d.Body)}})
	}
	return cuts
}

// sectionLen is how many units at the start of units stand under the same headings.
func sectionLen(units []unit) int {
	n := 1
	for n < len(units) && sameSection(units[n].section, units[0].section) {
		n++
	}
	return n
}

// sameSection compares by identity: two sections may have the same headings.
func sameSection(a, b []string) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// pack groups the units of one section into passages. Table rows stay alone.
func pack(units []unit) [][]unit {
	var groups [][]unit
	var open []unit
	words := 0
	flush := func() {
		if len(open) > 0 {
			groups = append(groups, open)
		}
		open, words = nil, 0
	}
	for _, u := range units {
		if u.row {
			flush()
			groups = append(groups, []unit{u})
			continue
		}
		if len(open) > 0 && words+u.words > maxWords {
			// "To do this:" belongs to the list that it announces.
			var announces []unit
			if last := open[len(open)-1]; len(open) > 1 && strings.HasSuffix(last.text, ":") {
				announces = []unit{last}
				open = open[:len(open)-1]
			}
			flush()
			for _, a := range announces {
				open, words = append(open, a), words+a.words
			}
		}
		open, words = append(open, u), words+u.words
	}
	if n := len(groups); words < tailWords && n > 0 && !groups[n-1][0].row {
		groups[n-1] = append(groups[n-1], open...)
		open = nil
	}
	flush()
	return groups
}

func newCut(d Document, n int, units []unit) cut {
	first := units[0]
	var b strings.Builder
	start, end := first.start, first.end
	for i, u := range units {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(u.text)
		start, end = min(start, u.start), max(end, u.end)
	}
	c := cut{
		Passage: switchboard.Passage{
			ID: d.ID + "#" + strconv.Itoa(n), DocumentID: d.ID, Title: d.Title, Section: first.section, URL: d.URL,
			Lang: d.Lang, Audience: d.Audience, Text: b.String(), Start: start, End: end,
		},
		title: strings.Join(slices.Concat([]string{d.Title}, d.Topics, first.section), "\n"),
		text:  b.String(),
	}
	if first.row {
		// In every row the same names: like headings, they say what it is about, and as text they would make each long.
		c.title, c.text = c.title+"\n"+first.names, first.cells
		if caption := caption(d.Title, first.section); caption != "" {
			c.Text = caption + " — " + c.Text
		}
	}
	return c
}

// caption is what a table row needs in front to make sense alone: the title and the nearest heading, or one of them
// where it says what the other says.
func caption(title string, section []string) string {
	if len(section) == 0 {
		return title
	}
	nearest := section[len(section)-1]
	switch {
	case title == "" || containsWords(nearest, title):
		return nearest
	case containsWords(title, nearest):
		return title
	}
	return title + ": " + nearest
}

// containsWords reports whether every word of part is in whole, letter case aside.
func containsWords(whole, part string) bool {
	have := map[string]bool{}
	for _, w := range strings.Fields(strings.ToLower(whole)) {
		have[w] = true
	}
	for _, w := range strings.Fields(strings.ToLower(part)) {
		if !have[w] {
			return false
		}
	}
	return true
}

func countWords(s string) int {
	n, in := 0, false
	for _, r := range s {
		space := unicode.IsSpace(r)
		if !space && !in {
			n++
		}
		in = !space
	}
	return n
}

// sentencePieces cuts s into runs of whole sentences with at most limit words each. A single sentence with more is
// cut between words. Pieces are byte ranges without the blanks around them.
func sentencePieces(s string, limit int) [][2]int {
	if countWords(s) <= limit {
		return trimmed(s, nil, 0, len(s))
	}
	var pieces [][2]int
	start, words := 0, 0
	for at := 0; at < len(s); {
		end := at + sentenceEnd(s[at:])
		n := countWords(s[at:end])
		if words > 0 && words+n > limit {
			pieces = trimmed(s, pieces, start, at)
			start, words = at, 0
		}
		if n > limit {
			for _, p := range wordPieces(s[at:end], limit) {
				pieces = trimmed(s, pieces, start, at+p)
				start = at + p
			}
		} else {
			words += n
		}
		at = end
	}
	return trimmed(s, pieces, start, len(s))
}

func trimmed(s string, pieces [][2]int, start, end int) [][2]int {
	for start < end {
		r, size := utf8.DecodeRuneInString(s[start:end])
		if !unicode.IsSpace(r) {
			break
		}
		start += size
	}
	for start < end {
		r, size := utf8.DecodeLastRuneInString(s[start:end])
		if !unicode.IsSpace(r) {
			break
		}
		end -= size
	}
	if start == end {
		return pieces
	}
	return append(pieces, [2]int{start, end})
}

// wordPieces returns where to cut s so that no piece has more than limit words; the last is len(s).
func wordPieces(s string, limit int) []int {
	var ends []int
	words, in := 0, false
	for i, r := range s {
		space := unicode.IsSpace(r)
		if !space && !in {
			if words == limit {
				ends = append(ends, i)
				words = 0
			}
			words++
		}
		in = !space
	}
	return append(ends, len(s))
}

// sentenceEnd is where the first sentence of s ends, the blanks behind it included: after a full stop, question or
// exclamation mark (or a line break) when what follows looks like a beginning.
func sentenceEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\n':
			return i + 1
		case '.', '!', '?':
		default:
			continue
		}
		j := i + 1
		for j < len(s) && strings.IndexByte(`.!?)"'`, s[j]) >= 0 {
			j++
		}
		k := j
		for k < len(s) && s[k] == ' ' {
			k++
		}
		if k == len(s) {
			return k
		}
		if next, _ := utf8.DecodeRuneInString(s[k:]); k > j && !unicode.IsLower(next) && !abbreviated(s[:i]) {
			return k
		}
	}
	return len(s)
}

// abbreviated reports whether a full stop after s ends an abbreviation such as "e.g", "No" or an initial.
func abbreviated(s string) bool {
	word := s[strings.LastIndexAny(s, " (\n")+1:]
	switch strings.ToLower(word) {
	case "e.g", "i.e", "etc", "no", "nr", "vs", "mr", "mrs", "ms", "dr", "st", "fig", "al", "approx", "p.ej", "sr", "sra", "núm":
		return true
	}
	return utf8.RuneCountInString(word) == 1 && !strings.ContainsAny(word, "0123456789")
}
