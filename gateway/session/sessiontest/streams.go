package sessiontest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/session"
)

func add(t *testing.T, s session.Store, id session.Stream, events ...string) {
	t.Helper()
	for _, event := range events {
		if _, err := s.Append(t.Context(), id, []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
}

// read returns the events as "1=a 2=b".
func read(t *testing.T, s session.Store, id session.Stream, after int64, wait time.Duration) (string, bool) {
	t.Helper()
	events, done, err := s.Read(t.Context(), id, after, wait)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for i, e := range events {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d=%s", e.Seq, e.Data)
	}
	return b.String(), done
}

func streamOrder(t *testing.T, s session.Store) {
	id := stream()
	binary := "\x00\xff\r\nß"
	for want, event := range []string{"a", "", binary} {
		if seq, err := s.Append(t.Context(), id, []byte(event)); err != nil || seq != int64(want+1) {
			t.Fatalf("event %d got number %d, error %v", want+1, seq, err)
		}
	}
	if got, done := read(t, s, id, 0, 0); got != "1=a 2= 3="+binary || done {
		t.Errorf("read %q, done %v", got, done)
	}
	buffer := []byte("kept")
	if _, err := s.Append(t.Context(), id, buffer); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "lost")
	if got, _ := read(t, s, id, 3, 0); got != "4=kept" {
		t.Errorf("read %q, want the event as it was appended", got)
	}
}

func streamResume(t *testing.T, s session.Store) {
	id := stream()
	add(t, s, id, "a", "b", "c", "d")
	if err := s.CloseStream(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after int64
		want  string
	}{{-7, "1=a 2=b 3=c 4=d"}, {0, "1=a 2=b 3=c 4=d"}, {2, "3=c 4=d"}, {4, ""}, {5, ""}, {1 << 40, ""}} {
		if got, done := read(t, s, id, test.after, long); got != test.want || !done {
			t.Errorf("after %d: read %q, done %v; want %q and done", test.after, got, done, test.want)
		}
	}
}

func streamWaits(t *testing.T, s session.Store) {
	id := stream()
	add(t, s, id, "a")
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			events, done, err := s.Read(t.Context(), id, 1, long)
			if err != nil || done || len(events) == 0 || events[0].Seq != 2 {
				t.Errorf("read %v, done %v, error %v", events, done, err)
			}
		})
	}
	add(t, s, id, "b")
	group.Wait()
}

func streamWaitEnds(t *testing.T, s session.Store) {
	id := stream()
	add(t, s, id, "a")
	began := time.Now()
	if got, done := read(t, s, id, 1, 50*time.Millisecond); got != "" || done {
		t.Errorf("read %q, done %v; want nothing", got, done)
	}
	if waited := time.Since(began); waited < 50*time.Millisecond {
		t.Errorf("waited %v only", waited)
	}
}

func streamWaitIsCancelled(t *testing.T, s session.Store) {
	id := stream()
	add(t, s, id, "a")
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, _, err := s.Read(ctx, id, 1, long)
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func streamClose(t *testing.T, s session.Store) {
	id := stream()
	add(t, s, id, "a")
	result := make(chan bool, 1)
	go func() {
		_, done, err := s.Read(t.Context(), id, 1, long)
		result <- done && err == nil
	}()
	for range 2 {
		if err := s.CloseStream(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if !<-result {
		t.Error("a waiting reader was not told that the stream is done")
	}
	if _, err := s.Append(t.Context(), id, []byte("late")); !errors.Is(err, switchboard.Conflict) {
		t.Errorf("appended to a closed stream: error %v, want conflict", err)
	}
	if got, done := read(t, s, id, 0, 0); got != "1=a" || !done {
		t.Errorf("read %q, done %v", got, done)
	}
}

func streamUnknown(t *testing.T, s session.Store) {
	id := stream()
	if err := s.CloseStream(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Read(t.Context(), id, 0, long); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("error %v, want not found", err)
	}
}

func streamBoundEvents(t *testing.T, s session.Store) {
	id := stream()
	for range session.MaxEvents + 5 {
		add(t, s, id, "x")
	}
	if _, _, err := s.Read(t.Context(), id, 4, 0); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("reading from a dropped event: error %v, want not found", err)
	}
	events, _, err := s.Read(t.Context(), id, 5, 0)
	if err != nil || len(events) != session.MaxEvents || events[0].Seq != 6 {
		t.Errorf("read %d events, error %v", len(events), err)
	}
}

func streamBoundBytes(t *testing.T, s session.Store) {
	id := stream()
	half := string(bytes.Repeat([]byte("x"), session.MaxBytes/2))
	add(t, s, id, "small", half, half)
	if _, _, err := s.Read(t.Context(), id, 0, 0); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("reading from a dropped event: error %v, want not found", err)
	}
	if events, _, err := s.Read(t.Context(), id, 1, 0); err != nil || len(events) != 2 {
		t.Errorf("read %d events, error %v; want 2", len(events), err)
	}
	add(t, s, id, half+half+"more") // more than all of the room: the latest event is always kept
	if events, _, err := s.Read(t.Context(), id, 3, 0); err != nil || len(events) != 1 {
		t.Errorf("read %d events, error %v; want 1", len(events), err)
	}
}

func streamConcurrent(t *testing.T, s session.Store) {
	id := stream()
	const events = 200
	add(t, s, id, "1")
	var group sync.WaitGroup
	group.Go(func() {
		for i := 2; i <= events; i++ {
			if _, err := s.Append(t.Context(), id, fmt.Append(nil, i)); err != nil {
				t.Error(err)
			}
		}
		if err := s.CloseStream(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
	for range 3 {
		group.Go(func() {
			last := int64(0)
			for done := false; !done; {
				var batch []session.Event
				var err error
				if batch, done, err = s.Read(t.Context(), id, last, long); err != nil {
					t.Error(err)
					return
				}
				for _, e := range batch {
					if last++; e.Seq != last || string(e.Data) != fmt.Sprint(last) {
						t.Errorf("event %d is %d=%s", last, e.Seq, e.Data)
						return
					}
				}
			}
			if last != events {
				t.Errorf("read %d events of %d", last, events)
			}
		})
	}
	group.Wait()
}

func forget(t *testing.T, s session.Store) {
	id, other := stream(), stream()
	second := session.Stream{Conversation: id.Conversation, Message: "msg_2"}
	for _, each := range []session.Stream{id, second, other} {
		add(t, s, each, "a")
	}
	waiting := make(chan error, 1)
	go func() {
		_, _, err := s.Read(t.Context(), id, 1, long)
		waiting <- err
	}()
	if n, err := s.Forget(t.Context(), id.Conversation); err != nil || n != 2 {
		t.Errorf("forgot %d streams, error %v; want 2", n, err)
	}
	if err := <-waiting; !errors.Is(err, switchboard.NotFound) {
		t.Errorf("a reader of a forgotten stream got %v, want not found", err)
	}
	if _, _, err := s.Read(t.Context(), second, 0, 0); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("a forgotten stream can be read: error %v", err)
	}
	if got, _ := read(t, s, other, 0, 0); got != "1=a" {
		t.Errorf("another conversation's stream reads %q", got)
	}
	if n, err := s.Forget(t.Context(), id.Conversation); err != nil || n != 0 {
		t.Errorf("forgot %d streams again, error %v", n, err)
	}
	add(t, s, id, "anew")
	if got, _ := read(t, s, id, 0, 0); got != "1=anew" {
		t.Errorf("a stream that is opened anew reads %q", got)
	}
}
