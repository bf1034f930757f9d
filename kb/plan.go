package kb

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"switchboard"
)

// plan is a snapshot on its way: what stays of the base, and what is to be indexed.
type plan struct {
	store    *Store
	base     *Snapshot // nil where there is none
	reuse    *Snapshot
	parts    []*planPart
	put      []pending // to be indexed
	id       string
	synonyms string
	exists   bool // it is there already
	identity identity
	diff     Diff
	progress func(done, total int)
}

func (p *plan) outcome() Outcome {
	if p == nil {
		return Outcome{}
	}
	return Outcome{ID: p.id, Documents: p.identity.n, Diff: p.diff}
}

// pending is a document on its way into a segment.
type pending struct {
	Document
	hash [sha256.Size]byte
}

func byID(a, b pending) int { return cmp.Compare(a.ID, b.ID) }

// planPart is a segment of the new snapshot.
type planPart struct {
	seg  *segment
	dead map[uint32]bool
}

// live is how many of the segment's documents the snapshot has, passages how many passages they have.
func (p *planPart) live() int { return len(p.seg.docs) - len(p.dead) }

func (p *planPart) passages() int {
	n := len(p.seg.passages)
	for d := range p.dead {
		n -= int(p.seg.first[d+1] - p.seg.first[d])
	}
	return n
}

func (p *plan) close() error {
	var errs []error
	for _, s := range []*Snapshot{p.base, p.reuse} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *Store) plan(ctx context.Context, base string, c Change) (_ *plan, err error) {
	p := &plan{store: s, progress: c.Progress}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	put, err := prepared(c.Put)
	if err != nil {
		return nil, err
	}
	if base != "" {
		if p.base, err = s.openAs(ctx, base, false); err != nil {
			return nil, err
		}
		p.identity, p.synonyms = *p.base.identity(), p.base.synonyms
	}
	if c.Synonyms != nil {
		if err := CheckSynonyms(*c.Synonyms); err != nil { // nobody could open the snapshot
			return nil, err
		}
		p.synonyms = *c.Synonyms
	}
	if err := p.take(put, c); err != nil {
		return nil, err
	}
	p.diff.sort()
	if p.identity.n == 0 {
		return p, ErrEmpty
	}
	if err := p.checkSupersedes(); err != nil {
		return nil, err
	}
	p.id = p.identity.id(p.synonyms)
	if m, err := s.manifest(p.id); err == nil && m.Format == formatVersion {
		p.exists = true
		return p, nil
	}
	if c.Reuse != "" && c.Reuse != base && len(p.put) > 0 {
		if p.reuse, err = s.openAs(ctx, c.Reuse, false); err != nil {
			return nil, err
		}
		p.adopt()
	}
	return p, nil
}

// prepared normalises and checks documents, and sorts them by id.
func prepared(docs []Document) ([]pending, error) {
	out := make([]pending, len(docs))
	var errs []error
	for i, d := range docs {
		d = d.Normalize()
		if err := d.Check(); err != nil {
			errs = append(errs, fmt.Errorf("document %q: %w", d.ID, err))
			continue
		}
		out[i] = pending{d, d.hash()}
	}
	slices.SortStableFunc(out, byID)
	for i := range out[min(1, len(out)):] {
		if out[i].ID == out[i+1].ID && out[i].ID != "" {
			errs = append(errs, fmt.Errorf("document %q: id occurs twice", out[i].ID))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, switchboard.Errorf(switchboard.InvalidField, "%s", err)
	}
	return out, nil
}

// take works out what of the base stays and what is put in.
func (p *plan) take(put []pending, c Change) error {
	var at map[*part]*planPart
	if p.base != nil {
		at = make(map[*part]*planPart, len(p.base.parts))
		for _, b := range p.base.parts {
			x := &planPart{seg: b.seg, dead: map[uint32]bool{}}
			for d := range b.deadDocs.all() {
				x.dead[d] = true
			}
			at[b] = x
			p.parts = append(p.parts, x)
		}
	}
	drop := func(r ref) {
		b := p.base.parts[r.part]
		at[b].dead[r.doc] = true
		p.identity.remove(b.seg.hash(int(r.doc)))
	}
	stays := map[ref]bool{}
	p.put = put[:0]
	for _, d := range put {
		if r, ok := p.inBase(d.ID); ok {
			if p.base.parts[r.part].seg.hash(int(r.doc)) == d.hash {
				stays[r] = true
				continue
			}
			drop(r)
			p.diff.Changed = append(p.diff.Changed, d.ID)
		} else {
			p.diff.Added = append(p.diff.Added, d.ID)
		}
		p.identity.add(d.hash)
		p.put = append(p.put, d)
	}
	for _, id := range c.Drop {
		r, ok := p.inBase(strings.TrimSpace(id))
		if !ok {
			return switchboard.Errorf(switchboard.NotFound, "no document has the id %.80q", id)
		}
		if b := p.base.parts[r.part]; !at[b].dead[r.doc] {
			drop(r)
			p.diff.Removed = append(p.diff.Removed, id)
		}
	}
	if c.Only && p.base != nil {
		for i, b := range p.base.parts {
			for d := range uint32(len(b.seg.docs)) {
				if r := (ref{i, d}); !at[b].dead[d] && !stays[r] {
					drop(r)
					p.diff.Removed = append(p.diff.Removed, string(b.seg.id(int(d))))
				}
			}
		}
	}
	return nil
}

func (p *plan) inBase(id string) (ref, bool) {
	if p.base == nil {
		return ref{}, false
	}
	return p.base.find(id)
}

// checkSupersedes looks for a circle among all documents of the new snapshot.
func (p *plan) checkSupersedes() error {
	var links []Document
	for _, d := range p.put {
		if len(d.Supersedes) > 0 {
			links = append(links, d.Document)
		}
	}
	for _, x := range p.parts {
		for _, d := range x.seg.facts.replacing {
			if !x.dead[d] {
				links = append(links, x.seg.entry(int(d)).Document)
			}
		}
	}
	if cycle := SupersedesCycle(links); cycle != nil {
		return switchboard.Errorf(switchboard.InvalidField, "documents supersede each other in a circle: %s", strings.Join(cycle, " > "))
	}
	return nil
}

// adopt takes over segments of another snapshot that are made up mostly of what is to be indexed.
func (p *plan) adopt() {
	have := make([]map[uint32]bool, len(p.reuse.parts))
	for _, d := range p.put {
		if r, ok := p.reuse.find(d.ID); ok && p.reuse.parts[r.part].seg.hash(int(r.doc)) == d.hash {
			if have[r.part] == nil {
				have[r.part] = map[uint32]bool{}
			}
			have[r.part][r.doc] = true
		}
	}
	for i, b := range p.reuse.parts {
		known := slices.ContainsFunc(p.parts, func(x *planPart) bool { return x.seg == b.seg })
		if known || 2*len(have[i]) < len(b.seg.docs) {
			continue
		}
		x := &planPart{seg: b.seg, dead: map[uint32]bool{}}
		for d := range uint32(len(b.seg.docs)) {
			if !have[i][d] {
				x.dead[d] = true
			}
		}
		p.parts = append(p.parts, x)
		p.put = slices.DeleteFunc(p.put, func(d pending) bool {
			at, ok := b.seg.find(d.ID)
			return ok && !x.dead[uint32(at)]
		})
	}
}

// Segments are folded together so that their number stays low: as soon as there are so many of one size, counted in
// powers of that number. What they make up together is never more than one segment takes.
const foldAt = 8

// tier is the size of a segment in powers of foldAt.
func tier(passages int) int {
	t := 0
	for ; passages >= foldAt; passages /= foldAt {
		t++
	}
	return t
}

// fold gives back to be indexed what is left of segments that are mostly dead, and small segments once there are many.
func (p *plan) fold() error {
	bySize := map[int][]*planPart{}
	var folded []*planPart
	for _, x := range p.parts {
		switch n := x.passages(); {
		case x.live() == 0, 2*len(x.dead) > len(x.seg.docs):
			folded = append(folded, x)
		case n < p.store.perSegment/foldAt:
			bySize[tier(n)] = append(bySize[tier(n)], x)
		}
	}
	for _, same := range bySize {
		if len(same) >= foldAt-1 { // the new one is the last
			folded = append(folded, same...)
		}
	}
	for _, x := range folded {
		for d := range uint32(len(x.seg.docs)) {
			if x.dead[d] {
				continue
			}
			doc, err := x.seg.document(int(d))
			if err == nil && doc.hash() != x.seg.hash(int(d)) { // nothing damaged is made to look whole
				err = fmt.Errorf("document %.80q is damaged", doc.ID)
			}
			if err != nil {
				return fmt.Errorf("read segment %s: %w", x.seg.name, err)
			}
			p.put = append(p.put, pending{doc, x.seg.hash(int(d))})
		}
	}
	p.parts = slices.DeleteFunc(p.parts, func(x *planPart) bool { return slices.Contains(folded, x) })
	slices.SortFunc(p.put, byID)
	return nil
}
