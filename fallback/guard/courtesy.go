package guard

import (
	"strings"

	"switchboard/fallback/internal/lex"
	"switchboard/fallback/internal/phrase"
)

// courtesies are sentences that carry no fact: greetings, regrets, offers to go on, pointers to the sources.
var courtesies = phrase.MustSet(
	"^ i'm|i_am|we're|we_are sorry", "^ sorry", "^ thank*", "^ you're_welcome", "^ hello|hi", "^ glad|happy .. help", "^ of_course",
	"let_me_know", "anything_else", "hope .. help*", "feel_free", "is_there anything", "does_that help|answer", "^ please tell|let|share",
	"^ here is|are|'s", "^ here's", "^ i understand", "^ i couldn't|could_not|can't|cannot find", "^ which|what|do|are|is|would|could .. you",
	"^ lo siento|sentimos|lamento", "^ gracias", "^ hola", "^ de_nada", "^ espero", "^ claro", "avisame|avisa|dime|digame",
	"algo_mas", "^ entiendo", "^ aqui tienes|tiene|esta|estan", "^ que|cual|cuales|quieres|quiere|puedes|puede",
)

// introduction returns how many tokens name where a sentence comes from before it begins: "According to our help centre,".
// They claim nothing and need no support.
func introduction(ts []lex.Token, body string) int {
	if len(ts) < 4 || !openings[ts[0].Text] {
		return 0
	}
	named := false
	for i := 0; i < len(ts)-2 && i < 9; i++ {
		named = named || ownTexts[ts[i].Text]
		if ts[i].Stop() || isDigit(ts[i].Text[0]) {
			return 0
		}
		if strings.HasPrefix(body[ts[i].End:], ",") {
			if named {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

var (
	openings = wordSet("according based as per segun conforme como basandome")
	ownTexts = wordSet("help centre center article articles information passage passages website page documentation ayuda articulo articulos informacion web pagina")
)
