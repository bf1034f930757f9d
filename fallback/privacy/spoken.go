package privacy

import "strings"

// inWords says in words what a token stands for, where its value is not known any more.
var inWords = map[Type]map[string]string{
	Email: {"en": "your e-mail address", "es": "su correo electrónico"}, Phone: {"en": "your phone number", "es": "su número de teléfono"},
	Card: {"en": "your card number", "es": "su número de tarjeta"}, IBAN: {"en": "your IBAN", "es": "su IBAN"},
	Account: {"en": "your account number", "es": "su número de cliente"}, Name: {"en": "you", "es": "usted"},
	Address: {"en": "your address", "es": "su dirección"}, Secret: {"en": "your code", "es": "su código"},
	ID: {"en": "your document number", "es": "su número de documento"}, IMEI: {"en": "your IMEI", "es": "su IMEI"},
	IMSI: {"en": "your IMSI", "es": "su IMSI"}, ICCID: {"en": "your SIM number", "es": "el número de su SIM"},
	IP: {"en": "your IP address", "es": "su dirección IP"},
}

// Spoken puts words in the place of tokens that are left in a text for a customer: what they stand for was said in an
// earlier turn, and only the record of its token is left. Types of a policy's own, and other languages, get general words.
func Spoken(text, lang string) string {
	spans := tokensIn(text)
	if len(spans) == 0 {
		return text
	}
	if lang != "es" {
		lang = "en"
	}
	general := map[string]string{"en": "your details", "es": "sus datos"}[lang]
	var b strings.Builder
	last := 0
	for _, sp := range spans {
		typ, _ := splitToken(text[sp.Start:sp.End])
		words := inWords[typ][lang]
		if words == "" {
			words = general
		}
		b.WriteString(text[last:sp.Start])
		b.WriteString(words)
		last = sp.End
	}
	return b.String() + text[last:]
}
