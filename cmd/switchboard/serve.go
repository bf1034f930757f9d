package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"switchboard/gateway/httpapi"
	"switchboard/gateway/ledger"
	"switchboard/gateway/session"
	"switchboard/gateway/web"
)

// lookEvery is how often a running server looks for changed files and a promoted snapshot.
const lookEvery = time.Second

// drainWithin bounds the wait for turns under way when the server stops.
const drainWithin = 20 * time.Second

func (p *program) serveCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{Use: "serve", Short: "Serve the chat widget's HTTP API", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			if _, _, err := loadTexts(c); err != nil {
				return err
			}
			if check {
				fmt.Fprintln(p.out, "the configuration is well")
				return nil
			}
			return p.serve(cmd.Context(), c)
		}}
	cmd.Flags().BoolVar(&check, "check", false, "only say what is wrong with the configuration, by line")
	return cmd
}

func (p *program) serve(ctx context.Context, c *config) error {
	level, err := logLevel(c.Log.Level)
	if err != nil {
		return err
	}
	log := p.logger(level.String())
	traces, err := c.Signals.start(ctx, p.getenv, log)
	if err != nil {
		return err
	}
	defer closeTraces(ctx, traces, log)
	w, err := p.wire(ctx, c, log, traces)
	if err != nil {
		return err
	}
	defer w.Close()
	server, err := p.server(ctx, w)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(p.err, "Switchboard answers on http://%s\nTry it: http://%s/demo\n", listener.Addr(), listener.Addr())

	g, ctx := errgroup.WithContext(ctx)
	if err := p.serveProfiles(ctx, g, c.Debug); err != nil {
		return err
	}
	g.Go(func() error { return server.Serve(listener) })
	g.Go(func() error { w.courier.Run(ctx); return nil })
	g.Go(func() error { p.reload(ctx, w); return nil })
	g.Go(func() error { w.gateway.FollowErasures(ctx); return nil })
	g.Go(func() error { w.sweep(ctx); return nil })
	g.Go(func() error {
		<-ctx.Done()
		log.Info("stopping: turns under way are finished")
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		return server.Shutdown(stop)
	})
	debug.FreeOSMemory() // what it took to get here, such as an index made anew, is not needed again
	return g.Wait()
}

// server makes the HTTP server. It refuses to be open to others than this machine while no key exists.
func (p *program) server(ctx context.Context, w *parts) (*httpapi.Server, error) {
	keys, err := w.ledger.Keys(ctx)
	if err != nil {
		return nil, err
	}
	if !anyValid(keys) && !isLoopback(w.config.Listen) {
		return nil, usageError{fmt.Errorf("listen: %s is open to other machines, and no key exists that they would need.\n"+
			"Create one first: switchboard keys create --kind publishable --origin https://www.example.com", w.config.Listen)}
	}
	secret, err := w.ledger.Secret(ctx, "conversation-tokens")
	if err != nil {
		return nil, err
	}
	site, err := web.New()
	if err != nil {
		return nil, err
	}
	identity, err := w.config.identitySecret(p.getenv)
	if err != nil {
		return nil, err
	}
	inbound, err := w.config.inbound(p.getenv)
	if err != nil {
		return nil, err
	}
	limits := httpapi.DefaultLimits()
	limits.Conversation = session.Rate(w.config.Limits.Messages)
	limits.Key = session.Rate(w.config.Limits.Requests)
	limits.Turns, limits.Queue = w.config.Limits.Turns, w.config.Limits.Queue
	limits.QueueWait, limits.TurnTimeout = w.config.Limits.QueueWait, w.config.Limits.TurnTimeout
	return httpapi.New(httpapi.Config{
		Bot: w.gateway, Sessions: w.sessions, Keys: keyring{w.ledger}, TokenSecret: secret, Limits: limits,
		TrustedProxies: w.config.Proxies,
		Parts:          w.parts, Metrics: w.metrics.Handler(), Observe: w.metrics, Trace: w.traces,
		Library: w.library.Load, Promoted: w.lookAtOnce, Trail: trail{w.ledger}, Gaps: w.desk(), Handoffs: handoffs{w.ledger}, Inbound: inbound, Identity: identity,
		Quotas: &w.quotas, Statement: w.statement, Pages: site, Log: w.log,
	}), nil
}

// keyring shows the ledger's keys as the HTTP face knows them.
type keyring struct{ ledger *ledger.Ledger }

func (k keyring) Keys(ctx context.Context) ([]httpapi.Key, error) {
	recorded, err := k.ledger.Keys(ctx)
	out := make([]httpapi.Key, len(recorded))
	for i, r := range recorded {
		out[i] = httpapi.Key{
			ID: r.ID, Name: r.Name, Publishable: r.Kind == ledger.KeyPublishable, Origins: r.Origins, Hash: r.Hash, Revoked: !r.RevokedAt.IsZero(),
		}
		for _, role := range r.Roles {
			out[i].Roles = append(out[i].Roles, httpapi.Role(role))
		}
	}
	return out, err
}

// trail shows the ledger's audit trail as the HTTP face knows it.
type trail struct{ ledger *ledger.Ledger }

func (t trail) Note(ctx context.Context, e httpapi.AuditEntry) error {
	return t.ledger.Audit(ctx, ledger.AuditEntry(e))
}

func (t trail) Entries(ctx context.Context, since time.Time, limit int) ([]httpapi.AuditEntry, error) {
	recorded, err := t.ledger.AuditTrail(ctx, since, limit)
	out := make([]httpapi.AuditEntry, len(recorded))
	for i, e := range recorded {
		out[i] = httpapi.AuditEntry(e)
	}
	return out, err
}

// lookAtOnce has reload look for a promoted snapshot without waiting for its next tick.
func (w *parts) lookAtOnce() {
	select {
	case w.promoted <- struct{}{}:
	default: // it is about to look
	}
}

// parts says what must be ready before the gateway is.
func (w *parts) parts(ctx context.Context) []httpapi.Part {
	// Sessions are not among them: turns are served while Redis is away, and a load balancer must not think otherwise.
	return []httpapi.Part{{Name: "ledger", Err: w.ledger.Ping(ctx)}}
}

func anyValid(keys []ledger.Key) bool {
	for _, k := range keys {
		if k.RevokedAt.IsZero() {
			return true
		}
	}
	return false
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// reload puts changes into use until ctx ends: a changed or signalled configuration, and a snapshot that was promoted.
func (p *program) reload(ctx context.Context, w *parts) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	promoted, unwatch := watch(w.store.CurrentPath(), w.log)
	defer unwatch()
	seen, snapshot := w.config.read, w.gateway.Release().Snapshot
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			asked = true
		case <-promoted:
			snapshot = p.follow(ctx, w, snapshot)
			continue
		case <-tick.C:
		case <-w.promoted:
		}
		if w.byWordsAlone && time.Now().After(w.embedAgain) {
			_ = p.use(ctx, w) // what it failed for is logged
		}
		if now := fingerprint(w.config); asked || now != seen {
			seen = now // also where it is refused, so that it is said once
			if p.reconfigure(ctx, w) {
				seen = w.config.read
			}
			snapshot = w.gateway.Release().Snapshot
			continue
		}
		snapshot = p.follow(ctx, w, snapshot)
	}
}

// follow puts the promoted snapshot into use where it is another than the one that was last tried, and returns it.
func (p *program) follow(ctx context.Context, w *parts, tried string) string {
	current, err := w.store.Current()
	if err != nil || current == tried {
		return tried
	}
	if err := p.use(ctx, w); err != nil {
		w.log.Error("the promoted snapshot is refused, the old release goes on", "snapshot", current, "error", err)
	}
	return current
}

// watch tells at once that the file at path was replaced. Where the system cannot, looking now and then must do.
func watch(path string, log *slog.Logger) (changed <-chan struct{}, stop func()) {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = w.Add(filepath.Dir(path)) // a file that is replaced is another file
	}
	if err != nil {
		log.Debug("watch for promotions", "error", err)
		return nil, func() {}
	}
	c := make(chan struct{}, 1)
	tell := func() {
		select {
		case c <- struct{}{}:
		default: // one that waits is enough
		}
	}
	go func() {
		for {
			select {
			case e, open := <-w.Events:
				if !open {
					return
				}
				if filepath.Base(e.Name) == filepath.Base(path) {
					tell()
				}
			case _, open := <-w.Errors: // events may have been lost: look
				if !open {
					return
				}
				tell()
			}
		}
	}()
	return c, func() { _ = w.Close() }
}

// gateOf is the part of the limits that a running server has for good.
func gateOf(l limitsConfig) limitsConfig {
	return limitsConfig{
		Messages: l.Messages, Requests: l.Requests, Turns: l.Turns, Queue: l.Queue, QueueWait: l.QueueWait, TurnTimeout: l.TurnTimeout,
	}
}

// reconfigure reads the configuration again and reports whether it is in use now. A bad one is refused, and the old one
// goes on.
func (p *program) reconfigure(ctx context.Context, w *parts) bool {
	c, err := p.config()
	if err != nil {
		w.log.Error("the changed configuration is refused, the old one goes on", "error", err)
		return false
	}
	before := w.config
	if c.Listen != before.Listen || c.DataDir != before.DataDir || c.Database != before.Database || c.Redis != before.Redis ||
		c.Debug != before.Debug || !reflect.DeepEqual(c.Signals, before.Signals) || c.Identity != before.Identity {
		w.log.Warn("listen, debug_listen, data_dir, database, redis, identity and telemetry change only with a restart")
	}
	if !reflect.DeepEqual(c.Handoff, before.Handoff) {
		w.log.Warn("handoff changes only with a restart")
	}
	if gateOf(c.Limits) != gateOf(before.Limits) || c.Answers != before.Answers {
		w.log.Warn("limits of messages, requests, turns and their queue, and the answer cache, change only with a restart")
	}
	c.Listen, c.DataDir, c.Database, c.Redis, c.Identity = before.Listen, before.DataDir, before.Database, before.Redis, before.Identity
	c.Debug, c.Signals, c.Handoff = before.Debug, before.Signals, before.Handoff
	w.config = c
	library := w.library.Load()
	if err = w.syncKnowledge(ctx); err == nil {
		err = p.use(ctx, w)
	}
	if err != nil {
		w.log.Error("the changed configuration is refused, the old one goes on", "error", err)
		w.config = before
		w.library.Store(library)
	}
	return err == nil
}

// use puts the release that the configuration makes up now into use.
func (p *program) use(ctx context.Context, w *parts) error {
	rt, err := w.runtime(ctx, p.getenv)
	if err != nil {
		return err
	}
	w.useQuotas(ctx)
	keep := w.config.Retain.of()
	w.retain.Store(&keep)
	w.gateway.Use(rt)
	w.log.Info("release in use", "release", rt.Release.ID, "snapshot", rt.Release.Snapshot)
	return nil
}

// fingerprint changes when a file that the configuration is read from does: by size and time of change.
func fingerprint(c *config) string {
	var b strings.Builder
	note := func(path string, info fs.FileInfo) {
		fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	for _, path := range append([]string{c.path, c.Policy, fittedPath(c), evidencePath(c), c.Prompts, c.KB.Synonyms}, c.KB.Sources...) {
		if path == "" {
			continue
		}
		err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // what cannot be read now is looked at the next time
			}
			if info, err := d.Info(); err == nil && !d.IsDir() {
				note(path, info)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			slog.Debug("look for changes", "error", err)
		}
	}
	return b.String()
}
