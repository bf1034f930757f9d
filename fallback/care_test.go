package fallback_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/fallback"
)

func TestAngerAndNeedAndWhatOnlySoundsSo(t *testing.T) {
	const angry, vulnerable = switchboard.ReasonAngry, switchboard.ReasonVulnerable
	for text, want := range map[string]switchboard.Reason{
		"This is ridiculous, why is my bill higher?": angry, "I'm absolutely furious about this charge": angry,
		"your bloody internet is down again": angry, "I am fed up of waiting for the engineer": angry,
		"estoy harto, no funciona la fibra": angry, "es una vergüenza, me habéis cobrado dos veces": angry,
		"my husband died, how do I cancel his line?": vulnerable, "I can't afford my bill this month": vulnerable,
		"I lost my job and cannot pay this month": vulnerable, "my mother has a fall alarm on this line": vulnerable,
		"my father has cancer, can we delay the payment": vulnerable, "mi marido ha fallecido, quiero dar de baja su línea": vulnerable,
		"no puedo pagar la factura este mes": vulnerable, "tengo teleasistencia en la línea fija": vulnerable,
		"this is ridiculous, my wife died and you still bill her": vulnerable,

		"this is killing me": "", "my battery died": "", "my router died": "", "there is a dead zone in my kitchen": "",
		"how do I cancel my late payment": "", "they are using my old number": "", "someone stole my phone last year": "",
		"only 112 works abroad, cannot call": "", "the network was hacked, is my data safe?": "",
		"I lost my phone at home": "", "can't pay by card, the page fails": "", "is the hub a good device": "",
		"I am done with the set-up, what next": "", "how do I set an alarm on my phone": "", "my home alarm uses the fibre line": "",
		"what is a fair use limit": "", "se me ha muerto la batería": "", "no puedo pagar con tarjeta": "", "¿cómo pongo la alarma del móvil?": "",
	} {
		r := fallback.Default().Route(fallback.RouteInput{Text: switchboard.Masked(text), Lang: "en"})
		if r.Care != want || r.Reason == switchboard.ReasonUrgent {
			t.Errorf("%q: care %q (%s/%s), want %q", text, r.Care, r.Kind, r.Reason, want)
		}
	}
}

func TestEveryDangerHasWordsOfItsOwn(t *testing.T) {
	p := fallback.Default()
	for kind, says := range map[string]string{"danger": "112", "emergency_call": "112", "self_harm": "116 123", "violence": "112", "fraud_in_progress": "+353 1 555 0117"} {
		en, es := p.UrgentReply(kind, "en"), p.UrgentReply(kind, "es")
		if !strings.Contains(en, says) || !strings.Contains(es, says) || en == es {
			t.Errorf("%s does not say %q in both languages: %q, %q", kind, says, en, es)
		}
		if p.UrgentReply(kind, "fi") != en {
			t.Errorf("%s: a language without words does not get the default one's", kind)
		}
	}
}
