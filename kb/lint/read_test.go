package lint

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard/kb"
)

func TestFigures(t *testing.T) {
	for _, tc := range []struct{ text, lang, want string }{
		{"It costs €7.99 a month.", "en", "money € month 7.99"},
		{"Cuesta 7,99 € al mes.", "es", "money € month 7.99"},
		{"$1,250.50 per year, or 1.250,50 EUR", "en", "money $ year 1250.5; money €  1250.5"},
		{"€1.35 per GB", "en", "money € gb 1.35"},
		{"1.000 euros", "es", "money €  1000"},
		{"0.125%", "en", "percent %  0.125"},
		{"12,5 por ciento", "es", "percent %  12.5"},
		{"5GB, 500 MB and 1 TB", "en", "data MB  5000; data MB  500; data MB  1000000"},
		{"1 Gbps or 100 Mbit/s", "en", "speed Mbps  1000; speed Mbps  100"},
		{"24 hours, 2 weeks, 1 year", "en", "time second  86400; time second  1209600; time month  12"},
		{"10 working days; 10 días laborables", "es", "time working second  864000; time working second  864000"},
		{"08:00", "en", "clock   8:00"},
		{"+353 1 555 0117 or 0800-123-456", "en", "phone   +35315550117; phone   0800123456"},
		{"*100#", "en", "phone code  *100#"},
		{"Fibre 500", "en", "number   500"},
		{"a 30-day contract, 4G, the 2nd line", "en", ""},
	} {
		var got []string
		for _, f := range figures(tokens(tc.text), tc.lang) {
			got = append(got, f.kind+" "+f.unit+" "+f.per+" "+f.value)
		}
		if s := strings.Join(got, "; "); s != tc.want {
			t.Errorf("%s: %s, want %s", tc.text, s, tc.want)
		}
	}
}

func TestReadArticle(t *testing.T) {
	a := readArticle(0, kb.Document{Body: "Intro **bold** [text](x.md)\nmore &amp; more\n\nPrices\n------\n\n| A | B |\n|---|:-:|\n| *x* | 1\\|2 |\n\n1. one\n2. two\n   goes on\n\n> quoted\n\n```\n# code\n```\n### Low ###\n# Top\nend"})
	var got []string
	kinds := []string{"paragraph", "heading", "item", "row", "code"}
	for _, b := range a.blocks {
		got = append(got, kinds[b.kind]+" "+strings.Join(b.section, ">")+": "+b.text)
	}
	want := []string{
		"paragraph : Intro bold text more & more", "heading : Prices", "row Prices: *x* | 1|2", "item Prices: one", "item Prices: two goes on",
		"paragraph Prices: quoted", "code Prices: # code", "heading Prices: Low", "heading : Top", "paragraph Top: end",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n" + diff)
	}
}

// Texts that are made to be slow are not: what takes a second here would take minutes if time grew with the square.
func TestHostileText(t *testing.T) {
	for _, piece := range []string{"[", "](", "[[", "|", "> ", "**", "<a", "# ", "- ", "`", "&amp;", "€1 is ", "a 1 GB ", "1", "1 ", "+1", "@", "| 1 €\n|-|-|\n", "](http://", "\u200b", "é", "\xff"} {
		const size = 1 << 18
		body := strings.Repeat(piece, size/len(piece))
		began := time.Now()
		if _, err := Check(context.Background(), []kb.Document{{ID: "a", Title: "A", Body: body}, {ID: "b", Title: "A", Body: body + "1"}}, Options{}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("a quarter of a megabyte of %q took %s", piece, took)
		} else {
			t.Log(piece, took)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("# Prices\n\n| Plan | Month |\n|---|---|\n| Lite | €7.99 |\n\nThe late fee is €7.50. See [more](b.md#x).")
	f.Add("| |\n|-|\n|||\n1) x\n```\n")
	f.Add("**61*171*11*30# +1 2 3 0800 €")
	f.Fuzz(func(t *testing.T, body string) {
		docs := []kb.Document{{ID: "a", Title: "A", Lang: "en", Body: body}, {ID: "b", Title: "B", Lang: "es", Body: body + " 1"}}
		found, err := Check(context.Background(), docs, Options{Today: time.Unix(0, 0), LongPassage: 5, Hosts: []string{"h.example"}})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Check(context.Background(), docs, Options{Today: time.Unix(0, 0), LongPassage: 5, Hosts: []string{"h.example"}})
		if err != nil || !cmp.Equal(found, again) {
			t.Error("the same documents give other findings")
		}
		lines := 1 + strings.Count(body, "\n")
		for _, x := range found {
			if x.Line < 0 || x.Line > lines+1 {
				t.Errorf("line %d of %d: %+v", x.Line, lines, x)
			}
		}
	})
}
