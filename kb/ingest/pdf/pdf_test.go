package pdf

import (
	"bytes"
	"encoding/ascii85"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func read(t *testing.T, b []byte) Document {
	t.Helper()
	d, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func one(drawing string) []byte {
	w := newWriter()
	w.page(drawing)
	return w.bytes()
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		name    string
		drawing string
		want    string
	}{
		{"lines make a paragraph", draw(text{"F1", 10, 72, 700, "A daily pass costs less than five euros and starts with"},
			text{"F1", 10, 72, 688, "the first use of data outside of the Union."}),
			"A daily pass costs less than five euros and starts with the first use of data outside of the Union."},
		{"a wide gap is an empty line", draw(text{"F1", 10, 72, 700, "First paragraph, which is a whole sentence."}, text{"F1", 10, 72, 670, "Second."}),
			"First paragraph, which is a whole sentence.\n\nSecond."},
		{"a broken word is mended", draw(text{"F1", 10, 72, 700, "The price of the roam-"}, text{"F1", 10, 72, 688, "ing pass is fixed."}),
			"The price of the roaming pass is fixed."},
		{"a word that has its hyphen elsewhere keeps it",
			draw(text{"F1", 10, 72, 712, "A pre-paid card is one for which you pay before use."}, text{"F1", 10, 72, 700, "Whoever has a pre-"}, text{"F1", 10, 72, 688, "paid card has no bill."}),
			"A pre-paid card is one for which you pay before use. Whoever has a pre-paid card has no bill."},
		{"headings by size and weight", draw(text{"F1", 20, 72, 760, "Roaming"}, text{"F1", 14, 72, 730, "Prices"}, text{"F1", 10, 72, 710, "Text that is set in the usual size, and is the most."},
			text{"F2", 10, 72, 680, "Refunds"}, text{"F1", 10, 72, 668, "Passes that have begun are not refunded to anybody."}),
			"# Roaming\n\n## Prices\n\nText that is set in the usual size, and is the most.\n\n### Refunds\n\nPasses that have begun are not refunded to anybody."},
		{"lists", draw(text{"F1", 10, 72, 700, "\x95 Open the app and choose"}, text{"F1", 10, 82, 688, "the country."}, text{"F1", 10, 72, 676, "\x95 Confirm."}, text{"F1", 10, 72, 650, "1. One"}, text{"F1", 10, 72, 638, "2. Two"}),
			"- Open the app and choose the country.\n- Confirm.\n1. One\n2. Two"},
		{"a bullet that stands apart", draw(text{"F1", 10, 72, 700, "\x95"}, text{"F1", 10, 100, 700, "Confirm."}), "- Confirm."},
		{"a table", draw(text{"F2", 10, 72, 700, "Country"}, text{"F2", 10, 200, 700, "Pass"}, text{"F1", 10, 72, 686, "Switzerland"}, text{"F1", 10, 200, 686, "\x80 4.99"},
			text{"F1", 10, 72, 672, "Norway"}, text{"F1", 10, 200, 672, "free | none"}),
			"| Country | Pass |\n| --- | --- |\n| Switzerland | € 4.99 |\n| Norway | free \\| none |"},
		{"columns in the order in which they were drawn", draw(text{"F1", 10, 72, 700, "left one goes"}, text{"F1", 10, 72, 688, "on here."}, text{"F1", 10, 320, 700, "Right one goes"}, text{"F1", 10, 320, 688, "on there."}),
			"left one goes on here.\n\nRight one goes on there."},
		{"words that are placed one by one", "BT /F1 10 Tf 72 700 Td (Two) Tj 25 0 Td (words) Tj ET", "Two words"},
		{"kerning does not part words", "BT /F1 10 Tf 72 700 Td [(W) 80 (ord) -300 (next)] TJ ET", "Word next"},
		{"a line of dots in a table of contents", draw(text{"F1", 10, 72, 700, "Prices . . . . . . . . . . . . 7"}, text{"F1", 10, 72, 670, "Text."}), "Text."},
		{"what looks like a heading in Markdown", draw(text{"F1", 10, 72, 700, "# 5"}), `\# 5`},
		{"escapes in strings", `BT /F1 10 Tf 72 700 Td (a\(b\)\\ \101\
c) Tj ET`, `a(b)\ Ac`},
		{"hexadecimal strings", "BT /F1 10 Tf 72 700 Td <48 656C6C6F> Tj ET", "Hello"},
		{"lines by leading", "BT /F1 10 Tf 12 TL 72 700 Td (This goes) Tj T* (on and) Tj (on.) ' ET", "This goes on and on."},
		{"text that is turned with its page", "BT /F1 10 Tf 0 1 -1 0 300 100 Tm (upright after a turn) Tj ET", "upright after a turn"},
		{"a mark across the page is dropped", "BT /F1 10 Tf 72 700 Td (Text) Tj ET BT /F1 60 Tf 0.7 0.7 -0.7 0.7 100 100 Tm (DRAFT) Tj ET", "Text"},
		{"artifacts are dropped", "/Artifact << /Type /Pagination >> BDC BT /F1 10 Tf 72 800 Td (Header) Tj ET EMC BT /F1 10 Tf 72 700 Td (Text) Tj ET", "Text"},
		{"a picture in the drawing", "BI /W 1 /H 1 ID \x00(EI) garbage\x01 EI BT /F1 10 Tf 72 700 Td (Text) Tj ET", "Text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, one(c.drawing)).Text; got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestHidden(t *testing.T) {
	const plain = "BT /F1 10 Tf 72 700 Td (Text) Tj ET "
	for _, c := range []struct{ name, drawing, text, hidden string }{
		{"white", plain + "1 g BT /F1 10 Tf 72 680 Td (covert) Tj ET", "Text", "covert"},
		{"white in red, green, blue", plain + "1 1 1 rg BT /F1 10 Tf 72 680 Td (covert) Tj ET", "Text", "covert"},
		{"white on a colour", plain + "0 0 1 rg 0 670 595 30 re f 1 g BT /F1 10 Tf 72 680 Td (seen) Tj ET", "Text\n\nseen", ""},
		{"tiny", plain + "BT /F1 0.5 Tf 72 680 Td (covert) Tj ET", "Text", "covert"},
		{"off the page", plain + "BT /F1 10 Tf -900 680 Td (covert) Tj ET", "Text", "covert"},
		{"not drawn", plain + "BT /F1 10 Tf 3 Tr 72 680 Td (covert) Tj ET", "Text", "covert"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := read(t, one(c.drawing)); d.Text != c.text || d.Hidden != c.hidden {
				t.Errorf("got %q, hidden %q", d.Text, d.Hidden)
			}
		})
	}
}

// What a machine read in a scan lies unseen over the picture of the page.
func TestScan(t *testing.T) {
	w := newWriter()
	picture := w.stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", "\x00")
	contents := w.stream("", "q 595 0 0 842 0 0 cm /Im Do Q BT /F1 10 Tf 3 Tr 72 700 Td (Read by a machine) Tj ET")
	w.pageOf(contents, fmt.Sprintf("/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> /XObject << /Im %d 0 R >> >>", picture))
	if d := read(t, w.bytes()); d.Text != "Read by a machine" || d.Hidden != "" {
		t.Errorf("got %+v", d)
	}
}

func TestFurniture(t *testing.T) {
	w := newWriter()
	for i := range 4 {
		w.page(draw(text{"F1", 8, 72, 810, "Vireo customer handbook"}, text{"F1", 10, 72, 700, fmt.Sprintf("Page %c has a text of its own,", 'a'+i)},
			text{"F1", 10, 72, 688, "which is not repeated."}, text{"F1", 8, 280, 30, fmt.Sprintf("Page %d of 4", i+1)}))
	}
	got := read(t, w.bytes()).Text
	if strings.Contains(got, "handbook") || strings.Contains(got, "of 4") || strings.Count(got, "of its own") != 4 {
		t.Errorf("got %s", got)
	}
}

func TestTitles(t *testing.T) {
	body := draw(text{"F1", 20, 72, 760, "The large first"}, text{"F1", 20, 72, 738, "line"}, text{"F1", 10, 72, 710, "Text that is longer than the title is, so that it counts as plain."})
	for _, c := range []struct{ name, info, want string }{
		{"properties", "/Info << /Title (From the properties) >>", "From the properties"},
		{"UTF-16", "/Info << /Title <FEFF00C9007400E9> >>", "Été"},
		{"a file's name in the properties", "/Info << /Title (Microsoft Word - guide_v3.doc) >>", "The large first line"},
		{"none", "", "The large first line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWriter()
			w.info, w.root = c.info, "/Lang (es-ES)"
			w.page(body)
			if d := read(t, w.bytes()); d.Title != c.want || d.Lang != "es-ES" {
				t.Errorf("got %q in %q, want %q", d.Title, d.Lang, c.want)
			}
		})
	}
}

// A font with two-byte codes says its characters in a table of its own.
func TestWideFont(t *testing.T) {
	w := newWriter()
	table := w.stream("/Filter /FlateDecode", deflate("/CIDInit /ProcSet findresource begin begincmap\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n"+
		"2 beginbfchar <0001> <00480065> <0002> <FB01> endbfchar\n2 beginbfrange <0010> <0012> <0061> <0020> <0021> [<20AC> <00DF>] endbfrange\nendcmap"))
	font := w.object("<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode %d 0 R /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /DW 600 /W [1 [700 300] 16 18 500] >>] >>", table)
	w.pageOf(w.stream("", "BT /F1 10 Tf 72 700 Td <0001 0002 0010 0011 0012> Tj 40 0 Td <00200021> Tj ET"), fmt.Sprintf("/Resources << /Font << /F1 %d 0 R >> >>", font))
	if got := read(t, w.bytes()).Text; got != "Hefiabc €ß" {
		t.Errorf("got %q", got)
	}
}

func TestDifferences(t *testing.T) {
	w := newWriter()
	w.pageOf(w.stream("", "BT /F1 10 Tf 72 700 Td (ABCDEF) Tj ET"), "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /X "+
		"/Encoding << /Differences [65 /eacute /fi 67 /Euro /uni00DF /f_f_i /ntilde.alt] >> >> >> >>")
	if got := read(t, w.bytes()).Text; got != "éfi€ßffiñ" {
		t.Errorf("got %q", got)
	}
}

func TestFilters(t *testing.T) {
	const drawing = "BT /F1 10 Tf 72 700 Td (Hello) Tj ET"
	hexed := fmt.Sprintf("%x>", drawing)
	for _, c := range []struct{ name, dict, data string }{
		{"none", "", drawing},
		{"deflate", "/Filter /FlateDecode", deflate(drawing)},
		{"a spoilt checksum", "/Filter /FlateDecode", deflate(drawing)[:len(deflate(drawing))-4] + "xxxx"},
		{"hexadecimal", "/Filter /ASCIIHexDecode", hexed},
		{"two in a row", "/Filter [/ASCIIHexDecode /FlateDecode]", fmt.Sprintf("%x>", deflate(drawing))},
		{"85", "/Filter [/ASCII85Decode]", ascii85Of(drawing)},
		{"runs", "/Filter /RunLengthDecode", "\x23" + drawing + "\x80"},
		{"predictor", "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 36 >>", deflate("\x00" + drawing)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWriter()
			w.pageOf(w.stream(c.dict, c.data), fonts)
			if got := read(t, w.bytes()).Text; got != "Hello" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func ascii85Of(s string) string {
	var b bytes.Buffer
	e := ascii85.NewEncoder(&b)
	_, _ = e.Write([]byte(s))
	_ = e.Close()
	return b.String() + "~>"
}

// Newer files keep objects in streams, and were saved more than once.
func TestObjectStreams(t *testing.T) {
	w := newWriter()
	contents := w.stream("", "BT /F1 10 Tf 72 700 Td (Hello) Tj ET")
	packed := fmt.Sprintf("20 0 %s", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents "+fmt.Sprint(contents)+" 0 R "+fonts+" >>")
	w.stream("/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode", deflate(packed))
	w.kids = []string{"20 0 R"}
	b := w.bytes()
	if got := read(t, b).Text; got != "Hello" {
		t.Errorf("got %q", got)
	}
	again := append(bytes.Clone(b), fmt.Appendf(nil, "%d 0 obj\n<< /Length 40 >>\nstream\nBT /F1 10 Tf 72 700 Td (Changed) Tj ET    \nendstream\nendobj\nstartxref\n0\n%%%%EOF", contents)...)
	if got := read(t, again).Text; got != "Changed" {
		t.Errorf("saved again: got %q", got)
	}
}

func TestRejected(t *testing.T) {
	whole := one(draw(text{"F1", 10, 72, 700, "Text"}))
	encrypted := newWriter()
	encrypted.trailer = "/Encrypt << /Filter /Standard /V 2 /R 3 >>"
	encrypted.page(draw(text{"F1", 10, 72, 700, "Text"}))
	circle := newWriter()
	circle.kids = []string{"2 0 R"}
	missing := newWriter()
	missing.kids = []string{"99 0 R"}
	empty := newWriter()
	empty.page("0 0 10 10 re f")
	lzw := newWriter()
	lzw.pageOf(lzw.stream("/Filter /LZWDecode", "x"), fonts)
	coded := newWriter()
	coded.pageOf(coded.stream("", "BT /F1 10 Tf 72 700 Td <00010002> Tj ET"),
		"/Resources << /Font << /F1 << /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< >>] >> >> >>")
	for _, c := range []struct {
		name   string
		data   []byte
		reason string
	}{
		{"no PDF", []byte("PK\x03\x04"), "no PDF"},
		{"nothing", nil, "no PDF"},
		{"cut in half", whole[:len(whole)/2], "cut short"},
		{"without its end", whole[:len(whole)-160], "cut short"},
		{"encrypted", encrypted.bytes(), "encrypted"},
		{"pages in a circle", circle.bytes(), "circle"},
		{"a page that is not there", missing.bytes(), "cut short"},
		{"pictures only", empty.bytes(), "no text"},
		{"a filter of old", lzw.bytes(), "LZWDecode"},
		{"codes without characters", coded.bytes(), "do not say which characters"},
		{"no catalogue", []byte("%PDF-1.4\nstartxref\n0\n%%EOF"), "no catalogue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d, err := Read(c.data); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %+v, error %v", d, err)
			}
		})
	}
}

// hostile files, with what each would do to a reader that believes it.
func hostile() map[string][]byte {
	files := map[string][]byte{}
	bomb := newWriter()
	bomb.page(strings.Repeat(" ", 100<<20))
	files["a stream that unpacks to 100 MB"] = bomb.bytes()

	nested := newWriter()
	inner := deflate(deflate(strings.Repeat("\x00", 10<<20)))
	contents := nested.stream("/Filter [/FlateDecode /FlateDecode]", inner)
	for range 100 {
		nested.pageOf(contents, fonts)
	}
	files["a bomb on a hundred pages"] = nested.bytes()

	self := newWriter()
	self.object("<< /Type /ObjStm /N 1 /First 4 /Length 3 0 R >>\nstream\n3 0 <<>>\nendstream")
	self.kids = []string{"3 0 R"}
	files["an object stream that holds itself"] = self.bytes()

	deep := newWriter()
	deep.page(strings.Repeat("[", 5<<20))
	files["brackets five million deep"] = deep.bytes()

	form := newWriter()
	form.objects = append(form.objects, "")
	form.objects[2] = "<< /Type /XObject /Subtype /Form /Resources << /XObject << /X 3 0 R >> >> /Length 40 >>\nstream\n" + strings.Repeat("/X Do ", 8) + "\nendstream"
	form.pageOf(form.stream("", "/X Do"), "/Resources << /XObject << /X 3 0 R >> >>")
	files["a drawing that draws itself eight times"] = form.bytes()

	tree := newWriter()
	for i := range 3000 {
		tree.kids = append(tree.kids, fmt.Sprintf("%d 0 R", i+3))
		tree.object("<< /Type /Page >>")
	}
	files["three thousand pages"] = tree.bytes()

	font := newWriter()
	table := font.stream("", strings.Repeat("<00000000> <ffffffff> <0041> ", 1000)+"endbfrange")
	font.pageOf(font.stream("", strings.Repeat("BT /F1 10 Tf (A) Tj ET ", 1000)), fmt.Sprintf("/Resources << /Font << /F1 << /Type /Font /Subtype /Type0 /ToUnicode %d 0 R /DescendantFonts [<< /W [%s] >>] >> >> >>", table, strings.Repeat("0 65535 1 ", 2000)))
	files["a font of every code, a thousand times"] = font.bytes()

	files["objects without an end"] = []byte("%PDF-1.7\n" + strings.Repeat("1 0 obj [", 1<<20) + "\nstartxref\n0\n%%EOF")
	files["a number as long as the file"] = []byte("%PDF-1.7\n1 0 obj " + strings.Repeat("9", 1<<22) + " endobj\nstartxref\n0\n%%EOF")
	files["a huge object"] = []byte("%PDF-1.7\n1 0 obj [" + strings.Repeat("0 ", 8<<20) + "] endobj\nstartxref\n0\n%%EOF")
	return files
}

// The time and the memory that a file may take are in proportion to the budget, so a tenth of it tells.
func TestHostile(t *testing.T) {
	const work = maxWork / 10
	for name, data := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			d, err := readWithin(data, work)
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("read as %.100q", d.Text)
			}
			if took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 300<<20 {
				t.Errorf("allocated %d MB in all", got>>20)
			}
			t.Logf("%v, %s, %d MB", err, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}

func FuzzPDF(f *testing.F) {
	w := newWriter()
	w.pageOf(w.stream("", draw(text{"F1", 10, 72, 700, "Text"})), fonts)
	f.Add(w.bytes())
	f.Add(one("q 1 0 0 1 0 0 cm BT /F2 12 Tf [(a) -9 (b)] TJ T* (c) ' ET Q"))
	f.Add([]byte("%PDF-1.4\n1 0 obj<</Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]>>endobj 3 0 obj<</Contents 4 0 R>>endobj 4 0 obj<</Length 9>>stream\nBT (a)Tj ET\nendstream endobj trailer<</Root 1 0 R>>startxref 0 %%EOF"))
	f.Add([]byte("/F1 9 Tf 1 0 0 1 72 700 Tm [<41> -300 (b)] TJ 5 0 Td (c) ' q 1 g 0 0 9 9 re f Q /X Do BI ID x EI"))
	f.Add([]byte("1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <41> <42> [<0061> <00620063>] endbfrange 1 beginbfchar <43> <D83DDE00> endbfchar"))
	f.Fuzz(func(t *testing.T, b []byte) {
		drawn, mapped := newWriter(), newWriter()
		drawn.pageOf(drawn.stream("", string(b)), fonts)
		mapped.pageOf(mapped.stream("", "BT /F1 9 Tf 9 9 Td (ABC) Tj ET"), fmt.Sprintf("/Resources << /Font << /F1 << /ToUnicode %d 0 R >> >> >>", mapped.stream("", string(b))))
		objects := append(append([]byte("%PDF-1.7\n"), b...), "\ntrailer << /Root 1 0 R >> startxref\n0\n%%EOF"...)
		for _, file := range [][]byte{b, objects, drawn.bytes(), mapped.bytes()} {
			d, err := readWithin(file, 4<<20)
			if err == nil && d.Text == "" && d.Hidden == "" {
				t.Error("neither text nor a reason")
			}
			if !utf8.ValidString(d.Text + d.Title) {
				t.Errorf("not UTF-8: %q, %q", d.Title, d.Text)
			}
		}
	})
}
