package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// errIrregular is for pipes and devices. They are told before they are opened, since to open a pipe waits for a writer.
var errIrregular = errors.New("is no regular file")

// path reads a file or a folder on disk.
func (r *run) path(ctx context.Context, p string) error {
	info, err := os.Stat(p)
	if err != nil {
		return err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(p) // links out of the folder are not followed
		if err != nil {
			return err
		}
		defer root.Close()
		return r.folder(ctx, root.FS(), p, func(p string) string { return p })
	}
	at := origin{source: p}
	switch {
	case !info.Mode().IsRegular():
		r.reject(at, errIrregular)
		return nil
	case format(p) == nil:
		r.reject(at, fmt.Errorf("files of kind %q cannot be read", filepath.Ext(p)))
		return nil
	}
	f, err := os.Open(p)
	if err != nil {
		r.reject(at, notOpened(err))
		return nil
	}
	defer f.Close()
	name := filepath.Base(p)
	if extension(p) == ".zip" {
		name = "" // as for a folder: ids are made of what is inside
	}
	return r.counted(ctx, f, p, name)
}

// folder reads every file of a known kind. Shown is what stands before a file's path in messages; name makes of it
// what ids are made of.
func (r *run) folder(ctx context.Context, fsys fs.FS, shown string, name func(string) string) error {
	return fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		source := p
		if shown != "" {
			source = filepath.Join(shown, filepath.FromSlash(p))
		}
		if err != nil && p == "." {
			return err
		} else if err != nil {
			r.reject(origin{source: source}, notOpened(err))
			return nil
		}
		if passed(p, d) && d.IsDir() {
			return fs.SkipDir
		} else if passed(p, d) || d.IsDir() || format(p) == nil {
			return nil
		}
		if info, err := fs.Stat(fsys, p); err == nil && !info.Mode().IsRegular() {
			r.reject(origin{source: source}, errIrregular)
			return nil
		}
		f, err := fsys.Open(p)
		if err != nil {
			r.reject(origin{source: source}, notOpened(err))
			return nil
		}
		defer f.Close()
		return r.counted(ctx, f, source, name(p))
	})
}

// passed reports whether a file or folder is passed over: those that begin with a dot.
func passed(p string, d fs.DirEntry) bool { return p != "." && strings.HasPrefix(d.Name(), ".") }

func notOpened(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return errors.New("cannot be opened: permission denied")
	}
	return errors.New("cannot be opened")
}

// notToTheEnd is the reason where reading failed. It passes on what our own limits say.
func notToTheEnd(err error) error {
	var l limitError
	if errors.As(err, &l) {
		return l
	}
	return errors.New("cannot be read to the end")
}

// limitError is a reason that a reader below gives.
type limitError string

func (e limitError) Error() string { return string(e) }

// counter counts what is read of a file for Options.Progress.
type counter struct {
	fs.File
	r      *run
	source string
	size   int64 // as the folder says; more than that is not counted
	read   int64
	told   int64
}

// tellEvery is how many bytes go between two calls of Options.Progress.
const tellEvery = 256 << 10

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.advance(int64(n))
	return n, err
}

func (c *counter) advance(n int64) {
	c.read = min(c.read+n, c.size)
	if c.read-c.told >= tellEvery {
		c.told = c.read
		c.r.options.Progress(c.r.done+c.read, c.r.total, c.source)
	}
}

// counted reads a file and tells Options.Progress of it.
func (r *run) counted(ctx context.Context, f fs.File, source, name string) error {
	if r.options.Progress == nil {
		return r.file(ctx, f, source, name)
	}
	c := &counter{File: f, r: r, source: source}
	if info, err := f.Stat(); err == nil {
		c.size = info.Size()
	}
	if err := r.file(ctx, c, source, name); err != nil {
		return err
	}
	r.done += c.size // all of it is dealt with, whether it was read or rejected
	r.total = max(r.total, r.done)
	r.options.Progress(r.done, r.total, source)
	return nil
}

// size is how many bytes the files have that Read will open.
func size(src Source) (total int64) {
	count := func(fsys fs.FS) {
		_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error { // errors show when the files are read
			if err != nil || passed(p, d) && d.IsDir() {
				return fs.SkipDir
			}
			if !passed(p, d) && !d.IsDir() && format(p) != nil {
				if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
					total += info.Size()
				}
			}
			return nil
		})
	}
	if src.FS != nil {
		count(src.FS)
	}
	for _, p := range src.Paths {
		info, err := os.Stat(p)
		switch {
		case err != nil:
		case info.IsDir():
			count(os.DirFS(p))
		case info.Mode().IsRegular() && format(p) != nil:
			total += info.Size()
		}
	}
	return total
}

// readerAt is f with its size, for formats that begin at the end.
func readerAt(in io.Reader) (at io.ReaderAt, size int64, is bool) {
	if c, counts := in.(*counter); counts {
		in = c.File
	}
	f, is1 := in.(fs.File)
	at, is2 := in.(io.ReaderAt)
	if !is1 || !is2 {
		return nil, 0, false
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, false
	}
	return at, info.Size(), true
}
