package kb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"switchboard"
)

// Snapshot is an immutable state of the whole knowledge base, open for searching. It is safe for concurrent use.
type Snapshot struct {
	store    *Store
	id       string
	synonyms string
	parts    []*part       // the largest first
	langs    []*collection // sorted by language
	visible  visibility
	hybrid   hybrid
	stats    Stats

	release func() error // gives the segments back
	mu      sync.RWMutex // held for reading while searching, so that Close waits for searches
	closed  bool
	spare   sync.Pool // of *rankScratch
}

// part is a segment as one snapshot has it.
type part struct {
	seg          *segment
	deadDocs     bitset // documents that the snapshot does not have (any more); nil where it has all
	deadPassages bitset
	live         int // passages
}

// units is how many passages, or documents, the part's segment has.
func (p *part) units(s *space) int {
	if s.documents {
		return len(p.seg.docs)
	}
	return len(p.seg.passages)
}

// Stats are a snapshot's sizes.
type Stats struct {
	Documents int            `json:"documents"`
	Passages  int            `json:"passages"`
	Languages map[string]int `json:"languages"` // to how many documents
}

// Open opens a snapshot for searching; NotFound if the store does not have it. It checks every byte that the snapshot
// is made of, and that the documents are those that the id stands for. The caller closes it.
func (s *Store) Open(ctx context.Context, id string) (*Snapshot, error) {
	return s.openAs(ctx, id, true)
}

// openAs opens a snapshot with or without checking every byte: to make another of it, its table is enough.
func (s *Store) openAs(ctx context.Context, id string, checked bool) (*Snapshot, error) {
	m, err := s.manifest(id)
	if err != nil {
		return nil, err
	}
	snap, err := s.open(ctx, m, checked)
	if err != nil {
		return nil, fmt.Errorf("open snapshot %s: %w", id, err)
	}
	return snap, nil
}

// Hold keeps what snapshots are made of open until release is called, so that who looks at them several times opens
// their segments once. Those that cannot be opened are passed over: whoever wants them hears why.
func (s *Store) Hold(ctx context.Context, ids ...string) (release func()) {
	var held []*Snapshot
	for _, id := range ids {
		if snap, err := s.openAs(ctx, id, false); err == nil {
			held = append(held, snap)
		}
	}
	return func() {
		for _, snap := range held {
			_ = snap.Close() // unmapping fails for nobody who still reads
		}
	}
}

func (s *Store) open(ctx context.Context, m manifest, checked bool) (_ *Snapshot, err error) {
	if m.Format != formatVersion {
		return nil, fmt.Errorf("it has format %d, this program reads %d", m.Format, formatVersion)
	}
	snap := &Snapshot{store: s, id: m.ID, synonyms: m.Synonyms}
	snap.release = func() error {
		var errs []error
		for _, p := range snap.parts {
			errs = append(errs, s.letGo(p.seg))
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, snap.release())
		}
	}()
	for _, ms := range m.Segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seg, err := s.take(ms.Name, checked)
		if err != nil {
			return nil, err
		}
		p := &part{seg: seg}
		snap.parts = append(snap.parts, p)
		if err := p.bury(ms.Dead); err != nil {
			return nil, err
		}
	}
	if got := snap.identity().id(m.Synonyms); got != m.ID {
		return nil, fmt.Errorf("its documents are those of %s: a file was changed", got)
	}
	return snap, snap.prepare()
}

// bury marks the documents of the segment that the snapshot does not have.
func (p *part) bury(dead []uint32) error {
	t := &p.seg.table
	p.live = len(t.passages)
	if len(dead) == 0 {
		return nil
	}
	p.deadDocs, p.deadPassages = newBitset(len(t.docs)), newBitset(len(t.passages))
	for _, d := range dead {
		if int(d) >= len(t.docs) || p.deadDocs.has(d) {
			return errTable
		}
		p.deadDocs.set(d)
		for x := t.first[d]; x < t.first[d+1]; x++ {
			p.deadPassages.set(x)
			p.live--
		}
	}
	return nil
}

// prepare computes what searching needs beside the segments.
func (s *Snapshot) prepare() error {
	slices.SortStableFunc(s.parts, func(a, b *part) int { return cmp.Compare(b.live, a.live) })
	s.stats.Languages = map[string]int{}
	byLang := map[string]*collection{}
	for i, p := range s.parts {
		for at, l := range p.seg.langs {
			c := byLang[l.name]
			if c == nil {
				var err error
				if c, err = s.collection(l.name); err != nil {
					return err
				}
				byLang[l.name] = c
			}
			c.at[i] = at
			c.passages.addAll(l.passages)
			c.docs.addAll(l.documents)
		}
		p.forget(byLang)
	}
	for lang, c := range byLang {
		if c.passages.n == 0 {
			continue
		}
		s.langs = append(s.langs, c)
		s.stats.Languages[lang] = int(c.docs.n)
		s.stats.Documents += int(c.docs.n)
		s.stats.Passages += int(c.passages.n)
		c.passages.norms, c.docs.norms, c.docs.documents = newNorms(c.passages.sums), newNorms(c.docs.sums), true
		for i, p := range s.parts {
			passages, docs := 1.0, 1.0
			if c.at[i] >= 0 {
				l := &p.seg.langs[c.at[i]]
				passages, docs = c.passages.norms.slack(&l.passageNorms), c.docs.norms.slack(&l.documentNorms)
			}
			c.passages.slack, c.docs.slack = append(c.passages.slack, passages), append(c.docs.slack, docs)
		}
	}
	slices.SortFunc(s.langs, func(x, y *collection) int { return cmp.Compare(x.lang, y.lang) })
	s.succeed()
	return nil
}

// forget takes what is dead out of the statistics.
func (p *part) forget(byLang map[string]*collection) {
	if p.deadDocs == nil {
		return
	}
	t := &p.seg.table
	for d := range p.deadDocs.all() {
		c := byLang[p.seg.langs[p.seg.facts.lang[d]].name]
		c.docs.add(p.seg.facts.lengths[d], -1)
		for x := t.first[d]; x < t.first[d+1]; x++ {
			c.passages.add(t.length(int(x)), -1)
		}
	}
}

// Warm learns what the first searches would otherwise wait for. It may be called at any time.
func (s *Snapshot) Warm() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return
	}
	for _, c := range s.langs {
		c.nearby()
		c.acronyms()
		c.pins()
		c.subjects()
	}
}

// ID is the hash that names the snapshot: "kb_" and 16 hexadecimal digits.
func (s *Snapshot) ID() string { return s.id }

// each calls visit for every document, in no order, until it returns false.
func (s *Snapshot) each(visit func(p *part, d int) bool) {
	for _, p := range s.parts {
		for d := range p.seg.docs {
			if !p.deadDocs.has(uint32(d)) && !visit(p, d) {
				return
			}
		}
	}
}

// Documents lists the documents, sorted by id, without their bodies.
func (s *Snapshot) Documents() []Document {
	s.mu.RLock()
	defer s.mu.RUnlock()
	docs := make([]Document, 0, s.stats.Documents)
	if s.closed {
		return docs
	}
	s.each(func(p *part, d int) bool {
		docs = append(docs, p.seg.entry(d).Document)
		return true
	})
	slices.SortFunc(docs, func(a, b Document) int { return cmp.Compare(a.ID, b.ID) })
	return docs
}

// Document returns one document whole; NotFound if there is none with that id.
func (s *Snapshot) Document(_ context.Context, id string) (Document, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.lookUp(id)
	if err != nil {
		return Document{}, err
	}
	return s.parts[r.part].seg.document(int(r.doc))
}

// Passages returns a document's passages in the order of its text; NotFound if there is no such document.
func (s *Snapshot) Passages(_ context.Context, docID string) ([]switchboard.Passage, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.lookUp(docID)
	if err != nil {
		return nil, err
	}
	seg := s.parts[r.part].seg
	var all []switchboard.Passage
	for x := seg.first[r.doc]; x < seg.first[r.doc+1]; x++ {
		all = append(all, seg.passage(int(x)))
	}
	return all, nil
}

func (s *Snapshot) lookUp(id string) (ref, error) {
	if s.closed {
		return ref{}, switchboard.Errorf(switchboard.Unavailable, "snapshot %s is closed", s.id)
	}
	r, ok := s.find(id)
	if !ok {
		return ref{}, switchboard.Errorf(switchboard.NotFound, "no document has the id %.80q", id)
	}
	return r, nil
}

func (s *Snapshot) find(id string) (ref, bool) {
	for i, p := range s.parts {
		if d, ok := p.seg.find(id); ok && !p.deadDocs.has(uint32(d)) {
			return ref{i, uint32(d)}, true
		}
	}
	return ref{}, false
}

// Stats counts.
func (s *Snapshot) Stats() Stats { return s.stats }

// Close waits for searches in progress and frees the index. A search after it fails.
func (s *Snapshot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.release()
}
