package quote

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// The size of a reply.
const (
	maxPieces = 4
	maxRows   = 3
	maxItems  = 8 // of a list
	// How good a further piece must be, as a share of the best one's score.
	sameSection  = 0.55
	sameDocument = 0.70
	elsewhere    = 0.88
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
	best := ranked[0]
	chosen := []int{best}
	for _, i := range ranked[1:] {
		if len(chosen) == s.most(best) {
			break
		}
		if s.pieces[i].score >= s.bar(best, i)*s.pieces[best].score && s.adds(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	chosen = s.complete(chosen)
	place := map[int]int{} // passages in the order in which they were chosen
	for _, i := range chosen {
		if _, ok := place[s.pieces[i].passage]; !ok {
			place[s.pieces[i].passage] = len(place)
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int {
		x, y := s.pieces[a], s.pieces[b]
		return cmp.Or(cmp.Compare(place[x.passage], place[y.passage]), cmp.Compare(x.at, y.at))
	})
	return chosen
}

// most is how many pieces a reply has that begins with the piece. A list is long enough with one more.
func (s *sources) most(best int) int {
	switch {
	case s.pieces[best].kind == list:
		return 2
	case s.pieces[best].kind == row:
		return maxRows
	}
	return maxPieces - 1
}

// bar is how good piece i must be to stand beside the best one.
func (s *sources) bar(best, i int) float64 {
	a, b := s.pieces[best], s.pieces[i]
	switch p, q := s.passages[a.passage], s.passages[b.passage]; {
	case a.passage == b.passage:
		return sameSection
	case p.DocumentID != "" && p.DocumentID == q.DocumentID:
		return sameDocument
	}
	return elsewhere
}

// adds reports whether piece i says something that the chosen ones do not.
func (s *sources) adds(chosen []int, i int) bool {
	p := s.pieces[i]
	for _, c := range chosen {
		other := s.pieces[c]
		if p.kind == list && other.kind == list {
			return false
		}
		if overlap(p.stems, other.stems) > 0.6 {
			return false
		}
	}
	return true
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
var leaning = set(`it this these those they he she then otherwise but however also that both such if-so in-this-case
	esto esta este estos estas ese esa ello ellos entonces pero sin-embargo tambien ademas`)

// complete adds the sentences without which the chosen ones do not make sense.
func (s *sources) complete(chosen []int) []int {
	for _, i := range slices.Clone(chosen) {
		p := s.pieces[i]
		if p.kind != sentence || p.at == 0 || len(p.words) == 0 || !leaning[p.words[0].fold] || len(chosen) > maxPieces {
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
	var out []string
	caption := ""
	for n, i := range chosen {
		p := s.pieces[i]
		mark := " [" + strconv.Itoa(p.passage+1) + "]"
		block := p.kind == list
		if n > 0 && (block || s.pieces[chosen[n-1]].kind == list) {
			out[len(out)-1] = strings.TrimRight(out[len(out)-1], " \n") + "\n\n"
		}
		switch p.kind {
		case list:
			for _, l := range s.listLines(p) {
				out = append(out, l+mark+"\n")
			}
			continue
		case row:
			if p.caption != "" && p.caption != caption {
				out = append(out, p.caption+": "+p.text+mark+" ")
				caption = p.caption
				continue
			}
		}
		out = append(out, stopped(p.text)+mark+" ")
	}
	out[len(out)-1] = strings.TrimRight(out[len(out)-1], " \n")
	return out
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
	if s == "" || strings.ContainsRune(".!?:…", rune(s[len(s)-1])) || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}
