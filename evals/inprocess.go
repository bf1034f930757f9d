package evals

import (
	"context"
	"fmt"
	"sync"
	"time"

	"switchboard"
	"switchboard/gateway"
)

// Gateway is what a run needs of a *gateway.Gateway.
type Gateway interface {
	Open(ctx context.Context, o gateway.Opening) (gateway.Welcome, error)
	Respond(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error)
}

// Records is where turns can be read again, with all that is known about them.
type Records interface {
	Turn(ctx context.Context, conversation, message string) (switchboard.Turn, error)
}

// InProcess is a target over gateways in this process. A case that is asked as of another day is asked of a gateway
// of its own, whose clock began at that day's noon.
type InProcess struct {
	open    func(now func() time.Time) (Gateway, error)
	records Records

	mu     sync.Mutex
	byDate map[time.Time]Gateway
}

// NewInProcess returns a target whose gateways are made by open, one for each date that cases ask for, each with its
// own clock. All of them record into records. Whoever made them closes them.
//
// Conversations are real: where a suite asks for a human, a gateway with a webhook calls it. Give it none.
func NewInProcess(open func(now func() time.Time) (Gateway, error), records Records) *InProcess {
	return &InProcess{open: open, records: records, byDate: map[time.Time]Gateway{}}
}

// Name is "in process".
func (*InProcess) Name() string { return "in process" }

// Ask holds the conversation and reads the last turn back from the records.
func (p *InProcess) Ask(ctx context.Context, s Script) (Reply, error) {
	g, err := p.at(s.AsOf)
	if err != nil {
		return Reply{}, err
	}
	w, err := g.Open(ctx, gateway.Opening{Locale: s.Locale, Audiences: s.Audiences})
	if err != nil {
		return Reply{}, fmt.Errorf("open conversation: %w", err)
	}
	var r Reply
	for i, text := range s.Messages {
		began := time.Now()
		r.Answer, err = g.Respond(ctx, switchboard.Turn{ConversationID: w.Conversation.ID, Text: text}, nil)
		if err != nil {
			return Reply{}, fmt.Errorf("message %d: %w", i+1, err)
		}
		r.Elapsed = time.Since(began)
	}
	t, err := p.records.Turn(ctx, w.Conversation.ID, r.Answer.ID)
	if err != nil {
		return Reply{}, fmt.Errorf("read the turn again: %w", err)
	}
	r.Record = &t
	return r, nil
}

// at returns the gateway whose clock reads date.
func (p *InProcess) at(date time.Time) (Gateway, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.byDate[date]; g != nil {
		return g, nil
	}
	now := time.Now
	if !date.IsZero() {
		ahead := time.Until(date)
		now = func() time.Time { return time.Now().Add(ahead) }
	}
	g, err := p.open(now)
	if err != nil {
		return nil, fmt.Errorf("make a gateway: %w", err)
	}
	p.byDate[date] = g
	return g, nil
}
