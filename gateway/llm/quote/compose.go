package quote

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// The size of a reply, and how good a further piece must be, as a share of the best one's score.
const (
	maxSentences = 3 // and one more where one leans on it
	maxRows      = 6 // of one table
	maxItems     = 8 // of a list

	besideShare   = 0.60 // next to a chosen one
	passageShare  = 0.75 // elsewhere in the same passage
	documentShare = 0.88 // elsewhere in the same document
	furtherShare  = 0.75 // in another document, where it brings something that is missing
	rowShare      = 0.93 // a row of the same table
	missingShare  = 0.75 // in the same document, where it brings something that is missing
	missingWeight = 0.15 // share of the question's weight that counts as something
)

// Compose returns a reply to the question made of the passages' own sentences, list items and table rows, in pieces that
// are shown one after the other. Each carries the marker of its passage, counted from 1. lang is the question's, "" if
// unknown. There is always a reply where there is a passage with any text.
func Compose(question, lang string, passages []switchboard.Passage) []string {
	s := read(readAsk(question), passages)
	if len(s.pieces) == 0 {
		return nil
	}
	s.score(lang)
	return s.say(s.choose())
}

// choose picks the pieces of the reply: the best one, and what adds to it. It returns their indexes in reading order.
func (s *sources) choose() []int {
	ranked := make([]int, len(s.pieces))
	for i := range ranked {
		ranked[i] = i
	}
	slices.SortStableFunc(ranked, func(a, b int) int { return cmp.Compare(s.pieces[b].score, s.pieces[a].score) })
	chosen := ranked[:1:1]
	for _, i := range ranked[1:] {
		if len(chosen) < s.most(chosen[0], i) && s.adds(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	return s.ordered(s.complete(chosen))
}

// ordered sorts pieces by their place in their passages, and passages by when they were chosen.
func (s *sources) ordered(chosen []int) []int {
	place := map[int]int{}
	for _, i := range chosen {
		if p := s.pieces[i].passage; !(s.pieces[i].kind == row) {
			if _, ok := place[p]; !ok {
				place[p] = len(place)
			}
		}
	}
	rows := map[string]int{} // rows of one table stay together, in the search's order
	key := func(i int) int {
		p := s.pieces[i]
		if p.kind != row {
			return place[p.passage]
		}
		if _, ok := rows[p.caption]; !ok {
			rows[p.caption] = slices.Index(chosen, i) * 2
		}
		return rows[p.caption]
	}
	keys := map[int]int{}
	for _, i := range chosen {
		keys[i] = key(i)
	}
	out := slices.Clone(chosen)
	slices.SortStableFunc(out, func(a, b int) int {
		x, y := s.pieces[a], s.pieces[b]
		return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(x.passage, y.passage), cmp.Compare(x.at, y.at))
	})
	return out
}

// most is how many pieces a reply may have that begins with the best one and goes on with i.
func (s *sources) most(best, i int) int {
	a, b := s.pieces[best], s.pieces[i]
	switch {
	case a.kind == list:
		return 2
	case a.kind == row && b.kind == row && a.caption == b.caption:
		return maxRows
	}
	return maxSentences
}

// adds reports whether piece i belongs beside the chosen ones and says something that they do not.
func (s *sources) adds(chosen []int, i int) bool {
	p, best := s.pieces[i], s.pieces[chosen[0]]
	missing := s.share(func(t term) bool {
		return t.in(p.stems) && !slices.ContainsFunc(chosen, func(c int) bool {
			return t.in(s.pieces[c].stems) || t.in(s.heads[s.pieces[c].passage].stems)
		})
	})
	if p.kind == list && s.ask.wants&(wantSteps|wantList) == 0 {
		return false
	}
	if p.kind == row && p.elsewhere && !best.elsewhere || s.ask.wants&exact&^p.shows != 0 && best.shows&exact != 0 {
		return false
	}
	least := furtherShare
	beside, sameTable, sameDocument := false, false, false
	for _, c := range chosen {
		other := s.pieces[c]
		if p.kind == list && other.kind == list {
			return false
		}
		sameTable = sameTable || p.kind == row && other.kind == row && p.caption == other.caption
		if !sameTable && overlap(p.stems, other.stems) > 0.6 && !otherFigures(p, other) {
			return false
		}
		beside = beside || p.passage == other.passage && (p.at-other.at == 1 || other.at-p.at == 1)
		sameDocument = sameDocument || s.document(p) == s.document(other)
	}
	switch {
	case sameTable:
		least = rowShare
	case beside:
		least = besideShare
	case p.passage == best.passage:
		least = passageShare
	case sameDocument && missing >= missingWeight:
		least = missingShare
	case sameDocument && p.kind != row:
		least = documentShare
	case missing < missingWeight:
		return false
	}
	return p.score >= least*best.score
}

func (s *sources) document(p piece) string {
	if id := s.passages[p.passage].DocumentID; id != "" {
		return id
	}
	return strconv.Itoa(p.passage)
}

// otherFigures reports whether p says a price that q does not say: "costs €4.99" and "costs €0.00" are no repetition.
func otherFigures(p, q piece) bool {
	for _, w := range p.words {
		if strings.ContainsRune(w.raw, '.') && isDigit(w.raw[0]) && !slices.ContainsFunc(q.words, func(x word) bool { return x.raw == w.raw }) {
			return true
		}
	}
	return false
}

// overlap is the share of the smaller set that the other has.
func overlap(a, b map[string]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for w := range a {
		if b[w] {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)))
}

// leaning are words with which a sentence begins that leans on the one before it.
var leaning = set(`it this these those they he she then otherwise but however also that both
	esto esta este estos estas ese esa ello ellos entonces pero tambien ademas`)

// complete adds the sentences without which the chosen ones do not make sense.
func (s *sources) complete(chosen []int) []int {
	for _, i := range slices.Clone(chosen) {
		p := s.pieces[i]
		if p.kind != sentence || p.at == 0 || len(p.words) == 0 || !leaning[p.words[0].fold] || len(chosen) > maxSentences {
			continue
		}
		if before := s.pieces[i-1]; before.kind == sentence && !slices.Contains(chosen, i-1) {
			chosen = append(chosen, i-1)
		}
	}
	return chosen
}

// say puts markers behind the chosen pieces, and between them what reads well.
func (s *sources) say(chosen []int) []string {
	var t text
	for n := 0; n < len(chosen); n++ {
		p := s.pieces[chosen[n]]
		mark := " [" + strconv.Itoa(p.passage+1) + "]"
		switch p.kind {
		case list:
			t.block()
			for _, l := range s.listLines(p) {
				t.line(l + mark)
			}
			t.block()
		case row:
			end := n + 1
			for end < len(chosen) && s.pieces[chosen[end]].kind == row && s.pieces[chosen[end]].caption == p.caption {
				end++
			}
			if end-n == 1 {
				t.sentence(s.announced(p) + p.text + mark)
				continue
			}
			t.block()
			t.line(s.above(p) + ":" + mark)
			for k, l := range s.rowLines(chosen[n:end]) {
				t.line(l + " [" + strconv.Itoa(s.pieces[chosen[n+k]].passage+1) + "]")
			}
			t.block()
			n = end - 1
		default:
			t.sentence(stopped(p.text) + mark)
		}
	}
	return t.done()
}

// announced is what stands before a single row: where it is from, unless its own label says so.
func (s *sources) announced(p piece) string {
	above := s.above(p)
	if above == "" {
		return ""
	}
	return above + ": "
}

// listLines are the lines of a list, announced by its own introduction or else by its heading.
func (s *sources) listLines(p piece) []string {
	lines := p.lines
	if m, _ := listMarker(lines[0]); m > 0 {
		passage := s.passages[p.passage]
		head := passage.Title
		if len(passage.Section) > 0 {
			head = passage.Section[len(passage.Section)-1]
		}
		if head = strings.TrimRight(head, " .:"); head != "" {
			lines = append([]string{head + ":"}, lines...)
		}
	}
	return lines[:min(len(lines), maxItems+1)]
}

// stopped ends a sentence that has no stop of its own.
func stopped(s string) string {
	if s == "" || strings.IndexByte(".!?:", s[len(s)-1]) >= 0 || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}

// text collects the pieces of a reply, each with the white space that belongs behind it.
type text struct{ out []string }

func (t *text) sentence(s string) { t.out = append(t.out, s+" ") }
func (t *text) line(s string)     { t.out = append(t.out, s+"\n") }

// block puts an empty line between what stands so far and what follows.
func (t *text) block() { t.end("\n\n") }

func (t *text) end(with string) {
	if n := len(t.out); n > 0 {
		t.out[n-1] = strings.TrimRight(t.out[n-1], " \n") + with
	}
}

func (t *text) done() []string {
	t.end("")
	return t.out
}
