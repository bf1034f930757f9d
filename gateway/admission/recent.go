package admission

import "hash/maphash"

// recentSlots is how many conversations are remembered at most, a power of two. A slot is four bytes.
const recentSlots = 1 << 16

// recent remembers conversations that have had a turn lately, each in the one slot that its hash names. What comes
// later takes the slot: such a conversation may be thought new, which costs it a place in the queue and nothing else.
type recent struct {
	seed  maphash.Seed
	slots []uint32
}

func newRecent() recent { return recent{seed: maphash.MakeSeed(), slots: make([]uint32, recentSlots)} }

// hash is 0 for no conversation, and for no other.
func (r *recent) hash(conversation string) uint64 {
	if conversation == "" {
		return 0
	}
	return maphash.String(r.seed, conversation) | 1<<63
}

func (r *recent) add(hash uint64) {
	if hash != 0 {
		r.slots[hash%recentSlots] = uint32(hash >> 32)
	}
}

func (r *recent) has(hash uint64) bool {
	return hash != 0 && r.slots[hash%recentSlots] == uint32(hash>>32)
}
