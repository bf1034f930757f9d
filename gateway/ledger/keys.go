package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// KeyKind is what a key is for.
type KeyKind string

// The kinds of key.
const (
	KeyPublishable KeyKind = "pk" // stands in web pages: chat and feedback only, bound to origins
	KeySecret      KeyKind = "sk" // for programs: with roles
)

// Key is an API key as it is kept: its hash, never itself.
type Key struct {
	ID        string    `json:"id"` // "key_…", for people to name it by
	Kind      KeyKind   `json:"kind"`
	Name      string    `json:"name"`
	Roles     []string  `json:"roles"`   // of a secret key: "reader", "author", "reviewer", "admin"
	Origins   []string  `json:"origins"` // of a publishable key: the pages that may use it
	Hash      string    `json:"-"`       // HashKey of the plain key
	CreatedAt time.Time `json:"created_at"`
	RevokedAt time.Time `json:"revoked_at,omitzero"` // zero: it is valid
}

var keyEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewKey makes a plain key with 200 random bits, such as "pk_4m2…", and its hash.
func NewKey(kind KeyKind) (plain, hash string) {
	var b [25]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	plain = string(kind) + "_" + keyEncoding.EncodeToString(b[:])
	return plain, HashKey(plain)
}

// HashKey is the SHA-256 of a plain key in hexadecimal. A plain hash is enough for keys of NewKey's entropy, and it
// lets a key be looked up; it would not be for passwords.
func HashKey(plain string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(plain)))
	return hex.EncodeToString(sum[:])
}

// CreateKey records a key. ID and CreatedAt are made where they are missing; the key is returned as it is recorded.
func (l *Ledger) CreateKey(ctx context.Context, k Key) (Key, error) {
	if k.Kind != KeyPublishable && k.Kind != KeySecret {
		return Key{}, switchboard.FieldError("kind", `must be "pk" or "sk"`)
	}
	if len(k.Hash) != hex.EncodedLen(sha256.Size) {
		return Key{}, switchboard.FieldError("hash", "must be a SHA-256 in hexadecimal")
	}
	now := l.now()
	if k.CreatedAt.IsZero() {
		k.CreatedAt = now
	}
	if k.ID == "" {
		k.ID = switchboard.NewID("key", now)
	}
	k.CreatedAt, k.Roles, k.Origins = fromMicros(micros(k.CreatedAt)), orEmpty(k.Roles), orEmpty(k.Origins)
	e := &encoder{}
	n, err := l.w.InsertKey(ctx, query.InsertKeyParams{
		ID: clean(k.ID), Kind: string(k.Kind), Name: clean(k.Name), Roles: e.json(k.Roles), Origins: e.json(k.Origins),
		Hash: k.Hash, CreatedAt: micros(k.CreatedAt),
	})
	if err != nil {
		return Key{}, failed("create key", err)
	}
	if n == 0 {
		return Key{}, switchboard.Errorf(switchboard.Conflict, "this key exists already")
	}
	return k, nil
}

// Keys returns every key, revoked ones included, oldest first.
func (l *Ledger) Keys(ctx context.Context) ([]Key, error) {
	rows, err := l.r.ListKeys(ctx)
	if err != nil {
		return nil, failed("list keys", err)
	}
	keys := make([]Key, len(rows))
	for i, row := range rows {
		if keys[i], err = keyOf(row); err != nil {
			return nil, failed("list keys", err)
		}
	}
	return keys, nil
}

func keyOf(row query.Key) (Key, error) {
	k := Key{
		ID: row.ID, Kind: KeyKind(row.Kind), Name: row.Name, Hash: row.Hash,
		CreatedAt: fromMicros(row.CreatedAt), RevokedAt: fromMicros(row.RevokedAt),
	}
	var err error
	if k.Roles, err = decode[[]string](row.Roles); err != nil {
		return k, err
	}
	k.Origins, err = decode[[]string](row.Origins)
	return k, err
}

// RevokeKey makes a key invalid from now on. Revoking it twice keeps the first time.
func (l *Ledger) RevokeKey(ctx context.Context, id string) error {
	n, err := l.w.RevokeKey(ctx, query.RevokeKeyParams{RevokedAt: micros(l.now()), ID: clean(id)})
	if err != nil {
		return failed("revoke key", err)
	}
	if n == 0 {
		_, err = l.r.GetKey(ctx, clean(id))
	}
	if err != nil {
		return found("revoke key", err, "there is no such key")
	}
	return nil
}
