package session_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"switchboard/gateway/session"
	"switchboard/gateway/session/sessiontest"
	"switchboard/gateway/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Run(m)) }

func memory(testing.TB) session.Store { return session.NewMemory(nil) }

func overRedis(t testing.TB) session.Store { return connect(t, testserver.Redis(t)) }

func connect(t testing.TB, url string) *session.Redis {
	t.Helper()
	s, err := session.NewRedis(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestMemory(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	sessiontest.Run(t, memory)
}

func TestRedis(t *testing.T) {
	testserver.Redis(t) // whose goroutines stay
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	sessiontest.Run(t, overRedis)
}

func BenchmarkMemory(b *testing.B) { sessiontest.Bench(b, memory) }

func BenchmarkRedis(b *testing.B) { sessiontest.Bench(b, overRedis) }
