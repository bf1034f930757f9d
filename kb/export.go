package kb

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"switchboard"
)

// A snapshot as one file is gzip over lines of JSON: a header, then the documents' canonical forms, sorted by id. It is
// the content and nothing else, so that any version can read it and anybody can look into it.

// exportHeader is the first line.
type exportHeader struct {
	Kind      string `json:"kind"`
	Version   int    `json:"version"`
	Snapshot  string `json:"snapshot"` // what the exporting version called it
	Format    int    `json:"format"`   // of the exporting version
	Documents int    `json:"documents"`
	Synonyms  string `json:"synonyms,omitempty"`
}

const (
	exportKind    = "switchboard knowledge base"
	exportVersion = 1
	// maxExport bounds what an exported file may unpack to, in bytes. All of it is held in memory.
	maxExport     = 1 << 30
	maxExportLine = 3 * MaxBodyBytes // JSON escapes some signs
	// Articles unpack to three to ten times their size. More than maxRatio is a bomb, after the first bytes.
	maxRatio   = 100
	ratioAfter = 4 << 20
)

// unpacked reads what an exported file unpacks to, within the bounds.
type unpacked struct {
	packed counted
	z      io.Reader
	n      int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if u.n += int64(n); u.n > maxExport || u.n > ratioAfter && u.n/maxRatio > u.packed.n {
		return 0, switchboard.Errorf(switchboard.InvalidField, "the file unpacks to more than a knowledge base has")
	}
	return n, err
}

// counted counts what is read of r.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Export writes a snapshot as one file. The same snapshot gives the same bytes.
func (s *Store) Export(ctx context.Context, id string, to io.Writer) (err error) {
	snap, err := s.Open(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	z := gzip.NewWriter(to)
	enc := json.NewEncoder(z)
	if err := enc.Encode(exportHeader{
		Kind: exportKind, Version: exportVersion, Snapshot: id, Format: formatVersion, Documents: snap.stats.Documents,
		Synonyms: snap.synonyms,
	}); err != nil {
		return fmt.Errorf("export %s: %w", id, err)
	}
	for _, d := range snap.Documents() {
		if err := ctx.Err(); err != nil {
			return err
		}
		whole, err := snap.Document(ctx, d.ID)
		if err != nil {
			return err
		}
		line, err := whole.canonical()
		if err != nil {
			return err
		}
		if _, err := z.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("export %s: %w", id, err)
		}
	}
	return z.Close()
}

// ImportExported makes a snapshot of a file that Export wrote and returns its id. The file must hold what it says: a
// version with the same format gets the same id, or refuses.
func (s *Store) ImportExported(ctx context.Context, from io.Reader) (string, error) {
	h, docs, err := readExported(from)
	if err != nil {
		return "", err
	}
	c := Change{Put: docs, Synonyms: &h.Synonyms}
	out, err := s.Preview(ctx, "", c)
	if err != nil {
		return "", err
	}
	if h.Format == formatVersion && out.ID != h.Snapshot {
		return "", badExport(fmt.Errorf("it holds %s, not %s", out.ID, h.Snapshot))
	}
	out, err = s.Apply(ctx, "", c)
	return out.ID, err
}

func badExport(err error) error {
	if errors.Is(err, switchboard.InvalidField) { // it says itself what is wrong
		return err
	}
	return switchboard.Errorf(switchboard.InvalidField, "the file is no exported knowledge base, or it is damaged").Because(err)
}

func readExported(from io.Reader) (h exportHeader, docs []Document, err error) {
	u := &unpacked{packed: counted{r: from}}
	if u.z, err = gzip.NewReader(&u.packed); err != nil {
		return h, nil, badExport(err)
	}
	in := bufio.NewScanner(u)
	in.Buffer(nil, maxExportLine)
	in.Scan()
	if err := cmp.Or(in.Err(), json.Unmarshal(in.Bytes(), &h)); err != nil || h.Kind != exportKind {
		return h, nil, badExport(err)
	}
	if h.Version > exportVersion {
		return h, nil, switchboard.Errorf(switchboard.InvalidField, "the file was exported by a later version")
	}
	for in.Scan() {
		d, err := parseCanonical(in.Bytes())
		if err := cmp.Or(in.Err(), err); err != nil { // the last line may be what came before an error
			return h, nil, badExport(err)
		}
		docs = append(docs, d)
		if len(docs) > h.Documents {
			return h, nil, badExport(fmt.Errorf("it holds more than its %d documents", h.Documents))
		}
	}
	if err := in.Err(); err != nil {
		return h, nil, badExport(err)
	}
	if len(docs) < h.Documents {
		return h, nil, badExport(fmt.Errorf("it holds %d documents, not %d", len(docs), h.Documents))
	}
	return h, docs, nil
}

// IsExported reports whether a file begins as Export's do; of the first kilobyte of it.
func IsExported(head []byte) bool {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return false
	}
	begin := make([]byte, len(`{"kind":"`)+len(exportKind))
	n, _ := io.ReadFull(z, begin)
	return string(begin[:n]) == `{"kind":"`+exportKind
}
