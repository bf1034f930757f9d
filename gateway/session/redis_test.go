package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"switchboard"
	"switchboard/gateway/session"
	"switchboard/gateway/testserver"
)

// bounded is what a call may cost while the server is out of reach.
const bounded = 2 * time.Second

// gate stands before a server: it can be shut, and it can swallow what comes.
type gate struct {
	listener net.Listener
	server   string
	mu       sync.Mutex
	conns    []net.Conn
	mode     string // "" = open, "shut", "silent"
}

func newGate(t *testing.T, server string) (*gate, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{listener: l, server: u.Host}
	u.Host = l.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.serve()
	}()
	t.Cleanup(func() {
		_ = l.Close()
		g.set("shut")
		<-done
	})
	return g, u.String()
}

func (g *gate) serve() {
	for {
		in, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.mu.Lock()
		g.conns = append(g.conns, in)
		mode := g.mode
		g.mu.Unlock()
		if mode == "shut" {
			_ = in.Close()
		}
		if mode != "" {
			continue
		}
		out, err := net.Dial("tcp", g.server)
		if err != nil {
			_ = in.Close()
			continue
		}
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	}
}

// set changes the mode and cuts what is connected.
func (g *gate) set(mode string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mode = mode
	for _, c := range g.conns {
		_ = c.Close()
	}
	g.conns = nil
}

func TestRedisOutOfReach(t *testing.T) {
	for _, mode := range []string{"shut", "silent"} {
		t.Run(mode, func(t *testing.T) {
			g, address := newGate(t, testserver.Redis(t))
			var logged bytes.Buffer
			s, err := session.NewRedis(address, slog.New(slog.NewTextHandler(&logged, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // the gate is shut
			if err := s.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			g.set(mode)
			outOfReach(t, s)
			if n := strings.Count(logged.String(), "cannot be reached"); n != 1 {
				t.Errorf("the outage was logged %d times, want once:\n%s", n, logged.String())
			}
			g.set("")
			deadline := time.Now().Add(20 * time.Second)
			for err = s.Ping(t.Context()); err != nil && time.Now().Before(deadline); err = s.Ping(t.Context()) {
				time.Sleep(50 * time.Millisecond) // until the store looks again
			}
			if err != nil {
				t.Errorf("the store did not find the server again: %v", err)
			}
		})
	}
}

func outOfReach(t *testing.T, s *session.Redis) {
	t.Helper()
	id := session.Stream{Conversation: "conv_out", Message: "msg_1"}
	for _, call := range []struct {
		name string
		call func(ctx context.Context) error
	}{
		{"lock", func(ctx context.Context) error { _, _, err := s.Lock(ctx, "k", 0); return err }},
		{"append", func(ctx context.Context) error { _, err := s.Append(ctx, id, nil); return err }},
		{"read", func(ctx context.Context) error { _, _, err := s.Read(ctx, id, 0, time.Minute); return err }},
		{"forget", func(ctx context.Context) error { _, err := s.Forget(ctx, "conv_out"); return err }},
		{"ping", s.Ping},
	} {
		began := time.Now()
		if err := call.call(t.Context()); !errors.Is(err, switchboard.Unavailable) {
			t.Errorf("%s: error %v, want unavailable", call.name, err)
		}
		if took := time.Since(began); took > bounded {
			t.Errorf("%s took %v", call.name, took)
		}
	}
	allowed := 0
	for range 20 {
		began := time.Now()
		ok, _, err := s.Allow(t.Context(), "conv_out", session.Rate{Burst: 5, Per: time.Hour})
		if err != nil {
			t.Errorf("allow: %v", err)
		}
		if took := time.Since(began); took > bounded {
			t.Errorf("allow took %v", took)
		}
		if ok {
			allowed++
		}
	}
	if allowed != 5 {
		t.Errorf("%d of 20 events were allowed by this process alone, want 5", allowed)
	}
}

func TestRedisIsShared(t *testing.T) {
	a, b := overRedis(t), overRedis(t)
	id := session.Stream{Conversation: "conv_shared", Message: "msg_1"}
	if _, err := a.Append(t.Context(), id, []byte("from a")); err != nil {
		t.Fatal(err)
	}
	if events, _, err := b.Read(t.Context(), id, 0, 0); err != nil || len(events) != 1 {
		t.Errorf("the other instance read %v, error %v", events, err)
	}
	rate := session.Rate{Burst: 1, Per: time.Hour}
	first, _, err1 := a.Allow(t.Context(), "shared", rate)
	second, _, err2 := b.Allow(t.Context(), "shared", rate)
	if !first || second || errors.Join(err1, err2) != nil {
		t.Errorf("a burst of 1: allowed %v and %v, errors %v, %v", first, second, err1, err2)
	}
}

// TestRedisLockOfTheDead lets a holder end without unlocking, as a killed process does.
func TestRedisLockOfTheDead(t *testing.T) {
	dying, err := session.NewRedis(testserver.Redis(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	const ttl = 200 * time.Millisecond
	if _, ok, err := dying.Lock(t.Context(), "of the dead", ttl); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	s := overRedis(t)
	for end := time.Now().Add(20 * ttl); time.Now().Before(end); time.Sleep(ttl / 10) {
		if unlock, ok, err := s.Lock(t.Context(), "of the dead", ttl); err != nil {
			t.Fatal(err)
		} else if ok {
			unlock()
			return
		}
	}
	t.Error("a dead holder's lock does not expire")
}

func TestRedisURL(t *testing.T) {
	for _, bad := range []string{"", "http://x", "redis://:s3cret@[::1", "redis://user:s3cret@host:port/x"} {
		if _, err := session.NewRedis(bad, nil); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: error %v, want one without the password", bad, err)
		}
	}
}

// TestRedisCountsAlone lets the server go away: this process goes on counting, and what was used meanwhile is known there
// as far as it can be when the server is back.
func TestRedisCountsAlone(t *testing.T) {
	g, address := newGate(t, testserver.Redis(t))
	s := connect(t, address)
	c := session.Counter{What: "alone", When: "2026-11"}
	charges := func(most, used int64) []session.Charge {
		return []session.Charge{{Counter: c, Most: most, Limit: 100, Until: time.Now().Add(time.Hour), Begun: true, Used: used}}
	}
	if err := s.Raise(t.Context(), c, 50, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	before, full, err := s.Reserve(t.Context(), charges(10, 0), time.Minute)
	if err != nil || full >= 0 {
		t.Fatal(full, err)
	}
	g.set("shut")
	alone, full, err := s.Reserve(t.Context(), charges(40, 0), time.Minute)
	if err != nil || full >= 0 {
		t.Fatalf("this process alone: full %d, error %v; what was raised leaves 50", full, err)
	}
	if _, full, err := s.Reserve(t.Context(), charges(20, 0), time.Minute); err != nil || full != 0 {
		t.Errorf("this process alone set 60 aside of 50: full %d, error %v", full, err)
	}
	if err := s.Settle(t.Context(), before, charges(10, 4)); err != nil {
		t.Errorf("settle what the server holds: %v", err)
	}
	g.set("")
	for end := time.Now().Add(20 * time.Second); s.Ping(t.Context()) != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the store did not find the server again")
		}
	}
	settled := charges(40, 7)
	if err := s.Settle(t.Context(), alone, settled); err != nil || settled[0].Total != 57 {
		t.Errorf("what was set aside alone is settled to %d on the server, error %v; want 57", settled[0].Total, err)
	}
	if err := s.Settle(t.Context(), alone, settled); err != nil || settled[0].Total != 57 {
		t.Errorf("a repeated settlement came to %d, error %v; want 57", settled[0].Total, err)
	}
}

// TestRedisCountersExpire: whatever makes a counter gives it an end.
func TestRedisCountersExpire(t *testing.T) {
	url, _ := testserver.OwnRedis(t)
	s := connect(t, url)
	charges := func(what string) []session.Charge {
		return []session.Charge{{
			Counter: session.Counter{What: what, Whose: "x", When: "2026-11-03"}, Most: 5, Limit: 100, Until: time.Now().Add(time.Hour),
		}}
	}
	if _, _, err := s.Reserve(t.Context(), charges("reserved"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Reserve(t.Context(), charges("at once"), 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, used := range []int64{0, 5} {
			settled := charges(fmt.Sprint("settled ", used))
			settled[0].Used = used
			if err := s.Settle(t.Context(), session.Hold{}, settled); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Raise(t.Context(), charges("raised")[0].Counter, 5, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // it only reads
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) < 5 {
		t.Fatal(keys, err)
	}
	for _, key := range keys {
		if left, err := client.PTTL(t.Context(), key).Result(); err != nil || left <= 0 || left > time.Hour {
			t.Errorf("%s ends in %v, error %v", key, left, err)
		}
	}
}
