package analysis

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// texts joins the terms of a text.
func texts(lang, text string) string {
	var all []string
	for _, t := range For(lang).Terms(text) {
		all = append(all, t.Text)
	}
	return strings.Join(all, " ")
}

func TestTerms(t *testing.T) {
	for _, tt := range []struct{ name, lang, text, want string }{
		{"nothing", "en", " ", ""},
		{"stop words, endings, possessives", "en", "The customer's bills are being cancelled", "custom bill cancel"},
		{"curly apostrophes are straight", "en", "don’t customer’s", "custom"},
		{"accents", "en", "Café in Zürich, résumé", "cafe zurich resum"},
		{"compounds", "en", "Wi-Fi, e-SIM, pre-paid 4-G", "wi fi wifi e sim esim pre pai 4 g"},
		{"numbers", "en", "5G €4.99 4,99 1.000,00 10GB 10 GB", "5g 4.99 4,99 1.000,00 10gb 10 gb"},
		{"codes", "en", "Dial *#06# or **61*171*11*30#", "dial 06 61 171 11 30"},
		{"soft hyphen, composed", "en", "rou\u00adter cafe\u0301", "router cafe"},
		{"Spanish accents", "es", "¿Cuánto cuesta la conexión? cuanto conexion", "cuant cuest conexion cuant conexion"},
		{"Spanish ñ", "es", "año ano", "año ano"},
		{"Spanish stop words", "es", "mas más también tambien", ""},
		{"French", "fr", "financière financiere l'été numéro d’appel", "financi financi numero apel"},
		{"French short words", "fr", "clé cle", "cle cle"},
		{"French œ", "fr", "sœur soeur", "soeu soeu"},
		{"Italian", "it", "città citta' perche dell’utente", "citta citta utent"},
		{"Portuguese", "pt", "promoções promocoes promoção promocao não nao", "promoca promoca promoca promoca"},
		{"Catalan", "ca", "l'excel·lència però", "excellencia"},
		{"German", "de", "Zuschläge Zuschlaege für fuer Straße Strasse Café", "zuschlag zuschlag strass strass caf"},
		{"Swedish", "sv", "får far", "får far"},
		{"Danish", "da", "første forste", "først forst"},
		{"Romanian", "ro", "plăți plăţi plati", "plat plat plat"},
		{"Russian", "ru", "счёт счет", "счет счет"},
		{"Turkish", "tr", "IŞIK ışık SIM sim İnternet internet", "ışık ışık sim sim internet internet"},
		{"Croatian takes the longest ending", "hr", "ljubavilan", "ljubaviln"},
		{"Arabic digits", "ar", "٥٠ 50", "50 50"},
		{"Persian joiner", "fa", "قبض\u200cها", "قبض"},
		{"Greek", "el", "ΧΡΈΩΣΗΣ χρέωσης χρεώσεις χρεωση Wi-Fi", "χρεωσ χρεωσ χρεωσ χρεωσ wi fi wifi"},
		{"Chinese", "zh", "国外漫游 5G", "国外 外漫 漫游 5g"},
		{"Japanese", "ja", "ﾃﾞｰﾀプラン", "デー ータ タプ プラ ラン"},
		{"Korean", "ko", "요금제를 변경", "요금 금제 제를 변경"},
		{"Thai", "th", "เปิดโรมมิ่งที่ ๕ ครับ eSIM", "เปิด ดโร โรม มมิ่ มิ่ง งที่ 5 esim"},
		{"Thai vowel am in two", "th", "น\u0e4d\u0e49า น้ำ", "น\u0e4d\u0e49า น้ำ"},
		{"Thai in English", "en", "the ซิม card", "ซิม card"},
		{"no rules", "xx", "The Grüße", "the grüße"},
		{"invalid", "en", "router\xffmodem \xe2", "router modem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := texts(tt.lang, tt.text); got != tt.want {
				t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestPositions(t *testing.T) {
	for _, tt := range []struct{ lang, text, want string }{
		{"en", "The Wi-Fi of the café", "wi@2[4:6] fi@3[7:9] wifi@3[4:9] cafe@6[17:22] "},
		{"zh", "国外漫 5G", "国外@1[0:6] 外漫@2[3:9] 5g@3[10:12] "},
		{"fa", "قبض\u200cها قبض", "قبض@1[0:6] قبض@3[14:20] "},
	} {
		if got := show(For(tt.lang).Terms(tt.text)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestFor(t *testing.T) {
	if For("en") != For("EN-gb") || For("nb") != For("no") || For("xx") != For("yy") || For("") != For("xx") {
		t.Error("one language has two analysers")
	}
	for lang := range analysers {
		a := For(lang)
		if terms := a.Terms("Router 5G"); len(terms) != 2 {
			t.Errorf("%s: %v", lang, terms)
		}
	}
}

func TestAsking(t *testing.T) {
	for lang, words := range map[string]string{
		"en": "much please hello could", "es": "cuánto cuanto puedo gracias", "de": "möchte wieviel bitte",
		"fr": "combien pourquoi bonjour", "it": "quanto posso grazie", "pt": "quanto posso obrigado",
		"nl": "hoeveel graag", "el": "πόσο ποσο μπορώ παρακαλώ", "th": "อย่างไร", "sv": "hej mycket", "da": "hvornår",
		"no": "hvordan", "xx": "",
	} {
		a := For(lang)
		for _, term := range a.Terms(words) {
			if !a.Asking(term.Text) {
				t.Errorf("%s: %s does not ask", lang, term.Text)
			}
		}
		if a.Asking("router") || a.Asking("") {
			t.Errorf("%s: a router asks", lang)
		}
	}
}

// TestMemoIsBounded has more words than fit, from several sides at once, and wants each to have its own term still.
func TestMemoIsBounded(t *testing.T) {
	a := newAnalyser("en")
	var wg sync.WaitGroup
	for side := range 2 {
		wg.Go(func() {
			for i := range memoSize {
				n := i + side*memoSize/2
				if got, want := a.Word(fmt.Sprintf("Word%dx", n)), fmt.Sprintf("word%dx", n); got != want {
					t.Errorf("got %s, want %s", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
	if len(a.memo.slots) != memoSize {
		t.Errorf("%d places", len(a.memo.slots))
	}
	long := strings.Repeat("é", 1<<20)
	if got := a.Terms(long); len(got) != 1 || len(got[0].Text) > longestWord || got[0].End != len(long) {
		t.Errorf("a word of a megabyte has terms of %d bytes", len(got[0].Text))
	}
}

// FuzzTerms wants terms in order and within the text, none empty, and the same ones from an analyser that has seen
// nothing.
func FuzzTerms(f *testing.F) {
	for _, lang := range []string{"en", "el", "th", "zh", "ko", "fr", "tr", "fa", "ar", "hi", "hu", "hr", "xx"} {
		f.Add(lang, "Wi-Fi's \xff 漢字カ ซิมเ เ ﾞ 한국 ΣΑΣ l'été İI e\u0301 \u200c नमस्ते")
	}
	f.Fuzz(func(t *testing.T, lang, text string) {
		got := For(lang).Terms(text)
		last := Term{Pos: 1}
		for _, term := range got {
			if term.Start < 0 || term.Start >= term.End || term.End > len(text) || term.End < last.End || term.Pos < last.Pos {
				t.Fatalf("%+v after %+v in %q", term, last, text)
			}
			if term.Text == "" || (utf8.ValidString(text) && !utf8.ValidString(term.Text)) {
				t.Fatalf("term %q of %q", term.Text, text)
			}
			last = term
		}
		if again := For(lang).Terms(text); show(again) != show(got) {
			t.Fatalf("%q: %s, then %s", text, show(got), show(again))
		}
	})
}

var dataFile = flag.String("data", "", "text file for the benchmarks; the demo articles where empty")

// passages cuts text into pieces of 120 words.
func passages(tb testing.TB) []string {
	text := strings.Join(articles()["en"], "\n")
	if *dataFile != "" {
		read, err := os.ReadFile(*dataFile)
		if err != nil {
			tb.Fatal(err)
		}
		text = string(read)
	}
	all := strings.Fields(text)
	var out []string
	for len(all) >= 120 {
		out = append(out, strings.Join(all[:120], " "))
		all = all[120:]
	}
	return out
}

// cpu is the time that the process has worked, which other processes do not lengthen.
func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTerms measures the analysis of passages of 120 words, ours and bleve's:
//
//	go test ./kb/analysis -run '^$' -bench Terms -benchmem [-data FILE]
func BenchmarkTerms(b *testing.B) {
	all := passages(b)
	begin := cpu(b)
	report := func(b *testing.B) {
		spent := cpu(b) - begin
		b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "cpu-ns/op")
		b.ReportMetric(120*float64(b.N)/spent.Seconds()/1e6, "Mwords/cpu-s")
	}
	b.Run("ours", func(b *testing.B) {
		a := For("en")
		var terms []Term
		i := 0
		begin = cpu(b)
		for b.Loop() {
			terms = a.AppendTerms(terms[:0], all[i%len(all)])
			i++
		}
		report(b)
	})
	b.Run("bleve", func(b *testing.B) {
		a := bleves(b, "en")
		i := 0
		begin = cpu(b)
		for b.Loop() {
			a.Analyze([]byte(all[i%len(all)]))
			i++
		}
		report(b)
	})
}

func TestIrregularFormsAreOneWord(t *testing.T) {
	a := For("en")
	for _, words := range [][]string{{"pay", "paid", "Payments"}, {"lose", "lost", "loss"}, {"buy", "bought"}, {"suspend", "suspension"}} {
		for _, w := range words {
			if got, want := a.Word(w), a.Word(words[0]); got != want {
				t.Errorf("%s is %q, %s is %q", w, got, words[0], want)
			}
		}
	}
	if got := For("de").Word("lost"); got == For("en").Word("lost") {
		t.Errorf("English forms in German: %q", got)
	}
}
