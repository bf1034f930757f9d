package fallback_test

import (
	"testing"

	"switchboard"
	"switchboard/fallback"
)

func TestUrgentAndWhatOnlySoundsSo(t *testing.T) {
	for text, want := range map[string]string{
		"I want to hurt myself": "self_harm", "quiero suicidarme": "self_harm", "I just want to end it all": "self_harm",
		"112 doesn't work on my line": "emergency_call", "el 112 no funciona": "emergency_call", "I am dying": "danger", "we are in danger, help": "danger",
		"my husband is tracking my phone and hits me": "violence", "my ex is stalking me through my phone": "violence",
		"mi marido me pega y controla mi móvil": "violence", "mi ex me acosa": "violence",
		"they are doing a sim swap on me right now": "fraud_in_progress", "me han duplicado la SIM ahora mismo": "fraud_in_progress",
		"my SIM was swapped without my permission": "fraud_in_progress",

		"this is killing me": "", "my battery died": "", "there is a dead zone in my kitchen": "", "I'd kill for 5G": "", "my ex-contract is still billed": "",
		"my old phone is dying": "", "I'm dying to get 5G": "", "can I end it all, the contract I mean": "", "we are in danger of losing our number": "",
		"the bill is killing my budget": "", "my SIM swap is not finished": "", "how do I swap my SIM": "", "my partner is following the order online": "",
		"esto me está matando": "", "se me ha muerto la batería": "", "me muero de ganas de tener 5G": "", "zona muerta en casa": "", "mataría por tener fibra": "",
	} {
		r := fallback.Default().Route(fallback.RouteInput{Text: switchboard.Masked(text), Lang: "en"})
		if r.Urgency != want || (r.Reason == switchboard.ReasonUrgent) != (want != "") {
			t.Errorf("%q: %s/%s %q, want %q", text, r.Kind, r.Reason, r.Urgency, want)
		}
	}
}
