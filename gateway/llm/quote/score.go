package quote

import (
	"math"
	"strings"

	"switchboard"
)

// The weights of a piece's score. They were set by reading replies over a help centre, not fitted to a measure.
const (
	headingShare = 0.6  // what a question's word counts for when only the title or the headings have it
	rankShare    = 0.35 // of the passage's place among the passages found
	kindBonus    = 0.30 // has what the question asks for
	kindMalus    = 0.10 // has not
	stepsBonus   = 0.35 // steps, where steps are asked for
	foreignShare = 0.7  // of the score, for a passage in another language than the question's
	strayShare   = 0.25 // of the score, for a table row about something else
)

// sources are the passages as the ranking sees them.
type sources struct {
	ask      ask
	passages []switchboard.Passage
	pieces   []piece
	heads    []map[string]bool // by passage: stems of title and headings
}

// read cuts the passages into pieces.
func read(a ask, passages []switchboard.Passage) *sources {
	s := &sources{ask: a, passages: passages}
	for i, p := range passages {
		s.pieces = append(s.pieces, readPassage(i, p)...)
		head := map[string]bool{}
		for _, w := range wordsOf(p.Title + " " + strings.Join(p.Section, " ")) {
			head[w.stem] = true
		}
		s.heads = append(s.heads, head)
	}
	return s
}

// rarity weighs the question's terms by how few pieces have them. A term that no piece and no heading has counts for
// nothing: nothing here can be about it.
func (s *sources) rarity() map[string]float64 {
	out := map[string]float64{}
	for _, t := range s.ask.terms {
		df := 0
		headed := false
		for _, p := range s.pieces {
			if p.stems[t.stem] {
				df++
			}
			headed = headed || s.heads[p.passage][t.stem]
		}
		if df == 0 && !headed {
			continue
		}
		out[t.stem] = t.weight * math.Log(1+(float64(len(s.pieces))+1)/(float64(df)+0.5))
	}
	return out
}

// score fills in every piece's score.
func (s *sources) score(lang string) {
	weights := s.rarity()
	var total float64
	for _, w := range weights {
		total += w
	}
	strays := s.strays()
	for i := range s.pieces {
		p := &s.pieces[i]
		var have float64
		for stem, w := range weights {
			switch {
			case p.stems[stem]:
				have += w
			case s.heads[p.passage][stem]:
				have += headingShare * w
			}
		}
		if total > 0 {
			p.score = have / total
		}
		p.score += rankShare*s.rank(p.passage) + s.kindScore(p)
		if passage := s.passages[p.passage]; lang != "" && passage.Lang != "" && passage.Lang != lang {
			p.score *= foreignShare
		}
		if strays[i] {
			p.score *= strayShare
		}
		if len(p.words) < 4 && p.kind == sentence {
			p.score *= 0.8
		}
	}
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

// kindScore is the part of the score that comes from what kind of thing the question asks for.
func (s *sources) kindScore(p *piece) float64 {
	var out float64
	asked := s.ask.wants &^ (wantSteps | wantYesNo)
	switch {
	case asked == 0:
	case p.shows&asked != 0:
		out += kindBonus
	default:
		out -= kindMalus
	}
	if s.ask.wants&wantYesNo != 0 && p.shows&wantYesNo != 0 {
		out += kindBonus / 4
	}
	if s.ask.wants&wantSteps != 0 && p.kind == list {
		out += stepsBonus
		if !p.ordered {
			out -= stepsBonus / 2
		}
	}
	return out
}

// strays says which pieces are table rows about something that was not asked about. Where the question names rows of a
// table, the others are; where it names something that no row has, all rows without it are.
func (s *sources) strays() map[int]bool {
	named, best := map[int]float64{}, map[string]float64{}
	for i, p := range s.pieces {
		if p.kind == row {
			named[i] = s.named(p)
			best[p.caption] = max(best[p.caption], named[i])
		}
	}
	out := map[int]bool{}
	for i, p := range s.pieces {
		if p.kind != row {
			continue
		}
		if best[p.caption] > 0 {
			out[i] = named[i] < best[p.caption]
			continue
		}
		for _, t := range s.ask.terms {
			if t.entity && !p.stems[t.stem] && !s.heads[p.passage][t.stem] {
				out[i] = true
			}
		}
	}
	return out
}

// named is how far the question names a row: the share of its label's own words (those that not most labels of the
// table have) that the question has.
func (s *sources) named(p piece) float64 {
	rows, have := 0, map[string]int{}
	for _, other := range s.pieces {
		if other.kind != row || other.caption != p.caption {
			continue
		}
		rows++
		seen := map[string]bool{}
		for _, w := range other.label {
			if !seen[w.stem] {
				seen[w.stem] = true
				have[w.stem]++
			}
		}
	}
	own, hit := 0.0, 0.0
	for _, w := range p.label {
		if stops[w.fold] || weak[w.fold] || rows > 1 && have[w.stem]*2 > rows || rows == 1 && s.heads[p.passage][w.stem] {
			continue
		}
		own++
		if s.ask.stems[w.stem] {
			hit++
		}
	}
	if own == 0 {
		return 0
	}
	return hit / own
}
