package gateway

import (
	"context"
	"time"

	"switchboard"
	"switchboard/fallback/privacy"
)

// Erase deletes a conversation wherever it is kept.
func (g *Gateway) Erase(ctx context.Context, conversation string) (switchboard.Receipt, error) {
	receipt, err := g.journal.Erase(ctx, conversation)
	if err != nil {
		return switchboard.Receipt{}, err
	}
	streams, err := g.streams.Forget(ctx, conversation)
	if err != nil {
		return switchboard.Receipt{}, err // asking again goes on from here
	}
	if receipt.Deleted == nil {
		receipt.Deleted = map[string]int{}
	}
	receipt.Deleted["streams"] = streams
	if a := g.current.Load().answers; a != nil {
		receipt.Deleted["answers"] = a.forget(map[string]bool{conversation: true})
	}
	return receipt, nil
}

// Export returns all that is kept of a conversation, for its customer, and what was masked in it.
func (g *Gateway) Export(ctx context.Context, conversation string) (switchboard.Export, error) {
	e, err := g.journal.Export(ctx, conversation)
	if err != nil {
		return e, err
	}
	e.Hidden = privacy.Hidden(e)
	return e, nil
}

const (
	// forgetEvery is how often a process looks for what others have erased.
	forgetEvery = time.Second
	// forgetBack is how far back each look goes: a transaction may be seen later than the time that it was given, and the
	// clocks of two machines differ.
	forgetBack = 2 * time.Minute
)

// FollowErasures drops what this process keeps of conversations that another one has erased, such as a command or
// another instance, until ctx ends: within a second or two their answers are given to nobody any more.
func (g *Gateway) FollowErasures(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	f := &follower{g: g, since: g.now().Add(-forgetBack), streams: map[string]time.Time{}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			g.log.WarnContext(ctx, "not all that was erased elsewhere is forgotten here yet", "error", err)
		}
	}
}

// follower is how far a process has followed the erasures.
type follower struct {
	g       *Gateway
	since   time.Time            // where the next look begins
	streams map[string]time.Time // erased conversations whose streams are forgotten, with the time of their erasure
}

// look goes through the latest erasures. Answers are looked through again as long as an erasure is recent: one that was
// recorded before it may have been kept after.
func (f *follower) look(ctx context.Context) error {
	latest := f.since
	for from := f.since; ; {
		erased, err := f.g.journal.ErasedSince(ctx, from)
		if err != nil {
			return err
		}
		if err := f.forget(ctx, erased); err != nil || len(erased) == 0 {
			return err
		}
		last := erased[len(erased)-1].At
		if !last.After(from) {
			break // nothing further, or more at one microsecond than a page holds
		}
		from, latest = last, last
	}
	f.since = latest.Add(-forgetBack)
	for id, at := range f.streams {
		if at.Before(f.since) {
			delete(f.streams, id)
		}
	}
	return nil
}

func (f *follower) forget(ctx context.Context, erased []switchboard.Erasure) error {
	ids := make(map[string]bool, len(erased))
	for _, e := range erased {
		ids[e.ConversationID] = true
	}
	if a := f.g.current.Load().answers; a != nil && len(ids) > 0 {
		a.forget(ids)
	}
	for _, e := range erased {
		if _, done := f.streams[e.ConversationID]; done {
			continue
		}
		if _, err := f.g.streams.Forget(ctx, e.ConversationID); err != nil {
			return err
		}
		f.streams[e.ConversationID] = e.At
	}
	return nil
}
