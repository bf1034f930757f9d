package guard

import (
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// Draft is a sentence with everything that may back it.
type Draft struct {
	Sentence string                // as the model wrote it, citation markers such as "[2]" included
	Question string                // the customer's
	Lang     string                // "en", "es"; of the reply
	Passages []switchboard.Passage // passage i is citation i+1
	// Acknowledged lists what other systems have confirmed in this conversation: kinds of commitment such as
	// "handoff" or "refund" (the rows of acts.go), and references that may be told, such as "H-7K3F-92QD".
	Acknowledged []string
	Known        string    // what the customer said before
	Personal     []Private // personal data in the sentence; it must have been given by the customer or a passage
	Hosts        []string  // to which links may lead, "help.vireo.example"; empty = those of the passages only
	Instructions string    // the prompt's own text, which must not leak
	MinGrounded  float64   // least support of a sentence of four content words or more; 0 = 0.35, negative = none

	evidence *evidence
}

// Verdict is what the guards say of a sentence.
type Verdict struct {
	OK     bool
	Guard  string             // the guard that stopped it: "quantity"
	Reason switchboard.Reason // why, for the record
	Detail string             // what exactly was wrong, for managers
	// Cites are the passages (from 1) that back the sentence: those that it cites, or the one found to back it where it
	// cites none. Empty where nothing needs backing.
	Cites    []int
	Grounded float64 // 0..1, how well the passages support the words; 0 = not measured (a courtesy, a heading)
}

// DefaultMinGrounded was set on answers written from passages and on answers that stray from them: see the package's
// benchmark on attribution data.
const DefaultMinGrounded = 0.35

// guards are tried in order; the first that objects decides. The cheap and the dangerous come first.
var guards = []struct {
	name   string
	reason switchboard.Reason
	check  func(*sentence) string // what is wrong, "" for nothing
}{
	{"markup", switchboard.ReasonGuardMarkup, markup},
	{"citation", switchboard.ReasonGuardCitation, citation},
	{"leak", switchboard.ReasonGuardLeak, leak},
	{"link", switchboard.ReasonGuardLink, link},
	{"personal", switchboard.ReasonGuardPersonal, personal},
	{"commitment", switchboard.ReasonGuardCommitment, commitment},
	{"language", switchboard.ReasonGuardLanguage, language},
	{"quantity", switchboard.ReasonGuardQuantity, quantities},
	{"free", switchboard.ReasonGuardQuantity, free},
	{"negation", switchboard.ReasonGuardNegation, negation},
	{"grounded", switchboard.ReasonUngrounded, grounded},
}

// Check tries every guard on the draft's sentence. It reads the passages anew unless the draft is [Draft.Prepared].
func Check(d Draft) Verdict {
	s := newSentence(d)
	for _, g := range guards {
		if detail := g.check(s); detail != "" {
			return Verdict{Guard: g.name, Reason: g.reason, Detail: detail, Cites: s.backing, Grounded: s.grounded}
		}
	}
	return Verdict{OK: true, Cites: s.backing, Grounded: s.grounded}
}

// Prepared returns the draft with its passages and instructions read, so that checking many sentences against them
// reads them once. Later changes of Passages, Instructions, Question, Known or Lang go unnoticed.
func (d Draft) Prepared() Draft {
	d.evidence = newEvidence(d, nil)
	return d
}

// sentence is a draft under examination.
type sentence struct {
	Draft
	ev      *evidence
	body    string      // without citation markers
	tokens  []lex.Token // of body
	words   []word      // of body without web addresses: what must be supported
	cites   []int       // markers found, in order, as written
	backing []int       // what the verdict returns

	stems    map[string]bool // of words; nil until asked for
	claimed  []quantity      // what must be backed
	intro    int             // tokens of "According to our help centre," at its beginning
	told     []quantity      // all that it says, echoes of the customer included
	denied   []string        // stems that it denies
	spoken   []string        // its words without the signs; nil until asked for
	outlines []outline       // by passage, as far as asked for
	total    float64         // weight of all that the sentence speaks of
	grounded float64
}

func newSentence(d Draft) *sentence {
	if d.evidence == nil {
		d = d.Prepared()
	}
	s := &sentence{Draft: d, ev: d.evidence}
	s.body, s.cites = stripMarkers(asciiDigits(d.Sentence))
	s.tokens = lex.Tokens(s.body)
	words := s.tokens
	if strings.Contains(s.body, "://") || strings.Contains(s.body, "www.") {
		words = lex.Tokens(withoutAddresses(s.body))
	}
	s.intro = introduction(s.tokens, s.body)
	s.words = supported(words[min(s.intro, len(words)):], d.Lang)
	return s
}

// sources returns the passages that may back the sentence: the cited ones, or all where it cites none.
func (s *sentence) sources() []int {
	if len(s.cites) > 0 {
		return s.cites
	}
	return s.ev.all
}

// evidence is what a draft's passages hold, read once.
type evidence struct {
	passages []source
	all      []int // 1..len(passages)
	question []quantity
	secret   *secret // what the instructions say; nil for too little
}

// source is one passage, read.
type source struct {
	text       string // title, headings and text
	folded     string
	running    string // the words in a row, parted and surrounded by spaces
	quantities []quantity
	tables     []table
	listed     []string          // names in title and headings
	label      []string          // stems of the first cell, where the passage is one row of a table
	name       string            // the first cell, and
	cells      []cell            // the others
	siblings   *table            // the rows of the same table among the passages; nil for none
	row        int               // in siblings
	stems      map[string]uint64 // by stem: a bit for each segment that has it, all for title and headings
	segments   int
	texts      []string          // by segment; "" for cells
	denied     map[string]uint64 // by stem: the segments that deny it
	affirmed   map[string]uint64 // of those, the ones that also say it without denying
	mentioned  period            // every period that it names
	often      period            // those that it uses to say how often
	pairs      map[uint64]bool   // of neighbours
	numbers    map[string]bool   // digits of every number and code as written
}

func newEvidence(d Draft, r *Reader) *evidence {
	ev := &evidence{question: parse(asciiDigits(d.Question + "\n" + d.Known)), passages: make([]source, len(d.Passages)), secret: r.secret(d.Instructions)}
	for i, p := range d.Passages {
		ev.passages[i] = r.source(p)
		ev.all = append(ev.all, i+1)
	}
	bindRows(ev.passages, d.Passages)
	return ev
}
