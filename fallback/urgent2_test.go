package fallback

import (
	"testing"

	"switchboard"
)

// Danger in the words in which customers told it to a reader who meant to be missed, and what only sounds like it.
func TestDangerIsHeard(t *testing.T) {
	p := Default()
	for text, want := range map[string]bool{
		"me están robando el dinero con un duplicado de SIM": true, "me estan vaciando la cuenta ahora mismo": true, "no funciona el 112": true,
		"un estafador tiene mi código y está entrando en mi cuenta": true, "han duplicado mi SIM y me quitan dinero": true, "hay fuego en el router": true,
		"huele a quemado el router": true, "my router is on fire": true, "my sim was swapped and money is leaving": true, "alguien me está robando por mi SIM": true,
		"my phone is hot when charging": false, "no me funciona el wifi": false, "¿cuánto cuesta un duplicado de SIM?": false, "quiero un duplicado de la SIM": false,
		"me han cobrado dos veces, quiero mi dinero": false, "how do I swap my SIM": false, "me estáis robando con esta factura": false,
		"when is the money leaving my account for the bill": false, "does the hub get hot": false, "the fire stick does not connect to the hub": false,
	} {
		lang := "en"
		if r := p.Route(RouteInput{Text: switchboard.Masked(text), Lang: lang}); (r.Reason == switchboard.ReasonUrgent) != want {
			t.Errorf("%q is %s (%s), urgent wanted: %v", text, r.Kind, r.Reason, want)
		}
	}
}
