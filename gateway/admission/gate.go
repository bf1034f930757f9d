package admission

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Options say how much a Gate lets in.
type Options struct {
	Turns int           // at once; at least 1
	Queue int           // that may wait for a place, all keys together; 0 refuses whoever finds none
	Wait  time.Duration // the longest that one may wait
}

// Ask is what a turn that wants a place says of itself.
type Ask struct {
	Key          string // whose turn it is: keys that wait are served in turn
	Conversation string // "" where nobody else can have it
	UnderWay     bool   // the caller knows that the conversation has had a turn; the Gate remembers many by itself
	Deadline     time.Time
}

// Why says why a turn was refused. The values are labels of metrics.
type Why string

// The reasons.
const (
	Full      Why = "queue_full" // as many wait as may
	Slow      Why = "slow"       // its turn would come too late, as fast as turns are ending now
	Displaced Why = "displaced"  // it waited, its key had most of a full queue, and another key came
	Late      Why = "late"       // it waited as long as it may
	Twice     Why = "twice"      // a turn of its conversation waits already
)

// Refusal is the error of a turn that gets no place. RetryAfter is how long a newcomer in its position would wait now.
type Refusal struct {
	Why        Why
	RetryAfter time.Duration
}

// Error is for logs.
func (r *Refusal) Error() string {
	return fmt.Sprintf("no place for this turn: %s, perhaps in %v", r.Why, r.RetryAfter.Round(time.Millisecond))
}

// Gate lets a number of turns run at once. Others wait, in a queue that is bounded in length and time.
//
// Places go to the keys that wait in turn, however many turns each has waiting. Within a key, conversations under way
// come before new ones, three to one; within those it is first come, first served. Last come, first served would save
// some customers where most give up before their turn; here a turn is refused when it comes if it would wait too long,
// so that those who wait are few, and no newcomer makes what they were promised untrue.
//
// A Gate is safe for concurrent use and starts no goroutine. Without a queue, Enter and Leave are constant and allocate
// nothing; with one, Enter costs some nanoseconds for each key that waits and for each turn of its own that does.
type Gate struct {
	turns int
	queue int
	wait  time.Duration
	epoch time.Time

	mu     sync.Mutex
	busy   int // places taken; all of them while anybody waits
	line   queue
	pace   pace
	recent recent
}

// New returns a gate with all places free.
func New(o Options) *Gate {
	if o.Turns < 1 {
		panic("admission: a gate needs at least one place")
	}
	return &Gate{turns: o.Turns, queue: o.Queue, wait: o.Wait, epoch: time.Now(), line: newQueue(), recent: newRecent()}
}

// Pass is a place. Leave gives it back.
type Pass struct {
	Waited time.Duration // in the queue

	gate         *Gate
	began        time.Duration // since the gate's epoch
	conversation uint64
}

// Enter takes a place, or waits for one. It fails with a *Refusal, or with the context's error when that ends first.
// The wait never lasts longer than Options.Wait, or until the Ask's deadline.
func (g *Gate) Enter(ctx context.Context, a Ask) (Pass, error) {
	conversation := g.recent.hash(a.Conversation)
	g.mu.Lock()
	now := time.Since(g.epoch)
	if g.busy < g.turns {
		g.take(now)
		g.mu.Unlock()
		return Pass{gate: g, began: now, conversation: conversation}, nil
	}
	w, err := g.join(a, conversation, now)
	g.mu.Unlock()
	if err != nil {
		return Pass{}, err
	}
	return g.await(ctx, w)
}

func (g *Gate) take(now time.Duration) {
	g.busy++
	if g.busy == g.turns {
		g.pace.full(g.turns, now)
	}
}

// join puts a turn into the queue, unless it had better not wait.
func (g *Gate) join(a Ask, conversation uint64, now time.Duration) (*waiter, error) {
	c := fresh
	if a.UnderWay || g.recent.has(conversation) {
		c = underWay
	}
	if a.Conversation != "" && g.line.holds(a.Key, conversation) {
		return nil, &Refusal{Why: Twice}
	}
	limit := g.wait
	if !a.Deadline.IsZero() {
		limit = min(limit, time.Until(a.Deadline))
	}
	expected := g.expected(a.Key, c, now)
	if expected > limit || limit <= 0 {
		return nil, &Refusal{Why: Slow, RetryAfter: expected}
	}
	var victim *waiter
	if g.line.n >= g.queue {
		if victim = g.line.victim(a.Key, c); victim == nil {
			return nil, &Refusal{Why: Full, RetryAfter: expected}
		}
	}
	w := &waiter{key: a.Key, class: c, conversation: conversation, limit: limit, since: now, ready: make(chan struct{})}
	g.line.push(w)
	if victim != nil { // after the push, so that its key keeps its place in the ring
		g.refuse(victim, now)
	}
	return w, nil
}

// expected is how long a newcomer would wait.
func (g *Gate) expected(key string, c class, now time.Duration) time.Duration {
	return time.Duration(g.line.ahead(key, c)+1) * g.pace.interval(now)
}

// refuse sends away one who waits.
func (g *Gate) refuse(w *waiter, now time.Duration) {
	g.line.remove(w)
	w.refusal = &Refusal{Why: Displaced, RetryAfter: g.expected(w.key, w.class, now)}
	close(w.ready)
}

// await waits for a place in the caller's own goroutine.
func (g *Gate) await(ctx context.Context, w *waiter) (Pass, error) {
	timer := time.NewTimer(w.limit)
	defer timer.Stop()
	select {
	case <-w.ready:
		return g.settled(w)
	case <-timer.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	if w.lane != nil { // it still waits
		g.line.remove(w)
		late := &Refusal{Why: Late, RetryAfter: g.expected(w.key, w.class, time.Since(g.epoch))}
		g.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return Pass{}, err
		}
		return Pass{}, late
	}
	g.mu.Unlock()
	p, err := g.settled(w) // it was served at this very moment
	if err == nil && ctx.Err() != nil {
		p.release(false)
		return Pass{}, ctx.Err()
	}
	return p, err
}

// settled is what came of a wait that is over.
func (g *Gate) settled(w *waiter) (Pass, error) {
	if w.refusal != nil {
		return Pass{}, w.refusal
	}
	return Pass{gate: g, began: w.served, Waited: w.served - w.since, conversation: w.conversation}, nil
}

// Leave gives the place back, to the next who waits where somebody does. A second call does nothing.
func (p *Pass) Leave() { p.release(true) }

// release gives the place back. had says whether there has been a turn.
func (p *Pass) release(had bool) {
	g := p.gate
	if g == nil {
		return
	}
	p.gate = nil
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Since(g.epoch)
	if had {
		g.pace.ended(now-p.began, now, g.busy == g.turns)
		g.recent.add(p.conversation)
	}
	w := g.line.pop()
	if w == nil {
		g.busy--
		return
	}
	w.served = now
	close(w.ready)
}

// Load is how many turns are under way and how many wait.
func (g *Gate) Load() (underWay, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy, g.line.n
}
