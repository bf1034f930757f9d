package session

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"switchboard"
)

var (
	//go:embed scripts/reserve.lua
	reserveScript string
	//go:embed scripts/settle.lua
	settleScript string
	//go:embed scripts/raise.lua
	raiseScript string
)

// countKeys begins the key of every counter. The braces are a hash tag: a script sees several counters at once, so all of
// them belong on one node of a cluster.
const countKeys = "switchboard:{count}:"

func countKey(c Counter) string { return countKeys + c.What + ":" + c.Whose + ":" + c.When }

// Reserve sets aside on the server, in one round trip, and in this process while the server cannot be reached.
func (s *Redis) Reserve(ctx context.Context, charges []Charge, lease time.Duration) (h Hold, full int, err error) {
	h.ID = s.instance + "." + strconv.FormatUint(s.holds.Add(1), 36)
	keys := s.keysOf("reserve:"+h.ID, charges)
	args := make([]any, 1, 1+4*len(charges))
	args[0] = lease.Milliseconds()
	for i := range charges {
		c := &charges[i]
		args = append(args, c.Most, c.Limit, toLive(c.Until), flag(c.Begun))
	}
	var said []int64
	err = s.do(ctx, callTimeout, func(ctx context.Context) (err error) {
		said, err = s.reserve.Run(ctx, s.client, keys, args...).Int64Slice()
		return err
	})
	switch {
	case errors.Is(err, switchboard.Unavailable):
		local, full, err := s.local.Reserve(ctx, charges, lease)
		return Hold{ID: h.ID, Expires: local.Expires, alone: true}, full, err
	case err != nil:
		return Hold{}, fits, err
	case said[0] < 0:
		return Hold{}, fits, ErrNotBegun
	case said[0] > 0:
		return Hold{}, int(said[0]) - 1, nil
	}
	h.Expires = said[1]
	return h, fits, nil
}

// Settle counts on the server, in one round trip, also what was set aside in this process while the server could not be
// reached. While it cannot, this process counts.
func (s *Redis) Settle(ctx context.Context, h Hold, charges []Charge) error {
	ctx = context.WithoutCancel(ctx)
	if h.ID == "" {
		h.ID = s.instance + "." + strconv.FormatUint(s.holds.Add(1), 36)
	}
	keys := s.keysOf("settle:"+h.ID, charges)
	args := make([]any, 1, 1+4*len(charges))
	args[0] = h.Expires
	if h.alone {
		_ = s.local.Settle(ctx, h, charges) // it never fails
		args[0] = 0
	}
	for i := range charges {
		c := &charges[i]
		args = append(args, c.Most, c.Used, toLive(c.Until), flag(c.Begun))
	}
	var totals []int64
	err := s.do(ctx, callTimeout, func(ctx context.Context) (err error) {
		totals, err = s.settle.Run(ctx, s.client, keys, args...).Int64Slice()
		return err
	})
	if errors.Is(err, switchboard.Unavailable) {
		if h.alone {
			return nil
		}
		return s.local.Settle(ctx, Hold{}, charges)
	}
	for i := range totals {
		charges[i].Total = totals[i]
	}
	return err
}

// Raise begins a counter on the server and in this process, which counts while the server cannot be reached.
func (s *Redis) Raise(ctx context.Context, c Counter, atLeast int64, until time.Time) error {
	_ = s.local.Raise(ctx, c, atLeast, until) // it never fails
	err := s.do(ctx, callTimeout, func(ctx context.Context) error {
		return s.raise.Run(ctx, s.client, []string{countKey(c)}, atLeast, toLive(until)).Err()
	})
	if errors.Is(err, switchboard.Unavailable) {
		return nil
	}
	return err
}

// Used asks the server, or this process while the server cannot be reached.
func (s *Redis) Used(ctx context.Context, c Counter) (n int64, err error) {
	err = s.do(ctx, callTimeout, func(ctx context.Context) (err error) {
		n, err = s.client.HGet(ctx, countKey(c), "used").Int64()
		return err
	})
	switch {
	case errors.Is(err, redis.Nil):
		return 0, nil
	case errors.Is(err, switchboard.Unavailable):
		return s.local.Used(ctx, c)
	}
	return n, err
}

// keysOf are the keys of a script: the call's own, by which a repeated one is known, and the counters'.
func (s *Redis) keysOf(call string, charges []Charge) []string {
	keys := make([]string, 1, 1+len(charges))
	keys[0] = countKeys + call
	for i := range charges {
		keys = append(keys, countKey(charges[i].Counter))
	}
	return keys
}

// toLive is how many milliseconds a counter has left; times are told as differences, so that clocks need not agree.
func toLive(until time.Time) int64 { return max(1000, time.Until(until).Milliseconds()) }

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
