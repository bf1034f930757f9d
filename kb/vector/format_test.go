package vector

import (
	"bytes"
	"errors"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSameBytes: the same vectors make the same file, in two bytes a number and what the basis takes.
func TestSameBytes(t *testing.T) {
	all := makeVectors(2200, 130, 0.97, 1)
	dir := t.TempDir()
	var files [2][]byte
	for i := range files {
		path := filepath.Join(dir, "vectors")
		if err := Write(path, 130, values(all)); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two writes made different files")
	}
	if want := 64 + 2200*130*2 + 32 + 130*4 + 64*130*4 + 2200*(64+2)*4; len(files[0]) != want {
		t.Errorf("%d bytes, want %d", len(files[0]), want)
	}
}

func TestEmpty(t *testing.T) {
	m := openMatrix(t, 384, nil)
	if hits, err := m.Search(make([]float32, 384), 10, nil); err != nil || len(hits) != 0 || m.Len() != 0 || m.Dims() != 384 {
		t.Errorf("%v, %v, %d × %d", hits, err, m.Len(), m.Dims())
	}
}

func TestVector(t *testing.T) {
	all := makeVectors(7, 33, 1, 1)
	m := openMatrix(t, 33, all)
	got := make([]float32, 33)
	for i, want := range all {
		if err := m.Vector(i, got); err != nil {
			t.Fatal(err)
		}
		for j := range got {
			if off := math.Abs(float64(got[j] - want[j])); off > 0x1p-11*math.Abs(float64(want[j]))+0x1p-25 {
				t.Fatalf("vector %d: %g came back as %g", i, want[j], got[j])
			}
		}
	}
	for _, i := range []int{-1, 7} {
		if m.Vector(i, got) == nil {
			t.Errorf("there is a vector %d", i)
		}
	}
	if m.Vector(0, got[:32]) == nil {
		t.Error("a vector fits in one number less")
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		dims    int
		vectors [][]float32
		want    string
	}{
		{"no dimensions", 0, nil, "0 dimensions"},
		{"too many", MaxDims + 1, nil, "16385 dimensions"},
		{"another size", 2, [][]float32{{1, 2}, {1, 2, 3}}, "vector 1 has 3 dimensions, not 2"},
		{"no number", 2, [][]float32{{float32(math.NaN()), 0}}, "vector 0 has numbers that are not finite"},
		{"out of range", 2, [][]float32{{1, 2}, {7e4, 0}}, "vector 1 has numbers that are not finite, or out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vectors")
			if err := Write(path, c.dims, values(c.vectors)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Error("it left a file")
			}
		})
	}
	if Write(filepath.Join(t.TempDir(), "missing", "vectors"), 2, iter.Seq[[]float32](func(func([]float32) bool) {})) == nil {
		t.Error("it wrote into no folder")
	}
}

// TestDamage: whatever is changed in a file, it is not opened.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vectors")
	if err := Write(path, 8, values(makeVectors(20, 8, 1, 1))); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, file []byte) {
		t.Helper()
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := Open(path); err == nil {
			m.Close()
			t.Errorf("%s: opened", name)
		}
	}
	for i := range whole {
		b := slices.Clone(whole)
		b[i] ^= 0x10
		refused("a bit flipped", b)
	}
	for n := range whole {
		refused("cut off", whole[:n])
	}
	refused("added to", append(slices.Clone(whole), 0))
	refused("sizes that overflow", header{dims: MaxDims, count: MaxCount, step: MaxDims / 2}.append(nil))
	if _, err := Open(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// FuzzHeader: any bytes are refused with a reason, or are a file.
func FuzzHeader(f *testing.F) {
	f.Add(header{dims: 3}.append(nil))
	f.Add(header{dims: MaxDims, count: MaxCount, step: 64}.append(nil))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		if h, err := parseHeader(file); err == nil && h.size() != int64(len(file)) {
			t.Errorf("%+v for %d bytes", h, len(file))
		}
	})
}
