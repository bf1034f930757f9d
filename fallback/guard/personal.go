package guard

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"switchboard/fallback/internal/lex"
)

// Private is a piece of personal data of a sentence, as fallback/privacy finds it.
type Private struct {
	Kind string // "IBAN"
	Text string
}

// personal stops personal data that neither the customer nor a passage has given: a card, an account, the name of a
// person. Data of the customer's own stands in a reply as tokens such as "[NAME_1]".
func personal(s *sentence) string {
	for _, p := range s.Personal {
		if !s.given(p.Text) {
			return fmt.Sprintf("personal data (%s) that neither the customer nor a passage has given", strings.ToLower(p.Kind))
		}
	}
	for i := range s.tokens {
		if i > 0 && s.namesPerson(i) && !s.given(s.tokens[i].Text) {
			return "a person is named whom neither the customer nor a passage has named"
		}
	}
	return ""
}

// given reports whether the customer or a passage has a text, however its letters and digits are grouped.
func (s *sentence) given(text string) bool {
	want := closed(text)
	if strings.Contains(closed(s.Question+" "+s.Known), want) || slices.ContainsFunc(s.Acknowledged, func(a string) bool { return closed(a) == want }) {
		return true
	}
	return slices.ContainsFunc(s.ev.passages, func(p source) bool { return strings.Contains(closed(p.folded), want) })
}

// closed is a text's letters and digits alone.
func closed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, lex.Fold(s))
}

// namesPerson reports whether the word at i is a person's name by the word before it: "Dear Ms Jones", "my colleague
// Sarah", "Hola Ana".
func (s *sentence) namesPerson(i int) bool {
	before, t := s.tokens[i-1], s.tokens[i]
	if !t.Upper || t.Stop() || before.Stop() || len(t.Text) < 3 || lex.Function(t.Text) || nobody[t.Text] {
		return false
	}
	between := strings.TrimSpace(s.body[before.End:t.Start])
	if between != "" && between != "." {
		return false
	}
	return honorifics[before.Text] && before.Upper || between == "" && (greetings[before.Text] && before.First || introducers[before.Text])
}

var (
	honorifics  = wordSet("mr mrs ms miss dr prof sr sra srta senor senora don dona herr frau monsieur madame mme signor signora sig senhor senhora")
	greetings   = wordSet("dear hi hello hey hola estimado estimada querido querida bonjour cher chere hallo liebe lieber caro cara ola ciao gentile")
	introducers = wordSet("colleague named called agent adviser advisor technician engineer supervisor companero companera asesor asesora tecnico llamado llamada kollege kollegin collegue")
	nobody      = wordSet("customer there team sir madam all everyone everybody again cliente clientes equipo todos friend valued support help vireo kunde")
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
