package privacy

import "testing"

// TestCheckDigits: each function knows a valid number, and does not when any one of its digits is the next one.
func TestCheckDigits(t *testing.T) {
	for name, tt := range map[string]struct {
		valid string
		check func(string) bool
	}{
		"luhn": {"490154203237518", luhn}, "mod97": {"GB82WEST12345698765432", mod97}, "DNI": {"12345678Z", spanishID},
		"CPF": {"52998224725", cpf}, "PESEL": {"44051401359", pesel}, "NHS": {"9434765919", nhs}, "BSN": {"111222333", bsn},
		"Aadhaar": {"234123412346", verhoeff}, "codice fiscale": {"RSSMRA85T10A562S", codiceFiscale}, "NIR": {"255081416802538", nir},
		"Steuer-ID": {"86095742719", steuerID}, "AHV": {"7569217076985", ean13},
	} {
		if !tt.check(tt.valid) {
			t.Errorf("%s: %s is not known", name, tt.valid)
		}
		for i, c := range []byte(tt.valid) {
			if c < '0' || c > '9' {
				continue
			}
			altered := []byte(tt.valid)
			altered[i] = '0' + (c-'0'+1)%10
			if tt.check(string(altered)) {
				t.Errorf("%s: %s passes", name, altered)
			}
		}
	}
}
