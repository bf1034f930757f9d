package privacy

import (
	"regexp/syntax"
	"slices"
	"testing"
)

// texts are such as detectors find something in: each sign must let its pattern run.
var texts = []string{
	"mail maria@example.com, maria [at] example.com or maria (at) example.com",
	"iban GB82 WEST 1234 5698 7654 32, card 4111 1111 1111 1111, my account 12345", "call 0871234567 or (01) 555 0123",
	"dni 12345678Z, nie X1234567L, PPS 1234567FA, ssn 078-05-1120, NI AB 12 34 56 C", "203.0.113.9 and 2001:db8:0:1:1:1:1:1 and fe80:a:b:c:d:e:f:a",
	"my password is hunter2!", "PIN 4821", "paſſword: hunter2!", "my contraseña es raton-9", "CONTRASEÑA: raton-9", "my pass phrase is sun-shine",
	"el código de acceso es 9911", "one-time code: 443322", "my verification code is 8842", "porting code: AB123456",
	"customer VR-1234567 here", "imei no 490154203237518", "imsi 272011234567890", "sim card number: 8935301234567890120",
	"passport number X1234567", "driving licence: M7531160", "número de la SIM 8935301234567890120",
	"Dear Ms Byrne, hello", "estimado Pedro,", "Doña Elena Ruiz", "Tomas Okafor lives in Cork", "Ana Gil vive en Bilbao",
	"ask Maria de la Cruz about X-Maria O'Neill", "what name is it? Tom Byrne", "name: Tom Byrne", "under the name of Tom Byrne", "she calls me Tom Byrne",
	"signed: Tom Byrne", "join accounts with Tom Byrne", "my name is tom byrne", "I'm Tom", "this is Tom", "me llamo Ana", "soy Ana Gil",
	"Kind regards, Tom Byrne", "account holder: Tom Byrne", "spea\u212aing to Tom Byrne", "thanks\nTom Byrne\n12 Harbour Street\nTom Byrne",
	"I live at 12 Harbour Street", "vivo en Calle Mayor 5, 3º B", "PSC 1234, Box 77 APO AE 09012", "12 Karl Johans gate 41\nOslo 0154",
	"100 Oak Grove Apt. 12", "P.O. Box 123", "apartado de correos 12", "Eircode D02 X285", "SW1A 1AA", "c/ Mayor 5", "Pº Sagasta 3", "zip code: 90210",
	"my address is Rose Cottage 4", "apt 12B", "moving to 12 Elm", "Travesía Mayor 5",
}

func TestSignsHideNothing(t *testing.T) {
	for _, text := range texts {
		if len((&Masker{}).Find(text)) == 0 {
			t.Errorf("nothing is found in %q, so it tests nothing", text)
		}
		checkSigns(t, text)
	}
}

func FuzzSigns(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(checkSigns)
}

// checkSigns compares what each detector finds with what it would find if every pattern ran.
func checkSigns(t *testing.T, text string) {
	s, every := signsOf(text), signsOf(text)
	every.every = true
	for i, d := range append(slices.Clone(detectors), introduced...) {
		if got, want := d(s), d(every); !slices.Equal(got, want) {
			t.Errorf("detector %d finds %v in %q, want %v", i, got, text, want)
		}
	}
}

func TestNeedsDigit(t *testing.T) {
	for pattern, want := range map[string]bool{
		`VR-?[0-9]{7}`: true, `(?i)\b(acct)\s*([0-9]{3})+`: true, `a1|b2`: true, `\d`: true, `a|[0-9]`: false, `[0-9]*`: false, `[0-9]{0,3}x`: false,
		`[0-9a-f]+`: false, `abc`: false, ``: false,
	} {
		re, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := needsDigit(re); got != want {
			t.Errorf("needsDigit(%s) = %v, want %v", pattern, got, want)
		}
	}
}

// What most questions are, and what costs most.
func BenchmarkSigns(b *testing.B) {
	for _, bm := range []struct{ name, text string }{
		{"nothing", "How much is roaming in Switzerland?"},
		{"digits", "I have 3 lines with 20 GB, what does 5G cost?"},
		{"personal", "My name is Maria Lopez, mail maria@example.com or call +353 1 555 0117"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Default().Mask(bm.text)
			}
		})
	}
}
