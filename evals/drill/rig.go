package drill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"switchboard/gateway/llm/llmtest"
)

// Rig is what the drills under load need: a gateway in front of two models.
type Rig struct {
	Binary string // of the gateway
	Dir    string // an empty folder for its files
	// Database is the ledger's URL; "" is a SQLite file in Dir.
	Database string
	// Log is told how the drill gets on, a line at a time. It may be nil.
	Log func(format string, args ...any)
}

func (r Rig) say(format string, args ...any) {
	if r.Log != nil {
		r.Log(format, args...)
	}
}

// rig is a Rig at work.
type rig struct {
	Rig
	gateway         *Gateway
	customer        *Customer
	primary, backup *model
}

// deadlines are those of both models.
type deadlines struct{ firstToken, idle, whole time.Duration }

// start starts the stubs and the gateway. more is added to its configuration.
func (r Rig) start(ctx context.Context, d deadlines, primary, backup func(llmtest.Call) llmtest.Script, more string) (*rig, error) {
	w := &rig{Rig: r, gateway: NewGateway(r.Binary, r.Dir), primary: newModel(primary), backup: newModel(backup)}
	model := func(name, url string) string {
		return fmt.Sprintf("  - {name: %s, base_url: %q, model: stub, first_token_timeout: %s, idle_timeout: %s, timeout: %s, "+
			"price: {input: 1, output: 2}}\n", name, url, d.firstToken, d.idle, d.whole)
	}
	config := "log: {level: error}\n"
	if r.Database != "" {
		config += fmt.Sprintf("database: {url: %q}\n", r.Database)
	}
	config += "models:\n" + model("primary", w.primary.url) + model("backup", w.backup.url) + "chain: [primary, backup]\n" + more
	if err := w.gateway.Start(ctx, config); err != nil {
		w.primary.close()
		w.backup.close()
		return nil, err
	}
	w.customer = NewCustomer(w.gateway.URL)
	return w, nil
}

// close stops everything.
func (w *rig) close() error {
	w.customer.Close()
	err := w.gateway.Stop()
	w.primary.close()
	w.backup.close()
	return err
}

// model is a stub that can die and come back.
type model struct {
	url    string
	reply  func(llmtest.Call) llmtest.Script
	server atomic.Pointer[llmtest.Server]
	before atomic.Int64 // calls of servers that are gone
}

func newModel(reply func(llmtest.Call) llmtest.Script) *model {
	m := &model{reply: reply}
	srv := llmtest.NewServer(llmtest.Options{Reply: reply, Forget: true})
	m.url = srv.URL
	m.server.Store(srv)
	return m
}

// calls is how many there have been.
func (m *model) calls() int { return int(m.before.Load()) + m.server.Load().Count() }

func (m *model) close() { m.server.Load().Close() }

// die closes the model's port and all of its connections.
func (m *model) die() { m.server.Load().Die() }

// comeBack opens the port again.
func (m *model) comeBack() {
	m.before.Add(int64(m.server.Load().Count()))
	address := strings.TrimSuffix(strings.TrimPrefix(m.url, "http://"), "/v1")
	m.server.Store(llmtest.NewServer(llmtest.Options{Reply: m.reply, Forget: true, Address: address}))
}

// wellAfter is a model that says its first word after so long.
func wellAfter(d time.Duration) func(llmtest.Call) llmtest.Script {
	return func(c llmtest.Call) llmtest.Script {
		s := speak(c)
		s.Steps = append(append(llmtest.Role(), llmtest.Pause(d)...), s.Steps[1:]...)
		return s
	}
}

// state is what the gateway's process takes up.
type state struct {
	Goroutines int     `json:"goroutines"`
	FDs        int     `json:"fds"`
	HeapMB     float64 `json:"heap_mb"` // allocated, garbage that is not collected yet included
	RSSMB      float64 `json:"rss_mb"`
}

func (s state) String() string {
	return fmt.Sprintf("%d goroutines, %d file descriptors, %.0f MB heap, %.0f MB resident", s.Goroutines, s.FDs, s.HeapMB, s.RSSMB)
}

// state reads the gateway's metrics.
func (w *rig) state(ctx context.Context) (state, error) {
	m, err := w.metrics(ctx)
	const mb = 1e6
	return state{
		Goroutines: int(m["switchboard_go_goroutines"]), FDs: int(m["switchboard_process_open_fds"]),
		HeapMB: m["switchboard_go_memstats_heap_alloc_bytes"] / mb, RSSMB: m["switchboard_process_resident_memory_bytes"] / mb,
	}, err
}

// metrics reads the gateway's series, by name with labels.
func (w *rig) metrics(ctx context.Context) (map[string]float64, error) {
	resp, err := w.customer.send(ctx, http.MethodGet, "/metrics", "", "text/plain", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	series := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			series[name] = v
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if _, ok := series["switchboard_go_goroutines"]; !ok {
		return nil, errors.New("the gateway's metrics do not tell of its process")
	}
	return series, nil
}

// settle waits until the process takes up no more than it did, but for a few, and returns what it takes up then or
// when within has passed.
func (w *rig) settle(ctx context.Context, before state, within time.Duration) (state, error) {
	for end := time.Now().Add(within); ; {
		now, err := w.state(ctx)
		if err != nil || time.Now().After(end) || now.Goroutines <= before.Goroutines+few && now.FDs <= before.FDs+few {
			return now, err
		}
		if err := sleep(ctx, time.Second); err != nil {
			return now, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
