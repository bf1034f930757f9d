package llm_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/gateway/llm"
)

// An upstream that closes a connection between two calls, as many do, is asked again on a new one.
func TestAStaleConnectionIsNoFailure(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var connections atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go answerOnce(c)
		}
	}()
	m, err := llm.NewModel(llm.ModelConfig{Name: "stale", BaseURL: "http://" + l.Addr().String() + "/v1", Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for range 3 {
		c, err := m.Complete(within(t, 10*time.Second), ask(), nil)
		if err != nil || c.Text != "Hello." {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if n := connections.Load(); n != 3 {
		t.Errorf("%d connections", n)
	}
}

// answerOnce answers one request as if the connection could be used again, reads the next one and hangs up.
func answerOnce(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	if _, err := http.ReadRequest(r); err != nil {
		return
	}
	const body = `{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}]}`
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	_, _ = http.ReadRequest(r)
}
