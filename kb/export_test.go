package kb

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"switchboard"
)

func exported(t testing.TB) (file []byte, id string) {
	t.Helper()
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synonyms := "esim, digital sim\n"
	out, err := s.Apply(t.Context(), "", Change{Put: numbered(5), Synonyms: &synonyms})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Export(t.Context(), out.ID, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), out.ID
}

// packed is text as gzip packs it.
func packed(t testing.TB, write func(w io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(write(z), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packedText(t testing.TB, lines ...string) []byte {
	return packed(t, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(lines, "\n"))
		return err
	})
}

func unpackedText(t *testing.T, file []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExportComesBackAsTheSame(t *testing.T) {
	file, id := exported(t)
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.ImportExported(t.Context(), bytes.NewReader(file)); err != nil || got != id {
		t.Fatalf("%s, %v, want %s", got, err, id)
	}
	var again bytes.Buffer
	if err := s.Export(t.Context(), id, &again); err != nil || !bytes.Equal(again.Bytes(), file) {
		t.Errorf("the same snapshot was exported as other bytes (%v)", err)
	}
	// A version with another format calls it by another name: then the content alone counts.
	text := strings.Replace(unpackedText(t, file), `"format":`, `"format":9`, 1)
	text = strings.Replace(text, id, "kb_0123456789abcdef", 1)
	if got, err := s.ImportExported(t.Context(), bytes.NewReader(packedText(t, text))); err != nil || got != id {
		t.Errorf("of another format: %s, %v", got, err)
	}
}

func TestImportRefuses(t *testing.T) {
	file, id := exported(t)
	text := unpackedText(t, file)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	edited := func(old, other string) []byte {
		if !strings.Contains(text, old) {
			t.Fatalf("no %q in %q", old, text)
		}
		return packedText(t, strings.Replace(text, old, other, 1))
	}
	zeros := make([]byte, 1<<20)
	many := func(w io.Writer, times int, b []byte) error {
		for range times {
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	}
	header := strings.Replace(lines[0], `"documents":5`, `"documents":900000000`, 1) + "\n"
	body := []byte(`{"id":"a","title":"A","lang":"en","audience":"public","body":"` + strings.Repeat("a", 4<<20) + "\"}\n")
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"nothing", "damaged", nil},
		{"text", "damaged", []byte(text)},
		{"cut short", "damaged", file[:len(file)-9]},
		{"cut in half", "damaged", file[:len(file)/2]},
		{"something behind", "damaged", append(bytes.Clone(file), "more"...)},
		{"wrong kind", "damaged", edited(exportKind, "switchboard conversations")},
		{"no header", "damaged", packedText(t, lines[1:]...)},
		{"header alone", "damaged", packedText(t, lines[0])},
		{"later version", "later version", edited(`"version":1`, `"version":2`)},
		{"a document less", "damaged", packedText(t, lines[:len(lines)-1]...)},
		{"a document more", "damaged", packedText(t, append(lines, `{"id":"x","title":"X","lang":"en","audience":"public","body":""}`)...)},
		{"a document twice", "twice", packedText(t, append(lines[:len(lines)-1:len(lines)-1], lines[1])...)},
		{"a document that is none", "damaged", packedText(t, append(lines, "{")...)},
		{"other text", "damaged", edited("€3.00", "€4.00")},
		{"another name", "damaged", edited(id, "kb_0123456789abcdef")},
		{"bad synonyms", "synonyms", edited("esim, digital sim", "esim => ")},
		{"a date that is none", "damaged", edited(`"lang":"en"`, `"lang":"en","valid_to":"2026-02-30"`)},
		{"a giant line", "unpacks", packed(t, func(w io.Writer) error { return many(w, 8, zeros) })},
		{"a giant line that packs badly", "damaged", stored(append([]byte(header), bytes.Repeat([]byte("x"), maxExportLine+1)...))},
		{"a bomb of documents", "unpacks", packed(t, func(w io.Writer) error {
			if _, err := io.WriteString(w, header); err != nil {
				return err
			}
			return many(w, 3, body)
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := OpenStore(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err = s.ImportExported(t.Context(), bytes.NewReader(tt.file))
			runtime.ReadMemStats(&after)
			if !errors.Is(err, switchboard.InvalidField) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v", err)
			}
			// The longest line that is taken, in a buffer that has doubled until it fits.
			if took := after.TotalAlloc - before.TotalAlloc; took > 4*maxExportLine {
				t.Errorf("took %d MB", took>>20)
			}
			if list, err := s.Snapshots(); err != nil || len(list) != 0 {
				t.Errorf("left %v, %v", list, err)
			}
		})
	}
}

// TestFlippedBits: a file of which any bit was changed is refused, or has the same content (gzip's own header says
// nothing of that).
func TestFlippedBits(t *testing.T) {
	file, id := exported(t)
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for at := range file {
		b := bytes.Clone(file)
		b[at] ^= 1 << (at % 8)
		got, err := s.ImportExported(t.Context(), bytes.NewReader(b))
		if err == nil && got == id {
			same++
		} else if !errors.Is(err, switchboard.InvalidField) {
			t.Errorf("byte %d: %s, %v", at, got, err)
		}
	}
	if same > 10 {
		t.Errorf("%d of %d pass for whole", same, len(file))
	}
}

// FuzzExported: whatever the bytes are, packed or not, they would make a snapshot or an error for people.
func FuzzExported(f *testing.F) {
	file, _ := exported(f)
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		f.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file, false)
	f.Add(file[:len(file)/2], false)
	f.Add(text, true)
	f.Add(bytes.Replace(text, []byte("documents"), []byte("Documents"), 1), true)
	f.Add([]byte(`{"kind":"`+exportKind+`","documents":-1}`), true)
	f.Add([]byte(`{"kind":"`+exportKind+`","documents":1}`+"\n{}"), true)
	s, err := OpenStore(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte, pack bool) {
		if pack {
			b = stored(b)
		}
		h, docs, err := readExported(bytes.NewReader(b))
		if err == nil { // nothing is written, or it would take too long
			_, err = s.Preview(t.Context(), "", Change{Put: docs, Synonyms: &h.Synonyms})
		}
		if err != nil && !errors.Is(err, switchboard.InvalidField) {
			t.Errorf("err = %v", err)
		}
		IsExported(b)
	})
}

// stored is b as gzip keeps what does not pack.
func stored(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		panic(err)
	}
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}
