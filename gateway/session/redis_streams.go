package session

import (
	"context"
	_ "embed" // the scripts
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"switchboard"
)

var (
	//go:embed scripts/append.lua
	appendScript string
	//go:embed scripts/close.lua
	closeScript string
)

// waitSlice is for how long a reader waits on the server at a time. In between it looks whether it is still wanted: a
// wait on a connection does not notice the end of its context.
const waitSlice = 500 * time.Millisecond

func streamKey(s Stream) string { return "switchboard:{" + s.Conversation + "}:stream:" + s.Message }

// indexKey is a hash of the conversation's streams to the bytes that each of them keeps.
func indexKey(conversation string) string { return "switchboard:{" + conversation + "}:streams" }

// Append adds an event to a stream.
func (s *Redis) Append(ctx context.Context, id Stream, event []byte) (int64, error) {
	var seq int64
	err := s.do(ctx, callTimeout, func(ctx context.Context) (err error) {
		seq, err = s.append.Run(ctx, s.client, []string{streamKey(id), indexKey(id.Conversation)},
			event, id.Message, MaxEvents, MaxBytes, StreamTTL.Milliseconds()).Int64()
		return err
	})
	if err == nil && seq < 0 {
		err = errStreamClosed()
	}
	return seq, err
}

// CloseStream says that no event follows.
func (s *Redis) CloseStream(ctx context.Context, id Stream) error {
	return s.do(ctx, callTimeout, func(ctx context.Context) error {
		return s.close.Run(ctx, s.client, []string{streamKey(id)}).Err()
	})
}

// Read returns what came after.
func (s *Redis) Read(
	ctx context.Context, id Stream, after int64, wait time.Duration,
) (events []Event, done bool, err error) {
	after = max(after, 0)
	deadline := time.Now().Add(wait)
	for {
		events, done, err := s.readNow(ctx, id, after)
		left := time.Until(deadline)
		if err != nil || done || len(events) > 0 || left <= 0 {
			return events, done, err
		}
		if err := s.await(ctx, id, after, min(left, waitSlice)); err != nil {
			return nil, false, err
		}
	}
}

func (s *Redis) readNow(ctx context.Context, id Stream, after int64) (events []Event, done bool, err error) {
	var first, last, next *redis.XMessageSliceCmd
	err = s.do(ctx, callTimeout, func(ctx context.Context) error {
		_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			key := streamKey(id)
			first = p.XRangeN(ctx, key, "-", "+", 1)
			last = p.XRevRangeN(ctx, key, "+", "-", 1)
			next = p.XRange(ctx, key, strconv.FormatInt(after, 10)+"-1", "+")
			return nil
		})
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if len(first.Val()) == 0 || after+1 < seqOf(first.Val()[0]) {
		return nil, false, errNoStream()
	}
	for _, m := range next.Val() {
		if data, ok := m.Values["d"].(string); ok {
			events = append(events, Event{Seq: seqOf(m), Data: []byte(data)})
		}
	}
	_, done = last.Val()[0].Values["end"]
	return events, done, nil
}

// await returns when something has come after number after, when atMost has passed, or when it is not wanted any more.
func (s *Redis) await(ctx context.Context, id Stream, after int64, atMost time.Duration) error {
	if s.ctx.Err() != nil {
		return switchboard.Errorf(switchboard.Unavailable, "the server is stopping")
	}
	err := s.do(ctx, atMost+callTimeout, func(ctx context.Context) error {
		err := s.waiting.XRead(ctx, &redis.XReadArgs{
			Streams: []string{streamKey(id), strconv.FormatInt(after, 10) + "-0"}, Count: 1,
			Block: max(atMost, time.Millisecond), // 0 would be for ever
		}).Err()
		if err == redis.Nil { //nolint:errorlint // nothing came
			return nil
		}
		return err
	})
	return err
}

// Forget removes a conversation's streams.
func (s *Redis) Forget(ctx context.Context, conversation string) (int, error) {
	var removed int64
	err := s.do(ctx, callTimeout, func(ctx context.Context) error {
		messages, err := s.client.HKeys(ctx, indexKey(conversation)).Result()
		if err != nil || len(messages) == 0 {
			return err
		}
		keys := make([]string, len(messages))
		for i, message := range messages {
			keys[i] = streamKey(Stream{Conversation: conversation, Message: message})
		}
		if removed, err = s.client.Del(ctx, keys...).Result(); err != nil {
			return err
		}
		return s.client.Del(ctx, indexKey(conversation)).Err()
	})
	return int(removed), err
}

// seqOf is N of an entry's id "N-0".
func seqOf(m redis.XMessage) int64 {
	head, _, _ := strings.Cut(m.ID, "-")
	n, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
