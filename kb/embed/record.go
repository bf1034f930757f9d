package embed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"

	"switchboard/kb/vector/half"
)

// A cache's file is a sequence of records, all little-endian:
//
//	magic    4 bytes
//	dims     uint32
//	key      32 bytes, see keyOf
//	vector   dims binary16
//	checksum CRC-32C of all before it
//
// A process that is killed while it writes may leave part of a record, behind which others go on writing. So a reader
// that finds no record looks for the next one.
const (
	recordMagic = "\xf1SBv"
	headSize    = len(recordMagic) + 4 + sha256.Size
	sumSize     = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// key is what a vector is kept under.
type key [sha256.Size]byte

// keyOf is the hash of what decides a vector: the model's fingerprint and the text.
func keyOf(fingerprint, text string) key {
	h := sha256.New()
	h.Write([]byte(fingerprint))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return key(h.Sum(nil))
}

// recordSize is the bytes of a record.
func recordSize(dims int) int { return headSize + dims*half.Size + sumSize }

func appendRecord(b []byte, k key, v []float32) []byte {
	begin := len(b)
	b = append(b, recordMagic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
	b = append(b, k[:]...)
	b = half.Append(b, v)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[begin:], castagnoli))
}

// readRecord returns the key, the dimensions and the bytes of the vector of the record at the start of b, false where
// there is no whole one.
func readRecord(b []byte) (k key, dims int, vector []byte, ok bool) {
	if len(b) < headSize || string(b[:len(recordMagic)]) != recordMagic {
		return key{}, 0, nil, false
	}
	n := binary.LittleEndian.Uint32(b[len(recordMagic):])
	if n == 0 || n > maxDimensions || len(b) < recordSize(int(n)) {
		return key{}, 0, nil, false
	}
	dims = int(n)
	end := recordSize(dims) - sumSize
	if binary.LittleEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) {
		return key{}, 0, nil, false
	}
	return key(b[len(recordMagic)+4 : headSize]), dims, b[headSize:end], true
}

// nextRecord is how many bytes at the start of b, one or more, can be left out in search of a record.
func nextRecord(b []byte) int {
	if i := bytes.Index(b[1:], []byte(recordMagic)); i >= 0 {
		return i + 1
	}
	return max(1, len(b)-len(recordMagic)+1) // the end may be the beginning of one
}
