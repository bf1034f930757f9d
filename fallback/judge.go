package fallback

import (
	"math"
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
	// Rarity says how telling a word is in the knowledge base, 0..1: its idf as a share of MostIDF, which is that of a word
	// that no passage has. Without it, the policy's own examples must do.
	Rarity  func(word string) float64
	MostIDF float64
}

// Evidence is the judgement of what was found.
type Evidence struct {
	Outcome Outcome
	Score   float64  // probability that the passages answer the question, 0..1
	Choices []string // of EvidenceAmbiguous: 2 to 4 short labels in the customer's words
	// Quotable says that the passages may be quoted as they are, without a model that reads them.
	Quotable bool
	Missing  []string           // words of the question that decided against it: names and rare terms that no passage has
	Signs    map[string]float64 // what Score was made of, see EvidenceSigns
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
	q.weigh(in.Rarity)
	texts := p.readPassages(in.Passages)
	q.mend(texts, in.Rarity)
	r := p.read(q, texts, in.MostIDF)
	missing, noName := r.missing(p)
	signs := r.signs(p, in.Route.Scope, noName)
	e := Evidence{Score: p.judge(signs), Missing: missing, Signs: p.bySign(signs)}
	costs := p.costsOf(in.Route.Topic)
	quote, enough := costs.thresholds(p.limits)
	e.Quotable = e.Score >= quote
	if !in.Model {
		enough = quote
	}
	if e.Score < enough {
		e.Outcome = EvidenceMissing
		return e
	}
	if choices := p.compete(&r, in.Lang); len(choices) > 1 && costs.asks(e.Score, 1/float64(len(choices))) {
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
	hidden bool // it asks of a place that is masked
}

// term is a content word of a question.
type term struct {
	word   string
	stem   string
	group  int     // of synonyms, 0 for none
	weight float64 // how much its absence says
	rarity float64 // how telling it is in the knowledge base
	place  bool    // it says where, and is no word of the policy's examples
}

func (p *Policy) readQuestion(text, lang string) question {
	// A place that was taken for a person's name and masked is in no passage.
	q := question{tokens: lex.Tokens(text), lang: lang, hidden: strings.Contains(text, " in [NAME_") || strings.Contains(text, " en [NAME_")}
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
		q.terms = append(q.terms, term{t.Text, st, groups[i], p.termWeight(t), p.rarityOf(t), p.isPlace(q.tokens, i)})
	}
	return q
}

// isPlace reports whether a word stands behind "in" or "to", is written like a name, and is none of the policy's: "in
// Narnia". What no passage has of such a place is not answered with another's.
func (p *Policy) isPlace(ts []lex.Token, i int) bool {
	t := ts[i]
	if _, known := p.scope.vec.ids["w"+t.Text]; known || !t.Upper || t.First || calendar[t.Text] {
		return false
	}
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		if wheres[ts[j].Text] {
			return true
		}
		if !articles[ts[j].Text] {
			return false
		}
	}
	return false
}

var (
	wheres   = wordSet("in on to at from en a desde hacia")
	articles = wordSet("the la el los las")
	calendar = wordSet(`january february march april may june july august september october november december monday tuesday wednesday thursday
		friday saturday sunday christmas easter enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes
		miercoles jueves viernes sabado domingo navidad english spanish ingles espanol`)
)

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
	words string              // folded words of title, headings and text, parted and surrounded by spaces
	head  string              // the same of title and headings
	stems map[string][]uint16 // where each stands, the body's words behind those of title and headings

	headStems  map[string]bool
	titleStems int // how many content words the title has
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
	t := passageText{Passage: p, stems: make(map[string][]uint16, len(head)+len(body)), headStems: map[string]bool{}}
	t.head = " " + strings.Join(head, " ") + " "
	t.words = t.head + strings.Join(body, " ") + " "
	t.addStems(head, 0)
	for st := range t.stems {
		t.headStems[st] = true
	}
	for _, w := range lex.Words(p.Title) {
		if !lex.Function(w) {
			t.titleStems++
		}
	}
	t.addStems(body, len(head)+windowWords) // no window reaches from the title into the text
	return t
}

func (text *passageText) addStems(words []string, from int) {
	for i, w := range words {
		for _, v := range lex.Variants(w) {
			st := lex.Stem(v, text.Lang)
			text.stems[st] = append(text.stems[st], uint16(min(from+i, math.MaxUint16)))
		}
	}
}

// has reports whether a passage has the term, a synonym, or a word that one is a compound or a spelling of.
func (p *Policy) has(text *passageText, t term) bool {
	if text.stems[t.stem] != nil || strings.Contains(text.words, " "+t.word+" ") || text.hasParts(t.word) {
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
		if text.stems[lex.Stem(part, text.Lang)] == nil {
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
