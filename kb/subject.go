package kb

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// A conversation is often about one thing that is named once: "and does it have parking?" says nothing of which hotel.
// What articles are filed under gives the names of such things, their subjects. The subject that was named last is
// looked for in what was said, and documents that are filed under it come first.

const (
	subjectShare   = 0.6 // of a name's information that must have been said
	subjectSlack   = 2   // words that may stand between those of a name
	forgetting     = 0.8 // for each turn that lies behind
	broadSubject   = 0.1 // of the language's documents: what is filed under more is a category and no subject
	turnsHeard     = 20  // turns that are looked at
	turnsSearched  = 6   // turns whose words are searched for where no subject was named
	earlierShare   = 0.7 // of the weight of the question's own words
	earlierWords   = 16  // those with most information
	subjectsMost   = 8   // in one conversation
	subjectNameMax = 12  // words
)

// subject is a thing that documents are filed under.
type subject struct {
	words []string
	info  float64 // of all words
	term  *term   // its documents and their passages
}

// subjects are those of a language.
type subjects struct {
	all    []subject
	byWord map[string][]int32 // the subjects that have a word in their names
	info   map[string]float64 // of a word: the rarer in names, the more
}

// learnSubjects gathers what the documents are filed under.
func (s *Snapshot) learnSubjects(c *collection) *subjects {
	docs := map[string][]ref{}
	for i, p := range s.parts {
		if c.at[i] < 0 {
			continue
		}
		for topic, filed := range p.seg.topics() {
			for _, d := range filed {
				if p.seg.facts.lang[d] == uint16(c.at[i]) && !p.deadDocs.has(d) {
					docs[topic] = append(docs[topic], ref{i, d})
				}
			}
		}
	}
	x := &subjects{byWord: map[string][]int32{}, info: map[string]float64{}}
	names := make([]string, 0, len(docs))
	for topic, filed := range docs {
		if words := c.nameWords(topic); len(words) > 0 && len(words) <= subjectNameMax && float64(len(filed)) <= max(1, broadSubject*float64(c.docs.n)) {
			names = append(names, topic)
		}
	}
	slices.Sort(names)
	for i, topic := range names {
		words := c.nameWords(topic)
		x.all = append(x.all, subject{words: words, term: s.filed(docs[topic])})
		for _, w := range distinct(words) {
			x.byWord[w] = append(x.byWord[w], int32(i))
		}
	}
	n := float64(len(x.all))
	for w, having := range x.byWord {
		df := float64(len(having))
		x.info[w] = math.Log(1 + (n-df+0.5)/(df+0.5))
	}
	for i := range x.all {
		for _, w := range distinct(x.all[i].words) {
			x.all[i].info += x.info[w]
		}
	}
	return x
}

func distinct(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

// filed makes a term of documents: one that they all have, once.
func (s *Snapshot) filed(docs []ref) *term {
	t := &term{lists: make([]*list, len(s.parts))}
	byPart := make([][]uint32, len(s.parts))
	for _, r := range docs {
		byPart[r.part] = append(byPart[r.part], r.doc)
	}
	for i, filed := range byPart {
		if len(filed) == 0 {
			continue
		}
		seg := s.parts[i].seg
		slices.Sort(filed)
		l := &list{}
		for _, d := range filed {
			l.documents.postings = append(l.documents.postings, posting{at: d, title: shares})
			for p := seg.first[d]; p < seg.first[d+1]; p++ {
				l.passages.postings = append(l.passages.postings, posting{at: p, title: shares})
			}
		}
		one := func(posting) float64 { return 1 }
		l.documents.enclose(len(seg.docs), one)
		l.passages.enclose(len(seg.passages), one)
		t.lists[i] = l
	}
	return t
}

// topics is which documents of the segment are filed under what.
func (s *segment) topics() map[string][]uint32 {
	s.filing.Do(func() {
		s.filed = map[string][]uint32{}
		for d := range s.docs {
			for _, topic := range s.entry(d).Topics {
				s.filed[topic] = append(s.filed[topic], uint32(d))
			}
		}
	})
	return s.filed
}

// nameWords are the words of a name or of a turn, stop words too: names are made of them.
func (c *collection) nameWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		if term := c.analyser.Word(w); term != "" {
			words[i] = term
		}
	}
	return words
}

// heard is a subject of a conversation, and how much of it was said how lately.
type heard struct {
	subject int32
	worth   float64
}

// hear finds the subjects of a conversation, the newest turn first.
func (c *collection) hear(turns []string) []heard {
	x := c.subjects()
	if len(x.all) == 0 {
		return nil
	}
	worth := map[int32]float64{}
	factor := 1.0
	for _, turn := range turns[:min(len(turns), turnsHeard)] {
		for i, w := range x.named(c.nameWords(turn)) {
			worth[i] = max(worth[i], factor*w)
		}
		factor *= forgetting
	}
	all := make([]heard, 0, len(worth))
	for i, w := range worth {
		all = append(all, heard{i, w})
	}
	slices.SortFunc(all, func(a, b heard) int { return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.subject, b.subject)) })
	return all[:min(len(all), subjectsMost)]
}

// said is a word of a name at its place in a turn.
type said struct {
	at   int
	word string
}

// named finds the subjects that a turn names, with the share of the name times its information. Two words that stand
// together are also tried as one, since they may have been heard so.
func (x *subjects) named(words []string) map[int32]float64 {
	places := map[int32][]said{}
	note := func(w string, at int) {
		for _, i := range x.byWord[w] {
			places[i] = append(places[i], said{at, w})
		}
	}
	for at, w := range words {
		note(w, at)
		if at+1 < len(words) {
			note(w+words[at+1], at)
		}
	}
	out := map[int32]float64{}
	for i, found := range places {
		s := &x.all[i]
		best := 0.0
		for a := range found {
			best = max(best, x.within(found[a:], len(s.words)+subjectSlack))
		}
		if share := best / s.info; share >= subjectShare {
			out[i] = share * best
		}
	}
	return out
}

// within adds up the information of the distinct words in the first so many places.
func (x *subjects) within(found []said, places int) float64 {
	sum := 0.0
	for i, f := range found {
		if f.at-found[0].at >= places {
			break
		}
		if !slices.ContainsFunc(found[:i], func(have said) bool { return have.word == f.word }) {
			sum += x.info[f.word]
		}
	}
	return sum
}
