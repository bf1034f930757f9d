package httpapi

import (
	"context"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/gateway/session"
)

// Limits bound what callers may ask for. A zero rate does not limit.
type Limits struct {
	IP           session.Rate // requests of one address (IPv6: of one /64). Loopback is not limited
	Key          session.Rate // requests with one publishable key, tokens that it opened included
	Secret       session.Rate // the same with one secret key
	Conversation session.Rate // messages of one conversation
	Turns        int          // turns under way at once, all together; 0 is DefaultLimits'
}

// DefaultLimits suit one process in front of one team's help centre.
func DefaultLimits() Limits {
	return Limits{
		IP:           session.Rate{Burst: 120, Per: time.Minute},
		Key:          session.Rate{Burst: 3000, Per: time.Minute},
		Conversation: session.Rate{Burst: 20, Per: time.Minute},
		Turns:        256,
	}
}

// turnWithin is how long a conversation stays locked if the process that serves its turn dies.
const turnWithin = 2 * time.Minute

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

// enter lets a turn begin: there is room for it, the conversation may speak, and no other turn of it is under way.
// leave must be called when the turn has ended.
func (s *Server) enter(ctx context.Context, conversation string) (leave func(), err error) {
	select {
	case s.turns <- struct{}{}:
	default:
		e := switchboard.Errorf(switchboard.Overloaded, "The gateway is busy. Please try again in a moment.")
		e.RetryAfter = time.Second
		return nil, e
	}
	if conversation == "" { // a new one, which nobody else knows
		return func() { <-s.turns }, nil
	}
	if err := s.count(ctx, "conversation:"+conversation, s.limits.Conversation); err != nil {
		<-s.turns
		return nil, err
	}
	unlock, err := s.lock(ctx, conversation)
	if err != nil {
		<-s.turns
		return nil, err
	}
	return func() { unlock(); <-s.turns }, nil
}

// lock keeps turns of one conversation apart. Where locks cannot be had, the turn goes on without one.
func (s *Server) lock(ctx context.Context, conversation string) (unlock func(), err error) {
	unlock, ok, err := s.sessions.Lock(ctx, "turn:"+conversation, turnWithin)
	if err != nil {
		s.log.WarnContext(ctx, "conversation not locked", "error", err)
		return func() {}, nil
	}
	if !ok {
		return nil, switchboard.Errorf(switchboard.TurnInProgress, "A reply to this conversation is still being written.")
	}
	return unlock, nil
}
