package fallback

import (
	"math"
	"slices"
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// Outcome says whether a question can be answered from what was found.
type Outcome string

// The outcomes.
const (
	EvidenceEnough    Outcome = "enough"
	EvidenceAmbiguous Outcome = "ambiguous"
	EvidenceMissing   Outcome = "missing"
)

// EvidenceInput is a question with what was found for it.
type EvidenceInput struct {
	Question string // as it was asked; Route.Resolved is judged where it is set
	Lang     string
	Route    Route
	// Passages, best first. Two dozen show more of what competes than the few that a prompt holds.
	Passages []switchboard.Passage
	// Model says that a model will read the passages, and can still find that they do not answer. Weaker evidence is
	// then enough to ask it.
	Model bool
}

// Evidence is the judgement of what was found.
type Evidence struct {
	Outcome Outcome
	Score   float64  // probability that the passages answer the question, 0..1
	Choices []string // of EvidenceAmbiguous: 2 to 4 short labels in the customer's words
	// Quotable says that the passages may be quoted as they are, without a model that reads them.
	Quotable bool
	Missing  []string // words of the question that decided against it: names and rare terms that no passage has
}

// textsKept is how many passages a policy remembers, at a few kilobytes each. Beyond it, it starts anew.
const textsKept = 8192

// judged is how many of the passages must hold the evidence. Competing ones are looked for among all.
const judged = 6

// Judge weighs the passages found for a question. Retrieval scores alone cannot tell a question whose article is missing
// from one whose article is there, so the question's own terms are looked up in the passages: names first, then rare
// words and numbers, then the rest.
func (p *Policy) Judge(in EvidenceInput) Evidence {
	question := in.Route.Resolved
	if question == "" {
		question = in.Question
	}
	if len(in.Passages) == 0 {
		return Evidence{Outcome: EvidenceMissing}
	}
	if in.Passages[0].Pinned {
		return Evidence{Outcome: EvidenceEnough, Score: 1, Quotable: true}
	}
	q := p.readQuestion(question, in.Lang)
	texts := p.readPassages(in.Passages)
	signs := q.signs(p, texts[:min(judged, len(texts))], in.Route.Scope)
	e := Evidence{Score: signs.score(), Missing: signs.missing}
	e.Quotable = e.Score >= p.limits.Evidence
	enough := p.limits.Evidence
	if in.Model {
		enough = p.limits.Model
	}
	if e.Score < enough {
		e.Outcome = EvidenceMissing
		return e
	}
	if choices := p.compete(q, texts, in.Lang); len(choices) > 1 {
		e.Outcome, e.Choices = EvidenceAmbiguous, choices
		return e
	}
	e.Outcome = EvidenceEnough
	return e
}

// question is a question, read once.
type question struct {
	tokens []lex.Token
	terms  []term
	names  []named
	lang   string
}

// term is a content word of a question.
type term struct {
	word   string
	stem   string
	group  int     // of synonyms, 0 for none
	weight float64 // how much its absence says
}

func (p *Policy) readQuestion(text, lang string) question {
	q := question{tokens: lex.Tokens(text), lang: lang}
	q.names = p.names.find(q.tokens)
	seen := map[string]bool{}
	groups := map[int]int{} // token to group of synonyms
	for _, n := range p.synonyms.find(q.tokens) {
		for i := n.start; i < n.end; i++ {
			groups[i] = n.id
		}
	}
	for i, t := range q.tokens {
		if t.Stop() || lex.Function(t.Text) || generic[t.Text] || masked(text, t) || len(t.Text) > 6 && isNumber(t.Text) {
			continue
		}
		st := lex.Stem(t.Text, lang)
		if seen[st] {
			continue
		}
		seen[st] = true
		q.terms = append(q.terms, term{t.Text, st, groups[i], p.termWeight(t)})
	}
	return q
}

// masked reports whether a word stands in a token of masked personal data: "[EMAIL_1]".
func masked(text string, t lex.Token) bool {
	open := strings.LastIndexByte(text[:t.Start], '[')
	if open < 0 || t.Start-open > 20 {
		return false
	}
	end := strings.IndexByte(text[open:], ']')
	return end > 0 && open+end >= t.End && strings.Contains(text[open:open+end], "_") && text[open+1] >= 'A' && text[open+1] <= 'Z'
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789.,-") == "" }

// termWeight is larger for words that carry a question: names, words with digits, words the policy never uses.
func (p *Policy) termWeight(t lex.Token) float64 {
	w := 1.0
	if t.Upper && !t.First {
		w += 0.8
	}
	if strings.ContainsAny(t.Text, "0123456789") {
		w += 0.3
	}
	if id, ok := p.scope.vec.ids["w"+t.Text]; ok {
		return w * math.Min(1.2, float64(p.scope.vec.idf[id])/6)
	}
	return w * 1.2
}

// generic are content words that questions share and articles need not have.
var generic = wordSet(`much cost costs price long work works working come comes give show find found happen happens happened problem
	problems issue issues question help please information info details start stop keep change new old still currently day
	today tomorrow yesterday now exactly possible available explain mean means different difference best good bad right wrong
	really possible allowed able anyway next last first take takes look looking vireo phone cuanto cuesta cuestan precio funciona
	funcionan problema problemas pregunta ayuda informacion donde puedo puedes posible nuevo nueva hoy manana ahora mejor
	one two three four five six seven eight ten first second last quickly fast slow high low another other many pay paid
	paying previous step steps rule rules apply act ignore forgot forget followed receive send buy sell rent answer hour hours
	minute minutes week weeks month months year years name hora horas vale usar uso tiempo tarde abre abrir pago pagar dias dia
	mes meses ano anos semana recibir enviar comprar anterior siguiente primero email mail correo mother mother's father wife
	diferencia significa ver dar hay sirve sirven pasa ocurre going happening people person someone company operator customer`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// passageText is a passage, read once.
type passageText struct {
	switchboard.Passage
	words string // folded words of title, headings and text, parted and surrounded by spaces
	head  string // the same of title and headings
	stems map[string]bool

	headStems map[string]bool
}

// readPassages reads passages, or remembers them: the same ones are found turn after turn.
func (p *Policy) readPassages(found []switchboard.Passage) []passageText {
	out := make([]passageText, len(found))
	for i, passage := range found {
		if known, ok := p.texts.Load(passage.ID); ok {
			out[i] = *known.(*passageText)
			// Ids are of one snapshot, and a policy outlives it.
			if out[i].Text == passage.Text && out[i].Title == passage.Title {
				out[i].Passage = passage
				continue
			}
		}
		t := readPassage(passage)
		if p.textCount.Add(1) > textsKept {
			p.texts.Clear()
			p.textCount.Store(1)
		}
		p.texts.Store(passage.ID, &t)
		out[i] = t
	}
	return out
}

func readPassage(p switchboard.Passage) passageText {
	head := lex.Words(p.Title + "\n" + strings.Join(p.Section, "\n"))
	body := lex.Words(p.Text)
	t := passageText{Passage: p, stems: make(map[string]bool, len(head)+len(body)), headStems: map[string]bool{}}
	t.head = " " + strings.Join(head, " ") + " "
	t.words = t.head + strings.Join(body, " ") + " "
	addStems(t.headStems, head, p.Lang)
	addStems(t.stems, head, p.Lang)
	addStems(t.stems, body, p.Lang)
	return t
}

func addStems(to map[string]bool, words []string, lang string) {
	for _, w := range words {
		for _, v := range lex.Variants(w) {
			to[lex.Stem(v, lang)] = true
		}
	}
}

// evidenceSigns are the numbers from which evidence is judged.
type evidenceSigns struct {
	coverage float64  // of the best passage, as the search reports it
	top      float64  // share of the question's terms, by weight, in the passage that has most of them
	union    float64  // the same in all judged passages together
	head     float64  // the same in the titles and headings of a single passage
	strength float64  // retrieval score of the best passage per term, squashed to 0..1
	agree    float64  // share of the judged passages' scores that belong to the best passage's document
	scope    float64  // of the route
	absent   float64  // weight of terms that no passage has
	noName   bool     // a name of the question is in no passage
	missing  []string // the words behind absent and noName
}

func (q question) signs(p *Policy, texts []passageText, scope float64) evidenceSigns {
	s := evidenceSigns{scope: scope}
	total, union := 0.0, 0.0
	shares := make([]float64, len(texts)) // of the question's terms, by weight, in each passage
	heads := make([]float64, len(texts))  // the same, in its titles and headings
	for _, t := range q.terms {
		total += t.weight
		found := false
		for i := range texts {
			if p.has(&texts[i], t) {
				found = true
				shares[i] += t.weight
				if p.inHead(&texts[i], t) {
					heads[i] += t.weight
				}
			}
		}
		if found {
			union += t.weight
			continue
		}
		s.absent += t.weight
		s.missing = append(s.missing, t.word)
	}
	if total > 0 {
		s.top, s.union, s.head = slices.Max(shares)/total, union/total, slices.Max(heads)/total
	}
	sum, same := 0.0, 0.0
	for _, t := range texts {
		s.coverage = max(s.coverage, t.Coverage)
		sum += t.Score
		if t.DocumentID == texts[0].DocumentID {
			same += t.Score
		}
	}
	if sum > 0 {
		s.agree = same / sum
	}
	perTerm := texts[0].Score / float64(max(1, len(q.terms)))
	s.strength = perTerm / (perTerm + 2)
	for _, n := range q.names {
		if !slices.Contains(p.between, n.kind) && !anyHas(p.names, n.id, texts) {
			s.noName = true
			s.missing = append(s.missing, p.names.alike[n.id][0])
		}
	}
	return s
}

// has reports whether a passage has the term, a synonym, or a word that one is a compound or a spelling of.
func (p *Policy) has(text *passageText, t term) bool {
	if text.stems[t.stem] || strings.Contains(text.words, " "+t.word+" ") || text.hasParts(t.word) {
		return true
	}
	if t.group != 0 && p.synonyms.in(t.group, text.words) {
		return true
	}
	if len(t.stem) < 5 {
		return false
	}
	for st := range text.stems {
		if len(st) >= 5 && (strings.HasPrefix(st, t.stem) || strings.HasPrefix(t.stem, st)) {
			return true
		}
	}
	return false
}

// hasParts reports whether the passage has a word with a hyphen written in another way: as one word or as several.
func (text *passageText) hasParts(word string) bool {
	parts := strings.Split(word, "-")
	if len(parts) < 2 {
		return false
	}
	if strings.Contains(text.words, " "+strings.Join(parts, "")+" ") {
		return true
	}
	for _, part := range parts {
		if !text.stems[lex.Stem(part, text.Lang)] {
			return false
		}
	}
	return true
}

// inHead reports whether the title or a heading has the term or a synonym.
func (p *Policy) inHead(text *passageText, t term) bool {
	return text.headStems[t.stem] || t.group != 0 && p.synonyms.in(t.group, text.head)
}

func anyHas(b *nameBook, id int, texts []passageText) bool {
	for _, t := range texts {
		if b.in(id, t.words) {
			return true
		}
	}
	return false
}

// score is a logistic of the signs. A missing name outweighs everything else.
func (s evidenceSigns) score() float64 {
	z := -2.8 + 2.2*s.coverage + 0.5*s.top + 1.8*s.agree + 2.6*s.scope + 1.5*s.head - 2.3*math.Min(s.absent, 3)
	if s.noName {
		z -= 4
	}
	return 1 / (1 + math.Exp(-z))
}
