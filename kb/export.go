package kb

import (
	"bufio"
	"bytes"
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
	// maxExport bounds what an exported file may unpack to.
	maxExport     = 8 << 30
	maxExportLine = 3 * MaxBodyBytes // JSON escapes some signs
)

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
	damaged := func(err error) error {
		return switchboard.Errorf(switchboard.InvalidField, "the file is no exported knowledge base, or it is damaged").Because(err)
	}
	z, err := gzip.NewReader(from)
	if err != nil {
		return "", damaged(err)
	}
	in := bufio.NewScanner(io.LimitReader(z, maxExport))
	in.Buffer(nil, maxExportLine)
	var h exportHeader
	in.Scan()
	if err := json.Unmarshal(in.Bytes(), &h); err != nil || h.Kind != exportKind {
		return "", damaged(err)
	}
	if h.Version > exportVersion {
		return "", switchboard.Errorf(switchboard.InvalidField, "the file was exported by a later version")
	}
	var docs []Document
	for in.Scan() {
		d, err := parseCanonical(in.Bytes())
		if err != nil {
			return "", damaged(err)
		}
		docs = append(docs, d)
	}
	if err := in.Err(); err != nil {
		return "", damaged(err)
	}
	c := Change{Put: docs, Synonyms: &h.Synonyms}
	out, err := s.Preview(ctx, "", c)
	if err != nil {
		return "", err
	}
	if len(docs) != h.Documents || h.Format == formatVersion && out.ID != h.Snapshot {
		return "", damaged(fmt.Errorf("it holds %d documents of %s, not %d of %s", len(docs), out.ID, h.Documents, h.Snapshot))
	}
	out, err = s.Apply(ctx, "", c)
	return out.ID, err
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
