package altered_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"switchboard/evals/altered"
	"switchboard/fallback/guard"
	"switchboard/kb"
)

// told are answers as a person or a model would give them, each true of the demo articles.
var told = []struct{ question, answer, lang string }{
	{"How much is Vireo Plus?", "The Vireo Plus plan is €17.99 per month and comes with 30 GB of data.", "en"},
	{"How much is Vireo Plus?", "You would pay 17.99 euros every month for Vireo Plus.", "en"},
	{"What does Vireo Lite include?", "With Vireo Lite you get 5 GB of data at home plus unlimited calls and texts for €11.99 monthly.", "en"},
	{"How long do refunds take?", "Once a refund has been approved, it is paid within ten working days.", "en"},
	{"What is the late payment fee?", "If you pay your bill late, you may have to pay a late payment fee of €7.50.", "en"},
	{"How much is a day pass in Switzerland?", "In Switzerland, a daily pass costs €4.99 and gives you 500 MB, 60 minutes and 60 texts.", "en"},
	{"How much is a day pass in Turkey?", "A day pass for Turkey is €5.99 a day.", "en"},
	{"Is there an exit fee for prepaid?", "No, there is no exit fee with Vireo Go because there is no contract.", "en"},
	{"How much is Fibre 500?", "Fibre 500 costs €37.99 a month, with download speeds of up to 500 Mbps and uploads of up to 100 Mbps.", "en"},
	{"How do I factory reset the Hub 5?", "To reset a Hub 5 to its factory settings, press the pinhole on the back for 10 seconds.", "en"},
	{"Which number do I text to stop the pass?", "Just text PASS OFF to 1717 and the automatic pass is switched off.", "en"},
	{"What is the notice period?", "You need to give 30 days' notice if you want to cancel a pay-monthly plan.", "en"},
	{"What is the paper bill fee?", "A paper bill costs €1.99 a month.", "en"},
	{"How much is a replacement SIM?", "A replacement SIM costs €4.99, while an eSIM is free.", "en"},
	{"How fast is Vireo Max?", "Vireo Max has a top speed of 500 Mbps.", "en"},
	{"What is the roaming data cap?", "Roaming data is capped at €60 a month, and you get a warning at €48.", "en"},
	{"What do I pay if the hub is not returned?", "If you don't return a Hub 5, you will be charged €60.00; for a Hub 6 it is €110.00.", "en"},
	{"How much does Go 10 cost?", "Go 10 costs €9.99 for 28 days and includes 10 GB.", "en"},
	{"¿Cuánto cuesta el pase diario en Suiza?", "El pase diario en Suiza cuesta 4,99 € al día.", "es"},
	{"What are the support hours?", "You can call 1717 between 8 am and 10 pm, seven days a week.", "en"},
	{"How much is Vireo Max?", "Vireo Max is priced at 24.99 euros a month and gives you 100 GB at home.", "en"},
	{"How much is Vireo Max?", "For €24.99 monthly, Vireo Max gives you 100 GB of data.", "en"},
	{"How much roaming data does Vireo Max have in Zone 1?", "In Zone 1 you can use up to 40 GB of your Vireo Max data.", "en"},
	{"How much is Vireo Talk?", "The cheapest plan is Vireo Talk, at €7.99 a month with 1 GB and 300 minutes.", "en"},
	{"What does Vireo Unlimited cost?", "Vireo Unlimited is €31.99 each month.", "en"},
	{"How much is an extra Family line?", "Each extra line on Vireo Family adds €8.99 to your monthly bill, up to a total of six lines.", "en"},
	{"What is the late fee?", "A late payment fee of 7.50 euros may be charged.", "en"},
	{"When is my bill due?", "Your bill has to be paid within 14 days of the bill date.", "en"},
	{"When are calls barred if I do not pay?", "If you still haven't paid on day 21, outgoing calls, texts and data are barred.", "en"},
	{"How long is the cooling-off period?", "You have 14 days to change your mind and cancel.", "en"},
	{"How much is a 7-day pass for Zone 3?", "A seven-day pass for Zone 3 is €34.99.", "en"},
	{"What does a 7-day pass in Zone 2 cost?", "The 7-day pass costs €19.99 in Zone 2.", "en"},
	{"What is the UK day pass?", "For the United Kingdom, you pay €2.99 for a day pass.", "en"},
	{"How much is the day pass in the USA?", "In the USA the daily pass is €6.99.", "en"},
	{"How do I turn off the automatic pass?", "Send PASS OFF by text to 1717 if you don't want the automatic pass.", "en"},
	{"How do I restart my hub?", "Unplug the hub, wait thirty seconds and plug it in again.", "en"},
	{"How do I reset the Hub 6?", "On a Hub 6, hold WPS and Power together for 15 seconds.", "en"},
	{"How much is Fibre 150?", "Fibre 150 is €29.99 per month with speeds of up to 150 Mbps.", "en"},
	{"What is the guaranteed minimum speed of Fibre 500?", "With Fibre 500 the guaranteed minimum is 350 Mbps.", "en"},
	{"How much is fibre set-up on a 12-month contract?", "Set-up costs €49 on a 12-month contract, but nothing on a 24-month one.", "en"},
	{"How long do I have to return the hub?", "You have 28 days to send the hub back.", "en"},
	{"How long is the warranty?", "Phones come with a 24-month warranty, which covers the battery too.", "en"},
	{"How much compensation do I get for a fibre fault?", "After two full days without service, you are credited €8.00 for every further day.", "en"},
	{"When is the Harbour Street store open on Sunday?", "On Sundays, the Harbour Street shop opens at noon and closes at 5 pm.", "en"},
	{"Is the Northgate store open on Sunday?", "No, the Northgate store is closed on Sundays.", "en"},
	{"How long does it take to keep my number when I move to Vireo?", "Bringing your number to Vireo takes one working day if you order before 5 pm.", "en"},
	{"How do I get a port code?", "To get your code, text PORT to 1717; it stays valid for 30 days.", "en"},
	{"What does a screen repair cost out of warranty?", "A battery replacement out of warranty is €59.00.", "en"},
	{"How long do complaints take?", "We acknowledge a complaint within 2 working days and answer it within 10 working days.", "en"},
	{"How much can I top up?", "You can top up between €5 and €100.", "en"},
	{"How long is Vireo Go credit valid?", "Credit on Vireo Go lasts for 12 months after your last top-up.", "en"},
	{"What is the paper bill fee?", "Getting your bill on paper is €1.99 per month.", "en"},
	{"What can I do about premium calls?", "Text BAR PREMIUM to 1717 to block premium numbers.", "en"},
	{"How long do you keep call recordings?", "Call recordings are deleted after six months.", "en"},
	{"¿Cuánto cuesta Vireo Plus?", "La tarifa Vireo Plus incluye 30 GB y cuesta 17,99 euros al mes.", "es"},
	{"¿Cuánto cuesta Vireo Plus?", "Con Vireo Plus pagas 17,99 € mensuales y tienes 30 GB.", "es"},
	{"¿Cuánto cuesta Vireo Max?", "Vireo Max cuesta 24,99 € al mes e incluye 100 GB.", "es"},
	{"¿Cuánto cuesta el pase diario en Turquía?", "En Turquía, el pase diario es de 5,99 euros.", "es"},
	{"¿Cuánto cuesta una SIM de sustitución?", "Una SIM nueva cuesta 4,99 €.", "es"},
	{"¿Cuál es el horario de atención al cliente?", "Puedes llamar al 1717 de 8:00 a 22:00 todos los días.", "es"},
	{"¿Cómo reinicio el Hub 5?", "Desenchufa el Hub 5 durante treinta segundos y vuelve a enchufarlo.", "es"},
	{"¿Cuánto cuesta Go 10?", "Go 10 vale 9,99 € y dura 28 días, con 10 GB de datos.", "es"},
	{"¿Cuánto cuesta pagar tarde la factura?", "El cargo por pago atrasado es de 7,50 €.", "es"},
	{"How much is the moving fee?", "Moving your fibre line costs €29, but it's free if you take a new 24-month contract.", "en"},
}

// What is true is not stopped because it is told in other words.
func TestTrueAnswersInOtherWordsPass(t *testing.T) {
	ctx := context.Background()
	snap := demo(t)
	for _, tt := range told {
		found, err := snap.Search(ctx, kb.Query{Text: tt.question, K: 8, Lang: tt.lang})
		if err != nil {
			t.Fatal(err)
		}
		v := guard.Check(guard.Draft{Sentence: tt.answer, Question: tt.question, Lang: tt.lang, Passages: found})
		if !v.OK {
			t.Errorf("%q: stopped by %s: %s", tt.answer, v.Guard, v.Detail)
			for i, p := range found[:3] {
				t.Logf("  [%d] %s: %.160s", i+1, p.Title, p.Text)
			}
		}
	}
}

// What is told in other words and altered besides is harder to tell: nothing of it is repeated, and no passage is cited.
func TestAlteredAnswersInOtherWordsAreStopped(t *testing.T) {
	ctx := context.Background()
	snap := demo(t)
	rng := rand.New(rand.NewPCG(3, 1))
	tried, stopped := 0, 0
	for _, tt := range told {
		found, err := snap.Search(ctx, kb.Query{Text: tt.question, K: 8, Lang: tt.lang})
		if err != nil {
			t.Fatal(err)
		}
		d := guard.Draft{Question: tt.question, Lang: tt.lang, Passages: found}.Prepared()
		for _, d.Sentence = range altered.Alter(tt.answer, tt.lang, found, rng) {
			tried++
			if v := guard.Check(d); !v.OK {
				stopped++
			}
		}
	}
	t.Logf("%d of %d are stopped", stopped, tried)
	if tried < 900 || float64(stopped) < 0.95*float64(tried) {
		t.Errorf("%d of %d are stopped", stopped, tried)
	}
}
