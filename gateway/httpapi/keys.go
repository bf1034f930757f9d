package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"switchboard"
)

// Role is what a secret key may do besides chat.
type Role string

// The roles.
const (
	RoleReader   Role = "reader"
	RoleAuthor   Role = "author"
	RoleReviewer Role = "reviewer"
	RoleAdmin    Role = "admin"
)

// Key is an API key as it is on record.
type Key struct {
	ID          string
	Name        string   // for people
	Publishable bool     // pk_: chat and feedback only; else sk_
	Roles       []Role   // of a secret key
	Origins     []string // of a publishable key: the origins whose pages may use it
	Hash        string   // SHA-256 of the plain key, in hexadecimal
	Revoked     bool
}

func (k Key) has(roles ...Role) bool {
	return slices.ContainsFunc(k.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// How long a list of keys is used, and how long at most while no new one can be had.
const (
	keysFresh = time.Second
	keysStale = time.Minute
)

// keyring is every key at one moment. It is immutable.
type keyring struct {
	byHash  map[[sha256.Size]byte]Key
	byID    map[string]Key
	origins map[string]bool // of all publishable keys that are valid
	// open says that no key was ever made: the gateway serves loopback and asks for none. Revoking the last key does
	// not open it again.
	open bool
	read time.Time
}

func newKeyring(keys []Key, now time.Time) *keyring {
	r := &keyring{
		byHash: make(map[[sha256.Size]byte]Key, len(keys)), byID: make(map[string]Key, len(keys)),
		origins: map[string]bool{}, open: len(keys) == 0, read: now,
	}
	for _, k := range keys {
		var sum [sha256.Size]byte
		if n, err := hex.Decode(sum[:], []byte(k.Hash)); err != nil || n != len(sum) || k.Revoked {
			continue
		}
		r.byHash[sum], r.byID[k.ID] = k, k
		for _, o := range k.Origins {
			if k.Publishable {
				r.origins[o] = true
			}
		}
	}
	return r
}

// find returns the valid key with that plain text.
func (r *keyring) find(plain string) (Key, bool) {
	k, ok := r.byHash[sha256.Sum256([]byte(plain))]
	return k, ok
}

// keyCache reads the keys again once they are a second old, so that what another process creates or revokes is seen.
// It is safe for concurrent use.
type keyCache struct {
	source Keys
	now    func() time.Time
	mu     sync.Mutex
	last   *keyring
}

// load returns the keys, Unavailable where they cannot be read and were not for a minute.
func (c *keyCache) load(ctx context.Context) (*keyring, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.last != nil && now.Sub(c.last.read) < keysFresh {
		return c.last, nil
	}
	keys, err := c.source.Keys(ctx)
	switch {
	case err == nil:
		c.last = newKeyring(keys, now)
	case c.last == nil || now.Sub(c.last.read) > keysStale:
		return nil, switchboard.Errorf(switchboard.Unavailable, "Keys cannot be checked at the moment.").Because(err)
	}
	return c.last, nil
}
