package kb

import (
	"context"
	"errors"
	"slices"
)

// Diff is how two snapshots differ, by documents' ids, sorted.
type Diff struct {
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

// Diff compares two snapshots; "" stands for one without documents. It looks only into segments that they do not share.
func (s *Store) Diff(ctx context.Context, from, to string) (d Diff, err error) {
	var sides [2]map[string][32]byte
	var open [2]*Snapshot
	for i, id := range []string{from, to} {
		if id == "" {
			continue
		}
		snap, err := s.openAs(ctx, id, false)
		if err != nil {
			return d, err
		}
		defer func() { err = errors.Join(err, snap.Close()) }()
		open[i] = snap
	}
	for i := range open {
		sides[i] = open[i].apart(open[1-i])
	}
	for id, hash := range sides[1] {
		if old, had := sides[0][id]; !had {
			d.Added = append(d.Added, id)
		} else if old != hash {
			d.Changed = append(d.Changed, id)
		}
	}
	for id := range sides[0] {
		if _, has := sides[1][id]; !has {
			d.Removed = append(d.Removed, id)
		}
	}
	d.sort()
	return d, nil
}

// sort also makes empty lists of missing ones, as programs want them.
func (d *Diff) sort() {
	for _, list := range []*[]string{&d.Added, &d.Changed, &d.Removed} {
		if *list == nil {
			*list = []string{}
		}
		slices.Sort(*list)
	}
}

// apart is the documents in segments that other does not have in the same way. A nil snapshot has none.
func (s *Snapshot) apart(other *Snapshot) map[string][32]byte {
	docs := map[string][32]byte{}
	if s == nil {
		return docs
	}
	for _, p := range s.parts {
		if other != nil && slices.ContainsFunc(other.parts, func(o *part) bool {
			return o.seg == p.seg && slices.Equal(o.deadDocs, p.deadDocs)
		}) {
			continue
		}
		for d := range uint32(len(p.seg.docs)) {
			if !p.deadDocs.has(d) {
				docs[string(p.seg.id(int(d)))] = p.seg.hash(int(d))
			}
		}
	}
	return docs
}

// Holding says which of some documents a snapshot has, and how many others.
type Holding struct {
	IDs    map[string]bool
	Others int
}

// Has looks documents up; "" stands for a snapshot without any.
func (s *Store) Has(ctx context.Context, snapshot string, ids ...string) (h Holding, err error) {
	h.IDs = map[string]bool{}
	if snapshot == "" {
		return h, nil
	}
	snap, err := s.openAs(ctx, snapshot, false)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	for _, id := range ids {
		if _, ok := snap.find(id); ok {
			h.IDs[id] = true
		}
	}
	h.Others = snap.stats.Documents - len(h.IDs)
	return h, nil
}
