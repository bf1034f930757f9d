package kb

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", path, got)
	}
}

func TestCutGolden(t *testing.T) {
	body, err := os.ReadFile("testdata/article.md")
	if err != nil {
		t.Fatal(err)
	}
	d := Document{ID: "roaming", Title: "Roaming prices by country", Body: string(body)}.Normalize()
	var b strings.Builder
	for _, c := range cutDocument(d) {
		fmt.Fprintf(&b, "%s %q %d-%d\n%s\n<<%s>>\n\n", c.ID, c.Section, c.Start, c.End, c.Text, d.Body[c.Start:c.End])
	}
	golden(t, "article.passages", b.String())
}

func TestCutRules(t *testing.T) {
	long := strings.Repeat("One two three four five six seven eight nine ten. ", 30)
	for _, c := range []struct {
		name, title, body string
		want              []string // texts
	}{
		{"title alone", "Are pets allowed?", "", []string{"Are pets allowed?"}},
		{"heading that repeats the title", "Fees", "# Fees\n\nNone.", []string{"None."}},
		{"headings without text", "", "# A\n\n## B", []string{"# A ## B"}},
		{"a full stop for every row", "Fees", "| What | Fee |\n|---|---|\n| Late | €5 |",
			[]string{"Fees — What: Late; Fee: €5."}},
		{"unnamed first column", "Hubs", "| | Hub 5 |\n|---|---|\n| Ports | 4 |", []string{"Hubs — Ports; Hub 5: 4."}},
		{"empty cells", "Fees", "| What | Fee |\n|---|---|\n| Late | |", []string{"Fees — What: Late."}},
		{"nested list", "", "1. Open\n   - Wi-Fi\n   - Roaming\n2. Close",
			[]string{"1. Open\n  - Wi-Fi\n  - Roaming\n2. Close"}},
		{"markup", "", "**Bold** _it_ `code` [link](https://a.example) ![alt](x.png) a \\* b &amp; c <b>d</b>",
			[]string{"Bold it code link alt a * b & c  d"}},
		{"hidden HTML", "", "<!-- secret -->\n\n<div>seen</div>", []string{"seen"}},
		{"code is kept", "", "```\nAT+CGDCONT=1\n```", []string{"AT+CGDCONT=1"}},
		{"sentences stay whole", "", long, []string{
			strings.TrimSpace(strings.Repeat("One two three four five six seven eight nine ten. ", 12)),
			strings.TrimSpace(strings.Repeat("One two three four five six seven eight nine ten. ", 12)),
			strings.TrimSpace(strings.Repeat("One two three four five six seven eight nine ten. ", 6)),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range cutDocument(Document{ID: "d", Title: c.title, Body: c.body}.Normalize()) {
				got = append(got, strings.ReplaceAll(p.Text, "c d", "c  d"))
			}
			if strings.Join(got, "\n--\n") != strings.Join(c.want, "\n--\n") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSentenceEnd(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"One. Two.", "One. "},
		{"Costs €4.99 a day. Then", "Costs €4.99 a day. "},
		{"See e.g. Zone 2. Then", "See e.g. Zone 2. "},
		{"J. Smith pays. Then", "J. Smith pays. "},
		{"Really?! Yes", "Really?! "},
		{"no end", "no end"},
		{"¿Cuánto? €5", "¿Cuánto? "},
	} {
		if got := c.in[:sentenceEnd(c.in)]; got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzCut checks what must hold for any body: at least one passage, valid text, offsets inside the body.
func FuzzCut(f *testing.F) {
	article, err := os.ReadFile("testdata/article.md")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(article), "", "# a\n|a|b|\n|-|-|\n|c|", "- \n  - x\n\n>> q", "<script>x", "a\\\nb  \nc", "&#0;&x;\\", "1) a"} {
		f.Add("T", s)
	}
	f.Fuzz(func(t *testing.T, title, body string) {
		d := Document{ID: "d", Title: title, Body: body}.Normalize()
		if d.Check() != nil {
			return
		}
		cuts := cutDocument(d)
		if len(cuts) == 0 {
			t.Fatal("no passage")
		}
		for _, c := range cuts {
			if c.Start < 0 || c.End < c.Start || c.End > len(d.Body) {
				t.Errorf("%s: %d-%d of %d", c.ID, c.Start, c.End, len(d.Body))
			}
			if !utf8.ValidString(c.Text) || strings.TrimSpace(c.Text) == "" {
				t.Errorf("%s: text %q", c.ID, c.Text)
			}
		}
	})
}

// TestOneParagraphIsReadAlike cuts texts of one line both ways.
func TestOneParagraphIsReadAlike(t *testing.T) {
	long := strings.Repeat("A sentence of some words that goes on, e.g. here. ", 40)
	for _, body := range []string{
		"Plain.", "Roaming costs €4.99 a day (Zone 2): #1 of 3.", "Is it? Yes! No.", "Ends with a mark #", long, strings.TrimSpace(long) + " Tail",
		"Text 1. with numbers 2) in it - and dashes + signs", "Überall = überall ===", "Don't \"quote\" 'me'",
	} {
		d := Document{ID: "d", Title: "T", Body: body}.Normalize()
		if !oneParagraph(d.Body) {
			t.Errorf("%.30q is not taken for one paragraph", body)
			continue
		}
		fast := cutDocument(d)
		d.Body += "\n" // which makes it go the long way, and changes nothing
		if slow := cutDocument(d); !reflect.DeepEqual(fast, slow) {
			t.Errorf("%.30q:\n%v\nnot\n%v", body, fast, slow)
		}
	}
}
