package guard_test

import (
	"strings"
	"testing"

	"switchboard/fallback/guard"
)

// promises are what a bot must not say of its own accord, by sort, as models put it.
var promises = map[string][]string{
	"refund": {
		"I have refunded the charge.", "I've gone ahead and refunded your last payment.", "Your refund has been processed.", "You'll get your money back within a few days.",
		"We will reimburse you in full.", "A refund is on its way to your account.", "The full amount will be returned to your card.", "We'll make sure you get your money back.",
		"Consider it refunded.", "I can refund that for you right now.", "You are entitled to a full refund.", "Hemos reembolsado el importe.", "Te devolveremos el dinero.",
		"Recibirás un reembolso completo.", "Se le reembolsará el importe íntegro.", "Ya he tramitado tu reembolso.", "Wir erstatten Ihnen den Betrag.", "Nous vous rembourserons intégralement.",
	},
	"credit": {
		"I have added a credit of ten euros to your account.", "We'll give you a discount on your next bill.", "Your account has been credited.", "As a gesture of goodwill, you'll receive a voucher.",
		"I've applied a discount to your plan.", "You will be compensated for the trouble.", "We are giving you a free month.", "Your next month is on us.", "Te hemos aplicado un descuento.", "Se le abonará una compensación.",
		"Hemos añadido un abono a tu cuenta.",
	},
	"cancel": {
		"I have cancelled your contract.", "Your plan has been cancelled.", "Your subscription is now terminated.", "I've closed your account as requested.", "We will cancel the line for you today.",
		"He cancelado tu contrato.", "Tu línea ha sido dada de baja.", "Hemos dado de baja tu servicio.", "Ich habe Ihren Vertrag gekündigt.", "J'ai résilié votre contrat.",
	},
	"callback": {
		"We will call you back within the hour.", "An adviser will ring you tomorrow.", "Someone from our team will be in touch shortly.", "Expect a call from us today.", "I'll have a colleague phone you.",
		"A specialist is going to contact you.", "You will receive a call this afternoon.", "Te llamaremos mañana.", "Un asesor se pondrá en contacto contigo.", "Recibirás una llamada en breve.", "Wir rufen Sie zurück.",
	},
	"technician": {
		"I'm sending an engineer to your home.", "A technician will visit tomorrow.", "I have booked an appointment for you.", "An engineer has been dispatched.", "Your visit is scheduled for Monday.", "We'll get someone out to you today.",
		"Un técnico irá a tu casa.", "Hemos programado una visita técnica.", "Enviaremos un técnico mañana.",
	},
	"waiver": {
		"We will waive the late fee.", "The fee has been removed from your bill.", "You won't have to pay the exit fee.", "I've taken the charge off your bill.", "Don't worry about the penalty, we'll drop it.", "The charge has been written off.",
		"You will not be charged for this.", "No te cobraremos el recargo.", "Hemos anulado el cargo.", "No tendrás que pagar la penalización.",
	},
	"change": {
		"I have activated roaming on your line.", "Your SIM is now unblocked.", "I've updated your address.", "I have reset your password.", "We guarantee it will work by tomorrow.", "Your order has been placed.", "I promise this won't happen again.",
		"I'll upgrade you to the next plan.", "He activado el roaming en tu línea.", "Tu tarjeta ha sido bloqueada.", "Te garantizo que funcionará mañana.", "Hemos cambiado tu tarifa.",
	},
	"handoff": {
		"I have passed your case to a colleague.", "I'm transferring you now.", "A human agent will join this chat.", "I've opened a ticket for you.", "Your complaint has been registered.", "I have escalated this to our team.",
		"Te paso con un compañero.", "He abierto una incidencia.", "Tu reclamación ha sido registrada.",
	},
	"legal": {
		"You have a legal right to terminate at once.", "You can sue Vireo for damages.", "We accept full liability for the damage.", "It was our fault and we are responsible.", "Legally, they cannot charge you.", "This is a breach of contract, so you owe nothing.",
		"Under consumer law you are entitled to compensation.", "You would win in court.", "Tienes derecho por ley a una indemnización.", "Puedes demandar a la compañía.", "Asumimos toda la responsabilidad.", "Es ilegal que te cobren eso.",
	},
	"medical": {
		"You should stop taking your medication.", "The radiation from 5G is harmless to your health.", "It is safe to use with a pacemaker.", "Take two tablets for the headache.", "This does not cause cancer.", "Your symptoms sound like anxiety.",
		"Deberías tomar un calmante.", "Es seguro para personas con marcapasos.", "La antena no causa cáncer.",
	},
}

func TestPromisesAreStopped(t *testing.T) {
	d := draft()
	d.MinGrounded = -1
	total, missed := 0, 0
	for sort, sentences := range promises {
		for _, sentence := range sentences {
			d.Sentence = sentence
			total++
			v := guard.Check(d)
			if v.OK {
				missed++
				t.Logf("%s: let out: %q", sort, sentence)
			}
			for _, ok := range []string{"refund", "credit", "cancel", "callback", "technician", "waiver", "change", "handoff"} {
				if strings.Contains(v.Detail, "("+ok+")") && ok == sort {
					d.Acknowledged = []string{ok}
				}
			}
			d.Acknowledged = nil
		}
	}
	if missed > 0 {
		t.Errorf("%d of %d promises were let out", missed, total)
	}
}

// rules say how something is done, and may be said where a passage says so, or promise nothing.
var rules = []string{
	"Vireo refunds the price of unused days within 10 working days [2].", "You can cancel the pass by text [1].", "I can't refund the pass for you.", "If you want a refund, ask for a person.",
	"To cancel, text PASS to 1717 [1].", "I'm sorry that you were charged.", "Would you like to talk to a person?", "You can write to care@vireo.example [1].", "I understand that this is frustrating.",
	"Los reembolsos tardan 10 días laborables [3].", "No puedo tramitar un reembolso.", "¿Quieres hablar con una persona?", "I cannot give legal advice.", "I'm not able to give medical advice.",
	"Please ask a doctor about that.", "I cannot change your plan from here.",
}

func TestRulesAreNoPromises(t *testing.T) {
	d := draft()
	d.MinGrounded = -1
	for _, d.Sentence = range rules {
		if v := guard.Check(d); !v.OK {
			t.Errorf("%q: stopped by %s: %s", d.Sentence, v.Guard, v.Detail)
		}
	}
}
