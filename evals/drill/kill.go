package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/gateway/ledger"
	"switchboard/gateway/llm/llmtest"
)

// Kill kills a gateway with SIGKILL at random moments under load, starts it again, and looks whether every turn that a
// customer has seen to its end is in the ledger, once. What a customer did not see to its end they ask again, with the
// same id.
type Kill struct {
	Rig
	Rounds int
	AtOnce int // customers
}

// KillReport is what came of it.
type KillReport struct {
	Rounds     int           `json:"rounds"`
	Took       time.Duration `json:"took"`
	Seen       int           `json:"seen"`       // turns that customers saw to their end
	Broken     int           `json:"broken"`     // turns that a kill broke off
	Retried    int           `json:"retried"`    // of them, asked again and answered
	Replayed   int           `json:"replayed"`   // of them, recorded before the kill
	Recorded   int           `json:"recorded"`   // turns in the ledger
	Lost       int           `json:"lost"`       // seen, and not there
	Twice      int           `json:"twice"`      // recorded more than once
	Other      int           `json:"other"`      // recorded with another text than was seen
	Unanswered int           `json:"unanswered"` // still broken off after they were asked again
	Wrong      []string      `json:"wrong"`
}

// killWithin is the longest time from the gateway's start to its end.
const killWithin = 600 * time.Millisecond

// asked is a turn as its customer knows it.
type asked struct {
	conv     Conversation
	clientID string
	reply    Reply
	seen     bool
}

// Run runs the drill.
func (k Kill) Run(ctx context.Context) (r KillReport, err error) {
	reply := func(c llmtest.Call) llmtest.Script { return speak(c).WithGap(rand.N(2 * time.Millisecond)) }
	w, err := k.start(ctx, deadlines{20 * time.Second, 20 * time.Second, time.Minute}, reply, reply,
		"limits: {messages: {burst: 100000, per: 1m}}\n")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	began := time.Now()
	killing := &killing{rig: w, atOnce: k.AtOnce}
	for r.Rounds < k.Rounds && ctx.Err() == nil {
		if err := killing.round(ctx); err != nil {
			return r, err
		}
		if r.Rounds++; r.Rounds%20 == 0 {
			k.say("%d kills, %d turns", r.Rounds, len(killing.turns))
		}
	}
	r.count(killing.turns)
	killing.again(ctx, &r)
	if err := w.gateway.Stop(); err != nil { // a SQLite file is read by one
		return r, err
	}
	url := k.Database
	if url == "" {
		url = w.gateway.Ledger()
	}
	if err := r.compare(ctx, url, killing.turns); err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	r.judge()
	return r, ctx.Err()
}

// killing is the drill under way.
type killing struct {
	rig    *rig
	atOnce int
	asked  atomic.Int64

	mu    sync.Mutex
	turns []*asked
}

// round loads the gateway until it is killed, and starts it again.
func (k *killing) round(ctx context.Context) error {
	load, stop := context.WithCancel(ctx)
	defer stop()
	var customers sync.WaitGroup
	for range k.atOnce {
		customers.Go(func() { k.ask(load) })
	}
	if err := sleep(ctx, rand.N(killWithin)); err != nil {
		stop()
		customers.Wait()
		return err
	}
	k.rig.gateway.Kill()
	stop()
	customers.Wait()
	k.rig.customer.Close()
	return k.rig.gateway.Start(ctx, "")
}

// ask is one customer, who asks until the gateway is gone.
func (k *killing) ask(ctx context.Context) {
	conv, err := k.rig.customer.Open(ctx)
	for err == nil && ctx.Err() == nil {
		a := &asked{conv: conv, clientID: fmt.Sprint("message-", k.asked.Add(1))}
		a.reply, err = k.rig.customer.Ask(ctx, conv, Message{Text: question, ClientID: a.clientID})
		a.seen = a.reply.Finished && a.reply.Failed == "" // from here on the turn must be there
		k.mu.Lock()
		k.turns = append(k.turns, a)
		k.mu.Unlock()
	}
}

func (r *KillReport) count(turns []*asked) {
	for _, a := range turns {
		if a.seen {
			r.Seen++
		} else {
			r.Broken++
		}
	}
}

// again has every customer whose turn was broken off ask it again, as widgets do.
func (k *killing) again(ctx context.Context, r *KillReport) {
	for _, a := range k.turns {
		if a.seen {
			continue
		}
		first := a.reply.Answer.ID
		reply, err := k.rig.customer.Ask(ctx, a.conv, Message{Text: question, ClientID: a.clientID})
		if a.seen = err == nil && reply.Whole() && reply.Failed == ""; !a.seen {
			r.Unanswered++
			continue
		}
		a.reply = reply
		r.Retried++
		if reply.Replayed || first == reply.Answer.ID {
			r.Replayed++
		}
	}
}

// compare holds the ledger against what the customers saw.
func (r *KillReport) compare(ctx context.Context, url string, turns []*asked) (err error) {
	l, err := ledger.Open(ctx, url, ledger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	byConversation := map[string][]*asked{}
	for _, a := range turns {
		byConversation[a.conv.ID] = append(byConversation[a.conv.ID], a)
	}
	for id, mine := range byConversation {
		c, err := l.Transcript(ctx, id)
		if err != nil {
			return fmt.Errorf("read conversation %s: %w", id, err)
		}
		r.Recorded += len(c.Turns)
		texts, times := map[string]string{}, map[string]int{}
		for _, t := range c.Turns {
			texts[t.ID] = t.Answer.Text
			times[t.ID]++
			times[t.ClientMessageID]++
		}
		for _, a := range mine {
			text, there := texts[a.reply.Answer.ID]
			switch {
			case a.seen && !there:
				r.Lost++
			case a.seen && plain(text) != plain(a.reply.Answer.Text):
				r.Other++
			}
			if times[a.clientID] > 1 || a.seen && times[a.reply.Answer.ID] > 1 {
				r.Twice++
			}
		}
	}
	return nil
}

func (r *KillReport) judge() {
	wrong := func(n int, what string) {
		if n > 0 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%d turns %s", n, what))
		}
	}
	wrong(r.Lost, "were seen and are lost")
	wrong(r.Twice, "are recorded twice")
	wrong(r.Other, "are recorded otherwise than they were seen")
	wrong(r.Unanswered, "could not be asked again")
	if r.Seen == 0 || r.Broken == 0 {
		r.Wrong = append(r.Wrong, "no kill met a turn: nothing was tried")
	}
}

// Print prints the report.
func (r KillReport) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d kills in %s: %d turns were seen to their end, %d were broken off; %d of them asked again (%d from the record)\n"+
		"  in the ledger %d: %d lost, %d twice, %d otherwise\n",
		r.Rounds, r.Took.Round(time.Second), r.Seen, r.Broken, r.Retried, r.Replayed, r.Recorded, r.Lost, r.Twice, r.Other)
	return printWrong(w, r.Wrong, err)
}
