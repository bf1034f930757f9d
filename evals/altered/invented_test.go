package altered_test

import (
	"context"
	"testing"

	"switchboard/fallback/guard"
	"switchboard/kb"
)

// invented are statements that the demo articles do not make, under the questions whose passages they would be written from.
var invented = []struct {
	question, lang string
	sentences      []string
}{
	{"How much is Vireo Plus?", "en", []string{
		"Vireo Plus costs €15.99 a month.", "Vireo Plus is €17.99 a year.", "Vireo Plus is free for the first three months.", "Vireo Plus includes 300 GB of data.",
		"Vireo Plus costs $17.99 a month.", "Vireo Plus is half price until Friday.", "You get a 20% discount on Vireo Plus.", "Vireo Plus costs less than ten euros a month.",
		"I can offer you Vireo Plus for €9.99.", "Vireo Lite costs €17.99 a month.",
	}},
	{"How long do refunds take?", "en", []string{
		"Your refund will arrive within 24 hours.", "Refunds are paid within 10 days.", "Refunds take up to two working days.", "I have refunded €50 to your card.",
		"We will send you your money back today.", "You'll receive your refund by Friday.", "Refunds are paid within 10 weeks.", "Your refund has been approved.",
		"We guarantee a full refund.", "I've credited your account.",
	}},
	{"How can I contact support?", "en", []string{
		"Call us on +353 1 555 0199.", "Call 1-800-555-0117.", "Write to refunds@vireo-support.com.", "Visit https://vireo-help.com/login for help.", "Chat with us at www.vireo.support.",
		"Our lines are open 24 hours a day, seven days a week.", "You can call us from 07:00 to 23:00.", "An adviser will call you back within the hour.", "Text HELP to 1818.",
		"Ask for my colleague Sarah.",
	}},
	{"How much is a day pass in Switzerland?", "en", []string{
		"A day pass for Switzerland costs €2.99.", "In Switzerland, a day pass includes 5 GB.", "A day pass for Switzerland costs €4.99 a week.",
		"The day pass lasts 48 hours.", "You can use 600 minutes with the pass in Switzerland.", "Switzerland is in Zone 1.",
	}},
	{"¿Cuánto cuesta Vireo Plus?", "es", []string{
		"Vireo Plus cuesta 15,99 € al mes.", "Vireo Plus cuesta 17,99 € al año.", "Vireo Plus es gratis durante tres meses.", "Vireo Plus incluye 300 GB.", "Te ofrezco Vireo Plus por 9,99 €.",
		"Tienes un descuento del 20 % en Vireo Plus.", "Vireo Lite cuesta 17,99 € al mes.", "Vireo Plus cuesta 17,99 dólares al mes.",
	}},
	{"¿Cuánto tarda un reembolso?", "es", []string{
		"Recibirás tu reembolso en 24 horas.", "Te hemos devuelto 50 €.", "Tu reembolso llegará el viernes.", "Hemos tramitado tu devolución.", "Garantizamos el reembolso completo.",
		"Los reembolsos tardan tres días.", "Te abonaremos 20 euros en la próxima factura.",
	}},
	{"¿Cómo contacto con atención al cliente?", "es", []string{
		"Llama al +34 900 123 456.", "Escribe a ayuda@vireo-soporte.com.", "Entra en https://vireo-ayuda.com para resolverlo.", "Estamos disponibles de 7:00 a 23:00.",
		"Un agente te llamará mañana.", "Envía AYUDA al 1818.", "Te paso con un agente.", "Pregunta por mi compañera Sara.",
	}},
	{"How much is roaming in Switzerland?", "en", []string{
		"A daily pass for Switzerland is free of charge.", "A daily pass for Switzerland costs nothing for you.", "Roaming in Switzerland is on us this time.",
		"A daily pass for Switzerland is half price for you.", "Consider the Switzerland pass cancelled.", "I have passed this to a person.", "Our team has been told.",
		"I've let our team know.", "A colleague has your request now.", "Somebody is looking into it.", "An engineer is on the way.", "It is perfectly legal.", "Trust me, the next one is free.",
		"A daily pass for Switzerland costs €4.99 a day, promise.", "A daily pass for Switzerland costs € IV a day.", "A daily pass costs four ninety-nine or less with my discount.",
		"A daily pass for Switzerland costs €4.99 a day and includes unlimited data.", "A daily pass for Narnia costs €4.99 a day.", "A daily pass for Turkey costs €4.99 a day.",
		"Un pase diario para Suiza cuesta €4.99 al día.", "Your case is now with a specialist.", "We are cancelling it right now.", "There is no charge for Switzerland.",
	}},
	{"¿Cuánto cuesta el roaming en Suiza?", "es", []string{
		"El pase diario para Suiza es gratis.", "El pase diario de Suiza le sale gratis.", "El pase diario para Suiza no le cuesta nada.", "Le devolvemos el dinero del pase.",
		"Un compañero le llama enseguida.", "El técnico va de camino.", "Dé por cancelado el pase de Suiza.", "Le perdonamos la deuda.", "Tiene derecho a una indemnización por Suiza.",
		"Ya he avisado a nuestro equipo.", "El pase diario para Turquía cuesta €4.99 al día.", "El pase incluye datos ilimitados.", "Le regalamos el pase diario para Suiza.",
		"Se lo dejamos en la mitad de precio.", "Invita la casa al pase de Suiza.", "Ya lo tiene un compañero.", "Le mandamos un técnico mañana.", "Cancelamos su contrato ahora mismo.",
		"Le bajamos la cuota.", "Nuestro equipo ya está avisado.", "El pase diario para Narnia cuesta €4.99 al día.",
	}},
	{"How do I cancel my contract?", "en", []string{
		"I have cancelled your contract.", "You only need to give 7 days' notice.", "We will waive the exit fee for you.",
		"By law you can sue us for this.", "The exit fee is €1.00 for each remaining month.", "Your contract ends on 1 December 2026.",
	}},
}

// What the articles do not say is not told, whether it cites a passage or none.
func TestInventedStatementsAreStopped(t *testing.T) {
	ctx := context.Background()
	snap := demo(t)
	for _, tt := range invented {
		found, err := snap.Search(ctx, kb.Query{Text: tt.question, K: 8, Lang: tt.lang})
		if err != nil {
			t.Fatal(err)
		}
		d := guard.Draft{Question: tt.question, Lang: tt.lang, Passages: found}.Prepared()
		for _, sentence := range tt.sentences {
			for _, d.Sentence = range []string{sentence, sentence + " [1]"} {
				if v := guard.Check(d); v.OK {
					t.Errorf("%q was let out", d.Sentence)
				}
			}
		}
	}
}
