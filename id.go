package switchboard

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an id such as "conv_06b2k9…": the prefix, an underscore, 48 bits of time in milliseconds and 80 random
// bits in Crockford's base 32. Ids made later sort later, to a millisecond.
func NewID(prefix string, now time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(b[6:]) // never fails since Go 1.24
	return prefix + "_" + idEncoding.EncodeToString(b[:])
}

// FirstID sorts before every id of the prefix that was made at a time or later.
func FirstID(prefix string, at time.Time) string {
	if at.Before(time.UnixMilli(0)) {
		return prefix + "_"
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(at.UnixMilli())<<16)
	return prefix + "_" + idEncoding.EncodeToString(b[:6])[:9] // the tenth letter has bits of chance in it
}
