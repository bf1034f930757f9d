package guard

import (
	"sync"
	"sync/atomic"

	"switchboard"
)

// readerKeeps is how many passages a Reader remembers, at some kilobytes each. Beyond it, it starts anew.
const readerKeeps = 4096

// Reader remembers what was read of passages and instructions, because the same ones come in turn after turn and reading
// costs more than checking. It belongs to one snapshot: passages are told apart by their ids. The zero value is ready,
// and it is safe for concurrent use.
type Reader struct {
	sources      sync.Map // of a passage's id: *source
	kept         atomic.Int64
	instructions sync.Map // of their text: *secret
}

// Prepare is [Draft.Prepared] with the reader's memory.
func (r *Reader) Prepare(d Draft) Draft {
	d.evidence = newEvidence(d, r)
	return d
}

func (r *Reader) source(p switchboard.Passage) source {
	if r == nil || p.ID == "" {
		return newSource(p)
	}
	if known, ok := r.sources.Load(p.ID); ok {
		return *known.(*source)
	}
	s := newSource(p)
	if r.kept.Add(1) > readerKeeps {
		r.sources.Clear()
		r.kept.Store(1)
	}
	r.sources.Store(p.ID, &s)
	return s
}

func (r *Reader) secret(instructions string) *secret {
	if r == nil || instructions == "" {
		return newSecret(instructions)
	}
	if known, ok := r.instructions.Load(instructions); ok {
		return known.(*secret)
	}
	s := newSecret(instructions)
	r.instructions.Store(instructions, s)
	return s
}
