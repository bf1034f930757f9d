package kb

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/mmap-go"

	"switchboard/kb/vector"
)

// A segment is some of the knowledge base's documents in a folder of their own, with their passages and their index. It
// never changes: an edited document gets a new segment, and the snapshot says that the old one's text is dead. So
// thousands of snapshots share nearly all that they hold, and an edit costs what the edited documents cost.
//
//	documents.jsonl   the documents' canonical forms, a line each, sorted by id
//	table             the documents' and passages' records (table.go)
//	index/            bleve's index of the passages
//	segment.json      the sizes and checksums of the rest; written last
//
// Nothing of a segment's layout shows in scores: see rank.go.
const (
	documentsFile = "documents.jsonl"
	tableFile     = "table"
	indexDir      = "index"
	segmentFile   = "segment.json"
	segmentPrefix = "seg_"
)

// A segment holds at most so much, except that one document is never divided. It bounds the memory that building takes.
const (
	segmentPassages = 2048
	segmentBytes    = 32 << 20 // of bodies
)

// segmentManifest is what a segment's folder says about itself.
type segmentManifest struct {
	Format    int         `json:"format"`
	Documents int         `json:"documents"`
	Passages  int         `json:"passages"`
	Files     []fileCheck `json:"files"`
}

// fileCheck finds out that a file was damaged. CRC-32C, because all files are read at each opening.
type fileCheck struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	CRC   uint32 `json:"crc32c"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segmentName is the same for the same documents.
func segmentName(docs []pending) string {
	h := sha256.New()
	fmt.Fprintf(h, "switchboard segment %d\n", formatVersion)
	for _, d := range docs {
		h.Write(d.hash[:])
	}
	return segmentPrefix + hex.EncodeToString(h.Sum(nil)[:8])
}

// writeSegment writes docs, which must be normalised and sorted by id, into the folder dir, which exists, and syncs it.
func writeSegment(ctx context.Context, dir string, docs []pending, cuts [][]cut) error {
	index, err := buildIndex(ctx, dir, cuts)
	if err != nil {
		return err
	}
	lines, err := writeDocuments(filepath.Join(dir, documentsFile), docs)
	if err != nil {
		return err
	}
	t := newTable(docs, lines, cuts, index)
	if err := writeFile(filepath.Join(dir, tableFile), t.encode()); err != nil {
		return err
	}
	m := segmentManifest{Format: formatVersion, Documents: len(docs), Passages: len(t.passages)}
	if m.Files, err = checkFiles(dir); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, segmentFile), m); err != nil {
		return err
	}
	return syncTree(dir)
}

// writeDocuments returns how long each line is.
func writeDocuments(path string, docs []pending) (lines []int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<16)
	for _, d := range docs {
		line, err := d.canonical()
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return nil, err
		}
		lines = append(lines, len(line))
	}
	return lines, w.Flush()
}

// checkFiles computes the checksums of every file below dir.
func checkFiles(dir string) ([]fileCheck, error) {
	var checks []fileCheck
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		c, err := checkFile(path)
		c.Name = filepath.ToSlash(name)
		checks = append(checks, c)
		return err
	})
	return checks, err
}

func checkFile(path string) (c fileCheck, err error) {
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	h := crc32.New(castagnoli)
	c.Bytes, err = io.CopyBuffer(onlyWriter{h}, f, make([]byte, 256<<10))
	c.CRC = h.Sum32()
	return c, err
}

// onlyWriter hides what would make io.CopyBuffer pass over its buffer.
type onlyWriter struct{ io.Writer }

// segment is one that is open. It is safe for concurrent use; the snapshots that hold it count in users.
type segment struct {
	name      string
	documents mmap.MMap // nil where the file is empty
	table
	facts    facts
	postings postings
	langs    []segmentLang
	identity identity // of all its documents
	lists    listCache
	filing   sync.Once
	filed    map[string][]uint32 // see topics
	dir      string

	vectorsMu sync.Mutex
	vectors   map[string]*vector.Matrix // by the embedder's fingerprint

	// Guarded by the store's lock:
	users   int
	checked bool // every byte
}

// readSegmentManifest refuses those of other formats.
func readSegmentManifest(dir string) (m segmentManifest, err error) {
	if err := readJSON(filepath.Join(dir, segmentFile), &m); err != nil {
		return m, err
	}
	if m.Format != formatVersion {
		return m, fmt.Errorf("it has format %d, this program reads %d", m.Format, formatVersion)
	}
	return m, nil
}

// openSegment opens the segment in dir. What it reads of it now is checked for making sense, the bytes of it by
// checkSegment.
func openSegment(dir string) (_ *segment, err error) {
	s := &segment{name: filepath.Base(dir), dir: dir, postings: postings{dir: filepath.Join(dir, indexDir)}}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open segment %s: %w", s.name, errors.Join(err, s.close()))
		}
	}()
	m, err := readSegmentManifest(dir)
	if err != nil {
		return nil, err
	}
	if s.documents, err = mapFile(filepath.Join(dir, documentsFile)); err != nil {
		return nil, err
	}
	records, err := mapFile(filepath.Join(dir, tableFile))
	if err != nil {
		return nil, err
	}
	if err := s.table.decode(records); err != nil {
		return nil, err
	}
	if len(s.docs) != m.Documents || len(s.passages) != m.Passages {
		return nil, errTable
	}
	s.survey()
	return s, nil
}

// checkSegment compares every byte of the segment in dir with what was written. It comes before anything of the segment
// is opened: bleve prints what it thinks of damaged files, and goes on without them.
func checkSegment(dir string) error {
	m, err := readSegmentManifest(dir)
	if err != nil {
		return err
	}
	for _, name := range []string{documentsFile, tableFile} {
		if !slices.ContainsFunc(m.Files, func(f fileCheck) bool { return f.Name == name }) {
			return fmt.Errorf("%s is damaged: it does not name %s", segmentFile, name)
		}
	}
	for _, want := range m.Files {
		if err := want.check(dir); err != nil {
			return err
		}
	}
	return nil
}

func (want fileCheck) check(dir string) error {
	if !filepath.IsLocal(filepath.FromSlash(want.Name)) {
		return fmt.Errorf("file %q lies outside", want.Name)
	}
	got, err := checkFile(filepath.Join(dir, filepath.FromSlash(want.Name)))
	if err != nil {
		return err
	}
	if got.Bytes != want.Bytes || got.CRC != want.CRC {
		return fmt.Errorf("file %s is damaged: it is not what was written", want.Name)
	}
	return nil
}

// survey adds up what the segment has in each language.
func (s *segment) survey() {
	var names []string
	s.facts, names = newFacts(&s.table)
	s.langs = make([]segmentLang, len(names))
	for d, l := range s.facts.lang {
		s.identity.add(s.hash(d))
		s.langs[l].documents.add(s.facts.lengths[d], 1)
		for p := s.first[d]; p < s.first[d+1]; p++ {
			s.langs[l].passages.add(s.length(int(p)), 1)
		}
	}
	for i := range s.langs {
		l := &s.langs[i]
		l.name, l.passageNorms, l.documentNorms = names[i], newNorms(l.passages), newNorms(l.documents)
	}
}

func mapFile(path string) (mmap.MMap, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the mapping stays
	m, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", filepath.Base(path), err)
	}
	return m, nil
}

func (s *segment) close() error {
	err := s.postings.close()
	for _, v := range s.vectors {
		err = errors.Join(err, v.Close())
	}
	for _, m := range []*mmap.MMap{&s.documents, &s.table.records} {
		if *m != nil {
			err = errors.Join(err, m.Unmap())
			*m = nil
		}
	}
	return err
}

// document returns one whole.
func (s *segment) document(d int) (Document, error) {
	e := s.table.entry(d)
	if e.lineAt+e.lineLen > len(s.documents) {
		return Document{}, errTable
	}
	return parseCanonical(s.documents[e.lineAt : e.lineAt+e.lineLen])
}

// find returns the place of the document with an id.
func (s *segment) find(id string) (int, bool) {
	lo, hi := 0, len(s.docs)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch have := s.table.id(mid); {
		case string(have) == id:
			return mid, true
		case string(have) < id:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0, false
}

// listCache keeps the lists that searches have read, by language and term. A list is read from bleve once.
type listCache struct {
	lists sync.Map // of listKey to *list
	size  atomic.Int64
}

type listKey struct {
	lang int
	term string
}

// listCacheBytes bounds the lists that one segment keeps. A segment of 2,048 passages has some 2 MB of them in all.
const listCacheBytes = 8 << 20

// list returns the postings of a term in one of the segment's languages, nil where it has none.
func (s *segment) list(ctx context.Context, lang int, term string) (*list, error) {
	key := listKey{lang, term}
	if have, ok := s.lists.lists.Load(key); ok {
		return have.(*list), nil
	}
	l, err := s.readList(ctx, lang, term)
	if err != nil {
		return nil, fmt.Errorf("read postings of segment %s: %w", s.name, err)
	}
	if s.lists.size.Add(l.bytes()+int64(len(term))+64) > listCacheBytes {
		s.lists.lists.Clear()
		s.lists.size.Store(0)
	}
	key.term = strings.Clone(term)
	s.lists.lists.Store(key, l)
	return l, nil
}
