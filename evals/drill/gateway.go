package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// A gateway that takes longer than this to start, to take over a configuration or to stop, is broken. Busy machines
// are slow.
const (
	startWithin  = 60 * time.Second
	reloadWithin = 30 * time.Second
	stopWithin   = 30 * time.Second
)

// Gateway is a process of the switchboard binary in a folder of its own, with the demo knowledge base. Its methods are
// for one goroutine; the process serves many.
type Gateway struct {
	URL string // of its API, once it has been started

	binary, dir string
	config      string // of the last configuration
	address     string // of the first start: a restarted gateway listens there again
	cmd         *exec.Cmd
	exited      chan struct{}
	log         *logBuffer
}

// NewGateway returns a gateway that is not started. dir must exist and be its own.
func NewGateway(binary, dir string) *Gateway {
	return &Gateway{binary: binary, dir: dir, log: newLogBuffer()}
}

// Ledger is the URL of the gateway's SQLite ledger.
func (g *Gateway) Ledger() string {
	return "sqlite://" + filepath.Join(g.dir, "data", "switchboard.db")
}

// PID is the process's id.
func (g *Gateway) PID() int { return g.cmd.Process.Pid }

// Log is what the process has written to its standard error since it was first started.
func (g *Gateway) Log() string { return g.log.String() }

// ready is what the gateway says once it serves.
var ready = regexp.MustCompile(`answers on http://(\S+)`)

// Start starts the process with a configuration and waits until it serves.
func (g *Gateway) Start(ctx context.Context, config string) error {
	if g.config = config; config != "" {
		if err := g.write(config); err != nil {
			return err
		}
	}
	address := g.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	g.cmd = exec.Command(g.binary, "serve") //nolint:gosec,noctx // the operator's own binary; it is stopped by Stop and Kill
	g.cmd.Dir = g.dir
	g.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + g.dir, "SWITCHBOARD_CONFIG=" + filepath.Join(g.dir, "switchboard.yaml"),
		"SWITCHBOARD_DATA_DIR=" + filepath.Join(g.dir, "data"), "SWITCHBOARD_LISTEN=" + address, "NO_PROXY=127.0.0.1",
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT", "GOMAXPROCS"} { // what is tried out
		if value, set := os.LookupEnv(name); set {
			g.cmd.Env = append(g.cmd.Env, name+"="+value)
		}
	}
	g.cmd.SysProcAttr = ownGroup()
	g.cmd.Stdout, g.cmd.Stderr = io.Discard, g.log
	from := g.log.Len()
	if err := g.cmd.Start(); err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	g.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait() // a gateway that was killed exits with an error
		close(exited)
	}(g.cmd, g.exited)
	found, err := g.await(ctx, startWithin, from, func(log string) string {
		if m := ready.FindStringSubmatch(log); m != nil {
			return m[1]
		}
		return ""
	})
	if err != nil {
		g.Kill()
		return fmt.Errorf("start the gateway: %w", err)
	}
	g.address, g.URL = found, "http://"+found
	return nil
}

// Configure puts another configuration into use in the running process. It must differ from the last one in its chain.
func (g *Gateway) Configure(ctx context.Context, config string) error {
	from := g.log.Len()
	if err := g.write(config); err != nil {
		return err
	}
	if err := g.cmd.Process.Signal(hangup); err != nil {
		return fmt.Errorf("signal the gateway: %w", err)
	}
	before := releaseOf(g.log.String()[:from])
	said, err := g.await(ctx, reloadWithin, from, func(log string) string {
		if strings.Contains(log, "configuration is refused") {
			return "refused"
		}
		if r := releaseOf(log); r != "" && r != before {
			return r
		}
		return ""
	})
	if err == nil && said == "refused" {
		err = errors.New(g.log.String()[from:])
	}
	if err != nil {
		return fmt.Errorf("configure the gateway: %w", err)
	}
	g.config = config
	return nil
}

// write replaces the configuration file in one step: the gateway looks at it whenever it likes.
func (g *Gateway) write(config string) error {
	path := filepath.Join(g.dir, "switchboard.yaml")
	if err := os.WriteFile(path+".new", []byte(config), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// releaseOf is the last release that a log says is in use.
func releaseOf(log string) (release string) {
	for line := range strings.Lines(log) {
		var entry struct{ Msg, Release string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "release in use" {
			release = entry.Release
		}
	}
	return release
}

// await waits until the log after from says what is looked for.
func (g *Gateway) await(ctx context.Context, within time.Duration, from int, look func(string) string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		log, changed := g.log.from(from)
		if found := look(log); found != "" {
			return found, nil
		}
		select {
		case <-changed:
		case <-g.exited:
			return "", fmt.Errorf("it has exited: %s", tail(log))
		case <-ctx.Done():
			return "", fmt.Errorf("%w: its log ends: %s", ctx.Err(), tail(log))
		}
	}
}

func tail(log string) string { return log[max(0, len(log)-2000):] }

// Stop asks the process to end and waits for it; one that does not is killed, and that is an error.
func (g *Gateway) Stop() error {
	if g.cmd == nil {
		return nil
	}
	_ = g.cmd.Process.Signal(terminate) // where it has exited already there is nothing to stop
	select {
	case <-g.exited:
		return nil
	case <-time.After(stopWithin):
		g.Kill()
		return errors.New("the gateway did not stop")
	}
}

// Kill ends the process and its children at once, as kill -9 does, and waits until it is gone.
func (g *Gateway) Kill() {
	if g.cmd == nil {
		return
	}
	killGroup(g.cmd.Process.Pid)
	<-g.exited
}

// logBuffer keeps what a process writes. It is safe for concurrent use.
type logBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{} // closed and replaced at each write
}

func newLogBuffer() *logBuffer { return &logBuffer{changed: make(chan struct{})} }

// Write implements io.Writer.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
	return b.buf.Write(p)
}

func (b *logBuffer) from(at int) (string, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf.Bytes()[at:]), b.changed
}

func (b *logBuffer) String() string {
	s, _ := b.from(0)
	return s
}

// Len is how much has been written.
func (b *logBuffer) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Len()
}
