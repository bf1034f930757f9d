package handoff

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"switchboard"
)

// Outbox is the durable queue of requests that are to be delivered.
type Outbox interface {
	// Claim takes up to n requests that are due and keeps others from them until now+lease.
	Claim(ctx context.Context, now time.Time, n int, lease time.Duration) ([]switchboard.Delivery, error)
	// ClaimOne is Claim for one request; false where it is not due.
	ClaimOne(ctx context.Context, reference string, now time.Time, lease time.Duration) (switchboard.Delivery, bool, error)
	// Done: the other side has it. Where it is the request, the handoff is acknowledged.
	Done(ctx context.Context, d switchboard.Delivery, a switchboard.Acknowledgement) error
	// Retry puts it back until at. Like Dead, it does nothing where the claim has passed to someone else.
	Retry(ctx context.Context, d switchboard.Delivery, at time.Time, reason string) error
	// Dead gives it up. Where it is the request, the handoff has failed.
	Dead(ctx context.Context, d switchboard.Delivery, reason string) error
	// Handoff returns a request as it is now.
	Handoff(ctx context.Context, reference string) (switchboard.HandoffRequest, error)
}

// Webhook is where requests are delivered.
type Webhook struct {
	URL    string // https, or http for a system on the same machine or network; "" = requests wait to be seen by staff
	Secret string // base64, with or without "whsec_" before it; 24 to 64 bytes. What is no base64 is taken as it is
}

// Config is what a Dispatcher is made of. Only Outbox is needed.
type Config struct {
	Outbox  Outbox
	Webhook Webhook
	// Other systems; those without an address or host are not used.
	Zendesk  Zendesk
	Chatwoot Chatwoot
	Email    Email
	Slack    Slack
	Primary  string // whose acknowledgement counts, by name; "" is the first of the above. The others get notices

	Retry Backoff // between tries

	Log    *slog.Logger     // nothing is logged without one
	Client *http.Client     // redirects and its Timeout are taken care of; defaults to one with bounds of its own
	Now    func() time.Time // defaults to time.Now
	Jitter func() float64   // 0 <= x < 1; defaults to math/rand/v2's
	Every  time.Duration    // how often Run looks for due requests; defaults to a second
}

const (
	tryFor  = 24 * time.Hour   // after it was queued, then it is given up
	timeout = 10 * time.Second // of one try
	// lease is how long a claim lasts: longer than a try, so that only a dispatcher that has died loses one.
	lease = time.Minute
	// atOnce is how many tries are made at the same time.
	atOnce = 8
	// settleWithin bounds the ledger's part after a try, also where the program is stopping.
	settleWithin = 5 * time.Second
)

// Dispatcher delivers requests. It is safe for concurrent use, and several processes may share one outbox: each
// request is tried by one of them at a time. The other side may see a request more than once, always under the same
// webhook-id.
type Dispatcher struct {
	outbox Outbox
	made   map[string]connector // by name
	to     string               // the primary one, "" where there is none
	notify []string             // the others
	log    *slog.Logger
	now    func() time.Time
	jitter func() float64
	every  time.Duration
	retry  Backoff

	// mu is held while requests are claimed and entered into flights, so that a claim that DeliverNow misses is there.
	mu      sync.Mutex
	flights map[string]chan struct{} // closed when the try has been settled
}

// Check says what is wrong with a configuration, as New does, without an outbox.
func Check(c Config) error {
	d := &Dispatcher{}
	d.defaults()
	c.Log, c.Now = d.log, d.now
	_, _, err := connect(c)
	return err
}

// New checks the configuration. Its errors show neither the secret nor what is in the URL.
func New(c Config) (*Dispatcher, error) {
	if c.Outbox == nil {
		return nil, errors.New("handoff: no outbox")
	}
	d := &Dispatcher{
		outbox: c.Outbox, log: c.Log, now: c.Now, jitter: c.Jitter, every: c.Every, retry: c.Retry, flights: map[string]chan struct{}{},
	}
	d.defaults()
	c.Log, c.Now = d.log, d.now
	var err error
	if d.made, d.to, err = connect(c); err != nil {
		return nil, err
	}
	for name := range d.made {
		if name != d.to {
			d.notify = append(d.notify, name)
		}
	}
	slices.Sort(d.notify)
	return d, nil
}

// Run delivers what is due until ctx ends, then waits for the tries under way, which end with it. Without a
// system to deliver to it only waits.
func (d *Dispatcher) Run(ctx context.Context) {
	if d.to == "" {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(d.every)
	defer ticker.Stop()
	for {
		for d.round(ctx) == atOnce { // there may be more
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// round tries what is due, atOnce at most, and returns how many it tried.
func (d *Dispatcher) round(ctx context.Context) int {
	if ctx.Err() != nil {
		return 0
	}
	claimed, err := d.claim(func() ([]switchboard.Delivery, error) {
		ctx, cancel := context.WithTimeout(ctx, settleWithin)
		defer cancel()
		return d.outbox.Claim(ctx, d.now(), atOnce, lease)
	})
	if err != nil {
		if ctx.Err() == nil {
			d.log.Error("claim handoff requests", "error", err)
		}
		return 0
	}
	var group sync.WaitGroup
	for _, delivery := range claimed {
		group.Go(func() { d.try(ctx, delivery, timeout) })
	}
	group.Wait()
	return len(claimed)
}

// DeliverNow tries to deliver a recorded request at once, for at most the given time, and says how far it has come.
// Where Run has it already, it waits for Run's try. Run goes on with what is still only requested.
func (d *Dispatcher) DeliverNow(ctx context.Context, reference string, atMost time.Duration) switchboard.HandoffState {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	if d.to != "" {
		claimed, err := d.claim(func() ([]switchboard.Delivery, error) {
			delivery, ok, err := d.outbox.ClaimOne(ctx, reference, d.now(), lease)
			if !ok {
				return nil, err
			}
			return []switchboard.Delivery{delivery}, err
		})
		if err != nil {
			d.log.Error("claim handoff request", "reference", reference, "error", err)
			return switchboard.HandoffRequested
		}
		if len(claimed) > 0 {
			return d.try(ctx, claimed[0], atMost)
		}
		d.await(ctx, reference)
	}
	return d.state(context.WithoutCancel(ctx), reference)
}

// claim enters what it claims into flights; try takes it out.
func (d *Dispatcher) claim(claim func() ([]switchboard.Delivery, error)) ([]switchboard.Delivery, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	claimed, err := claim()
	for _, delivery := range claimed {
		d.flights[delivery.ID] = make(chan struct{})
	}
	return claimed, err
}

// await waits for a try of this process that is under way.
func (d *Dispatcher) await(ctx context.Context, reference string) {
	d.mu.Lock()
	landed := d.flights[reference]
	d.mu.Unlock()
	if landed == nil {
		return
	}
	select {
	case <-landed:
	case <-ctx.Done():
	}
}

// state asks the outbox how far a request has come.
func (d *Dispatcher) state(ctx context.Context, reference string) switchboard.HandoffState {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	h, err := d.outbox.Handoff(ctx, reference)
	if err != nil {
		d.log.Error("read handoff request", "reference", reference, "error", err)
		return switchboard.HandoffRequested
	}
	return h.State
}

// try makes one delivery and settles it.
func (d *Dispatcher) try(
	ctx context.Context, delivery switchboard.Delivery, atMost time.Duration,
) switchboard.HandoffState {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		close(d.flights[delivery.ID])
		delete(d.flights, delivery.ID)
	}()
	sending, cancel := context.WithTimeout(ctx, min(atMost, timeout))
	defer cancel()
	result := d.send(sending, delivery)

	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	state, err := d.settle(settling, delivery, result)
	if err != nil {
		// The lease runs out and the request is tried again, under the same id.
		d.log.Error("settle a handoff delivery", "delivery", delivery.ID, "attempt", delivery.Attempt, "error", err)
	}
	return state
}

// send gives a delivery to whom it is for.
func (d *Dispatcher) send(ctx context.Context, delivery switchboard.Delivery) result {
	to := d.to
	switch delivery.Kind {
	case switchboard.DeliverNotice:
		to = delivery.Target
	case switchboard.DeliverMessage: // the ticket was not known yet as it was written, or is another by now
		h, err := d.outbox.Handoff(ctx, delivery.Request.Reference)
		if err != nil {
			return result{reason: "the record is not available"}
		}
		delivery.Request.Ticket = h.Ticket
	}
	if d.made[to] == nil {
		return result{refused: true, reason: "no longer configured"}
	}
	return d.made[to].send(ctx, delivery)
}

// settle tells the outbox what became of a try.
func (d *Dispatcher) settle(
	ctx context.Context, delivery switchboard.Delivery, r result,
) (switchboard.HandoffState, error) {
	now := d.now()
	log := d.log.With("reference", delivery.Request.Reference, "kind", delivery.Kind, "attempt", delivery.Attempt)
	switch {
	case r.accepted:
		log.Info("handoff delivered")
		r.ack.Notify = d.notify
		return switchboard.HandoffAcknowledged, d.outbox.Done(ctx, delivery, r.ack)
	case r.refused, now.Sub(delivery.QueuedAt) >= tryFor:
		log.Error("handoff failed", "reason", r.reason)
		return switchboard.HandoffFailed, d.outbox.Dead(ctx, delivery, r.reason)
	}
	at := now.Add(max(d.retry.after(delivery.Attempt, d.jitter()), r.notBefore))
	log.Warn("handoff not delivered yet", "reason", r.reason, "next", at)
	return switchboard.HandoffRequested, d.outbox.Retry(ctx, delivery, at, r.reason)
}
