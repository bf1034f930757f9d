package kb

import "strings"

// questionWords are the words with which people ask and which say little about what they ask for. In a question they
// count for less than others, unless it has no others: in a small collection a word such as "much" is rare, so that its
// idf would make it the most important word of "How much is roaming in Switzerland?".
//
// They come on top of the stop words of bleve's analysers, which leave modal verbs in.
func questionWords(lang string) []string {
	switch lang {
	case "en":
		return strings.Fields(`
			can could will would should shall may might must cannot
			much many long take takes please want wants wanted need needs needed like get gets got getting tell know let just
			hello hi hey thanks thank ok okay
			im ive id dont doesnt didnt cant couldnt wont isnt whats hows wheres theres`)
	case "es":
		return strings.Fields(`
			cuánto cuánta cuántos cuántas cuanto cuanta cuantos cuantas cómo cuál cuáles cuales dónde cuándo quién
			puedo puede pueden podemos podría podrían quiero quiere quieren quisiera queremos gustaría
			necesito necesita necesitamos debo debe hacer hago hace saber sé dime decir decirme
			hola buenas gracias favor`)
	}
	return nil
}
