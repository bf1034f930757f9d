package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Overload offers a gateway several times what it can take, in an open loop.
type Overload struct {
	Rig
	Places      int           // turns that the gateway lets in at once
	FirstToken  time.Duration // of the models: with Places, what decides the capacity
	Times       float64       // of the capacity, that are offered
	For         time.Duration
	SlowReaders int           // customers who ask and do not read
	Deadline    time.Duration // for those who are let in
}

// OverloadReport is what came of it.
type OverloadReport struct {
	Capacity  float64       `json:"capacity"` // turns a second
	Offered   float64       `json:"offered"`
	Admitted  Figures       `json:"admitted"`
	PerSecond float64       `json:"per_second"` // admitted and answered
	Shed      map[int]int   `json:"shed"`       // by status
	ShedP50   time.Duration `json:"shed_p50"`
	ShedP99   time.Duration `json:"shed_p99"`
	NoRetry   int           `json:"no_retry_after"` // shed without Retry-After
	Readers   int           `json:"slow_readers"`
	Before    state         `json:"before"`
	After     state         `json:"after"`
	PeakRSSMB float64       `json:"peak_rss_mb"`
	Wrong     []string      `json:"wrong"`
}

// Run runs the drill.
func (o Overload) Run(ctx context.Context) (r OverloadReport, err error) {
	reply := wellAfter(o.FirstToken)
	w, err := o.start(ctx, deadlines{8 * time.Second, 10 * time.Second, 20 * time.Second}, reply, reply,
		fmt.Sprintf("limits: {turns: %d}\n", o.Places))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	r.Capacity = float64(o.Places) / o.FirstToken.Seconds()
	r.Offered = o.Times * r.Capacity
	w.offer(ctx, r.Capacity/4, 2*time.Second, w.askOnce)
	if r.Before, err = w.state(ctx); err != nil {
		return r, err
	}
	watch := w.watch(ctx)
	hang, err := w.slowReaders(ctx, o.SlowReaders)
	if err != nil {
		return r, err
	}
	r.Readers = len(hang)
	samples := w.offer(ctx, r.Offered, o.For, w.askOnce)
	for _, conn := range hang {
		_ = conn.Close()
	}
	for _, s := range watch() {
		r.PeakRSSMB = max(r.PeakRSSMB, s.rssMB)
	}
	w.customer.Close()
	if r.After, err = w.settle(ctx, r.Before, 10*time.Second); err != nil {
		return r, err
	}
	r.sum(samples)
	r.PerSecond = float64(r.Admitted.Turns) / o.For.Seconds()
	r.judge(o.Deadline)
	return r, ctx.Err()
}

// sum takes the turns apart into those that were let in and those that were not.
func (r *OverloadReport) sum(samples []sample) {
	r.Shed = map[int]int{}
	var admitted []sample
	var shed []time.Duration
	for _, s := range samples {
		if status := s.Reply.Status; s.Err != nil || status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			admitted = append(admitted, s)
			continue
		}
		r.Shed[s.Reply.Status]++
		shed = append(shed, s.Reply.Total)
		if s.Reply.RetryAfter == "" {
			r.NoRetry++
		}
	}
	r.Admitted = figures(admitted, 0, 1<<62)
	r.ShedP50, r.ShedP99 = percentile(shed, 50), percentile(shed, 99)
}

// slowReaders are connections on which a question was asked and nothing is read.
func (w *rig) slowReaders(ctx context.Context, n int) (conns []net.Conn, err error) {
	body, err := json.Marshal(map[string]string{"text": question})
	if err != nil {
		return nil, err
	}
	address := strings.TrimPrefix(w.gateway.URL, "http://")
	for range n {
		conv, err := w.customer.Open(ctx)
		if err != nil {
			return conns, err
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10) // where the system will not, the readers are less slow
		_, err = fmt.Fprintf(conn, "POST /v1/conversations/%s/messages HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n\r\n%s",
			conv.ID, address, conv.Token, len(body), body)
		if err != nil {
			return conns, err
		}
	}
	return conns, nil
}

func (r *OverloadReport) judge(deadline time.Duration) {
	if n := r.Admitted.failed(); n > 0 {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%d turns that were let in failed: %v", n, r.Admitted.Failed))
	}
	if r.Admitted.Max > deadline {
		r.Wrong = append(r.Wrong, fmt.Sprintf("a turn that was let in took %s", round(r.Admitted.Max)))
	}
	if len(r.Shed) == 0 {
		r.Wrong = append(r.Wrong, "nothing was shed: this was no overload")
	}
	if r.NoRetry > 0 {
		r.Wrong = append(r.Wrong, fmt.Sprintf("%d were shed without Retry-After", r.NoRetry))
	}
}

// Print prints the report.
func (r OverloadReport) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `capacity %.0f turns a second, %.0f offered, %d slow readers
  let in    %.0f a second: %s
  shed      %v by status, in p50 %s, p99 %s
  before    %s
  after     %s, at most %.0f MB resident
`, r.Capacity, r.Offered, r.Readers, r.PerSecond, r.Admitted, r.Shed, round(r.ShedP50), round(r.ShedP99), r.Before, r.After, r.PeakRSSMB)
	return printWrong(w, r.Wrong, err)
}
