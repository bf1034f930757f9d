package guard_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/fallback/guard"
)

var swiss = switchboard.Passage{
	ID: "roaming-switzerland#0", DocumentID: "roaming-switzerland", Title: "Roaming in Switzerland", Lang: "en",
	URL: "https://help.vireo.example/roaming/roaming-switzerland",
	Text: "A daily pass for Switzerland costs €4.99 a day and includes 500 MB, 60 minutes and 60 texts. Text PASS to 1717, " +
		"or call +353 1 555 0117 from abroad, 08:00–22:00. You get 10% off until 31 March 2027. " +
		"Write to care@vireo.example.",
}

var plans = switchboard.Passage{
	ID: "plans#0", DocumentID: "plans", Title: "Pay-monthly plans", Lang: "en", URL: "https://help.vireo.example/plans",
	Text: `| Plan | Price a month | Data at home | Top speed (Mbps) |
|---|---|---|---|
| Vireo Lite | €11.99 | 5 GB | 100 |
| Vireo Plus | €17.99 | 30 GB | 1,000 |

Vireo refunds the price of unused days within 10 working days of approving a refund.`,
}

var spanish = switchboard.Passage{
	ID: "suiza#0", DocumentID: "suiza", Title: "Roaming en Suiza", Lang: "es", URL: "https://help.vireo.example/es/suiza",
	Text: "El pase diario para Suiza cuesta 4,99 € al día e incluye 500 MB. Los reembolsos tardan 10 días laborables.",
}

func draft() guard.Draft {
	return guard.Draft{
		Lang: "en", Question: "How much is roaming for 3 days with 2 phones and 7 euros?",
		Passages:     []switchboard.Passage{swiss, plans, spanish},
		Hosts:        []string{"help.vireo.example"},
		Instructions: "You are the assistant of Vireo. Answer only from the passages below and cite each sentence with its number in brackets.",
	}
}

func TestSentences(t *testing.T) {
	tests := []struct {
		sentence string
		guard    string // "" lets it out
	}{
		{"A daily pass for Switzerland costs €4.99 a day and includes 500 MB [1].", ""},
		{"A daily pass for Switzerland costs 4.99 euros per day and includes 500MB [1].", ""},
		{"A daily pass costs EUR 4,99 each day [1].", ""},
		{"The daily pass for Switzerland costs 4.99 € [1].", ""},
		{"A daily pass for Switzerland costs €4.99 a month [1].", "quantity"},
		{"A daily pass for Switzerland costs $4.99 a day [1].", "quantity"},
		{"A daily pass for Switzerland costs €5.99 a day [1].", "quantity"},
		{"A pass for Switzerland includes sixty minutes and 0.5 GB [1].", ""},
		{"A pass for Switzerland includes ninety minutes [1].", "quantity"},
		{"Vireo Plus costs €17.99 a month [2].", ""},
		{"Vireo Plus costs €17.99 a day [2].", "quantity"},
		{"Vireo Lite costs €17.99 a month [2].", "quantity"},
		{"Vireo Lite costs €17.99 a month.", "quantity"},
		{"The top speed of Vireo Plus is 1 Gbps [2].", ""},
		{"Vireo Plus costs €17.99 a month [1].", "quantity"},
		{"You get ten per cent off until 31/03/2027 [1].", ""},
		{"You get 10% off until 2027-03-31 [1].", ""},
		{"You get 10% off from 31 March 2027 [1].", "quantity"},
		{"A daily pass includes up to 500 MB [1].", ""},
		{"A daily pass for Switzerland does not include 500 MB [1].", "negation"},
		{"A daily pass for Zurich costs €4.99 a day [1].", "quantity"},
		{"Ein Tagespass für die Schweiz kostet 4,99 Euro pro Tag [1].", ""},
		{"Ein Tagespass für die Schweiz kostet 4,99 Euro im Monat [1].", "quantity"},
		{"You get 10 percent off until March 31, 2027 [1].", ""},
		{"You get 10 percent off until 30 March 2027 [1].", "quantity"},
		{"Call +353 1 555 0117 between 8 am and 10 pm [1].", ""},
		{"Call +353 1 555 0118 [1].", "quantity"},
		{"Call us until 11 pm [1].", "quantity"},
		{"Text PASS to 1718 [1].", "quantity"},
		{"Roaming for 3 days [1].", ""},
		{"That is 7 euros [1].", "quantity"},
		{"1. Text PASS to 1717 [1].", ""},
		{"**Step 2:** text PASS to 1717 [1].", ""},
		{"El pase diario para Suiza cuesta 4,99 euros al día [3].", ""},
		{"El pase diario para Suiza cuesta 4,99 euros al mes [3].", "quantity"},
		{"El pase diario para Suiza cuesta 5 euros al día [3].", "quantity"},
		{"Los reembolsos tardan diez días laborables [3].", ""},
		{"Los reembolsos tardan diez días [3].", "quantity"},

		{"See the roaming page [4].", "citation"},
		{"See the roaming page [0].", "citation"},

		{"See https://help.vireo.example/roaming/roaming-switzerland [1].", ""},
		{"See https://help.vireo.example/roaming/other [1].", "link"},
		{"See help.vireo.example.evil.example [1].", "link"},
		{"See http://evil.example/4.99 [1].", "link"},
		{"Write to care@vireo.example [1].", ""},
		{"Write to care@evil.example [1].", "link"},

		{"I have refunded your pass.", "commitment"},
		{"I've cancelled the contract for you.", "commitment"},
		{"We will call you back tomorrow.", "commitment"},
		{"I'll send an engineer.", "commitment"},
		{"Your account will be credited.", "commitment"},
		{"An adviser will contact you soon.", "commitment"},
		{"We're waiving the fee this time.", "commitment"},
		{"I am transferring you to a colleague.", "commitment"},
		{"You are entitled to a refund of the plan.", "commitment"},
		{"Te devolveremos el dinero.", "commitment"},
		{"He cancelado tu contrato.", "commitment"},
		{"Un agente te llamará mañana.", "commitment"},
		{"Un técnico le visitará.", "commitment"},
		{"Your credit is on its way.", "commitment"},
		{"Vireo refunds the price of unused days within 10 working days [2].", ""},
		{"I can't refund the pass for you.", ""},
		{"You can cancel the pass by text.", ""},
		{"If your order is cancelled, text PASS to 1717 [1].", ""},

		{"<b>Hello</b>", "markup"},
		{"![price](https://help.vireo.example/p.png)", "markup"},
		{"[click](https://help.vireo.example/plans)", "markup"},
		{"Open java\tscript:alert(1)", "markup"},
		{"data:text/html;base64,AAAA", "markup"},
		{"The pass is **daily** [1][2].", ""},

		{"Answer only from the passages below and cite each sentence with its number in brackets.", "leak"},

		{"Answer only from the passages below.", "leak"},
		{"sserddA ni rebmun sti htiw ecnetnes hcae etic dna woleb segassap eht morf ylno rewsnA", "leak"},
		{"A n s w e r o n l y f r o m t h e p a s s a g e s b e l o w", "leak"},
		{"QW5zd2VyIG9ubHkgZnJvbSB0aGUgcGFzc2FnZXMgYmVsb3cgYW5kIGNpdGUgZWFjaCBzZW50ZW5jZQ==", "leak"},
		{"Nafjre bayl sebz gur cnffntrf orybj naq pvgr rnpu fragrapr", "leak"},

		{"See https://help.vireо.example/plans [2].", "link"}, // a Cyrillic o
		{"See https://help.vireo.example@evil.example/plans [2].", "link"},
		{"See http://203.0.113.9/plans [2].", "link"},
		{"See //evil.example/x [2].", "link"},
		{"See evil.example [2].", "link"},
		{"See (evil.example),now [2].", "link"},
		{"See evil[.]example [2].", "link"},
		{"See ftp:evil.example [2].", "link"},
		{"Write to sms:+4412345 [2].", "link"},
		{"[plans]: https://help.vireo.example/plans", "markup"},
		{"See [plans][p] [2].", "markup"},
		{"<https://evil.example>", "markup"},
		{"Call tel:+35315550118 [1].", "link"},
		{"Write to mailto:help@evil.example [1].", "link"},

		{"Dear Ms Jones, the pass costs €4.99 a day [1].", "personal"},
		{"My colleague Sarah looks after passes.", "personal"},
		{"Hello there, the pass for Switzerland costs €4.99 a day [1].", ""},

		{"Das Tagespass für die Schweiz ist nicht in dem Tarif und kostet mehr.", "language"},
		{"El pase diario para Suiza incluye minutos y mensajes para los clientes.", "language"},

		{"The moon is made of green cheese and orbits Jupiter.", "grounded"},
		{"I'm sorry, I couldn't find anything about that in our help centre.", ""},
		{"Of course!", ""},
		{"Here is what our help centre says:", ""},
	}
	d := draft().Prepared()
	for _, tt := range tests {
		d.Sentence, d.Lang = tt.sentence, "en"
		if strings.Contains(tt.sentence, "[3]") {
			d.Lang = "es" // the passage's
		}
		if strings.HasPrefix(tt.sentence, "Ein ") {
			d.Lang = "de"
		}
		if v := guard.Check(d); v.Guard != tt.guard || v.OK != (tt.guard == "") {
			t.Errorf("%q: stopped by %q (%s), want %q", tt.sentence, v.Guard, v.Detail, tt.guard)
		}
	}
}

func TestAcknowledgementBacksAClaim(t *testing.T) {
	d := draft()
	d.Sentence = "I have passed your request to a colleague; your reference is H-7K3F-92QD."
	if v := guard.Check(d); v.Reason != switchboard.ReasonGuardCommitment {
		t.Errorf("without acknowledgement: %+v", v)
	}
	d.Acknowledged = []string{"handoff", "H-7K3F-92QD"}
	d.MinGrounded = -1
	if v := guard.Check(d); !v.OK {
		t.Errorf("with acknowledgement: %+v", v)
	}
	d.Sentence = "Your reference is H-7K3F-92QX."
	if v := guard.Check(d); v.Guard != "quantity" {
		t.Errorf("another reference: %+v", v)
	}
}

func TestBackingIsFoundWhereNothingIsCited(t *testing.T) {
	d := draft()
	d.Sentence = "Vireo Plus costs €17.99 a month."
	if v := guard.Check(d); !v.OK || len(v.Cites) != 1 || v.Cites[0] != 2 {
		t.Errorf("got %+v, want the plans cited", v)
	}
	d.Sentence = "A daily pass for Switzerland includes minutes and texts."
	if v := guard.Check(d); !v.OK || len(v.Cites) != 1 || v.Cites[0] != 1 {
		t.Errorf("got %+v, want Switzerland cited", v)
	}
}

func TestRowsOfOneTableDoNotBackEachOther(t *testing.T) {
	row := func(plan, price string) switchboard.Passage {
		return switchboard.Passage{DocumentID: "plans", Title: "Plans", Lang: "en", Text: "Plans — Plan: " + plan + "; Price a month: " + price + "; Minutes: unlimited."}
	}
	d := guard.Draft{Lang: "en", Passages: []switchboard.Passage{row("Vireo Lite", "€11.99"), row("Vireo Plus", "€17.99")}}
	for sentence, ok := range map[string]bool{
		"Vireo Lite costs €11.99 a month [1].": true,
		"Vireo Lite costs €17.99 a month [2].": false,
		"Vireo Lite costs €17.99 a month.":     false,
		"Vireo Lite costs €11.99 a day [1].":   false,
	} {
		d.Sentence = sentence
		if v := guard.Check(d); v.OK != ok {
			t.Errorf("%q: %+v, want OK %v", sentence, v, ok)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"€ 5", "+353 1", "[1-", "1.000.000,5 GB", "a@b", "<", "24/7", "3–6 months", "²½ ٣", "[[[[1]", "1" + strings.Repeat("0", 30)} {
		f.Add(s, "The price is €5 a month.")
	}
	f.Fuzz(func(t *testing.T, sentence, passage string) {
		d := draft()
		d.Passages[0].Text = passage
		d.Sentence = sentence
		v := guard.Check(d)
		if again := guard.Check(d); again.OK != v.OK || again.Guard != v.Guard || again.Detail != v.Detail {
			t.Errorf("not deterministic: %+v, %+v", v, again)
		}
		if v.OK != (v.Reason == "") || v.Grounded < 0 || v.Grounded > 1 {
			t.Errorf("%+v", v)
		}
		for _, n := range v.Cites {
			if v.OK && (n < 1 || n > len(d.Passages)) {
				t.Errorf("cites %d", n)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	d := draft()
	for len(d.Passages) < 8 {
		d.Passages = append(d.Passages, plans)
	}
	d.Sentence = "A daily pass for Switzerland costs €4.99 a day and includes 500 MB, 60 minutes and 60 texts [1]."
	d = d.Prepared()
	b.ReportAllocs()
	for b.Loop() {
		if v := guard.Check(d); !v.OK {
			b.Fatal(v)
		}
	}
}

func BenchmarkPrepare(b *testing.B) {
	d := draft()
	for len(d.Passages) < 8 {
		d.Passages = append(d.Passages, plans)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = d.Prepared()
	}
}
