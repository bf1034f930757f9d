package session

import (
	"bytes"
	"sync"
	"time"
)

// streams are the streams of a Memory.
type streams struct {
	mu             sync.Mutex
	byConversation map[string]map[string]*stream
	bytes          int       // of all events together
	sweepAt        time.Time // when expired ones are next looked for
	closed         chan struct{}
	closeOnce      sync.Once
}

// stream keeps events first, first+1, … Changed is closed and replaced whenever something happens.
type stream struct {
	first   int64
	events  [][]byte
	bytes   int
	done    bool
	touched time.Time
	changed chan struct{}
}

func (s *stream) last() int64 { return s.first + int64(len(s.events)) - 1 }

func (s *stream) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (ss *streams) get(id Stream) *stream { return ss.byConversation[id.Conversation][id.Message] }

func (ss *streams) append(id Stream, event []byte, now time.Time) (int64, error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.sweep(now)
	s := ss.get(id)
	if s == nil {
		s = &stream{first: 1, changed: make(chan struct{})}
		if ss.byConversation[id.Conversation] == nil {
			ss.byConversation[id.Conversation] = map[string]*stream{}
		}
		ss.byConversation[id.Conversation][id.Message] = s
	}
	if s.done {
		return 0, errStreamClosed()
	}
	s.events = append(s.events, bytes.Clone(event))
	s.touched = now
	ss.count(s, len(event))
	for len(s.events) > 1 && (len(s.events) > MaxEvents || s.bytes > MaxBytes) {
		ss.count(s, -len(s.events[0]))
		s.events[0] = nil
		s.events, s.first = s.events[1:], s.first+1
	}
	s.wake()
	for ss.bytes > maxStreamBytes && ss.dropOldest(s) {
	}
	return s.last(), nil
}

func (ss *streams) count(s *stream, n int) { s.bytes += n; ss.bytes += n }

func (ss *streams) close(id Stream) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if s := ss.get(id); s != nil && !s.done {
		s.done = true
		s.wake()
	}
}

// read returns what there is now, and a channel that is closed when there may be more.
func (ss *streams) read(id Stream, after int64, now time.Time) (_ []Event, done bool, changed <-chan struct{}, _ error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s := ss.get(id)
	after = max(after, 0)
	if s == nil || now.Sub(s.touched) > StreamTTL || after+1 < s.first {
		return nil, false, nil, errNoStream()
	}
	var events []Event
	for seq := after + 1; seq <= s.last(); seq++ {
		events = append(events, Event{Seq: seq, Data: s.events[seq-s.first]}) // never written to again
	}
	return events, s.done, s.changed, nil
}

func (ss *streams) forget(conversation string) int {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	n := len(ss.byConversation[conversation])
	for message := range ss.byConversation[conversation] {
		ss.drop(Stream{conversation, message})
	}
	return n
}

// drop removes a stream and wakes those who wait for it.
func (ss *streams) drop(id Stream) {
	s := ss.get(id)
	ss.bytes -= s.bytes
	delete(ss.byConversation[id.Conversation], id.Message)
	if len(ss.byConversation[id.Conversation]) == 0 {
		delete(ss.byConversation, id.Conversation)
	}
	s.wake()
}

// sweep drops expired streams, at most twice in the time after which they expire.
func (ss *streams) sweep(now time.Time) {
	if now.Before(ss.sweepAt) {
		return
	}
	ss.sweepAt = now.Add(StreamTTL / 2)
	ss.each(func(id Stream, s *stream) {
		if now.Sub(s.touched) > StreamTTL {
			ss.drop(id)
		}
	})
}

// dropOldest makes room by dropping the stream that has been quiet for longest, but never keep.
func (ss *streams) dropOldest(keep *stream) bool {
	var oldest Stream
	var found *stream
	ss.each(func(id Stream, s *stream) {
		if s != keep && (found == nil || s.touched.Before(found.touched)) {
			oldest, found = id, s
		}
	})
	if found != nil {
		ss.drop(oldest)
	}
	return found != nil
}

func (ss *streams) each(f func(Stream, *stream)) {
	for conversation, messages := range ss.byConversation {
		for message, s := range messages {
			f(Stream{conversation, message}, s)
		}
	}
}
