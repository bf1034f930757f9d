package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"switchboard/kb"
	"switchboard/kb/demo"
)

// read reads files given as name, content, name, content ….
func read(t *testing.T, o Options, files ...string) ([]kb.Document, []Rejected) {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	result, err := Read(t.Context(), Source{FS: fsys}, o)
	if err != nil {
		t.Fatal(err)
	}
	return result.Documents, result.Rejected
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		want                []kb.Document
	}{
		{"front matter", "a/fees.md", "---\ntitle: \"Late: fees\"\nurl: https://help.example/fees\nlang: en-IE\naudience: Business\nowner: billing\n" +
			"valid_from: 2026-01-01\nvalid_to: 2026-12-31\nreview_by: 2026-06-01\nsupersedes: [fees-2025, fees-2024]\ntags: {a: [1]}\n---\n\nText.\n",
			[]kb.Document{{
				ID: "fees", Title: "Late: fees", URL: "https://help.example/fees", Lang: "en", Audience: "business", Owner: "billing",
				ValidFrom: day(2026, 1, 1), ValidTo: day(2026, 12, 31), ReviewBy: day(2026, 6, 1),
				Supersedes: []string{"fees-2024", "fees-2025"}, Body: "Text.",
			}}},
		{"byte order mark and Windows line ends", "fees.md", "\ufeff---\r\ntitle: Fees\r\nsupersedes: old\r\n---\r\nText.\r\n",
			[]kb.Document{{ID: "fees", Title: "Fees", Supersedes: []string{"old"}, Body: "Text."}}},
		{"title from the heading", "late-fees.md", "# What **late** fees cost\n\nText.",
			[]kb.Document{{ID: "late-fees", Title: "What late fees cost", Body: "# What **late** fees cost\n\nText."}}},
		{"title from the name", "late-fees.md", "Text.", []kb.Document{{ID: "late-fees", Title: "Late fees", Body: "Text."}}},
		{"a line of hyphens is no front matter", "a.md", "---\n\nText", []kb.Document{{ID: "a", Title: "A", Body: "---\n\nText"}}},
		{"text", "Opening Hours.txt", "When we are open\n\nMonday to Friday.",
			[]kb.Document{{ID: "opening-hours", Title: "When we are open", Body: "Monday to Friday."}}},
		{"questions and answers", "faq.csv", "question,answer,lang,id\nOpen?,\"Yes, \"\"always\"\".\",,q1\n¿Abierto?,Sí,es,q2\n",
			[]kb.Document{{ID: "q1", Title: "Open?", Body: `Yes, "always".`}, {ID: "q2", Title: "¿Abierto?", Lang: "es", Body: "Sí"}}},
		{"semicolons, a mark, spaces in names", "faq.csv", "\ufeffTitle;Text;Valid From\nFees;€5;2026-01-01\n",
			[]kb.Document{{ID: "faq-" + digest("Fees"), Title: "Fees", Body: "€5", ValidFrom: day(2026, 1, 1)}}},
		{"JSON rows", "docs.jsonl", `{"_id": "d1", "title": "Fees", "text": "€5", "entity": {"a": 1}}` + "\n\n" +
			`{"id": 7, "question": "Open?", "answer": "Yes.", "lang": null, "supersedes": ["d0"]}`,
			[]kb.Document{{ID: "d1", Title: "Fees", Body: "€5"}, {ID: "7", Title: "Open?", Body: "Yes.", Supersedes: []string{"d0"}}}},
		{"a row without a title", "docs.jsonl", `{"_id":"d1","text":"# Fees\n\n€5"}`, []kb.Document{{ID: "d1", Title: "Fees", Body: "# Fees\n\n€5"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, rejected := read(t, Options{}, c.file, c.content)
			if len(rejected) > 0 {
				t.Errorf("rejected %v", rejected)
			}
			if len(docs) != len(c.want) {
				t.Fatalf("got %d documents: %+v", len(docs), docs)
			}
			for i, want := range c.want {
				if want = want.Normalize(); fmt.Sprintf("%+v", docs[i]) != fmt.Sprintf("%+v", want) {
					t.Errorf("got  %+v\nwant %+v", docs[i], want)
				}
			}
		})
	}
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

func TestHTML(t *testing.T) {
	page := `<!doctype html><html lang="es-ES"><head><title>Roaming en Suiza | Ayuda | Vireo</title>
<link rel="canonical" href="https://help.example/suiza"><meta name="audience" content="business"><style>p{color:red}</style></head>
<body><nav><a href="/">Inicio</a></nav><header><h1>Roaming en Suiza</h1></header><main>
<header><nav>Volver</nav><h1>Roaming en Suiza</h1></header>
<h2>Precios</h2><p>Un pase <b>diario</b> cuesta <a href="/p">€4.99</a>.</p><ul><li>500 MB</li><li>60 minutos</li></ul>
<table><tr><th>País</th><th>Pase</th></tr><tr><td>Suiza</td><td>€4.99</td></tr></table>
<script>alert(1)</script><aside>Oferta</aside><form>Buscar</form></main><footer>Pie</footer></body></html>`
	docs, rejected := read(t, Options{}, "suiza.html", page)
	if len(docs) != 1 || len(rejected) != 0 {
		t.Fatalf("got %+v, %v", docs, rejected)
	}
	d := docs[0]
	if d.Title != "Roaming en Suiza" || d.Lang != "es" || d.URL != "https://help.example/suiza" || d.Audience != "business" {
		t.Errorf("got %+v", d)
	}
	for _, want := range []string{"## Precios", "Un pase **diario** cuesta [€4.99](/p).", "- 500 MB", "| Suiza | €4.99 |"} {
		if !strings.Contains(d.Body, want) {
			t.Errorf("no %q in\n%s", want, d.Body)
		}
	}
	for _, no := range []string{"Inicio", "Volver", "alert", "color", "Oferta", "Buscar", "Pie"} {
		if strings.Contains(d.Body, no) {
			t.Errorf("%q in\n%s", no, d.Body)
		}
	}
}

func TestRejected(t *testing.T) {
	fine := "fine.md"
	for _, c := range []struct {
		name, file, content string
		where, reason       string // of the one rejection
		documents           int    // besides
	}{
		{"invalid UTF-8", "a.md", "caf\xe9", "a.md", "UTF-8", 0},
		{"binary", "a.txt", "PK\x03\x04\x00\x00", "a.txt", "null byte", 0},
		{"empty", "a.md", " \n", "a.md", "no text", 0},
		{"front matter alone", "a.md", "---\ntitle: A\n---\n", "a.md", "no text", 0},
		{"front matter without an end", "a.md", "---\ntitle: A\n", "a.md", "does not end", 0},
		{"broken YAML", "a.md", "---\ntitle: [a\n---\nText", "a.md", "front matter", 0},
		{"a list as front matter", "a.md", "---\n- a\n---\nText", "a.md", "not a mapping", 0},
		{"a mapping as title", "a.md", "---\ntitle: {a: b}\n---\nText", "a.md", "line 2: title is not a single value", 0},
		{"a key twice", "a.md", "---\ntitle: a\ntitle: b\n---\nText", "a.md", "twice", 0},
		{"alias", "a.md", "---\nowner: &o x\ntitle: *o\n---\nText", "a.md", "alias", 0},
		{"date", "a.md", "---\nvalid_from: soon\n---\nText", "a.md", "valid_from: \"soon\" is no date", 0},
		{"dates the wrong way round", "a.md", "---\nvalid_from: 2026-02-01\nvalid_to: 2026-01-01\n---\nText", "a.md", "before valid_from", 0},
		{"language", "a.md", "---\nlang: English!\n---\nText", "a.md", "language tag", 0},
		{"address", "a.md", "---\nurl: 'javascript:alert(1)'\n---\nText", "a.md", "scheme", 0},
		{"the same id", "fine.txt", "Text", "fine.txt", `id "fine" is taken by fine.md`, 0},
		{"too large", "a.md", strings.Repeat("x", 3000), "a.md", "larger than 2000 bytes", 0},
		{"JSON row", "a.jsonl", "{\"_id\":\"x\",\"text\":\"x\"}\n{\"_id\":\n{\"_id\":\"y\",\"text\":\"y\"}", "a.jsonl:2", "no JSON object", 2},
		{"JSON row that is a list", "a.jsonl", "[]", "a.jsonl:1", "no JSON object", 0},
		{"JSON row without text", "a.jsonl", "{\"_id\":\"x\"}", "a.jsonl:1", "no text", 0},
		{"JSON value", "a.jsonl", `{"_id":["x"],"text":"x"}`, "a.jsonl:1", "_id is not a single value", 0},
		{"long JSON row", "a.jsonl", `{"text":"` + strings.Repeat("x", 600) + "\"}\n" + `{"text":"y"}`, "a.jsonl:1", "longer than 500 bytes", 1},
		{"JSON row twice", "a.jsonl", "{\"_id\":\"x\",\"text\":\"x\"}\n{\"_id\":\"x\",\"text\":\"y\"}", "a.jsonl:2", "taken by a.jsonl:1", 1},
		{"too many rows", "a.jsonl", strings.Repeat("{\"text\":\"x\"}\n", 0) + "{\"text\":\"1\"}\n{\"text\":\"2\"}\n{\"text\":\"3\"}\n{\"text\":\"4\"}\n", "a.jsonl", "more than 3 rows", 3},
		{"columns", "a.csv", "a,b\n1,2\n", "a.csv", "no column text", 0},
		{"empty table", "a.csv", "", "a.csv", "no row with the columns' names", 0},
		{"cells", "a.csv", "title,text\na,b\nc,d,e\n", "a.csv:3", "3 cells", 1},
		{"cell", "a.csv", "title,text\na,\xff\n", "a.csv:2", "UTF-8", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, rejected := read(t, Options{MaxFile: 2000, MaxRow: 500, MaxRows: 3}, fine, "Text", c.file, c.content)
			if len(docs) != c.documents+1 {
				t.Errorf("got %d documents: %+v", len(docs), docs)
			}
			if len(rejected) != 1 || rejected[0].Where() != c.where || !strings.Contains(rejected[0].Reason, c.reason) {
				t.Errorf("rejected %+v, want %s: %s", rejected, c.where, c.reason)
			}
		})
	}
}

func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("---\na0: &a0 [x]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	b.WriteString("title: T\n---\nText")
	docs, _ := read(t, Options{}, "a.md", b.String())
	if len(docs) != 1 || docs[0].Title != "T" {
		t.Errorf("got %+v", docs)
	}
}

func TestCircles(t *testing.T) {
	docs, rejected := read(t, Options{},
		"a.md", "---\nsupersedes: b\n---\nA", "b.md", "---\nsupersedes: c\n---\nB", "c.md", "---\nsupersedes: a\n---\nC", "d.md", "D")
	if len(docs) != 3 || len(rejected) != 1 || rejected[0].Source != "c.md" || !strings.Contains(rejected[0].Reason, "circle") {
		t.Errorf("got %d documents, %v", len(docs), rejected)
	}
}

func TestFolders(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Plans & Prices/Fibre.md":      "---\nsupersedes: fibre-2025\n---\nFibre.",
		"Plans & Prices/fibre-2025.md": "Old fibre.",
		"b.txt":                        "B.", "a.jsonl": `{"_id":"row","text":"Row."}`,
		".git/x.md": "hidden", "image.png": "\x89PNG",
	} {
		p := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	result, err := Read(t.Context(), Source{Paths: []string{dir, filepath.Join(dir, "image.png")}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	docs, rejected := result.Documents, result.Rejected
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	if got := strings.Join(ids, " "); got != "plans-prices-fibre plans-prices-fibre-2025 row b" {
		t.Errorf("ids %s", got)
	}
	if got := docs[0].Supersedes; len(got) != 1 || got[0] != "plans-prices-fibre-2025" {
		t.Errorf("supersedes %v: a file's name alone should do", got)
	}
	if len(rejected) != 1 || !strings.HasSuffix(rejected[0].Source, "image.png") {
		t.Errorf("rejected %v", rejected)
	}
	if _, err := Read(t.Context(), Source{Paths: []string{filepath.Join(dir, "none")}}, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, Source{Paths: []string{dir}}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestGuessLang(t *testing.T) {
	es := "El pase diario cuesta menos de cinco euros y empieza con el primer uso de datos fuera de la Unión Europea. " +
		"Puede comprarlo en la aplicación o enviar un mensaje de texto."
	en := "The daily pass costs less than five euros and starts with the first use of data outside of the European Union. " +
		"You can buy it in the app or send a text message."
	for _, c := range []struct{ text, want string }{
		{es, "es"}, {en, "en"}, {"Sí", "en"}, {"Hunan Home's Restaurant accepts Google Pay", "en"}, {strings.Repeat(es+" ", 100), "es"},
	} {
		if got := guessLang(c.text, "en"); got != c.want {
			t.Errorf("%.30q: %s, want %s", c.text, got, c.want)
		}
	}
}

// What little words say is right, and of languages that share some of them they say nothing.
func TestLittleWords(t *testing.T) {
	for want, text := range map[string]string{
		"en": "You can buy a day pass in the app or send a text message to us. It starts with the first use of data and you will see it on your bill.",
		"es": "Puede comprar un pase diario en la aplicación o enviar un mensaje. El pase empieza con el primer uso de los datos y está en la factura de su línea, como las llamadas.",
		"de": "Sie können den Tagespass in der App kaufen oder eine Nachricht senden. Der Pass beginnt mit der ersten Nutzung und wird auf die Rechnung gesetzt, wenn sie nicht im Voraus zahlen.",
		"fr": "Vous pouvez acheter le pass dans l'application ou envoyer un message. Il commence avec la première utilisation des données et il est sur votre facture pour les clients qui ne sont pas prépayés.",
		"it": "Puoi comprare il pass nella app o inviare un messaggio. Il pass comincia con il primo uso dei dati ed è nella fattura della linea, se non sono clienti con una carta.",
		"pt": "Você pode comprar o passe no aplicativo ou enviar uma mensagem. O passe começa com o primeiro uso dos dados e não está na fatura da linha, se você não tem uma conta.",
		"nl": "Je kunt de dagpas kopen in de app of een bericht sturen. De pas begint met het eerste gebruik van data en wordt op je rekening gezet, als je niet met een kaart betaalt.",
		"da": "Du kan købe et dagspas i appen eller sende en besked. Det begynder med den første brug af data, og det er på regningen, der kommer til dig fra os hver måned.",
		"sv": "Du kan köpa ett dagspass i appen eller skicka ett meddelande. Det börjar med den första användningen av data och det är på räkningen för den månaden.",
		"pl": "Możesz kupić pakiet dzienny w aplikacji lub wysłać wiadomość. To jest na rachunku, a pakiet zaczyna się z pierwszym użyciem danych i nie da się go zwrócić do nas.",
		"ro": "Puteți cumpăra un abonament de o zi în aplicație sau trimite un mesaj. Începe cu prima utilizare a datelor și este pe factura care vine la dumneavoastră.",
		"hu": "A napijegyet az alkalmazásban is meg lehet venni, vagy el lehet küldeni egy üzenetet. Az első adathasználattal kezdődik, és a számlán van, ha nem előre fizet.",
		"ca": "Podeu comprar un passi diari amb l'aplicació o enviar un missatge. Comença amb el primer ús de les dades i és a la factura que arriba cada mes per a tots els clients.",
	} {
		if got := byLittleWords(text); got != want && (got != "" || want == "en" || want == "de") {
			t.Errorf("%s: %q", want, got)
		}
	}
}

func TestDemoArticles(t *testing.T) {
	result, err := Read(t.Context(), Source{FS: demo.Articles}, Options{})
	if err != nil || len(result.Rejected)+len(result.Flagged) > 0 || len(result.Documents) < 80 {
		t.Errorf("%d documents, rejected %v, flagged %v, %v", len(result.Documents), result.Rejected, result.Flagged, err)
	}
	if err := kb.CheckAll(result.Documents); err != nil {
		t.Error(err)
	}
}
