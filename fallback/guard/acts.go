package guard

import "switchboard/fallback/internal/phrase"

// act is one sort of promise.
type act struct {
	name  string      // as Draft.Acknowledged has it
	stems []string    // beginnings of the stems by which a passage speaks of it; none: any passage that says the rest
	verbs *phrase.Set // what follows "we will" or "I have"
	cases *phrase.Set // statements about this customer's case, whoever is said to act
}

// Who promises, and how. An opening and a verb of an act close behind it make a promise, a claim or an offer.
var (
	promises = phrase.MustSet(
		"i|we will|shall", "i|we am|are|'m|'re going_to|about_to|happy_to", "i'll|we'll|i'd|we'd", "i'm|we're|i_am|we_are", "let_me",
		"voy|vamos a", "estoy|estamos", "dejame|permiteme", "i|we promise|guarantee", "prometo|prometemos|garantizo|garantizamos",
	)
	claims = phrase.MustSet(
		"i|we have|just|already|now", "i've|we've", "i|we", "he|hemos|acabo_de|acabamos_de",
	)
	offers = phrase.MustSet(
		"vireo|team|adviser|advisor|agent|department|company|colleague|colleagues|someone will|shall|can|could|would|is|are|has|have|puede|va_a|ha",
		"i|we can|could|would|do", "puedo|podemos|podria|podriamos", "vireo",
	)
)

// reach is how many words may stand between an opening and its verb.
const reach = 5

var acts = []act{
	{
		"refund", []string{"refund", "reimburs", "reembols", "devol", "devuel", "money"},
		phrase.MustSet("refund*", "reimburs*", "return|give|send|pay you|your .. money|back", "pay you back", "devolver*", "devuelto",
			"reembols*"),
		phrase.MustSet("you|customers|they will|shall|'ll .. refund*|reimburs*|money_back", "you'll .. refund*|reimburs*|money_back",
			"entitled|eligible|due .. refund|reimburs*|money_back", "your refund|money is|has|will|was", "get|receive a|your|the full? refund",
			"devolveremos|devolvere|devolveran|reembolsaremos|reembolsare|reembolsaran", "tienes|tiene derecho .. reembolso|devolucion",
			"recibir* .. reembolso|devolucion", "tu|su reembolso|devolucion"),
	},
	{
		"credit", []string{"credit", "compens", "abon", "saldo", "discount", "descuent"},
		phrase.MustSet("credit*", "compensat*", "add|apply|applied|give|given|gave|offer|issue* .. credit|discount|compensation|voucher|euros", "discount*",
			"abonar|abonado|compensar|compensado", "aplicar|aplicado .. descuento|abono"),
		phrase.MustSet("you will|shall|'ll .. compensat*|credited|credit", "you'll .. compensat*|credited|credit|discount",
			"your credit|compensation|discount|voucher is|are|has|was .. on_its_way|on_the_way|coming|sent|applied|processed",
			"your account|bill will|has|is|was .. credited", "entitled|eligible|due .. compensation|credit|discount",
			"abonaremos|abonare|abonaran|compensaremos|compensare|compensaran", "tienes|tiene derecho .. compensacion|descuento|abono"),
	},
	{
		"cancel", []string{"cancel", "baj", "termin", "clos"},
		phrase.MustSet("cancel", "cancelled|canceled|cancelling", "terminat*", "close|closed|closing your|the account|line|contract", "cancelar|cancelado",
			"dar|dado .. de_baja"),
		phrase.MustSet("your contract|plan|service|line|order|account|number has|is|was .. cancelled|canceled|terminated|closed",
			"tu|su contrato|plan|linea|servicio|cuenta .. cancelado|cancelada|de_baja", "cancelaremos|cancelare|daremos_de_baja"),
	},
	{
		"callback", []string{"call", "llam", "contact", "phon", "text", "email", "writ", "mensaj"},
		phrase.MustSet("call|ring|phone|contact|email|text|message you", "call .. back", "be in_touch|in_contact", "get back to_you", "reach out",
			"write to_you", "llamar|llamarte|llamarle|contactar|contactarte|escribirte"),
		phrase.MustSet("someone|somebody|adviser|advisor|agent|specialist|colleague|team|representative|manager|we will|shall .. call|contact|phone|ring|reach|email|text",
			"you will|shall|'ll .. called|contacted|phoned|callback|call_from", "you'll .. called|contacted|phoned|callback|call_from",
			"expect a call|callback", "llamaremos|llamare|llamaran|contactaremos|contactare|contactaran|escribiremos",
			"alguien|agente|asesor|equipo .. llamara|contactara|llamaran|contactaran"),
	},
	{
		"technician", []string{"engineer", "technic", "visit", "tecnic", "appoint", "cita"},
		phrase.MustSet("send|sent|sending|dispatch*|arrang*|book|booked|booking|schedul* .. engineer|technician|visit|appointment|someone|team",
			"enviar|enviado|mandar|mandado|reservar|reservado|programar|programado .. tecnico|visita|cita"),
		phrase.MustSet("engineer|technician|someone will|is|'ll .. come|visit|arrive|coming|be_with_you|fix|be_there|call_at",
			"your appointment|visit is|has|was .. booked|scheduled|confirmed|set", "enviaremos|enviare|mandaremos|enviaran .. tecnico",
			"tecnico te|le|les|os? ira|vendra|visitara|pasara|acudira|llegara"),
	},
	{
		"waiver", []string{"waiv", "remov", "drop", "quit", "fre", "free", "no", "not", "perdon", "exim", "grat", "€0", "0", "never"},
		phrase.MustSet("waiv*", "remov*|drop|dropped|cancel*|revers*|written_off|write_off|forgive|forgiven .. fee|fees|charge|charges|debt|bill",
			"not charge* you?", "perdonar|perdonado|anular|anulado|eximir|quitar|quitado"),
		phrase.MustSet("fee|fees|charge|charges|penalty|debt|cost will|has|is|have|was|are be? waived|removed|written_off|reversed|dropped",
			"you_will|you'll|you_won't|you_don't not|never|have_to|be|need_to .. charged|pay", "no te|le|se_te|se_le cobrar*|cobraremos",
			"perdonaremos|anularemos|quitaremos|eximiremos"),
	},
	{
		"handoff", nil,
		phrase.MustSet("transfer*|connect*|forward*|pass|passed|passing|hand|handed|handing|put|escalat* .. you|over|through|conversation|message|request|details|chat|case|issue",
			"raise|raised|raising|open|opened|opening|log|logged|create|created|file|filed .. ticket|case|complaint|fault|request|claim",
			"notif*|inform|informed|alert|alerted .. team|colleague|colleagues|department|adviser|advisor|them",
			"transferir*|pasar|pasarte|paso|pasando|derivar|derivado|transfiriendo|transferido", "abrir|abierto .. incidencia|reclamacion|caso|ticket"),
		phrase.MustSet("human|agent|adviser|advisor|colleague|person|someone|representative will|is|'ll .. join|be_with_you|take_over|help_you|on_the_way|reply|with_you",
			"you_are|you're being transferred|connected|put_through", "your ticket|case|complaint|request|claim has|is|was .. opened|created|logged|raised|registered|submitted|received",
			"te|le paso|transfiero|pasamos|transferimos", "transferiremos|transferire|derivaremos"),
	},
	{
		"change", []string{"chang", "activ", "updat", "cambi", "actualiz", "block", "bloque", "reset", "unlock", "order", "upgrad", "restart", "fix", "extend",
			"reconnect", "suspend", "regist", "set", "process", "guarante", "garant", "mak"},
		phrase.MustSet("chang*|updat*|activat*|reset*|resett*|unblock*|unlock*|block*|upgrad*|downgrad*|restart*|fix*|repair*|extend*|reconnect*|reactivat*|suspend*|switch*|order*|register*|process*|submit*|book|booked|renew* .. your|you|it|this|that|request|order",
			"set|setting .. up", "make|made|making an exception", "make sure", "take|taken|taking care", "sort|sorted|sorting .. out",
			"activar|activado|desbloquear|desbloqueado|bloquear|bloqueado|cambiar|cambiado|restablecer|restablecido|actualizar|actualizado|procesar|procesado|solucionar|solucionado|tramitar|tramitado"),
		phrase.MustSet("your sim|line|plan|number|service|account|order|request|roaming|hub|phone has_been|have_been|is_now|was .. activated|changed|blocked|updated|processed|placed|unlocked|reset|suspended|restored|upgraded",
			"i|we promise|guarantee", "activaremos|activare|desbloquearemos|bloquearemos|cambiaremos|cambiare|solucionaremos|tramitaremos",
			"tu|su sim|linea|plan|numero|servicio|cuenta|pedido ha_sido|esta .. activado|activada|bloqueado|bloqueada|cambiado|cambiada|procesado"),
	},
}
