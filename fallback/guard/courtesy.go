package guard

import "switchboard/fallback/internal/phrase"

// courtesies are sentences that carry no fact: greetings, regrets, offers to go on, pointers to the sources.
var courtesies = phrase.MustSet(
	"^ i'm|i_am|we're|we_are sorry", "^ sorry", "^ thank*", "^ you're_welcome", "^ hello|hi", "^ glad|happy .. help", "^ of_course",
	"let_me_know", "anything_else", "hope .. help*", "feel_free", "is_there anything", "does_that help|answer", "^ please tell|let|share",
	"^ here is|are|'s", "^ here's", "^ i understand", "^ i couldn't|could_not|can't|cannot find", "^ which|what|do|are|is|would|could .. you",
	"^ lo siento|sentimos|lamento", "^ gracias", "^ hola", "^ de_nada", "^ espero", "^ claro", "avisame|avisa|dime|digame",
	"algo_mas", "^ entiendo", "^ aqui tienes|tiene|esta|estan", "^ que|cual|cuales|quieres|quiere|puedes|puede",
)
