package embed

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard/kb/embed/embedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dims = 32

// newStub starts a stub and an embedder that asks it, with short pauses.
func newStub(t *testing.T, change func(*Config)) (*embedtest.Server, *Embedder) {
	t.Helper()
	srv := embedtest.NewServer(dims)
	c := Config{BaseURL: srv.URL, APIKey: "stub-key", Model: "stub"}
	if change != nil {
		change(&c)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	e.up.pause = time.Millisecond
	t.Cleanup(func() { e.Close(); srv.Close() })
	return srv, e
}

// wantError checks the class, and that nothing secret is in the text.
func wantError(t *testing.T, err error, class Class, part string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Class != class || !strings.Contains(err.Error(), part) {
		t.Fatalf("got %v, want %s with %q", err, class, part)
	}
	for _, secret := range []string{embedtest.Secret, "stub-key", "confidential"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q is in %q", secret, err)
		}
	}
}

func near(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-6 {
			return false
		}
	}
	return true
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
