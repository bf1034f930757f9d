package fallback

import (
	"math"
	"slices"
	"strings"

	"switchboard/fallback/internal/lex"
)

// EvidenceSigns names the numbers that evidence is judged by, in the order of the model's weights. All are about 0..1, and
// none depends on the size of the knowledge base or on its subject, so that one model serves them all.
var EvidenceSigns = []string{
	"constant",
	"coverage", // of the passage that the search says covers most
	"first",    // the same of the first passage
	"top",      // share of the question's terms, by rarity, in the one passage that has most of them
	"union",    // the same in the judged passages together
	"none",     // 1 where no term is in none of them, less with every rare one that is; 0 from three on
	"known",    // the same by the policy's weights: names and words that its examples never say weigh most
	"head",     // the same in one title with its headings
	"window",   // the same within a few lines of one passage
	"pairs",    // share of neighbouring terms of the question that stand together in a passage
	"rarest",   // whether the question's rarest term is in the passage that has most
	"second",   // the same of the rarest but one
	"numbers",  // share of the question's numbers in that passage; 1 where it has none
	"title",    // share of the nearest title's words that the question has
	"strength", // retrieval score as a share of what the question could have
	"gap",      // how far the first document's score lies above the next one's
	"fall",     // how far it lies above the last judged passage's
	"agree",    // share of the judged passages' scores that are the first document's
	"score",    // retrieval score in words that no other passage has, so that knowledge bases compare; logarithm
	"matched",  // as many of the question's words as the best passage has, by rarity; logarithm
	"scope",    // of the route
	"whole",    // top and window and strength together: all of them are high only where the passage is about the question
	"named",    // 0 where a name of the question, as the policy lists them, is in no passage
}

const (
	windowWords = 24 // a few lines
	pairWords   = 4  // within which two terms stand together
	usualIDF    = 6  // of a word that none of some hundred passages has
	tailed      = 10 // passages, the last of which "fall" looks at
)

// evidenceWeights are those of a logistic regression over EvidenceSigns. They were set by hand: began with what
// BenchmarkAnswerable in evals/answerable fits, and moved until the demo base's questions were told apart best. They
// therefore suit the demo base more than others (fits on the others agree on the signs, and not on how much each counts):
// `policy fit --evidence` moves them to another knowledge base. "named" outweighs everything else.
var evidenceWeights = []float64{
	-11.2, 2, 0, 0.3, 0, 0, 1.5, 1.3, 0, 0.2, 0, 0, 0, 1.2, 0.4, 0, 0, 1, 8, 0, 2.2, 0.4, 4,
}

// calibration moves the model's judgement, for those who would rather state it in the policy than fit weights.
type calibration struct {
	Slope float64 `yaml:"slope"` // 0 stands for 1
	Shift float64 `yaml:"shift"`
}

// judge is the probability that the passages answer.
func (p *Policy) judge(signs []float64) float64 {
	return 1 / (1 + math.Exp(-p.calibration.apply(logit{p.weights}.sum(signs))))
}

func (c calibration) apply(z float64) float64 {
	if c.Slope > 0 {
		z *= c.Slope
	}
	return z + c.Shift
}

// named gives the signs that count by name, for the record.
func (p *Policy) bySign(signs []float64) map[string]float64 {
	out := make(map[string]float64, len(signs))
	for i, w := range p.weights {
		if i > 0 && w != 0 {
			out[EvidenceSigns[i]] = math.Round(100*signs[i]) / 100
		}
	}
	return out
}

// missing lists the question's words that no judged passage has, and the names; noName says that there are such names.
func (r *reading) missing(p *Policy) (words []string, noName bool) {
	noName = r.q.hidden
	for j, t := range r.q.terms {
		if !slices.ContainsFunc(r.hits, func(h []bool) bool { return h[j] }) {
			words = append(words, t.word)
		}
		if t.place && !slices.ContainsFunc(r.texts[:len(r.hits)], func(x passageText) bool { return strings.Contains(x.words, " "+t.word+" ") }) {
			noName = true // a place is its word and no other: "Marte" is no "martes"
		}
	}
	for _, n := range r.q.names {
		if !slices.Contains(p.between, n.kind) && !anyHas(p.names, n.id, r.texts[:len(r.hits)]) {
			words, noName = append(words, p.names.alike[n.id][0]), true
		}
	}
	return words, noName
}

// reading is what the judged passages have of a question.
type reading struct {
	q       question
	texts   []passageText // all found; the first few are judged
	most    float64       // idf of a word that no passage has
	weights []float64     // of the question's terms
	total   float64
	hits    [][]bool // by passage and term
}

// read looks every term up in every judged passage.
func (p *Policy) read(q question, texts []passageText, most float64) reading {
	r := reading{q: q, texts: texts, most: most, hits: make([][]bool, min(judged, len(texts)))}
	if most <= 0 {
		r.most = usualIDF
	}
	for _, t := range q.terms {
		r.weights = append(r.weights, t.rarity)
		r.total += t.rarity
	}
	all := make([]bool, len(r.hits)*len(q.terms))
	for i := range r.hits {
		r.hits[i], all = all[:len(q.terms):len(q.terms)], all[len(q.terms):]
		for j, t := range q.terms {
			r.hits[i][j] = p.has(&texts[i], t)
		}
	}
	return r
}

func (r *reading) share(has func(term int) bool) float64 {
	if r.total == 0 {
		return 0
	}
	sum := 0.0
	for j, w := range r.weights {
		if has(j) {
			sum += w
		}
	}
	return sum / r.total
}

// signs computes the numbers of EvidenceSigns.
func (r *reading) signs(p *Policy, scope float64, noName bool) []float64 {
	named := 1.0
	if noName {
		named = 0
	}
	s := make([]float64, 0, len(EvidenceSigns))
	coverage, top, best, head := 0.0, -1.0, 0, 0.0
	window, pairs, title := 0.0, 0.0, 0.0
	var marks []mark
	for i := range r.hits {
		t := &r.texts[i]
		coverage = max(coverage, t.Coverage)
		if share := r.share(func(j int) bool { return r.hits[i][j] }); share > top {
			top, best = share, i
		}
		head = max(head, r.share(func(j int) bool { return r.hits[i][j] && p.inHead(t, r.q.terms[j]) }))
		marks = r.marks(marks[:0], i)
		w, ps := r.together(marks)
		window, pairs = max(window, w), max(pairs, ps)
		title = max(title, r.titled(t))
	}
	rarest, second, numbers := r.rare(r.hits[best])
	scores := r.scores()
	strength := 0.0
	if r.total > 0 {
		strength = min(scores.first/(r.total*r.most), 2)
	}
	union := r.share(func(j int) bool { return slices.ContainsFunc(r.hits, func(h []bool) bool { return h[j] }) })
	return append(s, 1, coverage, r.texts[0].Coverage, top, union, 1-min(1, (1-union)*r.total/3), 1-min(r.absent(), 3)/3, head, window, pairs, rarest, second, numbers, title,
		strength, scores.gap, scores.fall, scores.agree, math.Log1p(scores.first/r.most)/2, math.Log1p(top*r.total)/2, scope, top*window*math.Min(1, strength), named)
}

// absent is the weight of the terms that no judged passage has, as the policy weighs them.
func (r *reading) absent() float64 {
	sum := 0.0
	for j, t := range r.q.terms {
		if !slices.ContainsFunc(r.hits, func(h []bool) bool { return h[j] }) {
			sum += t.weight
		}
	}
	return sum
}

// mark is a term's place in a passage.
type mark struct{ at, term int }

// marks lists where a passage has the question's terms, in order.
func (r *reading) marks(into []mark, passage int) []mark {
	t := &r.texts[passage]
	for j, term := range r.q.terms {
		for _, at := range t.stems[term.stem] {
			into = append(into, mark{int(at), j})
		}
	}
	slices.SortFunc(into, func(a, b mark) int { return a.at - b.at })
	return into
}

// together is the largest share of the terms within a window, and the share of the question's neighbours that stand
// together somewhere.
func (r *reading) together(marks []mark) (window, pairs float64) {
	if r.total == 0 {
		return 0, 0
	}
	counts := make([]int, len(r.weights))
	beside := make([]bool, len(r.weights))
	from, sum := 0, 0.0
	for i, m := range marks {
		if counts[m.term]++; counts[m.term] == 1 {
			sum += r.weights[m.term]
		}
		for marks[i].at-marks[from].at > windowWords {
			if counts[marks[from].term]--; counts[marks[from].term] == 0 {
				sum -= r.weights[marks[from].term]
			}
			from++
		}
		window = max(window, sum)
		for k := i - 1; k >= 0 && m.at-marks[k].at <= pairWords; k-- {
			if d := m.term - marks[k].term; d == 1 {
				beside[marks[k].term] = true
			} else if d == -1 {
				beside[m.term] = true
			}
		}
	}
	all, have := 0.0, 0.0
	for j := range len(r.weights) - 1 {
		w := r.weights[j] * r.weights[j+1]
		all += w
		if beside[j] {
			have += w
		}
	}
	if all > 0 {
		pairs = have / all
	}
	return window / r.total, pairs
}

// titled is the share of a title's words that the question has.
func (r *reading) titled(t *passageText) float64 {
	if t.titleStems == 0 {
		return 0
	}
	n := 0
	for _, term := range r.q.terms {
		if t.headStems[term.stem] {
			n++
		}
	}
	return min(1, float64(n)/float64(t.titleStems))
}

// rare says whether a passage has the two rarest terms, and which share of the numbers.
func (r *reading) rare(has []bool) (rarest, second, numbers float64) {
	a, b, all, have := -1, -1, 0, 0
	for j, t := range r.q.terms {
		switch {
		case a < 0 || t.rarity > r.weights[a]:
			a, b = j, a
		case b < 0 || t.rarity > r.weights[b]:
			b = j
		}
		if isNumber(t.word) {
			all++
			if has[j] {
				have++
			}
		}
	}
	numbers = 1
	if all > 0 {
		numbers = float64(have) / float64(all)
	}
	if a >= 0 && has[a] {
		rarest = 1
	}
	if second = rarest; b >= 0 {
		second = 0
		if has[b] {
			second = 1
		}
	}
	return rarest, second, numbers
}

// ranked is what the scores say without the words.
type ranked struct{ first, gap, fall, agree float64 }

func (r *reading) scores() ranked {
	first, other, sum, same := r.texts[0].Score, 0.0, 0.0, 0.0
	for i, t := range r.texts {
		first = max(first, t.Score)
		if t.DocumentID != r.texts[0].DocumentID {
			other = max(other, t.Score)
		}
		if i < judged {
			sum += t.Score
			if t.DocumentID == r.texts[0].DocumentID {
				same += t.Score
			}
		}
	}
	s := ranked{first: first}
	if first > 0 {
		s.gap = 1 - other/first
		s.fall = 1
		if len(r.texts) >= tailed {
			s.fall = 1 - r.texts[tailed-1].Score/first
		}
	}
	if sum > 0 {
		s.agree = same / sum
	}
	return s
}

// rarityOf is how telling a word is, 0..1, where nobody has counted the words of the knowledge base.
func (p *Policy) rarityOf(t lex.Token) float64 { return min(1, p.termWeight(t)/2) }

// weigh takes the rarity of the terms from the knowledge base.
func (q *question) weigh(rarity func(string) float64) {
	if rarity == nil {
		return
	}
	for i := range q.terms {
		q.terms[i].rarity = rarity(q.terms[i].word)
	}
}

// Signs are the numbers, named by [EvidenceSigns], by which Judge would judge in. Nil where nothing was found.
func (p *Policy) Signs(in EvidenceInput) []float64 {
	if len(in.Passages) == 0 {
		return nil
	}
	question := in.Route.Resolved
	if question == "" {
		question = in.Question
	}
	q := p.readQuestion(question, in.Lang)
	q.weigh(in.Rarity)
	texts := p.readPassages(in.Passages)
	q.mend(texts, in.Rarity)
	r := p.read(q, texts, in.MostIDF)
	_, noName := r.missing(p)
	return r.signs(p, in.Route.Scope, noName)
}

// FitSigns trains weights that tell the rows that are answerable from those that are not.
func FitSigns(rows [][]float64, answerable []bool, weight []float64) []float64 {
	// No sign may count against an answer: what it would learn so is the habit of one set. Such are left out in turn.
	out := make([]float64, len(EvidenceSigns))
	used := make([]int, len(out))
	for i := range used {
		used[i] = i
	}
	for {
		x := make([][]float64, len(rows))
		for i, row := range rows {
			for _, j := range used {
				x[i] = append(x[i], row[j])
			}
		}
		weights := fitLogit(x, answerable, weight).weights
		worst := 0
		for i := range weights {
			if i > 0 && weights[i] < min(0, weights[worst]) || i > 0 && worst == 0 && weights[i] < 0 {
				worst = i
			}
		}
		if worst == 0 {
			for i, j := range used {
				out[j] = weights[i]
			}
			return out
		}
		used = slices.Delete(used, worst, worst+1)
	}
}
