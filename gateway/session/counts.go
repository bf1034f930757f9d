package session

import (
	"errors"
	"sync"
	"time"
)

// Counter names a count in one period. It is comparable, and empty parts are fine.
type Counter struct {
	What  string // the limit that it is for, such as "key_day_tokens"
	Whose string // an id, "" where there is one for all
	When  string // the period, such as "2026-11-03"
}

// Charge is what one use costs one counter.
type Charge struct {
	Counter
	Most  int64     // is set aside; 0 only asks whether the counter is within its limit
	Limit int64     // what the counter, with all that is set aside, may come to
	Until time.Time // when the counter may be forgotten
	Begun bool      // Raise begins the counter, and nothing else does
	Minor bool      // one of very many: it may be forgotten early where memory is short

	Used  int64 // for Settle: what was used in truth
	Total int64 // after Settle: what the counter has come to, without what is still set aside; 0 where it is not known
}

// Hold is what Reserve has set aside. The zero Hold stands for nothing: settling it counts what was used.
type Hold struct {
	ID      string // "" in memory
	Expires int64  // milliseconds since 1970, on the counting side's clock; 0 where nothing is set aside
	alone   bool   // it is this process's, because the server could not be reached
}

// ErrNotBegun is returned where a counter that Raise must begin is not there: it is new, or was lost.
var ErrNotBegun = errors.New("session: a counter has not been begun")

// maxCounts bounds the counters in memory. Beyond it, minor ones are forgotten.
const maxCounts = 100_000

// fits is what Reserve returns instead of a charge's place.
const fits = -1

// counts are the counters of one process.
type counts struct {
	mu      sync.Mutex
	by      map[Counter]*count
	sweepAt int
}

// count is one counter.
type count struct {
	used  int64
	held  []share // by the end of their lease; a handful, because ends are rounded
	until int64   // milliseconds since 1970
	minor bool
}

// share is what is set aside until one moment.
type share struct{ expires, n int64 }

// leaseEnd is when a lease that begins now ends, rounded up by a quarter of it at most, so that what is set aside at
// about the same time shares an entry.
func leaseEnd(now int64, lease time.Duration) int64 {
	width := max(1, lease.Milliseconds()/4)
	return ((now+lease.Milliseconds())/width + 1) * width
}

// reserve sets every charge aside or none. The place of the first that does not fit is returned, or fits.
func (c *counts) reserve(charges []Charge, lease time.Duration, at time.Time) (h Hold, full int, err error) {
	now := at.UnixMilli()
	c.mu.Lock()
	defer c.mu.Unlock()
	var room [8]*count // found in the first round, so that the second does not look again
	found := room[:0]
	for i := range charges {
		charge := &charges[i]
		n := c.by[charge.Counter]
		if n == nil && charge.Begun {
			return h, i, ErrNotBegun
		}
		var total int64
		if n != nil {
			total = n.total(now)
		}
		if total > charge.Limit-charge.Most {
			return h, i, nil
		}
		found = append(found, n)
	}
	if lease > 0 {
		h.Expires = leaseEnd(now, lease)
	}
	for i := range charges {
		charge := &charges[i]
		if charge.Most == 0 {
			continue
		}
		if found[i] == nil {
			found[i] = c.get(charge, now)
		}
		found[i].add(charge.Most, h.Expires)
	}
	return h, fits, nil
}

// settle gives back what is held and counts what was used.
func (c *counts) settle(h Hold, charges []Charge, at time.Time) {
	now := at.UnixMilli()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range charges {
		charge := &charges[i]
		n, there := c.by[charge.Counter]
		if !there {
			if charge.Begun || charge.Until.UnixMilli() <= now {
				continue // what begins it knows of this use, or nobody asks for it any more
			}
			n = c.get(charge, now)
		}
		n.giveBack(charge.Most, h.Expires)
		n.used += charge.Used
		charge.Total = n.used
	}
}

// raise begins a counter, or brings it up to at least so much.
func (c *counts) raise(counter Counter, atLeast int64, until, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.get(&Charge{Counter: counter, Until: until}, at.UnixMilli())
	n.used = max(n.used, atLeast)
}

func (c *counts) used(counter Counter) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, there := c.by[counter]; there {
		return n.used
	}
	return 0
}

// get returns a counter, which it makes where there is none.
func (c *counts) get(charge *Charge, now int64) *count {
	n, there := c.by[charge.Counter]
	if !there {
		if len(c.by) >= c.sweepAt {
			c.sweep(now)
		}
		n = &count{until: charge.Until.UnixMilli(), minor: charge.Minor}
		c.by[charge.Counter] = n
	}
	return n
}

// sweep drops what is over and, beyond maxCounts, minor counters. It runs when the map has doubled since the last time.
func (c *counts) sweep(now int64) {
	for key, n := range c.by {
		if n.until <= now {
			delete(c.by, key)
		}
	}
	for key, n := range c.by {
		if len(c.by) <= maxCounts/2 {
			break
		}
		if n.minor {
			delete(c.by, key)
		}
	}
	c.sweepAt = max(1024, 2*len(c.by))
	if len(c.by) <= maxCounts/2 {
		c.sweepAt = min(c.sweepAt, maxCounts)
	}
}

// total is what was used and is set aside. Leases that have ended are dropped.
func (n *count) total(now int64) int64 {
	sum, live := n.used, n.held[:0]
	for _, s := range n.held {
		if s.expires > now {
			live, sum = append(live, s), sum+s.n
		}
	}
	n.held = live
	return sum
}

// add sets aside until expires, or counts at once where that is 0.
func (n *count) add(amount, expires int64) {
	if expires == 0 {
		n.used += amount
		return
	}
	for i := range n.held {
		if n.held[i].expires == expires {
			n.held[i].n += amount
			return
		}
	}
	n.held = append(n.held, share{expires, amount})
}

// giveBack takes back what add has set aside, unless its lease has ended.
func (n *count) giveBack(amount, expires int64) {
	for i := range n.held {
		if n.held[i].expires == expires {
			n.held[i].n -= amount
		}
	}
}
