package httpapi

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/gateway/admission"
	"switchboard/gateway/session"
)

// Limits bound what callers may ask for. A zero rate does not limit.
type Limits struct {
	IP           session.Rate // requests of one address (IPv6: of one /64). Loopback is not limited
	Key          session.Rate // requests with one publishable key, tokens that it opened included
	Secret       session.Rate // the same with one secret key
	Conversation session.Rate // messages of one conversation
	Turns        int          // turns under way at once, all together; 0 is DefaultLimits'

	Queue       int           // turns that may wait for one of those places; 0 has none wait
	QueueWait   time.Duration // the longest that one may wait; 0 is DefaultLimits'
	TurnTimeout time.Duration // from a message's arrival to its reply, the wait included; 0 is DefaultLimits'
}

// DefaultLimits suit one process in front of one team's help centre.
func DefaultLimits() Limits {
	return Limits{
		IP:           session.Rate{Burst: 120, Per: time.Minute},
		Key:          session.Rate{Burst: 3000, Per: time.Minute},
		Conversation: session.Rate{Burst: 20, Per: time.Minute},
		Turns:        512,
		Queue:        256,
		QueueWait:    5 * time.Second,
		TurnTimeout:  75 * time.Second,
	}
}

// withDefaults fills in what cannot be zero.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l == (Limits{}) {
		return d
	}
	if l.Turns <= 0 {
		l.Turns = d.Turns
	}
	if l.QueueWait <= 0 {
		l.QueueWait = d.QueueWait
	}
	if l.TurnTimeout <= 0 {
		l.TurnTimeout = d.TurnTimeout
	}
	return l
}

// recordWithin is what a turn may take beyond its deadline, to be recorded and told, with something to spare.
const recordWithin = 45 * time.Second

// turnWithin is how long a conversation stays locked if the process that serves its turn dies.
func (l Limits) turnWithin() time.Duration { return l.TurnTimeout + recordWithin }

// limit counts a request against its address and its key.
func (s *Server) limit(c *gin.Context, who caller) error {
	ctx := c.Request.Context()
	if ip, ok := limitedIP(c.ClientIP()); ok {
		if err := s.count(ctx, "ip:"+ip, s.limits.IP); err != nil {
			return err
		}
	}
	if who.key.ID == "" {
		return nil
	}
	rate := s.limits.Secret
	if who.key.Publishable {
		rate = s.limits.Key
	}
	return s.count(ctx, "key:"+who.key.ID, rate)
}

// count fails with RateLimited. Where limits cannot be counted, nothing is limited: they may be lost.
func (s *Server) count(ctx context.Context, key string, r session.Rate) error {
	if r.Burst <= 0 {
		return nil
	}
	ok, wait, err := s.sessions.Allow(ctx, key, r)
	if err != nil {
		s.log.WarnContext(ctx, "rate limit not counted", "error", err)
		return nil
	}
	if !ok {
		e := switchboard.Errorf(switchboard.RateLimited, "Too many requests. Please wait a little.")
		e.RetryAfter = wait
		return e
	}
	return nil
}

func limitedIP(address string) (string, bool) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown", true
	}
	a = a.Unmap()
	if a.IsLoopback() {
		return "", false
	}
	if a.Is6() {
		p, _ := a.WithZone("").Prefix(64)
		return p.Addr().String(), true
	}
	return a.String(), true
}

// enter lets a turn begin: the conversation may speak, no other turn of it is under way or waits, and there is a place
// for it, perhaps after a wait. Whoever waits for something else holds no place. shared is the conversation, "" where
// nobody else can know it yet. leave must be called when the turn has ended.
func (s *Server) enter(ctx context.Context, t *switchboard.Turn, shared string) (leave func(), err error) {
	unlock := func() {}
	if shared != "" {
		if err := s.count(ctx, "conversation:"+shared, s.limits.Conversation); err != nil {
			return nil, err
		}
		if unlock, err = s.lock(ctx, shared); err != nil {
			return nil, err
		}
	}
	pass, err := s.gate.Enter(ctx, admission.Ask{
		Key: t.Key, Conversation: shared, UnderWay: t.Opens != nil && len(t.Opens.Turns) > 0, Deadline: t.Deadline,
	})
	if err != nil {
		unlock()
		return nil, s.refused(err)
	}
	s.observe.QueueWait(pass.Waited)
	return func() { pass.Leave(); unlock() }, nil
}

// refused is a gate's error as callers know it.
func (s *Server) refused(err error) error {
	var r *admission.Refusal
	switch {
	case !errors.As(err, &r):
		return err // the client has left
	case r.Why == admission.Twice:
		return errInProgress()
	}
	s.observe.Shed(string(r.Why))
	e := switchboard.Errorf(switchboard.Overloaded, "The gateway is busy. Please try again in a moment.")
	e.RetryAfter = r.RetryAfter
	return e
}

func errInProgress() error {
	return switchboard.Errorf(switchboard.TurnInProgress, "A reply to this conversation is still being written.")
}

// lock keeps turns of one conversation apart. Where locks cannot be had, the turn goes on without one.
func (s *Server) lock(ctx context.Context, conversation string) (unlock func(), err error) {
	unlock, ok, err := s.sessions.Lock(ctx, "turn:"+conversation, s.limits.turnWithin())
	if err != nil {
		s.log.WarnContext(ctx, "conversation not locked", "error", err)
		return func() {}, nil
	}
	if !ok {
		return nil, errInProgress()
	}
	return unlock, nil
}
