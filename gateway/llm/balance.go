package llm

import (
	"math/rand/v2"
	"slices"
)

// Balance is how traffic is spread over equals.
type Balance string

// The ways to spread traffic.
const (
	// Weighted gives each its share by weight.
	Weighted Balance = "weighted"
	// LeastLatency prefers who begins soonest, with the calls that it has under way taken into account: the mean time to
	// a first token times one more than those calls, divided by the weight. Who is unknown is tried first.
	LeastLatency Balance = "least_latency"
)

// order is in which order members are asked for one request.
func (c *Chain) order() []*member {
	if !c.equals {
		return c.members
	}
	out := make([]*member, 0, len(c.members))
	for _, step := range c.steps {
		at := len(out)
		out = append(out, step...)
		if len(step) > 1 {
			c.spread(out[at:])
		}
	}
	return out
}

func (c *Chain) spread(equals []*member) {
	if c.balance == LeastLatency {
		rand.Shuffle(len(equals), func(i, j int) { equals[i], equals[j] = equals[j], equals[i] })
		score := func(m *member) float64 { return float64(m.pace.average()) * float64(m.room.underWay()+1) / m.Weight }
		slices.SortStableFunc(equals, func(a, b *member) int {
			switch x, y := score(a), score(b); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		return
	}
	for i := range equals { // drawn by weight, without putting back
		var sum float64
		for _, m := range equals[i:] {
			sum += m.Weight
		}
		pick := rand.Float64() * sum
		for j := i; j < len(equals); j++ {
			if pick -= equals[j].Weight; pick < 0 || j == len(equals)-1 {
				equals[i], equals[j] = equals[j], equals[i]
				break
			}
		}
	}
}
