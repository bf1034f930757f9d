package gateway

import (
	"context"
	"sync"
	"sync/atomic"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/guard"
	"switchboard/fallback/privacy"
	"switchboard/gateway/llm"
	"switchboard/prompts"
)

// Runtime is a release ready to serve: its parts, opened. It is immutable.
type Runtime struct {
	Release   switchboard.Release
	Prompts   *prompts.Set
	Policy    *fallback.Policy
	Masker    *privacy.Masker
	Knowledge Retriever
	// Meaning is the vector of a masked message for Policy, nil where it cannot be had in time. It is nil where none is wanted.
	Meaning   func(ctx context.Context, text switchboard.Masked) []float32
	Reading   *guard.Reader // what the guards have read of the snapshot's passages
	Models    llm.Completer // the chain of models; nil where none is configured
	Judge     llm.Completer // judges whether passages say a sentence; nil leaves that to the words
	Quotes    llm.Completer // the last link, which quotes passages and needs no network
	Operator  string        // the company as customers know it
	Assistant string        // the bot's own name
	// Close frees what the release holds open. It is called once, after the last turn that runs under it has ended.
	Close func()
}

// pinned counts the turns that run under a runtime. The count starts at one, for its being in use, and a runtime whose
// count has reached zero is never taken again.
type pinned struct {
	*Runtime
	users   atomic.Int64
	answers *answers // nil where none are kept
	looked  sync.Map // of a passage's id: whether it speaks to models
}

func newPinned(rt *Runtime, c AnswerCache) *pinned {
	p := &pinned{Runtime: rt, answers: newAnswers(c)}
	p.users.Store(1)
	return p
}

// pin returns the runtime in use, kept open until unpin.
func (g *Gateway) pin() *pinned {
	for {
		p := g.current.Load()
		n := p.users.Load()
		if n > 0 && p.users.CompareAndSwap(n, n+1) {
			return p
		}
	}
}

func (p *pinned) unpin() {
	if p.users.Add(-1) == 0 && p.Close != nil {
		p.Close()
	}
}

// Use puts rt into use for turns that start from now on. Turns under way end under the release that they began with.
func (g *Gateway) Use(rt *Runtime) { g.current.Swap(newPinned(rt, g.answers)).unpin() }

// Release returns the release in use.
func (g *Gateway) Release() switchboard.Release { return g.current.Load().Release }

// Close ends the use of the last runtime. No turn may start after it.
func (g *Gateway) Close() { g.current.Load().unpin() }

// input is what every template may say about the bot itself.
func (rt *Runtime) input(lang string) prompts.Input {
	return prompts.Input{Operator: rt.Operator, Assistant: rt.Assistant, Lang: lang}
}

// mask replaces personal data in what a customer says outside a turn, for good.
func (g *Gateway) mask(text string) switchboard.Masked {
	rt := g.pin()
	defer rt.unpin()
	masked, _ := rt.Masker.Mask(text)
	return masked
}
