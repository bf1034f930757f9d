package ingest

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"switchboard/kb"
)

// readFlags reads one file and returns the rules of what was flagged, in order.
func readFlags(t *testing.T, file, content string) (docs []kb.Document, rules string) {
	t.Helper()
	result, err := Read(t.Context(), Source{FS: fstest.MapFS{file: {Data: []byte(content)}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range result.Flagged {
		if f.Source != file || len(result.Documents) == 1 && f.Document != result.Documents[0].ID || f.Detail == "" {
			t.Errorf("%+v", f)
		}
		names = append(names, f.Rule)
	}
	return result.Documents, strings.Join(names, " ")
}

func onDisk(t *testing.T, name, content string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func ids(docs []kb.Document) string {
	var out []string
	for _, d := range docs {
		out = append(out, d.ID)
	}
	return strings.Join(out, " ")
}

func TestZip(t *testing.T) {
	export := packed(t, "billing/late-fees.md", "---\ntitle: Late fees\n---\nText.", "billing/refunds.html", "<h1>Refunds</h1><p>Text.</p>", "faq.csv", "id,question,answer\nq1,Open?,Yes.\n",
		"logo.png", "\x89PNG", "__MACOSX/._faq.csv", "x", ".hidden/a.md", "x", "guides\\hub.txt", "Hub.\n")
	p := onDisk(t, "export.zip", export)
	result, err := Read(t.Context(), Source{Paths: []string{p}}, Options{})
	if err != nil || len(result.Rejected) > 0 {
		t.Fatalf("rejected %v, %v", result.Rejected, err)
	}
	if got := ids(result.Documents); got != "billing-late-fees billing-refunds q1 guides-hub" {
		t.Errorf("ids %s", got)
	}
	result, err = Read(t.Context(), Source{Paths: []string{filepath.Dir(p)}}, Options{})
	if err != nil || len(result.Rejected) > 0 {
		t.Fatalf("in a folder: rejected %v, %v", result.Rejected, err)
	}
	if got := ids(result.Documents); got != "export-billing-late-fees export-billing-refunds q1 export-guides-hub" {
		t.Errorf("in a folder: ids %s", got)
	}
}

func TestBadZip(t *testing.T) {
	encrypted := func() string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.CreateRaw(&zip.FileHeader{Name: "a.md", Flags: 1, Method: zip.Store, CompressedSize64: 4, UncompressedSize64: 4})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte("Text"))
		_ = z.Close()
		return b.String()
	}()
	whole := packed(t, "a.md", "Text")
	for _, c := range []struct{ name, data, where, reason string }{
		{"no archive", "Text", "x.zip", "no zip archive"},
		{"cut short", whole[:len(whole)-30], "x.zip", "cut short"},
		{"a name that leads out", packed(t, "../../etc/a.md", "x"), "x.zip/../../etc/a.md", "leads out"},
		{"an absolute name", packed(t, "/etc/a.md", "x"), "x.zip//etc/a.md", "leads out"},
		{"a name on a drive", packed(t, `C:\a.md`, "x"), "x.zip/C:/a.md", "leads out"},
		{"a name that is no text", packed(t, "a\xff\n.md", "x"), "x.zip/a??.md", "UTF-8"},
		{"an archive inside", packed(t, "b.zip", whole), "x.zip/b.zip", "inside of archives"},
		{"encrypted", encrypted, "x.zip/a.md", "encrypted"},
		{"a bomb by its ratio", packed(t, "a.md", strings.Repeat("a", 3<<20)), "x.zip/a.md", "200 times its size"},
		{"invalid UTF-8 inside", packed(t, "a.md", "caf\xe9"), "x.zip/a.md", "UTF-8"},
		{"a PDF that is none", packed(t, "a.pdf", "Text"), "x.zip/a.pdf", "no PDF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, rejected := read(t, Options{}, "fine.md", "Text", "x.zip", c.data)
			if len(docs) != 1 || len(rejected) != 1 || rejected[0].Where() != c.where || !strings.Contains(rejected[0].Reason, c.reason) {
				t.Errorf("got %d documents, rejected %+v", len(docs), rejected)
			}
		})
	}
}

// Many entries that are harmless each are not together.
func TestZipBombOfManyEntries(t *testing.T) {
	var files []string
	for i := range 50 {
		files = append(files, strings.Repeat("a", i+1)+".md", strings.Repeat("Some text. ", 10_000))
	}
	docs, rejected := read(t, Options{MaxArchive: 1 << 20}, "x.zip", packed(t, files...))
	last := rejected[len(rejected)-1]
	if len(docs) != 9 || len(rejected) != 2 || last.Where() != "x.zip" || !strings.Contains(last.Reason, "rest was left out") {
		t.Errorf("got %d documents, rejected %+v", len(docs), rejected)
	}
}

// An archive's list of entries costs far more memory than bytes.
func TestZipOfEmptyEntries(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for range maxEntries + 1 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	_ = z.Close()
	docs, rejected := read(t, Options{}, "x.zip", b.String())
	if len(docs) != 0 || len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "entries") {
		t.Errorf("got %d documents, rejected %v", len(docs), rejected)
	}
}
