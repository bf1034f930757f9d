package gateway

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"switchboard"
)

// AnswerCache says for how long an answer may be given again to the same question. The zero value keeps none.
type AnswerCache struct {
	Size int           // answers that are kept
	For  time.Duration // how old one may be
}

// answers are what one release has answered lately. A question is the same where its words, its language, the audiences
// whose documents may answer and the day are the same; only the first question of a conversation, one without personal
// data, is looked up or kept, so that nothing of one customer can reach another. Who asks while another is being
// answered waits for that answer. It is safe for concurrent use.
type answers struct {
	keep time.Duration
	kept *lru.Cache[questionKey, *kept]

	mu      sync.Mutex
	flights map[questionKey]*flight
}

// questionKey is what makes two questions the same, within one release.
type questionKey struct{ words, lang, audiences, day string }

// kept is an answer that was verified and recorded.
type kept struct {
	turn switchboard.Turn
	at   time.Time
}

// flight is a question that is being answered. Got is set before done is closed; it is nil where the answer cannot be
// given to others.
type flight struct {
	done chan struct{}
	got  *kept
}

func newAnswers(c AnswerCache) *answers {
	if c.Size <= 0 || c.For <= 0 {
		return nil
	}
	store, err := lru.New[questionKey, *kept](c.Size)
	if err != nil {
		return nil // only for a size below one
	}
	return &answers{keep: c.For, kept: store, flights: map[questionKey]*flight{}}
}

// find returns an answer that is kept, else the flight that is to be waited for, else neither: the caller has taken off
// and must land.
func (a *answers) find(key questionKey, now time.Time) (*kept, *flight) {
	if k, ok := a.kept.Get(key); ok && now.Sub(k.at) < a.keep {
		return k, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.flights[key]; ok {
		return nil, f
	}
	a.flights[key] = &flight{done: make(chan struct{})}
	return nil, nil
}

// land ends a flight, with the turn that may be given to others or nil.
func (a *answers) land(key questionKey, got *kept) {
	if got != nil {
		a.kept.Add(key, got)
	}
	a.mu.Lock()
	f := a.flights[key]
	delete(a.flights, key)
	a.mu.Unlock()
	f.got = got
	close(f.done)
}

// forget drops what was said in conversations and returns how many answers that were.
func (a *answers) forget(conversations map[string]bool) (n int) {
	for _, key := range a.kept.Keys() {
		if k, ok := a.kept.Peek(key); ok && conversations[k.turn.ConversationID] && a.kept.Remove(key) {
			n++
		}
	}
	return n
}

// recall gives the customer the answer that the same question has had, if there is one. Otherwise this turn's own may
// become one: see share.
func (w *work) recall(ctx context.Context) (said bool) {
	a := w.rt.answers
	if a == nil || w.g.aside || len(w.conv.Turns) > 0 || w.routed.FollowUp || !w.vault.Empty() || w.rt.Models == nil {
		return false
	}
	key := w.questionKey()
	found, flying := a.find(key, w.t.StartedAt)
	how := "hit"
	// Where a flight comes to nothing, one of those who waited takes off and the others wait once more, not for ever.
	for try := 0; flying != nil && found == nil && try < 2; try++ {
		how = "joined"
		if found = w.await(ctx, flying); found == nil && try == 0 {
			found, flying = a.find(key, w.t.StartedAt)
		}
	}
	if found == nil {
		w.g.meter.AnswerCache("miss")
		if flying == nil {
			w.flight = &key
		}
		return false
	}
	w.g.meter.AnswerCache(how)
	w.repeat(found.turn)
	return true
}

// await waits for another turn's answer; nil is none.
func (w *work) await(ctx context.Context, f *flight) *kept {
	ctx, cancel := context.WithDeadline(ctx, w.deadline())
	defer cancel()
	select {
	case <-f.done:
		return f.got
	case <-ctx.Done():
		return nil
	}
}

// repeat says another turn's answer.
func (w *work) repeat(t switchboard.Turn) {
	a := &w.t.Answer
	w.t.CopiedFrom, w.t.Passages, w.t.Evidence, w.t.Grounded = t.ID, t.Passages, t.Evidence, t.Grounded
	w.t.EvidenceScore, w.t.Signs, w.t.Missing, w.t.Said = t.EvidenceScore, t.Signs, t.Missing, t.Said
	a.Model, a.Prompt = t.Answer.Model, t.Answer.Prompt
	a.Citations = append(a.Citations, t.Answer.Citations...)
	a.Suggestions = append(a.Suggestions, t.Answer.Suggestions...)
	w.say(t.Answer.Text) //nolint:errcheck // kept in w.gone
	for _, c := range t.Answer.Citations {
		w.send(switchboard.Event{Kind: switchboard.EventCitation, Citation: c}) //nolint:errcheck // kept in w.gone
	}
	w.decided(t.Answer.Action, t.Answer.Reason)
	if w.gone != nil {
		w.decided(switchboard.ActionDegraded, switchboard.ReasonCustomerLeft)
	}
}

// share ends what recall began: the turn's answer, if it is whole and recorded, may be given to others from now on.
func (w *work) share() {
	if w.flight == nil {
		return
	}
	var got *kept
	if w.recorded && w.t.Answer.Action == switchboard.ActionAnswer && w.t.Answer.Reason == switchboard.ReasonGrounded {
		got = &kept{turn: w.t, at: w.t.StartedAt}
		got.turn.Passages = slices.Clone(w.t.Passages)
		for i := range got.turn.Passages {
			got.turn.Passages[i].Text = "" // which passages they were is enough; their texts would fill the memory
		}
	}
	w.rt.answers.land(*w.flight, got)
}

func (w *work) questionKey() questionKey {
	words := strings.Join(strings.Fields(strings.ToLower(string(w.t.Question))), " ")
	audiences := slices.Sorted(slices.Values(w.conv.Audiences))
	return questionKey{
		words: strings.TrimRight(words, " ?!."), lang: w.t.Lang, audiences: strings.Join(audiences, "\x00"),
		day: w.t.StartedAt.UTC().Format(time.DateOnly), // articles come into force and go out of it
	}
}
