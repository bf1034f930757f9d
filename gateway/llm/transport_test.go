package llm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
)

// TestHTTP2: calls share one connection, and a customer who leaves ends the one stream and no other.
func TestHTTP2(t *testing.T) {
	var connections atomic.Int32
	gone := make(chan struct{}, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"Hello.\"}}]}\n\n")
		_ = http.NewResponseController(w).Flush()
		if r.ProtoMajor == 2 && has(string(body), "stay") {
			<-r.Context().Done()
			gone <- struct{}{}
			return
		}
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	srv.EnableHTTP2 = true
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.StartTLS()
	defer srv.Close()
	m, err := NewModel(ModelConfig{Name: "two", BaseURL: srv.URL, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	m.base.TLSClientConfig = &tls.Config{RootCAs: roots}
	defer m.Close()
	ask := func(ctx context.Context, text string, emit func(string) error) (Completion, error) {
		return m.Complete(ctx, Request{Messages: []switchboard.Message{{Role: switchboard.RoleUser, Text: text}}}, emit)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for range 3 {
		if c, err := ask(ctx, "go", nil); err != nil || c.Text != "Hello." {
			t.Fatalf("%+v, %v", c, err)
		}
		leaving, leave := context.WithCancel(ctx)
		_, err := ask(leaving, "stay", func(string) error { leave(); return nil })
		left := time.Now()
		var e *Error
		if !errors.As(err, &e) || e.Class != Cancelled {
			t.Fatal(err)
		}
		select {
		case <-gone:
			t.Logf("the upstream learned it %s later", time.Since(left))
		case <-ctx.Done():
			t.Fatal("the upstream never learned it")
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
