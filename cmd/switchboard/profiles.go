package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"golang.org/x/sync/errgroup"
)

// serveProfiles serves Go's profiles at address, which is this machine's alone, until ctx ends. An empty address is
// nowhere.
func (p *program) serveProfiles(ctx context.Context, g *errgroup.Group, address string) error {
	if address == "" {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for profiles: %w", err)
	}
	fmt.Fprintf(p.err, "Profiles are at http://%s/debug/pprof/\n", listener.Addr())
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve profiles: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return server.Close() // nobody waits for a profile to end
	})
	return nil
}

// profiles is the handler of net/http/pprof, for callers who know this machine by a name of its own: a page whose name
// was made to point here gets nothing.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			http.Error(w, "only this machine is served", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
