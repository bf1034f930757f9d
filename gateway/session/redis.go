package session

import (
	"context"
	"crypto/rand"
	_ "embed" // the scripts
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"switchboard"
)

var (
	//go:embed scripts/allow.lua
	allowScript string
	//go:embed scripts/lock.lua
	lockScript string
	//go:embed scripts/extend.lua
	extendScript string
	//go:embed scripts/unlock.lua
	unlockScript string
)

// Redis is a Store that several processes share. Every key begins with "switchboard:"; the keys of one conversation's
// streams would lie on one node of a cluster, and so would all counters, but the client is one for a single server.
type Redis struct {
	client  *redis.Client
	waiting *redis.Client // connections on which readers of streams wait, so that they keep nobody else from one
	local   *Memory       // counts while the server cannot be reached
	outage  outage

	allow, lock, extend, unlock, append, close *redis.Script
	reserve, settle, raise                     *redis.Script

	instance string        // begins the ids of this process's holds
	holds    atomic.Uint64 // so many

	ctx    context.Context // ends with Close; of goroutines that keep locks alive, not of calls
	cancel context.CancelFunc
	keep   sync.WaitGroup
}

// The waits that a dead or slow server may cost. After a failure, calls fail at once for a second.
const (
	dialTimeout = 300 * time.Millisecond
	callTimeout = 700 * time.Millisecond
	retryAfter  = time.Second
)

// NewRedis prepares a store at url, such as "redis://:password@127.0.0.1:6379/0" or "rediss://…". It connects when it
// is first used: Ping tells whether the server is there. Errors never show the URL. A nil log logs nothing.
func NewRedis(url string, log *slog.Logger) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New(`redis URL: want "redis://[USER:PASSWORD@]HOST:PORT/NUMBER" or "rediss://…"`)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.DialerRetries = dialTimeout, 1
	options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = callTimeout, callTimeout, callTimeout
	options.MaxRetries = 1 // for a connection that the server has closed meanwhile
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	waiting := *options
	waiting.PoolSize, waiting.ConnMaxIdleTime = 512, time.Minute
	s := &Redis{
		client: redis.NewClient(options), waiting: redis.NewClient(&waiting), local: NewMemory(nil),
		outage: outage{log: log, now: time.Now},
		allow:  redis.NewScript(allowScript), lock: redis.NewScript(lockScript), extend: redis.NewScript(extendScript),
		unlock: redis.NewScript(unlockScript), append: redis.NewScript(appendScript), close: redis.NewScript(closeScript),
		reserve: redis.NewScript(reserveScript), settle: redis.NewScript(settleScript), raise: redis.NewScript(raiseScript),
		instance: rand.Text(),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// do makes one call with a deadline of its own, unless the server has just been found to be out of reach.
func (s *Redis) do(ctx context.Context, atMost time.Duration, call func(ctx context.Context) error) error {
	if s.outage.now().Before(s.outage.end()) {
		return errUnreachable(nil)
	}
	bounded, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	err := call(bounded)
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		s.outage.over()
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	s.outage.begin(err)
	return errUnreachable(err)
}

func errUnreachable(err error) error {
	return switchboard.Errorf(switchboard.Unavailable, "the session store is not available just now").Because(err)
}

// Allow counts on the server, and in this process while the server cannot be reached: every instance then allows the
// whole rate.
func (s *Redis) Allow(ctx context.Context, key string, r Rate) (bool, time.Duration, error) {
	interval, window, limited := r.gcra()
	if !limited {
		return true, 0, nil
	}
	var early int64
	err := s.do(ctx, callTimeout, func(ctx context.Context) (err error) {
		early, err = s.allow.Run(ctx, s.client, []string{"switchboard:limit:" + key}, interval, window).Int64()
		return err
	})
	switch {
	case errors.Is(err, switchboard.Unavailable):
		return s.local.Allow(ctx, key, r)
	case err != nil:
		return false, 0, err
	}
	return early == 0, time.Duration(early) * time.Microsecond, nil
}

// Lock takes a lock on the server and keeps it alive while it is held. Where the server goes away meanwhile, the lock
// may be lost without its holder hearing of it.
func (s *Redis) Lock(ctx context.Context, key string, ttl time.Duration) (func(), bool, error) {
	key, token, ttl := "switchboard:lock:"+key, rand.Text(), lockTTL(ttl)
	var taken bool
	err := s.do(ctx, callTimeout, func(ctx context.Context) (err error) {
		taken, err = s.lock.Run(ctx, s.client, []string{key}, token, ttl.Milliseconds()).Bool()
		return err
	})
	if err != nil || !taken {
		if err != nil { // the answer may have been lost, not the lock
			s.release(context.WithoutCancel(ctx), key, token)
		}
		return nil, false, err
	}
	held, letGo := context.WithCancel(s.ctx)
	kept := make(chan struct{})
	s.keep.Add(1)
	go func() {
		defer s.keep.Done()
		defer close(kept)
		s.keepLock(held, key, token, ttl)
	}()
	var once sync.Once
	return func() {
		once.Do(func() {
			letGo()
			<-kept
			s.release(context.WithoutCancel(ctx), key, token)
		})
	}, true, nil
}

// keepLock extends a lock three times in its ttl until held ends or the lock is found to be lost.
func (s *Redis) keepLock(held context.Context, key, token string, ttl time.Duration) {
	ticker := time.NewTicker(max(ttl/3, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-held.Done():
			return
		case <-ticker.C:
		}
		ours := true
		err := s.do(held, callTimeout, func(ctx context.Context) (err error) {
			ours, err = s.extend.Run(ctx, s.client, []string{key}, token, ttl.Milliseconds()).Bool()
			return err
		})
		if err == nil && !ours {
			return
		}
	}
}

// release gives a lock back. If that fails it expires.
func (s *Redis) release(ctx context.Context, key, token string) {
	_ = s.do(ctx, callTimeout, func(ctx context.Context) error {
		return s.unlock.Run(ctx, s.client, []string{key}, token).Err()
	})
}

// Ping reports whether the server can be reached.
func (s *Redis) Ping(ctx context.Context) error {
	return s.do(ctx, callTimeout, func(ctx context.Context) error { return s.client.Ping(ctx).Err() })
}

// Close ends waits, lets go of what keeps locks alive and closes the connections.
func (s *Redis) Close() error {
	s.cancel()
	s.keep.Wait()
	return errors.Join(s.client.Close(), s.waiting.Close())
}

// outage remembers that the server was out of reach, so that not every call pays for finding out.
type outage struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	since time.Time // zero: none
	until time.Time // no call before
}

func (o *outage) end() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.until
}

// begin logs an outage once, however many calls find it.
func (o *outage) begin(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.until = o.now().Add(retryAfter)
	if o.since.IsZero() {
		o.since = o.now()
		o.log.Error("the session store cannot be reached: limits are counted by each instance",
			"error", err)
	}
}

func (o *outage) over() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.since.IsZero() {
		o.log.Info("the session store is back", "after", o.now().Sub(o.since))
	}
	o.since, o.until = time.Time{}, time.Time{}
}
