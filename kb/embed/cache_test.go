package embed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"switchboard/kb/embed/embedtest"
	"switchboard/kb/vector/half"
)

// counting is a source that counts the texts it is asked for, and fails after some.
type counting struct {
	mu    sync.Mutex
	asked []string
	left  int // texts until it fails; 0 = never
}

var errSpent = errors.New("spent")

func (c *counting) Fingerprint() string { return "0123456789abcdef-counting" }

func (c *counting) Documents(_ context.Context, texts []string) ([][]float32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	vectors := make([][]float32, len(texts))
	for i, t := range texts {
		vectors[i] = embedtest.Vector(t, dims)
	}
	if c.asked = append(c.asked, texts...); c.left > 0 && len(c.asked) > c.left {
		return nil, errSpent
	}
	return vectors, nil
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

func openCache(t *testing.T, source Source, dir string, maxBytes int64) *Cached {
	t.Helper()
	c, err := NewCached(source, dir, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func numbered(from, to int) []string {
	var texts []string
	for i := from; i < to; i++ {
		texts = append(texts, "text "+strconv.Itoa(i))
	}
	return texts
}

// kept is what the cache returns for a text.
func kept(text string) []float32 {
	v := embedtest.Vector(text, dims)
	half.Decode(v, half.Append(nil, v))
	return v
}

// wantVectors checks that every text has its own.
func wantVectors(t *testing.T, c *Cached, texts []string) {
	t.Helper()
	vectors, err := c.Documents(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if !slices.Equal(vectors[i], kept(text)) {
			t.Fatalf("%q has the wrong vector", text)
		}
	}
}

// TestOnce: no text is embedded twice, in one call or in two, by this process or by the next.
func TestOnce(t *testing.T) {
	dir, source := t.TempDir(), &counting{}
	c := openCache(t, source, dir, 0)
	wantVectors(t, c, []string{"a", "b", "a", "", "b"})
	wantVectors(t, c, []string{"b", "c"})
	wantVectors(t, openCache(t, source, dir, 0), []string{"c", "a", "b"})
	if want := []string{"a", "b", "", "c"}; !slices.Equal(source.asked, want) || c.Len() != 3 {
		t.Errorf("asked for %q, want %q; %d read", source.asked, want, c.Len())
	}
}

// TestEmbedderCached: with a real client, over a socket.
func TestEmbedderCached(t *testing.T) {
	srv, e := newStub(t, nil)
	c := openCache(t, e, t.TempDir(), 0)
	texts := numbered(0, 600)
	var heard []int
	for range 2 {
		if _, err := c.Documents(t.Context(), texts, func(done, total int) { heard = append(heard, done, total) }); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int{0, 600, 256, 600, 512, 600, 600, 600, 600, 600}; !slices.Equal(heard, want) {
		t.Errorf("progress %v, want %v", heard, want)
	}
	if n := len(srv.Calls()); n != 10 || c.Fingerprint() != e.Fingerprint() { // 4 + 4 + 2 batches of 64
		t.Errorf("%d calls", n)
	}
}

// TestKeptBeforeAnError: what was embedded before the source failed is not asked for again.
func TestKeptBeforeAnError(t *testing.T) {
	dir := t.TempDir()
	texts := numbered(0, 2*chunkTexts+5)
	c := openCache(t, &counting{left: chunkTexts + 1}, dir, 0)
	if _, err := c.Documents(t.Context(), texts, nil); !errors.Is(err, errSpent) {
		t.Fatalf("got %v", err)
	}
	source := &counting{}
	wantVectors(t, openCache(t, source, dir, 0), texts)
	if n := source.count(); n != chunkTexts+5 {
		t.Errorf("%d texts were asked for", n)
	}
}

// TestFingerprintsApart: another model's vectors are not taken.
func TestFingerprintsApart(t *testing.T) {
	if keyOf("a", "bc") == keyOf("ab", "c") || keyOf("a", "b") == keyOf("a", "c") {
		t.Error("keys collide")
	}
	srv, one := newStub(t, nil)
	other, err := New(Config{BaseURL: srv.URL, Model: "another"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	dir := t.TempDir()
	for _, e := range []*Embedder{one, other} {
		if _, err := openCache(t, e, dir, 0).Documents(t.Context(), []string{"x"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(srv.Calls()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// TestShared: several caches on one file find what the others appended, while they do.
func TestShared(t *testing.T) {
	dir, source := t.TempDir(), &counting{}
	var wg sync.WaitGroup
	for n := range 4 {
		c := openCache(t, source, dir, 0)
		wg.Go(func() {
			for i := range 20 {
				wantVectors(t, c, numbered(10*i, 10*i+10+n))
			}
		})
	}
	wg.Wait()
	before := source.count()
	wantVectors(t, openCache(t, source, dir, 0), numbered(0, 203))
	if source.count() != before {
		t.Error("something was lost")
	}
}

func cacheFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.vectors"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	return files[0]
}

// TestDamage: a file cut off anywhere, or with a byte changed anywhere, loses at most the record it happened to, also
// where others were appended behind it.
func TestDamage(t *testing.T) {
	dir, source := t.TempDir(), &counting{}
	wantVectors(t, openCache(t, source, dir, 0), numbered(0, 3))
	path := cacheFile(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := recordSize(dims)
	for at := range len(whole) {
		torn := whole[:at]
		changed := slices.Clone(whole)
		changed[at] ^= 0x40
		for name, c := range map[string]struct {
			file []byte
			lost int
		}{"cut off": {torn, 3 - at/size}, "changed": {changed, 1}, "behind it": {slices.Concat(torn, whole[2*size:]), max(0, 2-at/size)}} {
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			source := &counting{}
			cache := openCache(t, source, dir, 0)
			wantVectors(t, cache, numbered(0, 3))
			wantVectors(t, cache, numbered(0, 3))
			if n := source.count(); n != c.lost {
				t.Fatalf("%s at %d: %d were lost, want %d", name, at, n, c.lost)
			}
			cache.Close()
		}
	}
}

// TestGarbageBetween: any amount of anything between records is passed over.
func TestGarbageBetween(t *testing.T) {
	dir := t.TempDir()
	wantVectors(t, openCache(t, &counting{}, dir, 0), numbered(0, 2))
	path := cacheFile(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, recordSize(maxDimensions) - 2, recordSize(maxDimensions), 5 << 20} {
		noise := make([]byte, n)
		for i := range noise {
			noise[i] = recordMagic[r.IntN(len(recordMagic))] // much that looks like a beginning
		}
		file := slices.Concat(noise, whole[:recordSize(dims)], noise, whole[recordSize(dims):], noise)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		source := &counting{}
		wantVectors(t, openCache(t, source, dir, 0), numbered(0, 2))
		if source.count() != 0 {
			t.Errorf("%d bytes: %d were lost", n, source.count())
		}
	}
}

func TestPrune(t *testing.T) {
	dir, source := t.TempDir(), &counting{}
	size := int64(recordSize(dims))
	old := openCache(t, source, dir, 0)
	wantVectors(t, old, numbered(0, 100))
	left := filepath.Join(dir, "pruned-by-one-that-died")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(left, time.Time{}, time.Now().Add(-2*prunedAge)); err != nil {
		t.Fatal(err)
	}
	pruned := openCache(t, source, dir, 40*size)
	if n := pruned.Len(); n != 20 {
		t.Errorf("%d are kept", n)
	}
	before := source.count()
	wantVectors(t, pruned, numbered(80, 100)) // the youngest
	if source.count() != before {
		t.Error("the youngest are gone")
	}
	// The other notices, and both share the new file.
	wantVectors(t, old, numbered(100, 110))
	before = source.count()
	wantVectors(t, pruned, numbered(100, 110))
	if source.count() != before {
		t.Error("the two have different files")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
	// Less than one record: nothing is kept, and it works.
	wantVectors(t, openCache(t, source, dir, 1), numbered(0, 5))
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewCached(&counting{}, filepath.Join(file, "cache"), 0); err == nil {
		t.Error("it opened in a file")
	}
}

// TestKilled: processes that are killed while they append leave nothing wrong and lose nothing that others wrote.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("EMBED_TEST_APPEND_TO"); dir != "" {
		appendForever(t, dir)
		return
	}
	dir := t.TempDir()
	for round := range 5 {
		children := []*exec.Cmd{startAppending(t, dir, 3+round), startAppending(t, dir, 5)}
		for _, c := range children {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait()
		}
		wantVectors(t, openCache(t, &counting{}, dir, 0), numbered(10*round, 10*round+10))
		again := &counting{}
		wantVectors(t, openCache(t, again, dir, 0), numbered(0, 10*round+10))
		if again.count() != 0 {
			t.Error("what was written after the kill is lost")
		}
	}
	c := openCache(t, &counting{}, dir, 0)
	if c.Len() < 5*8*chunkTexts {
		t.Errorf("of what the killed processes wrote %d vectors are left", c.Len())
	}
	for k, p := range c.at {
		v, err := c.load(k)
		if err != nil || int(p.dims) != dims || len(v) != dims {
			t.Fatalf("%v, %v", v, err)
		}
	}
}

// startAppending starts a process that appends to the cache in dir, and returns when it has done so some times.
func startAppending(t *testing.T, dir string, times int) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
	c.Env = append(os.Environ(), "EMBED_TEST_APPEND_TO="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range times {
		if !lines.Scan() {
			t.Fatalf("the process ended: %v", lines.Err())
		}
	}
	return c
}

// appendForever says a line each time that it has appended.
func appendForever(t *testing.T, dir string) {
	c := openCache(t, &counting{}, dir, 0)
	for i := 0; ; i++ {
		texts := make([]string, chunkTexts)
		for j := range texts {
			texts[j] = fmt.Sprint(os.Getpid(), i, j)
		}
		if _, err := c.Documents(t.Context(), texts, nil); err != nil {
			t.Fatal(err)
		}
		fmt.Println(i)
	}
}

// FuzzRecord: any bytes are a record or none, and what is written is read.
func FuzzRecord(f *testing.F) {
	f.Add(appendRecord(nil, keyOf("f", "t"), []float32{1, 0.5}))
	f.Add([]byte(recordMagic + "\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, n, vector, ok := readRecord(b)
		if !ok {
			return
		}
		v := make([]float32, n)
		half.Decode(v, vector)
		k2, n2, _, ok := readRecord(appendRecord(nil, k, v))
		if k2 != k || n2 != n || !ok {
			t.Errorf("%x: %d dimensions, then %d, %v", k, n, n2, ok)
		}
	})
}
