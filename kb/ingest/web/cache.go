package web

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A cached file is three parts: a line with the version and the SHA-256 of what follows it, a line of JSON ([meta]), the
// body. It is written whole and then renamed, and a file whose hash is not right counts as missing, so that damage and a
// crash cost a download and nothing else.
const (
	cacheMagic = "switchboard-page 1 "
	cacheHead  = len(cacheMagic) + 2*sha256.Size + 1
	maxMeta    = 16 << 10 // bytes of the second line
	tempPrefix = ".new-"
	staleTemp  = 24 * time.Hour // a temporary file that old was left by a crash
)

// meta is what is kept of a response besides its body.
type meta struct {
	URL          string `json:"url"`
	ContentType  string `json:"content_type,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// cacheError is a failure of our disk, which ends a run.
type cacheError struct{ err error }

func (e *cacheError) Error() string { return fmt.Sprintf("keep what was fetched: %v", e.err) }
func (e *cacheError) Unwrap() error { return e.err }

// cache holds what one target's responses were. It is safe for concurrent use.
type cache struct {
	dir       string
	ephemeral bool // for one run: files are gone as soon as they are closed

	mu   sync.Mutex
	seen map[string]bool // names of files that this run asked for
}

// openCache opens the target's folder under dir, or one that ends with the run where dir is "".
func openCache(dir string, target *url.URL) (*cache, error) {
	c := &cache{ephemeral: dir == "", seen: map[string]bool{}}
	var err error
	if c.ephemeral {
		c.dir, err = os.MkdirTemp("", "switchboard-web-")
	} else {
		c.dir = filepath.Join(dir, fileName(target))
		err = os.MkdirAll(c.dir, 0o700)
	}
	if err != nil {
		return nil, &cacheError{err}
	}
	return c, nil
}

func (c *cache) close() {
	if c.ephemeral {
		_ = os.RemoveAll(c.dir)
	}
}

func fileName(u *url.URL) string {
	sum := sha256.Sum256([]byte(u.String()))
	return hex.EncodeToString(sum[:16])
}

func (c *cache) path(u *url.URL) string {
	name := fileName(u)
	c.mu.Lock()
	c.seen[name] = true
	c.mu.Unlock()
	return filepath.Join(c.dir, name)
}

// entry is a response that is on disk. The file stands at the beginning of the body.
type entry struct {
	meta
	size int64 // of the body
	file *os.File
}

// open returns what is kept for u, nil where nothing usable is.
func (c *cache) open(u *url.URL) *entry {
	f, err := os.Open(c.path(u))
	if err != nil {
		return nil
	}
	e, err := readEntry(f)
	if err != nil || e.URL != u.String() {
		_ = f.Close()
		return nil
	}
	return e
}

func readEntry(f *os.File) (*entry, error) {
	head := make([]byte, cacheHead)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, err
	}
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return nil, err
	}
	if string(head) != headOf(h) {
		return nil, errors.New("damaged")
	}
	if _, err := f.Seek(int64(cacheHead), io.SeekStart); err != nil {
		return nil, err
	}
	line, err := bufio.NewReaderSize(f, maxMeta).ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	e := &entry{file: f, size: size - int64(len(line))}
	if err := json.Unmarshal(line, &e.meta); err != nil {
		return nil, err
	}
	_, err = f.Seek(int64(cacheHead+len(line)), io.SeekStart)
	return e, err
}

func headOf(h hash.Hash) string { return cacheMagic + hex.EncodeToString(h.Sum(nil)) + "\n" }

// drop forgets what was kept for u.
func (c *cache) drop(u *url.URL) { _ = os.Remove(c.path(u)) }

// keep writes a response and returns it as an entry. Errors of body are returned as they are, those of the disk as
// *cacheError; either leaves what was kept before.
func (c *cache) keep(u *url.URL, m meta, body io.Reader) (_ *entry, err error) {
	f, err := os.CreateTemp(c.dir, tempPrefix)
	if err != nil {
		return nil, &cacheError{err}
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if c.ephemeral {
		_ = os.Remove(f.Name()) // where that fails, close removes the folder
	}
	h := sha256.New()
	w := &diskWriter{w: io.MultiWriter(f, h)}
	line, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(line) >= maxMeta {
		return nil, refuse("header is too large")
	}
	if _, err := f.WriteString(strings.Repeat("\n", cacheHead)); err != nil {
		return nil, &cacheError{err}
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	size, err := io.Copy(w, body)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt([]byte(headOf(h)), 0); err != nil {
		return nil, &cacheError{err}
	}
	if !c.ephemeral {
		if err := os.Rename(f.Name(), c.path(u)); err != nil {
			return nil, &cacheError{err}
		}
	}
	if _, err := f.Seek(int64(cacheHead+len(line)+1), io.SeekStart); err != nil {
		return nil, &cacheError{err}
	}
	return &entry{meta: m, size: size, file: f}, nil
}

// diskWriter marks its errors, so that they can be told from those of what is copied to it.
type diskWriter struct{ w io.Writer }

func (d *diskWriter) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if err != nil {
		err = &cacheError{err}
	}
	return n, err
}

// sweep removes what this run did not ask for.
func (c *cache) sweep(now time.Time) error {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return &cacheError{err}
	}
	for _, f := range files {
		if c.seen[f.Name()] {
			continue
		}
		if strings.HasPrefix(f.Name(), tempPrefix) {
			if info, err := f.Info(); err != nil || now.Sub(info.ModTime()) < staleTemp {
				continue
			}
		}
		if err := os.Remove(filepath.Join(c.dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &cacheError{err}
		}
	}
	return nil
}
