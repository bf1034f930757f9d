package handoff

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for _, test := range []struct {
		attempt int
		jitter  float64
		want    time.Duration
	}{
		{0, 0, 2 * time.Second},
		{1, 0, 2 * time.Second},
		{1, 0.5, 1500 * time.Millisecond},
		{2, 0, 4 * time.Second},
		{9, 0, 512 * time.Second},
		{10, 0, 15 * time.Minute},
		{10, 0.999999999, 15 * time.Minute / 2},
		{1 << 40, 0, 15 * time.Minute},
	} {
		if got := backoff(test.attempt, test.jitter); got.Round(time.Millisecond) != test.want {
			t.Errorf("attempt %d, jitter %v: %v, want %v", test.attempt, test.jitter, got, test.want)
		}
	}
}
