package ingest

import (
	"context"
	"io"
	"strings"
	"testing"

	"switchboard/kb"
)

// fuzz checks what must hold for any bytes in a file: no panic, and only documents that a store takes.
func fuzz(f *testing.F, file string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &run{options: Options{MaxFile: 1 << 16, MaxRow: 1 << 12, MaxRows: 100, MaxArchive: 1 << 20}.withDefaults(), at: map[string]origin{}}
		in := struct{ io.Reader }{strings.NewReader(string(b))}
		if err := r.file(context.Background(), in, file, file); err != nil {
			t.Fatal(err)
		}
		r.resolveSections()
		r.resolveSupersedes()
		r.breakCircles()
		if err := kb.CheckAll(r.docs); len(r.docs) > 0 && err != nil {
			t.Error(err)
		}
		for _, x := range r.rejected {
			if x.Reason == "" || !strings.HasPrefix(x.Source, file) {
				t.Errorf("%+v", x)
			}
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	fuzz(f, "a.md", "---\ntitle: A\nsupersedes: [b]\n---\nText", "---\na: &a [*a]\n---\nx", "---\n? {a: b}\n: c\n---\nx", "# H\n|a|\n|-|\n|b|", "---\nlang: !!binary x\n---\nx")
}

func FuzzHTML(f *testing.F) {
	fuzz(f, "a.html", "<title>T</title><main><h1>H</h1><table><tr><td colspan=9999>x</table>", "<ul><li><table><ul>", "<p>&#0;<svg><style><p>", "<header><h1><header>", "<frameset>")
}

func FuzzCSV(f *testing.F) {
	fuzz(f, "a.csv", "question,answer\na,\"b\nc\"\n", "text\n\"", "text;id\nx;y\n", "\xef\xbb\xbftext\tid\nx\ty")
}

func FuzzJSONL(f *testing.F) {
	fuzz(f, "a.jsonl", `{"_id":"x","text":"y","supersedes":["x"]}`, "{}\n[]\n\"\"\n", `{"text":"\ud800","id":1e9}`, "{\"text\":\"a\",\"text\":null}")
}

func FuzzJSON(f *testing.F) {
	fuzz(f, "a.json", `{"articles":[{"id":1,"body":"<p>x</p>","section_id":2}],"sections":[{"id":2,"name":"n","parent_section_id":2}]}`, `[{"text":"x"},5]`, `{"data":{"items":[]}}`, `{"text":"x"}`, "[")
}

func FuzzPDF(f *testing.F) {
	fuzz(f, "a.pdf", pdfOf("T", "BT /F1 10 Tf 72 700 Td (Text) Tj ET"), pdfOf("", "1 g BT /F1 1 Tf [(a) -9000 (b)] TJ ET"))
}

// FuzzDOCX makes the bytes the text, the styles and the whole of a document.
func FuzzDOCX(f *testing.F) {
	f.Add([]byte(para("", "Text") + "<w:tbl>" + cells("a", "b") + "</w:tbl>" + item(1, 0, "x")))
	f.Add([]byte("<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='9'/></w:tcPr><w:tbl></w:tc></w:tbl><w:hyperlink r:id='rId1'><w:p>"))
	f.Add([]byte(docxStyles + docxLists))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := docx(t, string(b))
		for _, file := range []string{whole, packed(t, "word/document.xml", "<w:document><w:p><w:pPr><w:pStyle w:val='a'/></w:pPr><w:r><w:t>x</w:t></w:r></w:p></w:document>",
			"word/styles.xml", string(b), "word/numbering.xml", string(b)), string(b)} {
			d, err := readDOCX([]byte(file))
			d.ID = "a"
			if err == nil && d.Body != "" {
				if err := d.Normalize().Check(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// FuzzZip makes the bytes an archive, and the content and the name of an entry.
func FuzzZip(f *testing.F) {
	f.Add([]byte(packed(f, "a.md", "Text", "b/c.csv", "text\nx")), "a.md")
	f.Add([]byte("Text"), "../a")
	f.Add([]byte("---\ntitle: x\n---\nText"), `a\b`)
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		name = strings.TrimSuffix(name, "/") + ".md"
		for _, file := range []string{string(b), packed(t, name, string(b), "fine.md", "Text")} {
			r := &run{options: Options{MaxFile: 1 << 16, MaxArchive: 1 << 20}.withDefaults(), at: map[string]origin{}}
			if err := r.file(context.Background(), strings.NewReader(file), "x.zip", "x.zip"); err != nil {
				t.Fatal(err)
			}
			for _, d := range r.docs {
				if err := d.Check(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
