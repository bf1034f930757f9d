package guard

import "switchboard/fallback/internal/phrase"

// act is one sort of promise.
type act struct {
	name  string      // as Draft.Acknowledged has it
	stems []string    // beginnings of the stems by which a passage speaks of it; none: any passage that says the rest
	verbs *phrase.Set // what follows "we will" or "I have"
	cases *phrase.Set // statements about this customer's case, whoever is said to act
	plain *phrase.Set // statements that count with a "not" in them too; may be nil
}

// Who promises, and how. An opening and a verb of an act close behind it make a promise, a claim or an offer.
var (
	promises = phrase.MustSet(
		"i|we will|shall", "i|we am|are|'m|'re going_to|about_to|happy_to", "i'll|we'll|i'd|we'd", "i'm|we're|i_am|we_are", "let_me",
		"voy|vamos a", "estoy|estamos", "dejame|permiteme", "we're|we_are|i'm|i_am going_to|about_to", "i|we promise|guarantee", "prometo|prometemos|garantizo|garantizamos",
	)
	claims = phrase.MustSet(
		"i|we have|just|already|now", "i've|we've", "i|we have_gone|went ahead", "i've|we've gone ahead", "i|we", "he|hemos|acabo_de|acabamos_de", "ya he|hemos",
		"ich_habe|wir_haben|j'ai|nous_avons|ho|abbiamo|eu|nos",
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
		// what a customer wants to have confirmed is stated of this customer: it needs a passage that says the rest
		"confirmation", nil,
		phrase.MustSet("confirm .. free|gratis|waived"),
		phrase.MustSet("i|we can? confirm", "te|le|les|os confirmo|confirmamos", "free|gratis|kostenlos|gratuit|gratuito|gratuita for|para|fur|pour|per you|ti|usted|dich|sie|vous|toi|te|lei"), nil,
	},
	{
		"refund", []string{"refund", "reimburs", "reembols", "devol", "devuel", "money"},
		phrase.MustSet("refund*", "reimburs*", "return|give|send|pay you|your .. money|back", "pay you back", "get|gets your|their|the money_back", "tramitado|procesado|gestionado .. reembolso|devolucion", "devolver*", "devuelto",
			"reembols*"),
		phrase.MustSet("you|customers|they will|shall|'ll .. refund*|reimburs*|money_back", "you'll .. refund*|reimburs*|money_back",
			"entitled|eligible|due .. refund|reimburs*|money_back", "your refund|money is|has|will|was", "get|receive a|your|the full? refund",
			"devolveremos|devolvere|devolveran|reembolsaremos|reembolsare|reembolsaran", "consider .. refunded|reimbursed", "a|the|your refund|reimbursement is|has|was|will on_its_way|on_the_way|been|be|now",
			"amount|payment|money|sum|price|charge will|has|is|was be|been? returned|refunded|reimbursed|repaid", "se_te|se_le|se_les|le|te|les|os reembols*|devolver*",
			"wir|ich erstatte|erstatten|uberweisen", "erstattung|ruckerstattung .. unterwegs|veranlasst|bearbeitet", "nous|je|on vous rembours*", "vi|le|ti rimbors*", "tienes|tiene derecho .. reembolso|devolucion",
			"recibir* .. reembolso|devolucion", "tu|su reembolso|devolucion"), nil,
	},
	{
		"credit", []string{"credit", "compens", "abon", "saldo", "discount", "descuent"},
		phrase.MustSet("credit*", "compensat*", "add|apply|applied|give|given|gave|offer|issue* .. credit|discount|compensation|voucher|euros", "discount*", "give|giving|given|gave|add|added|adding you? a|an|one|two|another? free|extra month|months|gb|data|year",
			"anadir|anadido|hecho .. abono|descuento|saldo", "abonar|abonado|compensar|compensado", "aplicar|aplicado .. descuento|abono"),
		phrase.MustSet("you will|shall|'ll .. compensat*|credited|credit", "you'll .. compensat*|credited|credit|discount",
			"your credit|compensation|discount|voucher is|are|has|was .. on_its_way|on_the_way|coming|sent|applied|processed",
			"your account|bill will|has|is|was .. credited", "entitled|eligible|due .. compensation|credit|discount",
			"receive|get|have .. voucher|goodwill|compensation", "gesture of goodwill", "month|months|bill|year is|are|will_be on_us|on_the_house", "se_te|se_le|se_les|le|te abonar*|compensar*|descontar*",
			"schreiben|schreibe .. gut", "gutschrift .. erhalten|bekommen", "abonaremos|abonare|abonaran|compensaremos|compensare|compensaran", "tienes|tiene derecho .. compensacion|descuento|abono"), nil,
	},
	{
		"cancel", []string{"cancel", "baj", "termin", "clos"},
		phrase.MustSet("cancel", "cancelled|canceled|cancelling", "gekundigt|storniert", "resilie|resili|annule|annulato|disdetto|cancelei", "terminat*", "close|closed|closing your|the account|line|contract", "cancelar|cancelado",
			"dar|dado .. de_baja"),
		phrase.MustSet("your contract|plan|service|line|order|account|number|subscription|membership|agreement|policy|pass has|is|was .. cancelled|canceled|terminated|closed",
			"tu|su contrato|plan|linea|servicio|cuenta .. cancelado|cancelada|de_baja", "tu|su contrato|plan|linea|servicio|cuenta|suscripcion|numero .. cancelad*|dada|dado", "cancelaremos|cancelare|daremos_de_baja", "ihr|dein vertrag|tarif|abo .. gekundigt|storniert", "votre contrat|forfait|abonnement .. resilie|annule"), nil,
	},
	{
		"callback", []string{"call", "llam", "contact", "phon", "text", "email", "writ", "mensaj"},
		phrase.MustSet("call|ring|phone|contact|email|text|message you", "call .. back", "be in_touch|in_contact", "get back to_you", "reach out",
			"write to_you", "llamar|llamarte|llamarle|contactar|contactarte|escribirte"),
		phrase.MustSet("someone|somebody|adviser|advisor|agent|specialist|colleague|team|representative|manager|we will|shall .. call|contact|phone|ring|reach|email|text",
			"you will|shall|'ll .. called|contacted|phoned|callback|call_from", "you'll .. called|contacted|phoned|callback|call_from",
			"expect a call|callback", "someone|adviser|advisor|agent|specialist|colleague|team|representative|manager is|are going_to|about_to contact|call|phone|ring|email|text",
			"receive|get|have a|our call|callback|phone_call", "recibir* .. llamada", "pondra|pondran|pondremos|pondre en contacto", "rufen|rufe|rufen_wir sie|dich|euch? .. zuruck|an", "nous|on vous|te rappel*", "vi|la|ti richiam*", "ligaremos|ligamos|contactaremos", "llamaremos|llamare|llamaran|contactaremos|contactare|contactaran|escribiremos",
			"alguien|agente|asesor|equipo .. llamara|contactara|llamaran|contactaran"), nil,
	},
	{
		"technician", []string{"engineer", "technic", "visit", "tecnic", "appoint", "cita"},
		phrase.MustSet("send|sent|sending|dispatch*|arrang*|book|booked|booking|schedul* .. engineer|technician|visit|appointment|someone|team",
			"enviar|enviado|mandar|mandado|reservar|reservado|programar|programado .. tecnico|visita|cita"),
		phrase.MustSet("engineer|technician|someone will|is|'ll .. come|visit|arrive|coming|be_with_you|fix|be_there|call_at",
			"engineer|technician has|have|was|is been? dispatched|sent|booked|scheduled|assigned|arranged", "get|have|send someone|somebody out|over|round", "tecnico .. enviado|asignado|programado", "techniker .. kommt|kommen|vorbei",
			"your appointment|visit is|has|was .. booked|scheduled|confirmed|set", "enviaremos|enviare|mandaremos|enviaran .. tecnico",
			"tecnico te|le|les|os? ira|vendra|visitara|pasara|acudira|llegara"), nil,
	},
	{
		"waiver", []string{"waiv", "remov", "drop", "quit", "fre", "free", "no", "not", "perdon", "exim", "grat", "€0", "0", "never"},
		phrase.MustSet("waiv*", "remov*|drop|dropped|cancel*|revers*|written_off|write_off|forgive|forgiven .. fee|fees|charge|charges|debt|bill",
			"not charge* you?", "take|took|taken|taking .. fee|fees|charge|charges|penalty .. off", "drop|dropped|forget|waive it|that|the_fee|the_charge|the_penalty", "perdonar|perdonado|anular|anulado|eximir|quitar|quitado"),
		phrase.MustSet("fee|fees|charge|charges|penalty|debt|cost|bill will|has|is|have|was|are be|been? waived|removed|written_off|reversed|dropped|cancelled|taken_off|forgiven",
			"you_will|you'll|you_won't|you_don't not|never|have_to|be|need_to .. charged|pay", "no te|le|se_te|se_le cobrar*|cobraremos",
			"perdonaremos|anularemos|quitaremos|eximiremos"),
		phrase.MustSet("you|they will_not|won't|don't|do_not|needn't|need_not .. pay|charged|owe|billed", "you|they will|shall not|never .. charged|pay|owe|billed", "you'll not|never .. pay|charged",
			"owe us? nothing", "no te|le|os|se_te|se_le cobra*|cobre*", "no tendras|tendra|tienes|tiene|debes|debe que? pagar|abonar"),
	},
	{
		"handoff", nil,
		phrase.MustSet("transfer*|connect*|forward*|pass|passed|passing|hand|handed|handing|put|escalat* .. you|over|through|conversation|message|request|details|chat|case|issue",
			"raise|raised|raising|open|opened|opening|log|logged|create|created|file|filed .. ticket|case|complaint|fault|request|claim",
			"escalat* .. this|it|that|team|manager|supervisor", "notif*|inform|informed|alert|alerted .. team|colleague|colleagues|department|adviser|advisor|them",
			"transferir*|pasar|pasarte|paso|pasando|derivar|derivado|transfiriendo|transferido", "abrir|abierto .. incidencia|reclamacion|caso|ticket"),
		phrase.MustSet("human|agent|adviser|advisor|colleague|person|someone|representative will|is|'ll .. join|be_with_you|take_over|help_you|on_the_way|reply|with_you",
			"you_are|you're being transferred|connected|put_through", "your ticket|case|complaint|request|claim has|is|was .. opened|created|logged|raised|registered|submitted|received",
			"te|le paso|transfiero|pasamos|transferimos", "tu|su reclamacion|incidencia|caso|solicitud|peticion|queja ha_sido|esta|queda|fue .. registrad*|abiert*|cread*|enviad*|escalad*", "transferiremos|transferire|derivaremos"), nil,
	},
	{
		"change", []string{"chang", "activ", "updat", "cambi", "actualiz", "block", "bloque", "reset", "unlock", "order", "upgrad", "restart", "fix", "extend",
			"reconnect", "suspend", "regist", "set", "process", "guarante", "garant", "mak"},
		phrase.MustSet("chang*|updat*|activat*|reset*|resett*|unblock*|unlock*|block*|upgrad*|downgrad*|restart*|fix*|repair*|extend*|reconnect*|reactivat*|suspend*|switch*|order*|register*|process*|submit*|book|booked|renew* .. your|you|it|this|that|request|order",
			"set|setting .. up", "make|made|making an exception", "make sure", "take|taken|taking care", "sort|sorted|sorting .. out",
			"activar|activado|desbloquear|desbloqueado|bloquear|bloqueado|cambiar|cambiado|restablecer|restablecido|actualizar|actualizado|procesar|procesado|solucionar|solucionado|tramitar|tramitado"),
		phrase.MustSet("your sim|line|plan|number|service|account|order|request|roaming|hub|phone|card|address|password|email|tariff|problem|issue|subscription|name|pin|data has_been|have_been|is_now|are_now|was .. activated|deactivated|changed|blocked|unblocked|updated|processed|placed|unlocked|locked|reset|suspended|restored|upgraded|downgraded|switched|registered|renewed|extended|fixed|resolved|repaired",
			"te|le|les|os garantizo|garantizamos|prometo|prometemos|aseguro|aseguramos",
			"i|we promise|guarantee", "activaremos|activare|desbloquearemos|bloquearemos|cambiaremos|cambiare|solucionaremos|tramitaremos",
			"tu|su sim|linea|plan|tarifa|numero|servicio|cuenta|pedido|tarjeta|direccion|contrasena ha_sido|esta|queda .. activad*|bloquead*|desbloquead*|cambiad*|procesad*|actualizad*|restablecid*"), nil,
	},
	{
		"legal", []string{"law", "legal", "right", "liab", "court", "lawyer", "ley", "derech", "juzgad", "illegal", "ilegal"}, none,
		phrase.MustSet("legally|lawfully", "legal|statutory right|rights|claim|action|grounds|remedy", "under|by|according_to the? .. law|consumer_law", "sue|suing", "take|taking .. to_court",
			"win .. court|case|lawsuit", "accept|accepts|admit|assume|take .. liability|fault|blame|full_responsibility", "our fault|liability|negligence",
			"am|are|is|be liable|negligent|at_fault", "breach|violation of_contract|of_the_contract|of_law|of_the_law", "illegal|unlawful|against_the_law", "por ley", "segun|ante la? ley|tribunal*",
			"demandar|demandarnos|querellarte", "asumimos|asumo|aceptamos|admitimos .. responsabilidad|culpa", "ilegal|ilegales|delito", "rechtlich|gesetzlich|verklagen|schadenersatz|haften|haftung",
			"legalement|illegal|poursuivre .. justice", "legalmente|illegale|fare_causa|processar"), nil,
	},
	{
		"medical", []string{"medic", "health", "doctor", "salud", "pacemak", "marcapas"}, none, none,
		phrase.MustSet("take|taking|stop|start|increase|reduce .. medication|medicine|tablet|tablets|pill|pills|dose|painkiller|painkillers|antidepressants",
			"harmless|harmful|safe|dangerous|risk|bad|good .. health|pacemaker|pacemakers|pregnan*|epilepsy|babies", "cause|causes|cure|cures|treat|treats .. cancer|headaches|illness|disease|tumours|tumors",
			"your symptoms|diagnosis|condition sound|sounds|suggest|suggests|is|are|mean", "you have|may_have|might_have|probably_have .. depression|anxiety|cancer|infection|disease|illness",
			"tomar|tome|toma|dejar_de_tomar .. medica*|pastilla*|calmante*|dosis", "seguro|segura|inofensiv*|peligros*|perjudicial .. salud|marcapasos|embaraz*", "causa|provoca|cura .. cancer|enfermedad*|tumor*",
			"nehmen_sie|nimm .. tablette*|medikament*", "prenez|prendre .. medicament*|comprime*"),
	},
}

var none = phrase.MustSet()

// deeds are told as done, under way or certain without anybody's "I will": of them only an acknowledgement speaks, or a
// passage that says the same word for word.
var deeds = []struct {
	act string
	set *phrase.Set
}{
	{"handoff", phrase.MustSet(
		"have|'ve|i've|we've|just|already passed|handed|forwarded|given|sent|escalated|flagged|referred|reported this|that|it|your|you|everything .. to|with",
		"team|colleague|colleagues|adviser|advisor|agent|manager|supervisor|specialist|department|someone|somebody|person|human has|have|is|are been|now|already? told|informed|notified|alerted|made_aware|briefed|aware",
		"let|told|informed|notified|alerted our|the|my|a team|colleague|colleagues|adviser|manager|supervisor|department",
		"colleague|adviser|advisor|agent|specialist|team|manager|someone|somebody has|have got? your request|case|message|issue|details|it|this",
		"someone|somebody|team|colleague|specialist|adviser|engineer|manager is|are now|already|currently? looking|working|dealing|handling|checking|reviewing",
		"case|request|issue|complaint is|has been|now|already? now? with|assigned|escalated .. team|specialist|colleague|adviser|manager|supervisor|person",
		"he|hemos|ha|han avisado|informado|notificado|pasado|trasladado|derivado|comunicado|escalado", "equipo|companero|companera|agente|asesor|persona|responsable ya? esta|estan|ha_sido|han_sido|queda ya? avisad*|informad*|enterad*",
		"ya lo|la tiene|tienen|lleva|llevan .. companero|companera|agente|asesor|equipo", "companero|companera|agente|asesor|equipo ya lo|la tiene|lleva|mira|revisa",
	)},
	{"technician", phrase.MustSet(
		"engineer|technician|someone|somebody is|'s already|now? on_the_way|on_its_way|on_their_way|en_route|coming|heading", "tecnico va|viene|esta|sale|llega|pasa|ira", "te|le|les|os mando|mandamos|envio|enviamos .. tecnico",
	)},
	{"callback", phrase.MustSet(
		"te|le|les|os llamo|llama|llaman|llamamos|contactamos|contacta|escribimos", "colleague|adviser|advisor|agent|specialist|manager|someone|somebody rings|calls|phones|contacts|texts|emails you",
	)},
	{"cancel", phrase.MustSet(
		"consider .. cancelled|canceled|closed|terminated|done|sorted|settled", "de|doy|damos|da por cancelad*|anulad*|resuelt*|hecho|cerrad*", "cancelo|cancelamos|anulo|anulamos .. contrato|pase|linea|tarifa|servicio|plan|suscripcion|cuota",
		"am|are|'m|'re|i'm|we're cancelling|canceling|closing|terminating .. it|this|that|your|now",
	)},
	{"refund", phrase.MustSet("te|le|les|os devuelvo|devolvemos|reembolso|reembolsamos|reintegramos", "consider .. refunded")},
	{"waiver", phrase.MustSet("te|le|les|os|se_lo|se_la perdono|perdonamos|quito|quitamos|anulo|anulamos|eximo|eximimos|condonamos", "consider .. waived|forgiven|forgotten")},
	{"credit", phrase.MustSet(
		"te|le|les|os abono|abonamos|regalo|regalamos|bajo|bajamos|rebajo|rebajamos|descuento|descontamos|compenso|compensamos", "se lo|la dejo|dejamos", "invita la casa",
		"derecho a una? indemnizacion|compensacion|reembolso|devolucion|descuento", "with|at my|our|your|a special|personal|staff? discount|discounted_price", "half price for you",
	)},
	{"promise", phrase.MustSet("trust me|us", "i swear", "you have my|our word", "my word", "^ promise|promised $", "a day|month|year|week promise", "se lo|te_lo juro|prometo|aseguro", "palabra de_honor", "tiene|tienes mi_palabra")},
	{"legal", phrase.MustSet("perfectly|completely|totally|entirely|fully|absolutely legal|lawful", "it is|it's|that's|that_is|this_is legal", "es|totalmente|perfectamente|completamente legal")},
}
