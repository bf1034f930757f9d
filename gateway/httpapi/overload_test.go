package httpapi

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/session"
)

// sheds counts what an Observer is told.
type sheds struct {
	unobserved
	mu     sync.Mutex
	waited []time.Duration
	shed   []string
}

func (o *sheds) QueueWait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waited = append(o.waited, d)
}
func (o *sheds) Shed(why string) { o.mu.Lock(); defer o.mu.Unlock(); o.shed = append(o.shed, why) }

// until polls for what others bring about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// slowBot answers when it is told to.
func slowBot(g *gatewayUnderTest) (busy, free chan struct{}) {
	busy, free = make(chan struct{}, 100), make(chan struct{})
	g.bot.respond = func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		busy <- struct{}{}
		select {
		case <-free:
		case <-ctx.Done():
			return switchboard.Answer{}, ctx.Err()
		}
		return g.bot.say(t, emit, "Done.")
	}
	return busy, free
}

// waiting polls until so many stand in the queue.
func (g *gatewayUnderTest) waiting(t *testing.T, n int) {
	t.Helper()
	until(t, strconv.Itoa(n)+" wait", func() bool { _, waiting := g.server.gate.Load(); return waiting == n })
}

// A turn that finds no place waits for one; beyond the queue it is refused, streams too, while nothing has been sent.
func TestTurnsWaitForAPlace(t *testing.T) {
	seen := &sheds{}
	g := start(t, func(c *Config) {
		c.Limits, c.Observe = Limits{Turns: 1, Queue: 1, QueueWait: time.Minute}, seen
	})
	pk := Key{ID: "key_pk", Publishable: true, Hash: hashOf("pk_1")}
	g.keys.set(pk)
	open := func() (string, header) { return g.open(header{"X-Switchboard-Key": "pk_1"}) }
	busy, free := slowBot(g)
	results := make(chan reply, 2)
	ask := func(path string, bearer header) {
		results <- g.do("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "Accept", "text/event-stream"))
	}
	first, firstBearer := open()
	second, secondBearer := open()
	third, thirdBearer := open()
	began := time.Now()
	go ask(first, firstBearer)
	<-busy
	go ask(second, secondBearer)
	g.waiting(t, 1)
	for _, path := range []string{first, second} { // under way, and waiting
		bearer := firstBearer
		if path == second {
			bearer = secondBearer
		}
		if r := g.do("POST", path+"/messages", `{"text":"hi"}`, bearer); r.status != 409 || r.field("code") != "turn_in_progress" {
			t.Errorf("%s: got %d %s", path, r.status, r.body)
		}
	}
	for _, accept := range []string{"text/event-stream", "application/json"} {
		r := g.do("POST", third+"/messages", `{"text":"hi"}`, with(thirdBearer, "Accept", accept))
		if after, _ := strconv.Atoi(r.header.Get("Retry-After")); r.status != 503 || r.field("code") != "overloaded" || after < 1 {
			t.Errorf("%s: got %d %s, Retry-After %q", accept, r.status, r.body, r.header.Get("Retry-After"))
		}
	}
	r := g.do("POST", "/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"hi"}]}`, header{"Authorization": "Bearer pk_1"})
	if r.status != 503 || r.field("error", "code") != "overloaded" || r.header.Get("Retry-After") == "" {
		t.Errorf("OpenAI: got %d %s", r.status, r.body)
	}
	close(free)
	for range 2 {
		if r := <-results; r.status != 200 || !strings.Contains(string(r.body), "[DONE]") {
			t.Errorf("got %d %s", r.status, r.body)
		}
	}
	for _, turn := range g.bot.turns {
		if late := turn.Deadline.Sub(began); turn.Key != "key_pk" || late < 75*time.Second || late > 90*time.Second {
			t.Errorf("key %q, deadline after %v", turn.Key, late)
		}
	}
	if len(seen.waited) != 2 || seen.waited[0] != 0 || seen.waited[1] <= 0 || strings.Join(seen.shed, " ") != "queue_full queue_full queue_full" {
		t.Errorf("observed %v, %v", seen.waited, seen.shed)
	}
}

// Neither a locked conversation, nor one that has said too much, nor a body that is still coming holds a place; who
// leaves the queue leaves the conversation free.
func TestWhoHoldsNoPlace(t *testing.T) {
	g := start(t, func(c *Config) {
		c.Limits = Limits{Turns: 2, Queue: 9, QueueWait: time.Minute, Conversation: session.Rate{Burst: 4, Per: time.Hour}}
	})
	busy, free := slowBot(g)
	load := func(underWay, waiting int) {
		t.Helper()
		if u, w := g.server.gate.Load(); u != underWay || w != waiting {
			t.Errorf("%d under way, %d wait; want %d, %d", u, w, underWay, waiting)
		}
	}
	first, firstBearer := g.open(nil)
	second, secondBearer := g.open(nil)
	third, thirdBearer := g.open(nil)
	var wg sync.WaitGroup
	wg.Go(func() { g.do("POST", first+"/messages", `{"text":"hi"}`, firstBearer) })
	<-busy
	for _, want := range []int{409, 409, 409, 429, 429} {
		if r := g.do("POST", first+"/messages", `{"text":"hi"}`, firstBearer); r.status != want {
			t.Errorf("got %d %s, want %d", r.status, r.body, want)
		}
		load(1, 0)
	}
	slow := g.dial(t)
	io.WriteString(slow, "POST "+second+"/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Authorization: "+secondBearer["Authorization"]+"\r\nContent-Length: 13\r\n\r\n{\"text\":")
	wg.Go(func() { g.do("POST", third+"/messages", `{"text":"hi"}`, thirdBearer) })
	<-busy
	load(2, 0)
	io.WriteString(slow, `"hi"}`) // and now it waits
	g.waiting(t, 1)
	slow.Close()
	g.waiting(t, 0)
	load(2, 0)
	wg.Go(func() { g.do("POST", second+"/messages", `{"text":"hi"}`, secondBearer) })
	g.waiting(t, 1)
	close(free)
	wg.Wait()
	load(0, 0)
}

func (g *gatewayUnderTest) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// What comes in drips is cut, whoever sends it and wherever to.
func TestSlowRequests(t *testing.T) {
	g := start(t, func(c *Config) { c.ReadWithin = 200 * time.Millisecond })
	path, bearer := g.open(nil)
	auth := "Authorization: " + bearer["Authorization"] + "\r\n"
	const plain = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	tests := []struct {
		name, head string
		status     int // 0: no answer
	}{
		{"headers", "POST " + path + "/messages HTTP/1.1\r\nHost: localhost\r\nX-A: ", 0},
		{"a body", "POST " + path + "/messages" + plain + auth + "Content-Length: 60000\r\n\r\n{", 400},
		{"a body in chunks", "POST " + path + "/messages" + plain + auth + "Transfer-Encoding: chunked\r\n\r\n", 400},
		{"the body of a stranger", "POST " + path + "/messages" + plain + "Content-Length: 60000\r\n\r\n{", 401},
		{"a body for no route", "POST /v1/nothing" + plain + "Content-Length: 60000\r\n\r\n{", 404},
		{"a body that nobody wants", "GET /healthz" + plain + "Content-Length: 60000\r\n\r\n{", 200},
		{"a body too large", "POST " + path + "/messages" + plain + auth + "Content-Length: 900000\r\n\r\n{", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn := g.dial(t)
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			io.WriteString(conn, tt.head)
			drips := make(chan int)
			go func() {
				n := 0
				for ; n < 2000; n++ { // 20 s
					time.Sleep(10 * time.Millisecond)
					drip := "x"
					if strings.Contains(tt.head, "chunked") {
						drip = "1\r\nx\r\n"
					}
					if _, err := io.WriteString(conn, drip); err != nil {
						break
					}
				}
				drips <- n
			}()
			in := bufio.NewReader(conn)
			resp, err := http.ReadResponse(in, nil)
			switch {
			case tt.status == 0 && err == nil && resp.StatusCode != http.StatusRequestTimeout:
				t.Errorf("got %d", resp.StatusCode)
			case tt.status > 0 && (err != nil || resp.StatusCode != tt.status):
				t.Errorf("got %v, %v; want %d", resp, err, tt.status)
			}
			if n := <-drips; n == 2000 {
				t.Error("the connection is still open")
			}
		})
	}
}

// A deadline for the body is none for the reply: a turn goes on longer than that, and who leaves is still noticed.
func TestTheBodysDeadlineEnds(t *testing.T) {
	g := start(t, func(c *Config) { c.ReadWithin = 200 * time.Millisecond })
	path, bearer := g.open(nil)
	gone := make(chan error, 1)
	g.bot.respond = func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		if t.Text == "leave" {
			<-ctx.Done()
			gone <- ctx.Err()
			return switchboard.Answer{}, ctx.Err()
		}
		select {
		case <-ctx.Done():
			return switchboard.Answer{}, ctx.Err()
		case <-time.After(400 * time.Millisecond):
		}
		return g.bot.say(t, emit, "Done.")
	}
	for _, accept := range []string{"text/event-stream", "application/json"} {
		if r := g.do("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "Accept", accept)); r.status != 200 {
			t.Errorf("%s: got %d %s", accept, r.status, r.body)
		}
	}
	ctx, leave := context.WithCancel(t.Context())
	time.AfterFunc(400*time.Millisecond, leave)
	resp, err := client.Do(g.request("POST", path+"/messages", `{"text":"leave"}`, bearer).WithContext(ctx))
	if err == nil {
		resp.Body.Close()
		t.Errorf("got %d", resp.StatusCode)
	}
	if err := <-gone; err == nil {
		t.Error("nobody left")
	}
}

func TestHugeHeaders(t *testing.T) {
	g := start(t)
	r := g.do("GET", "/healthz", "", header{"X-Huge": strings.Repeat("x", 64<<10)})
	if r.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d", r.status)
	}
}
