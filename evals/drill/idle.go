package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/gateway/llm/llmtest"
)

// IdleRun opens streams that say nothing and looks at what they cost the gateway: first turns that wait for a model that
// is silent, then readers that resume those turns. It needs as many open files as streams, in both processes.
type IdleRun struct {
	Binary, Dir string
	Turns       int           // under way
	Readers     int           // that resume them
	For         time.Duration // how long they are watched, all together
}

// IdleState is what the gateway holds at one moment.
type IdleState struct {
	What    string  `json:"what"`
	Streams int     `json:"streams"`
	RSS     int64   `json:"rss_bytes"`
	Each    int64   `json:"bytes_per_stream"` // beyond the state before, by the streams that were added
	CPU     float64 `json:"cpu_cores"`        // while it is watched; 0 where it is not
}

// idleConfig has a model that may be silent for as long as the run takes.
const idleConfig = `
models: [{name: silent, base_url: %q, model: m, first_token_timeout: 30m, idle_timeout: 30m, timeout: 30m,
  slow_after: 30m, concurrency: 20000}]
limits: {turns: %d, queue: 0, turn_timeout: 30m}
`

// Run opens the streams and returns a state for each step.
func (r IdleRun) Run(ctx context.Context) (states []IdleState, err error) {
	silent := llmtest.NewServer(llmtest.Options{})
	defer silent.Close()
	silent.Reply(func(llmtest.Call) llmtest.Script { return llmtest.Hang() })
	g := NewGateway(r.Binary, r.Dir)
	if err := g.Start(ctx, fmt.Sprintf(idleConfig, silent.URL, r.Turns+1)); err != nil {
		return nil, err
	}
	defer g.Kill() // its streams would be waited for
	i := &idlers{address: strings.TrimPrefix(g.URL, "http://")}
	defer i.close()
	note := func(what string, added int) error {
		rss, err := residentMemory(g.PID())
		s := IdleState{What: what, Streams: len(i.conns), RSS: rss}
		if added > 0 {
			s.Each = (rss - states[len(states)-1].RSS) / int64(added)
		}
		states = append(states, s)
		return err
	}
	if err := note("started", 0); err != nil {
		return nil, err
	}
	c := NewCustomer(g.URL)
	defer c.Close()
	if err := inParallel(ctx, r.Turns, func(int) error { return i.turn(ctx, c) }); err != nil {
		return states, err
	}
	if err := note("turns wait for a silent model", r.Turns); err != nil {
		return states, err
	}
	if err := inParallel(ctx, r.Readers, func(n int) error { return i.reader(ctx, n) }); err != nil {
		return states, err
	}
	if err := note("readers resume them", r.Readers); err != nil {
		return states, err
	}
	before, began := processorTime(g.PID()), time.Now()
	select {
	case <-ctx.Done():
		return states, ctx.Err()
	case <-time.After(r.For):
	}
	used := processorTime(g.PID()) - before
	err = note("watched for "+r.For.String(), 0)
	states[len(states)-1].CPU = used.Seconds() / time.Since(began).Seconds()
	return states, errors.Join(err, i.alive(r.For > 20*time.Second))
}

// idlers are clients that have begun to read and wait. A connection has no goroutine and no buffer.
type idlers struct {
	address string
	mu      sync.Mutex
	conns   []net.Conn
	streams []string // requests that resume the turns under way
}

func (i *idlers) close() {
	for _, c := range i.conns {
		_ = c.Close()
	}
}

// alive fails where the gateway has given a stream up, or, where a comment was due, has not sent one.
func (i *idlers) alive(commented bool) error {
	buf := make([]byte, 4096)
	for _, c := range i.conns {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		n, err := c.Read(buf)
		switch {
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("a stream has ended: %w", err)
		case commented && !bytes.Contains(buf[:n], []byte("keep-alive")):
			return fmt.Errorf("a stream says %.80q where a comment was due", buf[:n])
		}
	}
	return nil
}

// turn begins a turn of a new conversation.
func (i *idlers) turn(ctx context.Context, c *Customer) error {
	conv, err := c.Open(ctx)
	if err != nil {
		return err
	}
	const body = `{"text":"How much is roaming in Switzerland?"}`
	path := "/v1/conversations/" + conv.ID + "/messages"
	head := " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + conv.Token + "\r\n"
	said, err := i.begin(ctx, "POST "+path+head+"Content-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
	if err != nil {
		return err
	}
	_, id, _ := strings.Cut(said, `"messageId":"`)
	id, _, _ = strings.Cut(id, `"`)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.streams = append(i.streams, "GET "+path+"/"+id+"/stream"+head+"\r\n")
	return nil
}

// reader resumes one of the turns.
func (i *idlers) reader(ctx context.Context, n int) error {
	_, err := i.begin(ctx, i.streams[n%len(i.streams)])
	return err
}

// begin sends a request and reads up to the first event, which it returns with what came before.
func (i *idlers) begin(ctx context.Context, request string) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", i.address)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	i.mu.Lock()
	i.conns = append(i.conns, conn)
	i.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, request); err != nil {
		return "", fmt.Errorf("send: %w", err)
	}
	var said []byte
	buf := make([]byte, 2048)
	for !bytes.Contains(said, []byte(`"messageId":"`)) || !bytes.HasSuffix(said, []byte("\n\r\n")) {
		n, err := conn.Read(buf)
		if said = append(said, buf[:n]...); err != nil {
			return "", fmt.Errorf("read, after %q: %w", said[:min(len(said), 20)], err)
		}
	}
	return string(said), conn.SetDeadline(time.Time{})
}

// inParallel calls do for each number below n, some at once, until one fails.
func inParallel(ctx context.Context, n int, do func(int) error) error {
	const atOnce = 16
	var next atomic.Int64
	errs := make([]error, atOnce)
	var wg sync.WaitGroup
	for w := range atOnce {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil && errs[w] == nil; i = next.Add(1) - 1 {
				errs[w] = do(int(i))
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// residentMemory is what a process has in memory, in bytes. Linux only.
func residentMemory(pid int) (int64, error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("no resident memory in /proc")
}

// processorTime is what a process has used so far, 0 where that cannot be read. Linux only.
func processorTime(pid int) time.Duration {
	const tick = time.Second / 100 // of USER_HZ, the same everywhere
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}

// PrintIdle prints the states as a table.
func PrintIdle(w io.Writer, states []IdleState) error {
	for _, s := range states {
		line := fmt.Sprintf("%-34s %6d streams %8.1f MiB", s.What, s.Streams, float64(s.RSS)/(1<<20))
		if s.Each > 0 {
			line += fmt.Sprintf("  %6.1f KiB each", float64(s.Each)/(1<<10))
		}
		if s.CPU > 0 {
			line += fmt.Sprintf("  %.3f of a core", s.CPU)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
