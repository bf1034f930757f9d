package lint_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"switchboard/kb"
	"switchboard/kb/lint"
)

const fees = "| Fee | Amount |\n|---|---|\n| Late payment | €7.50 |\n| Paper bill | €1.99 |\n| New SIM | €4.99 |"

func swap(s, before, after string) string {
	if !strings.Contains(s, before) {
		panic("no " + before)
	}
	return strings.Replace(s, before, after, 1)
}

func pair(a, b string, set ...func(*kb.Document)) []kb.Document {
	return []kb.Document{doc("a", a, title("Fees")), doc("b", b, append([]func(*kb.Document){title("What we charge")}, set...)...)}
}

var contradictionCases = []ruleCase{
	{"contradiction", "a table's cell", pair(fees, swap(fees, "7.50", "5.00")), []string{"error a>b:3"}},
	{"contradiction", "a table and a sentence", pair(fees, "The late payment fee can be avoided. Late payment costs €5.00."), []string{"error a>b:3"}},
	{"contradiction", "two sentences", pair("The late payment fee is €7.50.", "We ask for a late payment fee of €5.00."), []string{"error a>b:1"}},
	{"contradiction", "a speed", pair("The top speed of Fibre Max is 500 Mbps.", "The top speed of Fibre Max is 1 Gbps."), []string{"error a>b:1"}},
	{"contradiction", "a percentage", pair("Loyal customers get a discount of 10% on every bill.", "Loyal customers get a discount of 15 percent on every bill."), nil},
	{"contradiction", "days", pair("Refunds to a card take 10 working days.", "Refunds to a card take 5 working days."), []string{"error a>b:1"}},
	{"contradiction", "a telephone number", pair("Call the fraud team on +353 1 555 0117 at once.", "Call the fraud team on +353 1 555 0118 at once."), []string{"error a>b:1"}},
	{"contradiction", "in Spanish", []kb.Document{doc("a", "El recargo por pago tardío es de €7,50.", lang("es"), title("Pagos")), doc("b", "El recargo por pago tardío es de €5,00.", lang("es"), title("Pagos atrasados"))}, []string{"error a>b:1"}},
	{"contradiction", "in one article", []kb.Document{doc("a", "The late payment fee is €7.50 here.\n\nBy the way:\n\nThe late payment fee is €5.00 here.")}, []string{"error a:1"}},

	{"contradiction", "one quantity in two units", pair("The repair of a phone takes 48 hours.", "The repair of a phone takes 2 days."), nil},
	{"contradiction", "one figure in two spellings", pair("The deposit for travellers is €1,000.", "The deposit for travellers is 1000.00 EUR."), nil},
	{"contradiction", "another month and another week", pair("The bus card for pupils costs €20 a month.", "The bus card for pupils costs €5 a week."), nil},
	{"contradiction", "other years", []kb.Document{doc("a", fees, title("Fees")), doc("b", swap(fees, "7.50", "5.00"), title("Fees 2025"))}, nil},
	{"contradiction", "not on one day", pair(fees, swap(fees, "7.50", "5.00"), from("2027-01-01"), supersedes("a")), nil},
	{"contradiction", "both in the past", []kb.Document{doc("a", fees, to("2026-01-01")), doc("b", swap(fees, "7.50", "5.00"), to("2026-01-01"))}, nil},
	{"contradiction", "for other people", pair(fees, swap(fees, "7.50", "5.00"), audience("business")), nil},
	{"contradiction", "on different things", []kb.Document{
		doc("a", "Ask for the Gold Card.\n\nThe annual fee is $95.", title("Gold Card")), doc("b", "Ask for the Silver Card.\n\nThe annual fee is $45.", title("Silver Card")),
	}, nil},
	{"contradiction", "on a condition", pair("Set-up of fibre costs €0 on a contract of two years.", "Set-up of fibre costs €49 on a rolling contract."), nil},
	{"contradiction", "tiers of one article", []kb.Document{doc("a", "- Tier 1\n- Notice period: 3 days\n- Tier 2\n- Notice period: 7 days")}, nil},
	{"contradiction", "other topics", []kb.Document{
		doc("a", "Parking at the hotel costs $50 per day.", title("Is there parking?"), topics("Hotel Adagio")), doc("b", "Parking at the hotel costs $55 per day.", title("Is there parking?"), topics("Hotel Union")),
	}, nil},
}

// The finding says both figures and where they stand.
func TestContradictionSaysBothFigures(t *testing.T) {
	found, err := lint.Check(context.Background(), pair(fees, "Late payment costs €5.00."), lint.Options{Today: today, Only: []string{"contradiction"}})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	for _, part := range []string{"€7.50", "€5.00", "line 1", "What we charge"} {
		if !strings.Contains(found[0].Text, part) {
			t.Errorf("%q does not say %q", found[0].Text, part)
		}
	}
}

var price = regexp.MustCompile(`€[0-9]+\.[0-9]{2}`)

// seed is a copy of an article in which one price is another.
type seed struct {
	copy          kb.Document
	before, after string
}

// seeds makes one of every nth price in the articles that are shown today.
func seeds(docs []kb.Document, nth int) []seed {
	var out []seed
	n := 0
	for _, d := range docs {
		if !d.ValidTo.IsZero() && d.ValidTo.Before(today) || d.ValidFrom.After(today) {
			continue
		}
		for _, at := range price.FindAllStringIndex(d.Body, -1) {
			if n++; n%nth != 0 {
				continue
			}
			s := seed{copy: d, before: d.Body[at[0]:at[1]]}
			v, err := strconv.ParseFloat(strings.TrimPrefix(s.before, "€"), 64)
			if err != nil {
				continue
			}
			s.after = fmt.Sprintf("€%.2f", v+1.50)
			s.copy.ID += "-copy"
			s.copy.Body = d.Body[:at[0]] + s.after + d.Body[at[1]:]
			out = append(out, s)
		}
	}
	return out
}

// A copy of an article with one other price is found nearly always, and nothing else is.
func TestSeededCopies(t *testing.T) {
	docs := demoArticles(t)
	all, hits := seeds(docs, 16), 0
	for _, s := range all {
		found, err := lint.Check(context.Background(), append(docs[:len(docs):len(docs)], s.copy), lint.Options{Today: today, Only: []string{"contradiction"}})
		if err != nil {
			t.Fatal(err)
		}
		hit := false
		for _, f := range found {
			hit = hit || strings.Contains(f.Text, s.before) && strings.Contains(f.Text, s.after)
			if !strings.Contains(f.Text, s.after) {
				t.Errorf("besides the seed: %+v", f)
			}
		}
		if hit {
			hits++
		}
	}
	const least, floor = 30, 0.95 // measured: 230 of 231
	if len(all) < least || float64(hits) < floor*float64(len(all)) {
		t.Errorf("%d of %d seeds are found, fewer than %.0f%%", hits, len(all), 100*floor)
	}
}

// One article is changed and another, which says the same in other words, is forgotten.
func TestForgottenArticles(t *testing.T) {
	docs := demoArticles(t)
	for _, tc := range []struct{ id, before, after, forgotten string }{
		{"exit-fees", "| Fibre 500 | €19.00 |", "| Fibre 500 | €21.00 |", "cancel-fibre"},
		{"fees-and-charges", "| Standard paper bill | €1.99 a month |", "| Standard paper bill | €2.49 a month |", "paper-bills"},
		{"fees-and-charges", "| Printed copy of an old bill | €2.50 |", "| Printed copy of an old bill | €3.00 |", "paper-bills"},
		{"fees-and-charges", "| Replacement plastic SIM | €4.99 |", "| Replacement plastic SIM | €5.99 |", "lost-or-stolen-phone"},
		{"mobile-plan-prices", "| Vireo Family (4 lines) | €57.99 |", "| Vireo Family (4 lines) | €59.99 |", "family-plan"},
		{"return-your-hub", "costs €60.00 for a Vireo Hub 5", "costs €65.00 for a Vireo Hub 5", "cancel-fibre"},
		{"roaming-rest-of-world", "| Brazil | €8.99 |", "| Brazil | €9.49 |", "roaming-prices-by-country"},
		{"roaming-prices-by-country", "| Switzerland | Zone 2 | €4.99 a day |", "| Switzerland | Zone 2 | €5.49 a day |", "roaming-switzerland"},
	} {
		t.Run(tc.id+" "+tc.after, func(t *testing.T) {
			changed := append(docs[:0:0], docs...)
			for i := range changed {
				if changed[i].ID == tc.id {
					changed[i].Body = swap(changed[i].Body, tc.before, tc.after)
				}
			}
			found, err := lint.Check(context.Background(), changed, lint.Options{Today: today, Only: []string{"contradiction"}})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Document == tc.id && f.Other == tc.forgotten || f.Document == tc.forgotten && f.Other == tc.id {
					return
				}
			}
			t.Errorf("not found; found %+v", found)
		})
	}
}
