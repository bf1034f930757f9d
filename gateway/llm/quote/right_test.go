package quote

import (
	"strings"
	"testing"

	"switchboard"
)

const plans = "Mobile plans: Prices — "

var (
	fibre = []switchboard.Passage{
		passage("leave", "Cancel fibre broadband", "What you pay", 4,
			"Cancel fibre broadband: What you pay — Plan: Fibre 500; Exit fee for each remaining month: €19.00."),
		passage("plans", "Fibre plans and prices", "Plans and prices", 3.9,
			"Fibre plans and prices — Plan: Fibre 500; Price a month: €37.99; Download: 500 Mbps."),
	}
	mobile = []switchboard.Passage{
		passage("eu", "Roaming in the EU", "Data in Zone 1", 4, "Roaming in the EU: Data in Zone 1 — Plan: Max; Data in Zone 1 each month: 40 GB."),
		passage("plans", "Mobile plans", "Prices", 3, plans+"Plan: Max; Price a month: €24.99; Data at home: 100 GB."),
	}
	pass = []switchboard.Passage{
		passage("turkey", "Roaming in Turkey", "Prices", 4, "Roaming in Turkey: Prices — Use: Data without a pass; Price: €0.90 per MB."),
		passage("turkey", "Roaming in Turkey", "", 3.8, "Turkey is in Zone 3. A daily pass costs €5.99 and includes 300 MB."),
	}
	visits = []switchboard.Passage{
		passage("visit", "Engineer appointments", "On the day", 5, "The engineer shows a photo card and asks for a visit code."),
		passage("visit", "Engineer appointments", "If somebody misses the visit", 4, "If the engineer does not come in the slot, Vireo credits €25.00."),
		passage("visit", "Engineer appointments", "Time slots", 3, "Engineer appointments: Time slots — Slot: Morning; Time: 08:00–12:00; Days: Monday to Saturday."),
		passage("visit", "Engineer appointments", "Time slots", 3, "Engineer appointments: Time slots — Slot: Evening; Time: 16:00–20:00; Days: Monday to Saturday."),
	}
	premium = []switchboard.Passage{
		passage("premium", "Premium numbers", "Block premium services", 4, "Text BAR PREMIUM to 1717 to block all premium calls. The bar works within 1 hour."),
		passage("premium", "Premium numbers", "Prices", 3.8, "Premium numbers: Prices — Number: 1550 numbers; Service: Premium calls; Price: €2.99."),
	}
	countries = []switchboard.Passage{
		passage("pase-es", "Roaming en Suiza, Turquía y otros países", "", 4, "El pase diario para Suiza cuesta €4.99 al día."),
		passage("pase-es", "Roaming en Suiza, Turquía y otros países", "Precios", 3,
			"Precios — País: Turquía; Pase diario: €5.99 al día; Incluye: 300 MB."),
	}
	codes = []switchboard.Passage{passage("codes", "Call forwarding", "Codes", 4,
		"Call forwarding: Codes — Function: Forward all calls; On: *21*number#; Off: #21#.",
		"Dial **61*171*11*30# to set the delay.")}
	replacement = []switchboard.Passage{
		passage("sim", "Replace a SIM", "Change", 4, "Changing from an eSIM to a plastic SIM costs €4.99."),
		passage("sim", "Replace a SIM", "", 3.8, "A replacement plastic SIM costs €4.99. A replacement eSIM costs €0.00."),
	}
)

// What a reply must say, and what it must not say, for it would be wrong.
func TestRightQuote(t *testing.T) {
	tests := []struct {
		question  string
		passages  []switchboard.Passage
		want, not string
	}{
		{"How much is Fibre 500?", fibre, "€37.99", "€19.00"},
		{"What is the exit fee of Fibre 500?", fibre, "€19.00", "€37.99"},
		{"How much data do I get with Max?", mobile, "100 GB", "40 GB"},
		{"How much data do I get with Max when roaming in the EU?", mobile, "40 GB", "100 GB"},
		{"How much is roaming in Turkey per day?", pass, "€5.99", "€0.90"},
		{"How much data is in the pass in Turkey?", pass, "300 MB", "€0.90"},
		{"What does data cost in Turkey without a pass?", pass, "€0.90", ""},
		{"The engineer did not show up. What do I get?", visits, "€25.00", ""},
		{"At what times do your engineers come?", visits, "08:00–12:00", "photo"},
		{"How can I block premium numbers?", premium, "BAR PREMIUM", "€2.99"},
		{"¿Cuánto cuesta el roaming en Turquía?", countries, "€5.99", "€4.99"},
		{"Which code forwards all my calls?", codes, "*21*number#", ""},
		{"What sets the delay of call forwarding, which code do I dial?", codes, "**61*171*11*30#", ""},
		{"What does a replacement plastic SIM cost? And for an eSIM?", replacement, "€0.00", ""},
	}
	for _, tt := range tests {
		t.Run(tt.question, func(t *testing.T) {
			got := strings.Join(Compose(tt.question, "", tt.passages), "")
			if !strings.Contains(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("want %q and not %q in %q", tt.want, tt.not, got)
			}
		})
	}
}
