package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
)

// tightListener gives connections as little room to send as the system allows, so that who does not read is noticed.
type tightListener struct{ net.Listener }

func (l tightListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(4096)
	}
	return conn, err
}

// Many readers at once who do not read are given up one by one; each turn ends with an error of its reader's, its place
// is free again, and they hold little while they are waited for.
func TestManySlowReaders(t *testing.T) {
	const readers = 200
	g := start(t, func(c *Config) {
		c.WriteWithin, c.Limits = time.Second, Limits{Turns: readers, QueueWait: time.Minute}
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = g.server.Serve(tightListener{l}) }()

	sentence := strings.Repeat("never read ", 200)
	given := make(chan error, readers)
	g.bot.respond = func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		a := switchboard.Answer{ID: "msg_" + t.ConversationID, ConversationID: t.ConversationID}
		err := emit(switchboard.Event{Kind: switchboard.EventStart, Answer: a})
		for n := 0; n < 10_000 && err == nil; n++ {
			err = emit(switchboard.Event{Kind: switchboard.EventSentence, Text: sentence})
		}
		given <- err
		a.Action, a.Reason = switchboard.ActionDegraded, switchboard.ReasonCustomerLeft
		return a, err
	}
	before := heap()
	var wg sync.WaitGroup
	for i := range readers {
		path, bearer := g.open(nil)
		wg.Go(func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { conn.Close() })
			_ = conn.(*net.TCPConn).SetReadBuffer(1024) //nolint:errcheck // it is one
			body := `{"text":"hi ` + strconv.Itoa(i) + `"}`
			_, _ = io.WriteString(conn, "POST "+(&url.URL{Path: path}).EscapedPath()+"/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
				"Accept: text/event-stream\r\nAuthorization: "+bearer["Authorization"]+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
		})
	}
	wg.Wait()
	until(t, "all are under way", func() bool { n, _ := g.server.gate.Load(); return n == readers || len(given) > 0 })
	held := heap() - before
	for range readers {
		select {
		case err := <-given:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("given up because of %v", err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("a turn still waits for its reader")
		}
	}
	until(t, "all places are free", func() bool { n, _ := g.server.gate.Load(); return n == 0 })
	t.Logf("%d KiB for each reader that was waited for", held/readers>>10)
	if held > readers*256<<10 {
		t.Errorf("%d readers held %d MiB", readers, held>>20)
	}
}

// heap is what is in use, garbage collected.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
