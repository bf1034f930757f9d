package ingest

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of archives. They are counted while unpacking: what an archive says of itself is not believed.
const (
	maxEntries   = 100_000
	maxDirectory = 12 << 20 // bytes of its list of entries, each of which costs some hundred bytes of memory
	// Text packs to a tenth, a table of zeros to a hundredth.
	bombRatio = 200
	bombFrom  = 1 << 20 // bytes unpacked, below which no ratio counts
)

// bounded reads what is unpacked and counts it against a budget and against what was packed.
type bounded struct {
	in     io.Reader
	left   *int64
	packed int64
	read   int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.read += int64(n)
	switch *b.left -= int64(n); {
	case *b.left < 0:
		return 0, limitError("file unpacks to more than it may")
	case b.read > bombFrom && b.read/bombRatio > b.packed:
		return 0, limitError(fmt.Sprintf("file unpacks to more than %d times its size", bombRatio))
	}
	return n, err
}

// directory fails when more is read than an archive's list of entries may take.
type directory struct {
	io.ReaderAt
	left int
}

func (d *directory) ReadAt(p []byte, at int64) (int, error) {
	if d.left > 0 { // 0 once the list has been read
		if d.left -= len(p); d.left <= 0 {
			d.left = 1
			return 0, limitError(fmt.Sprintf("list of entries is longer than %d bytes", maxDirectory))
		}
	}
	return d.ReaderAt.ReadAt(p, at)
}

// openZip reads an archive's list of entries.
func openZip(at io.ReaderAt, size int64) (*zip.Reader, error) {
	d := &directory{at, maxDirectory}
	z, err := zip.NewReader(d, size)
	d.left = 0
	var limit limitError
	switch {
	case errors.As(err, &limit):
		return nil, limit
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, errors.New("is no zip archive, or cut short")
	case len(z.File) > maxEntries:
		return nil, fmt.Errorf("has more than %d entries", maxEntries)
	}
	return z, nil
}

// readZip reads every file of a known kind in an archive, as in a folder.
func readZip(ctx context.Context, r *run, in io.Reader, source, name string) error {
	at, size, is := readerAt(in)
	if !is { // from a file system whose files cannot be read from the end
		b, err := io.ReadAll(io.LimitReader(in, int64(r.options.MaxFile)+1))
		if err != nil {
			return notToTheEnd(err)
		}
		if len(b) > r.options.MaxFile {
			return fmt.Errorf("file is larger than %d bytes", r.options.MaxFile)
		}
		at, size = bytes.NewReader(b), int64(len(b))
	}
	z, err := openZip(at, size)
	if err != nil {
		return err
	}
	slices.SortStableFunc(z.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	left := r.options.MaxArchive
	folder := strings.TrimSuffix(name, path.Ext(name))
	for _, f := range z.File {
		p := strings.ReplaceAll(f.Name, `\`, "/") // as some programs on Windows write it
		if passedOver(p) {
			continue
		}
		from := source + "/" + p
		if err := sound(f, p); err != nil {
			r.reject(origin{source: printable(from)}, err)
			continue
		}
		if format(p) == nil {
			continue
		}
		if err := r.entry(ctx, f, &left, from, path.Join(folder, p)); err != nil {
			return err
		}
		if left < 0 {
			return fmt.Errorf("archive unpacks to more than %d bytes; the rest was left out", r.options.MaxArchive)
		}
		if c, counts := in.(*counter); counts {
			c.advance(int64(min(f.CompressedSize64, 1<<40)))
		}
	}
	return nil
}

// entry reads one file of an archive.
func (r *run) entry(ctx context.Context, f *zip.File, left *int64, source, name string) error {
	in, err := f.Open()
	if err != nil {
		r.reject(origin{source: source}, errors.New("is packed in a way that cannot be read"))
		return nil
	}
	defer in.Close()
	return r.file(ctx, &bounded{in: in, left: left, packed: int64(min(f.CompressedSize64, 1<<40))}, source, name)
}

// passedOver reports whether an entry is a folder, begins with a dot, or is what macOS adds.
func passedOver(p string) bool {
	if strings.HasSuffix(p, "/") {
		return true
	}
	for part := range strings.SplitSeq(p, "/") {
		if strings.HasPrefix(part, ".") && part != ".." && part != "." || part == "__MACOSX" {
			return true
		}
	}
	return false
}

// sound says why an entry is not to be read. Nothing is written to disk, but ids are made of names, and a name that
// leads out of the archive is no mistake.
func sound(f *zip.File, p string) error {
	switch {
	case !utf8.ValidString(p) || strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("name is not valid UTF-8, or has control characters")
	case !fs.ValidPath(p) || strings.Contains(p, ":"):
		return errors.New("name leads out of the archive")
	case extension(p) == ".zip":
		return errors.New("archives inside of archives are not read")
	case format(p) == nil:
		return nil
	case !f.Mode().IsRegular():
		return errIrregular
	case f.Flags&1 != 0:
		return errors.New("is encrypted")
	case f.CompressedSize64 > 1<<40:
		return errors.New("says that it has more bytes than a disk")
	}
	return nil
}

// printable makes a name from a foreign file fit for a message.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
