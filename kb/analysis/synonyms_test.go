package analysis

import (
	"fmt"
	"strings"
	"testing"
)

func TestSynonyms(t *testing.T) {
	s, err := ParseSynonyms([]byte(strings.ReplaceAll(`# what we sell
		eSIM, e-sim, digital sim   # one thing
		[en]
		pay as you go, payg => prepaid, top-up plan
		bill,invoice
		the, a
		cancelled, cancels, terminate
		[ES]
		módem, router
		[*]
		mms, picture message
		[no]
		regning, faktura`, "\t", "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ lang, query, want string }{
		{"en", "my eSIM", "eSIM=e sim|digit sim"},
		{"en", "an e-sim card", "e-sim=esim|digit sim e-sim=e sim|digit sim"},
		{"en", "digital SIMs", "digital SIMs=esim|e sim"},
		{"en", "digital and SIM", ""},
		{"en", "pay as you go?", "pay as you go=prepaid|top up plan"},
		{"en", "pay and go", ""},
		{"en", "prepaid", ""},
		{"en", "bills and invoices", "bills=invoic invoices=bill"},
		{"en", "cancel", "cancel=termin"},
		{"en", "the", ""},
		{"en", "modem", ""},
		{"es", "Router", "Router=modem"},
		{"es", "bill mms", "mms=pictur message"},
		{"nb", "regninger", "regninger=faktur"},
		{"en", "20GB plan", "20GB=20 gb"},
		{"en", "1.5 GB, 100 Mbps", "1.5 GB=1.5gb 100 Mbps=100mbp"},
		{"en", "5G in 2025", ""},
		{"xx", "MMS", "MMS=picture message"},
	} {
		t.Run(tt.lang+" "+tt.query, func(t *testing.T) {
			if tt.lang == "es" {
				tt.want = strings.ReplaceAll(tt.want, "pictur message", textOf(For("es").Terms("picture message")))
			}
			terms := For(tt.lang).AppendAll(nil, tt.query)
			var got []string
			for _, m := range s.For(tt.lang).Match(terms) {
				var names []string
				for _, name := range m.Alternatives {
					names = append(names, strings.Join(name, " "))
				}
				end := terms[m.Start].End
				for _, t := range terms[m.Start:m.End] {
					end = max(end, t.End)
				}
				got = append(got, tt.query[terms[m.Start].Start:end]+"="+strings.Join(names, "|"))
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got %s, want %s", g, tt.want)
			}
		})
	}
}

func textOf(terms []Term) string {
	var all []string
	for _, t := range terms {
		all = append(all, t.Text)
	}
	return strings.Join(all, " ")
}

func TestParseSynonymsSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"alone", "a, b\n\nbill\n", `line 3: "bill" is alone`},
		{"empty entry", "a,,b", "line 1: an entry is empty"},
		{"nothing on the right", "a =>", "line 1: an entry is empty"},
		{"two arrows", "a => b => c", "line 1: more than one =>"},
		{"language", "[Spanish]", `line 1: "[Spanish]" is no language`},
		{"open bracket", "[es\na, b", `line 1: "[es" is no language`},
		{"many entries", strings.Repeat("a,", 40) + "a", "line 1: 41 entries are more than 32"},
		{"long entry", "a, " + strings.Repeat("b", 101), "has 101 bytes, more than 100"},
		{"not UTF-8", "a, \xff", "line 1: an entry is not UTF-8"},
		{"large", strings.Repeat("a, b\n", 1<<18), "are more than 1048576"},
		{"all at once", "x\ny\n", "line 2: "},
		{"not endless", strings.Repeat("x\n", 1000), "and maybe more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseSynonyms([]byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestBuiltinSynonyms(t *testing.T) {
	own, err := ParseSynonyms([]byte("[en]\nhub, magic box"))
	if err != nil {
		t.Fatal(err)
	}
	x := BuiltinSynonyms().And(own).For("en")
	got := fmt.Sprint(x.Match(For("en").AppendAll(nil, "reset my hub")))
	for _, want := range []string{"[router]", "[modem]", "[magic box]"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
	if m := (Synonyms{}).For("en").Match(For("en").AppendAll(nil, "reset my hub")); m != nil {
		t.Errorf("no synonyms match %v", m)
	}
}

// FuzzParseSynonyms wants what is read to match itself, within the terms.
func FuzzParseSynonyms(f *testing.F) {
	f.Add("eSIM, e-sim\n[en]\na-b c, x => y\n", "e-sim a-b c")
	f.Fuzz(func(t *testing.T, file, query string) {
		s, err := ParseSynonyms([]byte(file))
		if err != nil {
			return
		}
		terms := For("en").AppendAll(nil, query)
		for _, m := range s.For("en").Match(terms) {
			if m.Start < 0 || m.End <= m.Start || m.End > len(terms) || len(m.Alternatives) == 0 {
				t.Fatalf("%+v in %s", m, show(terms))
			}
			for _, name := range m.Alternatives {
				if len(name) == 0 {
					t.Fatalf("%+v has an empty name", m)
				}
			}
		}
	})
}
