package llm

import (
	"cmp"
	"context"

	"switchboard"
)

// Budget bounds what models may use, in tokens and money. A chain asks it before each attempt. Implementations are safe
// for concurrent use; where they cannot tell, they let the attempt be made.
type Budget interface {
	// Reserve sets aside what an attempt may use at most. Where that fits into every limit, denied is nil, and settle is
	// called exactly once when the attempt has ended, with what it did use; otherwise settle is nil and nothing is set
	// aside. A failed or cancelled attempt is settled too, with the cost of what had been generated.
	Reserve(ctx context.Context, most Estimate) (settle func(switchboard.Attempt), denied *Denied)
}

// Estimate is what an attempt may use at most.
type Estimate struct {
	Model   string // name by configuration
	Account Account
	Tokens  int // input and output together
	Cost    switchboard.Money
}

// Denied says which limit stands in the way, and what the policy is there.
type Denied struct {
	Limit string // its stable name: "model_month_usd", "key_day_tokens", …
	Then  AtLimit
}

// AtLimit is what is done at a limit.
type AtLimit string

// What is done at a limit.
const (
	ThenNext       AtLimit = "next"       // the next model is asked; where all are at their limits, passages are quoted
	ThenExtractive AtLimit = "extractive" // no model is asked, passages are quoted
	ThenRefuse     AtLimit = "refuse"     // the turn is refused
)

// estimate is what a call of m may use at most, as far as m can tell.
func (r *reply) estimate(m *member) Estimate {
	e := Estimate{Model: m.Name(), Account: r.req.Account}
	if known, ok := m.Link.(interface {
		Estimate(req Request) (tokens int, cost switchboard.Money)
	}); ok {
		e.Tokens, e.Cost = known.Estimate(r.req)
	}
	return e
}

// assumedReply is how many tokens a reply is assumed to have at most, where no limit is set.
const assumedReply = 1024

// Estimate is what one call for req may use at most: what is sent, by the rule of thumb, and the longest reply.
func (m *Model) Estimate(req Request) (tokens int, cost switchboard.Money) {
	input := estimateOf(req.Messages)
	output, _ := m.cfg.asked(req)
	output = cmp.Or(output, assumedReply)
	return input + output, m.cfg.Price.cost(input, output)
}
