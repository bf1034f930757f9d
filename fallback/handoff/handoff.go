package handoff

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
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
	// Done: the other side has it. The handoff is acknowledged.
	Done(ctx context.Context, reference string) error
	// Retry puts it back until at. Like Dead, it does nothing where the claim has passed to someone else.
	Retry(ctx context.Context, d switchboard.Delivery, at time.Time, reason string) error
	// Dead gives it up. The handoff has failed.
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
	Log     *slog.Logger     // nothing is logged without one
	Client  *http.Client     // redirects and its Timeout are taken care of; defaults to one with bounds of its own
	Now     func() time.Time // defaults to time.Now
	Jitter  func() float64   // 0 <= x < 1; defaults to math/rand/v2's
	Every   time.Duration    // how often Run looks for due requests; defaults to a second
}

const (
	tryFor  = 24 * time.Hour   // after the request, then it is given up
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
	hook   *hook // nil: no webhook
	log    *slog.Logger
	now    func() time.Time
	jitter func() float64
	every  time.Duration

	// mu is held while requests are claimed and entered into flights, so that a claim that DeliverNow misses is there.
	mu      sync.Mutex
	flights map[string]chan struct{} // closed when the try has been settled
}

// New checks the configuration. Its errors show neither the secret nor what is in the URL.
func New(c Config) (*Dispatcher, error) {
	if c.Outbox == nil {
		return nil, errors.New("handoff: no outbox")
	}
	d := &Dispatcher{
		outbox: c.Outbox, log: c.Log, now: c.Now, jitter: c.Jitter, every: c.Every, flights: map[string]chan struct{}{},
	}
	d.defaults()
	if c.Webhook.URL == "" {
		return d, nil
	}
	var err error
	if d.hook, err = newHook(c.Webhook, c.Client, d.now); err != nil {
		return nil, err
	}
	if d.hook.short {
		d.log.Warn("the handoff webhook's secret is short: 24 random bytes or more are advised")
	}
	return d, nil
}

// Run delivers what is due until ctx ends, then waits for the tries under way, which end with it. Without a webhook it
// only waits.
func (d *Dispatcher) Run(ctx context.Context) {
	if d.hook == nil {
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
	if d.hook != nil {
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
		d.flights[delivery.Request.Reference] = make(chan struct{})
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
	reference := delivery.Request.Reference
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		close(d.flights[reference])
		delete(d.flights, reference)
	}()
	sending, cancel := context.WithTimeout(ctx, min(atMost, timeout))
	defer cancel()
	result := d.hook.send(sending, delivery.Request)

	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	state, err := d.settle(settling, delivery, result)
	if err != nil {
		// The lease runs out and the request is tried again, under the same id.
		d.log.Error("settle a handoff delivery", "reference", reference, "attempt", delivery.Attempt, "error", err)
	}
	return state
}

// settle tells the outbox what became of a try.
func (d *Dispatcher) settle(
	ctx context.Context, delivery switchboard.Delivery, r result,
) (switchboard.HandoffState, error) {
	now, reference := d.now(), delivery.Request.Reference
	log := d.log.With("reference", reference, "attempt", delivery.Attempt)
	switch {
	case r.accepted:
		log.Info("handoff acknowledged")
		return switchboard.HandoffAcknowledged, d.outbox.Done(ctx, reference)
	case r.refused, now.Sub(delivery.Request.CreatedAt) >= tryFor:
		log.Error("handoff failed", "reason", r.reason)
		return switchboard.HandoffFailed, d.outbox.Dead(ctx, delivery, r.reason)
	}
	at := now.Add(max(backoff(delivery.Attempt, d.jitter()), r.notBefore))
	log.Warn("handoff not delivered yet", "reason", r.reason, "next", at)
	return switchboard.HandoffRequested, d.outbox.Retry(ctx, delivery, at, r.reason)
}
