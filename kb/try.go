package kb

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Try opens the snapshot that Apply would make, without making it: nothing is written into the store. What is new is
// indexed in a temporary folder, which goes when the snapshot is closed, and the rest is shared with what is open
// already. So it costs what the change costs, however large the base is. It refuses like Apply; the caller closes it.
func (s *Store) Try(ctx context.Context, base string, c Change) (_ *Snapshot, err error) {
	p, err := s.plan(ctx, base, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if p.exists {
		return s.openAs(ctx, p.id, false)
	}
	snap, err := p.try(ctx)
	if err != nil {
		return nil, fmt.Errorf("try %s: %w", p.id, err)
	}
	return snap, nil
}

// try puts a snapshot together of what stays of the base and of segments of its own.
func (p *plan) try(ctx context.Context) (_ *Snapshot, err error) {
	dir, err := os.MkdirTemp("", "switchboard-try-")
	if err != nil {
		return nil, err
	}
	var undo []func() error
	snap := &Snapshot{store: p.store, id: p.id, synonyms: p.synonyms, release: func() error {
		var errs []error
		for _, f := range undo {
			errs = append(errs, f())
		}
		return errors.Join(append(errs, os.RemoveAll(dir))...)
	}}
	defer func() {
		if err != nil {
			err = errors.Join(err, snap.release())
		}
	}()
	add := func(from *Store, name string, dead []uint32) error {
		seg, err := from.take(name, false)
		if err != nil {
			return err
		}
		undo = append(undo, func() error { return from.letGo(seg) })
		one := &part{seg: seg}
		snap.parts = append(snap.parts, one)
		return one.bury(dead)
	}
	for _, x := range p.parts {
		if err := add(p.store, x.seg.name, x.buried()); err != nil {
			return nil, err
		}
	}
	own, err := OpenStore(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	err = own.segments(ctx, p.put, func(name string, _ []pending, _ int) { names = append(names, name) })
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := add(own, name, nil); err != nil {
			return nil, err
		}
	}
	return snap, snap.prepare()
}

// buried lists the documents that the new snapshot does not have.
func (x *planPart) buried() []uint32 {
	var dead []uint32
	for d := range uint32(len(x.seg.docs)) {
		if x.dead[d] {
			dead = append(dead, d)
		}
	}
	return dead
}
