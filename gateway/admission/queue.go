package admission

import "time"

// class is a turn's priority within its key.
type class int

const (
	underWay class = iota // its conversation has had a turn
	fresh
)

// underWayShare is how many turns of conversations under way are served before one of a new one that waits too.
const underWayShare = 3

// waiter is one who waits. ready is closed when it is served or refused.
type waiter struct {
	key          string
	class        class
	conversation uint64
	limit        time.Duration // how long it waits at most
	since        time.Duration // since the gate's epoch, as served is
	ready        chan struct{}

	served  time.Duration // before ready is closed
	refusal *Refusal      // the same; nil where it was served

	lane       *lane // nil once it does not wait any more
	prev, next *waiter
}

// queue is the order in which those who wait are served: the keys in turn, and within each as its lane says. It is not
// safe for concurrent use.
type queue struct {
	lanes map[string]*lane
	next  *lane // whose turn it is, in a ring; nil while nobody waits
	n     int
}

// lane is those of one key who wait.
type lane struct {
	key        string
	lines      [2]line // by class
	streak     int     // served under way since a new one was, while one waited
	prev, next *lane
}

// line is first come, first served.
type line struct {
	first, last *waiter
	n           int
}

func newQueue() queue { return queue{lanes: map[string]*lane{}} }

func (l *lane) n() int { return l.lines[underWay].n + l.lines[fresh].n }

// push adds one behind all others of its key and class. A key that was not waiting comes last in the ring.
func (q *queue) push(w *waiter) {
	l := q.lanes[w.key]
	if l == nil {
		l = &lane{key: w.key}
		q.lanes[w.key] = l
		if q.next == nil {
			q.next, l.prev, l.next = l, l, l
		} else {
			l.prev, l.next = q.next.prev, q.next
			l.prev.next, l.next.prev = l, l
		}
	}
	in := &l.lines[w.class]
	w.lane, w.prev = l, in.last
	if in.last == nil {
		in.first = w
	} else {
		in.last.next = w
	}
	in.last = w
	in.n++
	q.n++
}

// pop takes the one whose turn it is, nil if nobody waits.
func (q *queue) pop() *waiter {
	l := q.next
	if l == nil {
		return nil
	}
	q.next = l.next
	w := l.choose()
	q.remove(w)
	return w
}

// choose says who of a key is next, and counts that.
func (l *lane) choose() *waiter {
	old, young := &l.lines[underWay], &l.lines[fresh]
	if young.n == 0 {
		l.streak = 0
		return old.first
	}
	if old.n == 0 || l.streak >= underWayShare {
		l.streak = 0
		return young.first
	}
	l.streak++
	return old.first
}

// remove takes out one who waits, wherever it stands.
func (q *queue) remove(w *waiter) {
	l := w.lane
	in := &l.lines[w.class]
	if w.prev == nil {
		in.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		in.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.lane, w.prev, w.next = nil, nil, nil
	in.n--
	q.n--
	if l.n() == 0 {
		q.drop(l)
	}
}

func (q *queue) drop(l *lane) {
	delete(q.lanes, l.key)
	l.prev.next, l.next.prev = l.next, l.prev
	switch {
	case q.n == 0:
		q.next = nil
	case q.next == l:
		q.next = l.next
	}
}

// ahead is how many would be served before a newcomer, if no other came.
func (q *queue) ahead(key string, c class) int {
	l := q.lanes[key]
	own := 0
	if l != nil {
		own = l.ahead(c)
	}
	total, rounds := own, own+1 // a key before it in the ring is served once more than one behind it
	for other, left := q.next, len(q.lanes); left > 0; other, left = other.next, left-1 {
		if other == l {
			rounds--
			continue
		}
		total += min(other.n(), rounds)
	}
	return total
}

// ahead is how many of the key would be served before a newcomer of a class.
func (l *lane) ahead(c class) int {
	old, young := l.lines[underWay].n, l.lines[fresh].n
	if c == underWay {
		return old + min(young, (l.streak+old)/underWayShare)
	}
	return young + min(old, underWayShare*(young+1)-l.streak)
}

// holds tells whether a turn of a conversation waits.
func (q *queue) holds(key string, conversation uint64) bool {
	l := q.lanes[key]
	if l == nil {
		return false
	}
	for i := range l.lines {
		for w := l.lines[i].first; w != nil; w = w.next {
			if w.conversation == conversation {
				return true
			}
		}
	}
	return false
}

// victim is who must go for a newcomer where the queue is full: the newest of the key that has most waiting, if that
// leaves the key no less than the newcomer's; or the newcomer itself, which is nil.
func (q *queue) victim(key string, c class) *waiter {
	own := q.lanes[key]
	most, n := own, 1
	if own != nil {
		n += own.n()
	}
	for l, left := q.next, len(q.lanes); left > 0; l, left = l.next, left-1 {
		if l != own && l.n() > n {
			most, n = l, l.n()
		}
	}
	switch {
	case most == nil:
		return nil
	case most != own:
		return most.newest()
	case c == underWay: // it comes before the new ones of its own key
		return own.lines[fresh].last
	}
	return nil
}

// newest is the last of the new conversations, else the last of those under way.
func (l *lane) newest() *waiter {
	if w := l.lines[fresh].last; w != nil {
		return w
	}
	return l.lines[underWay].last
}
