package handoff

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for _, test := range []struct {
		retry   Backoff
		attempt int
		jitter  float64
		want    time.Duration
	}{
		{Backoff{}, 0, 0, 2 * time.Second},
		{Backoff{}, 1, 0, 2 * time.Second},
		{Backoff{}, 1, 0.5, 1500 * time.Millisecond},
		{Backoff{}, 2, 0, 4 * time.Second},
		{Backoff{}, 9, 0, 512 * time.Second},
		{Backoff{}, 10, 0, 15 * time.Minute},
		{Backoff{}, 10, 0.999999999, 15 * time.Minute / 2},
		{Backoff{}, 1 << 40, 0, 15 * time.Minute},
		{Backoff{First: time.Second}, 2, 0, 2 * time.Second},
		{Backoff{Most: time.Second}, 1, 0, time.Second},
		{Backoff{First: 200 * time.Millisecond, Most: time.Second}, 4, 0, time.Second},
	} {
		if got := withDefaults(test.retry).after(test.attempt, test.jitter); got.Round(time.Millisecond) != test.want {
			t.Errorf("attempt %d, jitter %v: %v, want %v", test.attempt, test.jitter, got, test.want)
		}
	}
}

func withDefaults(b Backoff) Backoff {
	b.defaults()
	return b
}
