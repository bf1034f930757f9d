package altered_test

import (
	"context"
	"testing"

	"switchboard/fallback/guard"
	"switchboard/kb"
	"switchboard/kb/library"
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
	{"How much is the moving fee?", "Moving your fibre line costs €29, but it's free if you take a new 24-month contract.", "en"},
}

// What is true is not stopped because it is told in other words.
func TestTrueAnswersInOtherWordsPass(t *testing.T) {
	ctx := context.Background()
	docs, err := library.DemoArticles(ctx)
	if err != nil {
		t.Fatal(err)
	}
	store, err := kb.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Build(ctx, docs)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := store.Open(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
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
