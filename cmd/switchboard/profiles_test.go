package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// said is what a program writes, for a test to wait for.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) find(pattern string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return regexp.MustCompile(pattern).FindStringSubmatch(s.b.String())
}

func TestProfilesForThisMachineAlone(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	var told said
	p := &program{err: &told}
	if err := p.serveProfiles(ctx, g, "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	found := told.find(`at (http://\S+)`)
	if found == nil {
		t.Fatal("the address is not told")
	}
	get := func(path, host string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, found[1]+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if code, body := get("goroutine?debug=1", "localhost:6060"); code != http.StatusOK || !regexp.MustCompile(`serveProfiles`).MatchString(body) {
		t.Errorf("%d %.200s", code, body)
	}
	if code, _ := get("heap", "evil.example:6060"); code != http.StatusForbidden {
		t.Errorf("a foreign name is answered with %d", code)
	}
	stop()
	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not stop")
	}
}
