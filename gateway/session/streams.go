package session

import (
	"bytes"
	"container/list"
	"sync"
	"time"
)

// eventCost is what an event costs besides its bytes, and streamCost what a stream does, roughly.
const (
	eventCost  = 48
	streamCost = 512
)

// streams are the streams of a Memory.
type streams struct {
	mu             sync.Mutex
	byConversation map[string]map[string]*stream
	byAge          list.List // of *stream, the one that has been quiet for longest first
	cost           int       // of all streams together, bytes
	closed         chan struct{}
	closeOnce      sync.Once
}

// stream keeps events first, first+1, … Changed is closed and replaced whenever something happens.
type stream struct {
	id      Stream
	place   *list.Element // in byAge
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
	ss.expire(now)
	s := ss.get(id)
	if s == nil {
		s = ss.open(id)
	}
	if s.done {
		return 0, errStreamClosed()
	}
	s.events = append(s.events, bytes.Clone(event))
	s.bytes += len(event)
	ss.cost += len(event) + eventCost
	for len(s.events) > 1 && (len(s.events) > MaxEvents || s.bytes > MaxBytes) {
		s.bytes -= len(s.events[0])
		ss.cost -= len(s.events[0]) + eventCost
		s.events[0] = nil
		s.events, s.first = s.events[1:], s.first+1
	}
	s.touched = now
	ss.byAge.MoveToBack(s.place)
	for ss.cost > maxStreamBytes && ss.byAge.Len() > 1 {
		ss.drop(ss.byAge.Front().Value.(*stream)) //nolint:errcheck // nothing else is in it
	}
	s.wake()
	return s.last(), nil
}

func (ss *streams) open(id Stream) *stream {
	s := &stream{id: id, first: 1, changed: make(chan struct{})}
	s.place = ss.byAge.PushBack(s)
	if ss.byConversation[id.Conversation] == nil {
		ss.byConversation[id.Conversation] = map[string]*stream{}
	}
	ss.byConversation[id.Conversation][id.Message] = s
	ss.cost += streamCost
	return s
}

func (ss *streams) close(id Stream) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if s := ss.get(id); s != nil && !s.done {
		s.done = true
		s.wake()
	}
}

// read returns what there is now, and a channel that is closed when there may be more.
func (ss *streams) read(
	id Stream, after int64, now time.Time,
) (_ []Event, done bool, changed <-chan struct{}, _ error) {
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
	for _, s := range ss.byConversation[conversation] {
		ss.drop(s)
	}
	return n
}

// drop removes a stream and wakes those who wait for it.
func (ss *streams) drop(s *stream) {
	ss.byAge.Remove(s.place)
	delete(ss.byConversation[s.id.Conversation], s.id.Message)
	if len(ss.byConversation[s.id.Conversation]) == 0 {
		delete(ss.byConversation, s.id.Conversation)
	}
	ss.cost -= s.bytes + len(s.events)*eventCost + streamCost
	s.wake()
}

// expire drops streams whose time has passed.
func (ss *streams) expire(now time.Time) {
	for oldest := ss.byAge.Front(); oldest != nil; oldest = ss.byAge.Front() {
		s := oldest.Value.(*stream) //nolint:errcheck // nothing else is in it
		if now.Sub(s.touched) <= StreamTTL {
			return
		}
		ss.drop(s)
	}
}
