package kb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
)

// formatVersion is part of every snapshot's id. Raise it when the same documents would be cut, analysed, ranked or
// stored differently: a new binary then builds what it needs anew and says so.
const formatVersion = 2

// identity is what a set of documents is known by, however they are divided into segments: the sum of their hashes, as
// numbers of 256 bits, and how many they are. So an edit changes it by what it takes away and what it puts in.
type identity struct {
	sum [4]uint64
	n   int
}

func (i *identity) add(hash [sha256.Size]byte) {
	i.combine(hash, bits.Add64)
	i.n++
}

func (i *identity) remove(hash [sha256.Size]byte) {
	i.combine(hash, bits.Sub64)
	i.n--
}

func (i *identity) combine(hash [sha256.Size]byte, op func(x, y, carry uint64) (uint64, uint64)) {
	var carry uint64
	for w := range i.sum {
		i.sum[w], carry = op(i.sum[w], binary.LittleEndian.Uint64(hash[8*w:]), carry)
	}
}

// id names the snapshot of the documents, with what else decides how it answers.
func (i *identity) id(synonyms string) string {
	h := sha256.New()
	fmt.Fprintf(h, "switchboard kb %d\n%d documents %x\n%s", formatVersion, i.n, i.sum, synonyms)
	return idPrefix + hex.EncodeToString(h.Sum(nil)[:8])
}

// addAll adds the documents of another.
func (i *identity) addAll(o *identity) {
	var carry uint64
	for w := range i.sum {
		i.sum[w], carry = bits.Add64(i.sum[w], o.sum[w], carry)
	}
	i.n += o.n
}

// identity is that of the snapshot's documents.
func (s *Snapshot) identity() *identity {
	var i identity
	for _, p := range s.parts {
		i.addAll(&p.seg.identity)
		for d := range p.deadDocs.all() {
			i.remove(p.seg.hash(int(d)))
		}
	}
	return &i
}
