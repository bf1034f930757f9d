package kb

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/blevesearch/mmap-go"
)

// written is the table of a few documents, as it is on disk.
func written(t testing.TB) []byte {
	t.Helper()
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	docs := numbered(3)
	docs[1].Supersedes, docs[2].Questions, docs[2].Lang = []string{"doc-0"}, []string{"what is it?"}, "es"
	docs[0].Body = "# One\n\nA credit limit increase (CLI) is free.\n\n# Two\n\nMore."
	if _, err := s.Build(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.dir, segmentsDir, "*", tableFile))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// walk reads all that a table has, as opening and searching a segment do.
func walk(b []byte) error {
	s := &segment{}
	if err := s.decode(mmap.MMap(b)); err != nil {
		return err
	}
	s.survey()
	for d := range s.docs {
		_ = s.entry(d)
		_, _ = s.document(d)
		_, _ = s.find(string(s.id(d)))
	}
	for p := range s.passages {
		_ = s.passage(p)
	}
	return nil
}

// FuzzTable: whatever the bytes are, they are read or refused.
func FuzzTable(f *testing.F) {
	b := written(f)
	f.Add(b)
	for at := 0; at < len(b); at += 7 {
		damaged := bytes.Clone(b)
		damaged[at] ^= 0x81
		f.Add(damaged)
	}
	f.Add(b[:len(b)/2])
	f.Fuzz(func(_ *testing.T, b []byte) { _ = walk(b) })
}

func TestTableThatClaimsGigabytes(t *testing.T) {
	const claim = 1 << 39
	huge := binary.AppendUvarint(nil, claim)
	b := written(t)
	n, size := binary.Uvarint(b)
	records := b[size : size+int(n)]
	for name, b := range map[string][]byte{
		"its records": huge,
		"an array":    append(append(bytes.Clone(b[:size]), records...), huge...),
		"a count":     append(append(bytes.Clone(b[:size]), records...), bytes.Repeat([]byte{0}, 6)...),
		"a string":    append(bytes.Clone(b[:size]), append(bytes.Clone(huge), b[size+len(huge):]...)...),
		"acronyms":    append(bytes.Clone(b[:len(b)-20]), append(huge, 0, 1, 0)...),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = walk(b)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
			t.Errorf("%s: took %d bytes", name, took)
		}
	}
}

// TestTableWithPlacesOutside damages each array so that it would lead outside of another.
func TestTableWithPlacesOutside(t *testing.T) {
	whole := written(t)
	var t0 table
	if err := t0.decode(bytes.Clone(whole)); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"docs", "passages", "first", "docOf", "terms", "place"} {
		if name == "terms" { // numbers of terms may be any
			continue
		}
		var damaged table
		if err := damaged.decode(bytes.Clone(whole)); err != nil {
			t.Fatal(err)
		}
		n, size := binary.Uvarint(whole)
		damaged.records = damaged.records[size : size+int(n)]
		for _, offsets := range [2][]uint32{damaged.docs, damaged.passages} {
			for j := range offsets {
				offsets[j] -= uint32(size)
			}
		}
		array := *damaged.arrays()[i]
		array[len(array)/2] = 1 << 30
		if err := walk(damaged.encode()); err == nil {
			t.Errorf("%s: read all the same", name)
		}
	}
}
