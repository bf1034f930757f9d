package admission

import "time"

// How fast the estimates follow what happens: each new value has such a share of the mean.
const (
	lengthsSeen = 64
	gapsSeen    = 16
)

// pace estimates how long it takes until the next place comes free.
//
// What counts is how fast turns end now. While all places are taken that can be seen: it is the time between two ends.
// When they have just been filled, it must follow from how long turns have taken lately: with n places and turns of
// length t, one ends in each t/n. And where nothing ends at all, the time that has passed since counts, as the
// expectation after a mean of so many gaps and none in that time; otherwise models that hang would look fast.
type pace struct {
	length time.Duration // mean of a turn
	turns  int           // turns in that mean, up to lengthsSeen
	gap    time.Duration // mean between two ends while all places are taken
	moved  time.Duration // the last end, or when the last place was taken
}

// full says that the last place was taken.
func (p *pace) full(turns int, now time.Duration) {
	p.gap, p.moved = p.length/time.Duration(turns), now
}

// ended says that a turn has ended. full says whether all places were taken.
func (p *pace) ended(took, now time.Duration, full bool) {
	p.turns = min(p.turns+1, lengthsSeen)
	p.length += (took - p.length) / time.Duration(p.turns)
	if full {
		p.gap += (now - p.moved - p.gap) / gapsSeen
	}
	p.moved = now
}

// interval is the expected time from one place to the next, while all are taken.
func (p *pace) interval(now time.Duration) time.Duration {
	return p.gap + max(0, now-p.moved)/gapsSeen
}
