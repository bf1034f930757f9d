package lex

import "strings"

// Function reports whether the folded word w carries grammar rather than content, in English or Spanish. One list
// serves both languages: customers mix them, and the few words that clash ("no", "me") mean nothing in either.
func Function(w string) bool { return functionWords[w] }

var functionWords = set(`
a about above after again all also am an and any anybody anyone anything are aren't as at be because been before being
below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during each
either else ever every few for from further get gets getting go goes going gonna got had has hasn't have haven't having
he her here hers him his how however i i'd i'll i'm i've if in instead into is isn't it it's its just let let's like
many may maybe me might mine more most much must my near no nor not now of off ok okay on once one only onto or other
our ours out over own per perhaps please put quite rather really same shall she should shouldn't since so some somebody
someone something still such than that that's the their them then there there's these they they're this those though
through thus to too under until unless up upon us very via was wasn't we we'd we'll we're we've were weren't what what's
whatever when where whether which while who who's whom whose why will with within without won't would wouldn't yes yet you
you'd you'll you're you've your yours hi hello hey thanks thank want wants wanted need needs know tell say said try tried
trying make makes made use used using thing things way able

al algo algun alguna algunas alguno algunos ante antes aquel aquella aqui asi aun aunque bajo bien cada como con contra
cual cuales cualquier cuando cuanta cuantas cuanto cuantos de del desde donde dos durante e el ella ellas ellos en entre
era eran eres es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy fue fueron ha hace hacer hacia
han has hasta hay haya he hola la las le les lo los luego mas me mi mia mias mio mios mis mismo mucha muchas mucho muchos
muy nada ni ningun ninguna no nos nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros para pero poco
por porque pues que quien quienes quiero quisiera se sea segun ser si sido siempre sin sobre sois solo somos son soy su
sus suya suyo tal tambien tampoco tan tanto te teneis tenemos tener tengo ti tiene tienen todo todos tu tus tuya tuyo un
una unas uno unos usted ustedes va vamos van vosotros voy y ya yo puedo puede pueden podria debo debe gracias favor
necesito saber hago`)

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
