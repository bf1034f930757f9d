package hidden

import (
	"math/bits"
	"regexp"
	"slices"
	"strings"
)

// rule is a pattern with words, in lower case, of which it needs one: to look for those is quick, to try a pattern is not.
type rule struct {
	name    string
	stems   []string
	pattern *regexp.Regexp
}

// phrases finds the places that rules match.
func phrases(text string) []Finding {
	h := stems().find(text)
	var out []Finding
	for may := h.rules; may != 0; may &= may - 1 {
		rule := bits.TrailingZeros64(may)
		r := rules[rule]
		from, to := h.around(text, rule)
		for _, m := range r.pattern.FindAllStringIndex(text[from:to], maxMatches) {
			start, end := trimmed(text, from+m[0], from+m[1])
			if r.name == Steering && readersOwn(text[start:end]) {
				continue
			}
			if !slices.ContainsFunc(out, func(f Finding) bool { return f.Start < end && start < f.End && f.Rule == r.name }) {
				out = append(out, Finding{Rule: r.name, Start: start, End: end, Excerpt: Excerpt(text[start:min(end, start+300)])})
			}
		}
	}
	return out
}

// readersOwn reports whether it is something of the reader's that goes into the reply: "include your account number in
// your reply" is said to a customer.
func readersOwn(match string) bool { return strings.Count(strings.ToLower(match), "your ") > 1 }

// maxMatches of a rule are reported in a text; more say no more.
const maxMatches = 20

// trimmed takes blanks off a match's ends.
func trimmed(text string, start, end int) (int, int) {
	s := text[start:end]
	start += len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	return start, start + len(strings.TrimSpace(s))
}

// words compiles a pattern in which a blank stands for any white space and letter case does not count.
func words(s string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.ReplaceAll(s, " ", `[\s*_]+`))
}

// rules is the table of patterns. "Ignore this message", "follow the prompts" and "scammers pretend to be us" are
// ordinary words in support articles: a pattern needs both what is to be done and a model's own things to do it to.
var rules = []rule{
	// English
	{Instruction, []string{"ignor", "disregard", "forget", "overrid", "bypass", "do not follow", "don't follow", "stop following"}, words(
		`\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|(?:do not|don't|stop) follow(?:ing)?)` +
			`(?: (?:about|any|all|of|the|my|these|those|every|and|everything|in|what|you))*` +
			` (?:your|previous|prior|preceding|earlier|above|foregoing|former|existing|original|initial|system|developer|openai)` +
			`(?: (?:and|or|all|of|your|the|previous|prior|system|safety|content|other|own|any))*` +
			` (?:instructions?|prompts?|directives?|guidelines?|rules|context|commands?|programming|training|constraints|orders|polic(?:y|ies))\b`)},
	{Instruction, []string{"forget", "ignor", "disregard"}, words(
		`\b(?:forget|ignore|disregard) (?:about )?(?:everything|anything|all)(?: that)?(?: (?:you|was|were|i|we|has|have|had|been|came|is))* (?:said|told|above|before|learned|learnt|know|instructed|written)\b` +
			`|\b(?:forget|ignore|disregard) all (?:instructions|rules|guidelines)\b|\b(?:ignore|forget) (?:any |the |all )*instructions (?:that )?you (?:were|have been) given\b`)},
	{Instruction, []string{"are now", "re now", "no longer", "going to", "from now on", "your new ", "l act", "l pretend", "re roleplay", "l behave", "immerse yourself", "now act", "now pretend"}, words(
		`\b(?:you are|you're)(?: now| no longer| going to be| from now on)+ (?:(?:acting as|called|named|known as|an?|the|my|in|bound by|restricted by|not)\b ?)*(?:[\w'-]+ ){0,3}?` +
			`(?:ai|a\.i\.|assistant|chat ?bot|bot|llm|gpt|chatgpt|(?:language )?model|hacker|pirate|persona|jailbroken|jailbreak|unrestricted|unfiltered|uncensored|dan|evil|rules|restrictions|filters|god mode|developer mode)\b` +
			`|\byour new (?:role|persona|identity|instructions?|task|system prompt) (?:is|are)\b` +
			`|\byou (?:are|will) (?:now )?(?:going to )?(?:act|pretend|behave|roleplay|role-play|immerse yourself)(?: as| to be| into| that| like)\b`)},
	{Instruction, []string{"i want you to ", "like you to ", "must now "}, words(
		`\b(?:i want|i'd like|i would like) you to (?:act|pretend|roleplay|role-play|play|behave|simulate|imitate|become|respond|answer|reply|ignore|write)\b|\byou must now (?:act|pretend|roleplay|role-play|answer|respond|ignore|obey)\b`)},
	{Instruction, []string{"from now on", "from this moment", "from this point on"}, words(
		`\bfrom (?:now|this moment|this point)(?: on)?,?(?: (?:you|always|please|only|will|are|must|should|have|to|going))* (?:answer|respond|reply|act|pretend|speak|behave|roleplay|obey|ignore|output|say|take on the role)\b`)},
	{Instruction, []string{"pretend", "act as", "roleplay", "role-play"}, words(
		`\b(?:pretend|imagine) (?:that )?(?:you are|you're|you have) (?:no|not|now|my|(?:an? |the )?(?:[\w-]+ ){0,3}?(?:ai|assistant|chatbot|bot|language model|model|dan))\b` +
			`|\b(?:act|pretend|roleplay|role-play)(?:ing)? (?:as|to be)(?: if you (?:are|were))? (?:an? |the )?(?:[\w-]+ ){0,2}(?:ai|language model|llm|chatgpt|gpt|dan|unrestricted|unfiltered|uncensored|jailbroken|linux terminal)\b`)},
	{Instruction, []string{"system prompt", "system message", "system instruction", "initial prompt", "initial instruction", "original prompt", "original instruction",
		"hidden prompt", "hidden instruction", "developer prompt", "developer message", "developer instruction", "internal prompt", "secret prompt",
		"internal instruction", "secret instruction", "instructions for", "instructions to", "instruction to", "instruction for"}, words(
		`\b(?:reveal|show|print|repeat|output|display|leak|disclose|expose|write out|recite|tell|give)(?: (?:me|us|out|to|the|your|all|of|full|entire|exact|verbatim|complete|user))* (?:system|initial|hidden|original|developer|internal|secret) (?:prompts?|messages?|instructions)\b` +
			`|\b(?:your|my|new|updated) (?:hidden )?system (?:prompt|message)\b|\bsystem prompt ?[:=]|\b(?:new|updated|important|real|actual|following|additional) instructions? (?:for|to) (?:the |you,? ?(?:the )?)?(?:ai|llm|assistant|(?:large )?language models?|chatbot|bot|model)\b`)},
	{Instruction, []string{"tell the user", "inform the user", "let the user", "alert the user", "warn the user", "notify the user", "telling the user",
		"informing the user", "letting the user", "alerting the user", "warning the user", "notifying the user", "tell user", "inform user",
		"to the user", "to the human", "tell the human", "inform the human", "let the human", "alert the human"}, words(
		`\b(?:do not|don't|never|must not|without)(?: (?:ever|under any circumstances))? (?:tell(?:ing)?|inform(?:ing)?|alert(?:ing)?|warn(?:ing)?|notify(?:ing)?|let(?:ting)?) (?:the )?(?:user|human)\b` +
			`|\b(?:do not|don't|never) (?:mention|reveal|disclose|show|say)(?: (?:this|that|these|those|it|any|of|anything|about|the|instructions?|message|text))* to the (?:user|human)\b`)},
	{Instruction, []string{" ai ", " ai:", " ai,", " ai.", "llm", "language model", "chatgpt", " ais ", " ai-"}, words(
		`(?:^|[\s"'(\[<])(?:(?:attention|note|message|instructions?|notice|hello|hey|dear|important)(?:,| to| for)?(?: (?:all|any|the|every))?|if you(?: are|'re)(?: an?| the)?) (?:ai|llms?|(?:large )?language models?|ai (?:model|assistant|agent|system)s?|chatgpt)\b`)},
	{Instruction, []string{"do anything now", "developer mode enabled", "jailbr", "jail broken"}, words(
		`\bdo anything now\b|\bdeveloper mode enabled\b|\b(?:enable|enter|activate) (?:dan|jailbreak|god) mode\b|\[ ?(?:🔓)?jailbreak(?:ed)?\b|\bin jailbreak mode\b`)},
	{Instruction, []string{"openai", "content polic", "ethical"}, words(
		`\b(?:no|any|without|free (?:of|from)|not bound by|bypass|against)(?: [\w'-]+){0,3} (?:ethical|moral) (?:or|and|guidelines|restrictions|constraints|limitations)\b|\b(?:openai|content) (?:content |usage )?polic(?:y|ies) (?:do|does|no longer|are|is|has|have|restrictions?)\b`)},
	// Spanish
	{Instruction, []string{"ignor", "olvid", "descart", "haz caso omiso"}, words(
		`\b(?:ignor(?:a|e|ar|en|ad)|olvid(?:a|e|ar|en|ad|es)|descart(?:a|e|ar)|(?:haz|haga) caso omiso (?:de|a))(?: (?:de|todas?|todos?|las?|los|tus|sus|mis|cualquier|estas))* (?:instruccion(?:es)?|instrucci[oó]n|[oó]rdenes|indicaciones|directrices|reglas|prompt)(?: (?:anteriores|previas?|precedentes|de|del|que|iniciales|originales|sistema|arriba)\b)`)},
	{Instruction, []string{"ignor", "olvid"}, words(`\b(?:ignor(?:a|e|ar)|olvid(?:a|e|ar))(?: (?:todas?|todos?|las?|los))* (?:anterior(?:es)?|previas?|tus|sus) (?:instrucciones|reglas|[oó]rdenes|indicaciones|directrices)\b|\bolvida todo lo (?:anterior|que)\b`)},
	{Instruction, []string{"ahora eres", "a partir de ahora", "finge que", "haz como si"}, words(
		`\bahora eres (?:un[ao]? )?(?:[\p{L}-]+ ){0,2}(?:ia|asistente|chatbot|bot|modelo|hacker|pirata|sin restricciones)\b|\ba partir de ahora,? (?:eres|responde(?:r[aá]s)?|act[uú]a(?:r[aá]s)?|ser[aá]s|contesta)\b|\bfinge que (?:eres|no tienes)\b`)},
	{Instruction, []string{"usuario"}, words(`\bno (?:se |le |les )?(?:lo )?(?:digas|diga|informes|informe|avises|avise|menciones|reveles|cuentes)(?: (?:esto|eso|nada|lo|de))* al usuario\b`)},
	{Instruction, []string{"prompt de", "prompt del", "instrucciones del sistema", "mensaje del sistema"}, words(`\b(?:tu|tus|su|revela|muestra|muestre|imprime|repite|escribe)(?: (?:el|la|las|tu|tus))* (?:prompt|instrucciones|mensaje) (?:de|del) sistema\b`)},
	// German
	{Instruction, []string{"ignorier", "vergiss", "vergessen sie", "missachte", "befolge"}, words(
		`\b(?:ignorier(?:e|en|t)(?: sie)?|vergiss|vergessen sie|missachte(?:n sie)?)(?: (?:bitte|alle|all|s[aä]mtliche|die|deine|ihre|jegliche|meine))* (?:vorherigen|vorigen|bisherigen|fr[uü]heren|obigen|vorangegangenen|urspr[uü]nglichen|vorstehenden|deine|ihre)(?: (?:und|alle|bisherigen))* (?:anweisungen|instruktionen|regeln|befehle|vorgaben|richtlinien|prompts?)\b|\bvergiss alles,? was\b`)},
	{Instruction, []string{"du bist", "ab jetzt", "von nun an", "tu so", "verhalte dich"}, words(
		`\bdu bist (?:jetzt|nun|ab jetzt|ab sofort|von nun an) (?:ein[e]? |kein[e]? |der |die )?(?:[\p{L}-]+ ){0,2}(?:ki|assistent|chatbot|bot|sprachmodell|modell|hacker|pirat)\b|\b(?:ab jetzt|von nun an|ab sofort) (?:antworte(?:st)?|bist du|verh[aä]lst du|sprichst du|sollst du|wirst du)\b|\btu so,? als (?:ob|w[aä]rst|h[aä]ttest)\b`)},
	{Instruction, []string{"nutzer", "benutzer", "anwender"}, words(`\b(?:sag(?:e)?|teile|verrate|erz[aä]hle|erw[aä]hne|informiere|warne)(?: (?:es|das|dies|davon|gegen[uü]ber|nichts))* (?:de[mn]|gegen[uü]ber dem) (?:be)?(?:nutzer|anwender)(?: (?:nicht|nichts|davon|niemals)\b)+`)},
	{Instruction, []string{"systemprompt", "system-prompt", "systemanweisung", "system prompt"}, words(`\b(?:deine?n?|ihre?n?|den|zeige|verrate|gib|wiederhole)(?: (?:mir|uns|den|deinen|deine|vollst[aä]ndigen))* (?:system-?prompt|system prompt|systemanweisung(?:en)?)\b`)},
	// French
	{Instruction, []string{"ignor", "oubli", "ne tenez pas compte", "ne tiens pas compte", "faites abstraction"}, words(
		`\b(?:ignor(?:e|es|ez|er)|oubli(?:e|es|ez|er)|ne (?:tenez|tiens) pas compte (?:de|des)|faites abstraction (?:de|des))(?: (?:toutes?|tous|les?|tes|vos|des|ces|mes))* (?:instructions?|consignes?|r[eè]gles|directives|ordres)(?: (?:pr[eé]c[eé]dentes?|ant[eé]rieure?s?|ci-dessus|initiales|du syst[eè]me|syst[eè]me|que|donn[eé]es)\b)|\b(?:ignor|oubli)(?:e|ez)(?: (?:toutes?|les?))* (?:pr[eé]c[eé]dentes|tes|vos) (?:instructions|consignes|r[eè]gles)\b|\boublie(?:z)? tout ce (?:qui|que)\b`)},
	{Instruction, []string{"tu es", "vous êtes", "désormais", "fais comme si", "à partir de maintenant"}, words(
		`\b(?:tu es|vous [eê]tes) (?:maintenant|d[eé]sormais) (?:une? )?(?:[\p{L}-]+ ){0,2}(?:ia|assistante?|chatbot|bot|mod[eè]le|hacker|pirate|sans restriction)\b|(?:d[eé]sormais|[aà] partir de maintenant),? (?:tu (?:es|r[eé]ponds|r[eé]pondras|dois)|vous (?:devez )?r[eé]pond(?:ez|rez|re)|r[eé]ponds)\b|\bfais comme si tu\b`)},
	{Instruction, []string{"utilisateur"}, words(`\bne (?:le |la |les )?(?:dis|dites|dire|r[eé]v[eè]le[sz]?|r[eé]v[eé]lez|mentionne[sz]?|informe[sz]?|pr[eé]viens|pr[eé]venez|signale[sz]?)(?: (?:pas|jamais|rien|cela|ceci))+ (?:[aà] )?l['’]utilisateur\b`)},
	{Instruction, []string{"système", "systeme", "prompt"}, words(`\b(?:ton|votre|r[eé]v[eè]le|affiche|montre|r[eé]p[eè]te)(?:z)?(?: (?:moi|le|ton|votre|les|tes))* (?:prompt|message|instructions?) (?:du |de )?syst[eè]me\b`)},
	// Italian
	{Instruction, []string{"ignor", "dimentic", "non tenere conto"}, words(
		`\b(?:ignor(?:a|i|are|ate)|dimentic(?:a|hi|are|ate)|non tenere conto)(?: (?:di|tutte|tutti|le|gli|i|tue|tuoi|delle|queste))* (?:istruzioni|regole|direttive|indicazioni|ordini)(?: (?:precedenti|sopra|anteriori|del|di|iniziali|che)\b)|\b(?:ignora|dimentica)(?: (?:tutte|le))* (?:precedenti|tue) (?:istruzioni|regole|direttive)\b|\bdimentica tutto (?:quello|ci[oò])\b`)},
	{Instruction, []string{"ora sei", "adesso sei", "d'ora in poi", "da ora in poi", "fai finta", "fingi"}, words(
		`\b(?:ora|adesso) sei (?:un[ao']? ?)?(?:[\p{L}-]+ ){0,2}(?:ia|assistente|chatbot|bot|modello|hacker|pirata|senza restrizioni)\b|\bd(?:'|a )ora in poi,? (?:sei|rispondi|risponderai|devi|agisci|parla)\b|\b(?:fai finta|fingi) (?:di essere|che tu)\b`)},
	{Instruction, []string{"utente"}, words(`\bnon (?:lo )?(?:dire|dirlo|rivelare|menzionare|informare|avvisare|avvertire)(?: (?:questo|ci[oò]|nulla|niente|mai))* (?:all['’]|l['’])utente\b`)},
	{Instruction, []string{"di sistema", "del sistema"}, words(`\b(?:tuo|tue|rivela|mostra|stampa|ripeti)(?:mi)?(?: (?:il|le|tuo|tue))* (?:prompt|messaggio|istruzioni) (?:di|del) sistema\b`)},
	// Portuguese
	{Instruction, []string{"ignor", "esque", "desconsider"}, words(
		`\b(?:ignor(?:e|a|ar|em)|esque[cç](?:a|e|er|am)(?:-se)?|desconsider(?:e|a|ar|em))(?: (?:de|todas?|todos?|as|os|suas?|tuas?|das|quaisquer))* (?:instru[cç][oõ]es|regras|ordens|diretrizes|orienta[cç][oõ]es|comandos)(?: (?:anteriores|pr[eé]vias|acima|do|de|iniciais|que)\b)|\bignore(?: (?:todas|as))* (?:suas|tuas) (?:instru[cç][oõ]es|regras)\b|\besque[cç]a tudo o? ?que\b`)},
	{Instruction, []string{"agora você", "agora voce", "você agora", "voce agora", "a partir de agora", "finja"}, words(
		`(?:\bagora voc[eê] [eé]|\bvoc[eê] agora [eé]) (?:uma? )?(?:[\p{L}-]+ ){0,2}(?:ia|assistente|chatbot|bot|modelo|hacker|pirata|sem restri[cç][oõ]es)\b|\ba partir de agora,? (?:voc[eê] (?:[eé]|deve|responder[aá]|vai responder)|responda|aja)\b|\bfinja (?:que voc[eê]|ser)\b`)},
	{Instruction, []string{"usuário", "usuario", "utilizador"}, words(`\bn[aã]o (?:diga|conte|revele|mencione|informe|avise)(?: (?:isso|isto|nada|disso))* (?:ao|o) (?:usu[aá]rio|utilizador)\b`)},
	{Instruction, []string{"do sistema", "de sistema"}, words(`\b(?:seu|teu|suas|revele|mostre|imprima|repita)(?: (?:o|as|seu|suas))* (?:prompt|mensagem|instru[cç][oõ]es) (?:de|do) sistema\b`)},
	// What to put into replies
	{Steering, []string{"your reply", "your response", "your answer", "your output", "your replies", "your responses", "your answers"}, words(
		`\b(?:add|append|include|insert|integrate|embed|incorporate|weave|attach|recommend|promote|advertise|prepend|introduce|render|sneak|slip|start|begin|end|finish|conclude)\b[^\n]{0,160}?\b(?:to|in|into|within|with|of|after|before|at the (?:end|start|beginning) of) (?:each of |all |every one of )?your (?:reply|replies|response|responses|answers?|output)\b` +
			`|\b(?:enhance|augment|supplement|enrich|embellish|conclude|finish|boost|elevate|expand|improve|modify|alter|adjust|change) your (?:reply|response|answer|output) (?:by|with|through|to|so that)\b` +
			`|\b(?:in|within|throughout) your (?:reply|response|answer|output),? (?:suggest|recommend|mention|promote|include|add|insert|tease|advertise|use|hint|tell|urge|encourage)\b` +
			`|\b(?:convert|combine|use|substitute|replace|swap|anagram|scramble|misspell|shuffle|rearrange|remove|eliminate|omit|merge|mix up|jumble|encode|reverse|group)\b[^.\n]{0,80}?\b(?:in|from|of|within|throughout) your (?:reply|response|answer|output)\b` +
			`|\b(?:provide|give|write|deliver|craft|present|format|make|express|compose|respond with) your (?:reply|response|answer|output) (?:in|with|as|using|entirely|contain|without)\b`)},
	{Steering, []string{"following code", "subsequent code", "below code", "following snippet", "subsequent snippet", "following piece", "subsequent piece", "following block", "subsequent block", "following lines", "subsequent lines"}, words(
		`\b(?:the )?(?:subsequent|following|below) (?:code|snippet|piece of code|block of code|lines of code)(?: (?:snippet|block|excerpt|segment|fragment))?[^.\n]{0,60}\byour (?:code(?:base)?|solution|implementation|response|answer|algorithm|project|program|script|elucidation|explanation|work)\b` +
			`|\byour (?:code(?:base)?|solution|implementation|response|answer|algorithm|project|program|script)\b[^.\n]{0,60}\b(?:subsequent|following|below) (?:code|snippet)\b`)},
	// Chats' own marks
	{RoleMarker, []string{"<|"}, regexp.MustCompile(`<\|[A-Za-z_]{2,30}\|>`)},
	{RoleMarker, []string{"[inst]", "[/inst]", "<<sys>>", "<</sys>>"}, regexp.MustCompile(`(?i)\[/?INST\]|<</?SYS>>`)},
	{RoleMarker, []string{"_of_turn>"}, regexp.MustCompile(`(?i)<(?:start|end)_of_turn>`)},
	{RoleMarker, []string{"system>", "assistant>", "prompt>", "message>", "instruction>", "instructions>", "response>", "system]", "assistant]"}, regexp.MustCompile(`(?i)</?(?:system|assistant|system[_-](?:prompt|message|instructions?)|assistant[_-]response)>|\[/?(?:system|assistant)\](?:\(#[a-z_]*\))?`)},
	{RoleMarker, []string{"#system", "# system", "#assistant", "# assistant", "#human", "# human", "#instruction", "# instruction"}, regexp.MustCompile(`(?im)^[ \t]*#{2,6}[ \t]*(?:system|assistant|human|instruction)(?: (?:prompt|message))?[ \t]*:`)},
	{RoleMarker, []string{"system:", "assistant:", "human:"}, regexp.MustCompile(`(?im)^[ \t]*(?:(?:system|assistant)[ \t]*:[ \t]*(?:you (?:are|must|will)|ignore|disregard|new instructions?)|\\n\\nhuman:)`)},
}
