package embed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"switchboard/kb/vector/half"
)

const (
	// DefaultCacheBytes is how large a cache's file grows: 1.3 million vectors of 384 dimensions.
	DefaultCacheBytes = 1 << 30
	// chunkTexts is how many new vectors are kept at once: what a crash or a failing upstream costs at most.
	chunkTexts = 256
)

// Source is what a cache keeps the vectors of; an *Embedder is one.
type Source interface {
	Documents(ctx context.Context, texts []string) ([][]float32, error)
	Fingerprint() string
}

// Cached keeps the vectors of documents on disk, so that no text is embedded twice, whatever happens to the document
// around it. Vectors are kept, and returned, in two bytes a number. Questions are not kept. It is safe for concurrent
// use, and several processes may use one folder: what one appends, the others find.
type Cached struct {
	source   Source
	path     string
	maxBytes int64

	mu     sync.Mutex // held but while the source is asked
	file   *os.File
	parsed int64             // how far file was read
	at     map[key]placement // where in file each vector is
}

type placement struct {
	offset int64 // of the vector's bytes
	dims   int32
}

// NewCached opens the cache in folder dir, and makes it where it is missing, with one file for each fingerprint.
// Where that has grown beyond maxBytes (0 is 1 GiB), the youngest half of that is kept. The caller closes it.
func NewCached(source Source, dir string, maxBytes int64) (*Cached, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultCacheBytes
	}
	c := &Cached{source: source, path: filepath.Join(dir, source.Fingerprint()[:16]+".vectors"), maxBytes: maxBytes}
	err := os.MkdirAll(dir, 0o750)
	if err == nil {
		err = c.open()
	}
	if err == nil && c.parsed > c.maxBytes {
		err = c.prune(time.Now())
	}
	if err != nil {
		return nil, fmt.Errorf("open cache of embeddings: %w", err)
	}
	return c, nil
}

// Close frees the file.
func (c *Cached) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.file.Close()
}

// Fingerprint is the source's.
func (c *Cached) Fingerprint() string { return c.source.Fingerprint() }

// Len is how many vectors are kept, as far as this process has read.
func (c *Cached) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

// Documents returns a vector for each text, from the file where it is there; the others are embedded, each once, and
// kept, some at a time: after an error or a crash those are not asked for again. progress, which may be nil, hears how
// many of how many texts have theirs.
func (c *Cached) Documents(ctx context.Context, texts []string, progress func(done, total int)) ([][]float32, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	vectors := make([][]float32, len(texts))
	keys := make([]key, len(texts))
	for i, t := range texts {
		keys[i] = keyOf(c.source.Fingerprint(), t)
	}
	missing, err := c.find(keys, vectors)
	if err != nil {
		return nil, fmt.Errorf("read cache of embeddings: %w", err)
	}
	done := len(texts) - missing.places
	progress(done, len(texts))
	for begin := 0; begin < len(missing.keys); begin += chunkTexts {
		chunk := missing.keys[begin:min(begin+chunkTexts, len(missing.keys))]
		asked := make([]string, len(chunk))
		for i, k := range chunk {
			asked[i] = texts[missing.at[k][0]]
		}
		got, err := c.source.Documents(ctx, asked)
		if err != nil {
			return nil, err
		}
		if len(got) != len(chunk) {
			return nil, garbage("%d vectors came, not %d", len(got), len(chunk))
		}
		if err := c.keep(chunk, got); err != nil {
			return nil, fmt.Errorf("write cache of embeddings: %w", err)
		}
		for i, k := range chunk {
			for _, at := range missing.at[k] {
				vectors[at] = got[i]
			}
			done += len(missing.at[k])
		}
		progress(done, len(texts))
	}
	return vectors, nil
}

// absent are the keys that the cache does not have, in their order, and the places where they are wanted.
type absent struct {
	keys   []key
	at     map[key][]int
	places int
}

// find fills vectors with what the file has.
func (c *Cached) find(keys []key, vectors [][]float32) (absent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refresh(); err != nil {
		return absent{}, err
	}
	missing := absent{at: map[key][]int{}}
	for i, k := range keys {
		v, err := c.load(k)
		if err != nil {
			return absent{}, err
		}
		if v != nil {
			vectors[i] = v
			continue
		}
		if missing.at[k] == nil {
			missing.keys = append(missing.keys, k)
		}
		missing.at[k] = append(missing.at[k], i)
		missing.places++
	}
	return missing, nil
}

// load returns a vector from the file, nil if it is not there.
func (c *Cached) load(k key) ([]float32, error) {
	p, ok := c.at[k]
	if !ok {
		return nil, nil
	}
	raw := make([]byte, int(p.dims)*half.Size)
	if _, err := c.file.ReadAt(raw, p.offset); err != nil {
		return nil, err
	}
	v := make([]float32, p.dims)
	half.Decode(v, raw)
	return v, nil
}

// keep rounds vectors as the file does and appends them in one write.
func (c *Cached) keep(keys []key, vectors [][]float32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b, raw []byte
	for i, v := range vectors {
		b = appendRecord(b, keys[i], v)
		raw = half.Append(raw[:0], v)
		half.Decode(v, raw)
	}
	_, err := c.file.Write(b)
	return err
}

// open opens the file and reads it.
func (c *Cached) open() error {
	f, err := os.OpenFile(c.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	c.file, c.parsed, c.at = f, 0, map[key]placement{}
	if err := c.read(); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// refresh reads what was appended since, by whomever. Where another process has pruned the file, it opens the new one.
func (c *Cached) refresh() error {
	mine, err := c.file.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(c.path); err == nil && os.SameFile(mine, now) {
		return c.read()
	}
	if err := c.file.Close(); err != nil {
		return err
	}
	return c.open()
}

// read takes in the records from where it stopped. It stops before the last if that is not whole: it may be being
// written.
func (c *Cached) read() error {
	const window = 256 << 10 // several of the largest records
	in := bufio.NewReaderSize(io.NewSectionReader(c.file, c.parsed, 1<<62), window)
	at, good := c.parsed, c.parsed
	for {
		b, err := in.Peek(recordSize(maxDimensions))
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(b) == 0 {
			break
		}
		k, dims, _, ok := readRecord(b)
		skip := nextRecord(b)
		if ok {
			c.at[k] = placement{at + int64(headSize), int32(dims)}
			skip = recordSize(dims)
		}
		if at += int64(skip); ok {
			good = at
		}
		if _, err := in.Discard(skip); err != nil {
			return err
		}
	}
	c.parsed = good
	return nil
}
