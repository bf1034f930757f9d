package quote

import (
	"math"
	"strings"

	"switchboard"
)

// The weights of a piece's score. They were set by reading replies over a help centre, not fitted to a measure.
const (
	headingShare     = 0.60 // what a question's word counts for when only the title or a heading has it
	titledShare      = 0.35 // and more where the title is about nothing else
	listHeadingShare = 0.95 // the same for a list, which is about what stands above it …
	listOwnShare     = 0.70 // … rather than about what one of its items mentions
	rankShare        = 0.40 // of the passage's score in the search
	kindBonus        = 0.30 // has what the question asks for
	kindMalus        = 0.10 // has not
	stepsBonus       = 0.40 // steps, where steps are asked for
	listMalus        = 0.20 // of a list's coverage, where steps are not
	namedBonus       = 0.35 // a table row that the question names
	rowsBonus        = 0.30 // table rows, where it is asked which there are
	documentBonus    = 0.20 // of the share of all the passages' scores that the document's have
	leadBonus        = 0.10 // at an article's beginning, which sums it up
	focusBonus       = 0.15 // the heading is about the question and about nothing else
	nearBonus        = 0.12 // words that are neighbours in the question are near each other
	foreignShare     = 0.70 // of the score, for a passage in another language than the question's
	turnBonus        = 0.35 // switches on or off, as was asked
	oppositeShare    = 0.60 // of the score, for steps that switch on what was to be switched off
	strayShare       = 0.25 // of the score, for a table row about something else
	tellsBonus       = 0.25 // a sentence that says what to do, where steps are asked for
	columnBonus      = 0.15 // a price under a column that says no more than that, where a price is asked for
	titleBonus       = 0.20 // the title is about the question and about nothing else
	elsewhereShare   = 0.80 // of the score, for what holds in circumstances that were not asked about
)

// sources are the passages as the ranking sees them.
type sources struct {
	ask      ask
	passages []switchboard.Passage
	pieces   []piece
	heads    []heading // by passage
	weights  map[string]float64
	total    float64   // of the weights
	named    []float64 // by piece: how far the question names it, for table rows
}

// heading is what stands above a passage.
type heading struct {
	title   []word
	stems   map[string]bool // of the title and all headings
	nearest []word          // of the nearest heading, or of the title where there is none
	names   map[string]bool // stems of the title's names
	lead    bool            // nothing but the title stands above
}

// read cuts the passages into pieces.
func read(a ask, passages []switchboard.Passage) *sources {
	s := &sources{ask: a, passages: passages}
	for i, p := range passages {
		s.pieces = append(s.pieces, readPassage(i, p, a.wants)...)
		h := heading{stems: map[string]bool{}, names: map[string]bool{}, lead: len(p.Section) == 0, title: wordsOf(p.Title)}
		h.nearest = h.title
		for n, w := range h.title {
			if isName(w.raw, n == 0) {
				h.names[w.stem] = true
			}
		}
		if !h.lead {
			h.nearest = wordsOf(p.Section[len(p.Section)-1])
		}
		for _, w := range wordsOf(p.Title + " " + strings.Join(p.Section, " ")) {
			h.stems[w.stem] = true
		}
		s.heads = append(s.heads, h)
	}
	s.weigh()
	return s
}

// weigh weighs the question's terms by how few pieces have them. A term that no piece and no heading has counts for
// nothing: nothing here can be about it.
func (s *sources) weigh() {
	s.weights = map[string]float64{}
	for _, t := range s.ask.terms {
		df, headed := 0, false
		for _, p := range s.pieces {
			if t.in(p.stems) {
				df++
			}
			headed = headed || t.in(s.heads[p.passage].stems)
		}
		if df > 0 || headed {
			w := t.weight * math.Log(1+(float64(len(s.pieces))+1)/(float64(df)+0.5))
			s.weights[t.stem] = w
			s.total += w
		}
	}
}

// score fills in every piece's score.
func (s *sources) score(lang string) {
	strays := s.strays() // also fills in named
	for i := range s.pieces {
		p := &s.pieces[i]
		covered := s.covered(p)
		p.score = covered + rankShare*s.rank(p.passage) + s.kindScore(p, covered) + focusBonus*s.focus(p.passage) +
			documentBonus*s.documentShare(p.passage) + titleBonus*s.titled(p.passage)
		if s.heads[p.passage].lead {
			p.score += leadBonus
		}
		p.score += nearBonus*s.near(p) + namedBonus*s.named[i]
		if p.kind == sentence && len(p.words) < 4 {
			p.score *= 0.8
		}
		if passage := s.passages[p.passage]; lang != "" && passage.Lang != "" && passage.Lang != lang {
			p.score *= foreignShare
		}
		switch turn, above := turning(p.words), turning(s.heads[p.passage].nearest); {
		case s.ask.turn == 0:
		case p.kind == list && above*s.ask.turn < 0:
			p.score *= oppositeShare
		case turn == s.ask.turn, turn == 0 && above == s.ask.turn:
			p.score += turnBonus
		}
		if strays[i] || s.another(p) {
			p.score *= strayShare
		}
		if p.elsewhere = s.elsewhere(p); p.elsewhere {
			p.score *= elsewhereShare
		}
	}
}

// share is the share of the question's weight that lies on terms for which has is true.
func (s *sources) share(has func(t term) bool) float64 {
	if s.total == 0 {
		return 0
	}
	var have float64
	for _, t := range s.ask.terms {
		if w := s.weights[t.stem]; w > 0 && has(t) {
			have += w
		}
	}
	return have / s.total
}

// covered is how much of the question a piece is about, 0..1, by its own words and by those above it.
func (s *sources) covered(p *piece) float64 {
	own, headed := 1.0, headingShare+titledShare*s.titled(p.passage)
	if p.kind == list {
		own, headed = listOwnShare, listHeadingShare
	}
	head := s.heads[p.passage].stems
	ownAlone := s.share(func(t term) bool { return t.in(p.stems) && !t.in(head) })
	headAlone := s.share(func(t term) bool { return t.in(head) && !t.in(p.stems) })
	both := s.share(func(t term) bool { return t.in(head) && t.in(p.stems) })
	out := own*ownAlone + headed*headAlone + max(own, headed)*both
	if p.kind == list && s.ask.wants&(wantSteps|wantList) == 0 {
		out *= 1 - listMalus
	}
	return out
}

// rank is how well the search liked a passage, 0..1, by its score, or by its place where there are no scores.
func (s *sources) rank(passage int) float64 {
	var best float64
	for _, p := range s.passages {
		best = max(best, p.Score)
	}
	if best <= 0 {
		return 1 / float64(1+passage)
	}
	return s.passages[passage].Score / best
}

// documentShare is how much of what the search liked is in the passage's document.
func (s *sources) documentShare(passage int) float64 {
	var same, all float64
	for i, p := range s.passages {
		all += s.rank(i)
		if i == passage || p.DocumentID == s.passages[passage].DocumentID {
			same += s.rank(i)
		}
	}
	return same / all
}

// focus is the share of the nearest heading's content words that the question has, a half where it has none.
func (s *sources) focus(passage int) float64 {
	content, asked := 0, 0
	for _, w := range s.heads[passage].nearest {
		if stops[w.fold] || weak[w.fold] {
			continue
		}
		content++
		if s.ask.stems[w.stem] {
			asked++
		}
	}
	if content == 0 {
		return 0.5
	}
	return float64(asked) / float64(content)
}

// near is the share of neighbouring terms of the question that stand within three words of each other, in any order.
func (s *sources) near(p *piece) float64 {
	pairs, found := 0, 0
	for i := 1; i < len(s.ask.terms); i++ {
		a, b := s.ask.terms[i-1], s.ask.terms[i]
		if a.weight < 1 || b.weight < 1 {
			continue
		}
		pairs++
		if within(p.words, a.stem, b.stem, 3) {
			found++
		}
	}
	return float64(found) / float64(max(1, pairs))
}

// within reports whether the stems a and b stand at most n words apart.
func within(words []word, a, b string, n int) bool {
	atA, atB := -n-1, -n-1
	for i, w := range words {
		switch w.stem {
		case a:
			atA = i
		case b:
			atB = i
		default:
			continue
		}
		if d := atA - atB; atA >= 0 && atB >= 0 && d <= n && -d <= n {
			return true
		}
	}
	return false
}

// kindScore is the part of the score that comes from what kind of thing the question asks for.
func (s *sources) kindScore(p *piece, covered float64) float64 {
	var out float64
	if s.plainPrice(p) {
		out += columnBonus
	}
	if s.ask.wants&wantSteps != 0 && p.kind == sentence && p.shows&wantSteps != 0 {
		out += tellsBonus * covered
	}
	asked := s.ask.wants &^ (wantSteps | wantYesNo | wantList)
	switch {
	case asked == 0:
	case asked&exact != 0 && p.shows&asked&exact == 0: // a price is no answer to "how much data"
		out -= kindMalus
	case p.shows&asked != 0:
		out += kindBonus
	default:
		out -= kindMalus
	}
	if s.ask.wants&wantYesNo != 0 && p.shows&wantYesNo != 0 {
		out += kindBonus / 4
	}
	if s.ask.wants&wantSteps != 0 && p.kind == list {
		steps := stepsBonus
		if !p.ordered {
			steps /= 2
		}
		out += steps * covered
	}
	if s.ask.wants&wantList != 0 && p.kind == row {
		out += rowsBonus
	}
	return out
}
