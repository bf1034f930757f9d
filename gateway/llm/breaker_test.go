package llm

import (
	"slices"
	"testing"
	"time"
)

func TestBreaker(t *testing.T) {
	type step struct {
		do   string
		want BreakerState
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"opens after failures in a row", []step{{"fail", BreakerClosed}, {"fail", BreakerOpen}, {"refused", BreakerOpen}}},
		{"a success in between starts anew", []step{{"fail", BreakerClosed}, {"ok", BreakerClosed}, {"fail", BreakerClosed}}},
		{"a dead model opens it at once", []step{{"dead", BreakerOpen}, {"refused", BreakerOpen}}},
		{"a long rest opens it at once, for as long", []step{{"rest", BreakerOpen}, {"wait", BreakerOpen}, {"refused", BreakerOpen}, {"wait", BreakerOpen},
			{"ok", BreakerClosed}}},
		{"a probe that succeeds closes it", []step{{"dead", BreakerOpen}, {"wait", BreakerOpen}, {"ok", BreakerClosed}}},
		{"a probe that fails opens it", []step{{"dead", BreakerOpen}, {"wait", BreakerOpen}, {"fail", BreakerOpen}, {"refused", BreakerOpen}}},
		{"one probe at a time", []step{{"dead", BreakerOpen}, {"wait", BreakerOpen}, {"take", BreakerHalfOpen}, {"refused", BreakerHalfOpen}}},
		{"a probe without a verdict makes way for another",
			[]step{{"dead", BreakerOpen}, {"wait", BreakerOpen}, {"left", BreakerHalfOpen}, {"ok", BreakerClosed}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Unix(0, 0)
			b := newBreaker(BreakerConfig{Failures: 2, OpenFor: time.Second}, func() time.Time { return now }, func(BreakerState) {})
			for i, s := range tt.steps {
				if s.do == "wait" {
					now = now.Add(time.Second)
				} else if allowed := b.allow(); allowed == (s.do == "refused") {
					t.Fatalf("step %d, %s: allowed %t", i, s.do, allowed)
				}
				switch s.do {
				case "ok":
					b.success(false, false)
				case "fail":
					b.failure(false, 0)
				case "dead":
					b.failure(true, 0)
				case "rest":
					b.failure(false, 2*time.Second)
				case "left":
					b.release()
				}
				if b.state != s.want {
					t.Fatalf("step %d, %s: %s, want %s", i, s.do, b.state, s.want)
				}
			}
		})
	}
}

// TestBreakerIsOpenedOnce: the calls that were under way when a model died do not keep it out for longer.
func TestBreakerIsOpenedOnce(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBreaker(BreakerConfig{Failures: 2, OpenFor: time.Second}, func() time.Time { return now }, func(BreakerState) {})
	for range 10 {
		if !b.allow() {
			t.Fatal("refused while closed")
		}
	}
	for range 9 {
		b.failure(false, 0)
	}
	if until, open := b.watch(); !open || until != now.Add(time.Second) {
		t.Errorf("open %t, until %s", open, until)
	}
	b.failure(false, 3*time.Second)
	if until, _ := b.watch(); until != now.Add(3*time.Second) {
		t.Errorf("a rest that is asked for is not given: until %s", until)
	}
}

func TestBreakerTellsChanges(t *testing.T) {
	now := time.Unix(0, 0)
	var told []BreakerState
	b := newBreaker(BreakerConfig{Failures: 1}, func() time.Time { return now }, func(s BreakerState) { told = append(told, s) })
	b.allow()
	b.failure(false, time.Hour)
	now = now.Add(maxRest)
	b.allow()
	b.success(false, false)
	b.allow()
	b.success(false, false)
	if !slices.Equal(told, []BreakerState{BreakerOpen, BreakerHalfOpen, BreakerClosed}) {
		t.Errorf("%v", told)
	}
}
