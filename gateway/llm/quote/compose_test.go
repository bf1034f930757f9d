package quote

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"switchboard"
)

// passage is one of an article in English, unless id ends in "-es".
func passage(id, title, section string, score float64, lines ...string) switchboard.Passage {
	p := switchboard.Passage{DocumentID: id, Title: title, Lang: "en", Score: score, Text: strings.Join(lines, "\n")}
	if strings.HasSuffix(id, "-es") {
		p.Lang = "es"
	}
	if section != "" {
		p.Section = []string{section}
	}
	return p
}

const prices = "Roaming prices by country: Country table — "

var (
	roaming = []switchboard.Passage{
		passage("prices", "Roaming prices by country", "Country table", 5,
			prices+"Country: Switzerland; Zone: Zone 2; Daily pass: €4.99 a day; Data without pass, per MB: €0.20."),
		passage("prices", "Roaming prices by country", "Country table", 4.9,
			prices+"Country: United Kingdom (UK); Zone: Zone 2; Daily pass: €2.99 a day; Data without pass, per MB: €0.10."),
		passage("prices", "Roaming prices by country", "", 4.8,
			"This table shows the roaming price for every destination. A daily pass lasts 24 hours from first use. It starts by itself."),
		passage("cap", "Roaming data cap", "", 2,
			"Data stops when roaming charges reach €60.00 in one bill month. This protection is free."),
	}
	sim = []switchboard.Passage{
		passage("activate", "Activate a new SIM", "Activate a pay-monthly SIM", 4,
			"1. Find the 19-digit SIM number on the holder.", "2. Open the app over Wi-Fi and choose Activate SIM.", "3. Restart the phone."),
		passage("activate", "Activate a new SIM", "", 3.8, "A new SIM must be activated once. Activation takes up to 2 hours and is free."),
		passage("activate", "Activate a new SIM", "If the SIM does not work", 3.7,
			"Try these first:", "- Restart the phone.", "- Set the APN.", "Then call 1717."),
	}
	fees = []switchboard.Passage{
		passage("late", "Late payment fee", "", 4, "The late payment fee is €7.50. We charge it when a bill is still unpaid 10 days after its due date."),
		passage("fees", "All fees", "Fee table", 3.9, "All fees: Fee table — Fee: Late payment fee; Amount: €7.50 for each overdue bill."),
		passage("due", "Bill date", "", 2, "A bill is due 14 days after the bill date."),
	}
	spanish = []switchboard.Passage{
		passage("cancelar-es", "Cancelar un contrato", "Cómo cancelar", 3, "1. Abra la aplicación y elija Cancelar.", "2. Guarde el correo de confirmación."),
		passage("precios-es", "Precios de fibra", "", 2, "La fibra de 500 Mbps cuesta €37.99 al mes. El alta es gratis con un contrato de 24 meses."),
	}
)

func TestCompose(t *testing.T) {
	tests := []struct {
		name, question, lang string
		passages             []switchboard.Passage
		want                 string
	}{
		{"the row that is named", "How much is roaming in Switzerland?", "en", roaming,
			"Roaming prices by country: Switzerland – Zone 2; Daily pass: €4.99 a day; Data without pass, per MB: €0.20. [1]"},
		{"by a short name", "roaming uk price", "en", roaming,
			"Roaming prices by country: United Kingdom (UK) – Zone 2; Daily pass: €2.99 a day; Data without pass, per MB: €0.10. [2]"},
		{"rows that match alike", "Which countries are in zone 2?", "en", roaming,
			"Roaming prices by country: [1]\n- Switzerland – Zone 2; Daily pass: €4.99 a day; Data without pass, per MB: €0.20. [1]\n" +
				"- United Kingdom (UK) – Zone 2; Daily pass: €2.99 a day; Data without pass, per MB: €0.10. [2]"},
		{"a duration", "How long does a daily pass last?", "en", roaming, "A daily pass lasts 24 hours from first use. [3]"},
		{"steps stay together", "How do I activate my SIM?", "en", sim,
			"Activate a pay-monthly SIM: [1]\n1. Find the 19-digit SIM number on the holder. [1]\n" +
				"2. Open the app over Wi-Fi and choose Activate SIM. [1]\n3. Restart the phone. [1]\n\nA new SIM must be activated once. [2]"},
		{"a list with its own introduction", "My SIM does not work, what should I do about the APN?", "en", sim,
			"Try these first: [3]\n- Restart the phone. [3]\n- Set the APN. [3]"},
		{"a price, and what it is for", "How much is the late payment fee?", "en", fees[:1],
			"The late payment fee is €7.50. [1] We charge it when a bill is still unpaid 10 days after its due date. [1]"},
		{"a date rather than a price", "When is my bill due?", "en", fees, "A bill is due 14 days after the bill date. [3]"},
		{"Spanish steps", "¿Cómo cancelo mi contrato?", "es", spanish,
			"Cómo cancelar: [1]\n1. Abra la aplicación y elija Cancelar. [1]\n2. Guarde el correo de confirmación. [1]"},
		{"Spanish prices", "¿Cuánto cuesta la fibra?", "es", spanish, "La fibra de 500 Mbps cuesta €37.99 al mes. [2] El alta es gratis con un contrato de 24 meses. [2]"},
		{"another language's passages", "What does fibra 500 cost?", "en", spanish, "La fibra de 500 Mbps cuesta €37.99 al mes. [2] El alta es gratis con un contrato de 24 meses. [2]"},
		{"a question that says nothing", "and?", "en", fees[2:], "A bill is due 14 days after the bill date. [1]"},
		{"a passage without a stop", "hours", "en", []switchboard.Passage{passage("x", "", "", 0, "Open 24 hours")}, "Open 24 hours. [1]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(Compose(tt.question, tt.lang, tt.passages), ""); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestNamesThatNoRowHas(t *testing.T) {
	got := strings.Join(Compose("How much is roaming in Zanzibar?", "en", roaming), "")
	if strings.Contains(got, "Switzerland") || strings.Contains(got, "Kingdom") || got == "" {
		t.Errorf("%q", got)
	}
}

func TestNothingToSay(t *testing.T) {
	for _, passages := range [][]switchboard.Passage{nil, {{Text: " \n "}}} {
		if got := Compose("Why?", "en", passages); len(got) != 0 {
			t.Errorf("%q", got)
		}
	}
}

var marker = regexp.MustCompile(` \[(\d+)\]\s*$`)

// FuzzCompose: for any passage, what is said is the passage's own words, piece by piece, with a marker that exists.
func FuzzCompose(f *testing.F) {
	for _, all := range [][]switchboard.Passage{roaming, sim, fees, spanish} {
		for _, p := range all {
			f.Add("How much is it in Switzerland?", p.Text, "Steps")
		}
	}
	f.Add("¿Qué?", "1. a\n2. b:\n- c — d: e; f\n   9) x", "")
	f.Fuzz(func(t *testing.T, question, text, section string) {
		if !utf8.ValidString(text) || !utf8.ValidString(section) || !utf8.ValidString(question) {
			return
		}
		passages := []switchboard.Passage{
			{DocumentID: "a", Text: text, Section: []string{section}}, {DocumentID: "b", Title: section, Text: "It costs €5. " + text},
		}
		said := Compose(question, "en", passages)
		if len(said) == 0 {
			t.Fatal("nothing")
		}
		for _, piece := range said {
			m := marker.FindStringSubmatch(piece)
			if m == nil {
				t.Fatalf("no marker on %q", piece)
			}
			n, _ := strconv.Atoi(m[1])
			if n < 1 || n > len(passages) {
				t.Fatalf("marker of %q", piece)
			}
			for _, w := range wordsOf(strings.TrimSuffix(piece, m[0])) {
				p := passages[n-1]
				if !strings.Contains(p.Title+" "+strings.Join(p.Section, " ")+" "+p.Text, w.raw) {
					t.Fatalf("%q of %q is not in the passage", w.raw, piece)
				}
			}
		}
	})
}

func TestStem(t *testing.T) {
	same := [][]string{
		{"cancel", "cancelled", "cancelling", "cancels", "cancelo", "cancelar"}, {"activate", "activating", "activated"}, {"activar", "activo", "activa"},
		{"complaint", "complaints", "complain"}, {"country", "countries"}, {"price", "prices"}, {"pass", "passes"},
		{"factura", "facturas"}, {"router", "routers"}, {"fee", "fees"}, {"month", "months"}, {"move", "moving"},
	}
	for _, group := range same {
		for _, w := range group[1:] {
			if stem(w) != stem(group[0]) {
				t.Errorf("%s is %s, %s is %s", w, stem(w), group[0], stem(group[0]))
			}
		}
	}
	for _, pair := range [][2]string{{"internet", "international"}, {"text", "test"}, {"4.99", "4.98"}} {
		if stem(pair[0]) == stem(pair[1]) {
			t.Errorf("%s and %s are the same", pair[0], pair[1])
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	passages := append(append(append([]switchboard.Passage{}, roaming...), sim...), fees...)
	b.ReportAllocs()
	for b.Loop() {
		Compose("How much is roaming in Switzerland?", "en", passages)
	}
}
